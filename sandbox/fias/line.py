"""One TCP connection as a line that may be bad: frames are split, glued, doubled, drowned in noise, or not sent."""

from __future__ import annotations

import asyncio
import contextlib

from sandbox.fias.faults import FiasSwitches, LineFaults
from sandbox.fias.wire import Fields, framed, record

_NOISE = b"\x00\xff~garbage|GI|\x06\r\n"


class Line:
    """Writes records; never waits, TCP's buffer does."""

    def __init__(self, writer: asyncio.StreamWriter, switches: FiasSwitches, faults: LineFaults) -> None:
        self._writer, self._switches, self._faults = writer, switches, faults
        self._glued = b""

    def silent(self) -> bool:
        """Whether everything is swallowed just now."""
        return any(rule.kind == "silence" and rule.times for rule in self._faults.rules)

    def send(self, name: str, fields: Fields) -> None:
        """A record, with whatever faults are due."""
        if self.silent() or self._writer.is_closing():
            return
        data = framed(record(name, fields), self._switches.encoding)
        take = self._faults.take
        if take("duplicate"):
            data += data
        if take("garbage"):
            data = _NOISE + data
        if take("oversize"):
            data = framed("GI|GN" + "X" * 100_000 + "|", "ascii") + data
        if take("glue"):
            self._glued += data
            asyncio.get_running_loop().call_later(0.05, self._unglue)
            return
        data, self._glued = self._glued + data, b""
        if take("split"):
            for byte in data:
                self._writer.write(bytes([byte]))
            return
        self._writer.write(data)

    def _unglue(self) -> None:
        data, self._glued = self._glued, b""
        if data and not self._writer.is_closing():
            self._writer.write(data)

    async def drain(self) -> None:
        with contextlib.suppress(OSError):
            await self._writer.drain()

    def close(self) -> None:
        self._writer.close()
