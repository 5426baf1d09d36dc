"""Lists, searches, rooms and requests about guests: the same table of fields, for every role in every place."""

from dataclasses import replace

import pytest

from domain.errors import Refused
from domain.people import Privacy, lower
from domain.privacy import FIELDS
from handlers.guests import filing
from handlers.guests.lists import KINDS, ListOf
from storage import Database
from tests.handlers import guest_world as world
from tests.handlers.guest_world import TODAY, filled, give
from tests.handlers.test_guest_privacy import PLACES, ROLES
from tests.lab import open_lab

NEEDS = {"birthdays": "birthday"}
"""Lists that tell a field above ``basic``."""
HIDDEN_AT = {
    Privacy.BASIC: (*world.CONTACT, *world.MONEY, *world.ALL),
    Privacy.CONTACT: (*world.MONEY, *world.ALL),
    Privacy.MONEY: world.ALL,
    Privacy.ALL: (),
}
OF_LISTS = ("Ivanov Ivan", "305", "GOLD7")


@pytest.fixture
async def lab(sqlite_url, clock, tmp_path):
    database = Database.open(sqlite_url)
    try:
        yield await filled(await open_lab(database, clock, tmp_path))
    finally:
        await database.close()


async def shown(lab, scope, place):
    """Every way a guest is shown in a list, by name; None: refused."""
    (hotel,) = lab.portal.hotels
    told = {}
    for kind in KINDS:
        try:
            told[kind] = (await lab.guests.page(scope, ListOf(hotel, kind, TODAY), place)).text
        except Refused as refused:
            told[kind] = None if refused.code == "guest-level" else refused.code
    told["search"] = "\n".join(one.text for one in await lab.guests.search(scope, "иванов", place, limit=9))
    told["room"] = "\n".join(one.text for one in await lab.guests.in_room(scope, "305", place))
    guest = await filing.about(scope, hotel, "R1", None, place, filing.FILING)
    told["filing"] = f"{guest['line']}\n{guest['facts']}"
    return told


@pytest.mark.parametrize("place", PLACES)
async def test_no_list_tells_more_than_the_table(lab, place):
    address, rules, most = PLACES[place]
    await lab.linked("5", "5001")
    lab.portal = replace(lab.portal, privacy=rules)
    lab.rewire()
    for role, (grants, own) in ROLES.items():
        await give(lab, "5", grants)
        person = await lab.known("5")
        level = lower(own, most)
        async with lab.scopes.writing(lab.portal.id, person) as scope:
            told = await shown(lab, scope, address)
        for way, text in told.items():
            needed = FIELDS[NEEDS[way]] if way in NEEDS else Privacy.BASIC
            assert (text is None) is (needed.rank > level.rank), (role, place, way)
            if text is None:
                continue
            secret = [*HIDDEN_AT[Privacy.BASIC if way == "filing" else level], *world.NEVER]
            for field in secret:
                assert field not in text, (role, place, way, field)
            # A list has no columns for contacts, money and remarks, whoever asks.
            for field in (*world.CONTACT, *world.MONEY[:2], *world.ALL[1:]):
                assert field not in text, (role, place, way, field)
        for way in ("arrivals", "inhouse", "vip", "search", "room"):
            for field in OF_LISTS:
                assert field in told[way], (role, place, way, field, told[way])
