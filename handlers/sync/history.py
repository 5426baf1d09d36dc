"""Runs looked back on: a line each, a page at a time, and in the shape `concierge runs --json` prints."""

from collections.abc import Sequence
from typing import Any

from domain.chat import Button, Markup, Reply, escape
from domain.portal import Hotel
from handlers.scope import Scope
from handlers.sync.freshness import freshness
from handlers.sync.words import reason, took
from storage import people, runs
from storage.runs import Run

PER_PAGE = 8
KINDS = ("sync", "full", "dry", "apply", "retry", "reread", "reconcile", "repair")
SHOWN = ("fetched", "created", "updated", "failed")


async def page(scope: Scope, hotel: Hotel, number: int) -> Reply:
    """One page, newest first, with the ways to its neighbours."""
    found = await runs.last(scope.tx, hotel.id, PER_PAGE + 1, offset=number * PER_PAGE)
    lines = await told(scope, hotel, found[:PER_PAGE])
    text = scope.text(
        "sync-history", hotel=hotel.name, lines=Markup("\n".join(lines) or scope.text("sync-never"))
    )
    ways = []
    if number:
        ways.append(Button("◀", f"s:history:{hotel.id}:{number - 1}"))
    if len(found) > PER_PAGE:
        ways.append(Button("▶", f"s:history:{hotel.id}:{number + 1}"))
    return Reply(f"{text}\n{await freshness(scope, hotel)}", (tuple(ways),) if ways else ())


async def told(scope: Scope, hotel: Hotel, found: Sequence[Run]) -> list[str]:
    """Runs as lines."""
    asked = [run.asked_by for run in found if run.asked_by]
    names = {one.id: one.name for one in (await people.load_many(scope.tx, scope.portal.id, asked)).values()}
    return [_line(scope, hotel, run, names.get(run.asked_by or 0, "")) for run in found]


def _line(scope: Scope, hotel: Hotel, run: Run, who: str) -> str:
    counts = {name: run.counts.get(name, 0) for name in SHOWN}
    kind = run.kind if run.kind in KINDS else "sync"
    head = scope.text(
        "sync-line",
        run=run.id,
        at=f"{run.started_at.astimezone(hotel.zone):%d.%m %H:%M}",
        kind=scope.text(f"sync-kind-of-{kind}"),
        state=scope.text(f"sync-state-{run.state}"),
    )
    parts = [
        scope.text("sync-line-took", duration=took(scope, run.seconds)) if run.seconds is not None else "",
        scope.text("sync-line-counts", **counts) if run.counts else "",
        escape(who),
        reason(scope, run.error_code) if run.error_code else "",
    ]
    return " · ".join(filter(None, [head, *parts]))


def as_json(run: Run, who: str) -> dict[str, Any]:
    """One run for programs."""
    return {
        "run": run.id,
        "kind": run.kind,
        "state": run.state,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "seconds": round(run.seconds, 2) if run.seconds is not None else None,
        "asked_by": who,
        "counts": {name: int(count) for name, count in run.counts.items()},
        "error": run.error_code,
    }
