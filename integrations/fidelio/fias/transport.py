"""How the connection comes about: we call IFC8, or (inverted mode) IFC8 calls us. One connection at a time.

FIAS acknowledges nothing, so what TCP has handed over must not be lost with the connection: asyncio's streams forget
what they hold when the other end resets it, :class:`Wire` gives it out first.
"""

import asyncio
from types import TracebackType
from typing import Protocol, Self

HELD_BYTES = 256 * 1024
"""Beyond it nothing is taken from TCP until it has been read."""


class Wire(asyncio.Protocol):
    """One connection: what came is read out to the last byte, also after the end."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._held = bytearray()
        self._ended = False
        self._changed = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    # --- asyncio's side ----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > HELD_BYTES and self._transport is not None:
            self._transport.pause_reading()
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it ended
        self._ended = True
        self._changed.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # --- ours --------------------------------------------------------------------------------------------

    @property
    def peer(self) -> str:
        """The other end's address."""
        found = self._transport.get_extra_info("peername") if self._transport else None
        return str(found[0]) if found else ""

    async def read(self) -> bytes:
        """What has come since, waiting for some; empty when all is read and the connection is over."""
        while not self._held and not self._ended:
            self._changed.clear()
            await self._changed.wait()
        data = self.take_held()
        if not self._ended and self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()
        return data

    def take_held(self) -> bytes:
        """What has come and was not read; empty when there is nothing."""
        data = bytes(self._held)
        self._held.clear()
        return data

    async def write(self, data: bytes) -> None:
        """Send, and wait while the other end takes nothing. ConnectionResetError when there is none."""
        if self._ended or self._transport is None:
            raise ConnectionResetError("the connection is over")
        self._transport.write(data)
        await self._writable.wait()

    def abort(self) -> None:
        """End it now."""
        if self._transport is not None:
            self._transport.abort()

    async def hang_up(self, timeout_s: float = 2.0) -> None:
        """Send what is written, end it, and be sure that it is over."""
        if self._transport is None or self._ended:
            return
        self._transport.close()
        try:
            async with asyncio.timeout(timeout_s):
                while not self._ended:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self._transport.abort()


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
            _, wire = await asyncio.get_running_loop().create_connection(Wire, self._host, self._port)
        return wire

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
        self._current: Wire | None = None
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
        self._current, self._waiting = self._waiting, None
        return self._current

    def take(self, wire: Wire) -> None:
        """Somebody has connected."""
        if self._peer and wire.peer != self._peer:
            self.refused += 1
            wire.abort()
            return
        for old in (self._waiting, self._current):
            if old is not None:
                old.abort()
        self._waiting = wire
        self._came.set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Caller(self), self._host, self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._waiting is not None:
            await self._waiting.hang_up()
            self._waiting = None
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()


class _Caller(Wire):
    """A connection that somebody else opened."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._listener.take(self)
