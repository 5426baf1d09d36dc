"""The two deadlines of a request, reckoned anew whenever something happened that moves them."""

from dataclasses import replace

from domain.business_time import Calendar
from domain.portal import Desk
from domain.request_clocks import reckon
from domain.requests import Request
from domain.service_levels import ServiceLevels, parse_levels
from handlers.scope import Scope
from storage import requests as rows


def calendar_of(desk: Desk) -> Calendar:
    """The desk's support hours on its production calendar."""
    return Calendar.from_settings(desk.hours, desk.timezone, desk.calendar)


def levels_of(desk: Desk) -> ServiceLevels:
    """What the desk promises per type and priority."""
    return parse_levels(desk.levels)


async def reckoned(scope: Scope, request: Request) -> Request:
    """The request with both deadlines as its history has them now; the caller saves it."""
    history = await rows.history(scope.tx, scope.portal.id, request.id) if request.id else ()
    desk = scope.portal.desk
    due = reckon(calendar_of(desk), levels_of(desk), request, history, scope.now)
    return replace(request, due=due)
