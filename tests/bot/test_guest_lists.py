"""The day's lists in chat: pages that turn in place, filters, cards from numbers, and buttons that check who presses."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.doors import Declared, Door, Fact
from domain.people import Grant, Privacy, Role
from domain.stays import Stay, StayState
from tests.handlers.guest_world import FIRM, IVANOV, TODAY, filled, give, stage
from tests.lab import HOTEL_GROUP


@pytest.fixture
async def hotel(lab):
    return await filled(lab)


async def crowd(lab, count=23):
    """Arrivals of today in rooms 500 and on; every fifth is a VIP, every third in a suite, two firms."""
    profiles = [
        replace(
            IVANOV, profile_id=f"C{n}", last_name=f"Guest{n:02}", first_name="", vip="V" if n % 5 == 0 else ""
        )
        for n in range(count)
    ]
    stays = [
        Stay(f"A{n}", StayState.CONFIRMED, TODAY, TODAY + timedelta(days=2), f"C{n}", f"Guest{n:02}", room=str(500 + n),
             room_type="SUITE" if n % 3 == 0 else "DBL", company_id="P3" if n % 2 else None, group="CONF" if n < 4 else "")
        for n in range(count)
    ]  # fmt: skip
    await stage(lab, [*profiles, FIRM], stays)


async def test_pages_turn_in_place(hotel, olga):
    await crowd(hotel)
    await olga.writes("/arrivals")
    first = olga.reads("Заезды, пт 20 ноября</b>: 25")
    assert "Страница 1 из 3" in first.text
    assert first.labels[:10] == [str(n) for n in range(1, 11)]
    assert "1. <b>Ivanov Ivan</b> ★ GOLD7 · 305" in first.text
    await olga.presses("Дальше")
    second = olga.reads("Страница 2 из 3")
    assert second.id == first.id
    assert "11. " in second.text
    await olga.presses("Дальше")
    last = olga.reads("Страница 3 из 3")
    assert "Дальше" not in last.labels
    assert last.labels[:5] == ["21", "22", "23", "24", "25"]
    await olga.presses("Назад")
    olga.reads("Страница 2 из 3")
    assert len(olga.messages()) == 1


async def test_filters(hotel, olga):
    await crowd(hotel)
    await olga.writes("заезды")
    await olga.presses("Фильтр")
    asked = olga.reads("Кого показать?")
    assert {"VIP", "SUITE", "DBL", "Северный Берег", "CONF", "подтверждено", "проживает"} <= set(asked.labels)
    for choice, words in (("VIP", "Только: VIP — 6"), ("SUITE", "Только: SUITE — 8"), ("Северный Берег", "Северный Берег — 12"),
                          ("CONF", "CONF — 4"), ("проживает", "проживает — 1")):  # fmt: skip
        await olga.presses(choice)
        olga.reads(words)
        await olga.presses("Показать всех")
        olga.reads("Страница 1 из 3")
        await olga.presses("Фильтр")
    assert len(olga.messages()) == 1


async def test_a_number_opens_the_card_and_the_list_stays(hotel, olga):
    await olga.writes("/arrivals")
    await olga.presses("2")
    card = olga.reads("<b>Petrova Anna</b>")
    assert "пт 20 ноября — сб 21 ноября · 1 ночь · подтверждено" in card.text
    await olga.writes("1")  # typed instead of pressed
    olga.reads("<b>Ivanov Ivan</b>")
    olga.sees("Заезды")


async def test_only_who_asked_turns_the_pages(hotel, olga):
    await crowd(hotel)
    igor = hotel.staff("6")
    await olga.writes("/arrivals", to=HOTEL_GROUP)
    shown = olga.reads("Страница 1 из 3", at=HOTEL_GROUP)
    for label in ("Дальше", "Фильтр", "1"):
        await igor.presses_old(shown, label, at=HOTEL_GROUP)
        igor.reads("Эта кнопка для того, кого я спросил", at=HOTEL_GROUP)
    await olga.presses_old(shown, "Дальше", at=HOTEL_GROUP)
    olga.sees("Страница 2 из 3", at=HOTEL_GROUP)


async def test_rights_are_asked_again_at_each_page(hotel, olga):
    """Who could see birthdays an hour ago can't turn the page once the level is taken back."""
    await give(hotel, "5", [Grant(Role.FRONT_DESK, privacy=Privacy.ALL)])
    await crowd(hotel)
    await olga.writes("/birthdays")
    shown = olga.reads("Дни рождения")
    assert "день рождения 21.11" in shown.text
    assert "1980" not in shown.text
    await give(hotel, "5", [Grant(Role.FRONT_DESK)])
    await olga.presses_old(shown, "Дальше")
    olga.reads("нужен уровень «всё»")
    await olga.writes("дни рождения")
    olga.reads("нужен уровень «всё»")


@pytest.mark.parametrize(
    "payload",
    ["g:", "g:l", "g:l:x:1:arrivals:2026-11-20:1:", "g:l:{me}:99:arrivals:2026-11-20:1:", "g:l:{me}:1:nothing:2026-11-20:1:",
     "g:l:{me}:1:arrivals:20:1:", "g:l:{me}:1:arrivals:2026-11-20:x:", "g:c:{me}:1:", "g:c:{me}:1:zR1", "g:c:{me}:1:r",
     "g:zz:{me}:1:rR1", "g:l:{me}:1:day:2026-11-20:1:"],
)  # fmt: skip
async def test_forged_buttons(hotel, olga, payload):
    me = (await hotel.known("5")).id
    await olga.forges(payload.format(me=me))
    olga.reads("Эта кнопка мне не знакома")


async def test_a_forged_page_or_filter_shows_no_more_than_there_is(hotel, olga):
    me = (await hotel.known("5")).id
    await olga.writes("/arrivals")
    shown = olga.last().id
    await olga.forges(f"g:l:{me}:{hotel.portal.hotels[0].id}:arrivals:2026-11-20:999:zzzz", message_id=shown)
    olga.reads("Никого")
    await olga.forges(f"g:c:{me}:{hotel.portal.hotels[0].id}:rNOTHING")
    olga.reads("больше нет")


async def test_vip_rooms_and_in_house(hotel, olga):
    await olga.writes("/vip")
    assert "Ivanov Ivan" in olga.reads("VIP, пт 20 ноября").text
    await olga.writes("/rooms")
    board = olga.reads("заняты 2")
    assert "<b>305</b> · занят до 23.11" in board.text
    assert "<b>306</b> · заезд сегодня" in board.text
    await olga.writes("проживают")
    assert "Ivanov" in olga.reads("Проживают</b>: 1").text
    await olga.writes("/departures завтра")
    assert "Petrova" in olga.reads("Выезды, сб 21 ноября</b>: 1").text


async def test_what_no_door_gives_is_said(hotel, olga):
    fias = Door("fias", "fias", live=True, declared=Declared(frozenset({"state", "arrival", "departure", "room"}), frozenset({"kind", "last_name"}), frozenset({Fact.IN_HOUSE})))  # fmt: skip
    hotel.portal = replace(hotel.portal, hotels=(replace(hotel.portal.hotels[0], doors=(fias,), rooms=120),))
    hotel.rewire()
    await give(hotel, "5", [Grant(Role.ADMIN)])
    await olga.writes("/arrivals 25.12")
    olga.reads("Будущие брони: нет данных")
    await olga.writes("/rooms")
    assert "Уборка номеров: нет данных" in olga.reads("заняты 2 из 120, свободны 118").text
    await olga.writes("/vip")
    olga.reads("VIP: нет данных")
    await olga.writes("/guest Ivanov")
    assert (
        "Нет данных (Fidelio не передаёт): телефон, почта, день рождения, предпочтения, комментарии, тариф, сумма"
        in olga.last().text
    )
    assert "данн" in olga.last().text


async def test_a_portal_with_two_hotels(sqlite_url, clock, tmp_path):
    from storage import Database
    from tests.lab import open_lab

    database = Database.open(sqlite_url)
    try:
        lab = await filled(await open_lab(database, clock, tmp_path, hotels=("GRAND", "PARK")))
        await give(lab, "5", [Grant(Role.FRONT_DESK, ("PARK",))])
        olga = lab.staff("5")
        await olga.writes("/arrivals")
        assert olga.reads("Отель PARK · <b>Заезды").labels == ["Отель GRAND"]
        await olga.presses("Отель GRAND")
        olga.reads("Отель GRAND · <b>Заезды, пт 20 ноября</b>: 2")
        await olga.writes("/arrivals завтра grand")
        olga.reads("Отель GRAND · <b>Заезды, сб 21 ноября</b>: 0")
        await olga.writes("/guest Petrova")
        olga.reads("Petrova Anna")
    finally:
        await database.close()


async def test_a_birthday_on_29_february():
    from domain.guests import birthday_in

    assert birthday_in(date(1992, 2, 29), date(2027, 2, 27), date(2027, 3, 2)) == date(2027, 2, 28)
    assert birthday_in(date(1992, 2, 29), date(2028, 2, 27), date(2028, 3, 2)) == date(2028, 2, 29)
    assert birthday_in(date(1990, 1, 1), date(2026, 12, 30), date(2027, 1, 3)) == date(2027, 1, 1)
    assert birthday_in(date(1990, 6, 1), date(2026, 12, 30), date(2027, 1, 3)) is None
