"""The CRM's own way to the client: always in the bulk lane, counted, and patient with commands that were turned away.

A batch answers for each of its commands. One that hit the limit of method time was not executed: it goes again
after the rest that the limiter keeps, while its neighbours' results stand.
"""

from collections.abc import Sequence
from typing import Any

from domain.errors import ConciergeError, Temporary, Unclear
from domain.ports import Lane
from integrations.bitrix24.batching import Command, CommandResult
from integrations.bitrix24.client import BATCH_MAX, BitrixClient
from integrations.bitrix24.decoder import Answer
from integrations.bitrix24.errors import Replay

_TRIES = 6
_TRIES_AT_REST = 100
"""A method that used up its time is asked every ten seconds where the portal doesn't tell when it may go on, and
that may take ten minutes."""


class CrmCalls:
    """Calls of one portal's CRM. ``count``: requests asked for; one that the client repeats counts once."""

    def __init__(self, client: BitrixClient) -> None:
        self.client = client
        self.count = 0

    async def ask(self, method: str, params: dict[str, Any], *, replay: Replay = Replay.UNSAFE) -> Answer:
        """One call, with its timing."""
        self.count += 1
        return await self.client.ask(method, params, lane=Lane.BULK, replay=replay)

    async def batch(self, commands: Sequence[Command], *, halt: bool = False) -> list[CommandResult]:
        """At most 50 commands in one request, as :meth:`BitrixClient.batch`."""
        self.count += 1
        return await self.client.batch(commands, lane=Lane.BULK, halt=halt)

    async def all(self, commands: Sequence[Command]) -> list[CommandResult]:
        """Any number of commands, in their order; those turned away go again. Errors stand in the results."""
        results: list[CommandResult] = []
        for start in range(0, len(commands), BATCH_MAX):
            results += await self._patiently(commands[start : start + BATCH_MAX])
        return results

    async def _patiently(self, commands: Sequence[Command]) -> list[CommandResult]:
        results = await self.batch(commands)
        for attempt in range(_TRIES_AT_REST):
            again = [i for i, one in enumerate(results) if turned_away(one) and attempt < patience(one.error)]
            if not again:
                break
            for index, result in zip(again, await self.batch([commands[i] for i in again]), strict=True):
                results[index] = result
        return results


def turned_away(result: CommandResult) -> bool:
    """True when the command was surely not executed and may succeed later."""
    return isinstance(result.error, Temporary) and not isinstance(result.error, Unclear)


def patience(error: ConciergeError | None) -> int:
    """How often something that was turned away so goes again."""
    at_rest = error is not None and error.code == "bitrix-operating-limit"
    return _TRIES_AT_REST if at_rest else _TRIES
