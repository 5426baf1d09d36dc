"""The hotel's application: the XML Interface, and /_sandbox for people and tests (no vendor API, JSON only)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from aiohttp import web

from sandbox import provoking
from sandbox.hotel import codes
from sandbox.hotel.faults import Fault
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import NotPossible
from sandbox.hotel.life import Life
from sandbox.hotel.oddities import erase
from sandbox.hotel.records import Posting, Reservation
from sandbox.hotel.xml_interface import PATH, XmlInterface
from sandbox.provoking import json_answer, json_object

HOTEL: web.AppKey[Hotel] = web.AppKey("hotel", Hotel)
LIFE: web.AppKey[Life] = web.AppKey("life", Life)
XML: web.AppKey[XmlInterface] = web.AppKey("xml", XmlInterface)
FLUSH_S = 0.5

Verb = Callable[[Hotel, dict[str, Any]], Reservation]
_VERBS: dict[str, Verb] = {
    "checkin": lambda hotel, p: hotel.check_in(int(p["guestNum"]), p.get("room")),
    "checkout": lambda hotel, p: hotel.check_out(int(p["guestNum"])),
    "undo_checkout": lambda hotel, p: hotel.undo_check_out(int(p["guestNum"])),
    "move": lambda hotel, p: hotel.move(int(p["guestNum"]), p.get("room")),
    "extend": lambda hotel, p: hotel.extend(int(p["guestNum"]), int(p.get("nights", 1))),
    "cancel": lambda hotel, p: hotel.cancel(int(p["guestNum"])),
    "noshow": lambda hotel, p: hotel.no_show(int(p["guestNum"])),
    "reinstate": lambda hotel, p: hotel.reinstate(int(p["guestNum"])),
    "comment": lambda hotel, p: _comment(hotel, int(p["guestNum"]), str(p["text"])),
}


def _comment(hotel: Hotel, guest_num: int, text: str) -> Reservation:
    stay = hotel.stay(guest_num)
    stay.comment = text
    hotel.touch(stay)
    return stay


def build_app(hotel: Hotel, *, pace_s: float = 0.0, life: Life | None = None) -> web.Application:
    """The stand-in as an application of its own; may be mounted below another by ``add_subapp``.

    While it runs, changes are flushed to the hotel's file; with ``pace_s`` > 0 the hotel lives by itself.
    The hotel is flushed, not closed, on clean-up: who opened it closes it.
    """
    app = web.Application(client_max_size=16 * 2**20)
    app[HOTEL], app[XML] = hotel, XmlInterface(hotel)
    app[LIFE] = life or Life(hotel, pace_s)
    app.router.add_post(PATH, app[XML].handle)
    app.router.add_get("/_sandbox/state", _state)
    app.router.add_get("/_sandbox/reservations", _reservations)
    app.router.add_get("/_sandbox/reservations/{number}", _reservation)
    app.router.add_get("/_sandbox/profiles/{number}", _profile)
    app.router.add_post("/_sandbox/step", _step)
    app.router.add_post("/_sandbox/change", _change)
    app.router.add_post("/_sandbox/audit", _audit)
    app.router.add_post("/_sandbox/pace", _pace)
    provoking.attach(app, "/_sandbox", hotel.switches, hotel.faults, Fault)
    app.cleanup_ctx.append(_alive)
    return app


async def _alive(app: web.Application) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(app[LIFE].run()), asyncio.create_task(_flush(app[HOTEL]))]
    yield
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    app[HOTEL].flush()


async def _flush(hotel: Hotel) -> None:
    while True:
        await asyncio.sleep(FLUSH_S)
        hotel.flush()


async def _state(request: web.Request) -> web.Response:
    state = request.app[HOTEL].state()
    return json_answer(
        state | {"paceSeconds": request.app[LIFE].pace_s, "xmlRequests": request.app[XML].requests}
    )


def _told(hotel: Hotel, stay: Reservation) -> dict[str, Any]:
    """A reservation as JSON, with its guest's name."""
    guest = hotel.profiles[stay.profile]
    return asdict(stay) | {"guest": f"{guest.last_name} {guest.first_name}".strip()}


async def _reservations(request: web.Request) -> web.Response:
    """GET ?status=in_house|due_in|due_out|cancelled|no_show & arrival=DATE & room= & q=NAME & limit & offset."""
    hotel, query = request.app[HOTEL], request.query
    kinds: dict[str, Callable[[], list[Reservation]]] = {
        "in_house": hotel.in_house,
        "due_in": hotel.due_in,
        "due_out": hotel.due_out,
        "cancelled": lambda: [r for r in hotel.reservations.values() if r.no_avail == 3],
        "no_show": lambda: [r for r in hotel.reservations.values() if r.no_avail == 4],
    }
    status = query.get("status", "")
    if status and status not in kinds:
        raise web.HTTPBadRequest(text="unknown status")
    found = kinds[status]() if status else list(hotel.reservations.values())
    if "arrival" in query:
        try:
            day = date.fromisoformat(query["arrival"])
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        found = [r for r in found if r.arrival == day]
    if "room" in query:
        found = [r for r in found if r.room == query["room"]]
    if "q" in query:
        wanted = query["q"].lower()
        found = [r for r in found if wanted in hotel.profiles[r.profile].last_name.lower()]
    first, limit = int(query.get("offset", "0")), int(query.get("limit", "50"))
    rows = [_told(hotel, stay) for stay in islice(found, first, first + limit)]
    return json_answer({"total": len(found), "reservations": rows})


async def _reservation(request: web.Request) -> web.Response:
    hotel, number = request.app[HOTEL], request.match_info["number"]
    stay = hotel.reservations.get(int(number)) if number.isdecimal() else None
    if stay is None:
        raise web.HTTPNotFound
    return json_answer(_told(hotel, stay) | {"postings": [asdict(p) for p in hotel.bill(stay.id)]})


async def _profile(request: web.Request) -> web.Response:
    hotel, number = request.app[HOTEL], request.match_info["number"]
    profile = hotel.profiles.get(int(number)) if number.isdecimal() else None
    if profile is None:
        raise web.HTTPNotFound
    return json_answer(asdict(profile))


async def _step(request: web.Request) -> web.Response:
    """POST {n = 1, roll = "clock" | "done"} → {events}: what happened, one line each."""
    body = await json_object(request)
    roll = body.get("roll")
    if roll not in (None, "clock", "done"):
        raise web.HTTPBadRequest(text="roll is clock or done")
    life = request.app[LIFE]
    return json_answer({"events": [life.step(roll) for _ in range(min(int(body.get("n", 1)), 10_000))]})


async def _change(request: web.Request) -> web.Response:
    """POST {kind, guestNum, room?, nights?, text?} → the reservation; 409 with a reason when the desk can't.

    kind: checkin checkout undo_checkout move extend cancel noshow reinstate comment; ``merge`` {gone, survivor},
    ``erase`` {profile} and ``profile`` {profile, phones?, emails?, last_name?, …} concern profiles; ``post``
    {guestNum, department, price, quantity?, text?, day?, origin?} writes on a bill.
    """
    hotel, body = request.app[HOTEL], await json_object(request)
    kind = str(body.get("kind", ""))
    try:
        if kind == "post":
            return json_answer(asdict(_post(hotel, body)))
        if kind in _VERBS:
            return json_answer(_told(hotel, _VERBS[kind](hotel, body)))
        return json_answer(_change_profile(hotel, kind, body))
    except NotPossible as error:
        return json_answer({"error": str(error)}, 409)
    except (KeyError, ValueError) as error:
        return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)


def _post(hotel: Hotel, body: dict[str, Any]) -> Posting:
    department = str(body["department"])
    name = codes.DEPARTMENTS[department][0]
    day = date.fromisoformat(str(body["day"])) if "day" in body else hotel.business_date
    price, quantity = Decimal(str(body["price"])), int(body.get("quantity", 1))
    line = (department, price, day, str(body.get("text", name)), quantity)
    origin = int(body["origin"]) if body.get("origin") is not None else None
    return hotel.post(int(body["guestNum"]), line, origin)


def _change_profile(hotel: Hotel, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    if kind == "merge":
        hotel.merge(int(body["gone"]), int(body["survivor"]))
        return asdict(hotel.profiles[int(body["gone"])])
    if kind not in ("profile", "erase"):
        raise ValueError(f"unknown kind {kind!r}")
    profile = hotel.profiles[int(body["profile"])]
    if kind == "erase":
        erase(profile, hotel.clock.now())
    else:
        changeable = ("last_name", "first_name", "phones", "emails", "vip", "no_emailing", "notes", "city")
        for name in changeable:
            if name in body:
                setattr(profile, name, body[name])
    return asdict(hotel.put_profile(profile))


async def _audit(request: web.Request) -> web.Response:
    """POST → {businessDate}: finish the day and run the night audit now."""
    request.app[LIFE].finish_day()
    return json_answer({"businessDate": request.app[HOTEL].business_date.isoformat()})


async def _pace(request: web.Request) -> web.Response:
    """POST {seconds}: one event every so many seconds; 0 stops."""
    request.app[LIFE].set_pace(float((await json_object(request)).get("seconds", 0)))
    return json_answer({"paceSeconds": request.app[LIFE].pace_s})
