"""Foreign events: stored once, in order within a lane, buried when they can't be handled, and never in the way."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from domain.chat import IncomingKind
from domain.errors import Permanent, Temporary
from handlers.inbox import TRIES, Inbox
from storage import inbox, leases
from storage.inbox import Intake
from storage.tables import inbox as table
from tests.lab import HOTEL_GROUP, STORY


def recorder(lab, *, fails=None):
    """An inbox whose handler writes down what it is given."""
    seen, fails = [], fails or {}

    async def handle(work):
        if fails.get(work.event.text):
            raise fails[work.event.text].pop(0)
        async with lab.scopes.writing(lab.portal.id) as scope:
            await leases.check_fence(scope.tx, work.lease.portal_id, work.lease.name, work.lease.fence)
            await inbox.finish(scope.tx, work.queued.id, scope.now)
        seen.append(work.event.text)

    return Inbox(lab.scopes, Intake(lab.db), handle, "recorder"), seen


def said(person, text, place=None):
    return person.event(IncomingKind.TEXT, place, text=text, message_id="1")


async def test_the_same_event_told_twice_is_handled_once(each_engine):
    lab = each_engine
    event = said(lab.staff("5"), "/my")
    box, seen = recorder(lab)
    await asyncio.gather(*(box.accept(lab.portal.id, [event, event]) for _ in range(5)))
    await box.work()
    await box.accept(lab.portal.id, [replace(event, text="in another form")])
    await box.work()
    assert seen == ["/my"]


async def test_in_order_per_person_across_people(each_engine):
    lab = each_engine
    olga, igor = lab.staff("5"), lab.staff("6")
    box, seen = recorder(lab, fails={"o1": [Temporary("database-unavailable")]})
    await box.accept(lab.portal.id, [said(olga, f"o{n}") for n in range(3)])
    await box.accept(lab.portal.id, [said(igor, f"i{n}") for n in range(3)])
    await box.work()
    assert [text for text in seen if text[0] == "i"] == ["i0", "i1", "i2"]
    assert [text for text in seen if text[0] == "o"] == ["o0"]  # o2 never overtakes o1
    assert await box.work() == 0
    assert 0 < await box.idle_for(60.0) <= 1.0
    lab.clock.push(seconds=1)
    await box.work()
    assert [text for text in seen if text[0] == "o"] == ["o0", "o1", "o2"]


async def test_a_poison_event_is_buried_after_some_tries_and_told(lab):
    olga = lab.staff("5")
    box, seen = recorder(lab, fails={"poison": [ValueError("boom") for _ in range(TRIES)]})
    await box.accept(lab.portal.id, [said(olga, "poison"), said(olga, "after")])
    for _ in range(TRIES):
        assert seen == []
        await box.work()
        lab.clock.push(seconds=61)
    assert seen == ["after"]
    (dead,) = await lab.dead_events()
    assert (dead.attempts, dead.reason) == (TRIES, "ValueError")
    await lab.settle()
    olga.reads("Что-то пошло не так")
    async with lab.db.transaction() as tx:
        assert await inbox.retry(tx, lab.portal.id, dead.id, lab.clock.now)
    await box.work()
    assert seen == ["after", "poison"]


async def test_nobody_is_told_in_a_group(lab):
    box, _ = recorder(lab, fails={"poison": [Permanent("bug")]})
    await box.accept(lab.portal.id, [said(lab.staff("5"), "poison", HOTEL_GROUP)])
    await box.work()
    assert len(await lab.dead_events()) == 1  # a permanent fault isn't tried again
    assert not await lab.outbox()


async def test_a_body_nobody_can_read_any_more_stops_nobody(each_engine):
    lab = each_engine
    olga = lab.staff("5")
    box, seen = recorder(lab)
    await box.accept(lab.portal.id, [said(olga, "old form"), said(olga, "after")])
    async with lab.db.transaction() as tx:
        first = (await tx.execute(select(table.c.id).order_by(table.c.id).limit(1))).scalar_one()
        broken = {"is_private": True, "address": {"channel": "pigeon"}, "kind": 7}
        await tx.execute(update(table).where(table.c.id == first).values(body=broken))
    for _ in range(TRIES):
        await box.work()
        lab.clock.push(seconds=61)
    assert seen == ["after"]
    assert [event.reason for event in await lab.dead_events()] == ["ValidationError"]


async def test_unreadable_events_are_kept_for_the_operator(lab):
    box, _ = recorder(lab)
    raw = {"type": "ONIMBOTV3", "data": {"a": 1}}
    for _ in range(2):
        await box.accept_unreadable(lab.portal.id, "bitrix24", [raw])
    await box.work()
    (dead,) = await lab.dead_events()
    assert (dead.body, dead.reason) == (raw, "unreadable")


@pytest.mark.parametrize("stale", [True, False])
async def test_who_lost_his_lease_changes_nothing(each_engine, stale):
    lab = each_engine
    await lab.inbox.accept(lab.portal.id, [said(lab.staff("5"), "помощь")])
    async with lab.db.transaction() as tx:
        (lane,) = await inbox.claim_lanes(tx, "slow", now=lab.clock.now, limit=5, lease_s=60)
    async with lab.db.reading() as tx:
        (queued,) = await inbox.lane_events(tx, lane.portal_id, lane.lane, now=lab.clock.now)
    if stale:
        lab.clock.push(seconds=61)
        async with lab.db.transaction() as tx:
            assert await inbox.claim_lanes(tx, "quick", now=lab.clock.now, limit=5, lease_s=60)
    assert await lab.inbox._one(queued, lane.lease) is not stale
    assert len(await lab.outbox()) == (0 if stale else 1)
    assert (await lab.person("5") is None) is stale


async def test_a_whole_conversation_through_two_replicas(each_engine):
    """Both loops work at the same inbox; every step is taken once and in order."""
    lab = each_engine
    olga = lab.staff("5")
    other = Inbox(lab.scopes, Intake(lab.db), lab.inbox._handle, "other")
    lines = [STORY, "инцидент", "оставить", "пропустить", "пропустить", "мой логин", "этот портал"]
    events = [
        olga.event(IncomingKind.COMMAND, command="new", message_id="1"),
        *(said(olga, n) for n in lines),
    ]
    for event in events:
        await lab.inbox.accept(lab.portal.id, [event])
        await asyncio.gather(lab.inbox.work(), other.work())
    await lab.settle()
    olga.reads("Проверьте")


async def test_both_messengers_of_one_person_at_once(each_engine):
    lab = each_engine
    olga, phone = lab.staff("5"), await lab.linked("5", "5001")
    await lab.inbox.accept(
        lab.portal.id,
        [
            olga.event(IncomingKind.COMMAND, command="new", message_id="1"),
            phone.event(IncomingKind.COMMAND, command="help", message_id="2"),
        ],
    )
    await lab.settle()
    assert not await lab.dead_events()
    await olga.writes(STORY)
    olga.sees("шаг 2")
