"""Causes, differences and durations of a sync in words."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from domain.chat import Address, Channel, escape
from domain.item_privacy import HIDDEN, discreet, level_of
from domain.people import Privacy
from domain.plan import Step
from domain.portal import Hotel
from domain.ports import CrmLayout
from domain.privacy import sight
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
    "UF_CRM_CONCIERGE_FORECAST": "opportunity",
}
_AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?)(?: ([A-Z]{3}))?")


Stages = Mapping[str, str]
"""A stage's title by its id in the CRM, and by our code for it."""


def stage_titles(hotel: Hotel, layout: CrmLayout | None) -> Stages:
    """The stages of the hotel's pipeline as people call them."""
    titles = {stage.code: stage.title for stage in hotel.mapping.stages}
    ids = (
        {layout.stages[code]: title for code, title in titles.items() if code in layout.stages}
        if layout
        else {}
    )
    return {**titles, **ids}


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

    In Telegram they are, unless the portal allows more there. Without a place (a terminal, a request) the basics, unmasked.
    """
    if place is None:
        return Privacy.BASIC, False
    rules = scope.portal.privacy
    masked = place.channel is Channel.TELEGRAM and rules.telegram is Privacy.BASIC
    return sight(scope.actor, hotel.code, rules, place).level, masked


def difference(
    scope: Scope, hotel: Hotel, sample: Mapping[str, Any], level: Privacy, *, masked: bool, stages: Stages
) -> str:
    """One record: what it is, and field by field what stands and what would."""
    seen = discreet(sample, level, masked=masked)
    head = scope.text(
        "sync-sample",
        item=scope.text(f"sync-item-{seen['entity']}"),
        name=seen["name"] or "—",
        key=seen["key"],
    )
    if seen["step"] == Step.CREATE:
        head += f" · {scope.text('sync-new-one')}"
    pairs = sorted(_without_doubles(seen["changes"]).items(), key=lambda pair: _weight(pair[0]))
    lines = [_change(scope, hotel, seen["step"], name, pair, stages) for name, pair in pairs[:CHANGES_SHOWN]]
    if len(pairs) > CHANGES_SHOWN:
        lines.append(scope.text("sync-more-fields", count=len(pairs) - CHANGES_SHOWN))
    return "\n".join([head, *lines])


def _without_doubles(changes: Mapping[str, Any]) -> dict[str, Any]:
    """A field of the CRM that repeats one of ours needn't be told twice."""
    return {name: pair for name, pair in changes.items() if _REPEATS.get(name) not in changes}


def _weight(name: str) -> int:
    """What people look for first."""
    return _FIRST.index(name) if name in _FIRST else len(_FIRST) + (name == "title")


def _change(scope: Scope, hotel: Hotel, step: str, name: str, pair: Sequence[Any], stages: Stages) -> str:
    before, after = (_value(scope, name, one, stages) for one in pair)
    field = field_title(scope, hotel, name)
    if step == Step.CREATE:
        return scope.text("sync-change-new", field=field, after=after)
    if before == after == HIDDEN:
        return scope.text("sync-change-hidden", field=field)
    return scope.text("sync-change", field=field, before=before, after=after)


def field_title(scope: Scope, hotel: Hotel, name: str) -> str:
    """What people call a field: as the hotel's mapping names it, as the CRM does, else its own name made readable."""
    spec = next((spec for spec in hotel.mapping.specs if f"UF_CRM_{spec.name}" == name), None)
    if spec is not None and (title := spec.titles.get(scope.language)):
        return title
    if name in _STANDARD:
        return scope.text(f"crm-field-{name.lower()}")
    return name.removeprefix("UF_CRM_CONCIERGE_").removeprefix("UF_CRM_").replace("_", " ").capitalize()


def _value(scope: Scope, name: str, value: Any, stages: Stages) -> str:
    match value:
        case None | "" | []:
            return "—"
        case bool():
            return scope.text("yes" if value else "no")
        case list() | tuple():
            return ", ".join(_value(scope, name, one, stages) for one in value)
        case _:
            return _plain(name, str(value), stages)


def _plain(name: str, value: str, stages: Stages) -> str:
    if name == "stageId":
        return stages.get(value, value)
    if name in {"contactIds", "companyId"}:
        return f"№ {value}"
    value = value.replace("|", " ")  # the CRM's way to write an amount with its currency
    if (amount := _AMOUNT.fullmatch(value)) and level_of(name) is Privacy.MONEY:
        return f"{Decimal(amount[1]):,.2f} {amount[2] or ''}".replace(",", "\N{NO-BREAK SPACE}").strip()
    try:
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    except ValueError:
        return value if len(value) <= VALUE_CHARS else value[: VALUE_CHARS - 1] + "…"
