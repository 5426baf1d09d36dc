"""Roles of whole departments follow who is in them; a portal that is away takes nobody's role."""

import pytest

from domain.errors import Permanent, Temporary
from domain.people import Grant, Privacy, Role
from domain.ports import PortalUser
from handlers.departments import Departments
from storage import Database
from tests.conftest import FakeClock
from tests.lab import open_lab

RECEPTION = {"3": [Grant(Role.FRONT_DESK, ("GRAND",), Privacy.CONTACT)]}


def user(number, *departments):
    return PortalUser(number, f"User {number}", f"u{number}@hotel.example", departments)


@pytest.fixture
async def lab(sqlite_url, clock: FakeClock, tmp_path):
    database = Database.open(sqlite_url)
    try:
        yield await open_lab(database, clock, tmp_path)
    finally:
        await database.close()


def departments(lab, grants=None):
    return Departments(
        lab.scopes, lambda _: lab.outside, lab.people, lambda _: RECEPTION if grants is None else grants
    )


def in_portal(lab, *users):
    lab.directory._users.clear()
    lab.directory._users.update({one.user_id: one for one in users})


async def test_a_role_follows_the_department(lab, clock):
    in_portal(lab, user("5", "3"), user("7", "3", "4"), user("8", "4"))
    ours = departments(lab)
    assert await ours.tick(lab.portal.id)
    assert (await lab.person("5")).privacy is Privacy.CONTACT
    assert (await lab.person("7")).has(Role.FRONT_DESK)
    assert (await lab.person("8")) is None
    assert not await ours.tick(lab.portal.id)  # asked once an hour
    in_portal(lab, user("7", "3"))
    clock.push(hours=1)
    assert await ours.tick(lab.portal.id)
    assert not (await lab.person("5")).has(Role.FRONT_DESK)


async def test_roles_given_by_name_stay_as_they_are(lab):
    in_portal(lab, user("4", "3"))
    await departments(lab).tick(lab.portal.id)
    marina = await lab.person("4")
    assert marina.has(Role.MANAGER)
    assert marina.has(Role.FRONT_DESK)


async def test_other_settings_are_asked_about_at_once(lab):
    in_portal(lab, user("5", "3"), user("6", "9"))
    await departments(lab).tick(lab.portal.id)
    assert await departments(lab, {"9": [Grant(Role.MARKETING)]}).tick(lab.portal.id)
    assert (await lab.person("6")).has(Role.MARKETING)
    assert not (await lab.person("5")).has(Role.FRONT_DESK)
    assert await departments(lab, {}).tick(lab.portal.id)
    assert not (await lab.person("6")).has(Role.MARKETING)
    assert not await departments(lab, {}).tick(lab.portal.id)


async def test_a_portal_that_is_away_takes_nothing(lab, clock):
    in_portal(lab, user("5", "3"))
    ours = departments(lab)
    await ours.tick(lab.portal.id)
    clock.push(hours=2)
    lab.directory.faults.fail(Temporary("bitrix-unavailable"))
    with pytest.raises(Temporary):
        await ours.tick(lab.portal.id)
    assert (await lab.person("5")).has(Role.FRONT_DESK)
    lab.directory.faults.fail(Permanent("bitrix-insufficient-scope"))
    await ours.tick(lab.portal.id)  # told in the log; nobody keeps a role we can't check
    assert not (await lab.person("5")).has(Role.FRONT_DESK)
