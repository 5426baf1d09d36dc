"""The effective mapping of a hotel: the default with what the hotel's own file says otherwise, checked and ready.

What each record becomes is :mod:`domain.mapping.records`; here a mapping is read, joined and made into functions.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

import orjson

from domain.doors import UNMATCHED
from domain.mapping import sources, transforms
from domain.mapping.model import ENTITIES, Entry, Fault, MappingError, MappingFile, Responsible, Rules, parse
from domain.mapping.sources import FIXED, Case, Kind, Source
from domain.plan import Owner, Owners
from domain.ports import FieldSpec, FieldUse, StageSpec
from domain.stays import Stay, StayState

KEYS_FIELD = "UF_CRM_CONCIERGE_KEYS"
OURS = "UF_CRM_CONCIERGE_"
MULTIFIELDS = frozenset({"phones", "emails"})
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
_OBLIGATORY: Mapping[str, Mapping[str, str]] = {
    "contact": {KEYS_FIELD: "key"},
    "company": {KEYS_FIELD: "key"},
    "deal": {KEYS_FIELD: "key", "categoryId": "pipeline", "contactIds": "guests"},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One field: how its value is made, and of which kind it is. ``fixed``: the sync makes it itself.

    ``raw``: the value before any transform, for a preview.
    """

    field: str
    get: Callable[[Case], Any]
    kind: Kind
    fixed: str = ""
    raw: Callable[[Case], Any] = lambda _case: None


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
    lines = {entity: _lines(entity, getattr(parsed, entity), faults) for entity in ENTITIES}
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


def _lines(entity: str, entries: Mapping[str, Entry], faults: list[Fault]) -> list[Line]:
    found = []
    for name, entry in entries.items():
        table, fixed = f"{entity}.{name}", _OBLIGATORY[entity].get(name)
        if fixed is not None and (entry.source != fixed or entry.owner is not Owner.OVERWRITE or entry.steps):
            faults.append(Fault(table, "", "fixed-field"))
        elif entry.owner is not Owner.NEVER and (line := _line(entity, name, entry, faults)) is not None:
            found.append(line)
    return found


def _line(entity: str, name: str, entry: Entry, faults: list[Fault]) -> Line | None:
    table = f"{entity}.{name}"
    if isinstance(entry.source, str) and entry.source in FIXED[entity]:
        return _fixed(entity, name, entry, faults)
    made = _made(entity, table, entry, faults)
    if made is None:
        return None
    get, kind = made
    try:
        run, kind = transforms.chain(entry.steps, kind)
    except transforms.BadStep as bad:
        faults.append(Fault(table, "as", bad.code, bad.params))
        return None
    if name in MULTIFIELDS and kind is not Kind.TEXTS:
        faults.append(Fault(table, "as", "multifield"))
        return None
    if entry.type is not None and not _type_fits(entry.type, kind):
        faults.append(Fault(table, "type", "type-kind", {"type": entry.type, "kind": kind.value}))
        return None
    return Line(name, _piped(get, run), kind, raw=get)


def _fixed(entity: str, name: str, entry: Entry, faults: list[Fault]) -> Line | None:
    source = str(entry.source)
    places = {"key": KEYS_FIELD, "stage": "stageId", "pipeline": "categoryId", "guests": "contactIds",
              "firm": "companyId", "responsible": "assignedById"}  # fmt: skip
    if places[source] != name:
        faults.append(
            Fault(f"{entity}.{name}", "from", "fixed-source", {"name": source, "field": places[source]})
        )
        return None
    if entry.steps:
        faults.append(Fault(f"{entity}.{name}", "as", "fixed-field"))
        return None
    return Line(name, lambda _case: None, Kind.FIXED, source)


def _made(
    entity: str, table: str, entry: Entry, faults: list[Fault]
) -> tuple[Callable[[Case], Any], Kind] | None:
    """Where the value comes from, before any transform."""
    if entry.template is not None:
        return _template(entity, table, entry.template, faults)
    several = isinstance(entry.source, list)
    asked = entry.source if isinstance(entry.source, list) else [str(entry.source)]
    found = [_source(entity, table, "from", name, faults) for name in asked]
    real = [one for one in found if one is not None]
    if len(real) != len(found):
        return None
    if not several:
        return real[0].get, real[0].kind
    if not real or any(one.kind is not Kind.TEXT for one in real):
        faults.append(Fault(table, "from", "list-of-texts"))
        return None
    return (lambda case: tuple(str(one.get(case) or "") for one in real)), Kind.TEXTS


def _source(entity: str, table: str, key: str, name: str, faults: list[Fault]) -> Source | None:
    found = sources.find(entity, name)
    if found is None or found.kind is Kind.FIXED:
        code = "source-unknown" if found is None else "source-fixed"
        known = sources.names(entity)
        near = get_close_matches(name, known, n=5, cutoff=0.5)
        faults.append(Fault(table, key, code, {"name": name, "known": ", ".join(near or known)}))
        return None
    return found


def _template(
    entity: str, table: str, template: str, faults: list[Fault]
) -> tuple[Callable[[Case], Any], Kind] | None:
    """``{last_name} {first_name}``; days and numbers take a format: ``{arrival:%d.%m}``."""
    try:
        parts = [(text, name, form or "") for text, name, form, _ in Formatter().parse(template)]
    except ValueError:
        faults.append(Fault(table, "template", "template"))
        return None
    pieces: list[tuple[str, Source | None, str]] = []
    for text, name, form in parts:
        source = _source(entity, table, "template", name, faults) if name is not None else None
        if name is not None and (source is None or not _formats(source, form)):
            if source is not None:
                faults.append(Fault(table, "template", "template-format", {"name": name, "format": form}))
            return None
        pieces.append((text, source, form))

    def get(case: Case) -> str:
        return "".join(
            text + (_shown(source.get(case), form, case) if source else "") for text, source, form in pieces
        )

    return get, Kind.TEXT


def _formats(source: Source, form: str) -> bool:
    if source.kind in {Kind.DATE, Kind.MOMENT}:
        return form == "" or re.fullmatch(r"[%\w.\-:/ ]*", form) is not None
    return form == "" and source.kind is not Kind.TEXTS


def _shown(value: Any, form: str, case: Case) -> str:
    if value is None:
        return ""
    if hasattr(value, "tzinfo") and value.tzinfo is not None:
        value = sources.local(value, case.hotel)
    if hasattr(value, "amount"):
        value = value.amount
    return f"{value:{form}}" if form else str(value)


def _piped(get: Callable[[Case], Any], run: transforms.Run | None) -> Callable[[Case], Any]:
    return get if run is None else lambda case: run(get(case), case)


# --- the layout ----------------------------------------------------------------------------------------------


def _type_fits(kind_of_field: str, kind: Kind) -> bool:
    fitting = {
        "string": set(Kind),
        "url": {Kind.TEXT, Kind.TEXTS},
        "integer": {Kind.NUMBER},
        "double": {Kind.NUMBER, Kind.TEXT},
        "boolean": {Kind.BOOL},
        "date": {Kind.DATE, Kind.TEXT},
        "datetime": {Kind.MOMENT, Kind.DATE, Kind.TEXT},
        "money": {Kind.MONEY},
    }
    return kind in fitting[kind_of_field]


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
        source = _source(entity, table, f"when.{name}", name, faults)
        if source is not None:
            conditions.append((source, frozenset(values)))
    return conditions, rule.user
