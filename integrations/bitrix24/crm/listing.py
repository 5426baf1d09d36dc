"""Every item of one origin, cheaply: pages by id, many at once, because we know about where they lie.

``crm.item.list`` gives 50 rows a command and pages go by id, so a plain walk needs a request per 50 rows. The ids we
know already cut the CRM into ranges that hold a page each: 50 of them go in one request.
Document: ``universal/crm-item-list.md``.
"""

from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from domain.ports import CrmItem
from integrations.bitrix24.batching import Command
from integrations.bitrix24.client import BATCH_MAX
from integrations.bitrix24.crm.calls import CrmCalls
from integrations.bitrix24.crm.fields import ENTITY_TYPES, FieldNames
from integrations.bitrix24.crm.lookup import PAGE
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay

KNOWN_PER_RANGE = 40
"""Known ids in one range: with some strangers among them a page of 50 still holds it."""


@dataclass(frozen=True, slots=True)
class _Range:
    """Ids after the first, up to and with the last; None: to the end."""

    after: int
    last: int | None = None


class Listing:
    """Lists what bears our origin."""

    def __init__(self, calls: CrmCalls, names: FieldNames) -> None:
        self._calls = calls
        self._names = names

    async def pages(
        self, entity: str, originator: str, known: Iterable[int], fields: Sequence[str]
    ) -> AsyncGenerator[list[CrmItem], None]:
        """All items, some at a time. ``fields`` are ours (``UF_CRM_…``); absent ones are left out."""
        await self._names.load()
        rest = {name: own for name in fields if (own := self._names.rest(entity, name)) is not None}
        select = ["id", "originId", *rest.values()]
        waiting = deque(ranges(known) or await self._evenly(entity, originator))
        while waiting:
            some = [waiting.popleft() for _ in range(min(BATCH_MAX, len(waiting)))]
            commands = [self._command(entity, originator, one, select) for one in some]
            items: list[CrmItem] = []
            for part, done in zip(some, await self._calls.all(commands), strict=True):
                rows = [as_map(row) for row in as_list(as_map(done.result).get("items"))]
                items += [_item(entity, row, rest) for row in rows]
                if len(rows) >= PAGE:
                    waiting.append(replace(part, after=as_int(rows[-1].get("id")) or 0))
            if items:
                yield items

    async def _evenly(self, entity: str, originator: str) -> list[_Range]:
        """Nothing is known (a new database): the ids there are, cut evenly."""
        command = self._command(entity, originator, _Range(0), ["id"], newest=True)
        (done,) = await self._calls.all([command])
        rows = as_list(as_map(done.result).get("items"))
        if not rows:
            return []
        top = as_int(as_map(rows[0]).get("id")) or 0
        step = top // BATCH_MAX + 1
        return ranges(range(step, top, step), 1)

    @staticmethod
    def _command(
        entity: str, originator: str, one: _Range, select: Sequence[str], *, newest: bool = False
    ) -> Command:
        filters: dict[str, Any] = {"=originatorId": originator, ">id": one.after}
        if one.last is not None:
            filters["<=id"] = one.last
        params = {
            "entityTypeId": ENTITY_TYPES[entity],
            "select": list(select),
            "filter": filters,
            "order": {"id": "DESC" if newest else "ASC"},
            "start": -1,  # nothing is counted: the pages go by id
        }
        return Command("crm.item.list", params, Replay.SAFE)


def ranges(known: Iterable[int], per_range: int = KNOWN_PER_RANGE) -> list[_Range]:
    """Ranges that hold so many known ids each, and one open at the end; none when nothing is known."""
    ids = sorted(set(known))
    if not ids:
        return []
    bounds = [0, *ids[per_range - 1 :: per_range]]
    return [*(_Range(first, last) for first, last in pairwise(bounds)), _Range(bounds[-1])]


def _item(entity: str, row: dict[str, Any], rest: dict[str, str]) -> CrmItem:
    fields = {name: row.get(one) for name, one in rest.items()}
    return CrmItem(entity, as_int(row.get("id")) or 0, as_text(row.get("originId")) or None, fields)
