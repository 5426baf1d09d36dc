"""Tasks in both API versions, their chats, and calls that may be repeated."""

import asyncio
import base64

import pytest

from sandbox.portal.documents import tasks

V3 = "BITRIX_REST_V3_EXCEPTION_"


async def add(rest, **fields):
    return (await rest("tasks.task.add", {"fields": {"TITLE": "Дверь", "RESPONSIBLE_ID": 2, **fields}}))[
        "task"
    ]


async def chat_lines(rest, task):
    got = await rest("tasks.task.get", {"taskId": task["id"], "select": ["CHAT_ID"]})
    listed = await rest("im.dialog.messages.get", {"DIALOG_ID": f"chat{got['task']['chatId']}", "LIMIT": 50})
    return [(message["author_id"], message["text"]) for message in reversed(listed["messages"])]


async def file_of(rest):
    root = (await rest("disk.storage.getlist"))[0]["ROOT_OBJECT_ID"]
    content = ["a.txt", base64.b64encode(b"abc").decode()]
    return (
        await rest("disk.folder.uploadfile", {"id": root, "data": {"NAME": "a.txt"}, "fileContent": content})
    )["ID"]


async def test_v2_shapes(rest):
    fields = {
        "DESCRIPTION": "d",
        "ACCOMPLICES": [3],
        "AUDITORS": ["4"],
        "TAGS": ["срочно"],
        "UF_CRM_TASK": ["C_3"],
    }
    task = await add(rest, **fields, XML_ID="HOT-7", DEADLINE="2026-11-25T12:00:00+03:00", PRIORITY=2)
    assert {key: task[key] for key in ("id", "status", "priority", "xmlId", "createdBy", "responsibleId")} == {
        "id": "1", "status": "2", "priority": "2", "xmlId": "HOT-7", "createdBy": "1", "responsibleId": "2",
    }  # fmt: skip
    assert (task["accomplices"], task["auditorsData"]["4"]["name"]) == (["3"], "Марина Соколова")
    found = await rest.full("tasks.task.list", {"filter": {"XML_ID": "HOT-7"}, "select": ["ID", "STATUS"]})
    assert found.result == {"tasks": [{"id": "1", "status": "2"}]}
    assert found.body["total"] == 1
    assert await rest("tasks.task.get", {"taskId": 99}) == []


@pytest.mark.parametrize(
    ("name", "params", "code"),
    [
        ("tasks.task.add", {}, "100"),
        ("tasks.task.add", {"fields": {"RESPONSIBLE_ID": 2}}, "ERROR_CORE"),
        ("tasks.task.add", {"fields": {"TITLE": "x"}}, "ERROR_CORE"),
        ("tasks.task.add", {"fields": {"TITLE": "x", "RESPONSIBLE_ID": 99}}, "ERROR_CORE"),
        ("tasks.task.update", {"fields": {"TITLE": "x"}}, "100"),
        ("tasks.task.update", {"taskId": "x", "fields": {"TITLE": "x"}}, "0"),
        ("tasks.task.update", {"taskId": 99, "fields": {"TITLE": "x"}}, "0"),
        ("tasks.task.get", {"taskId": 1, "select": ""}, "100"),
        ("tasks.task.complete", {"taskId": 99}, "0"),
        ("tasks.task.approve", {"taskId": 99}, "1048582"),
        ("tasks.task.delegate", {"taskId": 99}, "0"),
        ("tasks.task.list", {"order": {"NOTHING": "asc"}}, "0"),
        ("task.commentitem.add", {"TASKID": "x"}, "ERROR_CORE"),
    ],
)
async def test_v2_errors(rest, name, params, code):
    assert (await rest.full(name, params)).error == (400, code)


async def test_states_and_what_they_allow(rest):
    task = await add(rest)
    moves = [
        ("pause", None),
        ("start", "3"),
        ("pause", "2"),
        ("defer", "6"),
        ("start", "3"),
        ("complete", "5"),
        ("complete", None),
        ("renew", "2"),
    ]
    for action, status in moves:
        reply = await rest.full(f"tasks.task.{action}", {"taskId": task["id"]})
        if status is None:
            assert reply.error == (400, "0")
        else:
            assert reply.result["task"]["status"] == status


async def test_control(rest):
    task = await add(rest, TASK_CONTROL="Y", CREATED_BY=4)
    assert (await rest("tasks.task.complete", {"taskId": task["id"]}))["task"]["status"] == "4"
    assert (await rest("tasks.task.disapprove", {"taskId": task["id"]}))["task"]["status"] == "2"
    await rest("tasks.task.complete", {"taskId": task["id"]})
    assert (await rest("tasks.task.approve", {"taskId": task["id"]}))["task"]["status"] == "5"
    await rest("tasks.task.update", {"taskId": task["id"], "fields": {"STATUS": 4}})
    assert (await rest("tasks.task.get", {"taskId": task["id"]}))["task"]["status"] == "4"
    wrong = await rest.full("tasks.task.update", {"taskId": task["id"], "fields": {"STATUS": 9}})
    assert wrong.error == (400, "ERROR_CORE")


async def test_a_task_tells_its_chat(rest):
    task = await add(rest)
    await rest("tasks.task.start", {"taskId": task["id"]})
    await rest("tasks.task.delegate", {"taskId": task["id"], "userId": 3})
    message_id = await rest("task.commentitem.add", [task["id"], {"POST_MESSAGE": "Чиню", "AUTHOR_ID": 3}])
    lines = await chat_lines(rest, task)
    assert lines == [
        (0, "Анна Волкова создал(а) задачу"),
        (0, "Анна Волкова начал(а) выполнение задачи"),
        (0, "Анна Волкова назначил(а) исполнителя: Дарья Лебедева"),
        (3, "Чиню"),
    ]
    assert isinstance(message_id, int)
    found = await rest("im.chat.get", {"ENTITY_TYPE": "TASKS_TASK", "ENTITY_ID": task["id"]})
    assert (await rest("im.dialog.get", {"DIALOG_ID": f"chat{found['ID']}"}))["user_counter"] == 3
    extra = await rest.full("task.commentitem.add", [task["id"], {"POST_MESSAGE": "x", "WHAT": 1}])
    assert extra.error == (400, "ERROR_CORE")


async def test_files_of_a_task(rest):
    task, file_id = await add(rest), await file_of(rest)
    answer = await rest("tasks.task.files.attach", {"taskId": task["id"], "fileId": file_id})
    assert isinstance(answer["attachmentId"], int)
    assert (await rest("tasks.task.get", {"taskId": task["id"]}))["task"]["ufTaskWebdavFiles"] == [file_id]
    with_file = await add(rest, UF_TASK_WEBDAV_FILES=[f"n{file_id}"])
    assert with_file["ufTaskWebdavFiles"] == [file_id]
    assert (await rest.full("tasks.task.files.attach", {"taskId": task["id"], "fileId": 999})).error == (
        400,
        "ERROR_CORE",
    )
    assert (await rest.full("tasks.task.files.attach", {"taskId": task["id"]})).error == (400, "100")


async def test_lists_filter_sort_and_page(rest, time):
    for number in range(53):
        await add(rest, TITLE=f"t{number:02}", RESPONSIBLE_ID=2 + number % 2)
        time.push(1)
    page = await rest.full("tasks.task.list", {"select": ["TITLE"]})
    assert (len(page.result["tasks"]), page.body["next"], page.body["total"]) == (50, 50, 53)
    assert page.result["tasks"][0]["title"] == "t52"
    last = await rest.full("tasks.task.list", {"select": ["TITLE"], "start": 50})
    assert (len(last.result["tasks"]), "next" in last.body) == (3, False)
    fast = await rest.full("tasks.task.list", {"order": {"ID": "asc"}, "filter": {">ID": 50}, "start": -1})
    assert [t["title"] for t in fast.result["tasks"]] == ["t50", "t51", "t52"]
    assert "total" not in fast.body
    changed = (await rest("tasks.task.get", {"taskId": 50}))["task"]["changedDate"]
    later = await rest.full("tasks.task.list", {"filter": {">CHANGED_DATE": changed, "!RESPONSIBLE_ID": 3}})
    assert [t["id"] for t in later.result["tasks"]] == ["53", "51"]


async def test_others_tasks_are_hidden_from_a_plain_user(rest, portal, client):
    await add(rest)
    portal.config.webhooks["plainuser"] = 6
    for name, body in (("tasks.task.list", {}), ("tasks.task.get", {"taskId": 1})):
        async with client.post(f"/rest/6/plainuser/{name}", json=body) as response:
            assert (await response.json())["result"] in ({"tasks": []}, [])


async def test_v3_shapes(rest):
    fields = {"title": "Окно", "creatorId": 1, "responsibleId": 3, "crmItemIds": ["D_5"], "xmlId": "HOT-8"}
    item = (await rest.v3("tasks.task.add", {"fields": fields}))["item"]
    assert (item["id"], item["status"], item["crmItemIds"], item["xmlId"]) == (1, "pending", ["D_5"], "HOT-8")
    assert isinstance(item["chatId"], int)
    assert await rest.v3("tasks.task.update", {"id": 1, "fields": {"status": "supposedly_completed"}}) == {
        "result": True
    }
    select = ["title", "chat.id", "chat.entityType", "responsible.name", "nonsense"]
    got = (await rest.v3("tasks.task.get", {"id": 1, "select": select}))["item"]
    assert got == {
        "id": 1, "title": "Окно", "chat": {"id": item["chatId"], "entityType": "TASKS_TASK"},
        "responsible": {"name": "Дарья Лебедева"},
    }  # fmt: skip
    assert await rest.v3("tasks.task.chat.message.send", {"fields": {"taskId": 1, "text": "Готово"}}) == {
        "result": True
    }
    assert (await chat_lines(rest, {"id": 1}))[-1] == (1, "Готово")
    file_id = await file_of(rest)
    assert await rest.v3("tasks.task.file.attach", {"taskId": 1, "fileIds": [file_id]}) == {"result": True}
    assert (await rest.v3("tasks.task.get", {"id": 1}))["item"]["fileIds"] == [file_id]
    assert await rest.v3("tasks.task.delete", {"id": 1}) == {"result": True}
    gone = await rest.full("tasks.task.get", {"id": 1}, v3=True)
    assert gone.error == (400, f"{V3}ENTITYNOTFOUNDEXCEPTION")


async def test_v3_lists_know_ids_only(rest):
    for number in range(4):
        await add(rest, TITLE=str(number))
    assert await rest.v3("tasks.task.list") == {"items": [{"id": n} for n in (1, 2, 3, 4)]}
    query = {
        "filter": [["id", ">", 1], ["id", "in", [2, 3, 4]]],
        "order": {"id": "DESC"},
        "pagination": {"page": 2, "limit": 2},
    }
    assert await rest.v3("tasks.task.list", query) == {"items": [{"id": 2}]}
    for params, suffix in (
        ({"filter": [["title", "=", "1"]]}, "VALIDATION_REQUESTVALIDATIONEXCEPTION"),
        ({"filter": ["id"]}, "INVALIDFILTEREXCEPTION"),
        ({"filter": [["id", "~", 1]]}, "UNKNOWNFILTEROPERATOREXCEPTION"),
        ({"order": {"id": "UP"}}, "INVALIDORDEREXCEPTION"),
        ({"pagination": {"limit": "abc"}}, "INVALIDPAGINATIONEXCEPTION"),
    ):
        assert (await rest.full("tasks.task.list", params, v3=True)).error == (400, V3 + suffix)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"creatorId": 1, "responsibleId": 2}, "title"),
        ({"title": "x", "creatorId": 1}, "responsibleId"),
        ({"title": "x", "creatorId": 1, "responsibleId": "2"}, "responsibleId"),
        ({"title": "x", "creatorId": 1, "responsibleId": 99}, "responsibleId"),
        ({"title": "x", "creatorId": 1, "responsibleId": 2, "status": "sleeping"}, "status"),
    ],
)
async def test_v3_validation_names_the_field(rest, fields, field):
    reply = await rest.full("tasks.task.add", {"fields": fields}, v3=True)
    assert reply.error == (400, f"{V3}VALIDATION_REQUESTVALIDATIONEXCEPTION")
    assert reply.body["error"]["validation"][0]["field"] == field


NEW = {"fields": {"title": "Окно", "creatorId": 1, "responsibleId": 3}}


async def test_a_repeated_key_is_answered_from_memory(rest, portal, time):
    first = await rest.full("tasks.task.add", NEW, v3=True, Idempotency_Key="k-1")
    again = await rest.full("tasks.task.add", NEW, v3=True, Idempotency_Key="k-1")
    assert again.result == first.result
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert first.headers["Idempotency-Key"] == again.headers["Idempotency-Key"] == "k-1"
    assert len(tasks(portal)) == 1
    other = {"fields": {**NEW["fields"], "title": "Дверь"}}
    reused = await rest.full("tasks.task.add", other, v3=True, Idempotency_Key="k-1")
    assert reused.error == (422, f"{V3}IDEMPOTENCYKEYREUSEDEXCEPTION")
    time.push(24 * 3600 + 1)
    await rest.full("tasks.task.add", other, v3=True, Idempotency_Key="k-1")
    assert len(tasks(portal)) == 2


async def test_a_key_belongs_to_a_method_and_errors_are_not_kept(rest, portal):
    bad = {"fields": {"title": "x", "creatorId": 1, "responsibleId": 99}}
    for _ in range(2):
        reply = await rest.full("tasks.task.add", bad, v3=True, Idempotency_Key="k")
        assert "Idempotent-Replayed" not in reply.headers
        assert reply.status == 400
    await rest.full("tasks.task.add", NEW, v3=True, Idempotency_Key="k")
    sent = await rest.full(
        "tasks.task.chat.message.send", {"fields": {"taskId": 1, "text": "x"}}, v3=True, Idempotency_Key="k"
    )
    assert sent.result == {"result": True}
    for key in ("я" * 3, "x" * 256):
        reply = await rest.full("tasks.task.add", NEW, v3=True, Idempotency_Key=key)
        assert reply.error == (400, f"{V3}INVALIDIDEMPOTENCYKEYEXCEPTION")


async def test_v2_ignores_the_key(rest, portal):
    for _ in range(2):
        await rest.full(
            "tasks.task.add", {"fields": {"TITLE": "x", "RESPONSIBLE_ID": 2}}, Idempotency_Key="k"
        )
    assert len(tasks(portal)) == 2


async def test_a_lost_answer_is_found_by_its_key(rest, portal):
    portal.faults.add({"kind": "error_after", "method": "tasks.task.add"})
    assert (await rest.full("tasks.task.add", NEW, v3=True, Idempotency_Key="k")).status == 500
    replayed = await rest.full("tasks.task.add", NEW, v3=True, Idempotency_Key="k")
    assert (replayed.result["item"]["id"], replayed.headers["Idempotent-Replayed"]) == (1, "true")


async def test_two_at_once_may_both_run(rest, portal):
    portal.config.call_seconds = {"tasks.task.add": 0.02}
    portal.config.sleep = asyncio.sleep
    await asyncio.gather(*(rest.full("tasks.task.add", NEW, v3=True, Idempotency_Key="k") for _ in range(2)))
    assert len(tasks(portal)) == 2
