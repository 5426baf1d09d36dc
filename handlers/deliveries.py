"""The delivery loop: takes what is due from the outbox, hands it to the outside, records what became of it."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from domain.causes import Cause
from domain.errors import Permanent, Refused, Temporary
from handlers import webhooks
from handlers.following import work
from handlers.scope import Scopes
from storage import outbox
from storage.leases import StaleLease
from storage.outbox import Delivery
from storage.webhooks import KIND as WEBHOOK

log = structlog.get_logger()

Deliver = Callable[[Delivery], Awaitable[dict[str, Any] | None]]
"""Delivers one row; what it returns is kept in the row. Raises Refused, Temporary or Permanent."""

AT_ONCE, OF_ONE_PORTAL = 48, 24
"""Deliveries under way, in all and of one portal."""
LEASE_S = 180.0
FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 300.0
GIVE_UP_AFTER = timedelta(days=3)


def delay_after(attempts: int, wish_s: float | None = None) -> float:
    """How long to wait before the next try: doubling with jitter, but never less than the other side wishes."""
    backoff: float = min(FIRST_DELAY_S * 2.0 ** min(attempts - 1, 30), LONGEST_DELAY_S)
    return max(backoff * random.uniform(0.8, 1.2), wish_s or 0.0)  # noqa: S311 - jitter, no secret


class Deliveries:
    """Delivers the outbox. ``kinds`` maps a row's kind to what delivers it."""

    def __init__(self, scopes: Scopes, kinds: Mapping[str, Deliver]) -> None:
        self._scopes = scopes
        self._kinds = kinds
        self._busy: set[asyncio.Task[None]] = set()
        self._of: Counter[int] = Counter()
        self.added = asyncio.Event()
        self.delivered: list[Callable[[Delivery], None]] = []
        """Called with each delivery that has arrived."""

    async def work(self) -> int:
        """Start what is due, destinations in parallel; returns how many deliveries were started.

        A slow destination doesn't hold the others up: a delivery goes on while the loop looks for more.
        """
        room = AT_ONCE - len(self._busy)
        if room <= 0:
            await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
            return 1
        turns = self._scopes.turns
        async with self._scopes.db.transaction() as tx:
            due = await outbox.claim(
                tx,
                now=self._scopes.clock(),
                limit=min(room, OF_ONE_PORTAL),
                lease_s=LEASE_S,
                within=turns.within_but(self._full()),
            )
        for delivery in due:
            if turns.serves(delivery.portal_id):  # else its new owner has it by now
                self._start(delivery)
        return len(due)

    def _full(self) -> list[int]:
        """Portals with so much under way that the others' turn comes first."""
        return [portal_id for portal_id, busy in self._of.items() if busy >= OF_ONE_PORTAL]

    def _start(self, delivery: Delivery) -> None:
        name = f"delivery-{delivery.id}"
        task = self._scopes.turns.begin(delivery.portal_id, self._one(delivery), name)
        self._busy.add(task)
        self._of[delivery.portal_id] += 1
        task.add_done_callback(partial(self._finished, delivery.portal_id))

    def _finished(self, portal_id: int, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._of[portal_id] -= 1
        if not self._of[portal_id]:
            del self._of[portal_id]
        self.added.set()  # the destination's next row may be due now

    async def drain(self) -> None:
        """Wait until what was started has ended."""
        while self._busy:
            await asyncio.wait(self._busy)

    async def idle_for(self, most_s: float) -> float:
        """How long until a row is due, at most ``most_s``."""
        async with self._scopes.db.reading() as tx:
            due = await outbox.next_due(tx, self._scopes.turns.within)
        if due is None or self._busy:
            return most_s
        return min(max((due - self._scopes.clock()).total_seconds(), 0.05), most_s)

    async def _one(self, delivery: Delivery) -> None:
        cause = Cause(delivery.cause, delivery.caused_at) if delivery.cause else None
        with work("delivery", cause, portal=delivery.portal_id, delivery=delivery.id, kind=delivery.kind):
            try:
                await self._delivered(delivery)
            except StaleLease:
                log.warning("the portal has passed on: what became of a delivery is not ours to say")

    async def _delivered(self, delivery: Delivery) -> None:
        try:
            result = await self._kinds[delivery.kind](delivery)
        except Temporary as failure:
            await self._again(delivery, failure)
        except (Refused, Permanent) as failure:
            await self._bury(delivery, failure.code, str(failure))
        except Exception as failure:  # the delivery loop's edge: one bad row must not stop the others
            log.exception("delivery failed")
            await self._bury(delivery, "internal", type(failure).__name__)
        else:
            async with self._scopes.db.transaction() as tx:
                await outbox.done(tx, delivery, self._scopes.clock(), result)
            for tell in self.delivered:
                tell(delivery)

    async def _again(self, delivery: Delivery, failure: Temporary) -> None:
        now = self._scopes.clock()
        if now - delivery.created_at > GIVE_UP_AFTER:
            await self._bury(delivery, failure.code, str(failure))
            return
        delay = delay_after(delivery.attempts, failure.retry_after_s)
        log.info("delivery waits", code=failure.code, delay_s=round(delay, 1))
        async with self._scopes.db.transaction() as tx:
            await outbox.postpone(
                tx, delivery, now=now, delay_s=delay, code=failure.code, reason=str(failure)
            )

    async def _bury(self, delivery: Delivery, code: str, reason: str) -> None:
        log.warning("delivery given up", code=code)
        async with self._scopes.writing(delivery.portal_id) as scope:
            buried = await outbox.bury(scope.tx, delivery, now=scope.now, code=code, reason=reason)
            if buried and delivery.kind != WEBHOOK:  # a dead webhook is told of by its endpoint's own message
                await webhooks.announce(
                    scope, "delivery.dead", delivery=delivery.id, kind=delivery.kind, code=code
                )
