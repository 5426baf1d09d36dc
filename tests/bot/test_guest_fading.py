"""Guests' data don't stand in chats for good: cards and lists are hidden when their time is over."""

from dataclasses import replace

import pytest

from domain.chat import Address, Channel
from domain.errors import Permanent, Temporary
from domain.privacy import PrivacyRules
from storage import outbox
from tests.handlers.guest_world import filled

HIDDEN = "Карточка скрыта: прошло время. Откройте снова."
GROUP = Address(Channel.BITRIX24, "-2001")


@pytest.fixture
async def hotel(lab):
    return await filled(lab)


async def ticks(lab, minutes=0):
    lab.clock.push(minutes=minutes)
    hidden = await lab.house.fading.tick(lab.portal.id)
    await lab.settle()
    return hidden


async def test_cards_lists_and_found_ones_are_hidden_after_an_hour(hotel, olga):
    await olga.writes("/guest R1")
    await olga.writes("/room 305", to=GROUP)
    await olga.writes("/arrivals")
    assert await ticks(hotel, 59) == 0
    olga.sees("Заезды")
    assert await ticks(hotel, 2) == 3
    for shown in (*olga.messages(), olga.last(at=GROUP)):
        assert (shown.text, shown.buttons) == (HIDDEN, ())
    assert await ticks(hotel, 60) == 0
    await olga.writes("/guest R1")  # opened again: a new one
    assert "Ivanov" in olga.last().text
    assert olga.messages()[0].text == HIDDEN


async def test_it_survives_a_restart_and_works_in_telegram(hotel):
    telegram = await hotel.linked("5", "5001")
    await telegram.writes("/guest R1")
    telegram.reads("Ivanov")
    hotel.rewire()
    assert await ticks(hotel, 61) == 1
    assert telegram.last().text == HIDDEN


async def test_turning_a_page_begins_the_hour_anew(hotel, olga):
    await olga.writes("/arrivals")
    hotel.clock.push(minutes=50)
    await olga.presses("Фильтр")
    await olga.presses("Показать всех")
    assert await ticks(hotel, 20) == 0
    olga.reads("Заезды")
    assert await ticks(hotel, 41) == 1
    assert olga.last().text == HIDDEN


@pytest.mark.parametrize("code", ["message-gone", "message-not-editable", "telegram-blocked"])
async def test_a_message_that_is_gone_is_no_fault(hotel, olga, code):
    await olga.writes("/guest R1")
    hotel.bitrix.faults.fail(Permanent(code), method="edit")
    assert await ticks(hotel, 61) == 1
    assert not await hotel.outbox("dead")
    assert await ticks(hotel, 1) == 0


async def test_a_portal_that_is_away_is_asked_again(hotel, olga):
    await olga.writes("/guest R1")
    hotel.bitrix.faults.fail(Temporary("bitrix-unreachable"), method="edit")
    await ticks(hotel, 61)
    assert olga.last().text != HIDDEN
    await ticks(hotel, 5)
    assert olga.last().text == HIDDEN


async def test_nothing_of_it_stays_in_the_outbox(hotel, olga):
    await olga.writes("/guest R1")
    await ticks(hotel, 61)
    await ticks(hotel, 1)
    async with hotel.db.reading() as tx:
        rows = await outbox.listed(tx, hotel.portal.id)
    assert "Ivanov" not in str(rows)


async def test_a_hotel_may_keep_them(hotel, olga):
    hotel.portal = replace(hotel.portal, privacy=PrivacyRules(card_minutes=0))
    hotel.rewire()
    await olga.writes("/guest R1")
    assert await ticks(hotel, 60 * 24 * 9) == 0
    olga.reads("Ivanov")


async def test_other_words_stay(hotel, olga):
    await olga.writes("/help")
    await olga.writes("/guest Пушкин")
    assert await ticks(hotel, 61) == 0
