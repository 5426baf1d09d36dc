"""What a reconciliation came to: kept with the order, printed by ``--json``, shown as a card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from domain.reconcile import REPAIRED, Difference, Findings
from handlers.sync.job import Job
from handlers.sync.report import Report

KEPT = 1000
"""Differences kept and printed; the others are only counted."""


@dataclass(frozen=True, slots=True)
class Reconciled(Report):
    """A report with both sides. A mere look is ``dry``: it wrote nothing, and no desk hears of it as of a run."""

    both: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        return {**Report.stored(self), "reconcile": dict(self.both)}


def for_json(result: Mapping[str, Any]) -> dict[str, Any]:
    """A stored result in the shape of ``concierge reconcile --json`` (docs/json/reconcile.schema.json)."""
    names = ("run", "hotel", "seconds", "crm_calls", "fresh_at", "error", "detail")
    both = result.get("reconcile") or _both(Findings(), None, lambda _entity, _crm_id: "")
    return {**{name: result.get(name) for name in names}, **both}


def reconciled(job: Job, found: Findings, fresh_at: datetime) -> Reconciled:
    """The report of a job that has looked at both sides."""
    return Reconciled(
        job.run_id,
        job.hotel.code,
        job.counts,
        monotonic() - job.started,
        dry=job.mode == "reconcile",
        fresh_at=fresh_at,
        problems=dict(job.problems),
        asked=job.asked,
        both=_both(found, job.left, job.crm.item_url),
    )


def _both(found: Findings, left: Findings | None, url: Callable[[str, int], str]) -> dict[str, Any]:
    now = left if left is not None else found
    return {
        "repaired": left is not None,
        "found": dict(found.kinds),
        "kinds": dict(now.kinds),
        "asked": now.asked,
        "repairable": sum(one.kind in REPAIRED for one in now.differences),
        "entities": {
            entity: now.entities[entity].as_json() for entity in ("company", "contact", "deal")
            if entity in now.entities
        },
        "days_checked": len(now.days),
        "days": [
            {"arrival": day.isoformat() if day else None, **sides.as_json()}
            for day, sides in now.differing_days.items()
        ],
        "differences": [_with_urls(one, url) for one in now.differences[:KEPT]],
    }  # fmt: skip


def _with_urls(one: Difference, url: Callable[[str, int], str]) -> dict[str, Any]:
    return {**one.as_json(), "urls": [url(one.entity, crm_id) for crm_id in one.crm_ids]}
