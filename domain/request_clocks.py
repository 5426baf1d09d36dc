"""The two clocks of a request (decision 10): when they started, when they stood still, when they run out.

Everything is derived from the request and its history, so nothing can go out of step: a clock stands while the
requester is asked something, and a new round starts the solution anew. A clock that has stopped keeps its deadline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.business_time import Calendar, Deadline, Pause, StillPausedError
from domain.requests import Due, Fact, Request, Status, Waiting
from domain.service_levels import ServiceLevels


class Clock(StrEnum):
    """Until the first words of support, and until the answer."""

    FIRST_REPLY = "first_reply"
    SOLUTION = "solution"


ASKS: Mapping[str, Waiting] = {"asked": Waiting.INFORMATION, "offered": Waiting.CHOICE}
_REPLIES = {"replied", "chosen"}
_WORDS = "requester_wrote"
_ENDS = {"answered", "confirmed", "objected", "reopened", "closed", "withdrawn", "not_needed", "merged"}
ROUNDS = {"objected", "reopened"}
PROMISED = "deadline_changed"
"""Somebody set the deadline in the task itself: ``data["to"]``, ISO 8601."""
_PROMISES = ROUNDS | {"priority", "retyped"}
"""What makes a new promise of ours, by which one made in the task ends."""
TELLING = frozenset({*ASKS, *_REPLIES, _WORDS, *_ENDS, PROMISED, *_PROMISES})
"""The facts that move a clock; the rest of history doesn't matter here."""

_RUNNING = {Status.REGISTERED, Status.IN_PROGRESS}


@dataclass(frozen=True, slots=True)
class Wait:
    """We waited for the requester; ``end`` None: still."""

    start: datetime
    end: datetime | None
    waiting_for: Waiting

    @property
    def pause(self) -> Pause:
        return Pause(self.start, self.end)


def waits(request: Request, history: Sequence[Fact]) -> tuple[Wait, ...]:
    """When the requester was waited for, oldest first. Words of anybody else than him end no wait."""
    found: list[Wait] = []
    for fact in history:
        waiting = bool(found) and found[-1].end is None
        if fact.what in ASKS and not waiting:
            found.append(Wait(fact.at, None, ASKS[fact.what]))
        elif waiting and _is_reply(request, fact):
            found[-1] = replace(found[-1], end=fact.at)
    if found and found[-1].end is None and request.status is not Status.WAITING:
        found[-1] = replace(found[-1], end=max(request.updated_at, found[-1].start))
    return tuple(found)


def _is_reply(request: Request, fact: Fact) -> bool:
    if fact.what == _WORDS:
        return request.requester_id is None or fact.who_id == request.requester_id
    return fact.what in _REPLIES | _ENDS


def round_start(request: Request, history: Sequence[Fact]) -> datetime:
    """When the present round began: the filing, or the last objection or reopening."""
    return max((fact.at for fact in history if fact.what in ROUNDS), default=request.created_at)


def is_running(request: Request, clock: Clock) -> bool:
    """Whether the clock ticks: somebody of support is to move."""
    if clock is Clock.FIRST_REPLY:
        return request.is_open and request.first_replied_at is None
    return request.status in _RUNNING


def stopped_at(request: Request, clock: Clock) -> datetime | None:
    """When the clock was stopped by support's words; None while it runs, stands or was cut short."""
    if clock is Clock.FIRST_REPLY:
        return request.first_replied_at
    return request.answered_at if request.status in {Status.ANSWERED, Status.COMPLETED} else None


def due_at(request: Request, clock: Clock) -> datetime | None:
    """The clock's deadline; None while it stands."""
    return request.due.first_reply if clock is Clock.FIRST_REPLY else request.due.solution


def next_due(request: Request) -> datetime | None:
    """The nearest deadline that still runs; None when support has nothing to keep right now."""
    running = [due_at(request, clock) for clock in Clock if is_running(request, clock)]
    return min((at for at in running if at is not None), default=None)


def reckon(
    calendar: Calendar, levels: ServiceLevels, request: Request, history: Sequence[Fact], now: datetime
) -> Due:
    """Both deadlines as they stand now, with the derivation as data. What was told stays in it."""
    level = levels.level(request.type, request.priority)
    start, stood = round_start(request, history), waits(request, history)
    derivation: dict[str, Any] = {
        **request.due.derivation,
        "zone": str(calendar.zone),
        "pauses": [_wait_data(wait) for wait in stood if (wait.end or now) >= start],
    }
    first, solution = request.due.first_reply, request.due.solution
    if request.first_replied_at is None and request.is_open:
        found = calendar.add_working(start, level.first_reply)
        first = found.at_utc
        derivation[Clock.FIRST_REPLY.value] = _derived(found, level.first_reply)
    if request.status in _RUNNING or request.status is Status.WAITING:
        pauses, promise = [wait.pause for wait in stood], promised(request, history)
        derivation.pop("by_hand", None)
        if promise is None:
            solution, derived = _counted(calendar, start, level.solution, pauses, now)
        else:
            derivation["by_hand"] = {"at": promise.at.isoformat(), "who": promise.who_name}
            solution, derived = _as_promised(calendar, promise, pauses)
        derivation[Clock.SOLUTION.value] = derived
    return Due(first, solution, derivation)


def _counted(
    calendar: Calendar, start: datetime, amount: timedelta, pauses: Sequence[Pause], now: datetime
) -> tuple[datetime | None, dict[str, Any]]:
    """A deadline with its derivation; None while the clock stands."""
    try:
        found = calendar.add_working(start, amount, pauses)
    except StillPausedError:
        left = amount - calendar.working_between(start, max(now, start), pauses)
        return None, {"minutes": _minutes(amount), "left": _minutes(left), "steps": []}
    return found.at_utc, _derived(found, amount)


def promised(request: Request, history: Sequence[Fact]) -> Fact | None:
    """The day somebody set in the task; it holds instead of the reckoned one until the next promise of ours."""
    since = max((fact.at for fact in history if fact.what in _PROMISES), default=request.created_at)
    return next((fact for fact in reversed(history) if fact.what == PROMISED and fact.at >= since), None)


def _as_promised(
    calendar: Calendar, promise: Fact, pauses: Sequence[Pause]
) -> tuple[datetime | None, dict[str, Any]]:
    """The moment as it was set, be it in closed time; only later pauses push it, by the support time they take."""
    wanted = datetime.fromisoformat(promise.data["to"]).astimezone(UTC)
    amount = max(calendar.working_between(promise.at, wanted), timedelta())
    later = [pause for pause in pauses if promise.at <= pause.start < wanted]
    if not later:
        return wanted, {"minutes": _minutes(amount), "steps": []}
    found, derived = _counted(calendar, promise.at, amount, later, promise.at)
    return found, {**derived, "steps": []}


def _wait_data(wait: Wait) -> dict[str, Any]:
    end = wait.end.isoformat() if wait.end else None
    return {"from": wait.start.isoformat(), "to": end, "for": wait.waiting_for.value}


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _derived(deadline: Deadline, amount: timedelta) -> dict[str, Any]:
    steps = [
        {
            "day": step.day.isoformat(),
            "kind": step.kind.value,
            "from": step.start.isoformat("minutes") if step.start else None,
            "to": step.end.isoformat("minutes") if step.end else None,
            "minutes": step.minutes,
            "holiday": step.holiday,
        }
        for step in deadline.steps
    ]
    return {"minutes": _minutes(amount), "steps": steps}


# --- what was told already ------------------------------------------------------------------------------------


def told(request: Request) -> frozenset[str]:
    """The warnings of this request that went out (or were overtaken by a graver one)."""
    return frozenset(request.due.derivation.get("told", ()))


def with_told(request: Request, keys: Sequence[str]) -> Request:
    """The request that remembers these warnings as told."""
    known = dict.fromkeys([*request.due.derivation.get("told", ()), *keys])
    due = replace(request.due, derivation={**request.due.derivation, "told": list(known)})
    return replace(request, due=due)


def breach_key(request: Request, clock: Clock) -> str:
    """What marks a missed deadline as recorded: once per round and promise."""
    return f"breach:{clock}:{request.round}:{request.type}:{request.priority}"
