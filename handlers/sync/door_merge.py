"""One staged record from what all doors told: kept per door, merged per field, staged in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from domain.doors import EXTRA, UNMATCHED, Cells, Door, DoorRecord, first_door, merge, told
from domain.guests import Profile
from domain.portal import Hotel
from domain.stays import Stay
from handlers.scope import Scope
from handlers.sync import door_links
from storage import door_cells, door_matches, door_records, staging
from storage.door_cells import Kept


@dataclass(slots=True)
class News:
    """What changed in the store by one delivery: staged keys by entity."""

    stays: set[str] = field(default_factory=set)
    profiles: set[str] = field(default_factory=set)
    fresh: int = 0

    def of(self, entity: str) -> set[str]:
        return self.stays if entity == "stay" else self.profiles


async def take(
    scope: Scope, hotel: Hotel, door: Door, records: Sequence[DoorRecord], *, run_id: int | None = None
) -> News:
    """Keep what a door told and stage what comes of it; stays first, so that guests are known by their stays.

    A telling that says nothing new changes nothing; a run has seen the record all the same.
    """
    same = await door_links.same_numbers(scope, hotel, door)
    news = News()
    for entity in ("stay", "profile"):
        mine = [one for one in records if one.entity == entity]
        if mine:
            kept = await _keep(scope, hotel, door, entity, mine, same=same)
            news.of(entity).update(kept.changed)
            if run_id is not None:
                news.fresh += await staging.see(
                    scope.tx, hotel.id, entity, kept.unchanged, run_id=run_id, now=scope.now
                )
    if not same:
        guests = {one.key for one in records if one.entity == "profile"}
        guests |= {one.record.profile_id or "" for one in records if isinstance(one.record, Stay)}
        news.profiles |= await door_links.link_guests(scope, hotel, door, guests)
    news.fresh += await restage(scope, hotel, news, run_id=run_id)
    return news


@dataclass(slots=True)
class _Told:
    """Staged keys by whether a door's telling changed what is known of them."""

    changed: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)


async def _keep(
    scope: Scope, hotel: Hotel, door: Door, entity: str, records: Sequence[DoorRecord], *, same: bool
) -> _Told:
    """Store a door's tellings of one entity."""
    keys = {one.key for one in records}
    kept = await door_records.of_door(scope.tx, hotel.id, door.name, entity, keys)
    first_told = keys - set(kept)
    changed: dict[str, Kept] = {}
    for one in records:
        known = kept.get(one.key)
        if known is None:
            known = Kept(entity, door.name, one.key, "same" if same else "own", one.key if same else None)
        news = door_cells.cells_of(one, own_numbers=not same)
        if not _known_already(known.cells, news):
            cells = told(known.cells, news)
            known = replace(known, cells=cells, received_at=one.received_at or scope.now, stored_at=None)
            changed[one.key] = known
        kept[one.key] = known
    alone = [one for one in changed.values() if one.how == "own"]
    if not same:
        await door_links.link(scope, hotel, door, entity, alone)
    if door is not first_door(hotel.doors):
        linked = [one for one in changed.values() if one.how != "own" and one.key]
        new = {one.key or "" for one in linked if one.door_key in first_told or one in alone}
        await adopt_staged(scope, hotel, entity, new, apart_from=door.name)
    await door_records.keep(scope.tx, scope.portal.id, hotel.id, list(changed.values()), scope.now)
    unchanged = {one.key for number, one in kept.items() if number not in changed and one.key}
    return _Told({one.key for one in changed.values() if one.key}, unchanged)


def _known_already(known: Cells, news: Cells) -> bool:
    """Whether a telling repeats what the door told: same values as of the same moment, read once more perhaps."""
    for name, cell in news.items():
        old = known.get(name)
        if old is None or old.value != cell.value or old.at != cell.at:
            return False
    return True


async def adopt_staged(
    scope: Scope, hotel: Hotel, entity: str, keys: set[str], *, apart_from: str = ""
) -> None:
    """What was staged while the hotel had one door counts as told by its first door.

    Only records of which no door (``apart_from`` left aside) has told anything yet.
    """
    first = first_door(hotel.doors)
    assert first is not None
    if not keys:
        return
    known = await door_records.of_keys(scope.tx, hotel.id, entity, keys)
    untold = {key for key in keys if not known.get(key, {}).keys() - {apart_from}}
    staged = await door_matches.staged_cells(scope.tx, hotel.id, entity, untold)
    adopted = [Kept(entity, first.name, key, "same", key, cells, scope.now) for key, cells in staged.items()]
    await door_records.keep(scope.tx, scope.portal.id, hotel.id, adopted, scope.now)


async def restage(scope: Scope, hotel: Hotel, news: News, *, run_id: int | None = None) -> int:
    """Merge what the doors told about these records and stage it; returns what the run sees for the first time."""
    merged: dict[str, list[Profile | Stay]] = {"profile": [], "stay": []}
    for entity, found in merged.items():
        if not news.of(entity):
            continue
        by_key = await door_records.of_keys(scope.tx, hotel.id, entity, news.of(entity))
        for key, doors in by_key.items():
            values = merge(
                entity,
                {name: door_cells.shared(kept.cells) for name, kept in doors.items()},
                hotel.authority,
            )
            if values is None:
                continue
            if entity == "stay" and all(kept.how == "own" for kept in doors.values()):
                values[EXTRA + UNMATCHED] = ", ".join(sorted(doors))
            found.append(door_cells.record_of(entity, key, values))
    if not any(merged.values()):
        return 0
    return await staging.upsert(
        scope.tx,
        scope.portal.id,
        hotel,
        [one for one in merged["profile"] if isinstance(one, Profile)],
        [one for one in merged["stay"] if isinstance(one, Stay)],
        run_id=run_id,
        now=scope.now,
    )
