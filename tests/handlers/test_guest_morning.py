"""The day's picture: figures counted from stays, money by level, and the managers' morning once a day at the hour."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from PIL import Image

from app.drawing import draw
from domain.chat import Address, Channel
from domain.doors import Declared, Door, Fact
from domain.people import Grant, Privacy, Role
from domain.privacy import PrivacyRules, Sight
from domain.stays import Money, Night, Stay, StayState
from handlers.guests import morning
from storage import Database, hotel_days
from tests.conftest import FakeClock
from tests.handlers.guest_world import TODAY, filled, give, stage
from tests.lab import MANAGERS_CHAT, open_lab

MARINA, MANAGERS = Address(Channel.BITRIX24, "4"), Address(Channel.TELEGRAM, MANAGERS_CHAT)


@pytest.fixture
async def lab(sqlite_url, clock: FakeClock, tmp_path):
    database = Database.open(sqlite_url)
    try:
        lab = await filled(await open_lab(database, clock, tmp_path, forum=True))
        configure(lab, rooms=10, morning_at="08:00")
        yield lab
    finally:
        await database.close()


def configure(lab, **hotel):
    lab.portal = replace(lab.portal, hotels=(replace(lab.portal.hotels[0], **hotel),))
    lab.rewire()


def at(hour, minute=0, day=TODAY):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


def euros(amount):
    return Money(Decimal(amount), "EUR")


async def test_a_day_is_counted_room_by_room(lab):
    """Sharers have one room; a booking of three rooms three; what was cancelled or only asked for none."""
    day, then = TODAY + timedelta(days=100), TODAY + timedelta(days=102)
    await stage(lab, [], [
        Stay("D1", StayState.CONFIRMED, day, then, room="1", adults=2, rate=euros(100)),
        Stay("D2", StayState.CONFIRMED, day, then, room="1", adults=1, rate=euros(50)),
        Stay("D3", StayState.CONFIRMED, day, then, room_count=3, adults=6, rate=euros(80)),
        Stay("D4", StayState.CANCELLED, day, then, room="4", rate=euros(999)),
        Stay("D5", StayState.TENTATIVE, day, then, room="5", rate=euros(999)),
        Stay("D6", StayState.CONFIRMED, day, day, room="6", adults=1),
        Stay("D7", StayState.CONFIRMED, day, then, room="7", pseudo_room=True, rate=euros(999)),
        Stay("D8", StayState.CONFIRMED, day, then, room="8", rate=Money(Decimal(9000), "RUB"), adults=1),
        Stay("D9", StayState.CONFIRMED, day, then, room="9", adults=1,
             nights=(Night(day, "9", rate=euros(10)), Night(day + timedelta(days=1), "1", rate=euros(20)))),
    ])  # fmt: skip
    async with lab.db.reading() as tx:
        first, second, last = await hotel_days.days(tx, lab.portal.hotels[0].id, day, then, "EUR")
    assert (first.rooms, first.arrivals, first.departures, first.guests) == (6, 8, 0, 11)
    assert (first.revenue, first.priced, first.adr) == (Decimal(400), 5, Decimal(80))
    assert (second.rooms, second.revenue) == (5, Decimal(410))  # D9 moved in with the others
    assert (last.rooms, last.departures, last.adr) == (0, 7, None)


@pytest.mark.parametrize("level", list(Privacy))
async def test_money_only_for_those_who_may_see_it(lab, level):
    async with lab.scopes.reading(lab.portal.id) as scope:
        told = await morning.report(scope, lab.portal.hotels[0], TODAY, Sight(level))
    money = level.rank >= Privacy.MONEY.rank
    assert "Загрузка 20 %" in told.caption
    assert "VIP сегодня: Ivanov Ivan (305)" in told.caption
    assert ("Выручка" in told.caption) is money
    assert ("€" in told.caption) is money
    assert any("€" in value for _, value, _ in told.picture.tiles) is money


async def test_what_the_hotel_lacks_is_said(lab):
    fias = Door("fias", "fias", live=True, declared=Declared(facts=frozenset({Fact.IN_HOUSE})))
    configure(lab, rooms=None, doors=(fias,))
    async with lab.scopes.reading(lab.portal.id) as scope:
        told = await morning.report(
            scope, lab.portal.hotels[0], TODAY + timedelta(days=50), Sight(Privacy.MONEY)
        )
    assert "Занято номеров: 0" in told.caption
    assert "Выручка: нет данных" in told.caption
    assert "Брони вперёд: нет данных" in told.caption
    assert max(told.picture.days) == TODAY + timedelta(days=50)


async def test_managers_get_it_once_each_morning_each_at_his_level(lab, clock):
    marina = lab.staff("4")
    clock.now = at(7, 59)
    assert await lab.house.mornings.tick(lab.portal.id) == 0
    clock.now = at(8)
    assert await lab.house.mornings.tick(lab.portal.id) == 1
    clock.now = at(8, 1)
    assert await lab.house.mornings.tick(lab.portal.id) == 0
    await lab.settle()
    posted = marina.last()
    assert "Выручка" in posted.text
    assert posted.file.name == "grand-2026-11-20.png"
    (group,) = lab.telegram.at(MANAGERS)
    assert "Загрузка 20 %" in group.text
    assert "Выручка" not in group.text  # Telegram shows the basics unless set
    clock.now = at(8, day=TODAY + timedelta(days=1))
    assert await lab.house.mornings.tick(lab.portal.id) == 1


@pytest.mark.drill  # told by quicker tests, too
async def test_a_telegram_group_that_may_see_money(lab, clock):
    rules = PrivacyRules(Privacy.MONEY, {f"telegram:{MANAGERS_CHAT}": Privacy.MONEY})
    lab.portal = replace(lab.portal, privacy=rules)
    lab.rewire()
    clock.now = at(8, 30)
    await lab.house.mornings.tick(lab.portal.id)
    await lab.settle()
    assert "Выручка" in lab.telegram.at(MANAGERS)[0].text


async def test_not_in_the_evening_not_without_an_hour_not_to_another_hotels_manager(lab, clock):
    clock.now = at(20)
    assert await lab.house.mornings.tick(lab.portal.id) == 0
    configure(lab, morning_at="")
    clock.now = at(8)
    assert await lab.house.mornings.tick(lab.portal.id) == 0
    configure(lab, morning_at="08:00")
    await give(lab, "4", [Grant(Role.MANAGER, ("OTHER",))])
    await lab.house.mornings.tick(lab.portal.id)
    await lab.settle()
    assert not lab.staff("4").messages()


async def test_day_shows_it_now_to_the_desk_only(lab):
    marina, olga = lab.staff("4"), lab.staff("5")
    await marina.writes("/day завтра")
    assert "сб 21 ноября" in marina.last().text
    await marina.writes("картина дня")
    assert "пт 20 ноября" in marina.last().text
    await olga.writes("/day")
    assert not olga.last().file


async def test_the_picture_is_drawn_with_any_figures(lab):
    """A quiet hotel and a full one: a PNG of the size a chat wants, with something on it."""
    async with lab.scopes.reading(lab.portal.id) as scope:
        told = await morning.report(scope, lab.portal.hotels[0], date(2030, 1, 1), Sight(Privacy.MONEY))
    picture = Image.open(io.BytesIO(draw(told.picture)))
    assert picture.size == (1200, 700)
    assert len(picture.convert("L").getcolors(256) or ()) > 20
