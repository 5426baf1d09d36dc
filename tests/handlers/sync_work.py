"""A hotel whose runs end as a test wants: journalled as the engine does, without PMS and CRM."""

from datetime import UTC, datetime

from domain.guests import Profile, ProfileKind
from domain.ports import CrmResult, CrmWrite
from domain.stays import RowProblem, Stay, StayState
from handlers.sync.report import Counts, Report
from storage import run_items, runs, staging

WRONG = "CRM_FIELD_ERROR_VALUE_NOT_VALID"


def guest(key, last="Иванов", first="Иван", **more):
    return Profile(key, ProfileKind.INDIVIDUAL, last_name=last, first_name=first, **more)


def stay(key, arrival, departure, *, name="Иванов Иван", state=StayState.CONFIRMED, **more):
    return Stay(key, state, arrival, departure, guest_name=name, **more)


class Work:
    """Runs of one hotel in a lab."""

    def __init__(self, lab, hotel=None):
        self.lab = lab
        self.hotel = hotel or lab.portal.hotels[0]

    async def stage(self, profiles=(), stays=()):
        async with self.lab.scopes.writing(self.lab.portal.id) as scope:
            await staging.upsert(
                scope.tx, self.lab.portal.id, self.hotel, profiles, stays, run_id=1, now=scope.now
            )

    async def journal(self, failed=(), done=(), rejected=(), *, code=WRONG, kind="sync", diff=None):
        """A run that came to its end: (entity, key) of what failed, was written, couldn't be read."""
        self.lab.clock.push(minutes=1)
        portal_id, hotel_id = self.lab.portal.id, self.hotel.id
        async with self.lab.scopes.writing(portal_id) as scope:
            run_id = await runs.start(scope.tx, portal_id, hotel_id, kind, scope.now)
            for state, records in (("failed", failed), ("done", done)):
                for entity, key in records:
                    step = [(key, "update", diff)]
                    await run_items.plan_items(scope.tx, portal_id, hotel_id, run_id, entity, step, scope.now)
                    write = CrmWrite("deal", key, "concierge:GRAND", {})
                    result = CrmResult(write, state, 77, code if state == "failed" else "", "нельзя")
                    await run_items.settle_items(scope.tx, run_id, entity, [result], scope.now)
            problems = [RowProblem(entity, key, "row-bad-date", "ArrivalDate") for entity, key in rejected]
            await run_items.add_rejected(scope.tx, portal_id, hotel_id, run_id, problems)
            await runs.finish(scope.tx, run_id, state="done", counts={}, seconds=1.0, now=scope.now)
        return run_id

    async def ends(self, report=None, error=None, **counts):
        """Let the clock order a run that ends so; everything that follows is delivered."""
        if error is not None:

            async def execute(_order, _lease):
                raise error

        else:

            async def execute(_order, _lease):
                return report or Report(1, self.hotel.code, Counts(**counts), 1.0)

        self.lab.syncs.execute = execute
        await self.lab.syncs.order_scheduled(self.lab.portal.id, self.hotel, "sync")
        worked = await self.lab.syncs.work()
        await self.lab.settle()
        return worked


def failing(run_id, count, code=WRONG, fetched=100):
    """The report of a run so many of whose records failed."""
    counts = Counts(fetched=fetched, failed=count, unchanged=fetched - count)
    fresh = datetime(2026, 11, 20, 6, 42, tzinfo=UTC)
    return Report(run_id, "GRAND", counts, 1.0, problems={code: count}, fresh_at=fresh)
