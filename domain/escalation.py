"""Escalation: which requests call for whom, as rules a hotel can read and change itself.

A rule says on which occasion, from which threshold on, who is told. The thread is always warned; the rules add people.
Durations are support time, so that nobody is woken for a deadline that stands over the weekend.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.business_time import Calendar
from domain.request_clocks import Clock, due_at, is_running, told
from domain.requests import Request, Status
from domain.service_levels import LevelsError, parse_duration

WARN_SHARE = 75
"""Percent of a clock that is used up when the thread is warned."""


class Occasion(StrEnum):
    """What has happened, or rather hasn't."""

    NOT_TAKEN = "not_taken"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


class Recipient(StrEnum):
    """Whom a rule can name beside a user's id. ``responsible`` is all of support until somebody takes the request."""

    THREAD = "thread"
    RESPONSIBLE = "responsible"
    SUPPORT = "support"
    MANAGER = "manager"
    ADMIN = "admin"
    MANAGERS_CHAT = "managers_chat"


class EscalationError(ValueError):
    """A rule can't be read; the message names the key and what is possible."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``after``: how long not taken, or how long overdue. Due soon: ``before`` the deadline, or ``share`` percent used.

    ``to``: recipients by name, or portal user ids as digits.
    """

    occasion: Occasion
    to: tuple[str, ...]
    after: timedelta = timedelta()
    before: timedelta | None = None
    share: int = WARN_SHARE

    @property
    def threshold(self) -> str:
        """The rule's identity within its occasion."""
        if self.occasion is not Occasion.DUE_SOON:
            return f"{self.after // timedelta(minutes=1)}m"
        return f"{self.share}%" if self.before is None else f"-{self.before // timedelta(minutes=1)}m"


Rules = tuple[Rule, ...]

WARNINGS: Rules = (
    Rule(Occasion.DUE_SOON, (Recipient.THREAD.value,)),
    Rule(Occasion.OVERDUE, (Recipient.THREAD.value,)),
)
"""What every portal's threads are told, whatever its rules."""

DEFAULT_RULES: Rules = (
    Rule(Occasion.NOT_TAKEN, (Recipient.SUPPORT.value,), timedelta(minutes=30)),
    Rule(Occasion.DUE_SOON, (Recipient.RESPONSIBLE.value,)),
    Rule(Occasion.OVERDUE, (Recipient.RESPONSIBLE.value, Recipient.MANAGER.value)),
)


# --- reading and writing --------------------------------------------------------------------------------------


def parse_rules(table: Mapping[str, Any], full_day: timedelta = timedelta(hours=9)) -> Rules:
    """Read `[support.escalation]`: {"not_taken": [{"after": "30m", "to": ["support"]}], …}.

    An occasion that isn't named keeps its default, one with an empty list is off. Raises EscalationError.
    """
    for name in table:
        if name not in set(Occasion):
            raise EscalationError(f"support.escalation: {name!r} is unknown; one of {', '.join(Occasion)}")
    found: list[Rule] = []
    for occasion in Occasion:
        if occasion not in table:
            found += [rule for rule in DEFAULT_RULES if rule.occasion is occasion]
            continue
        entries = table[occasion] if isinstance(table[occasion], list) else [table[occasion]]
        found += [_parse(occasion, entry, full_day) for entry in entries]
    return tuple(found)


_FIELDS = {
    Occasion.NOT_TAKEN: {"after", "to"},
    Occasion.DUE_SOON: {"before", "share", "to"},
    Occasion.OVERDUE: {"after", "to"},
}


def _parse(occasion: Occasion, entry: Any, full_day: timedelta) -> Rule:
    key = f"support.escalation.{occasion}"
    if not isinstance(entry, Mapping):
        raise EscalationError(f'{key}: a table is wanted, as {{ to = ["support"] }}')
    if unknown := set(entry) - _FIELDS[occasion]:
        raise EscalationError(f"{key}: {min(unknown)!r} is unknown; {', '.join(sorted(_FIELDS[occasion]))}")
    wanted = entry.get("to", ())
    names = [wanted] if isinstance(wanted, str | int) else list(wanted)
    share = entry.get("share", WARN_SHARE)
    if isinstance(share, bool) or not isinstance(share, int) or not 1 <= share <= 99:
        raise EscalationError(f"{key}.share: {share!r} is no percentage between 1 and 99")
    return Rule(
        occasion,
        recipients(names, f"{key}.to"),
        _span(entry.get("after"), f"{key}.after", full_day) or timedelta(),
        _span(entry.get("before"), f"{key}.before", full_day),
        share,
    )


def _span(text: Any, key: str, full_day: timedelta) -> timedelta | None:
    if text is None:
        return None
    if str(text).strip().rstrip("mhdмчдин ") == "0":
        return timedelta()
    try:
        return parse_duration(str(text), full_day)
    except LevelsError as error:
        raise EscalationError(f"{key}: {error}") from error


def recipients(names: Iterable[Any], key: str = "to") -> tuple[str, ...]:
    """Known recipients in order, each once; EscalationError on another word or on nobody."""
    found = dict.fromkeys(str(name).strip() for name in names)
    for name in found:
        if name not in set(Recipient) and not (name.isascii() and name.isdigit()):
            raise EscalationError(f"{key}: {name!r} is nobody; {', '.join(Recipient)} or a user's id")
    if not found:
        raise EscalationError(f"{key}: nobody is named")
    return tuple(found)


def as_table(rules: Iterable[Rule]) -> dict[str, list[dict[str, Any]]]:
    """The rules in the form parse_rules reads; every occasion is named, also one without rules."""
    table: dict[str, list[dict[str, Any]]] = {occasion.value: [] for occasion in Occasion}
    for rule in rules:
        entry: dict[str, Any] = {"to": list(rule.to)}
        if rule.occasion is not Occasion.DUE_SOON:
            entry["after"] = f"{rule.after // timedelta(minutes=1)}m"
        elif rule.before is None:
            entry["share"] = rule.share
        else:
            entry["before"] = f"{rule.before // timedelta(minutes=1)}m"
        table[rule.occasion].append(entry)
    return table


# --- what calls for somebody now ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to tell about one request. ``clock`` is None where nobody has taken it; ``key`` makes it once."""

    occasion: Occasion
    clock: Clock | None
    to: tuple[str, ...]
    key: str


def alarms(
    calendar: Calendar, request: Request, rules: Sequence[Rule], now: datetime
) -> tuple[list[Alarm], list[str]]:
    """What is to be told now and wasn't yet, and the keys that are settled by it.

    After an outage a deadline that has passed meanwhile is told as overdue; "due soon" is then overtaken.
    """
    known, found, settled = told(request), [], []
    for clock, rule in _candidates(request, (*WARNINGS, *rules)):
        key = ":".join(
            (
                rule.occasion,
                str(clock or "-"),
                str(request.round),
                request.type,
                request.priority,
                rule.threshold,
            )
        )
        if key in known or not _reached(calendar, request, clock, rule, now):
            continue
        settled.append(key)
        if not _overtaken(request, clock, rule, now):
            found.append(Alarm(rule.occasion, clock, rule.to, key))
    return _joined(found), settled


def _candidates(request: Request, rules: Sequence[Rule]) -> Iterable[tuple[Clock | None, Rule]]:
    for rule in rules:
        if rule.occasion is Occasion.NOT_TAKEN:
            if request.status is Status.REGISTERED:
                yield None, rule
            continue
        for clock in Clock:
            if is_running(request, clock) and due_at(request, clock) is not None:
                yield clock, rule


def _reached(calendar: Calendar, request: Request, clock: Clock | None, rule: Rule, now: datetime) -> bool:
    if clock is None:
        return calendar.working_between(request.created_at, now) >= rule.after
    due = due_at(request, clock)
    assert due is not None
    if rule.occasion is Occasion.OVERDUE:
        # Measured in support time, but never before the deadline itself has passed.
        return now >= due and calendar.working_between(due, now) >= rule.after
    left = calendar.working_between(now, due)
    if rule.before is not None:
        return left <= rule.before
    allowed = timedelta(minutes=request.due.derivation.get(clock.value, {}).get("minutes", 0))
    return left <= allowed * (100 - rule.share) / 100


def _overtaken(request: Request, clock: Clock | None, rule: Rule, now: datetime) -> bool:
    due = due_at(request, clock) if clock else None
    return rule.occasion is Occasion.DUE_SOON and due is not None and now >= due


def _joined(found: Sequence[Alarm]) -> list[Alarm]:
    """Rules with the same threshold are one alarm to all they name."""
    by_key: dict[str, Alarm] = {}
    for alarm in found:
        before = by_key.get(alarm.key)
        to = tuple(dict.fromkeys((*before.to, *alarm.to))) if before else alarm.to
        by_key[alarm.key] = Alarm(alarm.occasion, alarm.clock, to, alarm.key)
    return list(by_key.values())
