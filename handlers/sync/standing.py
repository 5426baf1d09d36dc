"""How a hotel's schedule stands after each run: what is news to the managers, when the clock has to wait for them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.portal import Hotel
from domain.sync_causes import PASSING
from handlers.scope import Scope
from handlers.sync import failures
from handlers.sync.report import Report
from storage import sync_states
from storage.sync_states import SyncState

NO_RUN = frozenset({"interrupted", "stale-lease", "licence-ended"})
"""Ends that say nothing about the hotel or the portal."""
BY_HAND = "paused-by-hand"
"""Why the clock stands when a person stopped it: then no clean run starts it again, only a person."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run changed. ``causes``: cause → records that aren't in the CRM now."""

    news: bool
    paused: bool
    resumed: bool
    recovered: bool
    failures: int
    causes: Mapping[str, int]


async def after(scope: Scope, hotel: Hotel, report: Report) -> Verdict:
    """Take a run in that was no rehearsal: count failures in a row, pause or resume the clock."""
    before = await sync_states.load(scope.tx, hotel.id)
    causes = await failures.causes(scope, hotel)
    if report.error in NO_RUN:
        return Verdict(True, False, False, False, before.failures, causes)
    held = before.last_error == BY_HAND
    state = _failed(scope, hotel, before, report.error) if report.error else _clean(before, causes)
    if held:
        state = replace(state, paused_at=before.paused_at, last_error=BY_HAND)
    await sync_states.save(scope.tx, scope.portal.id, hotel.id, state, scope.now)
    return Verdict(
        news=_is_news(hotel, before, report, causes),
        paused=state.paused_at is not None and before.paused_at is None,
        resumed=before.paused_at is not None and state.paused_at is None,
        recovered=before.last_error is not None and not held and not report.error,
        failures=state.failures,
        causes=causes,
    )


def _failed(scope: Scope, hotel: Hotel, before: SyncState, error: str) -> SyncState:
    count = before.failures + 1
    too_many = bool(hotel.pause_after) and count >= hotel.pause_after
    paused_at = before.paused_at or (scope.now if too_many else None)
    return replace(before, failures=count, last_error=error, paused_at=paused_at)


def _clean(before: SyncState, causes: Mapping[str, int]) -> SyncState:
    return replace(before, failures=0, last_error=None, paused_at=None, told=dict(causes))


def _is_news(hotel: Hotel, before: SyncState, report: Report, causes: Mapping[str, int]) -> bool:
    """A failure of another kind than the last one, or more failed records of some cause than were told."""
    if report.error:
        return report.error != before.last_error
    if not causes:
        return bool(report.counts.failed or report.counts.rejected)
    grown = {cause for cause, count in causes.items() if count > before.told.get(cause, 0)}
    bad = report.counts.failed + report.counts.rejected
    alarming = is_alarming(hotel, bad, report.counts.fetched)
    return bool(grown - PASSING) or bool(grown and (alarming or not before.told))


def is_alarming(hotel: Hotel, bad: int, fetched: int) -> bool:
    """Whether so large a part failed that managers must know."""
    return bad > 0 and bad > hotel.warn_share * max(fetched, 1)


async def is_paused(scope: Scope, hotel: Hotel) -> bool:
    """Whether the clock waits for «Возобновить»."""
    return (await sync_states.load(scope.tx, hotel.id)).paused_at is not None


async def pause(scope: Scope, hotel: Hotel) -> bool:
    """Stop the clock until somebody lets it go on; False when it stood already."""
    state = await sync_states.load(scope.tx, hotel.id)
    if state.paused_at is not None:
        return False
    held = replace(state, paused_at=scope.now, last_error=BY_HAND)
    await sync_states.save(scope.tx, scope.portal.id, hotel.id, held, scope.now)
    return True


async def resume(scope: Scope, hotel: Hotel) -> bool:
    """Let the clock order again; False when it did anyway."""
    state = await sync_states.load(scope.tx, hotel.id)
    if state.paused_at is None:
        return False
    fresh = replace(state, paused_at=None, failures=0, last_error=None)
    await sync_states.save(scope.tx, scope.portal.id, hotel.id, fresh, scope.now)
    return True
