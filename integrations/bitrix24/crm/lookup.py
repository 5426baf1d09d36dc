"""Finds CRM items again: by our origin, by the keys joined into them (decision 5), and whole ones by id."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any

from domain.mapping import KEYS_FIELD
from domain.ports import CrmItem
from integrations.bitrix24.batching import Command
from integrations.bitrix24.crm.calls import CrmCalls
from integrations.bitrix24.crm.fields import ENTITY_TYPES, FieldNames
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay

log = logging.getLogger(__name__)

KEYS_PER_COMMAND = 50
PAGE = 50
Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Ask:
    """One ``crm.item.list``: items whose ``field`` holds one of ``values``."""

    entity: str
    select: Sequence[str]
    field: str
    values: Sequence[Any]
    also: Mapping[str, Any] = dataclass_field(default_factory=dict)
    after: int | None = None

    @property
    def command(self) -> Command:
        filters = {**self.also, f"@{self.field}": list(self.values)}
        if self.after is not None:
            filters[">id"] = self.after
        params = {
            "entityTypeId": ENTITY_TYPES[self.entity],
            "select": list(self.select),
            "filter": filters,
            "order": {"id": "ASC"},
            "start": -1,  # nothing is counted: the pages go by id
        }
        return Command("crm.item.list", params, Replay.SAFE)

    def answered(self, page: Sequence[Item]) -> bool:
        """True when every value has its item already."""
        seen = {as_text(one) for row in page for one in as_list(row.get(self.field))}
        return seen.issuperset(map(as_text, self.values))


class Lookup:
    """Bulk reads: 50 keys a command, 50 commands a request."""

    def __init__(self, calls: CrmCalls, names: FieldNames) -> None:
        self._calls = calls
        self._names = names

    async def find(self, entity: str, originator: str, keys: Sequence[str]) -> dict[str, CrmItem]:
        """Items by external key; an item that bears the key as its origin goes before one it was joined into."""
        await self._names.load()
        wanted = list(dict.fromkeys(keys))
        joined = self._names.rest(entity, KEYS_FIELD)
        select = ["id", "originatorId", "originId", *([joined] if joined else [])]
        asks = [
            _Ask(entity, select, "originId", chunk, {"=originatorId": originator})
            for chunk in _chunks(wanted)
        ]
        if joined:
            held = [joined_key(originator, key) for key in wanted]
            asks += [_Ask(entity, select, joined, chunk) for chunk in _chunks(held)]
        return self._match(entity, originator, wanted, await self._rows(asks), joined)

    def _match(
        self, entity: str, originator: str, wanted: Sequence[str], rows: Iterable[Item], joined: str | None
    ) -> dict[str, CrmItem]:
        found: dict[str, tuple[tuple[bool, int], CrmItem]] = {}
        asked, doubles = {joined_key(originator, key): key for key in wanted}, set()
        for crm_id, row in sorted({as_int(row.get("id")) or 0: row for row in rows}.items()):
            origin = as_text(row.get("originId"))
            own = as_text(row.get("originatorId")) == originator
            held = [as_text(one) for one in as_list(row.get(joined))] if joined else []
            keys = {asked[key] for key in held if key in asked}
            if own and joined_key(originator, origin) in asked:
                keys.add(origin)
            for key in keys:
                rank = (not (own and key == origin), crm_id)
                if key in found:
                    doubles.add(key)
                if key not in found or rank < found[key][0]:
                    fields = {"originatorId": row.get("originatorId"), "originId": origin, KEYS_FIELD: held}
                    found[key] = (rank, CrmItem(entity, crm_id, key, fields))
        if doubles:
            log.warning("bitrix24 crm doubles", extra={"entity": entity, "keys": len(doubles)})
        return {key: item for key, (_, item) in found.items()}

    async def by_id(self, entity: str, crm_ids: Iterable[int], custom: Iterable[str] = ()) -> dict[int, Item]:
        """Whole items, phones and e-mails included; ids nobody has (any more) are absent.

        ``custom``: REST names of custom fields wanted beside the joined keys.
        """
        await self._names.load()
        joined = self._names.rest(entity, KEYS_FIELD)
        select = list(dict.fromkeys(["*", *([joined] if joined else []), *custom]))
        asks = [_Ask(entity, select, "id", chunk) for chunk in _chunks(list(dict.fromkeys(crm_ids)))]
        return {as_int(row.get("id")) or 0: row for row in await self._rows(asks)}

    async def _rows(self, asks: Sequence[_Ask]) -> list[Item]:
        """All rows of these questions; a full page that doesn't answer for every value is asked on."""
        rows: list[Item] = []
        while asks:
            onward: list[_Ask] = []
            for ask, done in zip(asks, await self._calls.all([one.command for one in asks]), strict=True):
                page = [as_map(row) for row in as_list(as_map(done.result).get("items"))]
                rows += page
                if len(page) >= PAGE and not ask.answered(page):
                    onward.append(replace(ask, after=as_int(page[-1].get("id"))))
            asks = onward
        return rows


def joined_key(originator: str, key: str) -> str:
    """How a key stands in ``UF_CRM_CONCIERGE_KEYS``: ``concierge:GRAND`` and ``4711`` → ``GRAND:4711``."""
    return f"{originator.partition(':')[2]}:{key}"


def _chunks(keys: Sequence[Any]) -> list[list[Any]]:
    return [list(keys[at : at + KEYS_PER_COMMAND]) for at in range(0, len(keys), KEYS_PER_COMMAND)]
