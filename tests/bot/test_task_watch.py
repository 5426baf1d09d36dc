"""What people do in a request's task comes back to the request, once, and never past the customer."""

from datetime import timedelta

import pytest

from domain.chat import Channel, FileContent, FileRef
from domain.errors import Temporary
from domain.ports import PortalUser, TaskStatus
from storage import Database
from tests.conftest import FakeClock
from tests.fakes import FakeDirectory
from tests.lab import NAMES, Lab, file_request, open_lab

NUMBER = "FB-2026-000001"


@pytest.fixture
async def desk(db: Database, clock: FakeClock, tmp_path) -> Lab:
    """A filed request, its thread and its task, on each engine."""
    lab = await open_lab(db, clock, tmp_path, forum=True)
    lab.directory = FakeDirectory(*(PortalUser(user, name) for user, name in NAMES.items()))
    lab.rewire()
    await file_request(lab.staff("5"))
    return lab


async def looked(lab: Lab, minutes: float = 1):
    """Time for the next look, and everything that follows from it."""
    lab.clock.push(minutes=minutes)
    await lab.task_watch.work()
    await lab.settle()


def thread(lab):
    return lab.bitrix.thread(NUMBER)


async def test_a_comment_reaches_the_requester_and_both_threads_once(desk):
    olga = desk.staff("5")
    desk.tasks.comment(desk.tasks.only, "2", "Пётр Ким", "Смотрю журнал", desk.clock.now)
    for _ in range(3):
        await looked(desk)
    assert sum("Смотрю журнал" in one.text for one in olga.messages()) == 1
    for messenger in (desk.bitrix, desk.telegram):
        assert sum("Смотрю журнал" in one.text for one in messenger.at(messenger.thread(NUMBER))) == 1
    assert not any("Смотрю журнал" in text for text in desk.tasks.only.said)  # it stands there already
    assert (await desk.request()).first_replied_at == desk.clock.now - timedelta(minutes=2)


async def test_notes_system_lines_and_own_words_stay_where_they_are(desk):
    olga, task = desk.staff("5"), desk.tasks.only
    desk.tasks.comment(task, "2", "Пётр Ким", "// похоже на лицензию", desk.clock.now)
    desk.tasks.system_line(task, "Пётр Ким начал выполнение задачи", desk.clock.now)
    await desk.staff("2").writes("Чиним", to=thread(desk))  # lands in the task as the webhook owner's words
    before = len(olga.messages())
    await looked(desk)
    await looked(desk)
    assert len(olga.messages()) == before
    olga.never_saw("лицензию")
    assert any("похоже на лицензию" in one.text for one in desk.bitrix.at(thread(desk)))
    assert "note" in await desk.history()


async def test_the_owner_of_the_webhook_may_comment_himself(desk):
    desk.tasks.comment(desk.tasks.only, "1", "Анна Волкова", "Я сама посмотрю", desk.clock.now)
    await looked(desk)
    assert "Анна Волкова" in desk.staff("5").sees("Я сама посмотрю").text


async def test_edits_and_deletions_of_a_comment_follow(desk):
    olga, task = desk.staff("5"), desk.tasks.only
    message = desk.tasks.comment(task, "2", "Пётр Ким", "завтра в 9", desk.clock.now)
    await looked(desk)
    desk.tasks.rewrite(task, message, "завтра в 10")
    await looked(desk)
    olga.sees("завтра в 10")
    olga.never_saw("завтра в 9")
    desk.tasks.take_back(task, message)
    await looked(desk)
    await looked(desk)
    olga.never_saw("завтра в 10")
    assert (await desk.history()).count("deleted") == 1


async def test_a_comments_file_is_carried_along(desk):
    ref = FileRef(Channel.BITRIX24, "file-77", "отчёт.pdf", 3)
    desk.bitrix.files["file-77"] = FileContent("отчёт.pdf", b"pdf")
    desk.tasks.comment(desk.tasks.only, "2", "Пётр Ким", "Отчёт", desk.clock.now, files=[ref])
    await looked(desk)
    assert any(one.file and one.file.name == "отчёт.pdf" for one in desk.staff("5").messages())


# --- status --------------------------------------------------------------------------------------------------


async def test_completed_by_hand_is_an_answer_with_the_last_comment(desk):
    olga, task = desk.staff("5"), desk.tasks.only
    desk.tasks.comment(task, "2", "Пётр Ким", "Обновили модуль, заезды появились", desk.clock.now)
    desk.tasks.change(task, "2", status=TaskStatus.COMPLETED)
    await looked(desk)
    answer = olga.last()
    assert "Обновили модуль" in answer.text
    assert "Решено" in answer.labels
    assert sum("Обновили модуль" in one.text for one in olga.messages()) == 1
    assert (await desk.request()).status == "answered"
    assert task.status == TaskStatus.AWAITING_CONTROL  # never past the customer
    await looked(desk)
    assert (await desk.history()).count("answered") == 1
    await olga.presses("Решено")
    assert (await desk.request()).status == "completed"


async def test_completed_without_a_word_answers_plainly(desk):
    desk.tasks.change(desk.tasks.only, "3", status=TaskStatus.AWAITING_CONTROL)
    await looked(desk)
    assert "выполнена" in desk.staff("5").last().text
    assert (await desk.request()).status == "answered"


async def test_an_old_comment_is_no_answer_to_what_was_said_since(desk):
    olga, task = desk.staff("5"), desk.tasks.only
    desk.tasks.comment(task, "2", "Пётр Ким", "Перезапустили", desk.clock.now)
    desk.tasks.change(task, "2", status=TaskStatus.COMPLETED)
    await looked(desk)
    desk.clock.push(minutes=1)
    await olga.presses("Не решено")
    await olga.writes("Опять пусто")
    assert task.status == TaskStatus.IN_PROGRESS
    desk.tasks.change(task, "2", status=TaskStatus.COMPLETED)
    await looked(desk)
    assert "Перезапустили" not in olga.last().text
    assert (await desk.request()).round == 2


async def test_a_task_that_waits_for_the_customer_cant_be_completed(desk):
    olga, pyotr, task = desk.staff("5"), desk.staff("2"), desk.tasks.only
    await pyotr.presses("Запросить сведения", at=thread(desk))
    await pyotr.writes("Какая версия?", to=thread(desk))
    desk.tasks.change(task, "2", status=TaskStatus.COMPLETED)
    await looked(desk)
    assert (await desk.request()).status == "waiting"
    assert task.status == TaskStatus.IN_PROGRESS
    assert "Сначала нужен ответ заявителя" in task.said[-1]
    assert "ответ" not in olga.last().labels


async def test_an_answered_request_is_not_closed_in_the_task(desk):
    pyotr, task = desk.staff("2"), desk.tasks.only
    await pyotr.presses("Ответ", at=thread(desk))
    await pyotr.writes("Готово", to=thread(desk))
    desk.tasks.change(task, "2", status=TaskStatus.COMPLETED)
    await looked(desk)
    assert (await desk.request()).status == "answered"
    assert task.status == TaskStatus.AWAITING_CONTROL
    assert "Закрыть его может только заявитель" in task.said[-1]


async def test_reopened_by_hand_it_needs_the_customers_word(desk):
    pyotr, task = desk.staff("2"), desk.tasks.only
    await pyotr.presses("Ответ", at=thread(desk))
    await pyotr.writes("Готово", to=thread(desk))
    desk.tasks.change(task, "2", status=TaskStatus.PENDING)
    await looked(desk)
    assert (await desk.request()).status == "answered"
    assert task.status == TaskStatus.AWAITING_CONTROL
    assert "Вернуть в работу может заявитель" in task.said[-1]


async def test_work_begun_in_the_task_takes_the_request(desk):
    desk.tasks.change(desk.tasks.only, "3", status=TaskStatus.IN_PROGRESS)
    await looked(desk)
    assert (await desk.request()).status == "in_progress"
    assert "Дарья Лебедева" in desk.staff("5").sees("в работе").text
    assert desk.tasks.only.responsible_id == "3"


async def test_a_paused_task_is_noted_and_left(desk):
    await desk.staff("2").presses("Взять", at=thread(desk))
    desk.tasks.change(desk.tasks.only, "2", status=TaskStatus.PENDING)
    await looked(desk)
    assert "task_paused" in await desk.history()
    assert (await desk.request()).status == "in_progress"
    assert desk.tasks.only.status == TaskStatus.PENDING


# --- responsible and deadline ---------------------------------------------------------------------------------


async def test_another_responsible_is_a_handing_over(desk):
    await desk.staff("2").presses("Взять", at=thread(desk))
    desk.tasks.change(desk.tasks.only, "2", responsible_id="3")
    await looked(desk)
    await looked(desk)
    darya = await desk.person("3")
    assert (await desk.request()).responsible_id == darya.id
    assert (await desk.history()).count("handed_over") == 1
    assert desk.tasks.only.responsible_id == "3"


async def test_somebody_outside_support_cant_be_made_responsible(desk):
    await desk.staff("2").presses("Взять", at=thread(desk))
    desk.tasks.change(desk.tasks.only, "2", responsible_id="5")
    await looked(desk)
    assert desk.tasks.only.responsible_id == "2"
    assert "handed_over" not in await desk.history()


async def test_a_new_deadline_is_recorded_with_who_and_kept(desk):
    day = desk.clock.now + timedelta(days=6)
    desk.tasks.change(desk.tasks.only, "2", deadline=day)
    await looked(desk)
    request = await desk.request()
    assert request.due.solution == day
    shown = next(one for one in desk.bitrix.at(thread(desk)) if "срок решения" in one.text)
    assert "Пётр Ким" in shown.text
    assert "26 ноября" in shown.text
    await desk.staff("2").presses("Взять", at=thread(desk))
    assert desk.tasks.only.deadline == day
    assert (await desk.request()).due.solution == day
    assert (await desk.history()).count("deadline_changed") == 1


# --- never lost, never twice ----------------------------------------------------------------------------------


async def test_a_change_by_hand_just_before_ours_is_not_run_over(desk):
    """Somebody completes the task; before we look, the requester's words want to set its status."""
    olga, task = desk.staff("5"), desk.tasks.only
    await desk.staff("2").presses("Взять", at=thread(desk))
    desk.tasks.comment(task, "2", "Пётр Ким", "Исправили", desk.clock.now)
    desk.tasks.change(task, "2", status=TaskStatus.COMPLETED)
    await olga.presses("Открыть карточку")
    await olga.presses("Ответить")
    await olga.writes("Кстати, и отчёт пустой")
    assert "answered" in await desk.history()
    assert task.status == TaskStatus.AWAITING_CONTROL


async def test_what_we_are_just_saying_is_not_taken_for_a_comment(desk):
    olga, task = desk.staff("5"), desk.tasks.only
    desk.tasks.faults.fail(Temporary("bitrix-busy"), method="say", after=True)
    await desk.staff("2").writes("Проверка связи", to=thread(desk))
    await looked(desk, minutes=0.01)
    assert sum("Проверка связи" in one.text for one in olga.messages()) == 1
    await looked(desk, minutes=2)
    await looked(desk, minutes=2)
    assert sum("Проверка связи" in one.text for one in olga.messages()) == 1
    assert sum("Проверка связи" in text for text in task.said) == 1


async def test_comments_survive_a_restart_and_a_portal_that_was_away(desk):
    olga = desk.staff("5")
    desk.tasks.faults.fail(Temporary("bitrix-unavailable"), method="news")
    desk.tasks.comment(desk.tasks.only, "2", "Пётр Ким", "Слово", desk.clock.now)
    await looked(desk)
    olga.never_saw("Слово")
    desk.rewire()
    await looked(desk)
    await looked(desk)
    assert sum("Слово" in one.text for one in olga.messages()) == 1


async def test_a_comment_on_a_request_just_closed_says_that_it_went_nowhere(desk):
    olga, task = desk.staff("5"), desk.tasks.only
    await olga.presses("Открыть карточку")
    await olga.presses("Отозвать")
    if "Отозвать" in olga.last().labels:
        await olga.presses("Отозвать")
    desk.tasks.comment(task, "2", "Пётр Ким", "А я уже починил", desk.clock.now)
    await looked(desk)
    olga.never_saw("починил")
    assert "не ушло" in task.said[-1]


async def test_a_task_somebody_deleted_comes_back_by_itself(desk):
    desk.tasks.comment(desk.tasks.only, "2", "Пётр Ким", "Проверяю", desk.clock.now)
    await looked(desk)
    desk.tasks.kept.clear()
    await looked(desk)
    task = desk.tasks.only
    assert task.task.key.endswith(":2")
    assert "Проверяю" in task.said[0]
    desk.tasks.comment(task, "2", "Пётр Ким", "Нашёл", desk.clock.now)
    await looked(desk)
    desk.staff("5").sees("Нашёл")


async def test_one_look_asks_for_all_tasks_at_once(desk):
    for story in ("Не печатает принтер на стойке", "Забыли пароль от кассы", "Нужен отчёт по завтракам"):
        await file_request(desk.staff("6"), story)
    calls = len(desk.tasks.faults.calls)
    await looked(desk)
    assert desk.tasks.faults.calls[calls:] == ["news"]


async def test_a_task_from_before_begins_where_it_stands(desk):
    """A task made by an older version has no marks: its old words are nobody's news."""
    from storage import links

    request = await desk.request()
    desk.tasks.comment(desk.tasks.only, "2", "Пётр Ким", "из прошлого", desk.clock.now)
    async with desk.scopes.writing(desk.portal.id) as scope:
        link = await links.get(scope.tx, desk.portal.id, "task", "request", str(request.id))
        data = {"chat": link.data["chat"], "url": link.data["url"]}
        await links.put(scope.tx, desk.portal.id, "task", "request", str(request.id), link.external_id, data)
    await looked(desk)
    desk.staff("5").never_saw("из прошлого")
    desk.tasks.comment(desk.tasks.only, "2", "Пётр Ким", "новое", desk.clock.now)
    await looked(desk)
    desk.staff("5").sees("новое")
