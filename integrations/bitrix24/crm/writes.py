"""Brings wanted changes into the CRM: creates by import or one by one, updates against the item as it stands.

Every write ends as done, failed (with the portal's reason) or unclear; what works neither way raises.
"""

import logging
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing

from domain.errors import ConciergeError
from domain.ports import CrmResult, CrmWrite
from integrations.bitrix24.batching import Command
from integrations.bitrix24.crm.calls import CrmCalls
from integrations.bitrix24.crm.fields import ENTITY_TYPES, FieldNames, dropped
from integrations.bitrix24.crm.learnt import Learnt
from integrations.bitrix24.crm.lookup import Item, Lookup
from integrations.bitrix24.crm.packs import FIRST_PACK, Sender
from integrations.bitrix24.crm.rows import Row, changed_row, needs_look, new_row
from integrations.bitrix24.crm.ways import Imports, Singles
from integrations.bitrix24.decoder import as_map
from integrations.bitrix24.errors import Replay

log = logging.getLogger(__name__)

ADD, UPDATE = "crm.item.add", "crm.item.update"
Packs = AsyncGenerator[list[CrmResult], None]


class Writer:
    """``lost``: fields the portal took without a word and didn't keep, as ``contact.birthdate``."""

    def __init__(
        self, calls: CrmCalls, names: FieldNames, lookup: Lookup, sender: Sender, learnt: Learnt
    ) -> None:
        self._calls = calls
        self._names = names
        self._lookup = lookup
        self._sender = sender
        self._learnt = learnt
        self._checked: set[str] = set()
        self.lost: dict[str, None] = {}

    def new_run(self) -> None:
        """Compare an item of each sort with what was sent once more."""
        self._checked.clear()

    async def apply(self, writes: Sequence[CrmWrite], *, first_load: bool) -> Packs:
        """Results in packs, as they are confirmed."""
        await self._names.load()
        await self._learnt.load()
        rows = [new_row(write, self._names) for write in writes if write.crm_id is None]
        async with aclosing(self._create(rows, first_load=first_load)) as packs:
            async for results in packs:
                yield results
                await self._read_back(rows, results)
        for wave in _waves([write for write in writes if write.crm_id is not None]):
            rows = await self._against_standing(wave)
            async with aclosing(self._update(rows)) as packs:
                async for results in packs:
                    yield results
                    await self._read_back(rows, results)
        await self._learnt.keep()

    # --- creating ---------------------------------------------------------------------------------------

    async def _create(self, rows: Sequence[Row], *, first_load: bool) -> Packs:
        waiting = deque(rows)
        if first_load:
            async with aclosing(self._import(waiting)) as packs:
                async for results in packs:
                    yield results
        async with aclosing(self._sender.run(Singles(self._calls, ADD), waiting)) as packs:
            async for results in packs:
                yield results

    async def _import(self, waiting: deque[Row]) -> Packs:
        """Take rows off ``waiting`` by the first way of importing that works here; what none takes stays there."""
        left: list[Row] = []
        while waiting and (way := self._import_way()) is not None:
            proved = self._learnt.works(way.name) is True
            size = len(waiting) if proved else min(FIRST_PACK, len(waiting))  # a single command tries it
            pack = [waiting.popleft() for _ in range(size)]
            refused: list[Row] = []
            async with aclosing(self._sender.run(way, pack, refused)) as packs:
                async for results in packs:
                    yield results
            standing = await self._standing(refused)
            if standing:
                yield [row.done(crm_id) for row, crm_id in standing]
            known = {id(row) for row, _ in standing}
            rest = [row for row in refused if id(row) not in known]
            if proved or len(refused) < len(pack):
                self._learnt.note_way(way.name, works=True)
                left += rest  # commands that were refused though importing works: row by row
            else:
                log.warning("bitrix24 import refused", extra={"batched": way.batched})
                self._learnt.note_way(way.name, works=False)
                waiting.extendleft(reversed(rest))
        waiting.extend(left)

    def _import_way(self) -> Imports | None:
        """The best way that this portal hasn't refused."""
        ways = (Imports(self._calls), Imports(self._calls, batched=False))
        return next((way for way in ways if self._learnt.works(way.name) is not False), None)

    async def _standing(self, rows: Sequence[Row]) -> list[tuple[Row, int]]:
        """Rows of a refused command that are in the CRM nevertheless: it may have failed half way."""
        if not rows:
            return []
        first = rows[0].write
        found = await self._lookup.find(first.entity, first.originator, [row.write.key for row in rows])
        return [(row, found[row.write.key].crm_id) for row in rows if row.write.key in found]

    # --- updating ---------------------------------------------------------------------------------------

    async def _against_standing(self, writes: Sequence[CrmWrite]) -> list[Row]:
        """Rows of updates, made against the items as they stand where that matters."""
        standing: dict[str, dict[int, Item]] = {}
        for entity in ENTITY_TYPES:
            asked = [write.crm_id for write in writes if write.entity == entity and needs_look(write)]
            found = await self._lookup.by_id(entity, [crm_id for crm_id in asked if crm_id is not None])
            standing[entity] = found
        return [
            changed_row(write, self._names, standing[write.entity].get(write.crm_id or 0)) for write in writes
        ]

    async def _update(self, rows: Sequence[Row]) -> Packs:
        """What may be repeated blindly goes apart from what may not: a lost answer then costs one more call."""
        same = [row.done(row.write.crm_id or 0) for row in rows if not row.fields]
        if same:
            yield same
        for repeatable in (True, False):
            some = [row for row in rows if row.fields and row.repeatable is repeatable]
            async with aclosing(self._sender.run(Singles(self._calls, UPDATE), some)) as packs:
                async for results in packs:
                    yield results

    # --- checking ---------------------------------------------------------------------------------------

    async def _read_back(self, rows: Sequence[Row], results: Iterable[CrmResult]) -> None:
        """Once per run and sort of item: did everything that was sent arrive? Unknown fields vanish silently."""
        for result in results:
            entity = result.write.entity
            if result.state != "done" or entity in self._checked:
                continue
            row = next(row for row in rows if row.write is result.write)
            if not row.fields:
                continue
            self._checked.add(entity)
            params = {"entityTypeId": ENTITY_TYPES[entity], "id": result.crm_id}
            try:
                answer = (await self._calls.all([Command("crm.item.get", params, Replay.SAFE)]))[0].result
            except ConciergeError as error:
                log.info("bitrix24 crm read back", extra={"code": error.code})
                return
            lost = dropped(row.fields, as_map(as_map(answer).get("item")))
            names = [f"{entity}.{self._names.ours(entity, name)}" for name in lost]
            self.lost.update(dict.fromkeys(names))
            if names:
                log.warning("bitrix24 crm fields not kept", extra={"fields": names})


def _waves(writes: Sequence[CrmWrite]) -> list[list[CrmWrite]]:
    """Several records may be joined into one item: its changes go one after another."""
    seen: Counter[tuple[str, int | None]] = Counter()
    waves: list[list[CrmWrite]] = []
    for write in writes:
        place = seen[write.entity, write.crm_id]
        seen[write.entity, write.crm_id] += 1
        if place == len(waves):
            waves.append([])
        waves[place].append(write)
    return waves
