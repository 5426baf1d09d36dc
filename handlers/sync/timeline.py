"""What happened to a reservation, as lines in its deal's timeline: moves, dates, states, forwards and backwards.

A line is journalled in the transaction that confirms the change it tells of, and marked before it is sent. After a
crash only those marked are looked for in the CRM before they are written again: no line is lost, none doubled.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import structlog

from domain.errors import ConciergeError
from domain.plan import FACTS, Planned
from domain.stay_events import StayEvent, events
from handlers.scope import Scope, Scopes
from handlers.sync.job import Job
from storage import leases, restores, timeline
from storage.differences import Staged
from storage.timeline import Line, NewLine

log = structlog.get_logger()

AT_ONCE = 500
ENTITY = "deal"


class Timeline:
    """Sends what was journalled."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def send(self, job: Job) -> None:
        """Write what waits; a portal that doesn't take it now gets it with a later run."""
        if job.dry:
            return
        try:
            while await self._some(job):
                pass
        except ConciergeError as fault:
            log.warning("timeline lines wait", hotel=job.hotel.code, code=fault.code)

    async def _some(self, job: Job) -> bool:
        """A pack of lines; False when nothing more can be done now."""
        async with self._scopes.reading(job.portal.id) as scope:
            lines = await timeline.waiting(scope.tx, job.hotel.id, AT_ONCE)
            settled = scope.now - timedelta(seconds=job.crm.settle_s)
        doubtful = [one for one in lines if one.sent_at is not None and one.sent_at <= settled]
        if doubtful:
            stands = await job.crm.noted(ENTITY, [(one.crm_id, one.text) for one in doubtful])
            found = [one.id for one, there in zip(doubtful, stands, strict=True) if there]
            lost = [one.id for one, there in zip(doubtful, stands, strict=True) if not there]
            await self._settle(job, done=found, unsent=lost)
        fresh = [one for one in lines if one.sent_at is None]
        if fresh:
            await self._write(job, fresh)
        return bool(fresh or doubtful)

    async def _write(self, job: Job, lines: Sequence[Line]) -> None:
        async with self._scopes.writing(job.portal.id) as scope:
            await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
            await timeline.sending(scope.tx, [one.id for one in lines], scope.now)
        outcomes = await job.crm.notes(ENTITY, [(one.crm_id, one.text) for one in lines])
        told = list(zip(lines, outcomes, strict=True))
        await self._settle(
            job,
            done=[one.id for one, outcome in told if outcome],
            refused=[one.id for one, outcome in told if outcome is False],
        )

    async def _settle(
        self, job: Job, *, done: Sequence[int] = (), unsent: Sequence[int] = (), refused: Sequence[int] = ()
    ) -> None:
        async with self._scopes.writing(job.portal.id) as scope:
            await timeline.done(scope.tx, done, scope.now)
            await timeline.done(scope.tx, refused, scope.now, refused=True)
            await timeline.unsent(scope.tx, unsent)


async def journal(scope: Scope, job: Job, confirmed: Sequence[tuple[Staged, Planned, int | None]]) -> None:
    """Note what these confirmed changes are to say in their timelines."""
    lines = []
    for row, planned, crm_id in confirmed:
        after = planned.fields.get(FACTS)
        if crm_id is None or planned.facts_before is None or not isinstance(after, dict):
            continue
        if found := events(planned.facts_before, after):
            text = _text(scope, job, row, found)
            lines.append(NewLine(planned.write.entity, planned.write.key, crm_id, text))
    if lines:
        doubt = await restores.doubtful_since(scope.tx, scope.portal.id, scope.now)
        await timeline.add(scope.tx, scope.portal.id, job.hotel.id, lines, scope.now, sent_at=doubt)


def _text(scope: Scope, job: Job, row: Staged, found: Sequence[StayEvent]) -> str:
    """What happened, and when: by the business date, which the night audit moves, beside the hotel's clock."""
    told = scope.speaking(scope.portal.language)
    at = f"{(row.record.updated_at or scope.now).astimezone(job.hotel.zone):%d.%m.%Y %H:%M}"
    day = job.business_date
    when = (
        told.text("timeline-when", day=f"{day:%d.%m.%Y}", at=at)
        if day
        else told.text("timeline-when-local", at=at)
    )
    return "\n".join([*(_line(told, one) for one in found), when])


def _line(scope: Scope, event: StayEvent) -> str:
    before, after = event.before, event.after
    if event.kind in {"state", "reinstated", "checkin-undone", "checkout-undone"}:
        before, after = (scope.text(f"stay-{one.replace('_', '-')}") for one in (before, after))
    elif event.kind == "dates":
        before, after = (_days(one) for one in (before, after))
    elif event.kind.startswith("room") and event.kind != "room-type":
        before, after = (f"№ {one}" if one else "" for one in (before, after))
    return scope.text(f"timeline-{event.kind}", before=before, after=after)


def _days(pair: str) -> str:
    first, _, last = pair.partition("/")
    return f"{date.fromisoformat(first):%d.%m.%Y}–{date.fromisoformat(last):%d.%m.%Y}"
