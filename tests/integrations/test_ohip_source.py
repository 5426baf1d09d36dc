"""The OPERA Cloud door against the stand-in gateway over HTTP."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest

from domain.errors import Permanent, Temporary
from domain.guests import Profile, ProfileKind
from domain.ports import SourceWindow
from domain.stays import Cursor, Posting, PostingKind, Stay, StayState
from integrations.fidelio.ohip import translate
from storage import Database
from storage.door_journal import DoorJournal
from tests.conftest import FakeClock
from tests.integrations.ohip_gateway import House, journal_in, open_house
from tests.integrations.suite8_hotel import WHOLE, collect

FULL = Cursor()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as opened:
        yield opened


@pytest.fixture
async def journal(sqlite_url: str, clock: FakeClock) -> AsyncIterator[DoorJournal]:
    db = Database.open(sqlite_url)
    yield await journal_in(db, clock)
    await db.close()


async def test_a_full_read_brings_the_books_as_they_are(house):
    records = await collect(house.door().changed_since(FULL, WHOLE))
    found = {one.reservation_id: one for one in records if isinstance(one, Stay)}
    books = {str(stay.id): stay for stay in house.hotel.reservations.values() if stay.type == "RES"}
    assert found.keys() == books.keys()
    for key, stay in books.items():
        told = found[key]
        assert (told.arrival, told.departure, told.profile_id) == (
            stay.arrival,
            stay.departure,
            str(stay.profile),
        )
        assert told.companion_ids == tuple(str(one) for one in stay.companions)
        assert told.share_key == (str(stay.share) if stay.share else "")
        assert told.room == stay.room
        assert round(told.total.amount, 2) == round(house.hotel.total(stay), 2)
        if stay.checked_out:
            assert told.state is StayState.CHECKED_OUT
        elif stay.checked_in:
            assert told.state is StayState.IN_HOUSE
    guests = {one.profile_id: one for one in records if isinstance(one, Profile)}
    assert {one.profile_id for one in found.values()} <= guests.keys()
    firms = {one.company_id for one in found.values() if one.company_id}
    assert all(guests[number].kind is ProfileKind.COMPANY for number in firms)
    lines = [one for one in records if isinstance(one, Posting)]
    assert len(lines) == len(house.hotel.postings)
    assert {line.kind for line in lines} == {PostingKind.CHARGE, PostingKind.PAYMENT}


async def test_who_is_there_at_the_begin_of_the_window_comes_and_nobody_twice(house):
    day = house.hotel.business_date
    records = await collect(house.door().changed_since(FULL, SourceWindow(day, day + timedelta(days=20))))
    keys = [one.reservation_id for one in records if isinstance(one, Stay)]
    assert len(keys) == len(set(keys))
    assert {str(stay.id) for stay in house.hotel.in_house()} <= set(keys)


async def test_what_changed_is_known_by_events_and_read_once(house, journal):
    door, hotel = house.door(journal), house.hotel
    came, moved = hotel.due_in()[0], hotel.in_house()[0]
    hotel.check_in(came.id)
    for _ in range(3):
        hotel.move(moved.id)
    before = house.hotel.clock.now()
    records = await collect(door.changed_since(Cursor(at_utc(before)), WHOLE))
    stays = {one.reservation_id: one for one in records if isinstance(one, Stay)}
    assert stays.keys() == {str(came.id), str(moved.id)}
    assert stays[str(came.id)].state is StayState.IN_HOUSE
    assert stays[str(moved.id)].room == hotel.stay(moved.id).room
    assert len(house.gateway.queue) == 0


def at_utc(local: datetime) -> datetime:
    return local.replace(tzinfo=ZoneInfo("Europe/Moscow"))


async def test_events_are_ours_until_the_cursor_has_passed_them(house, journal, clock):
    """Reading takes an event from Oracle: a run that dies after that may not lose it."""
    house.hotel.check_in(house.hotel.due_in()[0].id)
    since = clock.now
    clock.push(minutes=1)
    dying = house.door(journal).changed_since(Cursor(since), WHOLE)
    await anext(dying)
    await dying.aclose()
    assert len(house.gateway.queue) == 0
    assert len(await journal.waiting()) == 1
    clock.push(minutes=1)
    again = await collect(house.door(journal).changed_since(Cursor(since), WHOLE))
    assert sum(isinstance(one, Stay) for one in again) == 1  # the cursor stood still: it comes again
    confirmed = clock.push(minutes=1)
    assert not [
        one
        for one in await collect(house.door(journal).changed_since(Cursor(confirmed), WHOLE))
        if isinstance(one, Stay)
    ]


async def test_more_events_than_one_answer_holds_are_all_kept(house, journal, clock):
    guests = list(house.hotel.profiles.values())[:55]
    for guest in guests:
        house.hotel.put_profile(guest)
    records = await collect(house.door(journal).changed_since(Cursor(clock.now - timedelta(hours=1)), WHOLE))
    assert len(await journal.waiting()) == 55
    living = {str(guest.id) for guest in guests if not guest.merged_to}
    assert {one.profile_id for one in records if isinstance(one, Profile)} == living
    reads = [path for _, path in house.gateway.calls if "businessEvents" in path]
    assert len(reads) == 4  # 20 + 20 + 15, and the one that finds nothing


async def test_a_journal_holds_no_guest(house, journal):
    house.hotel.put_profile(next(iter(house.hotel.profiles.values())))
    await collect(house.door(journal).changed_since(Cursor(at_utc(house.hotel.clock.now())), WHOLE))
    first = next(iter(house.hotel.profiles))
    assert [orjson.loads(one.body) for one in await journal.waiting()] == [
        {"module": "Profile", "key": str(first)}
    ]


async def test_without_an_external_system_there_are_no_increments(house, journal):
    with pytest.raises(Permanent, match="ohip-no-events"):
        await collect(house.door(journal, external_system="").changed_since(Cursor(journal._clock()), WHOLE))


@pytest.mark.parametrize("password_grant", [False, True])
async def test_either_grant_opens_the_gateway(house, password_grant):
    status = await house.door(password_grant=password_grant).check()
    assert status.ok, status


async def test_a_token_taken_back_is_replaced_once(house):
    door = house.door()
    await door.check()
    house.gateway.revoke()
    assert (await door.check()).ok
    assert [path for _, path in house.gateway.calls if "tokens" in path] == ["/oauth/v1/tokens"] * 2


async def test_a_token_is_asked_for_once_for_many_calls(house):
    await collect(house.door().changed_since(FULL, WHOLE))
    assert sum("tokens" in path for _, path in house.gateway.calls) == 1


@pytest.mark.parametrize(
    ("faults", "fine"),
    [([429], True), ([503, 500], True), (["html"], True), (["drop"], True), ([500] * 3, False)],
)
async def test_passing_faults_are_tried_again(house, faults, fine):
    door = house.door()
    await door.check()
    house.gateway.faults = list(faults)
    if fine:
        assert (await door.check()).ok
        assert house.pauses
    else:
        assert (await door.check()).code == "pms-answer"


async def test_a_wrong_secret_is_refused_at_once(house):
    door = house.door()
    house.gateway.settings.client_secret = "another"
    assert (await door.check()).code == "pms-refused"
    assert not house.pauses


async def test_a_foreign_hotel_is_refused_at_once(house):
    door = house.door()
    house.gateway.settings.hotel_id = "OTHER"
    assert (await door.check()).code == "pms-refused"
    assert len(house.gateway.calls) == 2  # the token, and one refusal


async def test_a_gateway_that_is_away_is_told_so():
    async with open_house(60) as house:
        door = house.door()
    with pytest.raises((Temporary, RuntimeError)):
        await collect(door.changed_since(FULL, WHOLE))


def test_a_reservation_without_a_number_or_of_a_strange_state_is_listed():
    reading = translate.Reading(ZoneInfo("Europe/Moscow"), "RUB")
    assert translate.stay({}, reading).code == "row-missing-id"
    node = {"reservationIdList": [{"id": "7", "type": "Reservation"}], "reservationStatus": "Strange"}
    assert (translate.stay(node, reading).key, translate.stay(node, reading).code) == ("7", "row-bad-state")
    node |= {
        "reservationStatus": "Reserved",
        "roomStay": {"arrivalDate": "2026-13-01", "departureDate": "2026-01-02"},
    }
    assert translate.stay(node, reading).code == "row-bad-date"
