from datetime import UTC, datetime

import pytest

from domain.chat import FileContent
from domain.errors import Permanent, Unclear
from domain.ports import NewTask, TaskStatus
from integrations.bitrix24.directory import BitrixDirectory, read_user
from integrations.bitrix24.tasks import BitrixTasks
from tests.integrations.bitrix24_portal import a_stand

DEADLINE = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TASK = NewTask(
    key="FB-2026-000001",
    title="FB-2026-000001 · не печатает [b]",
    description="<b>Условия</b>: всегда",
    responsible_id="2",
    deadline=DEADLINE,
    priority_high=True,
    tags=("инцидент",),
)


@pytest.fixture(params=["v3", "v2"])
async def stand(request):
    async with a_stand(bucket_capacity=1000) as stand:
        stand.portal.switches.task_api = request.param
        yield stand


@pytest.fixture
def tasks(stand):
    return BitrixTasks(stand.client)


async def shown(stand, task_id):
    answer = await stand.client.call(
        "tasks.task.get",
        {
            "taskId": task_id,
            "select": ["ID", "TITLE", "DESCRIPTION", "PRIORITY", "TAGS", "CREATED_BY", "XML_ID"],
        },
    )
    return answer["task"]


async def test_a_task_is_made_with_all_it_needs(stand, tasks):
    ref = await tasks.create(TASK)
    task = await shown(stand, ref.task_id)
    assert task["title"] == "FB-2026-000001 · не печатает [\u2060b]"
    assert task["description"] == "[b]Условия[/b]: всегда"
    assert (task["priority"], task["createdBy"], task["xmlId"]) == ("2", "1", TASK.key)
    assert "инцидент" in str(task["tags"])
    state = await tasks.get(ref.task_id)
    assert (state.status, state.responsible_id, state.deadline) == (TaskStatus.PENDING, "2", DEADLINE)
    assert ref.chat.startswith("chat")
    assert ref.url.endswith(f"/tasks/task/view/{ref.task_id}/")


async def test_one_task_per_key(stand, tasks):
    first = await tasks.create(TASK)
    assert await tasks.create(TASK) == first
    assert await BitrixTasks(stand.client).find(TASK.key) == first
    assert await tasks.find("FB-2026-000002") is None


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after"])
async def test_an_unclear_create_is_found_again(stand, tasks, kind):
    stand.portal.faults.add({"kind": kind, "method": "tasks.task.add"})
    if stand.portal.switches.task_api == "v2":
        stand.portal.faults.remove()
        tasks._v3 = False
        stand.portal.faults.add({"kind": kind, "method": "tasks.task.add"})
    with pytest.raises(Unclear):
        await tasks.create(TASK)
    ref = await tasks.create(TASK)
    found = await stand.client.call("tasks.task.list", {"select": ["ID", "XML_ID"]})
    assert [task["id"] for task in found["tasks"] if task["xmlId"] == TASK.key] == [ref.task_id]


async def test_a_key_used_with_another_body_finds_the_first(stand, tasks):
    first = await tasks.create(TASK)
    # as if the look-up had missed it: the portal itself then refuses the reused key
    looked = iter([None, first])

    async def find(_key):
        return next(looked)

    if stand.portal.switches.task_api == "v3":
        tasks.find = find
        changed = NewTask(TASK.key, "другая", "другое", "2", None)
        assert await tasks.create(changed) == first


@pytest.mark.parametrize(
    "status", [TaskStatus.IN_PROGRESS, TaskStatus.AWAITING_CONTROL, TaskStatus.COMPLETED, TaskStatus.PENDING]
)
async def test_a_status_moves(tasks, status):
    ref = await tasks.create(TASK)
    await tasks.set_status(ref.task_id, status)
    assert (await tasks.get(ref.task_id)).status == status


async def test_fields_change_alone(stand, tasks):
    ref = await tasks.create(TASK)
    later = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    await tasks.update(ref.task_id, deadline=later, responsible_id="3", tags=["отозвано"])
    state = await tasks.get(ref.task_id)
    assert (state.deadline, state.responsible_id) == (later, "3")
    assert "отозвано" in str((await shown(stand, ref.task_id))["tags"])
    calls = stand.client.requests
    await tasks.update(ref.task_id)
    assert stand.client.requests == calls


async def test_words_go_into_the_tasks_chat_and_their_ids_are_known(stand, tasks):
    ref = await tasks.create(TASK)
    (message_id,) = await tasks.say(ref.task_id, "<b>Клиент</b>: [x]")
    fresh = BitrixTasks(stand.client)
    await fresh.say(ref.task_id, "ещё")
    seen = {str(message["id"]): message["text"] for message in await stand.seen(1, ref.chat)}
    assert seen[message_id] == "[b]Клиент[/b]: [\u2060x]"


async def test_files_hang_on_the_task(stand, tasks):
    ref = await tasks.create(TASK)
    await tasks.attach(ref.task_id, FileContent("снимок.png", b"\x89PNG"))
    await tasks.attach(ref.task_id, FileContent("снимок.png", b"\x89PNG2"))
    answer = await stand.client.call(
        "tasks.task.get", {"taskId": ref.task_id, "select": ["ID", "UF_TASK_WEBDAV_FILES"]}
    )
    assert len(answer["task"]["ufTaskWebdavFiles"]) == 2
    assert len(stand.calls("disk.folder.addsubfolder")) == 1


async def test_a_task_that_is_gone(tasks):
    assert await tasks.get("99999") is None
    with pytest.raises(Permanent) as caught:
        await tasks.say("99999", "x")
    assert caught.value.code == "task-gone"


async def test_people_and_departments(stand):
    directory = BitrixDirectory(stand.client)
    me = await directory.me()
    assert (me.user_id, me.name, me.is_admin, me.active) == ("1", "Анна Волкова", True, True)
    olga = await directory.user("5")
    assert (olga.name, olga.is_admin) == ("Ольга Иванова", False)
    departments = await directory.departments()
    assert [departments[number] for number in olga.department_ids] == ["Служба приёма"]
    assert await directory.user("999") is None
    reception = await directory.members(olga.department_ids[0])
    assert [one.name for one in reception] == ["Ольга Иванова", "Игорь Смирнов"]
    assert await directory.members("999") == []
    assert [one.name for one in await directory.search("приёма")] == ["Ольга Иванова", "Игорь Смирнов"]
    assert [one.user_id for one in await directory.search("Ким")] == ["2"]
    assert await directory.search("нет таких") == []


def test_users_with_few_fields_are_users_too():
    user = read_user({"ID": "7", "NAME": "", "LAST_NAME": None, "ACTIVE": "N", "UF_DEPARTMENT": False})
    assert (user.name, user.email, user.department_ids, user.active) == ("7", None, (), False)
