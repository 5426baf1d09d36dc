"""The effective mapping of a hotel: the default with what the hotel's own file says otherwise, checked and ready.

What each record becomes is :mod:`domain.mapping.records`; here a mapping is read, joined and made into functions.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from domain.doors import UNMATCHED
from domain.mapping.lines import MULTIFIELDS, Line, lines_of, source_of
from domain.mapping.model import ENTITIES, Entry, Fault, MappingError, MappingFile, Responsible, Rules, parse
from domain.mapping.sources import Case, Kind, Source
from domain.plan import Owner, Owners
from domain.ports import FieldSpec, FieldUse, StageSpec
from domain.stays import Stay, StayState

OURS = "UF_CRM_CONCIERGE_"
DEFAULT_FILE = Path(__file__).with_name("default.toml")
_LAYOUT = "2"
"""Goes into every fingerprint: higher when the program makes other items from the same file."""
_TYPES = {
    Kind.TEXT: "string",
    Kind.TEXTS: "string",
    Kind.NUMBER: "integer",
    Kind.BOOL: "boolean",
    Kind.DATE: "date",
    Kind.MOMENT: "datetime",
    Kind.MONEY: "money",
}


@dataclass(frozen=True, eq=False)
class FieldMapping:
    """A hotel's mapping, ready for use. ``version`` is its fingerprint; two of one content have the same."""

    file: str
    version: str
    rules: Rules
    lines: Mapping[str, Sequence[Line]]
    owners: Mapping[str, Owners]
    stages: Sequence[StageSpec]
    stage_of: Mapping[StayState, str]
    specs: Sequence[FieldSpec]
    uses: Sequence[FieldUse]
    responsible: Mapping[str, Sequence[tuple[Sequence[tuple[Source, frozenset[str]]], int]]]
    needs_guest: bool
    raw: Mapping[str, Any]

    def pipeline(self, hotel_name: str) -> str:
        """The name of the hotel's pipeline."""
        return self.rules.pipeline.replace("{hotel}", hotel_name)

    def wants(self, stay: Stay) -> bool:
        """Whether such a reservation becomes a deal at all.

        Not one that only a door with numbers of its own tells: it may be a stay that has its deal already.
        """
        if UNMATCHED in stay.extra:
            return False
        include = self.rules.include
        if stay.financial_account:
            return "financial_accounts" in include
        if stay.pseudo_room and stay.group:
            return "group_masters" in include or "pseudo_rooms" in include
        return not stay.pseudo_room or "pseudo_rooms" in include

    def responsible_for(self, entity: str, case: Case) -> int | None:
        """The user of the first rule that fits."""
        for conditions, user in self.responsible[entity]:
            if all(str(source.get(case) or "") in values for source, values in conditions):
                return user
        return None


# --- reading -------------------------------------------------------------------------------------------------


def default_text() -> str:
    """The built-in mapping as people copy it."""
    return DEFAULT_FILE.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def default_mapping() -> FieldMapping:
    """The mapping of a hotel without a file of its own."""
    return build(tomllib.loads(default_text()), "")


def load(path: Path) -> FieldMapping:
    """A hotel's own file over the default. Raises MappingError; its faults name table and key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MappingError([Fault("", "", "file-unreadable", {"why": error.strerror or ""})]) from None
    except UnicodeDecodeError:
        raise MappingError([Fault("", "", "file-encoding")]) from None
    return read(text, path.name)


def read(text: str, file: str) -> FieldMapping:
    """As :func:`load`, from a text."""
    try:
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError([Fault("", "", "toml", {"why": str(error)})]) from None
    return build(overlaid(tomllib.loads(default_text()), own), file)


def overlaid(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The default with what a hotel's file says otherwise: field by field, key by key.

    A field that is made from something else forgets the default's ``from``, ``template``, ``as`` and ``type``.
    """
    whole: dict[str, Any] = dict(base)
    for name, table in own.items():
        standing = whole.get(name)
        if name in {*ENTITIES, "stages"} and isinstance(table, dict) and isinstance(standing, dict):
            whole[name] = {**standing, **{key: _entry(standing.get(key), one) for key, one in table.items()}}
        elif name == "rules" and isinstance(table, dict) and isinstance(standing, dict):
            whole[name] = {**standing, **table}
        else:
            whole[name] = table
    return whole


def _entry(standing: Any, own: Any) -> Any:
    if not isinstance(standing, dict) or not isinstance(own, dict):
        return own
    anew = {"from", "template"} & own.keys()
    kept = {key: v for key, v in standing.items() if not (anew and key in {"from", "template", "as", "type"})}
    return {**kept, **own}


# --- making --------------------------------------------------------------------------------------------------


def build(raw: Mapping[str, Any], file: str) -> FieldMapping:
    """The mapping of a whole file's content. Raises MappingError with all faults found."""
    parsed = parse(raw)
    faults: list[Fault] = []
    lines = {entity: lines_of(entity, getattr(parsed, entity), faults) for entity in ENTITIES}
    responsible = {
        entity: [
            _condition(entity, place, rule, faults)
            for place, rule in enumerate(parsed.responsible, 1)
            if entity in rule.entities
        ]
        for entity in ENTITIES
    }
    stages, stage_of = _stages(parsed, faults)
    if "{" in parsed.rules.pipeline.replace("{hotel}", ""):
        faults.append(Fault("rules", "pipeline", "pipeline-name"))
    if faults:
        raise MappingError([one for place, one in enumerate(faults) if one not in faults[:place]])
    asked = [source for rules in responsible.values() for conditions, _ in rules for source, _ in conditions]
    return FieldMapping(
        file=file,
        version=_fingerprint(parsed),
        rules=parsed.rules,
        lines=lines,
        owners={entity: _owners(getattr(parsed, entity)) for entity in ENTITIES},
        stages=stages,
        stage_of=stage_of,
        specs=[
            spec for entity in ENTITIES for spec in _specs(entity, lines[entity], getattr(parsed, entity))
        ],
        uses=[
            FieldUse(entity, line.field) for entity in ENTITIES for line in lines[entity] if _is_used(line)
        ],
        responsible=responsible,
        needs_guest=any(one.of_guest for one in asked) or _names_guest(parsed.deal),
        raw=raw,
    )


def _fingerprint(parsed: MappingFile) -> str:
    content = parsed.model_dump(mode="json")
    packed = orjson.dumps([_LAYOUT, content], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(packed, digest_size=8).hexdigest()


def _owners(entries: Mapping[str, Entry]) -> Owners:
    return Owners({name: one.owner for name, one in entries.items() if one.owner is not Owner.OVERWRITE})


def _names_guest(entries: Mapping[str, Entry]) -> bool:
    return any(
        "guest." in str(one.source or one.template)
        for one in entries.values()
        if one.owner is not Owner.NEVER
    )


# --- the layout ----------------------------------------------------------------------------------------------


def _is_used(line: Line) -> bool:
    """Fields that are there already, or else a fault; links and the pipeline are the sync's own."""
    return not line.field.startswith(OURS) and line.field not in MULTIFIELDS and not line.fixed


def _specs(entity: str, lines: Sequence[Line], entries: Mapping[str, Entry]) -> list[FieldSpec]:
    found = []
    for line in lines:
        if line.field.startswith(OURS):
            entry = entries[line.field]
            short = line.field.removeprefix(OURS)
            titles = {"ru": short, "en": short}
            if entry.title is not None:
                titles = {"ru": entry.title.ru or entry.title.en, "en": entry.title.en or entry.title.ru}
            kind = "string" if line.fixed else entry.type or _TYPES[line.kind]
            several = line.kind is Kind.TEXTS or line.fixed == "key"
            found.append(FieldSpec(entity, line.field.removeprefix("UF_CRM_"), kind, titles, several))
    return found


def _stages(parsed: MappingFile, faults: list[Fault]) -> tuple[list[StageSpec], dict[StayState, str]]:
    """The stages to have, each once, and the stage per state."""
    found: dict[str, StageSpec] = {}
    stage_of = {}
    for state in StayState:
        one = getattr(parsed.stages, state.value)
        spec = StageSpec(one.code or state.name, one.name, one.kind, one.sort, one.color, one.use)
        if found.setdefault(spec.code, spec) != spec:
            faults.append(Fault(f"stages.{state.value}", "code", "stage-twice", {"name": spec.code}))
        stage_of[state] = spec.code
    return list(found.values()), stage_of


def _condition(
    entity: str, place: int, rule: Responsible, faults: list[Fault]
) -> tuple[list[tuple[Source, frozenset[str]]], int]:
    table, conditions = f"responsible {place}", []
    for name, values in rule.when.items():
        source = source_of(entity, table, f"when.{name}", name, faults)
        if source is not None:
            conditions.append((source, frozenset(values)))
    return conditions, rule.user
