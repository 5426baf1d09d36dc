"""Where a hotel's records lie in the CRM: its pipeline, the stages in it, the custom fields. Made once, then only read.

Only what is absent is made: a stage or a pipeline that people renamed keeps its new name. Fields are made by
``crm.*.userfield.add``, which wants no scope beyond ``crm`` and sets the titles of lists too; where that is
refused, by ``userfieldconfig.add``.
Documents: ``universal/category/*.md``, ``status/*.md``, ``contacts/userfield/*.md``, ``userfieldconfig-add.md``.
"""

import logging
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import Permanent, Unclear
from domain.ports import CrmLayout, FieldSpec, FieldUse, StageSpec
from integrations.bitrix24.batching import Command, CommandResult
from integrations.bitrix24.crm.calls import CrmCalls
from integrations.bitrix24.crm.fields import ENTITY_TYPES, UF_PREFIX, FieldNames
from integrations.bitrix24.crm.stages import Status, in_pipeline, plan_stages, read_statuses, used_stage
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay
from integrations.bitrix24.limits import Sleep

log = logging.getLogger(__name__)

DEAL = ENTITY_TYPES["deal"]
ORIGINATOR = "concierge"
"""Our mark on a pipeline; ``crm.category.fields`` has it for deals, portals that don't keep it go by name."""
ROUNDS = 3
_UNUSABLE = frozenset({"absent", "other"})
Category = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _State:
    """The portal as it stands: pipelines of deals and the elements of all directories."""

    categories: Sequence[Category]
    statuses: Sequence[Status]


class Layouts:
    """Makes and finds layouts. One request where everything stands already."""

    def __init__(self, calls: CrmCalls, names: FieldNames, *, settle_s: float, sleep: Sleep) -> None:
        self._calls = calls
        self._names = names
        self._settle_s = settle_s
        self._sleep = sleep
        self._found: dict[str, int] = {}

    async def ensure(
        self,
        pipeline: str,
        stages: Sequence[StageSpec],
        fields: Sequence[FieldSpec],
        uses: Sequence[FieldUse] = (),
        *,
        make: bool = True,
    ) -> CrmLayout:
        """As :meth:`domain.ports.Crm.ensure_layout`; Permanent("crm-layout") when stages can't be made."""
        state, fresh = await self._read(), False
        category = self._match(state, pipeline)
        unknown = self._unknown(state, category, stages, uses)
        if not make or unknown:
            return CrmLayout(category or 0, {}, self._unusable(fields, {"other"}), unknown)
        if category is None:
            state, category, fresh = await self._create(pipeline)
        tried = False
        for _ in range(ROUNDS):
            mapping, commands = plan_stages(state.statuses, stages, category, fresh=fresh)
            absent = [] if tried else [spec for spec in fields if self._names.state(spec) == "absent"]
            if not commands and not absent:
                return CrmLayout(category, mapping, self._unusable(fields))
            tried = await self._make(commands, absent)
            state, fresh = await self._read(), False
        raise Permanent("crm-layout", f"stages of pipeline {category} can't be made")

    def _unknown(
        self,
        state: _State,
        category: int | None,
        stages: Sequence[StageSpec],
        uses: Sequence[FieldUse],
    ) -> tuple[str, ...]:
        """Fields and stages that must be there already and aren't; nothing is made while one is missing."""
        standing = [] if category is None else in_pipeline(state.statuses, category)
        lost = [f"stage.{spec.use}" for spec in stages if spec.use and used_stage(standing, spec) is None]
        return (*(f"{use.entity}.{use.name}" for use in uses if not self._names.has(use)), *lost)

    async def _read(self) -> _State:
        commands = [
            Command("crm.category.list", {"entityTypeId": DEAL}, Replay.SAFE),
            Command("crm.status.list", {"order": {"SORT": "ASC"}}, Replay.SAFE),
            *self._names.commands(),
        ]
        categories, statuses, *fields = [one.result for one in await self._calls.all(commands)]
        self._names.learn(fields)
        return _State(
            [as_map(one) for one in as_list(as_map(categories).get("categories"))], read_statuses(statuses)
        )

    # --- the pipeline -----------------------------------------------------------------------------------

    def _match(self, state: _State, pipeline: str) -> int | None:
        """The pipeline by what we remember, by our mark, by name."""
        by_id = {as_int(one.get("id")): one for one in state.categories}
        known = self._found.get(pipeline)
        if known is None or known not in by_id:
            marked = (
                key
                for key, one in by_id.items()
                if one.get("originatorId") == ORIGINATOR and one.get("originId") == pipeline
            )
            named = (key for key, one in by_id.items() if _same_name(as_text(one.get("name")), pipeline))
            known = next((key for key in (*marked, *named) if key is not None), None)
        if known is not None:
            self._found[pipeline] = known
        return known

    async def _create(self, pipeline: str) -> tuple[_State, int, bool]:
        """A new pipeline; after a lost answer it is looked for first, when it can't be made any more."""
        fields = {"name": pipeline, "originatorId": ORIGINATOR, "originId": pipeline}
        for _ in range(2):
            try:
                await self._calls.ask("crm.category.add", {"entityTypeId": DEAL, "fields": fields})
            except Unclear:
                await self._sleep(self._settle_s)
            state = await self._read()
            category = self._match(state, pipeline)
            if category is not None:
                return state, category, True
        raise Permanent("crm-layout", "the pipeline was made and isn't there")

    # --- stages and fields ------------------------------------------------------------------------------

    async def _make(self, stages: Sequence[Command], absent: Sequence[FieldSpec]) -> bool:
        """Send what is needed; False when the answer was lost. Done twice, all of it is refused: no harm."""
        commands = [*stages, *map(_older_field, absent)]
        try:
            results = await self._calls.all(commands)
            fields = zip(absent, results[len(stages) :], strict=True)
            refused = [spec for spec, one in fields if one.error is not None]
            newer = await self._calls.all([_newer_field(spec) for spec in refused])
        except Unclear:
            return False
        for one in (*results[: len(stages)], *newer):
            _tell(one)
        return True

    def _unusable(self, fields: Sequence[FieldSpec], which: Container[str] = _UNUSABLE) -> tuple[str, ...]:
        """Fields that can't be written, by entity and name: absent, or there with another type."""
        states = {f"{spec.entity}.{UF_PREFIX}{spec.name}": self._names.state(spec) for spec in fields}
        return tuple(name for name, state in states.items() if state in which)


def _same_name(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _tell(result: CommandResult) -> None:
    if result.error is not None:
        detail = {"method": result.command.method, "code": result.error.code, "detail": result.error.detail}
        log.warning("bitrix24 crm layout", extra=detail)


def _older_field(spec: FieldSpec) -> Command:
    fields: dict[str, Any] = {
        "FIELD_NAME": spec.name,
        "USER_TYPE_ID": spec.type,
        "LABEL": spec.titles.get("ru", spec.name),
        "MULTIPLE": spec.multiple,
        "MANDATORY": False,
        "SHOW_FILTER": True,
    }
    for label in ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL"):
        fields[label] = dict(spec.titles)
    return Command(f"crm.{spec.entity}.userfield.add", {"fields": fields})


def _newer_field(spec: FieldSpec) -> Command:
    field = {
        "entityId": f"CRM_{spec.entity.upper()}",
        "fieldName": UF_PREFIX + spec.name,
        "userTypeId": spec.type,
        "multiple": spec.multiple,
        "mandatory": False,
        "showFilter": True,
        "editFormLabel": dict(spec.titles),
    }
    return Command("userfieldconfig.add", {"moduleId": "crm", "field": field})
