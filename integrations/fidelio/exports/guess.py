"""Proposes a column map for a file nobody has described: code page, separator, columns, dates, states, and the doubts.

A proposal is for a person to look at. What could be read in two ways is left empty and said, never chosen.
"""

import codecs
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.stays import Money
from integrations.fidelio.exports import guess_table
from integrations.fidelio.exports.column_map import STATES, BadMap, read_map
from integrations.fidelio.exports.dates import BadDate, read_day
from integrations.fidelio.exports.guess_table import Table
from integrations.fidelio.exports.guess_words import STATE_WORDS, TARGETS, plain
from integrations.fidelio.exports.readers import BadFile, decode, rows
from integrations.fidelio.exports.translate import Context, records
from integrations.fidelio.fias.codepages import score
from integrations.fidelio.rows import BadRow

HEAD_BYTES = 16 * 1024 * 1024
SHOWN = 5
PAGES = ("cp1251", "cp866", "koi8-r")
DAY_FORMATS = (
    "DD.MM.YYYY", "DD.MM.YY", "YYYY-MM-DD", "YYYYMMDD", "DD/MM/YYYY", "MM/DD/YYYY", "DD/MM/YY", "MM/DD/YY",
    "DD-MM-YYYY", "MM-DD-YYYY", "DD-MON-YY", "DD-MON-YYYY", "DD MON YYYY", "YYYY/MM/DD", "YYYY.MM.DD",
)  # fmt: skip
CLOCKS = ("", " HH:mm", " HH:mm:ss", "THH:mm:ss")
_DAYS = ("stay.arrival", "stay.departure")
_MOMENTS = ("stay.checked_in_at", "stay.checked_out_at", "stay.updated_at", "stay.created_at")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d\s()\-]{9,20}")


@dataclass(slots=True)
class Proposal:
    """A map to look through: ``toml`` its text, ``rows`` the first rows as they would be read, ``doubts`` the rest."""

    toml: str
    table: dict[str, Any]
    rows: list[dict[str, str]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    usable: bool = False


def propose(path: Path, *, timezone: str = "Europe/Moscow") -> Proposal:
    """Look at the beginning of a file. OSError; BadFile when there is nothing like a table in it."""
    with path.open("rb") as source:
        body = source.read(HEAD_BYTES)
        whole = not source.read(1)
    doubts: list[str] = []
    encoding = _encoding(body, doubts)
    text = _text(body, encoding, whole=whole)
    found = guess_table.read(text, whole=whole)
    table: dict[str, Any] = {"match": _pattern(path.name), "format": found.format, "encoding": encoding}
    table |= found.settings
    columns, unused = _columns(found, doubts)
    table |= _dates(found, columns, doubts)
    if any(name in columns for name in ("stay.rate", "stay.total")):
        table["decimal"] = _decimal(
            [*found.values(columns.get("stay.total")), *found.values(columns.get("stay.rate"))]
        )
    table |= _states(found, columns, doubts)
    table["columns"] = columns
    proposal = Proposal(_toml(table, doubts), table, doubts=doubts, unused=unused)
    _try(proposal, body if whole else text.encode(encoding), path, timezone)
    return proposal


# --- the bytes -----------------------------------------------------------------------------------------------


def _encoding(body: bytes, doubts: list[str]) -> str:
    if body.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if body.isascii():
        doubts.append("encoding: only Latin letters seen; utf-8 is assumed, cp1251 is as likely")
        return "utf-8"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        scores = {page: score(body.decode(page, "replace")) for page in PAGES}
        return max(scores, key=lambda page: scores[page])
    return "utf-8"


def _text(body: bytes, encoding: str, *, whole: bool) -> str:
    """The text without a letter or a line that was cut at its end."""
    if whole:
        return decode(body, encoding)
    text = codecs.getincrementaldecoder(encoding)().decode(body)
    return text[: text.rfind("\n") + 1] or text


def _pattern(name: str) -> str:
    """``arrivals_2026-11-23.csv`` → ``arrivals_*.csv``."""
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    return re.sub(r"\*+", "*", re.sub(r"\d[\d_.\-]*", "*", stem)) + dot + suffix


# --- the columns ---------------------------------------------------------------------------------------------


def _columns(found: Table, doubts: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Field → column reference, by the headers' words, then by what stands in the columns."""
    columns: dict[str, Any] = {}
    unused: list[str] = []
    for ref in found.refs:
        target = TARGETS.get(plain(found.heads.get(ref, "")))
        if target is None or (target in columns and target not in ("profile.phones", "profile.emails")):
            unused.append(str(ref))
        elif target in columns:
            before = columns[target]
            columns[target] = [*(before if isinstance(before, list) else [before]), ref]
        else:
            columns[target] = ref
    _by_content(found, columns, unused, doubts)
    if "profile.last_name" in columns and "profile.name" in columns:
        unused.append(str(columns.pop("profile.name")))
    needed = ("stay.reservation_id", *_DAYS)
    doubts += [f"columns: nothing found for {name}" for name in needed if name not in columns]
    if "stay.reservation_id" not in columns and "stay.confirmation" in columns:
        columns["stay.reservation_id"] = columns.pop("stay.confirmation")
        doubts[:] = [one for one in doubts if "stay.reservation_id" not in one]
        doubts.append("columns: the confirmation number stands for the reservation's; it may come twice")
    return columns, unused


def _by_content(found: Table, columns: dict[str, Any], unused: list[str], doubts: list[str]) -> None:
    def take(target: str, ref: str | int) -> None:
        columns[target] = ref
        unused.remove(str(ref))
        doubts.append(f"columns: {target} = {ref!r} by what stands there, not by its name")

    for ref in [one for one in found.refs if str(one) in unused]:
        values = [value for value in found.values(ref) if value]
        if not values:
            continue
        if "profile.emails" not in columns and _share(values, _EMAIL.fullmatch) > 0.8:
            take("profile.emails", ref)
        elif "profile.phones" not in columns and _share(values, _is_phone) > 0.8:
            take("profile.phones", ref)
        elif "stay.reservation_id" not in columns and _is_number(found.heads.get(ref, ""), values):
            take("stay.reservation_id", ref)
    if not set(_DAYS) & set(columns):
        days = [ref for ref in found.refs if str(ref) in unused and _formats(found.values(ref))]
        if len(days) == 2:
            take("stay.arrival", days[0])
            take("stay.departure", days[1])


def _is_number(head: str, values: Sequence[str]) -> bool:
    """A column called a number or nothing at all, whose values are numbers and never the same."""
    named = plain(head) in ("", "id", "no", "no.", "number", "№", "код", "n", "num")
    return named and len(set(values)) == len(values) and all(v.isdecimal() and len(v) > 2 for v in values)


def _share(values: Sequence[str], fits: Any) -> float:
    return sum(bool(fits(value)) for value in values) / len(values)


def _is_phone(value: str) -> bool:
    return bool(_PHONE.fullmatch(value)) and 10 <= sum(char.isdigit() for char in value) <= 13


# --- dates, money, states ------------------------------------------------------------------------------------


def _formats(values: Sequence[str], clocks: Sequence[str] = ("",)) -> list[str]:
    """The formats in which most values are dates, a few mistyped ones aside; none for a column without any."""
    given = [value for value in values if value.strip()]
    forms = [day + clock for day in DAY_FORMATS for clock in clocks]
    fits = {form: sum(_reads(value, form) for value in given) for form in forms}
    most = max(fits.values())
    return [form for form, count in fits.items() if count == most and count >= max(1, 0.8 * len(given))]


def _reads(value: str, form: str) -> bool:
    try:
        return read_day(value, form) is not None
    except BadDate:
        return False


def _dates(found: Table, columns: Mapping[str, Any], doubts: list[str]) -> dict[str, str]:
    days = [value for name in _DAYS for value in found.values(columns.get(name))]
    moments = [value for name in _MOMENTS for value in found.values(columns.get(name))]
    births = found.values(columns.get("profile.birthday"))
    chosen = {"dates": _only(_formats(days, CLOCKS), "dates", doubts, missing=True)}
    if any(value.strip() for value in moments):
        chosen["moments"] = _only(_formats(moments, CLOCKS), "moments", doubts)
    form = _formats(births)
    if form and chosen["dates"] not in form:
        chosen["birthdays"] = _only(form, "birthdays", doubts)
    return {name: value for name, value in chosen.items() if value or name == "dates"}


def _only(forms: Sequence[str], key: str, doubts: list[str], *, missing: bool = False) -> str:
    """The single format that fits; where two do, nobody guesses."""
    if len(forms) == 1:
        return forms[0]
    if forms:
        doubts.append(f"{key}: {' or '.join(forms)}? Both fit: say which")
    elif missing:
        doubts.append(f"{key}: no known format fits; say it, for example DD.MM.YYYY")
    return ""


def _decimal(values: Sequence[str]) -> str:
    marks = Counter(value.strip()[-3] for value in values if len(value.strip()) > 3)
    return "," if marks[","] > marks["."] else "."


def _states(found: Table, columns: dict[str, Any], doubts: list[str]) -> dict[str, Any]:
    if "stay.state" not in columns:
        if {"stay.checked_in_at", "stay.checked_out_at"} & set(columns):
            return {}
        doubts.append("states: no column of states; they are reckoned from the dates, or give a constant")
        return {"state_from_dates": True}
    seen = dict.fromkeys(value for value in found.values(columns["stay.state"]) if value)
    known = {value: STATE_WORDS[plain(value)] for value in seen if plain(value) in STATE_WORDS}
    doubts += [f"states: what is {v!r}? One of {', '.join(STATES)}" for v in seen if v not in known]
    return {"states": known}


# --- the proposal --------------------------------------------------------------------------------------------


def _toml(table: Mapping[str, Any], doubts: Sequence[str]) -> str:
    lines = [f"# ? {doubt}" for doubt in doubts]
    lines.append("[[files]]")
    for name, value in table.items():
        if not isinstance(value, dict):
            lines.append(f"{name} = {_literal(value)}")
    for name, value in table.items():
        if isinstance(value, dict):
            lines.append(f"[files.{name}]")
            lines += [f"{_literal(key)} = {_literal(one)}" for key, one in value.items()]
    return "\n".join(lines) + "\n"


def _literal(value: object) -> str:
    """JSON's strings, numbers, booleans and lists are TOML's."""
    return json.dumps(value, ensure_ascii=False)


def _try(proposal: Proposal, body: bytes, path: Path, timezone: str) -> None:
    """Read the first rows by the proposal, as the service would."""
    try:
        of = read_map({"files": [proposal.table]}).files[0]
    except BadMap as fault:
        proposal.doubts.append(f"not usable yet: {fault}")
        return
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    context = Context(ZoneInfo(timezone), "", written_at)
    good = bad = 0
    try:
        for line in rows(body, of):
            try:
                read = list(records(line, of, context))
            except BadRow as fault:
                bad += 1
                if bad <= SHOWN:
                    proposal.doubts.append(f"line {line.number}: {fault.code} {fault.detail}")
                continue
            good += 1
            if len(proposal.rows) < SHOWN:
                proposal.rows.append(_shown(read))
    except BadFile as fault:
        proposal.doubts.append(f"not usable yet: {fault}")
    proposal.usable = good > bad


def _shown(read: Sequence[Any]) -> dict[str, str]:
    """A row's fields that have a value, as a person reads them."""
    shown: dict[str, str] = {}
    for record in read:
        room = "profile" if hasattr(record, "last_name") else "stay"
        for name in record.__dataclass_fields__:
            value = getattr(record, name)
            if value and name not in ("updated_at", "kind") and value != 1:
                shown[f"{room}.{name}"] = _words(value)
    return shown


def _words(value: object) -> str:
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}".strip()
    return ", ".join(value) if isinstance(value, tuple) else str(value)
