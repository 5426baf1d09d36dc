"""Whose number is it: a door's own numbers tied to the hotel's, by the setting, by proof, or record by record."""

from collections.abc import Collection, Sequence
from datetime import date

from domain.door_match import Sighting, match, names_of
from domain.doors import Door, first_door
from domain.portal import Hotel
from handlers.scope import Scope
from storage import door_matches, door_records, door_states
from storage.door_cells import Kept


async def same_numbers(scope: Scope, hotel: Hotel, door: Door) -> bool:
    """Whether a door's numbers are the hotel's: it is the first door, it is set so, or the probe has proved it."""
    if len(hotel.doors) < 2 or door.name == _first(hotel):
        return True
    if door.same_ids is not None:
        return door.same_ids
    return (await door_states.state(scope.tx, hotel.id, door.name)).same_ids is True


def _first(hotel: Hotel) -> str:
    first = first_door(hotel.doors)
    return first.name if first else ""


def own_key(door: str, door_key: str) -> str:
    """Under what number a stay stands in the lists while it fits no other."""
    return f"{door}:{door_key}"


async def link(scope: Scope, hotel: Hotel, door: Door, entity: str, alone: Sequence[Kept]) -> None:
    """Tie records that stand alone to the ones they are, in place; a stay that fits none gets a key of its own.

    The caller stores them.
    """
    if not alone:
        return
    if entity == "profile":
        return  # by their stays: link_guests
    seen = {kept.door_key: sighting(kept) for kept in alone}
    others = await door_matches.candidates(scope.tx, hotel.id, list(seen.values()), apart_from=door.name)
    for kept in alone:
        found = match(seen[kept.door_key], others)
        if found is None:
            kept.key = own_key(door.name, kept.door_key)
            continue
        others = [one for one in others if one.key != found]
        await _goes_on_as(scope, hotel, kept, found)


async def _goes_on_as(scope: Scope, hotel: Hotel, kept: Kept, key: str) -> None:
    if kept.key is not None and kept.key != key:
        await door_matches.unstage(scope.tx, hotel.id, kept.entity, [kept.key])
        await door_matches.move(scope.tx, hotel.id, kept.entity, kept.key, key)
    kept.key, kept.how = key, "matched"


async def link_guests(
    scope: Scope, hotel: Hotel, door: Door, among: Collection[str] | None = None
) -> set[str]:
    """Tie guests of a door to the hotel's by the stays that were matched; returns their numbers in the hotel.

    ``among``: only these of the door's guests.
    """
    alone = await door_records.unmatched(scope.tx, hotel.id, door.name, "profile", among=among)
    ours = await door_matches.guests_of(scope.tx, hotel.id, door.name, [one.door_key for one in alone])
    linked = [one for one in alone if one.door_key in ours]
    for one in linked:
        one.key, one.how = ours[one.door_key], "matched"
    await door_records.keep(scope.tx, scope.portal.id, hotel.id, linked, scope.now)
    return {one.key for one in linked if one.key}


def sighting(kept: Kept) -> Sighting:
    """A door's stay as the matching sees it."""
    return Sighting(
        kept.door_key,
        kept.value("room") or "",
        _day(kept.value("arrival")),
        _day(kept.value("departure")),
        names_of(kept.value("guest_name") or ""),
        kept.value("state") or "",
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
