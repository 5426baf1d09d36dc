"""Whom the CRM may know already: contacts by phone and e-mail, in bulk; and what identity changes in them.

Documents: ``duplicates/crm-duplicate-find-by-comm.md`` (20 values a call; 20 hits of one sort and no more are told),
``duplicates/crm-entity-merge-batch.md``, ``tutorials/crm/how-to-edit-crm-objects/how-to-change-email-or-phone.md``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from domain.errors import Permanent
from domain.mapping import KEYS_FIELD
from domain.ports import CrmPerson
from integrations.bitrix24.batching import Command, CommandResult
from integrations.bitrix24.crm.calls import CrmCalls
from integrations.bitrix24.crm.contacts import EMAIL, PHONE, compared, entries
from integrations.bitrix24.crm.fields import ENTITY_TYPES, FieldNames
from integrations.bitrix24.crm.lookup import Item, Lookup
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay

VALUES_MAX = 20
HITS_MAX = 20
"""A full answer: there may be more, and which value they belong to isn't told."""
FIND, UPDATE, MERGE = "crm.duplicate.findbycomm", "crm.item.update", "crm.entity.mergeBatch"
_KINDS = {"contact": "CONTACT", "company": "COMPANY"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Candidates:
    """Reads people of the CRM, and changes them where identity asks for it."""

    def __init__(self, calls: CrmCalls, names: FieldNames, lookup: Lookup) -> None:
        self._calls = calls
        self._names = names
        self._lookup = lookup

    async def any_other(self, entity: str, originators: Sequence[str]) -> bool:
        """Whether there is any item that is none of these originators': one cheap request.

        Two questions, since the documents don't say whether ``!@`` finds items without any originator.
        """
        common = {"entityTypeId": ENTITY_TYPES[entity], "select": ["id"], "order": {"id": "ASC"}, "start": -1}
        filters = ({"!@originatorId": list(originators)}, {"=originatorId": ""})
        asked = [Command("crm.item.list", {**common, "filter": one}, Replay.SAFE) for one in filters]
        return any(as_list(as_map(one.result).get("items")) for one in await self._calls.all(asked))

    async def by_contact(self, entity: str, phones: Iterable[str], emails: Iterable[str]) -> list[CrmPerson]:
        """Whoever has one of these phones or e-mails; values that twenty have or more are nobody's."""
        asked = [
            (kind, chunk)
            for kind, values in ((PHONE, phones), (EMAIL, emails))
            for chunk in _chunks(sorted(set(values)))
        ]
        ids: set[int] = set()
        while asked:
            answers = await self._calls.all([_find(entity, kind, chunk) for kind, chunk in asked])
            halves: list[tuple[str, list[str]]] = []
            for (kind, chunk), answer in zip(asked, answers, strict=True):
                hits = _hits(entity, answer)
                if len(hits) < HITS_MAX:
                    ids |= hits
                elif len(chunk) > 1:
                    middle = len(chunk) // 2
                    halves += [(kind, chunk[:middle]), (kind, chunk[middle:])]
            asked = halves
        return list((await self.people(entity, sorted(ids))).values())

    async def people(self, entity: str, crm_ids: Sequence[int]) -> dict[int, CrmPerson]:
        """These items as people; ids nobody has any more are absent."""
        if not crm_ids:
            return {}
        found = await self._lookup.by_id(entity, crm_ids)
        return {crm_id: self._person(entity, crm_id, item) for crm_id, item in found.items()}

    def _person(self, entity: str, crm_id: int, item: Item) -> CrmPerson:
        joined = self._names.rest(entity, KEYS_FIELD)
        held = entries(item)
        return CrmPerson(
            crm_id,
            as_text(item.get("lastName")) if entity == "contact" else as_text(item.get("title")),
            as_text(item.get("name")),
            as_text(item.get("secondName")),
            tuple(one.value for one in held if one.kind == PHONE),
            tuple(one.value for one in held if one.kind == EMAIL),
            _day(item.get("birthdate")),
            as_text(item.get("originatorId")),
            as_text(item.get("originId")),
            tuple(as_text(one) for one in as_list(item.get(joined)) if one) if joined else (),
        )

    # --- changing ---------------------------------------------------------------------------------------

    async def rewrite(
        self,
        entity: str,
        crm_id: int,
        fields: Mapping[str, object],
        *,
        drop: Iterable[str] | None = (),
    ) -> bool:
        """Set exactly these fields (lists as they are, nothing joined); ``drop``: phones and e-mails to take away.

        ``drop=None`` takes all. Repeatable. False when the item is gone.
        """
        await self._names.load()
        item = (await self._lookup.by_id(entity, [crm_id])).get(crm_id)
        if item is None:
            return False
        sent: dict[str, Any] = self._names.shape(entity, fields)
        unwanted = (
            None if drop is None else {(kind, compared(kind, v)) for v in drop for kind in (PHONE, EMAIL)}
        )
        fm = {
            one.entry_id: {"typeId": one.kind, "valueType": one.value_type, "value": ""}
            for one in entries(item)
            if one.kind in {PHONE, EMAIL}
            and (unwanted is None or (one.kind, compared(one.kind, one.value)) in unwanted)
        }
        if fm:
            sent["fm"] = fm
        if sent:
            params = {"entityTypeId": ENTITY_TYPES[entity], "id": crm_id, "fields": sent}
            (answer,) = await self._calls.all([Command(UPDATE, params, Replay.SAFE)])
            _ = answer.result  # raises what the portal says
        return True

    async def merge(self, entity: str, into: int, other: int) -> bool:
        """Have the portal make one item of two: ``other``'s links, history and files go over, then it is deleted.

        False when their fields contradict, which people alone can settle there; then nothing has changed.
        """
        params = {"params": {"entityTypeId": ENTITY_TYPES[entity], "entityIds": [into, other]}}
        try:
            answer = await self._calls.ask(MERGE, params, replay=Replay.SAFE)
        except Permanent:
            return not await self._lookup.by_id(entity, [other])  # an earlier call has done it
        return as_text(as_map(answer.result).get("STATUS")) == "SUCCESS"


def _find(entity: str, kind: str, values: Sequence[str]) -> Command:
    return Command(FIND, {"entity_type": _KINDS[entity], "type": kind, "values": list(values)}, Replay.SAFE)


def _hits(entity: str, answer: CommandResult) -> set[int]:
    found = as_list(as_map(answer.result).get(_KINDS[entity]))
    return {number for one in found if (number := as_int(one)) is not None}


def _day(value: Any) -> date | None:
    found = _DAY.match(as_text(value))
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None


def _chunks(values: Sequence[str]) -> list[list[str]]:
    return [list(values[at : at + VALUES_MAX]) for at in range(0, len(values), VALUES_MAX)]
