"""A request as other programs read it: the shapes of `docs/json`, for the command line and the API alike."""

from collections.abc import Sequence
from typing import Any

from domain.requests import Fact, Request
from handlers.people import People
from handlers.scope import Scope
from storage import attachments, callers, consents, links, request_history
from storage import requests as rows


def brief(one: Request) -> dict[str, Any]:
    """The shape of one line of ``concierge requests --json``."""
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


def told(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """Lines of history."""
    return [
        {"at": fact.at.isoformat(), "who": fact.who_name, "what": fact.what, "text": fact.text}
        for fact in facts
    ]


async def requester(scope: Scope, one: Request) -> dict[str, Any]:
    """An account, else the caller with his phone; empty for nobody."""
    portal_id = scope.portal.id
    person = await People().load(scope, one.requester_id) if one.requester_id else None
    caller = await callers.caller_of(scope.tx, portal_id, one.id)
    found: dict[str, Any] = {}
    if caller:
        found = {"name": caller.name, "email": caller.email or None}
        found |= {"phone": caller.phone} if caller.phone else {}
    return found | ({"name": person.name, "email": person.email} if person else {})


async def whole(scope: Scope, one: Request, history: Sequence[Fact] | None = None) -> dict[str, Any]:
    """The shape of ``concierge request NUMBER --json``; ``history``: the lines to show, all if not given."""
    portal_id = scope.portal.id
    consent = await consents.of_request(scope.tx, portal_id, one.id)
    tied = {
        link.kind: link.external_id
        for link in await links.of_local(scope.tx, portal_id, "request", str(one.id))
    }
    related = [
        await rows.load(scope.tx, portal_id, other)
        for other in await rows.related(scope.tx, portal_id, one.id)
    ]
    facts = await request_history.history(scope.tx, portal_id, one.id) if history is None else history
    return {
        **brief(one),
        "description": one.description,
        "conditions": one.conditions,
        "login": one.login,
        "portal": one.portal_link,
        "channel": one.channel,
        "requester": await requester(scope, one),
        "attachments": [
            {"name": file.name, "size": file.size} for file in await attachments.of_request(scope.tx, one.id)
        ],
        "links": {
            "task": tied.get("task"),
            "thread": tied.get("thread:bitrix24"),
            "topic": tied.get("thread:telegram"),
            "related": [other.number for other in related if other],
        },
        "consent": {"version": consent.version, "at": consent.at.isoformat()} if consent else None,
        "history": told(facts),
    }
