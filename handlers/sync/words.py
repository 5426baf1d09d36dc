"""Causes, differences and durations of a sync in words."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from domain.chat import Address, Channel, escape
from domain.item_privacy import HIDDEN, discreet
from domain.mapping import FIELDS, STAGES
from domain.people import Privacy
from domain.plan import Step
from domain.portal import Hotel
from domain.privacy import PrivacyRules, sight
from domain.sync_causes import OTHER, cause_of
from handlers.scope import Scope

CHANGES_SHOWN = 6
VALUE_CHARS = 60
_STANDARD = frozenset(
    {
        "name", "lastName", "secondName", "title", "stageId", "opportunity", "currencyId", "begindate", "closedate",
        "birthdate", "contactIds", "companyId", "phones", "emails", "assignedById", "comments", "honorific",
    }
)  # fmt: skip
"""Fields of the CRM itself that have a text ``crm-field-…``."""
_FIRST = (
    "stageId", "UF_CRM_CONCIERGE_ROOM", "UF_CRM_CONCIERGE_ARRIVAL", "UF_CRM_CONCIERGE_DEPARTURE", "opportunity",
    "lastName", "name", "phones", "emails",
)  # fmt: skip
_REPEATS = {
    "begindate": "UF_CRM_CONCIERGE_ARRIVAL",
    "closedate": "UF_CRM_CONCIERGE_DEPARTURE",
    "title": "UF_CRM_CONCIERGE_DEPARTURE",
}
_TITLES = {f"UF_CRM_{spec.name}": spec.titles for spec in FIELDS}


def reason(scope: Scope, code: str, detail: str = "") -> str:
    """A code in plain words, with the detail where it says more; an unknown code as it is."""
    cause = cause_of(code)
    if cause == OTHER:
        return scope.text("reason-other", detail=detail or code)
    words = scope.text(f"reason-{cause}")
    return f"{words} ({escape(detail)})" if detail else words


def cause_words(scope: Scope, cause: str) -> str:
    """What a cause means; ``other`` has no words of its own."""
    return scope.text("cause-other") if cause == OTHER else scope.text(f"reason-{cause}")


def took(scope: Scope, seconds: float) -> str:
    """«1 мин 14 с»."""
    minutes, rest = divmod(round(seconds), 60)
    parts = [scope.text("minutes", n=minutes)] if minutes else []
    return " ".join([*parts, scope.text("seconds", n=rest)])


def level_at(scope: Scope, hotel: Hotel, place: Address | None) -> tuple[Privacy, bool]:
    """What may be shown of guests to the actor at a place, and whether names are masked there too.

    Without a place (a terminal, a request of the desk) the basics, unmasked.
    """
    if place is None:
        return Privacy.BASIC, False
    rules = PrivacyRules()
    return sight(scope.actor, hotel.code, rules, place).level, place.channel is Channel.TELEGRAM


def difference(
    scope: Scope, sample: Mapping[str, Any], level: Privacy, *, masked: bool, stages: Mapping[str, str]
) -> str:
    """One record: what it is, and field by field what stands and what would. ``stages``: stage id → code."""
    seen = discreet(sample, level, masked=masked)
    head = scope.text(
        "sync-sample",
        item=scope.text(f"sync-item-{seen['entity']}"),
        name=seen["name"] or "—",
        key=seen["key"],
        step=scope.text(f"sync-step-{seen['step']}"),
    )
    pairs = sorted(_without_doubles(seen["changes"]).items(), key=lambda pair: _weight(pair[0]))
    lines = [_change(scope, seen["step"], name, pair, stages) for name, pair in pairs[:CHANGES_SHOWN]]
    if len(pairs) > CHANGES_SHOWN:
        lines.append(scope.text("sync-more-fields", count=len(pairs) - CHANGES_SHOWN))
    return "\n".join([head, *lines])


def _without_doubles(changes: Mapping[str, Any]) -> dict[str, Any]:
    """A field of the CRM that repeats one of ours needn't be told twice."""
    return {name: pair for name, pair in changes.items() if _REPEATS.get(name) not in changes}


def _weight(name: str) -> int:
    """What people look for first."""
    return _FIRST.index(name) if name in _FIRST else len(_FIRST) + (name == "title")


def _change(scope: Scope, step: str, name: str, pair: Sequence[Any], stages: Mapping[str, str]) -> str:
    before, after = (_value(scope, name, one, stages) for one in pair)
    field = field_title(scope, name)
    if step == Step.CREATE:
        return scope.text("sync-change-new", field=field, after=after)
    if before == after == HIDDEN:
        return scope.text("sync-change-hidden", field=field)
    return scope.text("sync-change", field=field, before=before, after=after)


def field_title(scope: Scope, name: str) -> str:
    """What people call a field."""
    if titles := _TITLES.get(name):
        return titles.get(scope.language) or name
    if name in _STANDARD:
        return scope.text(f"crm-field-{name.lower()}")
    return name.removeprefix("UF_CRM_CONCIERGE_").removeprefix("UF_CRM_").replace("_", " ").capitalize()


def _value(scope: Scope, name: str, value: Any, stages: Mapping[str, str]) -> str:
    match value:
        case None | "" | []:
            return "—"
        case bool():
            return scope.text("yes" if value else "no")
        case list() | tuple():
            return ", ".join(_value(scope, name, one, stages) for one in value)
        case _:
            return _plain(name, str(value), stages)


def _plain(name: str, value: str, stages: Mapping[str, str]) -> str:
    if name == "stageId":
        code = stages.get(value, value)
        return next((stage.title for stage in STAGES if stage.code == code), value)
    if name in {"contactIds", "companyId"}:
        return f"№ {value}"
    value = value.replace("|", " ")  # the CRM's way to write an amount with its currency
    try:
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    except ValueError:
        return value if len(value) <= VALUE_CHARS else value[: VALUE_CHARS - 1] + "…"
