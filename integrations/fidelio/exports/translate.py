"""A row of a file as a stay and its guest, by the map; what can't be read is a problem that names the column."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from domain.guests import Profile, ProfileKind
from domain.stays import Money, Stay, StayState
from integrations.fidelio.exports.column_map import FileMap
from integrations.fidelio.exports.dates import BadDate, read_day, read_moment
from integrations.fidelio.exports.readers import Line
from integrations.fidelio.fias.names import split_name
from integrations.fidelio.mojibake import is_mojibake
from integrations.fidelio.rows import BadRow

_DAYS = {"stay.arrival", "stay.departure"}
_MOMENTS = {
    f"{room}.{name}"
    for room in ("stay", "profile")
    for name in ("checked_in_at", "checked_out_at", "updated_at", "created_at")
}
_NUMBERS = {"stay.room_count", "stay.adults", "stay.children"}
_MONEY = {"stay.rate", "stay.total"}
_LISTS = {"profile.phones", "profile.emails", "profile.memberships", "profile.preferences"}
_FLAGS = {"profile.no_mailing", "profile.no_emailing", "profile.blacklisted"}
_YES = {"1", "y", "yes", "true", "j", "да", "д", "x", "+"}
_NO = {"", "0", "n", "no", "false", "нет", "н", "-"}


@dataclass(frozen=True, slots=True)
class Context:
    """What rows of one file are read with. ``written_at``: when the file was written, in UTC."""

    zone: ZoneInfo
    currency: str
    written_at: datetime

    @property
    def day(self) -> date:
        return self.written_at.astimezone(self.zone).date()


def records(line: Line, of: FileMap, context: Context) -> Iterator[Stay | Profile]:
    """The guest first, then his stay. BadRow with a code of the ``row-`` family."""
    if not line.texts:
        raise BadRow("row-columns", f"line {line.number}")
    texts = _texts(line, of)
    values = {name: _value(name, text, of, context) for name, text in texts.items() if name != "stay.state"}
    profile = _profile(values, of, context)
    if profile is not None:
        yield profile
    if of.targets("stay"):
        yield _stay(values, texts, of, context, profile)


def _texts(line: Line, of: FileMap) -> dict[str, str]:
    """Field → text; several columns of one field joined by a blank (lists: by a line)."""
    found = dict(of.constants)
    for name, column in of.columns.items():
        refs = column if isinstance(column, tuple) else (column,)
        parts = [line.texts[ref] for ref in refs]
        found[name] = ("\n" if name in _LISTS else " ").join(filter(None, parts))
        if is_mojibake(found[name]):
            raise BadRow("row-mojibake", name)
    return found


def _value(name: str, text: str, of: FileMap, context: Context) -> Any:
    try:
        if name in _DAYS:
            return read_day(text, of.dates)
        if name == "profile.birthday":
            return read_day(text, of.birthdays or of.dates, past=context.day)
        if name in _MOMENTS:
            found = read_moment(text, of.moments or of.dates)
            return found.replace(tzinfo=context.zone).astimezone(UTC) if found else None
    except BadDate as fault:
        raise BadRow("row-bad-date", f"{name}: {fault}") from fault
    if name in _NUMBERS:
        return int(_number(name, text or "0", of))
    if name in _MONEY:
        return _number(name, text, of) if text else None
    if name in _LISTS:
        return tuple(dict.fromkeys(part.strip() for part in text.splitlines() if part.strip()))
    if name in _FLAGS:
        return _flag(name, text)
    return text


def _number(name: str, text: str, of: FileMap) -> Decimal:
    thousands = "," if of.decimal == "." else "."
    plain = "".join(text.split()).replace("\N{NO-BREAK SPACE}", "")
    if thousands in plain:
        whole, _, rest = plain.replace(of.decimal, "\0", 1).partition("\0")
        groups = whole.split(thousands)
        if any(len(group) != 3 for group in groups[1:]) or thousands in rest:
            raise BadRow("row-bad-number", f"{name}: decimal = {of.decimal!r}?")
        plain = "".join(groups) + (of.decimal + rest if rest else "")
    try:
        value = Decimal(plain.replace(of.decimal, "."))
    except InvalidOperation as fault:
        raise BadRow("row-bad-number", name) from fault
    if not value.is_finite():
        raise BadRow("row-bad-number", name)
    return value


def _flag(name: str, text: str) -> bool:
    if text.casefold() in _YES:
        return True
    if text.casefold() in _NO:
        return False
    raise BadRow("row-bad-flag", name)


# --- the guest -----------------------------------------------------------------------------------------------


def _profile(values: Mapping[str, Any], of: FileMap, context: Context) -> Profile | None:
    """The guest; numbered by his reservation where the file has no number of his own."""
    given = {name.partition(".")[2]: value for name, value in values.items() if name.startswith("profile.")}
    if not given:
        return None
    reservation = values.get("stay.reservation_id", "")
    number = given.pop("profile_id", "") or values.get("stay.profile_id") or ""
    if not number and not reservation:
        raise BadRow("row-missing-id", "profile.profile_id")
    if full := given.pop("name", ""):
        last, first, title = split_name(full, given.get("first_name", ""), of.names)  # type: ignore[arg-type]
        given |= {"last_name": last, "first_name": first, "title": given.get("title") or title}
    firm = given.get("company_name") and not given.get("last_name")
    given["updated_at"] = given.get("updated_at") or context.written_at
    if consent := values.get("extra.marketing_consent"):
        given["extra"] = {"marketing_consent": consent}
    kind = ProfileKind.COMPANY if firm else ProfileKind.INDIVIDUAL
    return Profile(number or f"R{reservation}", kind, **given)


# --- the stay ------------------------------------------------------------------------------------------------


def _stay(
    values: Mapping[str, Any],
    texts: Mapping[str, str],
    of: FileMap,
    context: Context,
    profile: Profile | None,
) -> Stay:
    given = {name.partition(".")[2]: value for name, value in values.items() if name.startswith("stay.")}
    number = given.pop("reservation_id")
    if not number:
        raise BadRow("row-missing-id", "stay.reservation_id")
    arrival, departure = given["arrival"], given["departure"]
    for name, day in (("arrival", arrival), ("departure", departure)):
        if day is None:
            raise BadRow("row-bad-date", f"stay.{name}: empty")
    if departure < arrival:
        raise BadRow("row-bad-date", "stay.departure: before the arrival")
    currency = given.pop("currency", "") or context.currency
    for name in ("rate", "total"):
        if given.get(name) is not None:
            given[name] = Money(given[name], currency)
    if profile is not None:
        given["profile_id"] = profile.profile_id
        given["guest_name"] = given.get("guest_name") or " ".join(
            filter(None, (profile.last_name or profile.company_name, profile.first_name))
        )
    for name in ("profile_id", "company_id", "agent_id"):
        if name in given:
            given[name] = given[name] or None
    given["updated_at"] = given.get("updated_at") or context.written_at
    given["room_count"] = given.get("room_count") or 1
    state = _state(texts, given, of, context)
    extra = {
        name.partition(".")[2]: text for name, text in values.items() if name.startswith("extra.") and text
    }
    return Stay(number, state, **given, extra=extra)


def _state(texts: Mapping[str, str], given: Mapping[str, Any], of: FileMap, context: Context) -> StayState:
    """By the map's words, by the moments of check-in and check-out, or, where the map says so, by the dates."""
    if "stay.state" in of.columns:
        word = texts["stay.state"].casefold()
        known = {text.casefold(): state for text, state in of.states.items()}
        if word not in known:
            raise BadRow("row-bad-state", "stay.state: not among [files.states]")
        return StayState(known[word])
    if "stay.state" in of.constants:
        return StayState(of.constants["stay.state"])
    if given.get("checked_out_at"):
        return StayState.CHECKED_OUT
    if given.get("checked_in_at"):
        return StayState.IN_HOUSE
    if of.state_from_dates:
        if given["departure"] < context.day:
            return StayState.CHECKED_OUT
        return StayState.IN_HOUSE if given["arrival"] < context.day else StayState.CONFIRMED
    return StayState.CONFIRMED
