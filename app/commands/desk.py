"""Commands that look at the desk, the guests and the outbox."""

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from app.commands.base import Outcome, UsageError, opened
from app.settings import Settings
from app.wiring import House
from domain.chat import Address, Channel
from domain.markup import plain_text
from domain.people import Grant, Person, Role
from domain.requests import Request
from handlers.scope import Scope
from storage import attachments, links, outbox
from storage import people as person_rows
from storage import requests as rows

OPERATOR = Person(id=0, portal_id=0, name="concierge", grants=(Grant(Role.ADMIN),))
"""Whoever sits at the server's terminal."""


async def requests(settings: Settings, *, open_only: bool) -> Outcome:
    """The desk, newest first."""
    async with opened(settings) as house, house.scopes.reading(house.portal.id) as scope:
        found = await rows.listed(scope.tx, house.portal.id, only_open=open_only)

    def show(console: Console) -> None:
        table = Table("number", "status", "type", "priority", "due", "subject", box=None)
        for one in found:
            due = (
                f"{one.due.solution.astimezone(house.portal.desk.zone):%d.%m %H:%M}"
                if one.due.solution
                else "-"
            )
            table.add_row(one.number, one.status, one.type, one.priority, due, one.subject)
        console.print(table if found else "no requests")

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
    async with opened(settings) as house, house.scopes.reading(house.portal.id) as scope:
        found = await rows.by_number(scope.tx, house.portal.id, number.strip().upper())
        if found is None:
            raise UsageError(f"no request {number}")
        data = await request_json(scope, house, found)
        lines = [
            house.requests.cards.line(scope, fact) for fact in await house.requests.history(scope, found)
        ]

    def show(console: Console) -> None:
        console.print(f"{found.number}  {found.status}  {found.subject}", markup=False)
        console.print(found.description, markup=False)
        for line in lines:
            console.print(f"  {line}", markup=False)

    return Outcome(data, show=show)


async def request_json(scope: Scope, house: House, one: Request) -> dict[str, Any]:
    """The shape of ``concierge request NUMBER --json``."""
    portal_id = house.portal.id
    requester = await person_rows.load(scope.tx, portal_id, one.requester_id) if one.requester_id else None
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
        "requester": {"name": requester.name, "email": requester.email} if requester else {},
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
        "consent": None,
        "history": [
            {"at": fact.at.isoformat(), "who": fact.who_name, "what": fact.what, "text": fact.text}
            for fact in await house.requests.history(scope, one)
        ],
    }


async def guests(settings: Settings, query: str) -> Outcome:
    """What the bot's guest search finds, as an administrator sees it; journalled like any look-up."""
    async with opened(settings) as house, house.scopes.writing(house.portal.id) as scope:
        terminal = Address(Channel.BITRIX24, "terminal")
        found = await house.guests.search(scope, query, terminal, limit=20)

    def show(console: Console) -> None:
        for card in found or ["nobody found"]:
            console.print(plain_text(card), markup=False)

    return Outcome({"guests": found}, show=show)


async def deliveries(settings: Settings, *, dead: bool, retry: int | None) -> Outcome:
    """The outbox."""
    async with opened(settings) as house:
        portal_id = house.portal.id
        if retry is not None:
            async with house.scopes.writing(portal_id) as scope:
                if not await outbox.retry(scope.tx, portal_id, retry, scope.now):
                    raise UsageError(f"no dead delivery {retry}")
        async with house.scopes.reading(portal_id) as scope:
            found = await outbox.listed(scope.tx, portal_id, state="dead" if dead else "waiting")

    def show(console: Console) -> None:
        table = Table("id", "state", "kind", "destination", "tries", "code", "reason", box=None)
        for one in found:
            table.add_row(
                str(one.id),
                one.state,
                one.kind,
                one.destination,
                str(one.attempts),
                one.last_code,
                one.last_reason,
            )
        console.print(table if found else "nothing waits")

    data = [{k: v for k, v in asdict(one).items() if k not in {"payload", "result"}} for one in found]
    return Outcome({"deliveries": data}, show=show)
