"""The settings of every portal as the pages see them (domain.ports.SettingsDesk): what holds, what is fixed, what is wrong."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from app.commands import door_check
from app.commands.base import Records
from app.doors import doors_of
from app.portal_settings import OF_A_PORTAL, Located, PortalSettingsError, effective, fixed
from app.portals import Portals
from app.settings import Settings
from app.sources import tidy_location
from app.stored_secrets import opened
from bot.texts import has, text
from domain import settings_tree
from domain.errors import ConciergeError
from domain.ports.settings import DoorFinding, SettingsFault
from handlers.scope import Scopes

_BY_TYPE = {
    "missing": "missing", "string_too_short": "missing", "string_type": "form", "extra_forbidden": "unknown",
    "int_parsing": "number", "int_type": "number", "int_from_float": "number", "float_parsing": "number",
    "greater_than_equal": "least", "greater_than": "least", "less_than_equal": "most",
    "literal_error": "choice", "enum": "choice", "string_pattern_mismatch": "form", "union_tag_invalid": "choice",
    "union_tag_not_found": "missing", "bool_parsing": "choice", "time_zone": "form",
}  # fmt: skip
"""What is wrong, by pydantic's word for it: the end of a text's key (``setting-wrong-…``)."""
_OF_SERVER = ("mapping", "consent_file", "key_file", "path", "map", "thick")
"""Settings that name files of the server: an installed portal's admin isn't its operator."""


class Desk:
    """Over the portals of this process; ``tell`` has a portal made anew, in every process."""

    def __init__(self, portals: Portals, tell: Callable[[int], Awaitable[None]]) -> None:
        self._portals = portals
        self._tell = tell

    def _is_main(self, portal_id: int) -> bool:
        return portal_id == self._portals.main_id

    def effective(self, portal_id: int) -> Mapping[str, Any]:
        """As :meth:`domain.ports.settings.SettingsDesk.effective`; a hotel's doors are one list, ``sources``."""
        settings = self._portals[portal_id].settings
        whole = settings.model_dump(mode="json", include={*OF_A_PORTAL, "people", "hotels"})
        for table, keys in OF_A_PORTAL.items():
            if keys:
                whole[table] = {name: value for name, value in whole[table].items() if name in keys}
        for hotel in whole["hotels"]:
            first = hotel.pop("source", None)
            hotel["sources"] = [*([first] if first else []), *hotel["sources"]]
        told: Mapping[str, Any] = settings_tree.each_secret(whole, lambda value: {"set": bool(value)})
        return told

    def fixed(self, portal_id: int) -> frozenset[str]:
        """As :meth:`domain.ports.settings.SettingsDesk.fixed`; nothing for a portal the file isn't about."""
        return fixed(self._portals.process) if self._is_main(portal_id) else frozenset()

    def faults(self, portal_id: int, stored: Mapping[str, Any], language: str) -> Sequence[SettingsFault]:
        """As :meth:`domain.ports.settings.SettingsDesk.faults`: shapes first, then whether doors can be made of it."""
        is_main = self._is_main(portal_id)
        if not is_main and (faults := list(_of_server(stored, language))):
            return faults
        try:
            plain = opened(self._portals.process, portal_id, stored)
            settings = effective(self._portals.process, plain, is_main=is_main)
        except PortalSettingsError as error:
            return [_told(one, language) for one in error.located]
        except ConciergeError as fault:
            return [SettingsFault("", _explained(fault, language))]
        return [*_twice(settings, language), *_doors(settings, language)]

    async def changed(self, portal_id: int) -> None:
        """As :meth:`domain.ports.settings.SettingsDesk.changed`."""
        await self._tell(portal_id)

    async def test_door(self, portal_id: int, hotel: str, door: str, language: str) -> Sequence[DoorFinding]:
        """As :meth:`domain.ports.settings.SettingsDesk.test_door`."""
        served, session = self._portals[portal_id], self._portals.session
        section = next((one for one in served.settings.hotels if one.code == hotel), None)
        if section is None or session is None:
            return []
        service = served.settings.service.model_copy(update={"language": language})
        settings = served.settings.model_copy(update={"service": service})
        db = self._portals.db
        scopes = Scopes(db, self._portals.clock, text, self._portals.portal)
        house = Records(db, served.portal, scopes)
        found = door_check.of_hotel(settings, section, session, house, only=door)
        return [DoorFinding(one.part, one.ok, one.detail, one.remedy) async for one in found]


def _told(located: Located, language: str) -> SettingsFault:
    """A fault of shape in the reader's words: of the very field where there are some, of its sort else."""
    place, error = located
    path = ".".join(map(str, _tidy(place)))
    leaf, kind = path.rpartition(".")[2], next((str(part) for part in place if part in _KINDS), "")
    for key in (f"setting-wrong-at-{leaf}-{kind}", f"setting-wrong-at-{leaf}"):
        if error["type"] not in {"missing", "extra_forbidden"} and has(key, language):
            return SettingsFault(path, text(key, language))
    sort = _BY_TYPE.get(str(error["type"]), "value")
    context = error.get("ctx") or {}
    params = {
        "least": context.get("ge", context.get("gt", "")),
        "most": context.get("le", context.get("lt", "")),
        "why": str(error["msg"]).removeprefix("Value error, "),
    }
    return SettingsFault(path, text(f"setting-wrong-{sort}", language, **params))


_KINDS = frozenset({"suite8", "fias", "exports", "opera_db", "opera_cloud", "oxi"})


def _tidy(place: Sequence[int | str]) -> list[int | str]:
    """The path as our settings have it: pydantic puts a door's kind behind its number."""
    if len(place) > 2 and place[0] == "hotels":
        return [*place[:2], *tidy_location(place[2:])]
    return list(place)


def _of_server(stored: Mapping[str, Any], language: str) -> Iterator[SettingsFault]:
    words = text("setting-wrong-of-server", language)
    for path, value in settings_tree.leaves(stored):
        if value and path.rpartition(".")[2] in _OF_SERVER:
            yield SettingsFault(path, words)


def _twice(settings: Settings, language: str) -> Iterator[SettingsFault]:
    seen: set[str] = set()
    for hotel in settings.hotels:
        if hotel.code in seen:
            words = text("setting-wrong-twice", language, code=hotel.code)
            yield SettingsFault(f"hotels.{hotel.code}.code", words)
        seen.add(hotel.code)


def _doors(settings: Settings, language: str) -> Iterator[SettingsFault]:
    for hotel in settings.hotels:
        try:
            doors_of(hotel)
        except ConciergeError as fault:
            yield SettingsFault(f"hotels.{hotel.code}.sources", _explained(fault, language))


def _explained(fault: ConciergeError, language: str) -> str:
    key = f"error-{fault.code}"
    words = text(key, language, **fault.params) if has(key, language) else fault.code
    return f"{words} {fault.detail}".strip()
