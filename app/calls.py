"""Hears of every HTTP request that leaves this process: path, status and time, and never a host's secret."""

from collections.abc import Callable
from time import monotonic
from types import SimpleNamespace

import aiohttp

from domain.spans import span

Heard = Callable[[str, int | None, float], None]
"""Called with the path, the status (None: no answer) and the seconds it took."""


class Calls:
    """Put :attr:`trace` into a session; ``heard`` are told of each request that has ended."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_start.append(self._begun)
        self.trace.on_request_end.append(self._answered)
        self.trace.on_request_exception.append(self._lost)

    async def _begun(
        self, _session: aiohttp.ClientSession, call: SimpleNamespace, params: aiohttp.TraceRequestStartParams
    ) -> None:
        call.began = monotonic()
        # The path may hold a webhook's code, the query a token: the host is all that is told.
        call.span = span("http client", host=params.url.host or "", verb=params.method)
        call.span.__enter__()

    async def _answered(
        self, _session: aiohttp.ClientSession, call: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        call.span.__exit__(None, None, None)
        self._tell(params.url.path, params.response.status, call)

    async def _lost(
        self,
        _session: aiohttp.ClientSession,
        call: SimpleNamespace,
        params: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        # Its text would carry the address: the span learns only what kind of failure it was.
        call.span.__exit__(None, None, None)
        self._tell(params.url.path, None, call)

    def _tell(self, path: str, status: int | None, call: SimpleNamespace) -> None:
        for heard in self.heard:
            heard(path, status, monotonic() - call.began)
