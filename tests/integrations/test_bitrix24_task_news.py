"""Tasks and their chats read in bulk, own words found and changed again; over the stand-in portal."""

from dataclasses import replace

import pytest

from domain.chat import Address, Channel, FileContent, Reply
from domain.errors import Permanent, Temporary, Unclear
from domain.ports import NewTask, TaskCursor, TaskStatus
from integrations.bitrix24.messenger import BitrixMessenger
from integrations.bitrix24.tasks import BitrixTasks
from sandbox.portal.documents import tasks as task_documents
from tests.integrations.bitrix24_portal import a_stand

TASK = NewTask("FB-2026-000001", "Обращение", "текст", "2", None)


@pytest.fixture
async def stand():
    async with a_stand(bucket_capacity=5000, bucket_leak_per_s=500) as stand:
        yield stand


@pytest.fixture
def tasks(stand):
    return BitrixTasks(stand.client)


async def news_of(tasks, ref, after=None):
    (one,) = await tasks.news([TaskCursor(ref.task_id, ref.chat, after)])
    return one


async def test_a_task_and_its_chat_in_one_request(stand, tasks):
    ref = await tasks.create(TASK)
    (own,) = await tasks.say(ref.task_id, "наши слова")
    written = await stand.as_user(2, "messages", dialogId=ref.chat, text="[b]Смотрю[/b] журнал")
    await stand.as_user(2, f"tasks/{ref.task_id}", action="start", deadline="2026-11-25T12:00:00+03:00")
    before = stand.client.requests
    one = await news_of(tasks, ref)
    assert stand.client.requests == before + 1
    state = one.state
    assert (state.status, state.responsible_id) == (TaskStatus.IN_PROGRESS, "2")
    assert (state.changed_by, state.status_changed_by) == ("2", "2")
    assert state.deadline.isoformat() == "2026-11-25T09:00:00+00:00"
    people = {word.message_id: word for word in one.words if word.is_person}
    assert people[own].author.external_id == "1"
    comment = people[str(written["messageId"])]
    assert (comment.text, comment.author.name, comment.edited) == ("Смотрю журнал", "Пётр Ким", False)
    assert any(not word.is_person for word in one.words)  # the portal's own lines
    assert [int(word.message_id) for word in one.words] == sorted(int(word.message_id) for word in one.words)


async def test_edits_deletions_and_files_show(stand, tasks):
    ref = await tasks.create(TASK)
    first = await stand.as_user(2, "messages", dialogId=ref.chat, text="раз")
    second = await stand.as_user(2, "messages", dialogId=ref.chat, text="два", replyId=first["messageId"])
    file = await stand.send_file(2, ref.chat, "отчёт.pdf", b"pdf", "файл")
    await stand.as_user(2, "edit", messageId=first["messageId"], text="раз!")
    await stand.as_user(2, "delete", messageId=second["messageId"])
    words = {word.message_id: word for word in (await news_of(tasks, ref)).words}
    edited, deleted = words[str(first["messageId"])], words[str(second["messageId"])]
    assert (edited.text, edited.edited, edited.deleted) == ("раз!", True, False)
    assert (deleted.text, deleted.deleted) == ("", True)
    sent = words[str(file["messageId"])]
    assert [(ref.file_id, ref.name, ref.size) for ref in sent.files] == [
        (str(file["fileId"]), "отчёт.pdf", 3)
    ]


@pytest.mark.parametrize("form", ["FILE_ID", "files"])
async def test_a_file_of_a_tasks_chat_is_fetched_though_the_bot_isnt_there(stand, tasks, form):
    stand.portal.switches.message_files = form
    await stand.bot.ensure()
    ref = await tasks.create(TASK)
    await stand.send_file(2, ref.chat, "план.txt", b"plan")
    word = next(word for word in (await news_of(tasks, ref)).words if word.files)
    content = await BitrixMessenger(stand.client, stand.bot).fetch_file(word.files[0])
    assert (content.name, content.data) == ("план.txt", b"plan")


async def test_more_words_than_a_window_holds_are_all_read(stand, tasks):
    ref = await tasks.create(TASK)
    (cursor,) = await tasks.say(ref.task_id, "начало")
    for number in range(130):
        await stand.as_user(2, "messages", dialogId=ref.chat, text=f"слово {number}")
    words = (await news_of(tasks, ref, cursor)).words
    texts = [word.text for word in words]
    assert [f"слово {number}" for number in range(130)] == [t for t in texts if t.startswith("слово")]
    newest = (await news_of(tasks, ref)).words
    assert len(newest) == 50


async def test_many_tasks_fill_few_requests(stand, tasks):
    refs = [await tasks.create(replace(TASK, key=f"FB-{number}")) for number in range(60)]
    before = stand.client.requests
    news = await tasks.news([TaskCursor(ref.task_id, ref.chat) for ref in refs])
    assert stand.client.requests == before + 2
    assert [one.task_id for one in news] == [ref.task_id for ref in refs]
    assert all(one.state is not None and one.words for one in news)


async def test_what_is_gone_or_closed_to_us_is_told_apart(stand, tasks):
    kept, gone = await tasks.create(TASK), await tasks.create(replace(TASK, key="FB-2"))
    task_documents(stand.portal).remove(int(gone.task_id))
    asked = [
        TaskCursor(kept.task_id, "chat9999"),
        TaskCursor(gone.task_id, gone.chat),
        TaskCursor(kept.task_id, None),
    ]
    foreign, removed, without = await tasks.news(asked)
    assert (foreign.words, foreign.state is not None) == (None, True)
    assert removed.state is None
    assert without.words is None


async def test_a_portal_that_rests_raises_and_gives_no_half_truth(stand, tasks):
    ref = await tasks.create(TASK)
    stand.portal.faults.add(
        {"kind": "error", "method": "im.dialog.messages.get", "code": "INTERNAL_SERVER_ERROR"}
    )
    with pytest.raises(Temporary):
        await news_of(tasks, ref)


async def test_polling_keeps_to_its_share(stand, tasks):
    ref = await tasks.create(TASK)
    await news_of(tasks, ref)
    assert "watch" in stand.limiter.budget().shares
    assert stand.limiter.share("watch", 0.1).used > 0


async def test_words_whose_answer_was_lost_are_found(stand, tasks):
    ref = await tasks.create(TASK)
    await tasks.say(ref.task_id, "раньше")
    stand.portal.faults.add({"kind": "drop_after", "method": "im.message.add"})
    with pytest.raises(Unclear):
        await tasks.say(ref.task_id, "<b>Пётр</b>: [x] & слова")
    found = await tasks.said(ref.task_id, "<b>Пётр</b>: [x] & слова")
    assert len(found) == 1
    assert await tasks.said(ref.task_id, "такого не было") == ()
    await stand.as_user(2, "messages", dialogId=ref.chat, text="чужие слова")
    assert await tasks.said(ref.task_id, "чужие слова") == ()


async def test_long_words_have_several_ids_and_are_found_whole(stand, tasks):
    ref = await tasks.create(TASK)
    text = "\n".join(f"строка {number} " + "х" * 90 for number in range(300))
    ids = await tasks.say(ref.task_id, text)
    assert len(ids) > 1
    assert await tasks.said(ref.task_id, text) == ids


async def test_own_words_change_others_dont(stand, tasks):
    ref = await tasks.create(TASK)
    (own,) = await tasks.say(ref.task_id, "старое")
    await tasks.amend(ref.task_id, own, "<i>новое</i>")
    seen = {str(message["id"]): message["text"] for message in await stand.seen(1, ref.chat)}
    assert seen[own] == "[i]новое[/i]"
    other = await stand.as_user(2, "messages", dialogId=ref.chat, text="чужое")
    for message_id in (str(other["messageId"]), "99999"):
        with pytest.raises(Permanent) as caught:
            await tasks.amend(ref.task_id, message_id, "нет")
        assert caught.value.code == "message-gone"


# --- threads -------------------------------------------------------------------------------------------------


@pytest.fixture
async def messenger(stand):
    await stand.bot.ensure()
    return BitrixMessenger(stand.client, stand.bot)


@pytest.mark.parametrize("deed", ["send", "send_file", "close_thread", "reopen_thread"])
async def test_a_deleted_chat_is_a_thread_that_is_gone(stand, messenger, deed):
    thread = await messenger.create_thread("FB-2026-000001 · дверь", ["2"])
    await messenger.reopen_thread(thread)
    await stand.as_user(2, f"dialogs/{thread.address.chat}/delete")
    what = {
        "send": lambda: messenger.send(thread.address, Reply("слова")),
        "send_file": lambda: messenger.send_file(thread.address, FileContent("а.txt", b"a")),
        "close_thread": lambda: messenger.close_thread(thread),
        "reopen_thread": lambda: messenger.reopen_thread(thread),
    }
    with pytest.raises(Permanent) as caught:
        await what[deed]()
    assert caught.value.code == "thread-gone"


async def test_a_person_who_cant_be_written_to_is_no_thread(messenger):
    with pytest.raises(Permanent) as caught:
        await messenger.send(Address(Channel.BITRIX24, "9999"), Reply("слова"))
    assert caught.value.code != "thread-gone"


async def test_all_threads_of_a_number_newest_first(messenger):
    first = await messenger.create_thread("FB-2026-000001 · раз", ["2"])
    second = await messenger.create_thread("FB-2026-000001 · два", ["2"])
    await messenger.create_thread("FB-2026-000002 · три", ["2"])
    found = await messenger.find_threads("FB-2026-000001")
    assert [one.address for one in found] == [second.address, first.address]
    assert (await messenger.find_thread("FB-2026-000001")).address == second.address
    assert await messenger.find_threads("FB-2026-000009") == []


async def test_words_of_a_thread_are_read_with_what_the_bot_wrote(stand, tasks, messenger):
    thread = await messenger.create_thread("FB-2026-000001 · дверь", ["2"])
    await messenger.send(thread.address, Reply("карточка"))
    await stand.as_user(2, "messages", dialogId=thread.address.chat, text="слово")
    words = (await tasks.words({thread.address.chat: None, "chat9999": None}))[thread.address.chat]
    assert [(word.text, word.is_person) for word in words][-2:] == [("карточка", False), ("слово", True)]
