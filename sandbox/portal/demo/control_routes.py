"""What tests and curious people turn and read: switches, faults, the log of calls, counts."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import Any

from aiohttp import web

from sandbox.portal.calls import RestError, to_int
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, crm_of
from sandbox.portal.demo.http import Route, json_answer, json_body, number, portal_of
from sandbox.portal.documents import bot_events, bots, chats, commands, drive, messages, notifications, tasks
from sandbox.portal.people import users
from sandbox.portal.state import Portal


async def requests_log(request: web.Request) -> web.StreamResponse:
    """?limit → {requests: […newest last], budget}."""
    portal = portal_of(request)
    limit = number(request, "limit", 200, high=1000)
    newest = list(islice(reversed(portal.requests), limit))
    return json_answer({"requests": newest[::-1], "budget": budget(portal)})


def budget(portal: Portal) -> dict[str, Any]:
    """How full the fullest bucket of requests is, and the methods that used most execution time."""
    config = portal.config
    return {
        "level": portal.limits.level(),
        "capacity": config.bucket_capacity,
        "leakPerS": config.bucket_leak_per_s,
        "operatingLimitS": config.operating_limit_s,
        "operating": portal.limits.busiest(6),
    }


async def counts(request: web.Request) -> web.StreamResponse:
    """→ {contacts, companies, deals, tasks, chats, messages, …}."""
    portal = portal_of(request)
    crm = crm_of(portal)
    stores = {
        "tasks": tasks(portal),
        "chats": chats(portal),
        "messages": messages(portal),
        "users": users(portal),
        "bots": bots(portal),
        "commands": commands(portal),
        "pendingBotEvents": bot_events(portal),
        "files": drive(portal),
        "notifications": notifications(portal),
    }
    items = {"contacts": CONTACT, "companies": COMPANY, "deals": DEAL}
    return json_answer(
        {
            **{name: len(crm.items(kind)) for name, kind in items.items()},
            **{name: len(store) for name, store in stores.items()},
        }
    )


async def get_switches(request: web.Request) -> web.StreamResponse:
    return json_answer(asdict(portal_of(request).switches))


async def set_switches(request: web.Request) -> web.StreamResponse:
    """{name: value, …} → all switches. 400 for an unknown name or a value of another type."""
    portal = portal_of(request)
    for name, value in (await json_body(request)).items():
        try:
            portal.switches.set(name, value)
        except ValueError as error:
            raise RestError("BAD_SWITCH", str(error)) from error
    return json_answer(asdict(portal.switches))


async def get_faults(request: web.Request) -> web.StreamResponse:
    return json_answer({"faults": portal_of(request).faults.as_json()})


async def add_fault(request: web.Request) -> web.StreamResponse:
    """One rule (faults.Fault) → {id, faults}."""
    faults = portal_of(request).faults
    try:
        fault = faults.add(await json_body(request))
    except (ValueError, TypeError) as error:
        raise RestError("BAD_FAULT", str(error)) from error
    return json_answer({"id": fault.id, "faults": faults.as_json()})


async def remove_faults(request: web.Request) -> web.StreamResponse:
    """?id= takes one rule back, nothing all of them."""
    faults = portal_of(request).faults
    faults.remove(to_int(request.query.get("id")))
    return json_answer({"faults": faults.as_json()})


ROUTES: tuple[Route, ...] = (
    ("GET", "requests", requests_log),
    ("GET", "counts", counts),
    ("GET", "switches", get_switches),
    ("POST", "switches", set_switches),
    ("GET", "faults", get_faults),
    ("POST", "faults", add_fault),
    ("DELETE", "faults", remove_faults),
)
