"""Commands that look at the desk, the guests and the outbox."""

import asyncio
from dataclasses import asdict
from typing import Any

from rich.console import Console

from app.commands.base import Outcome, Records, UsageError, inert, records, sheet
from app.presence import Presence
from app.settings import Settings
from domain.chat import Address, Channel
from domain.markup import plain_text
from domain.requests import Request
from handlers.desk.cards import Cards
from handlers.guests.lookups import Guests
from handlers.scope import Scope
from storage import attachments, callers, consents, links, outbox
from storage import people as person_rows
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

    return Outcome({"requests": [_brief(one) for one in found]}, show=show)


def _brief(one: Request) -> dict[str, Any]:
    return {
        "number": one.number,
        "type": one.type,
        "priority": one.priority,
        "status": one.status,
        "closed_as": one.closed_as,
        "round": one.round,
        "subject": one.subject,
        "created_at": one.created_at.isoformat(),
        "due": {
            "first_reply": one.due.first_reply.isoformat() if one.due.first_reply else None,
            "solution": one.due.solution.isoformat() if one.due.solution else None,
        },
    }


async def request(settings: Settings, number: str) -> Outcome:
    """One request with its whole history."""
    async with records(settings) as house, house.scopes.reading(house.portal.id) as scope:
        found = await rows.by_number(scope.tx, house.portal.id, number.strip().upper())
        if found is None:
            raise UsageError(f"no request {inert(number)}")
        data = await request_json(scope, house, found)
        lines = [
            Cards().line(scope, fact) for fact in await rows.history(scope.tx, house.portal.id, found.id)
        ]

    def show(console: Console) -> None:
        told = [f"{found.number}  {found.status}  {found.subject}", found.description]
        for line in [*told, *(f"  {plain_text(line)}" for line in lines)]:
            console.print(inert(line), markup=False)

    return Outcome(data, show=show)


async def _requester_json(scope: Scope, portal_id: int, one: Request) -> dict[str, Any]:
    """An account, else the caller with his phone; empty for nobody."""
    person = await person_rows.load(scope.tx, portal_id, one.requester_id) if one.requester_id else None
    caller = await callers.caller_of(scope.tx, portal_id, one.id)
    found: dict[str, Any] = {}
    if caller:
        found = {"name": caller.name, "email": caller.email or None}
        found |= {"phone": caller.phone} if caller.phone else {}
    return found | ({"name": person.name, "email": person.email} if person else {})


async def request_json(scope: Scope, house: Records, one: Request) -> dict[str, Any]:
    """The shape of ``concierge request NUMBER --json``."""
    portal_id = house.portal.id
    consent = await consents.of_request(scope.tx, portal_id, one.id)
    tied = {
        link.kind: link.external_id
        for link in await links.of_local(scope.tx, portal_id, "request", str(one.id))
    }
    related = [
        await rows.load(scope.tx, portal_id, other)
        for other in await rows.related(scope.tx, portal_id, one.id)
    ]
    return {
        **_brief(one),
        "description": one.description,
        "conditions": one.conditions,
        "login": one.login,
        "portal": one.portal_link,
        "channel": one.channel,
        "requester": await _requester_json(scope, portal_id, one),
        "attachments": [
            {"name": file.name, "size": file.size}
            for file in await attachments.of_request(scope.tx, portal_id, one.id)
        ],
        "links": {
            "task": tied.get("task"),
            "thread": tied.get("thread:bitrix24"),
            "topic": tied.get("thread:telegram"),
            "related": [other.number for other in related if other],
        },
        "consent": {"version": consent.version, "at": consent.at.isoformat()} if consent else None,
        "history": [
            {"at": fact.at.isoformat(), "who": fact.who_name, "what": fact.what, "text": fact.text}
            for fact in await rows.history(scope.tx, portal_id, one.id)
        ],
    }


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
