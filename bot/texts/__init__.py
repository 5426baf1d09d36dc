"""The words for people, Russian and English, as Fluent files; here is the one function that reads them.

Values that come from outside are escaped on the way in, so a guest called ``<b>`` stays a guest.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax.ast import Junk

from domain.chat import Markup, escape

LANGUAGES = ("ru", "en")
_HERE = Path(__file__).parent

_WEEKDAYS = {
    "ru": ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = {
    "ru": (
        "января", "февраля", "марта", "апреля", "мая", "июня",
        "июля", "августа", "сентября", "октября", "ноября", "декабря",
    ),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}  # fmt: skip


LONG = 1000
"""Fluent refuses values beyond 2,500 characters, which people do write: longer ones are put in afterwards."""


class BrokenTextError(ValueError):
    """A texts file with an entry that can't be read."""


class MissingTextError(KeyError):
    """A key that no language knows: a mistake of ours, found by the tests."""


@cache
def _bundle(language: str) -> FluentBundle:
    bundle = FluentBundle([language], use_isolating=False)
    for path in sorted((_HERE / language).glob("*.ftl")):
        resource = FluentResource(path.read_text(encoding="utf-8"))
        if broken := [one for one in resource.body if isinstance(one, Junk)]:
            raise BrokenTextError(f"{path.name}: {(broken[0].content or '').strip()[:80]}")
        bundle.add_resource(resource)
    return bundle


def keys(language: str) -> frozenset[str]:
    """All message keys of a language."""
    return frozenset(_bundle(language)._messages)  # noqa: SLF001 - the runtime offers no public listing


def has(key: str, language: str) -> bool:
    """Whether a text exists."""
    return _bundle(language).has_message(key)


def text(key: str, language: str, /, **params: object) -> str:
    """The text of ``key`` in our markup; MissingTextError when the key is unknown.

    ``datetime`` params must already be in the zone they are shown in; ``date`` ones are calendar dates.
    """
    bundle = _bundle(language if language in LANGUAGES else "ru")
    if not bundle.has_message(key):
        raise MissingTextError(key)
    pattern = bundle.get_message(key).value
    if pattern is None:
        raise MissingTextError(key)
    prepared = _prepare(params, language)
    long = {f"\ue000{name}\ue001": v for name, v in prepared.items() if isinstance(v, str) and len(v) > LONG}
    marks = {mark[1:-1]: mark for mark in long}
    value, errors = bundle.format_pattern(pattern, {**prepared, **marks})
    if errors:
        raise MissingTextError(f"{key}: {errors[0]}")
    shown = str(value)
    for mark, words in long.items():
        shown = shown.replace(mark, words)
    return shown.strip()


def _prepare(params: Mapping[str, object], language: str) -> dict[str, object]:
    return {name: _show(value, language) for name, value in params.items()}


def _show(value: object, language: str) -> object:
    match value:
        case Markup():
            return str(value)
        case str():
            return escape(value)
        case datetime():
            return moment(value, language)
        case date():
            return day(value, language)
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return value
        case _:
            return escape(str(value))


def day(value: date, language: str) -> str:
    """«вт 24 ноября» or «Tue 24 Nov»."""
    return f"{_WEEKDAYS[language][value.weekday()]} {value.day} {_MONTHS[language][value.month - 1]}"


def moment(value: datetime, language: str) -> str:
    """«вт 24 ноября, 11:20»."""
    return f"{day(value.date(), language)}, {value:%H:%M}"
