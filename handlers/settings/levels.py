"""Service levels and escalation on a page: a table of terms by type and priority, and whom to call when."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from domain.escalation import (
    DEFAULT_RULES,
    WARN_SHARE,
    EscalationError,
    Occasion,
    Recipient,
    Rule,
    recipients,
)
from domain.requests import Priority, RequestType
from domain.service_levels import DEFAULT_LEVELS, LevelsError, parse_duration
from handlers.desk import escalation
from handlers.scope import Scope

TERMS = ("first_reply", "solution")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Term:
    """One cell. ``value``: what the portal has set, as typed; ``default``: what holds where it has set nothing."""

    name: str
    type: RequestType
    priority: Priority
    term: str
    value: str
    default: str
    fault: str = ""


def written(span: timedelta, language: str) -> str:
    """A term as it is typed: «4 ч», «30 мин», «27 ч»."""
    minutes = int(span / _MINUTE)
    hours, rest = divmod(minutes, 60)
    units = ("ч", "мин") if language == "ru" else ("h", "m")
    parts = [f"{hours} {units[0]}"] if hours else []
    return " ".join([*parts, f"{rest} {units[1]}"] if rest or not hours else parts)


def field_name(kind: RequestType, priority: Priority, term: str) -> str:
    """How a cell is called in the form."""
    return f"level-{kind}-{priority}-{term}"


def terms(
    stored: Mapping[str, Any],
    language: str,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> dict[RequestType, dict[Priority, list[Term]]]:
    """The table, filled with what is set, or with what was typed."""
    return {
        kind: {
            priority: [_term(stored, language, kind, priority, term, typed, faults or {}) for term in TERMS]
            for priority in reversed(Priority)
        }
        for kind in RequestType
    }


def _term(
    stored: Mapping[str, Any],
    language: str,
    kind: RequestType,
    priority: Priority,
    term: str,
    typed: Mapping[str, str] | None,
    faults: Mapping[str, str],
) -> Term:
    name = field_name(kind, priority, term)
    held = stored.get(kind, {}).get(priority, {}).get(term, "")
    value = str(held) if typed is None else typed.get(name, "")
    usual = getattr(DEFAULT_LEVELS[kind][priority], term)
    return Term(name, kind, priority, term, value, written(usual, language), faults.get(name, ""))


def levels_from(typed: Mapping[str, str], full_day: timedelta) -> tuple[dict[str, Any], dict[str, str]]:
    """The setting of a typed table (empty cells left out), and what is wrong by cell (a key of our texts each)."""
    table: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for kind in RequestType:
        for priority in Priority:
            held = {}
            level = DEFAULT_LEVELS[kind][priority]
            for term in TERMS:
                name = field_name(kind, priority, term)
                text = " ".join(typed.get(name, "").split())
                if not text:
                    continue
                try:
                    level = replace(level, **{term: parse_duration(text, full_day)})
                    held[term] = text
                except LevelsError:
                    faults[name] = "level-unreadable"
            if level.first_reply > level.solution and not faults.keys() & {
                field_name(kind, priority, t) for t in TERMS
            }:
                faults[field_name(kind, priority, "solution")] = "level-backwards"
            if held:
                table.setdefault(kind.value, {})[priority.value] = held
    return table, faults


# --- escalation ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """One rule as a row. ``when``: «30 мин», «75%», «−1 ч»; ``to``: names of :class:`Recipient`; ``users``: portal ids."""

    when: str = ""
    to: Sequence[str] = ()
    users: str = ""
    fault: str = ""

    @property
    def empty(self) -> bool:
        return not (self.when.strip() or self.to or self.users.strip())


_SHARE = re.compile(r"(\d{1,2})\s*%")


def calls_of(rules: Sequence[Rule], language: str) -> dict[Occasion, list[Call]]:
    """The rules as rows, by occasion."""
    return {
        occasion: [_call(rule, language) for rule in rules if rule.occasion is occasion]
        for occasion in Occasion
    }


def _call(rule: Rule, language: str) -> Call:
    if rule.occasion is not Occasion.DUE_SOON:
        when = written(rule.after, language) if rule.after else "0"
    else:
        when = f"{rule.share}%" if rule.before is None else written(rule.before, language)
    known = set(Recipient)
    return Call(
        when, [one for one in rule.to if one in known], " ".join(one for one in rule.to if one not in known)
    )


def rules_from(
    occasion: Occasion, calls: Sequence[Call], full_day: timedelta
) -> tuple[list[Rule], list[Call]]:
    """The rules of typed rows, and the rows again with what is wrong in each; empty rows are left out."""
    rules, judged = [], []
    for call in calls:
        if call.empty:
            continue
        try:
            rules.append(_rule(occasion, call, full_day))
            judged.append(call)
        except (EscalationError, LevelsError) as error:
            key = "call-nobody" if isinstance(error, EscalationError) else "call-when"
            judged.append(replace(call, fault=key))
    return rules, judged


def _rule(occasion: Occasion, call: Call, full_day: timedelta) -> Rule:
    to = recipients([*call.to, *call.users.replace(",", " ").split()])
    text = call.when.strip().lstrip("−-").strip()
    if occasion is Occasion.DUE_SOON:
        if share := _SHARE.fullmatch(text):
            if not 1 <= int(share[1]) <= 99:
                raise LevelsError(text)
            return Rule(occasion, to, share=int(share[1]))
        if not text:
            return Rule(occasion, to, share=WARN_SHARE)
        return Rule(occasion, to, before=parse_duration(text, full_day))
    if text.rstrip("mhdмчдин ") in {"", "0"}:
        return Rule(occasion, to)
    return Rule(occasion, to, parse_duration(text, full_day))


async def save_rules(scope: Scope, wanted: Mapping[Occasion, Sequence[Rule]]) -> list[Occasion]:
    """Keep the rules where chat keeps them, too; the occasions that changed. Refused("escalation-fixed")."""
    present = await escalation.rules_of(scope)
    changed = []
    for occasion, rules in wanted.items():
        before = [rule for rule in present.rules if rule.occasion is occasion]
        if before != list(rules):
            await escalation.set_rules(scope, occasion, rules)
            changed.append(occasion)
    return changed


def is_default(rules: Sequence[Rule]) -> bool:
    """Whether these are the rules that hold where nothing was set."""
    return sorted(rules, key=str) == sorted(DEFAULT_RULES, key=str)
