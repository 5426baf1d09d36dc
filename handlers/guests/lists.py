"""The day's lists: arrivals, departures, in house, VIP guests, birthdays, rooms; in pages, with filters.

Everything is worked out anew for every page: who turns it may see less than who asked for it, and the house moves on.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from domain.chat import Markup
from domain.doors import Fact
from domain.errors import Refused
from domain.guests import Profile, birthday_in
from domain.portal import Hotel
from domain.privacy import FIELDS, Sight
from domain.stays import Stay, StayState
from handlers.guests import looks
from handlers.guests.rooms import board
from handlers.scope import Scope
from handlers.sync.freshness import freshness
from storage import guest_lists
from storage.guest_lists import AHEAD, Line
from storage.stays import profiles_by_id

PAGE, CHOICES = 10, 8
KINDS = ("arrivals", "departures", "inhouse", "vip", "birthdays", "rooms")
NEEDS = {"birthdays": "birthday", "vip": "vip"}
"""Fields without which a list would say what the asker may not know."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """Which list, of what day, which page (from 1), whom only. ``only`` is a letter and a mark of the value."""

    hotel: Hotel
    kind: str
    day: date
    page: int = 1
    only: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row that can be opened: what stands on its button, and whom it opens."""

    number: int
    reservation_id: str | None
    profile_id: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page as shown."""

    asked: ListOf
    text: str
    entries: Sequence[Entry]
    total: int
    pages: int
    choices: Sequence[tuple[str, str]] = field(default=())
    """What it can be narrowed down to: mark and words; empty when there is nothing to choose."""


async def page(scope: Scope, asked: ListOf, seen: Sight) -> Page:
    """A page of a list. Refused("guest-level") when it can't be shown at this level."""
    if (needed := NEEDS.get(asked.kind)) and not seen.sees(needed):
        raise Refused("guest-level", level=scope.text(f"privacy-{FIELDS[needed]}"))
    if asked.kind == "rooms":
        return await _rooms(scope, asked)
    found = await _found(scope, asked)
    choices = await _named(scope, asked.hotel, _choices(scope, asked, found))
    kept = [one for one in found if _fits(asked.only, one)]
    pages = max(-(-len(kept) // PAGE), 1)
    asked = replace(asked, page=min(max(asked.page, 1), pages))
    first = (asked.page - 1) * PAGE
    shown = kept[first : first + PAGE]
    lines = [_head(scope, asked, len(found))]
    if asked.only:
        words = dict(choices).get(asked.only, "…")
        lines.append(scope.text("list-filtered", filter=words, count=len(kept)))
    lines.append(_gap(scope, asked))
    lines += await _rows(scope, asked, shown, first + 1, seen)
    if not kept and not lines[-1]:
        lines.append(scope.text("list-nobody"))
    lines.append(await _foot(scope, asked, pages))
    entries = [Entry(n, one.reservation_id, one.profile_id) for n, one in enumerate(shown, first + 1)]
    return Page(asked, "\n".join(filter(None, lines)), entries, len(kept), pages, choices)


async def _found(scope: Scope, asked: ListOf) -> list[Line]:
    """All of the list, in its order."""
    kind = asked.kind if asked.kind in {"arrivals", "departures", "inhouse"} else "soon"
    found = await guest_lists.lines(scope.tx, asked.hotel.id, kind, asked.day)
    if asked.kind == "vip":
        return sorted(
            (one for one in found if one.vip), key=lambda one: (max(one.arrival, asked.day), one.room_order)
        )
    if asked.kind == "birthdays":
        days = [(day, one) for one in found if (day := _birthday(asked.day, one))]
        return [one for _, one in sorted(days, key=lambda pair: (pair[0], pair[1].room_order))]
    return sorted(found, key=lambda one: one.room_order)


def _birthday(day: date, line: Line) -> date | None:
    """The birthday of somebody who is here (or arriving) then, within the days a list looks ahead."""
    if not line.birthday:
        return None
    first, last = max(day, line.arrival), min(day + AHEAD, line.departure)
    return birthday_in(date.fromisoformat(line.birthday), first, last) if first <= last else None


def _head(scope: Scope, asked: ListOf, count: int) -> str:
    head = scope.text(f"list-{asked.kind}", count=count, day=asked.day)
    return with_hotel(scope, asked.hotel, head)


def with_hotel(scope: Scope, hotel: Hotel, head: str) -> str:
    """The hotel's name in front, where the portal has several."""
    several = len(scope.portal.hotels) > 1
    return scope.text("list-hotel", hotel=hotel.name, head=Markup(head)) if several else head


def _gap(scope: Scope, asked: ListOf) -> str:
    """What the hotel's doors don't tell of this list."""
    hotel, today = asked.hotel, scope.now.astimezone(asked.hotel.zone).date()
    missing = None
    if asked.kind == "birthdays" and not hotel.knows("profile", "birthday"):
        missing = "birthday"
    elif asked.kind == "vip" and not hotel.knows("profile", "vip"):
        missing = "vip"
    elif asked.kind == "inhouse" and not hotel.gives(Fact.IN_HOUSE):
        missing = "inhouse"
    elif asked.kind in {"arrivals", "departures"} and asked.day >= today and not hotel.gives(Fact.BOOKINGS):
        missing = "bookings"
    return scope.text("list-no-data", what=scope.text(f"list-what-{missing}")) if missing else ""


async def _rows(scope: Scope, asked: ListOf, shown: Sequence[Line], first: int, seen: Sight) -> list[str]:
    hotel = asked.hotel
    whole = await guest_lists.load(scope.tx, hotel.id, [one.reservation_id for one in shown])
    profiles = await profiles_by_id(scope.tx, hotel.id, [one.profile_id for one in shown if one.profile_id])
    lines = []
    for number, one in enumerate(shown, first):
        stay: Stay | None = whole.get(one.reservation_id)
        profile: Profile | None = profiles.get(one.profile_id or "")
        line = f"{number}. {looks.row(scope, stay, profile, seen)}"
        if asked.kind == "birthdays" and (day := _birthday(asked.day, one)):
            line += " · " + scope.text("guest-birthday", day=f"{day:%d.%m}")
        lines.append(line)
    return lines


async def _foot(scope: Scope, asked: ListOf, pages: int) -> str:
    told = f"<i>{await freshness(scope, asked.hotel)}</i>"
    return f"{scope.text('list-page', page=asked.page, pages=pages)} · {told}" if pages > 1 else told


async def _rooms(scope: Scope, asked: ListOf) -> Page:
    """The board of rooms; it has pages and no rows to open."""
    head, lines = await board(scope, asked.hotel, asked.day)
    size = PAGE * 2
    pages = max(-(-len(lines) // size), 1)
    asked = replace(asked, page=min(max(asked.page, 1), pages))
    part = lines[(asked.page - 1) * size : asked.page * size]
    told = [with_hotel(scope, asked.hotel, head), *part, await _foot(scope, asked, pages)]
    return Page(asked, "\n".join(filter(None, told)), (), len(lines), pages)


# --- filters --------------------------------------------------------------------------------------------------


def mark(letter: str, value: str) -> str:
    """What a button carries for a value: short, and of plain letters whatever the value is."""
    return f"{letter}{zlib.crc32(value.encode()) & 0xFFFF:04x}" if value else letter


_VALUES: dict[str, Callable[[Line], str]] = {
    "s": lambda one: one.state.value,
    "t": lambda one: one.room_type,
    "g": lambda one: one.group,
    "f": lambda one: one.firm,
}


def _fits(only: str, line: Line) -> bool:
    if not only:
        return True
    if only == "v":
        return bool(line.vip)
    value_of = _VALUES.get(only[0])
    value = value_of(line) if value_of else ""
    return bool(value) and mark(only[0], value) == only


def _choices(scope: Scope, asked: ListOf, found: Sequence[Line]) -> list[tuple[str, str]]:
    """Values that would leave some out, commonest first."""
    choices = []
    if asked.kind != "vip" and 0 < sum(bool(one.vip) for one in found) < len(found):
        choices.append(("v", "VIP"))
    for letter, value_of in _VALUES.items():
        counts: dict[str, int] = {}
        for one in found:
            if value := value_of(one):
                counts[value] = counts.get(value, 0) + 1
        telling = [value for value in counts if counts[value] < len(found)]
        for value in sorted(telling, key=lambda value: (-counts[value], value))[:CHOICES]:
            words = scope.text(f"stay-{StayState(value)}".replace("_", "-")) if letter == "s" else value
            choices.append((mark(letter, value), words))
    return choices


async def _named(scope: Scope, hotel: Hotel, choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The choices with firms by name instead of number."""
    firms = [value for key, value in choices if key == mark("f", value)]
    names = await profiles_by_id(scope.tx, hotel.id, firms) if firms else {}
    return [
        (key, looks.guest_name(None, names[value]) if key == mark("f", value) and value in names else value)
        for key, value in choices
    ]
