"""Where the portal's CRM keeps its items: look-ups by id, origin, phone and link never scan.

100,000 items must stay quick, so every list that a sync asks for (by id, by origin, by phone, by
`updatedTime`) has its own index beside the documents, which the portal's stores persist.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.portal.state import Portal
    from sandbox.portal.stores import Store

Item = dict[str, Any]
"""A stored item: camelCase system fields, `uf` {UF_CRM_…: value}, `fm` [{id, typeId, valueType, value}].
Dates are "YYYY-MM-DD", times ATOM in the portal's zone, booleans "Y"/"N"; absent means never set."""

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
STATIC_TYPES = (LEAD, DEAL, CONTACT, COMPANY)
FIRST_DYNAMIC = 128


@lru_cache(maxsize=200_000)
def epoch(text: str) -> float:
    """Seconds since 1970 of an ATOM time or a date (midnight UTC). ValueError when it is neither."""
    if len(text) == 10:
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without offset: {text}")
    return moment.timestamp()


@lru_cache(maxsize=50_000)
def normal_phone(value: str) -> str:
    """Digits as the duplicate index keeps them: no extension, Russian 8… as 7…."""
    lowered = value.lower()
    for mark in (";", "ext", "доб", "x", "#"):
        lowered = lowered.split(mark, 1)[0]
    digits = "".join(c for c in lowered if c.isdigit())
    return "7" + digits[1:] if len(digits) == 11 and digits[0] == "8" else digits


def normal_comm(type_id: str, value: str) -> str:
    """A phone or an e-mail as duplicates are compared."""
    return normal_phone(value) if type_id == "PHONE" else value.strip().lower()


def _origin_keys(item: Item) -> Iterable[Hashable]:
    origin = item.get("originId")
    return (str(origin).casefold(),) if origin not in (None, "") else ()


def _xml_keys(item: Item) -> Iterable[Hashable]:
    xml_id = item.get("xmlId")
    return (str(xml_id).casefold(),) if xml_id not in (None, "") else ()


def _comm_keys(item: Item) -> Iterable[Hashable]:
    return [(e["typeId"], normal_comm(e["typeId"], e["value"])) for e in item.get("fm", ())]


def _company_keys(item: Item) -> Iterable[Hashable]:
    if "companyIds" in item:
        return tuple(item["companyIds"])
    return (item["companyId"],) if item.get("companyId") else ()


def _contact_keys(item: Item) -> Iterable[Hashable]:
    return tuple(item.get("contactIds", ()))


def _uf_keys(item: Item) -> Iterable[Hashable]:
    """Values of multiple custom fields; Bitrix24 keeps these in tables of their own, too."""
    uf = item.get("uf")
    if not uf:
        return ()
    return [
        (name, value.casefold())
        for name, values in uf.items()
        if isinstance(values, list)
        for value in values
        if isinstance(value, str)
    ]


class Items:
    """All items of one CRM type."""

    def __init__(self, store: Store) -> None:
        self.store = store
        for name, keys_of in (
            ("origin", _origin_keys),
            ("xml", _xml_keys),
            ("comm", _comm_keys),
            ("company", _company_keys),
            ("contact", _contact_keys),
            ("uf", _uf_keys),
        ):
            store.add_index(name, keys_of)
        self._ids = sorted(item["id"] for item in store)
        self._updated_at = {item["id"]: epoch(item["updatedTime"]) for item in store}
        self._updated = sorted((at, key) for key, at in self._updated_at.items())
        self.latest_created = max((epoch(item["createdTime"]) for item in store), default=float("-inf"))
        """An import may not bring an item older than this (import/index.md)."""

    def __len__(self) -> int:
        return len(self.store)

    def get(self, key: int) -> Item | None:
        return self.store.get(key)

    def add(self, item: Item) -> Item:
        """Keep a new item under the next id."""
        self.store.insert(item)
        insort(self._ids, item["id"])
        self.latest_created = max(self.latest_created, epoch(item["createdTime"]))
        self._note_update(item)
        return item

    def save(self, item: Item) -> None:
        """Call after every change of a kept item."""
        self.store.save(item)
        self._note_update(item)

    def remove(self, key: int) -> Item | None:
        item = self.store.remove(key)
        if item is not None:
            del self._ids[bisect_left(self._ids, key)]
            self._updated_at.pop(key)
        return item

    def find(self, index: str, value: Hashable) -> list[Item]:
        """Items by "origin", "xml", "comm" (type, value), "company", "contact" or "uf" (name, value)."""
        return self.store.find(index, value)

    def by_id(self, above: float = float("-inf"), below: float = float("inf")) -> Iterator[Item]:
        """Items with above < id < below, ids ascending."""
        low, high = bisect_right(self._ids, above), bisect_left(self._ids, below)
        for key in self._ids[low:high]:
            yield self.store.get(key)  # type: ignore[misc]  # ids and documents go together

    def by_update(self, since: float) -> Iterator[Item]:
        """Items changed at or after `since` (epoch seconds), oldest change first."""
        for at, key in self._updated[bisect_left(self._updated, (since, -1)) :]:
            if self._updated_at.get(key) == at:
                yield self.store.get(key)  # type: ignore[misc]

    def _note_update(self, item: Item) -> None:
        key, at = item["id"], epoch(item["updatedTime"])
        if self._updated_at.get(key) == at:
            return
        self._updated_at[key] = at
        insort(self._updated, (at, key))  # time goes forward: nearly always an append
        if len(self._updated) > 2 * len(self._updated_at) + 1000:
            self._updated = sorted((at, key) for key, at in self._updated_at.items())


class Crm:
    """The CRM of one portal: its items by type, and what tests want to know about automation."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.automation_starts: Counter[tuple[int, str]] = Counter()
        """(entityTypeId, "add" | "update") → how often robots and workflows would have started."""
        self.empty_rows_with_original_names = True
        """Rows come as [] when crm.item.list has both `select` and useOriginalUfNames, as users report."""
        self._items: dict[int, Items] = {}
        self.cache: dict[Hashable, Any] = {}
        """What methods derive from settings documents; emptied by `settings_changed`."""

    def items(self, entity_type_id: int) -> Items:
        items = self._items.get(entity_type_id)
        if items is None:
            items = self._items[entity_type_id] = Items(self.portal.store(f"crm_items_{entity_type_id}"))
        return items

    def settings_changed(self) -> None:
        self.cache.clear()

    def dynamic_type(self, entity_type_id: int) -> dict[str, Any] | None:
        """The settings of a smart process, None when there is none with this entityTypeId."""
        key = ("type", entity_type_id)
        if key not in self.cache:
            types = self.portal.store("crm_types")
            self.cache[key] = next((t for t in types if t["entityTypeId"] == entity_type_id), None)
        found: dict[str, Any] | None = self.cache[key]
        return found

    def note_automation(self, entity_type_id: int, what: str) -> None:
        """Count a start of robots; smart processes have them only when switched on."""
        settings = self.dynamic_type(entity_type_id) if entity_type_id >= FIRST_DYNAMIC else None
        if settings is None or settings["isAutomationEnabled"] == "Y":
            self.automation_starts[entity_type_id, what] += 1

    def date_as_time(self, day: str) -> str:
        """A date as answers write it: UTC midnight told in the portal's zone (03:00 in Moscow)."""
        key = ("day", day)
        if key not in self.cache:
            moment = datetime.fromtimestamp(epoch(day), UTC)
            self.cache[key] = moment.astimezone(self.portal.now().tzinfo).isoformat(timespec="seconds")
        text: str = self.cache[key]
        return text

    def default_close_date(self) -> str:
        return (self.portal.now().date() + timedelta(days=7)).isoformat()


def crm_of(portal: Portal) -> Crm:
    """The one CRM of this portal; it lives and dies with it."""
    crm = vars(portal).get("crm")
    if not isinstance(crm, Crm):
        crm = vars(portal)["crm"] = Crm(portal)
    return crm
