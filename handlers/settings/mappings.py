"""A hotel's mapping on the pages: as it stands, tried on ten guests, changed by table or by text, checked first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain import item_privacy
from domain.chat import Channel
from domain.errors import Refused
from domain.mapping import FieldMapping, MappingError, default_mapping, edits, read
from domain.mapping.model import ENTITIES
from domain.people import Privacy
from domain.plan import Owner
from domain.portal import Hotel
from domain.ports import Crm
from domain.ports.crm import Pipeline
from domain.ports.settings import SettingsFault
from domain.privacy import own_level
from domain.stays import StayState
from handlers.guests.desk import guest_keys
from handlers.outside import OutsideOf
from handlers.scope import Scopes
from handlers.settings.viewers import Viewer
from handlers.sync import mapping_preview
from handlers.sync.mapping_preview import Tried, of_guest
from storage import lookups

TRIED = 10
LONGEST_TEXT = 60_000
OWNERS = tuple(owner.value for owner in Owner)
_QUIET = frozenset({"UF_CRM_CONCIERGE_KEYS"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a tried record: as the mapping in force makes it, and as the typed one would."""

    field: str
    before: str
    after: str
    title: str = ""

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a guest: his contact, his deal, his firm. ``entity`` empty: it stays out of the CRM."""

    entity: str
    cells: Sequence[Cell]

    @property
    def changed(self) -> Sequence[Cell]:
        return [cell for cell in self.cells if cell.differs]


@dataclass(frozen=True, slots=True)
class Guest:
    """One guest tried."""

    name: str
    items: Sequence[Item]

    @property
    def changed(self) -> bool:
        return any(item.changed for item in self.items)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a typed mapping would do: its faults, or ten guests before and after."""

    faults: Sequence[SettingsFault]
    guests: Sequence[Guest]

    @property
    def differing(self) -> int:
        return sum(1 for guest in self.guests if guest.changed)


@dataclass(frozen=True, slots=True)
class MappedField:
    """One CRM field as the table shows it; ``own``: the hotel's text says something about it."""

    name: str
    title: str
    source: str
    steps: str
    owner: str
    own: bool


class Mappings:
    """Tries and reads; what is saved goes through the settings."""

    def __init__(self, scopes: Scopes, outside: OutsideOf) -> None:
        self._scopes = scopes
        self._outside = outside

    def hotel(self, viewer: Viewer, code: str) -> Hotel:
        """Refused("page-no-hotel")."""
        found = self._scopes.portals(viewer.portal_id).hotel(code)
        if found is None:
            raise Refused("page-no-hotel")
        return found

    def table(self, viewer: Viewer, text: str, fallback: FieldMapping) -> Mapping[str, Sequence[MappedField]]:
        """Every field by entity, as the text makes it; as the mapping in force does where it can't be read."""
        said = edits.own(text)
        try:
            raw = read(text, "").raw if text else default_mapping().raw
        except MappingError:
            raw = fallback.raw
        found: dict[str, Sequence[MappedField]] = {}
        for entity in ENTITIES:
            mine = said.get(entity)
            named = set(mine) if isinstance(mine, dict) else set()
            found[entity] = [
                MappedField(
                    name, self._title(viewer, raw[entity][name], name), source, steps, owner, name in named
                )
                for name, source, steps, owner in mapping_preview.rows(raw, entity)
            ]
        return found

    def _title(self, viewer: Viewer, entry: Mapping[str, Any], name: str) -> str:
        """What people call the field; the CRM's own name where nobody has said."""
        title = entry.get("title")
        if isinstance(title, dict):
            return str(title.get(viewer.language) or next(iter(title.values()), name))
        if isinstance(title, str):
            return title
        try:
            return self._words(viewer, f"crm-field-{name.lower()}")
        except KeyError:
            return name

    async def trial(self, viewer: Viewer, hotel: Hotel, text: str, *, journal: bool) -> Trial:
        """The typed mapping on ten guests, at the viewer's level of privacy; ``journal`` the look at them."""
        if len(text) > LONGEST_TEXT:
            return Trial([SettingsFault("", self._words(viewer, "mapping-too-long"))], [])
        try:
            wanted = read(text, "") if text.strip() else default_mapping()
        except MappingError as error:
            return Trial(self.faults(viewer, error), [])
        async with self._scopes.writing(viewer.portal_id, viewer.person) as scope:
            found = await mapping_preview.guests(scope, hotel, TRIED)
            level = own_level(viewer.person, hotel.code)
            tried = replace(hotel, mapping=wanted)
            guests = [_guest(of_guest(hotel, one), of_guest(tried, one), level) for one in found]
            guests = [self._titled(viewer, one, wanted.raw) for one in guests]
            if journal and guests:
                await lookups.record(
                    scope.tx, portal_id=scope.portal.id, person_id=viewer.person.id, kind="mapping",
                    query_hash=await lookups.fingerprint(scope.tx, scope.portal.id, hotel.code, scope.now),
                    channel=Channel.BITRIX24, chat="page", hits=len(guests), now=scope.now, hotel_id=hotel.id,
                    guests=[key for one in found for key in guest_keys(hotel, one.stay, one.profile)],
                )  # fmt: skip
        return Trial([], guests)

    def _titled(self, viewer: Viewer, guest: Guest, raw: Mapping[str, Any]) -> Guest:
        items = [
            replace(
                item,
                cells=[
                    replace(cell, title=self._title(viewer, raw[item.entity].get(cell.field, {}), cell.field))
                    for cell in item.cells
                ],
            )
            for item in guest.items
        ]
        return replace(guest, items=items)

    def faults(self, viewer: Viewer, error: MappingError) -> list[SettingsFault]:
        """A mapping's faults in words, each with its place."""
        return [
            SettingsFault(
                one.place,
                ": ".join(
                    filter(None, (one.place, self._words(viewer, f"mapping-fault-{one.code}", **one.params)))
                ),
            )
            for one in error.faults
        ]

    def _words(self, viewer: Viewer, key: str, /, **params: object) -> str:
        return self._scopes.texts(key, viewer.language, **params)

    # --- pipelines -------------------------------------------------------------------------------------------

    async def pipelines(self, viewer: Viewer) -> Sequence[Pipeline]:
        """The portal's own pipelines of deals with their stages."""
        crm: Crm = self._outside(viewer.portal_id).crm
        return await crm.pipelines()


def with_owners(text: str, owners: Mapping[tuple[str, str], str]) -> str:
    """The text with other owners, by (entity, field)."""
    for (entity, name), owner in owners.items():
        if owner in OWNERS:
            text = edits.with_value(text, f"{entity}.{name}", "owner", owner)
    return text


def with_pipeline(text: str, pipeline: str, stages: Mapping[str, str]) -> str:
    """The text with a pipeline of the portal's and the stage it has per state; an empty one is made by us."""
    text = (
        edits.with_value(text, "rules", "pipeline", pipeline)
        if pipeline
        else edits.without(text, "rules", "pipeline")
    )
    for state in StayState:
        used = stages.get(state.value, "")
        table = f"stages.{state.value}"
        text = edits.with_value(text, table, "use", used) if used else edits.without(text, table, "use")
    return text


def _guest(was: Sequence[Tried], will: Sequence[Tried], level: Privacy) -> Guest:
    pairs = list(zip(was, will, strict=True))
    return Guest(_named(pairs[0][0], pairs[0][1], level), [_item(*pair, level) for pair in pairs])


def _item(was: Tried, will: Tried, level: Privacy) -> Item:
    before = {name: value for name, _, value in was.fields}
    after = {name: value for name, _, value in will.fields}
    cells = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if name in _QUIET or (old in _EMPTY and new in _EMPTY):
            continue
        cell = Cell(name, _said(name, old, level), _said(name, new, level))
        # That something differs is no secret, what it is may be.
        hidden = old != new and not cell.differs
        cells.append(replace(cell, after=f"{cell.after} *") if hidden else cell)
    return Item(will.entity or was.entity, cells)


_EMPTY: tuple[Any, ...] = (None, "", [], ())


def _named(was: Tried, will: Tried, level: Privacy) -> str:
    now = {name: value for name, _, value in (was.fields or will.fields)}
    name = " ".join(str(now[part]) for part in ("lastName", "name") if now.get(part))
    return str(item_privacy.shown("lastName", name, level)) or was.key


def _said(field: str, value: Any, level: Privacy) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_said(field, one, level) for one in value)
    shown = item_privacy.shown(field, value, level)
    if shown is None:
        return ""
    return str(shown) if not isinstance(shown, bool) else ("✓" if shown else "–")
