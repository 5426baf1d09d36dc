"""People change what stands: their messages, tasks and groups, over the page's own API."""

import pytest
from aiohttp.test_utils import TestClient, TestServer

from sandbox.portal.app import build_app
from sandbox.portal.state import Portal


@pytest.fixture
async def portal():
    return Portal()


@pytest.fixture
async def page(portal):
    async with TestClient(TestServer(build_app(portal))) as client:

        async def post(path, body, status=200):
            async with client.post(f"/_sandbox/{path}", json=body) as answer:
                assert answer.status == status, await answer.text()
                return await answer.json()

        async def rest(method, **params):
            url = f"/rest/1/{portal.config.webhook_code}/{method}"
            async with client.post(url, json=params) as answer:
                return await answer.json()

        post.rest = rest
        yield post


async def test_own_words_are_edited_and_taken_back(page):
    sent = (await page("as/5/messages", {"dialogId": "1", "text": "до обида"}))["messageId"]
    await page("as/5/edit", {"messageId": sent, "text": "до обеда"})
    read = await page.rest("im.dialog.messages.get", DIALOG_ID="5")
    (message,) = read["result"]["messages"]
    assert (message["text"], message["params"]["IS_EDITED"]) == ("до обеда", "Y")
    await page("as/1/edit", {"messageId": sent, "text": "чужое"}, status=403)
    await page("as/1/delete", {"messageId": sent}, status=403)
    await page("as/5/edit", {"messageId": sent, "text": " "}, status=400)
    await page("as/5/delete", {"messageId": sent})
    (message,) = (await page.rest("im.dialog.messages.get", DIALOG_ID="5"))["result"]["messages"]
    assert message["params"]["IS_DELETED"] == "Y"
    await page("as/5/delete", {"messageId": sent}, status=400)


async def test_people_work_in_a_task(page):
    made = await page.rest("tasks.task.add", fields={"TITLE": "Дверь", "RESPONSIBLE_ID": 2})
    task = made["result"]["task"]["id"]
    await page(f"as/5/tasks/{task}", {"action": "start"}, status=404)  # not hers to see
    done = (await page(f"as/2/tasks/{task}", {"action": "complete"}))["task"]
    assert done["status"] == "completed"
    await page(f"as/2/tasks/{task}", {"action": "approve"}, status=400)
    changed = await page(f"as/1/tasks/{task}", {"responsibleId": 3, "deadline": "2026-11-25T12:00:00+03:00"})
    assert (changed["task"]["responsibleId"], changed["task"]["deadline"]) == (3, "2026-11-25T12:00:00+03:00")
    await page(f"as/1/tasks/{task}", {"responsibleId": 99}, status=400)
    await page(f"as/1/tasks/{task}", {"action": "delete"})
    assert (await page.rest("tasks.task.get", taskId=task))["result"] == []


async def test_a_deleted_group_is_there_for_nobody(page):
    chat = (await page.rest("im.chat.add", USERS=[2, 3], TITLE="Смена"))["result"]
    await page(f"as/5/dialogs/chat{chat}/delete", {}, status=403)
    await page(f"as/2/dialogs/chat{chat}/delete", {})
    answer = await page.rest("im.message.add", DIALOG_ID=f"chat{chat}", MESSAGE="кто здесь?")
    assert answer["error"] == "ACCESS_ERROR"
    await page("as/2/dialogs/1/delete", {}, status=403)
