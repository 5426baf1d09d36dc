"""The sync's buttons and words: pages, retries, requests, a paused schedule, and who may press."""

from datetime import date

import pytest

from domain.chat import Address, Channel
from domain.errors import Temporary
from domain.people import Grant, Role
from handlers.sync.report import Counts, Report
from storage import Database, people, work_orders
from tests.handlers.sync_work import WRONG, Work, failing, guest, stay
from tests.lab import HOTEL_GROUP, MANAGERS_CHAT, open_lab

DAY = date(2026, 11, 21)


@pytest.fixture
async def lab(sqlite_url, clock, tmp_path):
    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path, forum=True)
    await database.close()


@pytest.fixture
def work(lab):
    return Work(lab)


@pytest.fixture
def marina(lab):
    return lab.staff("4")


async def orders(lab):
    async with lab.db.reading() as tx:
        return await work_orders.pending(tx, lab.portal.id, "sync")


# --- what failed ---------------------------------------------------------------------------------------------


async def test_failures_stand_on_pages_turned_in_place(lab, work, marina):
    await work.stage([guest(f"{n}", last=f"Гость{n}") for n in range(7)])
    await work.journal(failed=[("profile", f"{n}") for n in range(7)])
    await marina.writes("/sync errors")
    first = marina.reads("не записаны в CRM — 7 (показаны 1–5)")
    assert "<i>crm-field</i>" in first.text
    assert f"{lab.portal.url}/crm/contact/details/77/" in first.text
    assert [label for label in first.labels if label.startswith("Повторить")] == [
        *(f"Повторить {n}" for n in range(1, 6)),
        "Повторить все 7",
    ]
    await marina.presses("▶")
    second = marina.reads("показаны 6–7")
    assert second.id == first.id
    assert "Гость0" in second.text
    await marina.presses("◀")
    assert marina.reads("показаны 1–5").id == first.id


async def test_one_record_is_retried_and_its_button_goes(lab, work, marina):
    await work.journal(failed=[("stay", "1"), ("stay", "2")])
    await marina.writes("/sync errors")
    page = marina.last()
    await marina.presses("Повторить 1")
    (order,) = await orders(lab)
    assert order.params["mode"] == "retry"
    assert len(order.params["retry"]["items"]) == 1
    shown = next(one for one in marina.messages() if one.id == page.id)
    assert "повторяю" in shown.text
    assert "Повторить 1" not in shown.labels
    assert "Повторить 2" in shown.labels
    await marina.presses("Повторить все 2")
    shown = next(one for one in marina.messages() if one.id == page.id)
    assert not [label for label in shown.labels if label.startswith("Повторить")]


async def test_rows_that_could_not_be_read_are_read_again(lab, work, marina):
    await work.journal(rejected=[("stay", "5")])
    await marina.writes("/sync retry")
    (order,) = await orders(lab)
    assert order.params["mode"] == "reread"


async def test_nothing_to_retry_is_said(marina):
    await marina.writes("/sync retry")
    marina.reads("Повторять нечего")


async def test_in_telegram_names_are_masked(lab, work):
    phone = await lab.linked("4", "5003")
    await work.stage([guest("1")])
    await work.journal(failed=[("profile", "1")])
    await phone.writes("/sync errors")
    page = phone.reads("не записаны в CRM — 1")
    assert "И••• И•••" in page.text
    assert "Иванов" not in page.text


# --- a request about the cause -------------------------------------------------------------------------------


async def test_one_tap_files_one_request_per_cause(lab, work, marina):
    diff = {"phones": [["+79001112233"], ["+79004445566"]], "stageId": ["A", "B"]}
    run_id = await work.journal(failed=[("stay", "1"), ("stay", "2")], diff=diff)
    await work.ends(failing(run_id, 2))
    await marina.presses("Завести обращение")
    marina.sees("FB-2026-000001")
    request = await lab.request()
    assert request.type == "incident"
    assert request.hotel_id == work.hotel.id
    for words in ("crm-field", "Записей: 2", "бронь 1", "нельзя", "Стадия: A → B"):
        assert words in request.description, words
    assert "+7900" not in request.description  # the desk gets no phones
    await marina.writes("/sync errors")
    assert "FB-2026-000001" in marina.last().labels
    await marina.forges(f"s:file:{work.hotel.id}:crm-field")
    marina.reads("Об этом уже есть обращение FB-2026-000001")


async def test_the_report_shows_the_number_instead_of_the_button(lab, work, marina):
    await work.ends(failing(await work.journal(failed=[("stay", "1")]), 1))
    report = marina.sees("Не записано: 1")
    await marina.presses("Завести обращение")
    shown = next(one for one in marina.messages() if one.id == report.id)
    assert "FB-2026-000001" in shown.labels
    assert "Завести обращение" not in shown.labels


async def test_a_cause_that_is_over_files_nothing(work, marina):
    await marina.forges(f"s:file:{work.hotel.id}:crm-field")
    marina.reads("По этой причине сейчас ничего не стоит")


# --- who may -------------------------------------------------------------------------------------------------

BUTTONS = (
    "sync", "full", "dry", "status", "errors", "history", "retry", "resume", "apply:1", "file:crm-field",
    "retry:all", "errors:1",
)  # fmt: skip


@pytest.mark.parametrize("button", BUTTONS)
async def test_every_button_asks_who_presses(lab, work, button):
    verb, _, more = button.partition(":")
    payload = ":".join(filter(None, ["s", verb, str(work.hotel.id), more]))
    await work.journal(failed=[("stay", "1")])
    olga = lab.staff("5")
    await olga.forges(payload)
    olga.reads("Синхронизацию запускают управляющие и поддержка")
    await olga.forges(payload, at=HOTEL_GROUP)
    olga.reads("Синхронизацию запускают управляющие и поддержка", at=HOTEL_GROUP)
    assert not await orders(lab)


async def test_a_manager_of_another_hotel_may_not(lab, work):
    igor = lab.staff("6")
    person = await lab.known("6")
    async with lab.scopes.writing(lab.portal.id) as scope:
        grant = Grant(Role.MANAGER, ("PARK",))
        await people.add_grant(scope.tx, lab.portal.id, person.id, grant, source="file")
    await igor.forges(f"s:sync:{work.hotel.id}")
    igor.reads("управляют его управляющие")
    assert not await orders(lab)


@pytest.mark.parametrize(
    "payload", ["s:", "s:sync", "s:sync:x", "s:nope:1", "s:apply:1:x", "s:retry:1:x:y", "s:errors:1:x"]
)
async def test_a_forged_button_does_nothing(lab, marina, payload):
    await marina.forges(payload)
    marina.reads("не знакома")
    assert not await orders(lab)


# --- the schedule --------------------------------------------------------------------------------------------


async def test_after_five_failures_the_clock_waits_and_a_button_resumes(lab, work, marina):
    for _ in range(5):
        assert await work.ends(error=Temporary("pms-unreachable", "10.0.0.5")) == 1
    told = marina.sees("обновление по расписанию остановлено")
    assert "5 раз подряд" in told.text
    assert "Fidelio не отвечает" in told.text
    chat = lab.telegram.at(Address(Channel.TELEGRAM, MANAGERS_CHAT))
    assert "обновление по расписанию остановлено" in chat[-1].text
    assert await work.ends() == 0  # nothing is ordered any more
    await marina.writes("/sync status")
    marina.reads("Расписание на паузе")
    await marina.presses("Возобновить")
    marina.reads("расписание снова работает")
    assert await work.ends(fetched=1, unchanged=1) == 1


async def test_a_clean_run_by_hand_resumes_too(lab, work, marina):
    for _ in range(5):
        await work.ends(error=Temporary("pms-unreachable"))
    await marina.writes("/sync")
    await lab.syncs.work()  # fails still
    await lab.settle()
    assert await work.ends() == 0

    async def execute(_order, _lease):
        return Report(9, "GRAND", Counts(fetched=1, unchanged=1), 1.0)

    lab.syncs.execute = execute
    await marina.writes("/sync")
    assert await lab.syncs.work() == 1
    await lab.settle()
    marina.sees("пауза снята")
    assert await work.ends(fetched=1, unchanged=1) == 1


async def test_a_repeated_failure_is_told_once_and_its_end_too(work, marina):
    for _ in range(3):
        await work.ends(error=Temporary("pms-unreachable"))
    assert len([m for m in marina.messages() if "обновить не получилось" in m.text]) == 1
    await work.ends(fetched=5, unchanged=5)
    marina.reads("ничего нового")


async def test_managers_are_warned_above_the_share(work, marina):
    run_id = await work.journal(failed=[("stay", str(n)) for n in range(6)])
    await work.ends(failing(run_id, 6, fetched=100))
    marina.sees("Не записалось 6% записей")


async def test_below_the_share_no_alarm_and_the_same_failures_only_once(work, marina):
    run_id = await work.journal(failed=[("stay", "1")])
    for _ in range(3):
        await work.ends(failing(run_id, 1, fetched=100))
    reports = [m for m in marina.messages() if "Не записано: 1" in m.text]
    assert len(reports) == 1
    assert "⚠️" not in reports[0].text


# --- looking back --------------------------------------------------------------------------------------------


async def test_history_has_pages(work, marina):
    for _ in range(10):
        await work.journal()
    await marina.writes("/sync history")
    first = marina.reads("история обновлений")
    assert first.text.count("№") == 8
    await marina.presses("▶")
    assert marina.last().text.count("№") == 2
    assert marina.last().id == first.id


async def test_status_knows_limits_and_failures(work, marina):
    await work.journal(failed=[("stay", "1")])
    await marina.writes("/sync status")
    shown = marina.reads("Лимит портала: запросы 25%, время crm.item.add — 50%")
    assert "Не записано: 1" in shown.text
    assert {"Обновить сейчас", "Ошибки (1)", "История", "Проба без записи"} == set(shown.labels)
    await marina.presses("Обновить сейчас")
    status = next(one for one in marina.messages() if one.id == shown.id)
    assert "Обновить сейчас" not in status.labels
    assert "Обновление ждёт своей очереди" in status.text


# --- why -----------------------------------------------------------------------------------------------------

CASES = [
    ({"profiles": [guest("1")]}, "1", "Прочитан из Fidelio, в CRM ещё не записан"),
    ({"profiles": [guest("1", merged_into="2"), guest("2")]}, "1", "объединён с профилем 2"),
    ({"profiles": [guest("1", deleted=True)]}, "1", "удалён"),
    ({"profiles": [guest("1", last="", first="")]}, "1", "ни имени, ни названия"),
    ({"stays": [stay("7", DAY, DAY, pseudo_room=True)]}, "7", "Псевдо-номер"),
    ({"stays": [stay("7", DAY, DAY, financial_account=True)]}, "7", "Финансовый счёт"),
    ({"stays": [stay("7", date(2029, 1, 1), date(2029, 1, 2))]}, "7", "вне окна"),
    ({}, "404", "Из Fidelio ещё ничего не прочитано"),
]


@pytest.mark.parametrize(("staged", "asked", "words"), CASES)
async def test_why_not_in_the_crm(work, marina, staged, asked, words):
    await work.stage(staged.get("profiles", ()), staged.get("stays", ()))
    await marina.writes(f"/sync why {asked}")
    marina.reads(words)


async def test_why_by_name_follows_what_failed(lab, work, marina):
    await work.stage([guest("1", last="Петров")], [stay("7", DAY, DAY, profile_id="1", name="Петров Иван")])
    await work.journal(failed=[("stay", "7")], code=WRONG)
    await marina.writes("Почему нет гостя Петров?")
    told = marina.reads("Не записался: CRM не принимает значение поля")
    assert "профиль 1" in told.text
    await marina.presses("Повторить 7")
    (order,) = await orders(lab)
    assert order.params["mode"] == "retry"


async def test_why_a_row_was_rejected(work, marina):
    await work.journal(rejected=[("stay", "5")])
    await marina.writes("/sync why 5")
    marina.reads("запись не читается")
    assert "Повторить 5" in marina.last().labels


async def test_a_pressed_retry_leaves_the_answer_too(lab, work, marina):
    await work.stage(stays=[stay("7", DAY, DAY)])
    await work.journal(failed=[("stay", "7")])
    await marina.writes("/sync why 7")
    answer = marina.last()
    await marina.presses("Повторить 7")
    shown = next(one for one in marina.messages() if one.id == answer.id)
    assert "Повторить 7" not in shown.labels
    assert "Уже повторяю" in shown.text


async def test_the_word_of_a_pause_loses_what_is_done(lab, work, marina):
    for _ in range(5):
        await work.ends(error=Temporary("pms-unreachable"))
    word = marina.sees("обновление по расписанию остановлено")
    assert set(word.labels) == {"Возобновить", "Обновить сейчас", "Завести обращение"}
    await marina.presses("Завести обращение")
    await marina.presses("Обновить сейчас")
    shown = next(one for one in marina.messages() if one.id == word.id)
    assert set(shown.labels) == {"Возобновить", "FB-2026-000001"}


async def test_a_rehearsal_of_the_whole_window(lab, marina):
    await marina.writes("/sync dry full")
    (order,) = await orders(lab)
    assert (order.params["mode"], order.params["full"]) == ("dry", True)
