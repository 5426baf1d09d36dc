"""The desk in numbers, for `/stats` and for the managers' week: opened, closed, breached, how fast, how well."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from statistics import fmean, median
from zoneinfo import ZoneInfo

from domain.chat import Address, Channel, Markup
from domain.people import Role
from domain.request_clocks import TELLING, round_start, waits
from domain.requests import Fact, Request, RequestType
from handlers import outgoing
from handlers.codec import dump
from handlers.desk.clock_words import duration, zone_label
from handlers.desk.deadlines import calendar_of
from handlers.desk.ratings import RATED
from handlers.people import private_address
from handlers.pictures import Week
from handlers.scope import Scope, Scopes
from storage import cursors, desk_figures, people
from storage import requests as rows

DIGEST = "digest"
DIGEST_HOUR = 9
BREACHED = "breached"


class Period(StrEnum):
    """What `/stats` can be asked for; each begins at a local midnight and ends now."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Figures:
    """A time at the desk. Medians are minutes of support time, pauses taken out; None where nothing was measured."""

    first: date
    last: date
    opened: int
    closed: int
    open: int
    breached: int
    by_type: Mapping[RequestType, int]
    first_reply: float | None
    solution: float | None
    rating: float | None
    ratings: int


@dataclass(frozen=True, slots=True)
class _Data:
    """Everything a time's figures are counted from."""

    requests: Sequence[Request]
    facts: Mapping[int, Sequence[Fact]]
    start: datetime
    end: datetime

    def within(self, at: datetime | None) -> bool:
        return at is not None and self.start <= at < self.end

    def breached(self) -> dict[int, datetime]:
        """The first miss of each request in this time."""
        found: dict[int, datetime] = {}
        for request_id, facts in self.facts.items():
            missed = [fact.at for fact in facts if fact.what == BREACHED and self.within(fact.at)]
            if missed:
                found[request_id] = min(missed)
        return found

    def open_at(self, at: datetime) -> int:
        """How many were open at a moment: filed before, closed (or closed again) after."""
        return sum(self._was_open(request, at) for request in self.requests)

    def _was_open(self, request: Request, at: datetime) -> bool:
        if request.created_at >= at:
            return False
        moves = [fact for fact in self.facts.get(request.id, ()) if fact.at < at and fact.what in _ENDS]
        return not moves or moves[-1].what == "reopened"

    def closings(self) -> list[datetime]:
        """Each closing in this time; a reopened request closes again."""
        return [
            fact.at
            for facts in self.facts.values()
            for fact in facts
            if fact.what in _CLOSINGS and self.within(fact.at)
        ]


_CLOSINGS = frozenset({"closed", "withdrawn", "not_needed", "merged"})
_ENDS = _CLOSINGS | {"reopened"}


async def _gather(scope: Scope, start: datetime, end: datetime) -> _Data:
    requests = await rows.touched_since(scope.tx, scope.portal.id, start)
    # A reopened or rated request may be older than its last change.
    wanted = {*TELLING, BREACHED, RATED}
    facts = await desk_figures.facts(scope.tx, scope.portal.id, [one.id for one in requests], wanted)
    return _Data(requests, facts, start, end)


async def figures(scope: Scope, start: datetime, end: datetime, zone: ZoneInfo) -> Figures:
    """The figures of a time, ``end`` not included."""
    data = await _gather(scope, start, end)
    return await _count(scope, data, zone)


async def _count(scope: Scope, data: _Data, zone: ZoneInfo) -> Figures:
    opened = [one for one in data.requests if data.within(one.created_at)]
    rated = await desk_figures.facts_between(scope.tx, scope.portal.id, [RATED], data.start, data.end)
    scores = {request_id: int(fact.data["score"]) for request_id, fact in rated}  # the last word counts
    return Figures(
        first=data.start.astimezone(zone).date(),
        last=(data.end - timedelta(microseconds=1)).astimezone(zone).date(),
        opened=len(opened),
        closed=len(data.closings()),
        open=data.open_at(data.end),
        breached=len(data.breached()),
        by_type=Counter(one.type for one in opened),
        first_reply=_median(_first_replies(scope, data)),
        solution=_median(_solutions(scope, data)),
        rating=fmean(scores.values()) if scores else None,
        ratings=len(scores),
    )


def _median(minutes: Sequence[float]) -> float | None:
    return median(minutes) if minutes else None


def _first_replies(scope: Scope, data: _Data) -> list[float]:
    calendar = calendar_of(scope.portal.desk)
    return [
        calendar.working_between(one.created_at, one.first_replied_at) / timedelta(minutes=1)
        for one in data.requests
        if one.first_replied_at is not None and data.within(one.first_replied_at)
    ]


def _solutions(scope: Scope, data: _Data) -> list[float]:
    """From the round's beginning to its answer, without the time we waited for the requester."""
    calendar, found = calendar_of(scope.portal.desk), []
    for one in data.requests:
        if one.answered_at is None or not data.within(one.answered_at):
            continue
        facts = [fact for fact in data.facts[one.id] if fact.at <= one.answered_at]
        start = round_start(one, facts)
        pauses = [wait.pause for wait in waits(one, facts)]
        found.append(calendar.working_between(start, one.answered_at, pauses) / timedelta(minutes=1))
    return found


# --- /stats ---------------------------------------------------------------------------------------------------


def bounds(period: Period, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Today, this week since Monday, this month since the first, until now."""
    today = now.astimezone(zone).date()
    first = {
        Period.TODAY: today,
        Period.WEEK: today - timedelta(days=today.weekday()),
        Period.MONTH: today.replace(day=1),
    }[period]
    return datetime.combine(first, time(), zone), now + timedelta(microseconds=1)


async def stats_text(scope: Scope, period: Period) -> str:
    """`/stats` in words."""
    zone = scope.portal.desk.zone
    found = await figures(scope, *bounds(period, scope.now, zone), zone)
    return scope.text(
        "stats",
        period=scope.text(f"period-{period}"),
        zone=zone_label(scope, scope.now.astimezone(zone)),
        **_params(scope, found),
    )


def _params(scope: Scope, found: Figures) -> dict[str, object]:
    types = [
        scope.text("stats-type", name=scope.text(f"type-{kind}"), count=found.by_type[kind])
        for kind in RequestType
        if found.by_type.get(kind)
    ]
    none = scope.text("stats-none")
    rating = none
    if found.rating is not None:
        rating = scope.text("stats-rating", mean=f"{found.rating:.1f}", count=found.ratings)
    return {
        "first": found.first,
        "last": found.last,
        "opened": found.opened,
        "closed": found.closed,
        "open": found.open,
        "breached": found.breached,
        "types": Markup(", ".join(types) or none),
        "first_reply": _span(scope, found.first_reply),
        "solution": _span(scope, found.solution),
        "rating": rating,
    }


def _span(scope: Scope, minutes: float | None) -> str:
    if minutes is None:
        return scope.text("stats-none")
    return scope.text("stats-median", amount=duration(scope, round(minutes)))


# --- the managers' week ---------------------------------------------------------------------------------------


def last_week(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the Monday before the last one to the last Monday, local midnights."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return datetime.combine(monday - timedelta(days=7), time(), zone), datetime.combine(monday, time(), zone)


class Digests:
    """Orders the weekly digest: Monday at nine in the portal's zone, or as soon as the service is up again."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def tick(self, portal_id: int) -> bool:
        """Whether last week's digest was ordered now; each week's once. A portal's first week has none."""
        async with self._scopes.writing(portal_id) as scope:
            zone = ZoneInfo(scope.portal.timezone)
            start, monday = last_week(scope.now, zone)
            if scope.now < monday + timedelta(hours=DIGEST_HOUR):
                return False
            known = await cursors.get(scope.tx, portal_id, DIGEST)
            if known == monday.date().isoformat():
                return False
            await cursors.put(scope.tx, portal_id, DIGEST, monday.date().isoformat(), scope.now)
            if known is None and not await rows.page(scope.tx, portal_id, limit=1):
                return False
            for address, language in await self._readers(scope):
                payload = {"address": dump(address), "start": start.isoformat(), "end": monday.isoformat()}
                payload["language"] = language
                key = f"digest:{monday.date()}:{address}"
                await outgoing.put(scope, str(address), "digest.post", payload, once=key, keep=True)
        return True

    @staticmethod
    async def _readers(scope: Scope) -> list[tuple[Address, str]]:
        found = []
        for person in await people.with_role(scope.tx, scope.portal.id, Role.MANAGER):
            address = private_address(person, Channel.BITRIX24) or private_address(person, Channel.TELEGRAM)
            if address is not None:
                found.append((address, person.language))
        if chat := scope.portal.desk.telegram_managers_chat:
            found.append((Address(Channel.TELEGRAM, chat), scope.portal.language))
        return found


async def digest(scope: Scope, start: datetime, end: datetime) -> tuple[str, Week]:
    """The week in words and as a picture."""
    zone = ZoneInfo(scope.portal.timezone)
    start, end = start.astimezone(zone), end.astimezone(zone)
    data = await _gather(scope, start, end)
    found = await _count(scope, data, zone)
    days = tuple(found.first + timedelta(days=n) for n in range((found.last - found.first).days + 1))
    title = scope.text("picture-title", first=found.first, last=found.last)
    ends = [datetime.combine(day + timedelta(days=1), time(), zone) for day in days]
    week = Week(
        title=title,
        days=days,
        opened=_per_day([one.created_at for one in data.requests if data.within(one.created_at)], days, zone),
        closed=_per_day(data.closings(), days, zone),
        open=tuple(data.open_at(at) for at in ends),
        breached=_per_day(list(data.breached().values()), days, zone),
        by_type={scope.text(f"type-{kind}"): found.by_type.get(kind, 0) for kind in RequestType},
        words={
            name: scope.text(f"picture-{name}") for name in ("opened", "closed", "open", "breached", "types")
        },
    )
    return scope.text("digest", **_params(scope, found)), week


def _per_day(moments: Sequence[datetime], days: Sequence[date], zone: ZoneInfo) -> tuple[int, ...]:
    counts = Counter(at.astimezone(zone).date() for at in moments)
    return tuple(counts[day] for day in days)
