"""The syncs of a portal's hotels as pages: how each stands, its runs, what came of one, and what isn't in the CRM.

Who may look and act is decided by the same offices as in chat (`bot/sync_control.py`): grants that name hotels count for
those alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.chat import Markup
from domain.errors import Refused
from domain.people import Person, Role
from domain.portal import Hotel
from domain.sync_causes import PASSING, cause_of
from handlers.scope import Scope
from handlers.sync import failure_pages, failures, standing
from handlers.sync.cards import pending
from handlers.sync.freshness import freshness
from handlers.sync.history import KINDS
from handlers.sync.syncs import Syncs
from handlers.sync.words import cause_words, reason, took
from storage import people, run_items, runs, sync_states
from storage.run_items import RunItem
from storage.runs import Run

OPERATORS = frozenset({Role.MANAGER, Role.SUPPORT, Role.ADMIN})
PER_PAGE = 20
ITEMS_PER_PAGE = 50
ORDERED = frozenset({"sync", "full", "dry", "reconcile"})
"""What a button may order."""
ITEM_STATES = ("failed", "rejected", "unclear", "done", "sent", "superseded")
COUNTS = ("fetched", "created", "updated", "unchanged", "failed", "rejected")


@dataclass(frozen=True, slots=True)
class Cause:
    """Why records aren't in the CRM. ``passing``: the next run tries again, nobody has to do anything."""

    code: str
    words: Markup
    count: int
    passing: bool


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run in a list."""

    id: int
    at: datetime
    kind: Markup
    state: str
    state_words: Markup
    took: Markup
    counts: Mapping[str, int]
    who: str
    reason: Markup


@dataclass(frozen=True, slots=True)
class Standing:
    """How one hotel's sync stands now. ``schedule`` says when the clock orders next, or since when it waits and why."""

    hotel: Hotel
    fresh: Markup
    schedule: Markup
    paused: bool
    busy: bool
    running: Markup
    causes: Sequence[Cause]
    last: RunLine | None

    @property
    def unwritten(self) -> int:
        return sum(one.count for one in self.causes)


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One record of a run."""

    id: int
    entity: Markup
    key: str
    action: str
    state: str
    reason: Markup
    url: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run with a page of its records. ``next_after``: what the next page is asked with."""

    line: RunLine
    ended_at: datetime | None
    states: Mapping[str, int]
    state: str
    items: Sequence[ItemLine]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class FailureLine:
    """One record that isn't in the CRM. ``retried``: a retry is on its way."""

    id: int
    entity: Markup
    key: str
    name: str
    cause: str
    reason: Markup
    url: str
    retried: bool


@dataclass(frozen=True, slots=True)
class FailurePage:
    """A page of them, perhaps of one cause only."""

    causes: Sequence[Cause]
    cause: str
    total: int
    page: int
    pages: int
    lines: Sequence[FailureLine]
    all_retried: bool


def operates(person: Person, hotel: Hotel) -> bool:
    """Whether one of the person's offices holds in this hotel."""
    code = hotel.code.casefold()
    return any(
        grant.role in OPERATORS and (not grant.hotels or code in map(str.casefold, grant.hotels))
        for grant in person.grants
    )


class SyncDesk:
    """What the pages ask and order."""

    def __init__(self, syncs: Syncs) -> None:
        self._syncs = syncs

    async def overview(self, scope: Scope, hotels: Sequence[Hotel]) -> list[Standing]:
        """How each of the hotels stands."""
        return [await self.standing(scope, hotel) for hotel in hotels]

    async def standing(self, scope: Scope, hotel: Hotel) -> Standing:
        """How one stands."""
        waiting = await pending(scope, hotel)
        newest = await runs.last(scope.tx, hotel.id, 1)
        state = await sync_states.load(scope.tx, hotel.id)
        lines = await _lines(scope, newest)
        return Standing(
            hotel=hotel,
            fresh=Markup(await freshness(scope, hotel)),
            schedule=_schedule(scope, hotel, state, newest[0] if newest else None),
            paused=state.paused_at is not None,
            busy=bool(waiting),
            running=self._running(scope, hotel, dict(waiting[0].progress or {})) if waiting else Markup(""),
            causes=await _causes(scope, hotel),
            last=lines[0] if lines else None,
        )

    def _running(self, scope: Scope, hotel: Hotel, progress: Mapping[str, object]) -> Markup:
        phase = progress.get("phase")
        if not phase:
            return Markup(scope.text("sync-waits"))
        done, total = progress.get("done", 0), progress.get("total", 0)
        line = scope.text("sync-runs", phase=scope.text(f"sync-phase-{phase}"), done=done, total=total)
        ends = self._syncs.cards.ends(scope, hotel, progress)
        return Markup(f"{line} · {ends}" if ends else line)

    async def history(self, scope: Scope, hotel: Hotel, page: int) -> tuple[list[RunLine], bool]:
        """A page of runs, newest first, and whether there are older ones."""
        found = await runs.last(scope.tx, hotel.id, PER_PAGE + 1, offset=page * PER_PAGE)
        return await _lines(scope, found[:PER_PAGE]), len(found) > PER_PAGE

    async def run(self, scope: Scope, hotel: Hotel, run_id: int, state: str = "", after: int = 0) -> RunPage:
        """One run with its records; Refused when it isn't this hotel's."""
        run = await runs.get(scope.tx, scope.portal.id, run_id)
        if run is None or run.hotel_id != hotel.id:
            raise Refused("no-such-run")
        wanted = state if state in ITEM_STATES else None
        found = await run_items.items(
            scope.tx, run.id, state=wanted, after_id=after, limit=ITEMS_PER_PAGE + 1
        )
        shown = found[:ITEMS_PER_PAGE]
        (line,) = await _lines(scope, [run])
        return RunPage(
            line=line,
            ended_at=run.ended_at,
            states=await run_items.item_states(scope.tx, run.id),
            state=wanted or "",
            items=[_item(scope, one) for one in shown],
            next_after=shown[-1].id if len(found) > ITEMS_PER_PAGE else None,
        )

    async def failures(self, scope: Scope, hotel: Hotel, cause: str, page: int) -> FailurePage:
        """Records that aren't in the CRM, of one cause or of all."""
        known = await _causes(scope, hotel)
        cause = cause if any(one.code == cause for one in known) else ""
        total = sum(one.count for one in known if cause in {"", one.code})
        pages = max(-(-total // PER_PAGE), 1)
        page = min(max(page, 0), pages - 1)
        items = await failures.listed(
            scope, hotel, cause=cause or None, limit=PER_PAGE, offset=page * PER_PAGE
        )
        retried = await failures.retried(scope, hotel)
        found = await failure_pages.described(scope, hotel, items, None)
        lines = [
            FailureLine(
                id=one.item.id,
                entity=_entity(scope, one.item.entity),
                key=one.item.key,
                name=one.name,
                cause=one.cause,
                reason=Markup(one.reason),
                url=one.url,
                retried=retried is None or one.item.id in retried,
            )
            for one in found
        ]
        return FailurePage(known, cause, total, page, pages, lines, retried is None)

    # --- acting -----------------------------------------------------------------------------------------

    async def order(self, scope: Scope, hotel: Hotel, mode: str) -> int:
        """Order a run; Refused for an unknown one, and while one of the hotel's waits or runs."""
        if mode not in ORDERED:
            raise Refused("unknown-button")
        if await pending(scope, hotel):
            raise Refused("sync-busy", hotel=hotel.name)
        return await self._syncs.order(scope, hotel, mode)

    async def retry(
        self, scope: Scope, hotel: Hotel, *, item: int | None = None, cause: str | None = None
    ) -> int:
        """A retry of one record, of a cause, or of all that failed."""
        return await self._syncs.retry(
            scope, hotel, items=[item] if item is not None else None, cause=cause or None
        )

    @staticmethod
    async def pause(scope: Scope, hotel: Hotel) -> bool:
        """Stop the clock for a hotel; False when it stood already."""
        return await standing.pause(scope, hotel)

    @staticmethod
    async def resume(scope: Scope, hotel: Hotel) -> bool:
        """Let the clock order again; False when it did anyway."""
        return await standing.resume(scope, hotel)


async def _causes(scope: Scope, hotel: Hotel) -> list[Cause]:
    found = await failures.causes(scope, hotel)
    return [
        Cause(code, Markup(cause_words(scope, code)), count, code in PASSING) for code, count in found.items()
    ]


def _schedule(scope: Scope, hotel: Hotel, state: sync_states.SyncState, newest: Run | None) -> Markup:
    if state.paused_at is not None:
        at = f"{state.paused_at.astimezone(hotel.zone):%d.%m %H:%M}"
        if state.last_error == standing.BY_HAND:
            return Markup(scope.text("sync-is-held", at=at))
        words = Markup(cause_words(scope, cause_of(state.last_error)))
        return Markup(scope.text("sync-is-paused", at=at, count=state.failures, reason=words))
    every = scope.text("sync-every", minutes=hotel.every_minutes)
    if newest is None:
        return Markup(every)
    due = max(newest.started_at + timedelta(minutes=hotel.every_minutes), scope.now)
    return Markup(f"{every}, {scope.text('sync-next', at=f'{due.astimezone(hotel.zone):%H:%M}')}")


async def _lines(scope: Scope, found: Sequence[Run]) -> list[RunLine]:
    asked = [run.asked_by for run in found if run.asked_by]
    names = {one.id: one.name for one in (await people.load_many(scope.tx, scope.portal.id, asked)).values()}
    return [
        RunLine(
            id=run.id,
            at=run.started_at,
            kind=Markup(scope.text(f"sync-kind-of-{run.kind if run.kind in KINDS else 'sync'}")),
            state=run.state,
            state_words=Markup(scope.text(f"sync-state-{run.state}")),
            took=Markup(took(scope, run.seconds) if run.seconds is not None else ""),
            counts={name: int(run.counts.get(name, 0)) for name in COUNTS},
            who=names.get(run.asked_by or 0, ""),
            reason=Markup(reason(scope, run.error_code, run.error_reason or "") if run.error_code else ""),
        )
        for run in found
    ]


def _item(scope: Scope, item: RunItem) -> ItemLine:
    entity = {"profile": "contact", "stay": "deal"}.get(item.entity, item.entity)
    url = scope.portal.item_url(entity, item.crm_id) if item.crm_id else ""
    words = reason(scope, item.code, item.reason or "") if item.code else ""
    return ItemLine(
        item.id, _entity(scope, item.entity), item.key, item.action, item.state, Markup(words), url
    )


def _entity(scope: Scope, entity: str) -> Markup:
    """What sort of record it is, in words."""
    known = entity if entity in {"profile", "stay", "posting"} else "profile"
    return Markup(scope.text(f"sync-entity-{known}"))
