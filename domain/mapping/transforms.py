"""The transforms a mapping may name: each takes values of some kinds, gives one kind, and is told its parameter.

A step is a name (``"upper"``) or a table of one name and its parameter (``{cut = 50}``); ``map`` and ``bool`` take
``default`` beside it. None stands for "not known" and passes every transform but ``default``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.contacts import EmailKind, display_name, e164_list, parse_emails
from domain.mapping.sources import Case, Kind, local
from domain.stays import Money

Run = Callable[[Any, Case], Any]
Step = str | Mapping[str, Any]


class BadStep(Exception):
    """The step can't be used: ``code`` and ``params`` name what is wrong."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Transform:
    """``make`` gives the function for one parameter; ValueError when it can't be used."""

    takes: frozenset[Kind]
    gives: Kind | None  # None: what it took
    make: Callable[[Any, Any], Run]
    wants: str = "nothing"  # nothing | number | text | table | anything


_TEXTUAL = frozenset({Kind.TEXT})
_ANY = frozenset(Kind) - {Kind.FIXED}
_SEVERAL = frozenset({Kind.TEXT, Kind.TEXTS})
_CYRILLIC = re.compile("[А-Яа-яЁё]")
_YES = frozenset({"1", "y", "yes", "true", "да", "on", "x", "t"})


def _each(change: Callable[[str], str]) -> Callable[[Any, Any], Run]:
    """A change of texts: of one, or of every one in a list."""

    def run(value: Any, _case: Case) -> Any:
        if isinstance(value, str):
            return change(value)
        return tuple(filter(None, (change(one) for one in value)))

    return lambda _param, _default: run


def _phones(_param: Any, _default: Any) -> Run:
    def run(value: Any, case: Case) -> Any:
        numbers = (one for raw in _texts(value) for one in e164_list(raw, case.hotel.country))
        return tuple(dict.fromkeys(numbers))

    return run


def _emails(_param: Any, _default: Any) -> Run:
    def run(value: Any, _case: Case) -> Any:
        found = (one for raw in _texts(value) for one in parse_emails(raw))
        return tuple(dict.fromkeys(one.address for one in found if one.kind is EmailKind.REAL))

    return run


def _texts(value: Any) -> Sequence[str]:
    return (value,) if isinstance(value, str) else tuple(value)


def _cut(param: Any, _default: Any) -> Run:
    if not isinstance(param, int) or isinstance(param, bool) or param < 1:
        raise ValueError
    return lambda value, _case: value[:param].rstrip()


def _date(param: Any, _default: Any) -> Run:
    """A day as ISO, or in a format; of a moment: its day on the hotel's clock."""
    if param is not None and (not isinstance(param, str) or "%" not in param):
        raise ValueError

    def run(value: Any, case: Case) -> str:
        day = local(value, case.hotel).date() if isinstance(value, datetime) else value
        return str(f"{day:{param}}" if param else day.isoformat())

    return run


def _time(param: Any, _default: Any) -> Run:
    if param is not None and (not isinstance(param, str) or "%" not in param):
        raise ValueError
    return lambda value, case: f"{local(value, case.hotel):{param or '%H:%M'}}"


def _as_date(param: Any, _default: Any) -> Run:
    """A text into a day, by one explicit format; what doesn't fit isn't known."""
    if not isinstance(param, str) or "%" not in param:
        raise ValueError

    def run(value: Any, _case: Case) -> date | None:
        try:
            return datetime.strptime(value.strip(), param).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            return None

    return run


def _map(param: Any, default: Any) -> Run:
    if not isinstance(param, Mapping) or not all(isinstance(one, str | int) for one in param.values()):
        raise ValueError
    table = {str(key): str(value) for key, value in param.items()}
    return lambda value, _case: table.get(str(value), str(value if default is None else default))


def _bool(param: Any, _default: Any) -> Run:
    """True for the given texts; without them for yes, 1, да."""
    if param is not None and not (isinstance(param, list) and all(isinstance(one, str) for one in param)):
        raise ValueError
    yes = frozenset(one.casefold() for one in param) if param is not None else _YES

    def run(value: Any, _case: Case) -> bool:
        return value if isinstance(value, bool) else str(value).strip().casefold() in yes

    return run


def _number(_param: Any, _default: Any) -> Run:
    def run(value: Any, _case: Case) -> Decimal | int | None:
        if isinstance(value, Money):
            return value.amount
        if isinstance(value, int):
            return value
        try:
            number = Decimal(str(value).replace(",", ".").replace("\u00a0", "").replace(" ", ""))
        except InvalidOperation:
            return None
        return number if number.is_finite() else None

    return run


def _joined(param: Any, _default: Any) -> Run:
    if not isinstance(param, str):
        raise ValueError  # noqa: TRY004 - told as one kind of fault
    return lambda value, _case: param.join(one for one in _texts(value) if one)


def _first(_param: Any, _default: Any) -> Run:
    return lambda value, _case: next((one for one in _texts(value) if one.strip()), "")


def _cyrillic(_param: Any, _default: Any) -> Run:
    """The national spelling where there is one; Latin is for passports."""

    def run(value: Any, _case: Case) -> str:
        some = [one for one in _texts(value) if one.strip()]
        return next((one for one in some if _CYRILLIC.search(one)), some[0] if some else "")

    return run


def _default(param: Any, _default: Any) -> Run:
    if not isinstance(param, str | int):
        raise ValueError  # noqa: TRY004 - told as one kind of fault
    return lambda value, _case: str(param) if value in (None, "") else value


def _list(param: Any, _default: Any) -> Run:
    if not isinstance(param, str) or not param:
        raise ValueError
    return lambda value, _case: tuple(part.strip() for part in value.split(param) if part.strip())


REGISTRY: Mapping[str, Transform] = {
    "text": Transform(_SEVERAL, None, _each(lambda text: " ".join(text.split()))),
    "upper": Transform(_SEVERAL, None, _each(str.upper)),
    "lower": Transform(_SEVERAL, None, _each(str.lower)),
    "name_case": Transform(_SEVERAL, None, _each(display_name)),
    "cut": Transform(_TEXTUAL, Kind.TEXT, _cut, "number"),
    "phone_e164": Transform(_SEVERAL, Kind.TEXTS, _phones),
    "email": Transform(_SEVERAL, Kind.TEXTS, _emails),
    "date": Transform(frozenset({Kind.DATE, Kind.MOMENT}), Kind.TEXT, _date, "anything"),
    "time": Transform(frozenset({Kind.MOMENT}), Kind.TEXT, _time, "anything"),
    "as_date": Transform(_TEXTUAL, Kind.DATE, _as_date, "text"),
    "number": Transform(frozenset({Kind.TEXT, Kind.NUMBER, Kind.MONEY}), Kind.NUMBER, _number),
    "money_amount": Transform(frozenset({Kind.MONEY}), Kind.TEXT, lambda *_: lambda v, _case: str(v.amount)),
    "currency": Transform(frozenset({Kind.MONEY}), Kind.TEXT, lambda *_: lambda v, _case: v.currency),
    "bool": Transform(frozenset({Kind.TEXT, Kind.BOOL}), Kind.BOOL, _bool, "anything"),
    "not": Transform(frozenset({Kind.BOOL}), Kind.BOOL, lambda *_: lambda value, _case: not value),
    "map": Transform(frozenset({Kind.TEXT, Kind.NUMBER}), Kind.TEXT, _map, "table"),
    "concat": Transform(_SEVERAL, Kind.TEXT, _joined, "text"),
    "first_of": Transform(_SEVERAL, Kind.TEXT, _first),
    "cyrillic_first": Transform(_SEVERAL, Kind.TEXT, _cyrillic),
    "list": Transform(_TEXTUAL, Kind.TEXTS, _list, "text"),
    "default": Transform(_TEXTUAL, Kind.TEXT, _default, "anything"),
}
_WITH_DEFAULT = frozenset({"map"})
_MOST_STEPS = 10


def chain(steps: Sequence[Step], kind: Kind) -> tuple[Run | None, Kind]:
    """All steps as one function, and the kind it gives; None for no steps. Raises BadStep."""
    if len(steps) > _MOST_STEPS:
        raise BadStep("too-many-steps", most=_MOST_STEPS)
    runs: list[tuple[Run, bool]] = []
    for step in steps:
        name, param, default = _read(step)
        transform = REGISTRY[name]
        if kind not in transform.takes:
            raise BadStep("transform-kind", name=name, kind=kind.value)
        try:
            runs.append((transform.make(param, default), name == "default"))
        except ValueError:
            raise BadStep("transform-parameter", name=name) from None
        kind = transform.gives or kind
    return (_composed(runs) if runs else None), kind


def _read(step: Step) -> tuple[str, Any, Any]:
    """(name, parameter, default) of a step as written."""
    if isinstance(step, str):
        name, param, default = step, None, None
        wants = REGISTRY[name].wants if name in REGISTRY else "nothing"
        if wants not in {"nothing", "anything"}:
            raise BadStep("transform-parameter", name=name)
    else:
        named = [key for key in step if key != "default"] or list(step)
        if len(named) != 1 or (len(step) == 2 and named[0] not in _WITH_DEFAULT):
            raise BadStep("transform-shape")
        name, param, default = named[0], step[named[0]], step.get("default") if len(step) == 2 else None
        if name in REGISTRY and REGISTRY[name].wants == "nothing":
            raise BadStep("transform-parameter", name=name)
    if name not in REGISTRY:
        raise BadStep("transform-unknown", name=name, known=", ".join(REGISTRY))
    return name, param, default


def _composed(runs: Sequence[tuple[Run, bool]]) -> Run:
    def run(value: Any, case: Case) -> Any:
        for one, takes_none in runs:
            if value is not None or takes_none:
                value = one(value, case)
        return value

    return run
