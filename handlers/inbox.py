"""Foreign events on their way in: stored before they are acknowledged, handled once, in order per sender."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import structlog
from pydantic import ValidationError

from domain.causes import Cause
from domain.chat import Address, IncomingMessage, Reply
from domain.errors import ConciergeError, Permanent, Refused, Temporary
from handlers import outgoing
from handlers.codec import dump, load
from handlers.following import work
from handlers.scope import ARRIVED, Scope, Scopes
from storage import inbox, leases
from storage.inbox import ClaimedLane, Intake, NewEvent, QueuedEvent

log = structlog.get_logger()

LANES_AT_ONCE = 16
LEASE_S = 60.0
TRIES = 4
UNREADABLE = "unreadable"
_BACKOFF_S = (1.0, 10.0, 60.0)


@dataclass(frozen=True, slots=True)
class Work:
    """One event in hand, with the lease under which it may be handled."""

    queued: QueuedEvent
    event: IncomingMessage
    lease: leases.Lease


Handle = Callable[[Work], Awaitable[None]]
"""Handles one event and marks it done in the transaction of all that follows from it."""


class Inbox:
    """The inbox loop's two halves: accept, and work."""

    def __init__(self, scopes: Scopes, intake: Intake, handle: Handle, owner: str) -> None:
        self._scopes = scopes
        self._intake = intake
        self._handle = handle
        self._owner = owner
        self.arrived = asyncio.Event()

    async def accept(self, portal_id: int, events: Sequence[IncomingMessage]) -> None:
        """Store events; when this returns they are durable and may be acknowledged."""
        rows = [
            NewEvent(
                source=event.channel.value,
                event_key=event.event_key,
                lane=f"{event.channel}:{event.sender.external_id}",
                kind=event.kind.value,
                body=dump(event),
            )
            for event in events
        ]
        await self._intake.accept(portal_id, rows, self._scopes.clock())
        self._arrived(portal_id)

    async def accept_unreadable(self, portal_id: int, source: str, raw: Sequence[dict[str, Any]]) -> None:
        """Keep events nobody could read, for an operator: nothing a messenger told is lost."""
        rows = [
            NewEvent(source, f"unreadable:{_digest(body)}", f"unreadable:{source}", UNREADABLE, body)
            for body in raw
        ]
        await self._intake.accept(portal_id, rows, self._scopes.clock())
        self._arrived(portal_id)

    def _arrived(self, portal_id: int) -> None:
        self.arrived.set()
        self._scopes.tell(ARRIVED, portal_id)

    async def work(self) -> int:
        """Handle what is due, lanes in parallel; returns how many events were handled."""
        now = self._scopes.clock()
        async with self._scopes.db.transaction() as tx:
            claimed = await inbox.claim_lanes(
                tx,
                self._scopes.turns.owner or self._owner,
                now=now,
                limit=LANES_AT_ONCE,
                lease_s=LEASE_S,
                within=self._scopes.turns.within,
            )
        return await self._together(claimed)

    async def _together(self, claimed: Sequence[ClaimedLane]) -> int:
        """Lanes in parallel; one whose portal passes on meanwhile is cut off, and its new owner goes on."""
        turns = self._scopes.turns
        tasks = [
            turns.begin(lane.portal_id, self._in_turn(lane), f"lane-{lane.portal_id}")
            for lane in claimed
            if turns.serves(lane.portal_id)
        ]
        try:
            if tasks:
                await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return sum(task.result() for task in tasks if not task.cancelled())

    async def idle_for(self, most_s: float) -> float:
        """How long until the next event is due, at most ``most_s``."""
        async with self._scopes.db.reading() as tx:
            due = await inbox.next_due(tx, self._scopes.turns.within)
        if due is None:
            return most_s
        return min(max((due - self._scopes.clock()).total_seconds(), 0.05), most_s)

    async def _in_turn(self, lane: ClaimedLane) -> int:
        try:
            return await self._lane(lane)
        except leases.StaleLease:
            log.warning("the portal has passed on: its events are not ours", portal=lane.portal_id)
            return 0

    async def _lane(self, lane: ClaimedLane) -> int:
        async with self._scopes.db.reading() as tx:
            events = await inbox.lane_events(tx, lane.portal_id, lane.lane, now=self._scopes.clock())
        handled = 0
        for queued in events:
            if not await self._one(queued, lane.lease):
                break
            handled += 1
        async with self._scopes.db.transaction() as tx:
            await leases.release(tx, lane.lease, now=self._scopes.clock())
        return handled

    async def _one(self, queued: QueuedEvent, lease: leases.Lease) -> bool:
        """Handle one event; False when its lane has to wait for it."""
        if queued.kind == UNREADABLE:
            async with self._scopes.writing(queued.portal_id) as scope:
                await inbox.bury(scope.tx, queued.id, UNREADABLE, scope.now)
            return True
        cause = Cause(f"e{queued.id}", queued.received_at)
        with work("event", cause, portal=queued.portal_id, event_id=queued.id):
            return await self._handled(queued, lease)

    async def _handled(self, queued: QueuedEvent, lease: leases.Lease) -> bool:
        try:
            await self._handle(Work(queued, load(IncomingMessage, queued.body), lease))
        except leases.StaleLease:
            return False
        except Temporary as failure:
            return await self._failed(queued, failure)
        except Exception as failure:  # the job edge: one bad event must not stop the others
            log.exception("event failed", kind=queued.kind)
            return await self._failed(queued, failure)
        return True

    async def _failed(self, queued: QueuedEvent, failure: Exception) -> bool:
        """Try again later, or give the event up and tell its sender; True when the lane may go on."""
        code = failure.code if isinstance(failure, ConciergeError) else type(failure).__name__
        final = isinstance(failure, Permanent | Refused) or queued.attempts + 1 >= TRIES
        async with self._scopes.writing(queued.portal_id) as scope:
            if not final:
                delay = timedelta(seconds=_BACKOFF_S[min(queued.attempts, len(_BACKOFF_S) - 1)])
                await inbox.postpone(scope.tx, queued.id, scope.now + delay, code)
                return False
            await inbox.bury(scope.tx, queued.id, code, scope.now)
            if queued.body.get("is_private"):
                await self._apologise(scope, queued)
        return True

    @staticmethod
    async def _apologise(scope: Scope, queued: QueuedEvent) -> None:
        """Tell the sender; the event itself may be what could not be read, its address as well."""
        with suppress(ValidationError):
            address = load(Address, queued.body.get("address"))
            await outgoing.post(scope, address, Reply(scope.text("error-internal")), urgent=True)


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
