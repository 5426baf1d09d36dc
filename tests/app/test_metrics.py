"""What Prometheus is told: figures from real tables, sums over a thousand portals, names only for the worst."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from app.metrics import Metrics
from app.metrics.portals import DoorState, PortalState
from app.metrics.tables import NAMED
from storage import inbox, outbox, portals, restores, service_figures
from storage.inbox import NewEvent
from storage.service_figures import Desk, HotelSync, ServiceFigures, Waiting
from storage.tables import requests, sync_cursors, sync_states, webhook_endpoints
from storage.tables import runs as run_rows
from tests.conftest import FakeClock

NOW = FakeClock().now


@pytest.fixture
async def house(db):
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", NOW)
        place = {"name": "Гранд", "timezone": "Europe/Moscow", "currency": "RUB"}
        hotel_id = await portals.ensure_hotel(tx, portal_id, "GRAND", **place)
        await portals.ensure_hotel(tx, portal_id, "BEACH", **place)
    return portal_id, hotel_id


async def taken(db, now=NOW):
    async with db.reading() as tx:
        return await service_figures.take(tx, now)


async def test_queues_are_counted_with_their_age(db, house):
    portal_id, _ = house
    async with db.transaction() as tx:
        for minutes, kind in ((10, "message.post"), (5, "message.post"), (1, "task.create")):
            at = NOW - timedelta(minutes=minutes)
            await outbox.add(
                tx, portal_id=portal_id, destination=str(minutes), kind=kind, payload={}, lane=1, now=at
            )
        await inbox.accept(
            tx, portal_id, [NewEvent("bitrix24", "1", "lane", "message", {})], NOW - timedelta(seconds=7)
        )
    found = await taken(db)
    assert found.outbox == {
        ("waiting", "message.post"): Waiting(2, NOW - timedelta(minutes=10)),
        ("waiting", "task.create"): Waiting(1, NOW - timedelta(minutes=1)),
    }
    assert found.inbox == {"new": Waiting(1, NOW - timedelta(seconds=7))}
    assert found.oldest() == NOW - timedelta(minutes=10)
    async with db.transaction() as tx:
        await restores.settle(tx, NOW)
    assert (await taken(db)).parked == 3


async def test_requests_are_counted_by_state_and_by_deadline_passed(db, house):
    portal_id, _ = house
    common = {
        "type": "incident",
        "priority": "high",
        "subject": "s",
        "description": "d",
        "channel": "bitrix24",
    }
    common |= {"portal_id": portal_id, "created_at": NOW, "updated_at": NOW}
    past, ahead = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    rows = [
        ("registered", past, past, None),
        ("in_progress", past, ahead, NOW),
        ("answered", past, past, NOW),
        ("closed", past, past, None),
    ]
    async with db.transaction() as tx:
        for number, (status, first, solution, replied) in enumerate(rows):
            values = {"number": f"FB-{number}", "status": status, "due_first_reply": first}
            values |= {"due_solution": solution, "first_replied_at": replied}
            await tx.execute(insert(requests).values(**common, **values))
    found = (await taken(db)).desk
    assert found == Desk(
        {"registered": 1, "in_progress": 1, "answered": 1}, {"first_reply": 1, "solution": 1}
    )


async def test_a_sync_is_as_old_as_its_last_good_run(db, house):
    portal_id, hotel_id = house
    async with db.transaction() as tx:
        for hours, kind, state in ((9, "sync", "done"), (3, "dry", "done"), (1, "sync", "failed")):
            at = NOW - timedelta(hours=hours)
            values = {
                "portal_id": portal_id,
                "hotel_id": hotel_id,
                "kind": kind,
                "state": state,
                "counts": {},
            }
            await tx.execute(insert(run_rows).values(started_at=at, **values))
        await tx.execute(
            insert(sync_states).values(
                hotel_id=hotel_id, portal_id=portal_id, failures=4, told={}, updated_at=NOW, paused_at=NOW
            )
        )
        await tx.execute(
            insert(sync_cursors).values(hotel_id=hotel_id, portal_id=portal_id, door="suite8", at=NOW)
        )
        await tx.execute(
            insert(webhook_endpoints).values(
                portal_id=portal_id, url="https://x", events=[], secrets=[], state="disabled", failures=9,
                created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
    found = await taken(db)
    assert found.syncs == (
        HotelSync(portal_id, "main", "GRAND", NOW - timedelta(hours=9), 4, paused=True),
        HotelSync(portal_id, "main", "BEACH", None, 0, paused=False),
    )
    assert (found.webhooks, found.webhook_failures) == ({"disabled": 1}, 9)
    async with db.reading() as tx:
        assert await service_figures.door_reads(tx) == {(hotel_id, "suite8"): NOW}


# --- a thousand portals ------------------------------------------------------------------------------------


def figures(**more):
    empty = {
        "at": NOW, "portals": 1000, "replicas": 3, "inbox": {}, "outbox": {}, "parked": 0,
        "desk": Desk({}, {}), "syncs": (), "webhooks": {}, "webhook_failures": 0, "licences": {},
    }  # fmt: skip
    return ServiceFigures(**(empty | more))


def series(metrics):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
    }


async def test_a_thousand_portals_are_told_in_few_series_and_the_worst_by_name():
    syncs = tuple(
        HotelSync(n, f"portal{n}", "GRAND", NOW - timedelta(minutes=n), int(n == 3), paused=False)
        for n in range(1000)
    )
    states = [PortalState(f"portal{n}", up=n > 0, requests=n / 1000, method=0.1) for n in range(1000)]
    doors = [DoorState(f"portal{n}", "GRAND", "fias", up=n != 700) for n in range(1000)]

    async def look():
        return figures(syncs=syncs), states, doors

    metrics = Metrics()
    await metrics.refresh(look)
    found = series(metrics)
    assert len(found) < 600
    assert found["concierge_sync_lag_max_seconds",] == 999 * 60
    assert ("concierge_sync_failures", "GRAND", "portal3") in found  # failing: named before any that is late
    assert ("concierge_sync_lag_seconds", "GRAND", "portal999") in found
    assert sum(name == "concierge_sync_lag_seconds" for name, *_ in found) == NAMED
    assert found["concierge_hotels", "failing"] == 1
    assert found["concierge_hotels", "good"] == 999
    assert found["concierge_portals_up",] == 999
    assert found["concierge_portal_limit_used_max", "requests"] == 0.999
    assert ("concierge_portal_limit_used", "portal999", "requests") in found
    assert ("concierge_portal_limit_used", "portal1", "requests") not in found
    assert found["concierge_doors_down",] == 1
    assert found["concierge_door_up", "GRAND", "fias", "portal700"] == 0


async def test_the_tables_are_looked_at_once_in_a_while_and_what_is_gone_is_not_told():
    clock, looks = [0.0], []
    answers = iter([figures(outbox={("dead", "task.create"): Waiting(2, NOW)}), figures()])

    async def look():
        looks.append(1)
        return next(answers), [], []

    metrics = Metrics(kept_s=5, now=lambda: clock[0])
    for _ in range(3):
        await metrics.refresh(look)
    assert len(looks) == 1
    assert series(metrics)["concierge_outbox_deliveries", "dead", "task.create"] == 2
    clock[0] = 5.0
    await metrics.refresh(look)
    assert ("concierge_outbox_deliveries", "dead", "task.create") not in series(metrics)


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/rest/1/SECRETCODE/crm.item.list", 200, ("crm", "200")),
        ("/rest/1/SECRETCODE/crm.item.list.json", 503, ("crm", "503")),
        ("/rest/api/1/SECRETCODE/tasks.task.add", 401, ("tasks", "4xx")),
        ("/p/hotel/rest/imbot.v2.Event.get", 502, ("imbot", "5xx")),
        ("/rest/batch", None, ("batch", "lost")),
        ("/rest/1/x/weather.today", 429, ("other", "429")),
        ("/V8/FidelioIISWrapper.dll/X", 200, None),
        ("/rest/download.json", 200, ("other", "200")),
    ],
)
def test_calls_count_by_family_and_result_and_never_by_anything_secret(path, status, told):
    metrics = Metrics()
    metrics.process.called(path, status, 0.2)
    found = {key for key in series(metrics) if key[0] == "concierge_portal_call_seconds_count"}
    assert found == ({("concierge_portal_call_seconds_count", *sorted(told))} if told else set())
    assert "SECRETCODE" not in str(series(metrics))


def test_a_reply_is_timed_from_its_event():
    metrics = Metrics()
    metrics.process.replied(NOW - timedelta(seconds=1.5), NOW)
    metrics.process.replied(None, NOW)
    assert series(metrics)["concierge_reply_seconds_sum",] == 1.5
    assert series(metrics)["concierge_reply_seconds_count",] == 1
