"""What the law asks for, on both engines: messages that show guests, whom a look-up has shown, what is forgotten."""

from datetime import timedelta
from typing import Any

import pytest

from domain.chat import Address, Channel, MessageRef
from domain.guests import Profile, ProfileKind
from domain.portal import Hotel
from domain.stays import Stay, StayState
from storage import (
    Database,
    erasure,
    guest_cards,
    links,
    lookups,
    outbox,
    retention,
    runs,
    staging,
    stays,
    work_orders,
)
from tests.conftest import FakeClock
from tests.storage.conftest import House

REF = MessageRef(Address(Channel.TELEGRAM, "-100500", "7"), "42")


@pytest.fixture
def hotel(house: House) -> Hotel:
    return Hotel(house.hotel_id, "GRAND", "Гранд Отель")


async def test_a_message_is_remembered_hidden_and_shown_again(
    db: Database, house: House, clock: FakeClock
) -> None:
    portal, soon = house.portal_id, clock.now + timedelta(minutes=60)
    async with db.transaction() as tx:
        await guest_cards.shown(tx, portal, REF, ["GRAND:P1"], clock.now, soon)
        assert await guest_cards.due(tx, portal, clock.now, 10) == []
        (card,) = await guest_cards.due(tx, portal, soon, 10)
        assert card.ref == REF
        assert [one.id for one in await guest_cards.of_guest(tx, portal, ["GRAND:P1"])] == [card.id]
        await guest_cards.hidden(tx, portal, card.id, soon)
        assert await guest_cards.due(tx, portal, soon, 10) == []
        assert await guest_cards.of_guest(tx, portal, ["GRAND:P1"]) == []
        await guest_cards.shown(tx, portal, REF, ["GRAND:P2"], soon, None)
        (again,) = await guest_cards.of_guest(tx, portal, ["GRAND:P2"])
        assert (again.id, again.expires_at, again.hidden_at) == (card.id, None, None)
        late = soon + timedelta(days=40)
        assert await guest_cards.purge(tx, hidden_before=late, shown_before=late) == 1


async def test_what_was_delivered_is_emptied_and_nothing_else(
    db: Database, house: House, clock: FakeClock
) -> None:
    async with db.transaction() as tx:
        for kind in ("guest.post", "message.post"):
            row: dict[str, Any] = {
                "destination": kind,
                "kind": kind,
                "payload": {"reply": "Иванов"},
                "lane": 0,
            }
            await outbox.add(tx, portal_id=house.portal_id, now=clock.now, **row)
        await outbox.add(tx, portal_id=house.portal_id, now=clock.now, **{**row, "kind": "guest.post"})
        claimed = await outbox.claim(tx, now=clock.now, limit=9, lease_s=9)
        assert len(claimed) == 2
        for one in claimed:
            await outbox.done(tx, one, clock.now)
        assert await guest_cards.blank_delivered(tx, house.portal_id, clock.now) == 1
        assert await guest_cards.blank_delivered(tx, house.portal_id, clock.now) == 0
        left = {(one.kind, one.state): dict(one.payload) for one in await outbox.listed(tx, house.portal_id)}
    assert left == {
        ("guest.post", "done"): {"blanked": "yes"},
        ("message.post", "done"): {"reply": "Иванов"},
        ("guest.post", "waiting"): {"reply": "Иванов"},
    }


async def test_whom_a_look_up_has_shown(db: Database, house: House, clock: FakeClock) -> None:
    async with db.transaction() as tx:
        one = await lookups.fingerprint(tx, house.portal_id, "Иванов", clock.now)
        assert one == await lookups.fingerprint(tx, house.portal_id, " ИВАНОВ ", clock.now)
        asked: dict[str, Any] = {
            "kind": "card",
            "query_hash": one,
            "channel": "bitrix24",
            "chat": "5",
            "hits": 1,
        }
        asked |= {"portal_id": house.portal_id, "person_id": None, "now": clock.now}
        await lookups.record(tx, **asked, guests=["GRAND:P1", "GRAND:P1", "GRAND:reservation:R1"])
        await lookups.record(tx, **asked, guests=["GRAND:P2"], purpose="звонок")
        (found,) = await lookups.of_guest(tx, house.portal_id, ["GRAND:P1", "GRAND:reservation:R1"])
        assert await lookups.shown_by(tx, [found.id]) == {found.id: ["GRAND:P1", "GRAND:reservation:R1"]}
        assert await lookups.purge(tx, house.portal_id, before=clock.now + timedelta(seconds=1)) == 2
        assert await lookups.of_guest(tx, house.portal_id, ["GRAND:P2"]) == []


async def test_examples_of_rehearsals_are_dropped(db: Database, house: House, clock: FakeClock) -> None:
    async with db.transaction() as tx:
        params = {"mode": "dry", "hotel_id": house.hotel_id}
        order = await work_orders.add(tx, house.portal_id, "sync", params, now=clock.now)
        await work_orders.finish(tx, order, {"samples": [{"name": "Иванов"}], "run": 3}, now=clock.now)
        await erasure.drop_samples(tx, house.portal_id, house.hotel_id)
        done = await work_orders.load(tx, order)
        assert done
        assert done.result == {"samples": [], "run": 3}
        await links.put(tx, house.portal_id, "guest", "request", "12", "GRAND:P1")
        assert await erasure.requests_about(tx, house.portal_id, ["GRAND:P1", "GRAND:P2"]) == [12]


async def test_stays_and_guests_expire(db: Database, house: House, clock: FakeClock, hotel: Hotel) -> None:
    day = clock.now.date()
    old = Stay("R1", StayState.CHECKED_OUT, day - timedelta(days=9), day - timedelta(days=8), "P1", "Иванов")
    new = Stay("R2", StayState.IN_HOUSE, day, day + timedelta(days=1), "P2", "Петрова")
    people = [Profile(key, ProfileKind.INDIVIDUAL, last_name=key) for key in ("P1", "P2", "P3")]
    async with db.transaction() as tx:
        run_id = await runs.start(tx, house.portal_id, hotel.id, "sync", clock.now)
        await staging.upsert(tx, house.portal_id, hotel, people, [old, new], run_id=run_id, now=clock.now)
        assert await retention.expire_stays(tx, hotel.id, day - timedelta(days=8)) == 0
        assert await retention.expire_guests(tx, hotel.id, clock.now) == 0
        assert await retention.expire_stays(tx, hotel.id, day) == 1
        assert await retention.expire_guests(tx, hotel.id, clock.now + timedelta(seconds=1)) == 2
        assert set(await stays.profiles_by_id(tx, hotel.id, ["P1", "P2", "P3"])) == {"P2"}
        assert await erasure.whereabouts(tx, hotel.id, "P2") == (["P2"], ["R2"])
