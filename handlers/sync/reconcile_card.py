"""A reconciliation as people see it: where both sides agree, what differs, and the button that puts it right."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from domain.chat import Button, Markup, Reply, escape
from domain.portal import Hotel
from domain.reconcile import Kind
from handlers.scope import Scope
from handlers.sync.freshness import said
from handlers.sync.words import field_title, took
from storage.work_orders import Order

DAYS_SHOWN = 7
DIFFERENCES_SHOWN = 10
FIELDS_SHOWN = 3
SORTS = ("deal", "contact", "company")


def card(scope: Scope, order: Order, hotel: Hotel) -> Reply:
    """The report of a look or a repair that has come to its end."""
    result = order.result or {}
    both = result["reconcile"]
    fresh = result.get("fresh_at")
    facts: dict[str, object] = {
        "hotel": hotel.name,
        "duration": took(scope, result["seconds"]),
        "fresh": Markup(said(scope, hotel, datetime.fromisoformat(fresh) if fresh else None)),
        "sides": Markup("\n".join(_sides(scope, both["entities"]))),
        "days": both["days_checked"],
    }
    count = sum(both["kinds"].values())
    if both["asked"]:
        facts["fresh"] = Markup(f"{scope.text('sync-asked', count=both['asked'])}\n{facts['fresh']}")
    if not count:
        if both["repaired"] and both["found"]:
            kinds = Markup("\n".join(_kinds(scope, both["found"])))
            return Reply(scope.text("reconcile-repaired", **facts, kinds=kinds))
        return Reply(scope.text("reconcile-same", **facts))
    head = "reconcile-repaired-partly" if both["repaired"] else "reconcile-differs"
    lines = [
        scope.text(head, hotel=facts["hotel"], sides=facts["sides"], count=count),
        *_kinds(scope, both["kinds"]),
        *_days(scope, both["days"]),
        *_list(scope, hotel, both["differences"], count),
    ]
    if both["kinds"].get(Kind.EXTRA):
        lines += ["", scope.text("reconcile-extra-stays")]
    lines += ["", str(facts["fresh"])]
    return Reply("\n".join(lines), _button(scope, hotel, both))


def _button(scope: Scope, hotel: Hotel, both: Mapping[str, Any]) -> tuple[tuple[Button, ...], ...]:
    count = both["repairable"]
    if not count:
        return ()
    return ((Button(scope.text("button-repair", count=count), f"s:repair:{hotel.id}", "primary"),),)


def _sides(scope: Scope, entities: Mapping[str, Any]) -> list[str]:
    return [
        scope.text("reconcile-sides", sort=scope.text(f"reconcile-{entity}"), pms=one["pms"], crm=one["crm"])
        for entity in SORTS
        if (one := entities.get(entity))
    ]


def _kinds(scope: Scope, kinds: Mapping[str, int]) -> list[str]:
    return [
        scope.text("reconcile-kind", kind=scope.text(f"reconcile-kind-{kind}"), count=kinds[kind])
        for kind in Kind
        if kinds.get(kind)
    ]


def _days(scope: Scope, days: Sequence[Mapping[str, Any]]) -> list[str]:
    """Arrival dates whose numbers or contents differ; the same numbers can hold other things."""
    if not days:
        return []
    lines = ["", scope.text("reconcile-days")]
    for one in days[:DAYS_SHOWN]:
        day = f"{date.fromisoformat(one['arrival']):%d.%m.%Y}" if one["arrival"] else None
        said_day = day or scope.text("reconcile-no-day")
        lines.append(scope.text("reconcile-day", day=said_day, pms=one["pms"], crm=one["crm"]))
    if more := len(days) - DAYS_SHOWN:
        lines += [scope.text("reconcile-more-days", count=more)] if more > 0 else []
    return lines


def _list(scope: Scope, hotel: Hotel, differences: Sequence[Mapping[str, Any]], count: int) -> list[str]:
    lines = ["", scope.text("reconcile-list")]
    lines += [_line(scope, hotel, one) for one in differences[:DIFFERENCES_SHOWN]]
    if (more := count - DIFFERENCES_SHOWN) > 0:
        lines.append(scope.text("reconcile-more", count=more, code=hotel.code))
    return lines


def _line(scope: Scope, hotel: Hotel, one: Mapping[str, Any]) -> str:
    names = [field_title(scope, hotel, name) for name in one["fields"][:FIELDS_SHOWN]]
    links = " ".join(f'<a href="{escape(url)}">{n}</a>' for n, url in enumerate(one["urls"], 1))
    return scope.text(
        "reconcile-line",
        kind=scope.text(f"reconcile-kind-{one['kind']}"),
        sort=scope.text(f"reconcile-item-{one['entity']}"),
        key=one["key"],
        fields=len(names),
        names=", ".join(names),
        linked=bool(links),
        links=Markup(links),
    )
