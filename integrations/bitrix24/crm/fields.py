"""What a CRM field is called in REST, and how our values are written into it.

Which custom fields exist, and under which name, the portal tells itself (``crm.item.fields``): the rule of
``universal/index.md`` has exceptions, and names it doesn't know are dropped there without a word.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.ports import FieldSpec, FieldUse
from integrations.bitrix24.batching import Command
from integrations.bitrix24.crm.calls import CrmCalls
from integrations.bitrix24.decoder import as_bool, as_map, as_text
from integrations.bitrix24.errors import Replay

log = logging.getLogger(__name__)

ENTITY_TYPES: Mapping[str, int] = {"deal": 2, "contact": 3, "company": 4}
UF_PREFIX = "UF_CRM_"
_LIMITS = {"name": 50, "lastName": 50, "secondName": 50, "currencyId": 50, "stageId": 50}
_TEXT_LIMIT = 255
_LIMITED = frozenset({"title", "post", "originatorId", "originId", "originVersion"})
_STAGE = re.compile(r"C(\d+):.+")


class FieldNames:
    """The fields of contacts, companies and deals as the portal knows them."""

    def __init__(self, calls: CrmCalls) -> None:
        self._calls = calls
        self._known: dict[str, dict[str, Any]] = {}
        self._custom: dict[str, dict[str, str]] = {}
        self._unfit: set[tuple[str, str]] = set()
        self._told: set[str] = set()

    @staticmethod
    def commands() -> list[Command]:
        """What to ask; :meth:`learn` reads the answers, in this order."""
        return [
            Command("crm.item.fields", {"entityTypeId": number}, Replay.SAFE)
            for number in ENTITY_TYPES.values()
        ]

    def learn(self, answers: Iterable[Any]) -> None:
        """Take the results of :meth:`commands`."""
        self._unfit.clear()
        for entity, answer in zip(ENTITY_TYPES, answers, strict=True):
            self._known[entity] = as_map(as_map(answer).get("fields"))
            self._custom[entity] = dict(self._read_custom(entity))

    async def load(self) -> None:
        """Ask once per process, unless the layout was looked at already."""
        if not self._known:
            self.learn([one.result for one in await self._calls.all(self.commands())])

    def _read_custom(self, entity: str) -> Iterable[tuple[str, str]]:
        for name, described in self._known[entity].items():
            upper = as_text(as_map(described).get("upperName")) or name
            if upper.startswith(UF_PREFIX):
                yield upper, name
            elif name.startswith("ufCrm"):  # no upperName on older portals
                yield guessed_upper(name), name

    def rest(self, entity: str, name: str) -> str | None:
        """The REST name of a field; None for a custom field that isn't there."""
        return self._custom[entity].get(name) if name.startswith(UF_PREFIX) else name

    def has(self, use: FieldUse) -> bool:
        """Whether the portal has such a field that may be written."""
        if use.name.startswith(UF_PREFIX):
            return use.name in self._custom[use.entity]
        described = self._known[use.entity].get(use.name)
        return described is not None and not as_bool(as_map(described).get("isReadOnly"))

    def state(self, spec: FieldSpec) -> str:
        """``ok``, ``absent``, or ``other`` when a field of that name is of another kind (then it isn't used)."""
        full = UF_PREFIX + spec.name
        name = self._custom[spec.entity].get(full)
        if name is None:
            return "other" if (spec.entity, full) in self._unfit else "absent"
        described = as_map(self._known[spec.entity][name])
        if described.get("type") == spec.type and as_bool(described.get("isMultiple")) == spec.multiple:
            return "ok"
        del self._custom[spec.entity][full]
        self._unfit.add((spec.entity, full))
        return "other"

    def shape(self, entity: str, fields: Mapping[str, object]) -> dict[str, Any]:
        """Fields as ``crm.item.*`` wants them: REST names, trimmed texts, Y/N. Absent custom fields are left out."""
        shaped: dict[str, Any] = {}
        for name, value in fields.items():
            rest = self.rest(entity, name)
            if rest is not None:
                shaped[rest] = write_value(rest, value)
            elif f"{entity}.{name}" not in self._told:
                self._told.add(f"{entity}.{name}")
                log.warning("bitrix24 crm field absent", extra={"entity": entity, "field": name})
        return shaped

    def ours(self, entity: str, rest: str) -> str:
        """Back from the REST name to the name that the port uses."""
        return next((upper for upper, name in self._custom[entity].items() if name == rest), rest)


def guessed_upper(name: str) -> str:
    """The original of a camelCased custom field, by ``universal/index.md``: ufCrmRoomType → UF_CRM_ROOM_TYPE."""
    if name.startswith("ufCrm_"):
        return UF_PREFIX + name.removeprefix("ufCrm_")
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", name).upper()


def write_value(name: str, value: object) -> Any:
    """One value as REST takes it."""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, str):
        text = value.strip()
        limit = _LIMITS.get(name, _TEXT_LIMIT if name in _LIMITED else None)
        return text[:limit].rstrip() if limit else text
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        # an empty list would travel as an empty text, which a multiple field refuses
        return [write_value(name, one) for one in value] or [""]
    return value


def with_category(fields: dict[str, Any]) -> dict[str, Any]:
    """A stage belongs to a pipeline: ``C9:NEW`` goes together with ``categoryId`` 9."""
    stage = fields.get("stageId")
    if stage and "categoryId" not in fields:
        found = _STAGE.fullmatch(str(stage))
        fields["categoryId"] = int(found[1]) if found else 0
    return fields


def is_empty(value: object) -> bool:
    """Nothing, as the portal may write nothing."""
    if isinstance(value, list | dict):
        return all(map(is_empty, value if isinstance(value, list) else value.values()))
    return value is None or value is False or str(value) in {"", "0", "0.0", "0.00", "N"}


def dropped(sent: Mapping[str, Any], kept: Mapping[str, Any]) -> list[str]:
    """Fields that were sent with something in them and came back without."""
    return [
        name
        for name, value in sent.items()
        if name != "fm" and not is_empty(value) and is_empty(kept.get(name))
    ]
