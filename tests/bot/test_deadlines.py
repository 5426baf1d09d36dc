"""Time at the desk as people see it: why, pauses, warnings and escalation, the desk closed. Real database, both engines."""

from dataclasses import replace

import pytest

from domain.chat import Address, Channel
from domain.requests import Priority, RequestType
from handlers.desk.escalation import rules_of
from handlers.desk.requests import RequestForm
from tests.lab import STORY, file_request, open_lab


async def tick(lab):
    """What the clock does each minute, and all that follows."""
    told = await lab.house.watch.tick(lab.portal.id)
    await lab.settle()
    return told


async def pass_time(lab, **span):
    lab.clock.push(**span)
    return await tick(lab)


# --- why ------------------------------------------------------------------------------------------------------


async def test_the_card_says_why_and_when_the_clock_stood_to_both_sides(each_engine):
    lab = each_engine
    olga, pyotr = lab.staff("5"), lab.staff("2")
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.presses("Взять", at=thread)
    lab.clock.push(hours=1)
    await pyotr.presses("Запросить сведения", at=thread)
    await pyotr.writes("Какой номер брони?", to=thread)
    request = await lab.request()
    assert request.due.solution is None
    support = lab.bitrix.at(thread)[0].text
    await olga.writes("/request FB-2026-000001")
    for card in (support, olga.last().text):
        assert "Часы стоят с пт 20 ноября, 13:00: ждали сведений от заявителя. Останется 8 ч" in card
    lab.clock.push(hours=2)
    await olga.writes("Бронь 1234")
    request = await lab.request()
    assert request.due.solution is not None
    await olga.writes("/request FB-2026-000001")
    for card in (lab.bitrix.at(thread)[0].text, olga.last().text):
        assert "Часы стояли с пт 20 ноября, 13:00 до пт 20 ноября, 15:00: ждали сведений" in card
        assert "Почему пн 23 ноября, 14:00: 9 ч рабочего времени — пт 20 ноября 12:00–13:00 (1 ч), " in card
        assert "сб 21 ноября – вс 22 ноября — выходной, пн 23 ноября 09:00–14:00 (5 ч)" in card
    assert lab.tasks.only.deadline == request.due.solution


async def test_a_new_priority_and_a_new_round_move_deadline_and_task(lab, olga, pyotr):
    await file_request(olga)
    first = (await lab.request()).due.solution
    async with lab.scopes.writing(lab.portal.id, await lab.known("2")) as scope:
        await lab.requests.set_priority(scope, 1, Priority.CRITICAL, "стоит вся смена")
    await lab.settle()
    raised = await lab.request()
    assert raised.due.solution < first
    assert lab.tasks.only.deadline == raised.due.solution
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.presses("Ответ", at=thread)
    await pyotr.writes("Готово", to=thread)
    lab.clock.push(days=3)
    await olga.presses("Не решено")
    await olga.writes("Отчёт всё ещё пустой")
    again = await lab.request()
    assert (again.round, again.due.solution > lab.clock.now) == (2, True)
    assert lab.tasks.only.deadline == again.due.solution


async def test_many_touched_raises_the_priority_unless_support_has_set_it(lab):
    olga, igor = lab.staff("5"), lab.staff("6")
    await file_request(olga, "Ни у кого не открывается карточка гостя")
    assert (await lab.request(1)).priority is Priority.CRITICAL
    await file_request(igor, "Пустой отчёт о заездах")
    async with lab.scopes.writing(lab.portal.id, await lab.known("2")) as scope:
        await lab.requests.set_priority(scope, 2, Priority.LOW, "подождёт")
    assert (await lab.request(2)).priority is Priority.LOW


async def test_a_hotel_far_away_reads_its_own_time(sqlite_url, clock, tmp_path, db):
    lab = await open_lab(db, clock, tmp_path)
    lab.portal = replace(
        lab.portal, hotels=tuple(replace(hotel, timezone="Asia/Vladivostok") for hotel in lab.portal.hotels)
    )
    lab.rewire()
    olga = lab.staff("5")
    await file_request(olga)
    await olga.writes("/request FB-2026-000001")
    card = olga.last().text
    assert "UTC+10:00" in card
    assert "часы поддержки — МСК: пн 23 ноября, 12:00" in card
    assert "(МСК)" in lab.bitrix.at(lab.bitrix.thread("FB-2026-000001"))[0].text


async def test_special_days_of_the_settings_count(db, clock, tmp_path):
    lab = await open_lab(db, clock, tmp_path)
    desk = replace(lab.portal.desk, calendar_exceptions={"2026-11-23": "off"})
    lab.portal = replace(lab.portal, desk=desk)
    lab.rewire()
    await file_request(lab.staff("5"))
    due = (await lab.request()).due
    assert f"{due.solution:%d.%m %H:%M}" == "24.11 09:00"  # UTC; without the special day the 23rd


# --- out of hours ---------------------------------------------------------------------------------------------


async def test_out_of_hours_the_return_is_told_once_per_closed_period(each_engine):
    lab = each_engine
    olga = lab.staff("5")
    await file_request(olga)
    lab.clock.push(days=1)  # Saturday
    for words in ("Ещё подробность", "И ещё одна"):
        await write_to(lab, olga, words)
    told = [shown for shown in olga.messages() if "Сейчас поддержка не работает" in shown.text]
    assert len(told) == 1
    assert "выходной" in told[0].text
    assert "Вернётся <b>пн 23 ноября, 09:00</b> (МСК)" in told[0].text
    lab.clock.push(days=2, hours=7)  # Monday evening: another closed period
    await write_to(lab, olga, "Жду")
    told = [shown for shown in olga.messages() if "Сейчас поддержка не работает" in shown.text]
    assert len(told) == 2
    assert "вне часов поддержки" in told[1].text


async def write_to(lab, person, words):
    await person.writes("/request FB-2026-000001")
    await person.presses("Ответить")
    await person.writes(words)


async def test_a_request_filed_at_night_says_so_in_its_confirmation(lab, olga):
    lab.clock.push(hours=12)
    async with lab.scopes.writing(lab.portal.id, await lab.known("5")) as scope:
        form = RequestForm(RequestType.INCIDENT, "Тема", STORY, Channel.BITRIX24)
        request = await lab.requests.file(scope, form)
        text = lab.requests.registered_text(scope, request)
    assert "Сейчас поддержка не работает" in text
    await lab.settle()
    await write_to(lab, olga, "И ещё")
    olga.never_saw("Сейчас поддержка не работает")  # the confirmation has said it


# --- warnings -------------------------------------------------------------------------------------------------


def seen(person, words, at=None):
    return [shown for shown in person.messages(at) if words in shown.text]


async def test_the_thread_is_warned_before_and_at_the_deadline_each_once(each_engine):
    lab = each_engine
    olga, pyotr = lab.staff("5"), lab.staff("2")
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pass_time(lab, minutes=44)
    assert not seen(pyotr, "осталось", thread)
    for _ in range(3):
        await pass_time(lab, minutes=1)
    (warning,) = seen(pyotr, "осталось", thread)
    assert "первый ответ — до пт 20 ноября, 13:00 (МСК), осталось 15 мин" in warning.text
    assert warning.labels == ["Взять"]
    for _ in range(3):
        await pass_time(lab, minutes=10)
    (missed,) = seen(pyotr, "срок первого ответа прошёл", thread)
    assert (await lab.history()).count("breached") == 1
    assert missed.text.startswith("🔴")
    await olga.writes("/request FB-2026-000001")
    assert "Срок первого ответа пропущен" in olga.last().text


async def test_after_an_outage_late_warnings_come_once_and_only_the_graver_one(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    lab.clock.push(days=5)
    for _ in range(3):
        lab.rewire()
        await tick(lab)
    assert len(seen(pyotr, "срок первого ответа прошёл", thread)) == 1
    assert len(seen(pyotr, "срок решения прошёл", thread)) == 1
    assert not seen(pyotr, "осталось", thread)


async def test_two_replicas_tell_once(each_engine):
    lab = each_engine
    await file_request(lab.staff("5"))
    first = lab.house
    lab.rewire()
    lab.clock.push(hours=1)
    told = [await house.watch.tick(lab.portal.id) for house in (first, lab.house)]
    assert told == [1, 0]
    taken = [await house.clockwork.take(lab.portal.id, "tidy", lab.clock.now) for house in (first, lab.house)]
    assert taken == [True, False]


async def test_a_late_reply_is_a_breach_even_between_two_ticks(lab, olga, pyotr):
    await file_request(olga)
    lab.clock.push(minutes=61)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.writes("Смотрю", to=thread)
    assert "breached" in await lab.history()
    await tick(lab)
    assert (await lab.history()).count("breached") == 1


async def test_waiting_for_the_requester_nobody_is_warned(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.presses("Запросить сведения", at=thread)
    await pyotr.writes("Какой номер брони?", to=thread)
    await pass_time(lab, days=10)
    assert not seen(pyotr, "срок", thread)
    await olga.writes("Бронь 1234")
    assert (await lab.request()).due.solution > lab.clock.now


async def test_who_is_called_and_where_he_reads_it(forum):
    lab = forum
    olga, pyotr, darya, marina = (lab.staff(one) for one in "5234")
    await file_request(olga)
    await pass_time(lab, minutes=30)
    for person in (pyotr, darya):
        (call,) = seen(person, "никто не взял уже 30 мин")
        assert "Открыть карточку" in call.labels
    assert not marina.messages()
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.presses("Взять", at=thread)
    await pass_time(lab, minutes=45)
    assert seen(marina, "срок первого ответа прошёл")
    assert "Работает: Пётр Ким." in marina.last().text
    assert seen(pyotr, "срок первого ответа прошёл")
    assert not seen(darya, "прошёл")
    topic = lab.telegram.thread("FB-2026-000001")
    assert [one for one in lab.telegram.at(topic) if "срок первого ответа прошёл" in one.text]


async def test_many_at_once_are_one_message_to_a_person(lab):
    for person in ("5", "6"):
        for n in range(4):
            await file_request(lab.staff(person), f"{STORY} {n}")
    await pass_time(lab, days=5)
    marina = lab.staff("4")
    (told,) = marina.messages()
    assert "Обращения, которым нужно внимание: 8" in told.text
    assert "…и ещё 6. Все — /queue." in told.text


# --- the rules ------------------------------------------------------------------------------------------------


async def test_rules_are_shown_changed_by_words_and_hold(each_engine):
    lab = each_engine
    marina, olga, pyotr = lab.staff("4"), lab.staff("5"), lab.staff("2")
    await marina.writes("/escalation")
    shown = marina.last().text
    for line in (
        "<b>Не взято</b>: через 30 мин → поддержка",
        "<b>Скоро срок</b>: израсходовано 75 % срока → ответственный",
        "<b>Просрочено</b>: сразу → ответственный, управляющий",
        "правила по умолчанию",
    ):
        assert line in shown
    await lab.known("5")
    await marina.writes("/escalation не взято 10м поддержка; 1ч управляющий, 5")
    rule = "<b>Не взято</b>: через 10 мин → поддержка; через 1 ч → управляющий, Ольга Иванова"
    assert rule in marina.last().text
    assert "Изменил(а) Марина Соколова, пт 20 ноября, 12:00" in marina.last().text
    lab.rewire()
    await file_request(olga)
    await pass_time(lab, minutes=10)
    assert seen(pyotr, "никто не взял уже 10 мин")
    await pass_time(lab, minutes=50)
    assert seen(olga, "никто не взял уже 1 ч")
    await marina.writes("/escalation не взято нет")
    assert "<b>Не взято</b>: никого не звать" in marina.last().text


async def test_rules_are_changed_by_taps_in_one_message(lab):
    marina = lab.staff("4")
    await marina.writes("эскалация")
    count = len(marina.messages())
    await marina.presses("Не взято")
    assert "✓ 30 мин" in marina.last().labels
    assert "✓ поддержка" in marina.last().labels
    await marina.presses("2 ч")
    await marina.presses("управляющий")
    assert "через 2 ч → поддержка, управляющий" in marina.last().text
    await marina.presses("✓ поддержка")
    assert "через 2 ч → управляющий" in marina.last().text
    await marina.presses("Никого")
    assert "никого не звать" in marina.last().text
    await marina.presses("По умолчанию")
    assert "через 30 мин → поддержка" in marina.last().text
    await marina.presses("К правилам")
    await marina.presses("Скоро срок")
    await marina.presses("90 %")
    assert "израсходовано 90 % срока" in marina.last().text
    await marina.presses("−1 ч")
    assert "за 1 ч до срока" in marina.last().text
    assert len(marina.messages()) == count


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("завтра поддержка", "Не понял «завтра поддержка»"),
        ("не взято 30м", "Кого звать? «30м» я не знаю"),
        ("не взято 30м директор", "Кого звать? «директор» я не знаю"),
        ("просрочено 50% управляющий", "Не понял «50% управляющий»"),
        ("overdue now manager and admin", "сразу → управляющий, администратор"),
        ("Просрочено: сразу → Управляющему и админу", "сразу → управляющий, администратор"),
        ("скоро 2ч ответственный", "за 2 ч до срока → ответственный"),
        ("due soon 50% thread, 2", "израсходовано 50 % срока → тред, Пётр Ким"),
        ("просрочено 1д админ", "через 9 ч после срока → администратор"),
        ("не взято", "Нажмите срок или того, кого звать"),
    ],
)
async def test_words_for_rules(lab, words, answer):
    await lab.staff("2").writes("привет")
    marina = lab.staff("4")
    await marina.writes(f"/escalation {words}")
    assert answer in marina.last().text


async def test_only_managers_and_administrators_change_rules(lab, olga, pyotr):
    await olga.writes("/escalation")
    olga.never_saw("Эскалация")
    await pyotr.writes("/escalation")
    assert "Эскалация" in pyotr.last().text
    assert not pyotr.last().buttons
    before = await rules(lab)
    for forged in ("b:esc:overdue:off", "b:esc:overdue:w:admin", "b:esc:overdue:t:5"):
        for person in (olga, pyotr):
            await person.forges(forged)
    await pyotr.writes("/escalation просрочено нет")
    assert await rules(lab) == before


async def rules(lab):
    async with lab.scopes.reading(lab.portal.id) as scope:
        return (await rules_of(scope)).rules


@pytest.mark.parametrize(
    "forged",
    [
        "b:esc:late:off",
        "b:esc:overdue:t:-5",
        "b:esc:overdue:t:p75",
        "b:esc:overdue:w:boss",
        "b:esc:overdue:x",
        "b:",
        "b:x",
    ],
)
async def test_forged_buttons_change_nothing(lab, forged):
    marina, before = lab.staff("4"), await rules(lab)
    await marina.forges(forged)
    if forged != "b:esc:overdue:t:p75":
        assert "не знакома" in marina.last().text
        assert await rules(lab) == before
    assert not await lab.dead_events()


async def test_rules_of_the_file_stand_above_chat(db, clock, tmp_path):
    lab = await open_lab(db, clock, tmp_path, forum=True)
    escalation = {"overdue": [{"to": ["managers_chat"]}], "not_taken": [], "due_soon": []}
    lab.portal = replace(lab.portal, desk=replace(lab.portal.desk, escalation=escalation))
    lab.rewire()
    marina = lab.staff("4")
    await marina.writes("/escalation")
    assert "Просрочено</b>: сразу → чат управляющих" in marina.last().text
    assert "[support.escalation]" in marina.last().text
    await marina.writes("/escalation просрочено нет")
    assert "из чата их не изменить" in marina.last().text
    await file_request(lab.staff("5"))
    await pass_time(lab, hours=1)
    chat = Address(Channel.TELEGRAM, lab.portal.desk.telegram_managers_chat)
    assert ["срок первого ответа прошёл" in one.text for one in lab.telegram.at(chat)] == [True]


async def test_english_speaks_english(lab):
    anna = lab.staff("1")
    await anna.writes("/lang en")
    await anna.writes("/escalation overdue 1h manager")
    assert "<b>Overdue</b>: 1 h after → manager" in anna.last().text
