"""Commands that look at the desk, the guests and the outbox."""

import asyncio
from dataclasses import asdict

from rich.console import Console

from app.commands.base import Outcome, Records, UsageError, inert, records, sheet
from app.presence import Presence
from app.settings import Settings
from domain.chat import Address, Channel
from domain.markup import plain_text
from domain.requests import Request
from handlers.desk.cards import Cards
from handlers.desk.shapes import brief, whole
from handlers.guests.lookups import Guests
from storage import outbox, request_history
from storage import requests as rows

LOOK_EVERY_S = 0.2
TERMINAL = Address(Channel.BITRIX24, "terminal")
"""Where look-ups from the command line are journalled: a place that shows the basics."""
RETRY_SEEN_S = 20.0
"""How long the command waits for the running service to deliver what it brought back."""


async def requests(settings: Settings, *, open_only: bool) -> Outcome:
    """The desk, newest first."""
    async with records(settings) as house, house.scopes.reading(house.portal.id) as scope:
        found = await rows.listed(scope.tx, house.portal.id, only_open=open_only)

    def due(one: Request) -> str:
        return (
            f"{one.due.solution.astimezone(house.portal.desk.zone):%d.%m %H:%M}" if one.due.solution else "-"
        )

    def show(console: Console) -> None:
        sheet(
            console,
            ("number", "status", "type", "priority", "due", "subject"),
            ((one.number, one.status, one.type, one.priority, due(one), one.subject) for one in found),
            empty="no requests",
        )

    return Outcome({"requests": [brief(one) for one in found]}, show=show)


async def request(settings: Settings, number: str) -> Outcome:
    """One request with its whole history."""
    async with records(settings) as house, house.scopes.reading(house.portal.id) as scope:
        found = await rows.by_number(scope.tx, house.portal.id, number.strip().upper())
        if found is None:
            raise UsageError(f"no request {inert(number)}")
        data = await whole(scope, found)
        lines = [
            Cards().line(scope, fact)
            for fact in await request_history.history(scope.tx, house.portal.id, found.id)
        ]

    def show(console: Console) -> None:
        told = [f"{found.number}  {found.status}  {found.subject}", found.description]
        for line in [*told, *(f"  {plain_text(line)}" for line in lines)]:
            console.print(inert(line), markup=False)

    return Outcome(data, show=show)


async def guests(settings: Settings, query: str, *, reindex: bool = False) -> Outcome:
    """What the bot's guest search finds, at the level `basic`; journalled like any look-up."""
    async with records(settings) as house:
        if reindex:
            return await _reindexed(house)
        if not query.strip():
            raise UsageError("whom shall I look for? `concierge guests Иванов`")
        async with house.scopes.writing(house.portal.id) as scope:
            found = await Guests().search(scope, query, TERMINAL, limit=20)

    def show(console: Console) -> None:
        for row in found:
            console.print(inert(plain_text(row.text)), markup=False)
        if not found:
            console.print("nobody found")

    data = [
        {
            "hotel": row.hotel.code,
            "text": inert(plain_text(row.text)),
            "reservation": row.entry.reservation_id,
            "profile": row.entry.profile_id,
        }
        for row in found
    ]
    return Outcome({"guests": data, "indexed": {}}, show=show)


async def _reindexed(house: Records) -> Outcome:
    """The search index of every hotel, written anew in one transaction each."""
    counts = {}
    for hotel in house.portal.hotels:
        async with house.scopes.writing(house.portal.id) as scope:
            counts[hotel.code] = await Guests().reindex(scope, hotel)

    def show(console: Console) -> None:
        for code, count in counts.items():
            console.print(f"{code}: {count} records indexed", markup=False)

    return Outcome({"guests": [], "indexed": counts}, show=show)


async def deliveries(settings: Settings, *, dead: bool, retry: int | None) -> Outcome:
    """The outbox. A row brought back is delivered by the service, at once when it runs."""
    async with records(settings) as house:
        portal_id = house.portal.id
        if retry is not None:
            async with house.scopes.writing(portal_id) as scope:
                if not await outbox.retry(scope.tx, portal_id, retry, scope.now):
                    raise UsageError(f"no dead delivery {retry}: `concierge deliveries --dead` lists them")
            if Presence(settings.service.database_url).is_taken():
                await _until_tried(house, retry)
        async with house.scopes.reading(portal_id) as scope:
            found = await outbox.listed(scope.tx, portal_id, state="dead" if dead else "waiting")
            back = await outbox.get(scope.tx, portal_id, retry) if retry is not None else None

    def show(console: Console) -> None:
        if back is not None:
            console.print(inert(f"{back.id}: {back.state} {back.last_code or ''}".strip()), markup=False)
        sheet(
            console,
            ("id", "state", "kind", "destination", "tries", "code", "reason"),
            ((d.id, d.state, d.kind, d.destination, d.attempts, d.last_code, d.last_reason) for d in found),
            empty="nothing is given up" if dead else "nothing waits",
        )

    data = [{k: v for k, v in asdict(one).items() if k not in {"payload", "result"}} for one in found]
    failed = back is not None and back.state == "dead"
    return Outcome({"deliveries": data}, 1 if failed else 0, show)


async def _until_tried(house: Records, delivery_id: int) -> None:
    """Wait until the service has tried the row once."""
    for _ in range(int(RETRY_SEEN_S / LOOK_EVERY_S)):
        async with house.scopes.reading(house.portal.id) as scope:
            row = await outbox.get(scope.tx, house.portal.id, delivery_id)
        if row is None or row.state != "waiting" or row.attempts:
            return
        await asyncio.sleep(LOOK_EVERY_S)
