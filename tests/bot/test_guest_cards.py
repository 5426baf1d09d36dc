"""Searching and reading a card in chat: one found is opened at once, several are numbered."""

from datetime import timedelta

import pytest

from domain.people import Grant, Role
from domain.stays import Stay, StayState
from storage import links, snapshots
from storage.snapshots import Snapshot
from tests.handlers.guest_world import IVANOV, TODAY, filled, give, stage
from tests.lab import file_request


@pytest.fixture
async def hotel(lab):
    return await filled(lab)


@pytest.mark.parametrize(
    "query", ["Иванов", "иванов иван", "5551234", "ivan@guest.example", "R1", "crs1", "bdfyjd", "Ивонов"]
)
async def test_the_one_found_is_opened_at_once(hotel, olga, query):
    await olga.writes(f"/guest {query}")
    card = olga.reads("<b>Ivanov Ivan</b> ★ GOLD7")
    assert "номер 305, LUX" in card.text
    assert "3 ночи · проживает" in card.text
    assert len(olga.messages()) == 1


async def test_several_are_numbered_and_opened_by_number(hotel, olga):
    for n in range(12):
        other = Stay(
            f"X{n}",
            StayState.CHECKED_OUT,
            TODAY - timedelta(days=90 + n),
            TODAY - timedelta(days=88 + n),
            f"X{n}",
            "Ivanov Oleg",
        )
        await stage(
            hotel, [IVANOV.__class__(f"X{n}", IVANOV.kind, last_name="Ivanov", first_name="Oleg")], [other]
        )
    await olga.writes("гость Иванов")
    found = olga.reads("первые 10")
    assert found.labels == [str(n) for n in range(1, 11)]
    assert found.text.split("\n")[1].startswith("1. <b>Ivanov Ivan</b>")  # in house comes first
    await olga.presses("2")
    olga.reads("<b>Ivanov Oleg</b>")
    await olga.presses_old(found, "1")
    olga.reads("<b>Ivanov Ivan</b>")


async def test_names_that_are_only_near_are_called_so(hotel, olga):
    for n in range(2):
        stay = Stay(f"N{n}", StayState.IN_HOUSE, TODAY, TODAY + timedelta(days=2), f"N{n}", "Panova Oksana")
        profile = IVANOV.__class__(f"N{n}", IVANOV.kind, last_name="Panova", first_name="Oksana")
        await stage(hotel, [profile], [stay])
    await olga.writes("/guest Ванова")
    near = olga.reads("Точно по запросу «Ванова» никого нет. Похожи:")
    assert "Panova Oksana" in near.text
    await olga.writes("/guest Пано")
    assert "Похожи" not in olga.reads("Panova Oksana").text


async def test_nobody(hotel, olga):
    await olga.writes("/guest Пушкин")
    olga.reads("никого не нашёл")


async def test_a_firm_and_who_stays_on_its_account(hotel, olga):
    await olga.writes("/guest северный берег")
    found = olga.reads("2 гостя")
    assert "<b>Северный Берег</b> · компания" in found.text
    assert "Ivanov Ivan" in found.text
    await olga.presses("1")
    assert "компания" in olga.reads("Северный Берег").text


async def test_open_requests_about_the_guest_stand_on_the_card(hotel, olga):
    await file_request(olga, "В номере 305 не работает телевизор")
    await file_request(olga, "Не печатаются отчёты 305 штук")
    await file_request(olga, "Гость Иванов Иван просит счёт на фирму")
    await file_request(olga, "Просят поздний выезд")
    async with hotel.db.transaction() as tx:
        await links.put(tx, hotel.portal.id, "guest", "request", "4", "GRAND:P1")
    await olga.writes("/guest R1")
    card = olga.reads("Обращения:").text
    for number in ("000001", "000003", "000004"):
        assert f"FB-2026-{number}" in card
    assert "FB-2026-000002" not in card
    igor = hotel.staff("6")
    await give(hotel, "6", [Grant(Role.FRONT_DESK, ("OTHER",))])
    await igor.writes("/guest R1")
    assert "FB-2026" not in igor.reads("Ivanov").text  # requests of a hotel that isn't his


async def test_links_into_the_crm(hotel, olga):
    (grand,) = hotel.portal.hotels
    async with hotel.db.transaction() as tx:
        for staged, key, entity, number in (("stay", "R1", "deal", 71), ("profile", "P1", "contact", 72)):
            one = Snapshot(key, entity, number, "h", "s", "m", {})
            await snapshots.confirm(tx, hotel.portal.id, grand.id, staged, [one], hotel.clock.now)
    await olga.writes("/guest R1")
    assert {button.label: button.link for button in olga.last().buttons if button.link} == {
        "Сделка в CRM": "https://hotel.bitrix24.ru/crm/deal/details/71/",
        "Контакт в CRM": "https://hotel.bitrix24.ru/crm/contact/details/72/",
    }


async def test_who_shares_the_room_and_what_lies_ahead(hotel, olga):
    later = TODAY + timedelta(days=40)
    await stage(hotel, [], [
        Stay("R5", StayState.IN_HOUSE, TODAY, TODAY + timedelta(days=3), None, "Sidorov Pavel", room="305"),
        Stay("R6", StayState.CONFIRMED, later, later + timedelta(days=1), "P1", "Ivanov Ivan"),
    ])  # fmt: skip
    await olga.writes("/guest R1")
    card = olga.last().text
    assert "Вместе: Sidorov Pavel" in card
    assert "Ещё брони: 30–31.12.26" in card or "Ещё брони: 30.12–31.12.26" in card
    await olga.writes("/room 305")
    assert "2. <b>Sidorov Pavel</b>" in olga.reads("Номер 305").text


async def test_english(hotel):
    john = hotel.staff("6", language="en")
    await john.writes("/guest R1")
    shown = john.reads("Ivanov Ivan").text
    assert "3 nights · in house" in shown
    assert "Before: 1 stay" in shown
