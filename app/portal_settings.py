"""A portal's own settings: environment over ``concierge.toml`` over the database over the default (decision 14).

The file describes one portal, the main one. Of the others it sets what belongs to the process, and nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from app.sections import HotelSection, PersonGrant
from app.settings import Settings, SettingsError, fault_line

OF_A_PORTAL: Mapping[str, frozenset[str]] = {
    "service": frozenset({"language", "timezone"}),
    "bitrix24": frozenset(
        {
            "support_users", "managers", "representatives", "robots", "poll_seconds", "rest_seconds",
            "settle_seconds", "event_mode", "bucket_capacity", "calls_per_second",
        }
    ),
    "telegram": frozenset({"token", "support_chat", "managers_chat"}),
    "support": frozenset(),
    "callback": frozenset(),
    "privacy": frozenset(),
}  # fmt: skip
"""What a portal may have of its own, by table; an empty set: the whole table."""
FROM_FILE = frozenset({"poll_seconds", "rest_seconds", "settle_seconds", "event_mode"})
"""Of ``[bitrix24]``: how the vendor's service treats every portal that says nothing else."""


Located = tuple[tuple[int | str, ...], Mapping[str, Any]]
"""Where a fault is, hotels by their codes, and the fault as pydantic tells it."""


class PortalSettingsError(SettingsError):
    """As SettingsError; ``located`` has every fault with its place, for pages."""

    def __init__(self, faults: list[str], located: Sequence[Located] = ()) -> None:
        super().__init__(faults)
        self.located = located


def effective(process: Settings, stored: Mapping[str, Any], *, is_main: bool) -> Settings:
    """What holds for a portal. ``stored`` has the shape of the file; PortalSettingsError: it can't be used."""
    given = _given(process) if is_main else {}
    changed: dict[str, Any] = {}
    faults: list[str] = []
    located: list[Located] = []
    for table, keys in OF_A_PORTAL.items():
        section = getattr(process, table)
        own = {key: value for key, value in dict(stored.get(table, {})).items() if not keys or key in keys}
        own.pop("desk", None)  # whose desk it is says the vendor's file, never a customer's page
        base = {} if is_main else _inherited(table, section, keys)
        try:
            changed[table] = type(section).model_validate({**base, **own, **given.get(table, {})})
        except ValidationError as error:
            faults += [fault_line({**one, "loc": (table, *one["loc"])}) for one in error.errors()]
            located += [((table, *one["loc"]), dict(one)) for one in error.errors()]
    for table, model, listed in (
        ("people", PersonGrant, [*given.get("people", []), *stored.get("people", [])]),
        ("hotels", HotelSection, _by_code(given.get("hotels", []), stored.get("hotels", []))),
    ):
        changed[table], wrong, where = _list_of(table, model, listed)
        faults += wrong
        located += where
    if faults:
        raise PortalSettingsError(faults, located)
    return process.model_copy(update=changed)


def fixed(process: Settings) -> frozenset[str]:
    """What the file or the environment sets of the main portal: ``support.hours``, ``hotels.GRAND.sync.full_at``."""
    return frozenset(_paths(_given(process)))


def _given(process: Settings) -> dict[str, Any]:
    """As file and environment give it, without the defaults."""
    given = process.model_dump(exclude_unset=True)
    return {table: given[table] for table in (*OF_A_PORTAL, "people", "hotels") if table in given}


def _inherited(table: str, section: BaseModel, keys: frozenset[str]) -> dict[str, Any]:
    """What a portal has from the process: how it runs, and nothing of the main portal's people, hotels or desk."""
    if table == "support":
        return section.model_dump(exclude_unset=True, include={"desk"})
    if not keys:
        return {}
    of_portal = keys - FROM_FILE if table == "bitrix24" else keys - {"language", "timezone"}
    secret = {"webhook_url", "bot_token"} if table == "bitrix24" else set()
    return section.model_dump(exclude_unset=True, exclude={*of_portal, *secret})


def _by_code(given: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The hotels of both; of one that both have, the file's keys win one by one."""
    kept = {one["code"]: one for one in stored}
    hotels = [_over(kept.pop(one["code"], {}), one) for one in given]
    return hotels + [dict(one) for one in kept.values()]


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``above`` laid over ``below``; the doors are a whole: whoever names one, names them all."""
    merged = {key: value for key, value in below.items() if not (_DOORS & {key} and _DOORS & above.keys())}
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping) and key not in _DOORS:
            merged[key] = _over(old, value)
        else:
            merged[key] = value
    return merged


_DOORS = frozenset({"source", "sources"})


def _list_of(
    table: str, model: type[BaseModel], listed: Sequence[Mapping[str, Any]]
) -> tuple[list[BaseModel], list[str], list[Located]]:
    made: list[BaseModel] = []
    faults: list[str] = []
    located: list[Located] = []
    for number, one in enumerate(listed):
        try:
            made.append(model.model_validate(one))
        except ValidationError as error:
            faults += [
                fault_line({**fault, "loc": (table, number, *fault["loc"])}) for fault in error.errors()
            ]
            name = one.get("code", number)
            located += [((table, name, *fault["loc"]), dict(fault)) for fault in error.errors()]
    return made, faults, located


def _paths(value: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for key, inner in value.items():
        path = f"{before}{key}"
        if key == "hotels" and not before:
            for hotel in inner:
                yield from _paths({k: v for k, v in hotel.items() if k != "code"}, f"hotels.{hotel['code']}.")
                yield f"hotels.{hotel['code']}.code"
        elif isinstance(inner, Mapping) and inner and not key.isdigit():
            yield from _paths(inner, f"{path}.")
        else:
            yield path
