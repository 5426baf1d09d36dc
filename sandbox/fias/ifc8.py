"""IFC8's side of one vendor link: greets, hears the description, tells what was asked for, keeps what can't be told.

The specification leaves open: what a displaced client is told (here: nothing, its connection is closed), how many
records wait for a vendor who is away (a switch), and whether DR is heard in the night audit (here: dropped).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from typing import Any

from sandbox.fias.faults import FiasSwitches, LineFaults
from sandbox.fias.guests import Guests
from sandbox.fias.line import Line
from sandbox.fias.wire import Fields, Inbox, stamp
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelEvent

SWAP_PACK = 20
"""Rooms told before the desk's own events get their turn."""
HEARD = 500


class Ifc8:
    """One interface instance: at most one vendor at a time, a second connection displaces the first."""

    def __init__(self, hotel: Hotel, switches: FiasSwitches | None = None) -> None:
        self.hotel, self.switches, self.faults = hotel, switches or FiasSwitches(), LineFaults()
        self.guests = Guests(hotel, self.switches)
        self.asked: dict[str, frozenset[str]] = {}
        """What the vendor's last description wants: record → fields. Kept while he is away."""
        self.queue: deque[tuple[str, Fields]] = deque()
        self.overflown = 0
        self.heard: deque[tuple[str, Fields]] = deque(maxlen=HEARD)
        self.counts: Counter[str] = Counter()
        """Connections, displaced, swaps, ``sent_GI`` and so on, ``rude`` (sent to us in the middle of a swap)."""
        self.up = False
        self.audit = False
        self.swapping = False
        self.swap_pause_s = 0.0
        self._draft: dict[str, frozenset[str]] | None = None
        self._line: Line | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop_listening = hotel.listen(self._event)

    # --- connections -----------------------------------------------------------------------------------------

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen for the vendor; the port."""
        self._server = await asyncio.start_server(self._connected, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def call(self, host: str, port: int) -> None:
        """The inverted mode: connect to the vendor. OSError."""
        reader, writer = await asyncio.open_connection(host, port)
        self._spawn(self._connected(reader, writer))

    async def stop(self) -> None:
        """End the link with LE and listen no more."""
        self._stop_listening()
        self.hang_up(orderly=True)
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._server is not None:
            await self._server.wait_closed()

    def hang_up(self, *, orderly: bool = False) -> None:
        """Close the vendor's connection, with LE when it is done in order."""
        line, self._line = self._line, None
        self.up = self.swapping = False
        if line is None:
            return
        if orderly:
            line.send("LE", stamp(self.hotel.clock.now()))
        line.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._line is not None:
            self.counts["displaced"] += 1
            self.hang_up()
        line = self._line = Line(writer, self.switches, self.faults)
        self.counts["connections"] += 1
        inbox = Inbox()
        if self.switches.greets:
            self.greet()
        try:
            while data := await reader.read(4096):
                if self.faults.take("silence"):
                    continue
                for name, fields in inbox.feed(data, self.switches.encoding):
                    self._hear(name, fields)
        except OSError:
            pass
        finally:
            line.close()
            if self._line is line:
                self._line = None
                self.up = self.swapping = False

    def greet(self) -> None:
        """LS: the vendor is to describe the link, also in mid-session."""
        self.up = False
        self._say("LS", stamp(self.hotel.clock.now()))

    # --- what the vendor says --------------------------------------------------------------------------------

    def _hear(self, name: str, fields: Fields) -> None:
        self.heard.append((name, fields))
        self.counts[f"heard_{name}"] += 1
        if self.swapping:
            self.counts["rude"] += 1
        match name:
            case "LS":
                self._hear_start()
            case "LD":
                self._draft = {}
            case "LR" if self._draft is not None:
                told = dict(fields)
                codes = told.get("FL", "")
                pairs = {codes[i : i + 2] for i in range(0, len(codes), 2)}
                self._draft[told.get("RI", "")] = frozenset(pairs)
            case "LA" if self._draft is not None:
                self.asked, self._draft = self._draft, None
                self._say("LA", stamp(self.hotel.clock.now()))
                self._link_up()
            case "DR":
                self._hear_swap()
            case "LE":
                self.hang_up()

    def _hear_start(self) -> None:
        """A vendor's LS: LA when his description is known, else LS."""
        if self.asked:
            self._say("LA", stamp(self.hotel.clock.now()))
            self._link_up()
        else:
            self.greet()

    def _link_up(self) -> None:
        self.up = True
        while self.queue and self.up:
            self._tell(*self.queue.popleft())

    def _hear_swap(self) -> None:
        if not self.switches.swap_allowed or self.audit or self.swapping or not self.up:
            self.counts["swaps_declined"] += 1
            return
        self.swapping = True
        self.counts["swaps"] += 1
        self._spawn(self._swap())

    # --- what we say -----------------------------------------------------------------------------------------

    def _event(self, event: HotelEvent) -> None:
        """The desk did something."""
        self.audit = {"audit_start": True, "audit_end": False}.get(event.kind, self.audit)
        for name, fields in self.guests.event(event):
            if name != "RE" or self.switches.room_status:
                self._tell(name, fields)

    def _tell(self, name: str, fields: Fields) -> None:
        """Send what the vendor wants of it, or keep it until he is there."""
        if self.asked and name not in self.asked:
            return
        if not self.up or self._line is None or self._line.silent():
            self.queue.append((name, fields))
            while len(self.queue) > self.switches.queue_limit:
                self.queue.popleft()
                self.overflown += 1
            return
        if self.faults.take("drop"):
            self.hang_up()
            self.queue.append((name, fields))
            return
        wanted = self.asked.get(name, frozenset())
        self._say(name, [(code, value) for code, value in fields if code in wanted])

    def _say(self, name: str, fields: Fields) -> None:
        if self._line is not None:
            self.counts[f"sent_{name}"] += 1
            self._line.send(name, fields)

    async def _swap(self) -> None:
        """DS, every room as it is at its turn, DE; the desk's own events come in between."""
        line = self._line
        self._say("DS", stamp(self.hotel.clock.now()))
        for number, (name, fields) in enumerate(self.guests.swap()):
            if self._line is not line or line is None:
                return
            if self.faults.take("cut_swap"):
                self.hang_up()
                return
            wanted = self.asked.get(name, frozenset())
            self._say(name, [(code, value) for code, value in fields if code in wanted])
            if number % SWAP_PACK == SWAP_PACK - 1:
                await line.drain()
                await asyncio.sleep(self.swap_pause_s)
        self._say("DE", stamp(self.hotel.clock.now()))
        self.swapping = False

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def state(self) -> dict[str, Any]:
        """For people and tests."""
        return {
            "connected": self._line is not None,
            "up": self.up,
            "audit": self.audit,
            "swapping": self.swapping,
            "queued": len(self.queue),
            "overflown": self.overflown,
            "asked": {name: sorted(codes) for name, codes in self.asked.items()},
            "counts": dict(self.counts),
            "faults": self.faults.told(),
        }
