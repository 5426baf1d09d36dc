"""Keeping the clocks of a request: promised at filing, brought in line after every fact, told when the desk is closed.

All that moves a clock lies in history; :func:`reckoned` is called after a fact and does the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from domain.business_time import Calendar
from domain.chat import Reply
from domain.impact import impact_of
from domain.portal import Desk
from domain.request_clocks import (
    TELLING,
    Clock,
    breach_key,
    due_at,
    is_running,
    reckon,
    stopped_at,
    told,
    with_told,
)
from domain.requests import Fact, Priority, Request, Status
from domain.service_levels import ServiceLevels, default_priority, parse_levels
from handlers import outgoing
from handlers.desk import queue
from handlers.desk.clock_words import closed_line
from handlers.people import People, reachable
from handlers.scope import Scope
from storage import cursors, desk_figures, request_history

SET_BY_HAND = "priority"
"""The fact that support has set a priority: from then on impact doesn't move it."""


def calendar_of(desk: Desk) -> Calendar:
    """The desk's hours on its production calendar, its own special days included."""
    return _calendar(desk.hours, desk.timezone, desk.calendar, _frozen(desk.calendar_exceptions))


def levels_of(desk: Desk) -> ServiceLevels:
    """What the desk promises, by type and priority."""
    return _levels(_frozen(desk.levels), calendar_of(desk).hours.full_day.seconds)


def _frozen(table: Mapping[str, Any]) -> bytes:
    return orjson.dumps(table, option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=64)
def _calendar(hours: str, timezone: str, country: str, exceptions: bytes) -> Calendar:
    return Calendar.from_settings(hours, timezone, country, orjson.loads(exceptions))


@lru_cache(maxsize=64)
def _levels(table: bytes, full_day_s: int) -> ServiceLevels:
    return parse_levels(orjson.loads(table), timedelta(seconds=full_day_s))


# --- promising and following ----------------------------------------------------------------------------------


async def reckoned(scope: Scope, request: Request) -> Request:
    """The request with its clocks as its history has them now; the caller saves it.

    Called when a request is filed, and after every further fact in the same transaction. Pauses, a changed priority
    or type and the next round move deadlines; a clock stopped too late leaves a fact; the queue cards learn of it.
    """
    desk, history = scope.portal.desk, list[Fact]()
    if request.id:
        wanted = {*TELLING, SET_BY_HAND}
        found = await desk_figures.facts(scope.tx, scope.portal.id, [request.id], wanted)
        history = found[request.id]
    raised = _raised(request, history)
    if request.id and raised.priority is not request.priority:
        await _note_raising(scope, request, raised)
    request = raised
    due = reckon(calendar_of(desk), levels_of(desk), request, history, scope.now)
    request = await _note_breaches(scope, replace(request, due=due))
    await queue.touch(scope)
    return request


async def _note_raising(scope: Scope, before: Request, after: Request) -> None:
    data = {"from": before.priority.value, "to": after.priority.value, "votes": after.votes}
    fact = Fact("raised", scope.now, data=data)
    await request_history.append_fact(scope.tx, scope.portal.id, after.id, fact)


def _raised(request: Request, history: Sequence[Fact]) -> Request:
    """More urgent where many are touched, by its words or by how many joined; support's own word stands above."""
    if request.status is Status.CLOSED or any(fact.what == SET_BY_HAND for fact in history):
        return request
    words = f"{request.subject}\n{request.description}\n{request.conditions}"
    order = list(Priority)
    wanted = default_priority(request.type, impact_of(words, request.votes + 1))
    if order.index(wanted) <= order.index(request.priority):
        return request
    return replace(request, priority=wanted)


async def _note_breaches(scope: Scope, request: Request) -> Request:
    """A deadline that was missed is a fact: by a clock stopped too late here, by a running one at the next tick."""
    for clock in Clock:
        stopped, due = stopped_at(request, clock), due_at(request, clock)
        if stopped is not None and due is not None and stopped > due:
            request = await note_breach(scope, request, clock, due)
    return request


async def note_breach(scope: Scope, request: Request, clock: Clock, due: datetime) -> Request:
    """Write the fact of a missed deadline, once; the caller saves the request, which remembers it."""
    key = breach_key(request, clock)
    if key in told(request):
        return request
    data = {"clock": clock.value, "due": due.isoformat(), "round": request.round}
    fact = Fact("breached", scope.now, who_name="", data=data)
    await request_history.append_fact(scope.tx, scope.portal.id, request.id, fact)
    return with_told(request, [key])


async def overdue_noted(scope: Scope, request: Request) -> Request:
    """The running clocks of a request that are past their deadline, as facts; the caller saves."""
    for clock in Clock:
        due = due_at(request, clock)
        if is_running(request, clock) and due is not None and scope.now > due:
            request = await note_breach(scope, request, clock, due)
    return request


# --- out of hours ---------------------------------------------------------------------------------------------


async def closed_for(scope: Scope, person_id: int) -> bool:
    """Whether the desk is closed and the person wasn't told so yet; remembers it for this closed period."""
    calendar = calendar_of(scope.portal.desk)
    if calendar.is_open(scope.now):
        return False
    name, period = f"desk-closed:{person_id}", calendar.next_opening(scope.now).isoformat()
    if await cursors.get(scope.tx, scope.portal.id, name) == period:
        return False
    await cursors.put(scope.tx, scope.portal.id, name, period, scope.now)
    return True


async def say_when_closed(scope: Scope, request: Request) -> None:
    """After words of the requester: tell him, once per closed period, when support is back."""
    if request.requester_id is None or not await closed_for(scope, request.requester_id):
        return
    person = await People().load(scope, request.requester_id)
    address = reachable(person, request.channel) if person else None
    if person is None or address is None:
        return
    line = closed_line(scope.speaking(person.language), calendar_of(scope.portal.desk), request)
    await outgoing.post(scope, address, Reply(line), request_id=request.id)
