"""The desk at a glance: the queue card that is always true, figures, the managers' week, export, rating, history."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import openpyxl

from domain.chat import Address, Channel
from domain.errors import Permanent, Temporary
from domain.people import Grant, Role
from storage import requests as rows
from tests.lab import GRANTS, MANAGERS_CHAT, file_request, open_lab


async def tick(lab):
    await lab.house.watch.tick(lab.portal.id)
    await lab.settle()


def cards(person, at=None):
    return [shown for shown in person.messages(at) if "Очередь" in shown.text]


async def closed(lab, olga, pyotr, number=1):
    """A request from its thread to its confirmed closing."""
    thread = lab.bitrix.thread(f"FB-2026-{number:06d}")
    await pyotr.writes("/answer Готово", to=thread)
    for name in ("solved", "close"):
        await olga.writes(f"/{name} FB-2026-{number:06d}")


# --- the queue ------------------------------------------------------------------------------------------------


async def test_one_queue_card_is_always_true(each_engine):
    lab = each_engine
    olga, igor, pyotr = lab.staff("5"), lab.staff("6"), lab.staff("2")
    await pyotr.writes("/queue")
    (card,) = cards(pyotr)
    assert "пуста" in card.text
    await file_request(olga, "Пустой отчёт о заездах")
    await file_request(igor, "Ни у кого не открывается карточка гостя")
    assert [one.id for one in cards(pyotr)] == [card.id]  # edited in place
    text = card.text
    assert "открытых 2" in text
    assert text.index("FB-2026-000002") < text.index("FB-2026-000001")  # critical is due sooner
    assert "FB-2026-000001</b>, до пт 20 ноября, 13:00 · высокий · Пустой отчёт о заездах · не взято" in text
    assert card.labels == ["FB-2026-000002", "FB-2026-000001", "Убрать очередь"]
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.presses("Взять", at=thread)
    assert "Пётр Ким" in card.text
    await pyotr.presses("Запросить сведения", at=thread)
    await pyotr.writes("Какой отчёт?", to=thread)
    assert "Ждём заявителя</b>: 1" in card.text
    lab.clock.push(hours=2)
    await tick(lab)
    assert "Просрочено</b>: 1" in card.text
    await olga.writes("О заездах")
    await closed(lab, olga, pyotr)
    assert "открытых 1" in card.text
    assert "FB-2026-000001" not in card.text


async def test_a_quiet_minute_writes_no_edit(lab, olga, pyotr):
    await pyotr.writes("/queue")
    await file_request(olga)
    before = cards(pyotr)[0].edits
    for _ in range(5):
        lab.clock.push(minutes=1)
        await tick(lab)
    assert cards(pyotr)[0].edits == before


async def test_asked_again_the_card_comes_to_the_end_and_the_old_one_goes(lab, olga, pyotr):
    await pyotr.writes("/queue")
    first = cards(pyotr)[0].id
    await file_request(olga)
    await pyotr.writes("/my")
    await pyotr.writes("очередь")
    (card,) = cards(pyotr)
    assert card.id != first
    assert pyotr.last().id == card.id
    assert "FB-2026-000001" in card.text


async def test_a_card_that_was_deleted_is_made_again(lab, olga, pyotr):
    await pyotr.writes("/queue")
    (card,) = cards(pyotr)
    del lab.bitrix.messages[card.address, card.id]
    await file_request(olga)
    (again,) = cards(pyotr)
    assert "FB-2026-000001" in again.text


async def test_the_card_is_put_away(lab, olga, pyotr):
    await pyotr.writes("/queue")
    await pyotr.presses("Убрать очередь")
    assert "Очередь убрана" in pyotr.last().text
    edits = pyotr.last().edits
    await file_request(olga)
    assert pyotr.last().edits == edits


async def test_who_leaves_support_sees_no_more_of_it(lab, olga, pyotr):
    await pyotr.writes("/queue")
    await file_request(olga)
    async with lab.scopes.writing(lab.portal.id) as scope:
        await lab.people.apply_settings(scope, {})
    await tick(lab)
    assert "больше не обновляется" in pyotr.last().text
    assert "FB-" not in pyotr.last().text


async def test_the_queue_is_the_desks_and_no_threads(lab, olga, pyotr):
    await file_request(olga)
    await olga.writes("/queue")
    assert not cards(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.writes("/queue", to=thread)
    assert "в личном чате" in lab.bitrix.at(thread)[-1].text
    await olga.forges("b:queue:close")
    assert "Очередь убрана" not in olga.last().text


async def test_a_messenger_that_fails_loses_no_state(lab, olga, pyotr):
    await pyotr.writes("/queue")
    lab.bitrix.faults.fail(Temporary("bitrix-busy"), method="edit")
    await file_request(olga)
    lab.clock.push(seconds=5)
    await lab.settle()
    assert "FB-2026-000001" in cards(pyotr)[0].text
    lab.bitrix.faults.fail(Permanent("bitrix-denied"), method="delete")
    await pyotr.writes("/queue")
    assert "FB-2026-000001" in pyotr.last().text


async def test_hundreds_are_cut_to_a_card(lab, olga, pyotr):
    for n in range(25):
        await file_request(olga, f"Пустой отчёт номер {n}")
    await pyotr.writes("/queue")
    text = pyotr.last().text
    assert text.count("FB-2026-") == 20
    assert "…и ещё 5" in text


# --- figures --------------------------------------------------------------------------------------------------


async def test_stats_count_what_happened(each_engine):
    lab = each_engine
    olga, pyotr = lab.staff("5"), lab.staff("2")
    for n in range(3):
        await file_request(olga, f"Пустой отчёт номер {n}")
    lab.clock.push(minutes=30)
    await closed(lab, olga, pyotr)
    await olga.presses("4")
    lab.clock.push(minutes=60)
    await tick(lab)
    await pyotr.writes("/stats")
    for part in (
        "Поддержка: неделя",
        "пн 16 ноября – пт 20 ноября",
        "Поступило: <b>3</b> · закрыто: <b>1</b> · открыто сейчас: <b>2</b>",
        "Сроки пропущены: <b>2</b>",
        "По типам: Инцидент 3",
        "Первый ответ, медиана: 30 мин рабочего времени",
        "Решение, медиана: 30 мин рабочего времени",
        "Оценка: 4.0 из 5 (оценок: 1)",
    ):
        assert part in pyotr.last().text
    count = len(pyotr.messages())
    await pyotr.presses("Сегодня")
    assert "Поддержка: сегодня" in pyotr.last().text
    await pyotr.presses("Месяц")
    assert "вс 1 ноября – пт 20 ноября" in pyotr.last().text
    assert len(pyotr.messages()) == count
    lab.clock.push(days=7)
    await pyotr.writes("/stats неделя")
    assert "Поступило: <b>0</b> · закрыто: <b>0</b> · открыто сейчас: <b>2</b>" in pyotr.last().text


async def test_the_solutions_median_leaves_waiting_out(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.writes("/ask Какой отчёт?", to=thread)
    lab.clock.push(hours=3)
    await olga.writes("О заездах")
    lab.clock.push(minutes=45)
    await pyotr.writes("/answer Готово", to=thread)
    await pyotr.writes("/stats today")
    assert "Решение, медиана: 45 мин" in pyotr.last().text


async def test_figures_are_the_desks(lab, olga):
    for words in ("/stats", "/export", "статистика"):
        await olga.writes(words)
        assert "Поступило" not in olga.last().text
    assert not any(shown.file for shown in olga.messages())


# --- the managers' week ---------------------------------------------------------------------------------------

MONDAY_NINE = timedelta(days=2, hours=21)  # from Friday noon in Moscow


async def test_on_monday_at_nine_managers_get_the_week_once(db, clock, tmp_path):
    lab = await open_lab(db, clock, tmp_path, forum=True)
    olga, pyotr, marina = lab.staff("5"), lab.staff("2"), lab.staff("4")
    assert not await lab.house.digests.tick(lab.portal.id)  # the first week of a portal has none
    await file_request(olga)
    await file_request(olga, "Как добавить сотрудника?")
    await closed(lab, olga, pyotr)
    clock.now += MONDAY_NINE - timedelta(minutes=1)
    assert not await lab.house.digests.tick(lab.portal.id)
    for _ in range(3):
        clock.push(minutes=1)
        lab.rewire()
        await lab.house.digests.tick(lab.portal.id)
        await lab.settle()
    chat = Address(Channel.TELEGRAM, MANAGERS_CHAT)
    for told in (marina.messages(), lab.telegram.at(chat)):
        (digest,) = [shown for shown in told if "Неделя поддержки" in shown.text]
        assert "пн 16 ноября – вс 22 ноября" in digest.text
        assert "Поступило: <b>2</b> · закрыто: <b>1</b> · открыто: <b>1</b>" in digest.text
        assert digest.file.data.startswith(b"\x89PNG")


async def test_a_digest_missed_by_an_outage_comes_late_and_once(lab, olga):
    await lab.house.digests.tick(lab.portal.id)
    await file_request(olga)
    lab.clock.push(days=5)
    assert [await lab.house.digests.tick(lab.portal.id) for _ in range(2)] == [True, False]
    await lab.settle()
    (digest,) = [shown for shown in lab.staff("4").messages() if shown.file]
    assert "пн 16 ноября – вс 22 ноября" in digest.text


# --- rating ---------------------------------------------------------------------------------------------------


async def test_one_tap_rates_and_may_be_changed_for_a_day(each_engine):
    lab = each_engine
    olga, pyotr = lab.staff("5"), lab.staff("2")
    await file_request(olga)
    await closed(lab, olga, pyotr)
    assert "Как мы справились?" in olga.last().text
    assert olga.last().labels[:5] == ["1", "2", "3", "4", "5"]
    await olga.presses("5")
    assert "5 из 5" in olga.last().text
    await olga.presses("5 ★")
    lab.clock.push(hours=23)
    await olga.presses("3")
    assert "3 из 5" in olga.last().text
    lab.clock.push(hours=2)
    await olga.presses("1")
    assert "в течение суток" in olga.last().text
    assert (await lab.history()).count("rated") == 2


async def test_the_representatives_closing_asks_the_requester(db, clock, tmp_path):
    grants = {**GRANTS, "6": [Grant(Role.REPRESENTATIVE)]}
    lab = await open_lab(db, clock, tmp_path, representatives=("6",), grants=grants)
    olga, igor, pyotr = lab.staff("5"), lab.staff("6"), lab.staff("2")
    await file_request(olga)
    await pyotr.writes("/answer Готово", to=lab.bitrix.thread("FB-2026-000001"))
    await olga.writes("/solved FB-2026-000001")
    await igor.presses("Закрыть")
    await olga.presses("4")
    assert "4 из 5" in olga.last().text
    igor.never_saw("Как мы справились")


async def test_nobody_else_rates_and_nothing_else_is_rated(lab, olga, pyotr):
    await file_request(olga)
    await olga.forges("b:rate:1:5")
    assert "закрытое" in olga.last().text
    await closed(lab, olga, pyotr)
    for person in (pyotr, lab.staff("6"), lab.staff("1")):
        await person.forges("b:rate:1:5")
    for forged in ("b:rate:1:6", "b:rate:1:0", "b:rate:99:5", "b:rate:x:5", "b:rate:1:٣"):
        await olga.forges(forged)
    assert "rated" not in await lab.history()


# --- history --------------------------------------------------------------------------------------------------


async def test_a_long_history_is_read_in_pages(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    for n in range(20):
        await pyotr.writes(f"Слово {n:02d}", to=thread)
        await pyotr.writes(f"// заметка {n:02d}", to=thread)
    await olga.writes("/request FB-2026-000001")
    await olga.presses("Вся история")
    assert "страница 2 из 2" in olga.last().text
    assert "Слово 19" in olga.last().text
    count = len(olga.messages())
    await olga.presses("Раньше")
    assert "страница 1 из 2" in olga.last().text
    assert "обращение заведено" in olga.last().text
    assert len(olga.messages()) == count
    olga.never_saw("заметка 0")
    await pyotr.writes("/request FB-2026-000001")
    await pyotr.presses("Вся история")
    assert "страница 3 из 3" in pyotr.last().text
    assert "заметка 19" in pyotr.last().text
    await lab.staff("6").forges("b:history:1:1")
    lab.staff("6").never_saw("Слово")


# --- export ---------------------------------------------------------------------------------------------------

NASTY = '=HYPERLINK("http://evil.example";"отчёт")'


async def test_export_sends_an_inert_workbook(each_engine):
    lab = each_engine
    olga, pyotr = lab.staff("5"), lab.staff("2")
    await file_request(olga, NASTY)
    await file_request(olga, "+7 не звонит")
    await closed(lab, olga, pyotr, 2)
    await olga.presses("5")
    await pyotr.writes("/export")
    sent = pyotr.last()
    assert sent.file.name == "requests-2026-11-20.xlsx"
    assert "Обращения на" in sent.text
    sheet = openpyxl.load_workbook(io.BytesIO(sent.file.data)).active
    head, first, second = sheet.iter_rows()
    column = {cell.value: at for at, cell in enumerate(head)}
    assert first[column["Описание"]].value == NASTY
    assert {cell.data_type for row in (first, second) for cell in row} <= {"s", "n", "d"}  # no formula
    assert first[column["Тип"]].value == "Инцидент"
    assert first[column["Заявитель"]].value == "Ольга Иванова"
    assert f"{first[column['Создано']].value:%d.%m.%Y %H:%M}" == "20.11.2026 12:00"
    assert second[column["Оценка"]].value == 5
    assert second[column["Состояние"]].value == "закрыто"


async def test_export_as_csv_is_inert_too(lab, olga, pyotr):
    for words in (NASTY, "+7 не звонит", "@SUM(1)", "-1 к номеру", 'кавычки " и ; , \n строки'):
        await file_request(olga, words)
    await pyotr.writes("выгрузка")
    await pyotr.writes("/export csv")
    data = pyotr.last().file.data
    assert pyotr.last().file.name.endswith(".csv")
    table = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row["number"] for row in table] == [f"FB-2026-{n:06d}" for n in range(1, 6)]
    assert table[0]["description"] == "'" + NASTY
    assert not any(value.startswith(("=", "+", "-", "@")) for row in table for value in row.values())
    assert table[0]["type"] == "incident"
    assert table[0]["created_at"] == "2026-11-20T09:00:00+00:00"
    assert "\n строки" in table[4]["description"]


async def test_a_manager_of_one_hotel_exports_his_hotel(db, clock, tmp_path):
    grants = {**GRANTS, "4": [Grant(Role.MANAGER, ("GRAND",))], "5": [Grant(Role.STAFF, ("GRAND",))]}
    grants["6"] = [Grant(Role.STAFF, ("PALACE",))]
    lab = await open_lab(db, clock, tmp_path, grants=grants, hotels=("GRAND", "PALACE"))
    await file_request(lab.staff("5"), "Пустой отчёт")
    await file_request(lab.staff("6"), "Другой отель")
    async with lab.db.transaction() as tx:
        for number, hotel in zip((1, 2), lab.portal.hotels, strict=True):
            await rows.save(tx, replace(await lab.request(number), hotel_id=hotel.id))
    marina = lab.staff("4")
    await marina.writes("/export csv")
    text = marina.last().file.data.decode("utf-8-sig")
    assert "FB-2026-000001" in text
    assert "FB-2026-000002" not in text


async def test_a_withdrawn_request_isnt_asked_about(lab, olga):
    await file_request(olga)
    await olga.writes("/withdraw FB-2026-000001")
    olga.never_saw("Как мы справились")
