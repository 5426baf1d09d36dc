"""After a read: do a door's numbers agree with the hotel's, and which of its records can be matched now?"""

from dataclasses import replace

import structlog

from domain.door_match import Evidence, compare
from domain.doors import Door
from domain.portal import Hotel
from handlers.scope import Scope
from handlers.sync import door_links
from handlers.sync.door_merge import News, adopt_staged, restage
from storage import door_matches, door_records, door_states
from storage.door_cells import OWN_REFERENCE, Kept

log = structlog.get_logger()


async def settle(scope: Scope, hotel: Hotel, door: Door) -> int:
    """Probe a door whose numbers are undecided, then match what stands alone; returns how many stays still do."""
    if await door_links.same_numbers(scope, hotel, door):
        return 0
    if door.same_ids is None and (await probe(scope, hotel, door)).verdict:
        await become_same(scope, hotel, door)
        return 0
    alone = await door_records.unmatched(scope.tx, hotel.id, door.name, "stay")
    await door_links.link(scope, hotel, door, "stay", alone)
    linked = [one for one in alone if one.how != "own"]
    news = News(stays={one.key for one in linked if one.key})
    await adopt_staged(scope, hotel, "stay", news.stays)
    await door_records.keep(scope.tx, scope.portal.id, hotel.id, linked, scope.now)
    news.profiles |= await door_links.link_guests(scope, hotel, door)
    await adopt_staged(scope, hotel, "profile", news.profiles, apart_from=door.name)
    await restage(scope, hotel, news)
    return len(alone) - len(linked)


async def probe(scope: Scope, hotel: Hotel, door: Door) -> Evidence:
    """Compare a door's numbers with the hotel's over the guests it sees in the house, and keep what comes out."""
    present = await door_records.in_house(scope.tx, hotel.id, door.name)
    theirs = [door_links.sighting(one) for one in present]
    ours = await door_matches.candidates(scope.tx, hotel.id, theirs, apart_from="") if theirs else []
    own = {door_links.own_key(door.name, one.door_key) for one in present}
    evidence = compare(theirs, [one for one in ours if one.key not in own])
    verdict = evidence.verdict
    await door_states.set_verdict(
        scope.tx, scope.portal.id, hotel.id, door.name,
        same_ids=verdict, evidence=evidence.as_json(), now=scope.now,
    )  # fmt: skip
    if verdict is not None:
        log.info("a door's numbers are known", hotel=hotel.code, door=door.name, same=verdict)
    return evidence


async def become_same(scope: Scope, hotel: Hotel, door: Door) -> None:
    """The numbers turned out to be the hotel's: everything the door told goes under them."""
    news = News()
    changed: list[Kept] = []
    for one in await door_records.all_of_door(scope.tx, hotel.id, door.name):
        before = one.key
        if one.how == "own" and before is not None:
            await door_matches.unstage(scope.tx, hotel.id, one.entity, [before])
            await door_matches.move(scope.tx, hotel.id, one.entity, before, one.door_key)
        elif before not in (None, one.door_key):
            news.of(one.entity).add(before or "")  # it loses what this door told about somebody else
        cells = {name.removeprefix(OWN_REFERENCE): cell for name, cell in one.cells.items()}
        changed.append(replace(one, how="same", key=one.door_key, cells=cells))
        news.of(one.entity).add(one.door_key)
    for entity in ("stay", "profile"):
        keys = {one.door_key for one in changed if one.entity == entity}
        await adopt_staged(scope, hotel, entity, keys, apart_from=door.name)
    await door_records.keep(scope.tx, scope.portal.id, hotel.id, changed, scope.now)
    await restage(scope, hotel, news)
