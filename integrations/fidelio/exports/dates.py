"""Dates and moments by an explicit format: 03.04.26 is the third of April or the fourth of March, and nobody guesses.

A format is written with YYYY or YY, MM (a number), MON (JAN, ЯНВ), DD, HH, mm, ss; everything else stands for itself.
"""

import re
from datetime import date, datetime, timedelta
from functools import cache

_TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MON": r"(?P<name>[^\W\d_]{3,9})\.?",
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2})",
}
_SPLIT = re.compile("|".join(_TOKENS))
_MONTHS = {
    **dict(zip("jan feb mar apr may jun jul aug sep oct nov dec".split(), range(1, 13), strict=True)),  # noqa: SIM905
    **dict(zip("янв фев мар апр май июн июл авг сен окт ноя дек".split(), range(1, 13), strict=True)),  # noqa: SIM905
    "мая": 5,
}


class BadDate(ValueError):
    """No date of the format, or a format that says nothing definite."""


@cache
def _pattern(form: str) -> re.Pattern[str]:
    parts, last = [], 0
    for found in _SPLIT.finditer(form):
        parts += [re.escape(form[last : found.start()]), _TOKENS[found[0]]]
        last = found.end()
    parts.append(re.escape(form[last:]))
    try:
        return re.compile("".join(parts))
    except re.error as fault:
        raise BadDate(f"{form!r} names a part twice") from fault


def check_format(form: str) -> None:
    """BadDate unless the format has a day, a month and a year, each once."""
    groups = set(_pattern(form).groupindex)
    if "day" not in groups or not groups & {"month", "name"} or not groups & {"year", "short"}:
        raise BadDate(f"{form!r} must have DD, MM (or MON) and YYYY (or YY), for example DD.MM.YYYY")
    if {"month", "name"} <= groups or {"year", "short"} <= groups:
        raise BadDate(f"{form!r} has the month or the year twice")


def read_day(text: str, form: str, *, past: date | None = None) -> date | None:
    """A calendar date, None when empty. ``past``: two digits mean the latest year up to then. BadDate."""
    parts = _parts(text, form)
    return None if parts is None else _day(parts, past)


def read_moment(text: str, form: str) -> datetime | None:
    """A wall-clock moment (naive: the zone is the hotel's), None when empty. BadDate."""
    parts = _parts(text, form)
    if parts is None:
        return None
    day = _day(parts, None)
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    if hour == 24 and minute == second == 0:
        return datetime(day.year, day.month, day.day) + timedelta(days=1)  # noqa: DTZ001 - wall time
    try:
        return datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 - wall time
    except ValueError as fault:
        raise BadDate("no such time") from fault


def _parts(text: str, form: str) -> dict[str, str] | None:
    text = text.strip()
    if not text or not re.search("[1-9]", text):  # 00.00.0000 and --.--.-- are nothing
        return None
    found = _pattern(form).fullmatch(text)
    if found is None:
        raise BadDate(f"not {form}")
    return found.groupdict()


def _day(parts: dict[str, str], past: date | None) -> date:
    month = (
        int(parts["month"]) if parts.get("month") else _MONTHS.get((parts.get("name") or "")[:3].lower(), 0)
    )
    year = int(parts["year"]) if parts.get("year") else 2000 + int(parts["short"])
    if past is not None and parts.get("short") and year > past.year:
        year -= 100
    try:
        return date(year, month, int(parts["day"]))
    except ValueError as fault:
        raise BadDate("no such day") from fault
