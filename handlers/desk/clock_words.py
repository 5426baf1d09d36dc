"""A request's clocks in words: why the deadline is what it is, when the clock stood, when the desk is back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from domain.business_time import Calendar, DayPlan
from domain.chat import Markup, escape
from domain.portal import Portal
from domain.production_calendar import RU_PUBLIC_HOLIDAYS, DayKind
from domain.request_clocks import Clock
from domain.requests import Request, Status
from handlers.scope import Scope

DAYS_SHOWN = 4
PAUSES_SHOWN = 3
_HOLIDAYS = frozenset(RU_PUBLIC_HOLIDAYS.values())


def duration(scope: Scope, minutes: int) -> str:
    """«2 ч 20 мин»."""
    hours, rest = divmod(minutes, 60)
    parts = [scope.text("hours", n=hours)] if hours else []
    if rest or not hours:
        parts.append(scope.text("minutes", n=rest))
    return " ".join(parts)


def zone_of(portal: Portal, request: Request) -> ZoneInfo:
    """The zone the requester lives by: his hotel's, or the desk's where no hotel is known."""
    hotel = next((one for one in portal.hotels if one.id == request.hotel_id), None)
    if hotel is None and len(portal.hotels) == 1:
        hotel = portal.hotels[0]
    return hotel.zone if hotel else portal.desk.zone


def zone_label(scope: Scope, at: datetime) -> str:
    """How a local moment's zone is called: «МСК», else its offset, «UTC+07:00»."""
    if at.tzname() == "MSK":
        return scope.text("moscow")
    offset = f"{at:%z}"
    return f"UTC{offset[:3]}:{offset[3:]}"


def why(scope: Scope, request: Request, zone: ZoneInfo | None = None, clock: Clock = Clock.SOLUTION) -> str:
    """«Почему вт 24 ноября, 11:20: 9 ч рабочего времени — пн 23 ноября 16:00–18:00 (2 ч), …»; "" without a deadline.

    The steps are told in the desk's zone, which is named where the deadline is shown in another.
    """
    derived = request.due.derivation.get(clock.value)
    due = request.due.first_reply if clock is Clock.FIRST_REPLY else request.due.solution
    if not derived or due is None or not derived["steps"]:
        return ""
    desk = scope.portal.desk.zone
    shown = due.astimezone(zone or desk)
    days = ", ".join(_days(scope, derived["steps"]))
    text = scope.text("clock-why", at=shown, amount=duration(scope, derived["minutes"]), days=Markup(days))
    there = due.astimezone(desk)
    if there.utcoffset() != shown.utcoffset():
        text += " " + scope.text("clock-why-zone", zone=zone_label(scope, there), at=there)
    return text


@dataclass(frozen=True, slots=True)
class _Run:
    """Days in a row that have the same thing to say."""

    steps: Sequence[Mapping[str, Any]]

    @property
    def first(self) -> Mapping[str, Any]:
        return self.steps[0]

    @property
    def worked(self) -> bool:
        return bool(self.first["minutes"])


def _days(scope: Scope, steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each worked stretch by itself, days off in a row as one; a long middle is told as its sum."""
    told = [step for step in steps if step["kind"] != "pause"]
    runs: list[_Run] = []
    for (worked, _, _), group in groupby(told, key=_sameness):
        found = list(group)
        runs += [_Run([step]) for step in found] if worked else [_Run(found)]
    if sum(run.worked for run in runs) <= DAYS_SHOWN:
        return [_run(scope, run) for run in runs]
    head, middle, tail = runs[:2], runs[2:-2], runs[-2:]
    minutes = sum(run.first["minutes"] for run in middle)
    between = scope.text("clock-between", amount=duration(scope, minutes))
    return [*(_run(scope, run) for run in head), between, *(_run(scope, run) for run in tail)]


def _sameness(step: Mapping[str, Any]) -> tuple[bool, str, str | None]:
    return bool(step["minutes"]), step["kind"], step["holiday"]


def _run(scope: Scope, run: _Run) -> str:
    step, day = run.first, date.fromisoformat(run.first["day"])
    if run.worked:
        amount = duration(scope, step["minutes"])
        if step["kind"] in {DayKind.SHORT, DayKind.MOVED_WORK}:
            amount += ", " + scope.text(f"day-{step['kind']}".replace("_", "-"))
        return scope.text(
            "clock-step", day=day, start=step["from"] or "", end=step["to"] or "", amount=amount
        )
    last = date.fromisoformat(run.steps[-1]["day"])
    name = (
        holiday(scope, step["holiday"])
        if step["holiday"]
        else scope.text(f"day-{step['kind']}".replace("_", "-"))
    )
    if last == day:
        return scope.text("clock-idle", day=day, what=name)
    return scope.text("clock-idle-days", first=day, last=last, what=name)


def holiday(scope: Scope, key: str) -> str:
    """A public holiday's name: ours where we have it, else the calendar library's."""
    return scope.text(f"holiday-{key}".replace("_", "-")) if key in _HOLIDAYS else key


def pauses(scope: Scope, request: Request, zone: ZoneInfo | None = None) -> str:
    """When the clock stood and stands, and what for; both sides read the same. "" if it never did."""
    shown_in = zone or scope.portal.desk.zone
    lines = []
    for pause in request.due.derivation.get("pauses", ())[-PAUSES_SHOWN:]:
        what = scope.text(f"waited-{pause['for']}")
        start = datetime.fromisoformat(pause["from"]).astimezone(shown_in)
        if pause["to"] is not None:
            end = datetime.fromisoformat(pause["to"]).astimezone(shown_in)
            lines.append(scope.text("clock-stood", start=start, end=end, what=what))
        elif request.status is Status.WAITING:
            left = request.due.derivation.get(Clock.SOLUTION.value, {}).get("left", 0)
            lines.append(
                scope.text("clock-stands", start=start, what=what, left=duration(scope, max(left, 0)))
            )
    return "\n".join(lines)


def clock_lines(scope: Scope, request: Request, zone: ZoneInfo | None = None) -> str:
    """Derivation and pauses of an open request, as markup; "" for a closed one."""
    if not request.is_open:
        return ""
    reasons = by_hand(scope, request, zone) or why(scope, request, zone)
    return "\n".join(line for line in (reasons, pauses(scope, request, zone)) if line)


def by_hand(scope: Scope, request: Request, zone: ZoneInfo | None = None) -> str:
    """Who set the deadline in the task, and when; "" where it is reckoned."""
    promised = request.due.derivation.get("by_hand")
    if not promised:
        return ""
    at = datetime.fromisoformat(promised["at"]).astimezone(zone or scope.portal.desk.zone)
    return scope.text("clock-by-hand", who=promised["who"] or scope.text("nobody"), at=at)


def closed_line(scope: Scope, calendar: Calendar, request: Request | None = None) -> str:
    """«Сейчас поддержка не работает: выходной. Вернётся пн 23 ноября, 09:00 (МСК)»; "" while the desk is open."""
    if calendar.is_open(scope.now):
        return ""
    zone = zone_of(scope.customer(request.home_id), request) if request else calendar.zone
    back = calendar.next_opening(scope.now).astimezone(zone)
    today = calendar.day(scope.now.astimezone(calendar.zone).date())
    return scope.text(
        "desk-closed", why=Markup(_closed_why(scope, today)), back=back, zone=zone_label(scope, back)
    )


def _closed_why(scope: Scope, today: DayPlan) -> str:
    if today.holiday:
        return escape(holiday(scope, today.holiday))
    return scope.text("day-after-hours" if today.ranges else f"day-{today.kind}".replace("_", "-"))
