"""Syncs, deliveries, look-ups, templates: what they show, what their buttons do, and that outside words stay words."""

import io
import zipfile
from datetime import timedelta

import pytest

from domain.chat import Channel
from domain.people import Person
from storage import outbox, page_deeds, run_items, sync_states, templates, work_orders
from storage.people import find_by_account
from tests.web.app.filled import EVIL, FORMULA, fill
from tests.web.app.rooms import opened


@pytest.fixture
async def rooms(sqlite_url, clock, tmp_path):
    async with opened(sqlite_url, clock, tmp_path) as found:
        await fill(found)
        yield found


async def deeds(rooms):
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        return [(one.deed, one.who, one.data) for one in await page_deeds.listed(scope.tx, rooms.portal_id)]


async def orders(rooms):
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        return await work_orders.pending(scope.tx, rooms.portal_id, "sync")


# --- names from outside -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["syncs/GRAND/failures", "journal", "templates", "templates/3", "syncs/GRAND/runs/31", "deliveries"],
)
async def test_a_name_from_outside_is_never_a_tag(rooms, path):
    page = await (await rooms.admin()).gets(path)
    assert page.status == 200
    tags = [(tag, attrs) for tag, attrs in page.read.tags if tag == "img" or "onerror" in attrs]
    assert tags == []
    if path in {"syncs/GRAND/failures", "journal", "templates", "templates/3"}:
        assert EVIL in page.words


# --- syncs ----------------------------------------------------------------------------------------------------------


async def test_history_is_turned_page_by_page_and_a_run_shows_its_records(rooms):
    admin = await rooms.admin()
    first, second = await admin.gets("syncs/GRAND"), await admin.gets("syncs/GRAND?page=1")
    assert "№31" in first.words
    assert "№12 " in first.words
    assert "№11 " in second.words
    assert "№12 " not in second.words
    assert "Fidelio не отвечает" in first.words  # the run that failed says why
    run = await admin.gets("syncs/GRAND/runs/31")
    assert "не записано · 4" in run.words
    failed = await admin.gets("syncs/GRAND/runs/31?state=failed")
    assert "R3" in failed.words
    assert "R1" not in failed.words
    for number in ("999", "x", "-1", "9" * 30):
        assert (await admin.gets(f"syncs/GRAND/runs/{number}")).status == 422
    assert (await admin.gets("syncs/PARK/runs/31")).status == 422  # another hotel's


async def test_a_hotels_manager_sees_and_runs_his_hotel_alone(rooms):
    pavel = await rooms.visitor("7")  # PARK
    page = await pavel.gets("syncs")
    assert "Парк Отель" in page.words
    assert "Гранд Отель" not in page.words
    for path in ("syncs/GRAND", "syncs/GRAND/failures", "syncs/GRAND/runs/31"):
        assert (await pavel.gets(path)).status == 403
    form = (await pavel.gets("syncs/PARK")).form("syncs/PARK")
    for path in ("syncs/GRAND", "syncs/GRAND/failures"):
        assert (await pavel.posts(path, form.filled(do="sync"))).status == 403
    assert await orders(rooms) == []
    assert (await pavel.posts("syncs/PARK", form.filled(do="sync"))).status == 303
    assert [one.params["mode"] for one in await orders(rooms)] == ["sync"]
    assert await deeds(rooms) == [("sync.order", "Павел Орлов", {"hotel": "PARK", "mode": "sync"})]


async def test_one_run_at_a_time_and_only_known_ones(rooms):
    admin = await rooms.admin()
    assert (await admin.sends("syncs/GRAND", do="dry")).status == 303
    assert (await admin.sends("syncs/GRAND", do="sync")).status == 422
    assert (await admin.sends("syncs/GRAND", do="erase")).status == 422
    assert len(await orders(rooms)) == 1


async def test_a_pause_by_hand_outlasts_a_clean_run_and_ends_by_hand(rooms):
    admin = await rooms.admin()
    grand = rooms.portal.hotel("GRAND")
    assert (await admin.sends("syncs/GRAND", do="pause")).status == 303
    await rooms.house.syncs.order_scheduled(rooms.portal_id, grand, "sync")
    assert await orders(rooms) == []
    page = await admin.gets("syncs/GRAND")
    assert "Расписание остановлено вручную" in page.words

    from handlers.sync import standing
    from handlers.sync.report import Counts, Report

    async with rooms.house.scopes.writing(rooms.portal_id) as scope:
        verdict = await standing.after(scope, grand, Report(1, "GRAND", Counts(), 1.0))
        assert not verdict.resumed
        assert not verdict.recovered
        assert await standing.is_paused(scope, grand)
    assert (await admin.sends("syncs/GRAND", do="resume")).status == 303
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        assert (await sync_states.load(scope.tx, grand.id)).paused_at is None
    await rooms.house.syncs.order_scheduled(rooms.portal_id, grand, "sync")
    assert len(await orders(rooms)) == 1
    assert [one[0] for one in await deeds(rooms)] == ["sync.resume", "sync.pause"]


async def test_one_record_or_a_cause_is_retried(rooms):
    admin = await rooms.admin()
    page = await admin.gets("syncs/GRAND/failures")
    assert "Записи: 4" in page.words
    item = next(dict(one.fields)["item"] for one in page.read.forms if "item" in dict(one.fields))
    form = page.form("syncs/GRAND/failures")
    assert (await admin.posts("syncs/GRAND/failures", form.filled(cause=None, item=item))).status == 303
    (order,) = await orders(rooms)
    assert order.params["retry"] == {"items": [int(item)], "cause": None}
    assert "Повтор уже идёт" in (await admin.gets("syncs/GRAND/failures")).words
    assert (await admin.posts("syncs/GRAND/failures", form.filled(cause="portal-unavailable"))).status == 303
    assert (await orders(rooms))[1].params["retry"] == {"items": None, "cause": "portal-unavailable"}
    only = await admin.gets("syncs/GRAND/failures?cause=portal-unavailable")
    assert "Записи: 2" in only.words


# --- deliveries -----------------------------------------------------------------------------------------------------


async def test_deliveries_say_why_and_are_tried_again(rooms):
    support = await rooms.visitor("2")
    page = await support.gets("deliveries")
    assert "Не доставлено · 24" in page.words
    assert "Задачи на портале больше нет." in page.words
    assert "Ольга Иванова, Битрикс24" in page.words
    number = next(dict(one.fields)["delivery"] for one in page.read.forms if "delivery" in dict(one.fields))
    form = page.form("deliveries")
    assert (await support.posts("deliveries", form.filled(code=None, delivery=number))).status == 303
    assert (await support.posts("deliveries", form.filled(code=None, delivery=number))).status == 422
    assert (await support.posts("deliveries", form.filled(code="task-gone"))).status == 303
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        back = await outbox.get(scope.tx, rooms.portal_id, int(number))
        assert (back.state, back.attempts) == ("waiting", 0)
        assert "task-gone" not in await outbox.dead_codes(scope.tx, rooms.portal_id)
        assert (await outbox.portal_counts(scope.tx, rooms.portal_id))["dead"] == 24 - 1 - 6
    assert {one[0] for one in await deeds(rooms)} == {"delivery.retry", "delivery.retry-all"}
    older = await support.gets(f"deliveries?state=waiting&before={number}")
    assert older.status == 200
    assert (await support.gets("deliveries?state=zzz&before=x")).status == 200


# --- who looked -----------------------------------------------------------------------------------------------------


async def person(rooms, user_id) -> Person:
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        found = await find_by_account(scope.tx, rooms.portal_id, Channel.BITRIX24, user_id)
    assert found is not None
    return found


async def test_the_journal_is_filtered_by_person_and_day(rooms):
    admin, olga = await rooms.admin(), await person(rooms, "5")
    page = await admin.gets(f"journal?person={olga.id}")
    rows = page.text.count('<th scope="row">')
    assert rows == 44  # of 130
    assert '<th scope="row">Марина Соколова' not in page.text
    day = rooms.clock.now.date()
    none = await admin.gets(f"journal?since={day + timedelta(days=1)}")
    assert "Никто не открывал данные гостей за это время." in none.words
    assert "Дата не читается" in (await admin.gets("journal?since=завтра")).words
    first = await admin.gets("journal")
    assert first.text.count('<th scope="row">') == 50
    assert "before=" in first.text


async def test_the_workbook_holds_no_formula_and_leaves_a_trace(rooms):
    admin = await rooms.admin()
    answer = await admin.client.get("/bitrix24/app/journal/file", headers=admin._headers)
    assert answer.status == 200
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="lookups-')
    with zipfile.ZipFile(io.BytesIO(await answer.read())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        words = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert FORMULA.split('"')[0] in words
    assert sheet.count("<row ") == 131
    assert [one[0] for one in await deeds(rooms)] == ["journal.export"]
    assert (await (await rooms.visitor("2")).gets("journal/file")).status == 403


# --- templates ------------------------------------------------------------------------------------------------------


async def kept(rooms):
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        return {one.name: one for one in await templates.listed(scope.tx, rooms.portal_id)}


async def test_a_template_in_two_languages_with_a_sample_and_back_again(rooms):
    support = await rooms.visitor("2")
    page = await support.sends(
        "templates/new", name=" Ждём  Fidelio ", text="%имя%, ждём.", text_en="%name%, we wait."
    )
    assert page.status == 303
    assert (await kept(rooms))["Ждём Fidelio"].text_en == "%name%, we wait."
    sample = await support.sends("templates/new", name="x", text="%имя%: %номер% %тема%", do="sample")
    assert "Ольга Иванова: FB-2026-000123 Не выгружаются заезды из Fidelio" in sample.words
    assert "x" not in await kept(rooms)

    accepted = (await kept(rooms))["Принято в работу"]
    changed = await support.sends(f"templates/{accepted.id}", name="Принято в работу", text="Приняли.")
    assert changed.status == 303
    assert (await kept(rooms))["Принято в работу"].text == "Приняли."
    assert (await support.sends(f"templates/{accepted.id}", do="ours")).status == 303
    assert (await kept(rooms))["Принято в работу"].text == accepted.text
    assert (await support.sends(f"templates/{accepted.id}", do="remove")).status == 303
    assert "Принято в работу" not in await kept(rooms)
    assert (await support.sends("templates", ours="accepted")).status == 303
    assert "Принято в работу" in await kept(rooms)


async def test_a_faulty_template_keeps_what_was_typed(rooms):
    support = await rooms.visitor("2")
    page = await support.sends("templates/new", name="ПРИНЯТО в работу", text="Вот длинный ответ")
    assert page.status == 422
    assert "Шаблон с таким названием уже есть" in page.words
    assert dict(page.form("templates/new").fields)["text"] == "Вот длинный ответ"
    empty = await support.sends("templates/new", name="", text="")
    assert {"Назовите шаблон", "Напишите текст"} <= {one.strip() for one in empty.read.words}
    assert (await support.gets("templates/999")).status == 422


async def test_renaming_a_template_leaves_one(rooms):
    support = await rooms.visitor("2")
    before = (await kept(rooms))["Принято в работу"]
    assert (await support.sends(f"templates/{before.id}", name="Взяли", text=before.text)).status == 303
    names = set(await kept(rooms))
    assert "Взяли" in names
    assert "Принято в работу" not in names


async def test_pages_speak_english_too(rooms):
    admin = await rooms.admin("en")
    for path, words in (
        ("syncs/GRAND", "History of runs"), ("deliveries", "Given up"), ("journal", "Guests shown"), ("templates", "Answer templates"),
    ):  # fmt: skip
        assert words in (await admin.gets(path)).words, path


async def test_states_of_a_runs_records_are_counted(rooms):
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        assert await run_items.item_states(scope.tx, 31) == {"done": 5, "failed": 4}
