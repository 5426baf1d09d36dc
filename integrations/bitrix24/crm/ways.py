"""The ways to write rows: one command each in a batch, by import in a batch, by import alone.

A way ``cut``s a request's commands off the rows that wait (at most so many commands and rows), ``send``s them
(raising only when the whole request failed; ``halt`` ends it at the first command that fails) and ``read``s the results of each command that was answered.
Documents: ``universal/crm-item-{add,update}.md``, ``universal/import/crm-item-batch-import.md``.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import ConciergeError, Permanent
from domain.ports import CrmResult
from integrations.bitrix24.batching import Command, CommandResult
from integrations.bitrix24.client import BATCH_MAX
from integrations.bitrix24.crm.calls import CrmCalls
from integrations.bitrix24.crm.fields import ENTITY_TYPES
from integrations.bitrix24.crm.rows import Row, added, imported
from integrations.bitrix24.decoder import as_list, as_map
from integrations.bitrix24.errors import Replay

IMPORT_MAX = 20
VARIABLES_MAX = 900
"""PHP reads at most ``max_input_vars`` (1,000 by default) values from one command's query and drops the rest."""


@dataclass(frozen=True, slots=True)
class Part:
    """One command's rows and what became of the command."""

    rows: Sequence[Row]
    outcome: CommandResult


@dataclass(frozen=True, slots=True)
class Singles:
    """``crm.item.add`` or ``crm.item.update``: a command per row."""

    calls: CrmCalls
    method: str

    def cut(self, rows: deque[Row], commands: int, most: int) -> list[list[Row]]:
        return [[rows.popleft()] for _ in range(min(len(rows), commands, most))]

    async def send(self, packs: Sequence[Sequence[Row]], *, halt: bool) -> list[Part]:
        commands = [self._command(row) for (row,) in packs]
        results = await self.calls.batch(commands, halt=halt)
        return [Part(rows, result) for rows, result in zip(packs, results, strict=True)]

    def read(self, part: Part) -> list[CrmResult]:
        return [added(part.rows[0], part.outcome.result)]

    def _command(self, row: Row) -> Command:
        params: dict[str, Any] = {"entityTypeId": ENTITY_TYPES[row.write.entity], "fields": row.fields}
        if row.write.crm_id is not None:
            params["id"] = row.write.crm_id
        return Command(self.method, params, Replay.SAFE if row.repeatable else Replay.UNSAFE)


@dataclass(frozen=True, slots=True)
class Imports:
    """``crm.item.batchImport``: up to 20 rows a command, ``batched`` up to 50 commands a request."""

    calls: CrmCalls
    batched: bool = True
    method: str = "crm.item.batchImport"

    @property
    def name(self) -> str:
        return "batched" if self.batched else "alone"

    def cut(self, rows: deque[Row], commands: int, most: int) -> list[list[Row]]:
        packs: list[list[Row]] = []
        while rows and most > 0 and len(packs) < (min(commands, BATCH_MAX) if self.batched else 1):
            pack = _command_full(rows, min(most, IMPORT_MAX))
            packs.append(pack)
            most -= len(pack)
        return packs

    async def send(self, packs: Sequence[Sequence[Row]], *, halt: bool) -> list[Part]:
        commands = [self._command(rows) for rows in packs]
        if self.batched:
            results = await self.calls.batch(commands, halt=halt)
        else:
            results = [await self._alone(commands[0])]
        return [Part(rows, result) for rows, result in zip(packs, results, strict=True)]

    async def _alone(self, command: Command) -> CommandResult:
        try:
            return CommandResult(command, await self.calls.ask(command.method, dict(command.params)))
        except Permanent as error:
            return CommandResult(command, error=error)

    def read(self, part: Part) -> list[CrmResult]:
        """An answer shorter than the command leaves its last rows unclear."""
        answers = as_list(as_map(part.outcome.result).get("items"))
        answers += [None] * (len(part.rows) - len(answers))
        return [imported(row, one) for row, one in zip(part.rows, answers, strict=False)]

    def _command(self, rows: Sequence[Row]) -> Command:
        params = {"entityTypeId": ENTITY_TYPES[rows[0].write.entity], "data": [row.fields for row in rows]}
        return Command(self.method, params)


Way = Singles | Imports


def _command_full(rows: deque[Row], most: int) -> list[Row]:
    """As many rows of one entity as one command may carry."""
    entity, variables = rows[0].write.entity, 0
    pack: list[Row] = []
    while rows and len(pack) < most and rows[0].write.entity == entity:
        variables += leaves(rows[0].fields)
        if pack and variables > VARIABLES_MAX:
            break
        pack.append(rows.popleft())
    return pack


def leaves(value: Any) -> int:
    """How many single values a nested one holds."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list):
        return sum(map(leaves, value))
    return 1


def refusals(part: Part, error: ConciergeError) -> list[CrmResult]:
    """All rows of a command that failed as a whole."""
    return [row.refused(error, part.outcome.fault) for row in part.rows]
