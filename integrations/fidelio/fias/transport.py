"""How the connection comes about: we call IFC8, or (inverted mode) IFC8 calls us. One connection at a time."""

import asyncio
import contextlib
from types import TracebackType
from typing import Protocol, Self

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Transport(Protocol):
    """Opens one connection after another."""

    async def open(self) -> Wire:
        """The next connection. OSError or TimeoutError when there is none."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Dialer:
    """The usual mode: IFC8 is the server."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._host, self._port, self._timeout_s = host, port, timeout_s

    async def open(self) -> Wire:
        async with asyncio.timeout(self._timeout_s):
            return await asyncio.open_connection(self._host, self._port)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class Listener:
    """The inverted mode. A new connection takes the place of the old one; strangers are shown the door."""

    def __init__(self, host: str, port: int, peer: str = "") -> None:
        self._host, self._port, self._peer = host, port, peer
        self._server: asyncio.Server | None = None
        self._waiting: Wire | None = None
        self._current: asyncio.StreamWriter | None = None
        self._came = asyncio.Event()
        self.refused = 0

    @property
    def port(self) -> int:
        """The port that is listened on (0 was asked for: the one that was given)."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def open(self) -> Wire:
        while self._waiting is None:
            self._came.clear()
            await self._came.wait()
        wire, self._waiting = self._waiting, None
        self._current = wire[1]
        return wire

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("peername")
        if self._peer and (not address or address[0] != self._peer):
            self.refused += 1
            writer.close()
            return
        for old in (self._waiting[1] if self._waiting else None, self._current):
            if old is not None:
                old.transport.abort()
        self._waiting = reader, writer
        self._came.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self._host, self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._waiting is not None:
            self._waiting[1].transport.abort()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()


async def hang_up(writer: asyncio.StreamWriter, timeout_s: float = 2.0) -> None:
    """Close a connection whatever state it is in."""
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(timeout_s):
            await writer.wait_closed()
