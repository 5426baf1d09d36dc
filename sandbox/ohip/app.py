"""The gateway as an application: the few operations a CRM needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from aiohttp import web

from sandbox.hotel.records import Reservation
from sandbox.ohip import shapes
from sandbox.ohip.gateway import Gateway, problem

GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway", Gateway)


def build_app(gateway: Gateway) -> web.Application:
    """Mount it below a prefix with ``add_subapp``; operations lie where the specifications' base paths have them."""
    app = web.Application()
    app[GATEWAY] = gateway
    app.router.add_post("/oauth/v1/tokens", gateway.token)
    for path, work in (
        ("/rsv/v1/hotels/{hotel}/reservations", _reservations),
        ("/crm/v1/profilesByIds", _profiles),
        ("/csh/v1/hotels/{hotel}/financialPostings", _postings),
        ("/int/v1/externalSystem/{system}/hotels/{hotel}/businessEvents", _events),
    ):
        app.router.add_get(path, gateway.operation(work))
    return app


def _reservations(gateway: Gateway, request: web.Request) -> web.Response:
    asked, hotel = request.query, gateway.hotel
    days = {name: date.fromisoformat(asked[name]) for name in _DAYS if name in asked}
    numbers = set(asked.getall("reservationIdList", ()))
    found = [
        stay
        for stay in hotel.reservations.values()
        if stay.type == "RES"
        and (not numbers or str(stay.id) in numbers)
        and all(_DAYS[name](stay, day) for name, day in days.items())
    ]
    nodes, paging = _page(found, request)
    if not nodes:
        return web.Response(status=204)
    paging["reservationInfo"] = [shapes.reservation(stay, hotel) for stay in nodes]
    return web.json_response({"reservations": paging})


_DAYS: dict[str, Callable[[Reservation, date], bool]] = {
    "arrivalStartDate": lambda stay, day: stay.arrival >= day,
    "arrivalEndDate": lambda stay, day: stay.arrival <= day,
    "departureStartDate": lambda stay, day: stay.departure >= day,
    "departureEndDate": lambda stay, day: stay.departure <= day,
}


def _profiles(gateway: Gateway, request: web.Request) -> web.Response:
    numbers = [int(one) for one in request.query.getall("profileIds", ()) if one.isdecimal()]
    found = [gateway.hotel.profiles[one] for one in numbers if one in gateway.hotel.profiles]
    living = [shapes.profile(guest) for guest in found if not guest.merged_to]
    if not living:
        return web.Response(status=204)
    return web.json_response({"profiles": {"profileInfo": living, "count": len(living)}})


def _postings(gateway: Gateway, request: web.Request) -> web.Response:
    first, last = (date.fromisoformat(request.query[name]) for name in ("startDate", "endDate"))
    if last < first:
        return problem(400, "Bad Request", "endDate before startDate")
    found = [line for line in gateway.hotel.postings.values() if first <= line.day <= last]
    nodes, paging = _page(found, request)
    if not nodes:
        return web.Response(status=204)
    postings = [shapes.posting(line, gateway.hotel) for line in nodes]
    return web.json_response({"journalPostings": {"postings": postings}, **paging})


def _events(gateway: Gateway, request: web.Request) -> web.Response:
    if request.match_info["system"] != gateway.settings.external_system:
        return problem(403, "Forbidden", "external system")
    events = gateway.queue.read(int(request.query.get("limit", 1)))
    if not events:
        return web.Response(status=204)
    return web.json_response({"businessEventData": events})


def _page(found: list[Any], request: web.Request) -> tuple[list[Any], dict[str, Any]]:
    """A page and its paging keys."""
    limit, offset = int(request.query.get("limit", 20)), int(request.query.get("offset", 0))
    nodes = found[offset : offset + limit]
    more = offset + limit < len(found)
    paging = {
        "limit": limit,
        "offset": offset,
        "hasMore": more,
        "totalResults": len(found),
        "count": len(nodes),
    }
    return nodes, paging
