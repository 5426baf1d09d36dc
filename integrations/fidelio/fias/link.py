"""The living connection: reads, answers, stores before it reads on, and comes back after every loss."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.doors import Told
from domain.ports import Deliver
from integrations.fidelio.fias.frames import frame
from integrations.fidelio.fias.intake import Intake, Notice, Taken
from integrations.fidelio.fias.options import Options
from integrations.fidelio.fias.patience import Patience
from integrations.fidelio.fias.session import LinkDead
from integrations.fidelio.fias.transport import Dialer, Listener, Transport, Wire

log = logging.getLogger(__name__)

DELIVER_PACK = 100
"""Tellings per transaction: a swap must not keep people's messages waiting."""


@dataclass(slots=True)
class LinkState:
    """How the link is. ``code``: connecting, ok, pms-unreachable, fias-silent, fias-displaced, stopped."""

    code: str = "connecting"
    detail: str = ""
    connections: int = 0
    next_try_s: float = 0.0


class Link:
    """One hotel's FIAS link."""

    def __init__(
        self,
        options: Options,
        intake: Intake,
        notice: Notice,
        *,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options, self.intake, self._notice = options, intake, notice
        self._patience = patience or Patience(options.timings)
        self._sleep, self._now = sleep, monotonic
        self.state = LinkState()
        self._pause: asyncio.Timeout | None = None
        self.transport: Transport = (
            Listener(options.host, options.port, options.peer)
            if options.listen
            else Dialer(options.host, options.port, options.timings.connect_s)
        )

    async def run(self, deliver: Deliver) -> None:
        """Until cancelled. What waits for its window is stored and LE said before the end.

        Raises OSError when the port to listen on can't be had.
        """
        try:
            async with self.transport:
                while True:
                    pause_s = await self._once(deliver)
                    self.state.next_try_s = pause_s
                    if pause_s > 0 and not self._options.listen:
                        await self._sleep(pause_s)
        finally:
            self.state.code = "stopped"

    async def _once(self, deliver: Deliver) -> float:
        """One connection from its opening to its end; seconds to wait before the next."""
        try:
            wire = await self.transport.open()
        except (OSError, TimeoutError) as fault:
            self._say("pms-unreachable", type(fault).__name__)
            return self._patience.failed()
        self.state.connections += 1
        try:
            return await self._talk(wire, deliver)
        finally:
            rest = self.intake.take(wire.take_held(), self._now()).told
            await self._deliver(deliver, [*rest, *self.intake.translator.flush()])
            await wire.hang_up()

    async def _talk(self, wire: Wire, deliver: Deliver) -> float:
        session = self.intake.connected(self._now())
        try:
            await self._converse(wire, deliver)
        except LinkDead as fault:
            self._say("fias-silent", str(fault))
            return self._patience.failed()
        except (OSError, TimeoutError) as fault:
            self._say("pms-unreachable", type(fault).__name__)
        except asyncio.CancelledError:
            await self._farewell(wire, deliver)
            raise
        if session.state == "over":
            self._say("pms-unreachable", "the PMS ended the link (LE)")
            return self._patience.ended()
        up_s = None if session.up_since is None else self._now() - session.up_since
        pause_s = self._patience.closed(up_s)
        if self._patience.displaced and not self._options.listen:
            if self._patience.displaced == 1:
                self._notice("fias-displaced", "another client takes the link")
            self._say("fias-displaced", f"{self._patience.displaced} times")
        else:
            self._say("pms-unreachable", "the link was closed")
        return pause_s

    async def _converse(self, wire: Wire, deliver: Deliver) -> None:
        """Until the other end closes or says LE. LinkDead, OSError, TimeoutError."""
        while True:
            data = await self._read(wire)
            if data == b"":
                return
            now = self._now()
            taken = self.intake.take(data, now) if data else Taken()
            await self._deliver(deliver, taken.told)
            rest = self.intake.tick(self._now())
            await self._deliver(deliver, rest.told)
            await self._send(wire, [*taken.replies, *rest.replies])
            self._note_up(now)
            if taken.over:
                return

    async def _read(self, wire: Wire) -> bytes | None:
        """What came; None when it is time for something else, empty at the end."""
        try:
            async with asyncio.timeout(max(0.0, self.intake.next_deadline() - self._now())) as self._pause:
                return await wire.read()
        except TimeoutError:
            return None
        finally:
            self._pause = None

    def wake(self) -> None:
        """Something is to be sent now: don't wait for the other end."""
        if self._pause is not None:
            self._pause.reschedule(asyncio.get_running_loop().time())

    def _note_up(self, now: float) -> None:
        since = self.intake.session.up_since
        if since is None:
            return
        self._patience.held(now - since)
        if self.state.code != "ok":
            log.info("FIAS: the link is up")
            self.state.code, self.state.detail = "ok", ""

    async def _deliver(self, deliver: Deliver, told: Sequence[Told]) -> None:
        """Stored when this returns: FIAS has no acknowledgement, what is read and not stored is lost.

        So a cancellation waits for it, if not for long.
        """
        if not told:
            return
        storing = asyncio.create_task(_in_packs(deliver, told))
        try:
            await asyncio.shield(storing)
        except asyncio.CancelledError:
            await asyncio.wait({storing}, timeout=self._options.timings.farewell_s)
            storing.cancel()
            await asyncio.gather(storing, return_exceptions=True)
            raise

    async def _farewell(self, wire: Wire, deliver: Deliver) -> None:
        """LE on the way out, and what the other end had sent before it heard; nobody waits for it long."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._options.timings.farewell_s):
                await self._send(wire, self.intake.session.farewell())
                while data := await wire.read():
                    await self._deliver(deliver, self.intake.take(data, self._now()).told)

    async def _send(self, wire: Wire, records: Sequence[str]) -> None:
        if not records:
            return
        encoding = self._options.encoding
        data = b"".join(frame(record.encode(encoding, "replace")) for record in records)
        async with asyncio.timeout(self._options.timings.answer_s):
            await wire.write(data)

    def _say(self, code: str, detail: str) -> None:
        if self.state.code != code:
            log.warning("FIAS: %s (%s)", code, detail)
        self.state.code, self.state.detail = code, detail


async def _in_packs(deliver: Deliver, told: Sequence[Told]) -> None:
    for start in range(0, len(told), DELIVER_PACK):
        await deliver(told[start : start + DELIVER_PACK])
