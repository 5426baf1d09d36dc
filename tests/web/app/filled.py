"""A portal as it looks after some weeks: runs good and bad, records that failed, deliveries given up, look-ups, templates."""

from datetime import date, timedelta

from domain.chat import Channel
from domain.guests import Profile, ProfileKind
from domain.ports import CrmResult, CrmWrite
from domain.stays import Stay, StayState
from handlers.settings import templates
from storage import lookups, outbox, run_items, runs, staging, sync_states
from storage.people import find_by_account
from storage.sync_states import SyncState
from tests.web.app.rooms import Rooms

DAY = date(2026, 11, 20)
EVIL = "<img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://evil.example";"x")'
GUESTS = [
    ("P1", "Иванов", "Иван"), ("P2", "Петрова", "Анна"), ("P3", "Смирнова-Ковалевская", "Александра"),
    ("P4", EVIL, "Боб"), ("P5", FORMULA, "Мэллори"), ("P6", "Müller", "Jürgen"),
]  # fmt: skip
TAME = [("P4", "Ковальчук", "Богдан"), ("P5", "Рябинин", "Олег")]
FAILED = [
    ("profile", "P4", "CRM_FIELD_ERROR_VALUE_NOT_VALID", "PHONE"),
    ("profile", "P2", "CRM_FIELD_ERROR_REQUIRED", "LAST_NAME"),
    ("stay", "R3", "bitrix-unavailable", ""),
    ("stay", "R6", "bitrix-unavailable", ""),
]


async def fill(rooms: Rooms, *, evil: bool = True) -> None:
    """All of it; ``evil``: with names that try to be markup and formulas."""
    await _hotel(rooms, GUESTS if evil else [*GUESTS[:3], *TAME, *GUESTS[5:]])
    await _looks(rooms)
    await _deliveries(rooms)
    await _templates(rooms, EVIL if evil else "выгрузка")


async def _hotel(rooms: Rooms, guests: list[tuple[str, str, str]]) -> None:
    house, portal = rooms.house, rooms.portal
    hotel, park = portal.hotel("GRAND"), portal.hotel("PARK")
    profiles = [
        Profile(key, ProfileKind.INDIVIDUAL, last_name=last, first_name=first) for key, last, first in guests
    ]
    stays = [
        Stay(
            f"R{n}",
            StayState.CONFIRMED,
            DAY,
            DAY + timedelta(days=2),
            key,
            f"{last} {first}",
            room=str(300 + n),
        )
        for n, (key, last, first) in enumerate(guests, start=1)
    ]
    async with house.scopes.db.transaction() as tx:
        marina = await find_by_account(tx, portal.id, Channel.BITRIX24, "4")
        now = rooms.clock.now
        for n in range(30):
            at = now - timedelta(minutes=15 * (31 - n))
            bad = n == 12
            run = await runs.start(tx, portal.id, hotel.id, "full" if n == 3 else "sync", at, asked_by=marina.id if n % 9 == 4 else None)  # fmt: skip
            counts = {"fetched": 40 + 7 * n, "created": n % 5, "updated": 3 + n % 4, "unchanged": 30, "failed": 0, "rejected": 0}  # fmt: skip
            await runs.finish(
                tx, run, state="failed" if bad else "done", counts={} if bad else counts, seconds=8.4 + n, now=at + timedelta(seconds=9),
                error_code="pms-unreachable" if bad else None,
            )  # fmt: skip
        at = now - timedelta(minutes=10)
        run = await runs.start(tx, portal.id, hotel.id, "sync", at)
        await staging.upsert(tx, portal.id, hotel, profiles, stays, [], run_id=run, now=at)
        good = [("stay", f"R{n}") for n in (1, 2, 4)] + [("profile", key) for key in ("P1", "P3")]
        for entity in ("profile", "stay"):
            keys = [(key, "create", {}) for one, key, *_ in [*good, *FAILED] if one == entity]
            await run_items.plan_items(tx, portal.id, hotel.id, run, entity, keys, at)
            results = [_result(entity, key) for one, key in good if one == entity]
            results += [_result(entity, key, code, why) for one, key, code, why in FAILED if one == entity]
            await run_items.settle_items(tx, run, entity, results, at)
        counts = {"fetched": 12, "created": 5, "updated": 0, "unchanged": 3, "failed": 4, "rejected": 0}
        await runs.finish(tx, run, state="done", counts=counts, seconds=14.2, now=at + timedelta(seconds=14))
        await sync_states.save(
            tx, portal.id, park.id, SyncState(5, "pms-unreachable", now - timedelta(hours=3)), now
        )


def _result(entity: str, key: str, code: str = "", why: str = "") -> CrmResult:
    write = CrmWrite(
        entity="contact" if entity == "profile" else "deal", key=key, fields={}, originator="concierge:GRAND"
    )
    return CrmResult(
        write, "failed" if code else "done", None if code else 100 + len(key), code=code, reason=why
    )


async def _looks(rooms: Rooms) -> None:
    house, portal = rooms.house, rooms.portal
    hotel = portal.hotel("GRAND")
    kinds = ("search", "card", "arrivals", "room", "card", "vip")
    async with house.scopes.db.transaction() as tx:
        ids = [(await find_by_account(tx, portal.id, Channel.BITRIX24, one)).id for one in ("5", "2", "4")]
        for n in range(130):
            kind, who = kinds[n % len(kinds)], ids[n % 3]
            shown = (
                [f"GRAND:P{1 + n % 6}"]
                if kind != "arrivals"
                else [f"GRAND:reservation:R{m}" for m in range(1, 7)]
            )
            await lookups.record(
                tx, portal_id=portal.id, person_id=who, kind=kind, query_hash=f"h{n}", channel="telegram" if n % 7 == 3 else "bitrix24",
                chat="5001" if n % 7 == 3 else "5", hits=len(shown), now=rooms.clock.now - timedelta(minutes=11 * (131 - n)),
                hotel_id=hotel.id, guests=shown if n % 11 else [], purpose="звонок из полиции" if n == 128 else "",
            )  # fmt: skip


async def _deliveries(rooms: Rooms) -> None:
    house, portal = rooms.house, rooms.portal
    rows = [
        ("bitrix24:5", "message.post", "bitrix-unavailable", True), ("telegram:-1002000000001", "thread.post", "telegram-forbidden", True),
        ("task:12", "task.say", "task-gone", True), ("bitrix24:4", "run.report", "bitrix-unavailable", True),
        ("bitrix24:2", "queue.card", "", False), ("telegram:5001", "guest.card", "", False),
    ]  # fmt: skip
    async with house.scopes.db.transaction() as tx:
        for n in range(34):
            place, kind, code, dead = rows[n % len(rows)]
            at = rooms.clock.now - timedelta(hours=40 - n)
            number = await outbox.add(
                tx, portal_id=portal.id, destination=place, kind=kind, payload={}, lane=1, now=at
            )
            if dead:
                await _bury(tx, portal.id, number, code, at)


async def _bury(tx, portal_id, number, code, at):
    row = await outbox.get(tx, portal_id, number)
    await outbox.bury(tx, row, now=at + timedelta(hours=1), code=code, reason=code)


async def _templates(rooms: Rooms, what: str) -> None:
    async with rooms.house.scopes.writing(rooms.portal_id) as scope:
        for key in ("accepted", "details"):
            await templates.take_ours(scope, key)
        await templates.save(
            scope, templates.Typed(f"Сбой {what}"[:40], f"%имя%, {what}: чиним. %скоро%", ""), None
        )
