"""A mapping's entries as functions: where each field's value comes from, and every fault of an entry by its place."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from string import Formatter
from typing import Any

from domain.mapping import sources, transforms
from domain.mapping.model import Entry, Fault
from domain.mapping.sources import FIXED, Case, Kind, Source
from domain.plan import Owner

KEYS_FIELD = "UF_CRM_CONCIERGE_KEYS"
MULTIFIELDS = frozenset({"phones", "emails"})
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


def lines_of(entity: str, entries: Mapping[str, Entry], faults: list[Fault]) -> list[Line]:
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
    found = [source_of(entity, table, "from", name, faults) for name in asked]
    real = [one for one in found if one is not None]
    if len(real) != len(found):
        return None
    if not several:
        return real[0].get, real[0].kind
    if not real or any(one.kind is not Kind.TEXT for one in real):
        faults.append(Fault(table, "from", "list-of-texts"))
        return None
    return (lambda case: tuple(str(one.get(case) or "") for one in real)), Kind.TEXTS


def source_of(entity: str, table: str, key: str, name: str, faults: list[Fault]) -> Source | None:
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
        source = source_of(entity, table, "template", name, faults) if name is not None else None
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
