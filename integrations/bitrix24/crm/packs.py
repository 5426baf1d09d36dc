"""Sends rows in packs, several at once, each sized so that the portal stays far from its 60 seconds a request.

How long a row takes is learnt from the portal's own times: a first small pack goes alone, then packs aim at 15 s.
A row ends in a result, goes again (it was turned away), or was in a request that failed: then the rest stops.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from domain.errors import ConciergeError, Permanent, Temporary, Unclear
from domain.ports import CrmResult, CrmWrite
from integrations.bitrix24.crm.calls import CrmCalls, patience, turned_away
from integrations.bitrix24.crm.learnt import Learnt
from integrations.bitrix24.crm.rows import Row
from integrations.bitrix24.crm.ways import Imports, Part, Way, refusals
from integrations.bitrix24.operating import TARGET_PACK_S

FIRST_PACK = 20
USUAL_S = 0.3
"""A row's time where the portal tells none."""
AHEAD = 20
"""Answered packs that may wait for the caller."""
HALTED = "bitrix-halted"
AGAIN = frozenset({"bitrix-operating-limit", "bitrix-busy"})


@dataclass(slots=True)
class _Outcome:
    """One request's rows, sorted."""

    results: list[CrmResult] = field(default_factory=list)
    again: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)
    error: ConciergeError | None = None


class Sender:
    """``on_unclear`` hears the rows whose fate is open, at the moment when that is known."""

    def __init__(
        self, calls: CrmCalls, learnt: Learnt, on_unclear: Callable[[Iterable[CrmWrite]], None]
    ) -> None:
        self._limiter = calls.client.limiter
        self._on_unclear = on_unclear
        self._learnt = learnt
        self._some_fail = False

    async def run(
        self, way: Way, rows: Iterable[Row], refused: list[Row] | None = None
    ) -> AsyncGenerator[list[CrmResult], None]:
        """Results as they come; sending goes on while the caller stores them, a few packs ahead.

        Rows of an import that was refused as a whole are put into ``refused``. Raises what stopped a request after
        everything that was on its way has been answered.
        """
        told: asyncio.Queue[list[CrmResult]] = asyncio.Queue(AHEAD)
        pump = asyncio.create_task(self._pump(way, deque(rows), told, [] if refused is None else refused))
        try:
            while not (pump.done() and told.empty()):
                heard = asyncio.create_task(told.get())
                try:
                    await asyncio.wait({heard, pump}, return_when=asyncio.FIRST_COMPLETED)
                    if heard.done():
                        yield heard.result()
                finally:
                    heard.cancel()
            await pump
        finally:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)

    async def _pump(
        self, way: Way, queue: deque[Row], told: "asyncio.Queue[list[CrmResult]]", refused: list[Row]
    ) -> None:
        """Keep requests on their way until all rows are answered or something stops them."""
        pending = set[asyncio.Task[_Outcome]]()
        error: ConciergeError | None = None
        try:
            while pending or (queue and error is None):
                while queue and error is None and len(pending) < self._window(way):
                    packs = self._cut(way, queue, alone=not pending)
                    if not packs:
                        break  # what is on its way may use up the method's time
                    pending.add(self._start(way, packs))
                finished, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for outcome in [task.result() for task in finished]:
                    queue.extendleft(reversed(outcome.again))
                    error = error or outcome.error
                    refused += outcome.refused
                    if outcome.results:
                        await told.put(outcome.results)
            if error is not None:
                raise error
        finally:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    def _window(self, way: Way) -> int:
        """Requests at once: one until the method's pace is known and while it rests, else the limiter's window."""
        if way.method not in self._learnt.row_s or self._limiter.operating.pack_size(way.method) == 1:
            return 1
        return max(1, self._limiter.window)

    def _cut(self, way: Way, queue: deque[Row], *, alone: bool) -> list[list[Row]]:
        pace = self._learnt.row_s.get(way.method)
        most = FIRST_PACK if pace is None else max(1, int(TARGET_PACK_S / pace))
        commands = self._limiter.operating.pack_size(way.method)
        return way.cut(queue, max(1, commands) if alone else commands, most)

    def _start(self, way: Way, packs: Sequence[Sequence[Row]]) -> "asyncio.Task[_Outcome]":
        meter = self._limiter.operating
        meter.plan(way.method, len(packs))
        task = asyncio.create_task(self._send(way, packs))
        task.add_done_callback(lambda _: meter.plan(way.method, -len(packs)))
        return task

    async def _send(self, way: Way, packs: Sequence[Sequence[Row]]) -> _Outcome:
        rows = [row for pack in packs for row in pack]
        try:
            parts = await way.send(packs, halt=self._halts(way))
        except asyncio.CancelledError:
            self._on_unclear(row.write for row in rows)
            raise
        except ConciergeError as error:
            outcome = self._failed(rows, error)
        else:
            self._learn(way, parts)
            outcome = self._read(way, parts)
        self._on_unclear(one.write for one in outcome.results if one.state == "unclear")
        return outcome

    @staticmethod
    def _failed(rows: Sequence[Row], error: ConciergeError) -> _Outcome:
        """The whole request failed: its fate is open, or it was turned away, or nothing works at all."""
        # a repeatable request comes back as "unavailable" when its answers were lost again and again
        if isinstance(error, Unclear) or error.code == "bitrix-unavailable":
            return _Outcome([row.unclear(error) for row in rows])
        if isinstance(error, Temporary) and error.code in AGAIN:
            return _again(rows, error)
        return _Outcome(error=error)

    def _halts(self, way: Way) -> bool:
        """End a request at its first refusal while a limit of method time may lie ahead that nobody told.

        Without it every request on its way would have all its commands refused. Not where single rows fail: each
        would cost a request.
        """
        return not (self._some_fail or self._limiter.operating.learnt(way.method))

    def _read(self, way: Way, parts: Sequence[Part]) -> _Outcome:
        outcome = _Outcome()
        for part in parts:
            error = part.outcome.error
            if error is None:
                outcome.results += way.read(part)
            elif turned_away(part.outcome):
                turned = _again(part.rows, error)
                outcome.again += turned.again
                outcome.error = outcome.error or turned.error
            elif isinstance(way, Imports) and isinstance(error, Permanent):
                self._some_fail = True
                outcome.refused += part.rows
            else:
                self._some_fail = True
                outcome.results += refusals(part, error)
        return outcome

    def _learn(self, way: Way, parts: Sequence[Part]) -> None:
        """A row's server time, smoothed."""
        told = [
            (part.outcome.answer.timing.duration_s, len(part.rows))
            for part in parts
            if part.outcome.answer is not None and part.outcome.answer.timing.duration_s is not None
        ]
        if not told and way.method in self._learnt.row_s:
            return
        seconds = sum(duration or 0.0 for duration, _ in told)
        fresh = max(seconds / sum(count for _, count in told), 1e-6) if told else USUAL_S
        old = self._learnt.row_s.get(way.method, fresh)
        self._learnt.row_s[way.method] = old + 0.3 * (fresh - old)


def _again(rows: Sequence[Row], error: ConciergeError) -> _Outcome:
    """Turned away, surely not executed: once more, but not for ever."""
    if error.code == HALTED:
        return _Outcome(again=list(rows))
    for row in rows:
        row.tries += 1
    if any(row.tries > patience(error) for row in rows):
        return _Outcome(error=error)
    return _Outcome(again=list(rows))
