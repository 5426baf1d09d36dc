"""Who sees what of a guest: one table over roles, chats and fields (decision 4), and a journal of each look-up."""

from datetime import date
from decimal import Decimal

import pytest

from domain.chat import Address, Channel
from domain.guests import Profile, ProfileKind
from domain.people import Grant, Privacy, Role
from domain.stays import Money, Stay, StayState
from storage import Database, lookups, runs, staging
from tests.conftest import FakeClock
from tests.lab import GRANTS, open_lab

GUEST = Profile(
    "P1", ProfileKind.INDIVIDUAL, last_name="Ivanov", first_name="Ivan", phones=("+7 921 555-12-34",),
    emails=("ivan@guest.example",), birthday=date(1980, 5, 17), vip="GOLD7", notes="allergic to nuts",
    preferences=("high floor",), extra={"passport": "4510 123456"},
)  # fmt: skip
SHY = Profile(
    "P2", ProfileKind.INDIVIDUAL, last_name="Petrova", first_name="Anna", phones=("+7 921 555-99-99",),
    emails=("anna@guest.example",), no_mailing=True, no_emailing=True,
)  # fmt: skip
TODAY = date(2026, 11, 20)
STAYS = [
    Stay("R1", StayState.IN_HOUSE, TODAY, date(2026, 11, 23), "P1", room="305", total=Money(Decimal("451.50"), "EUR")),
    Stay("R2", StayState.CONFIRMED, TODAY, date(2026, 11, 21), "P2", room="306", total=Money(Decimal("99.00"), "EUR")),
]  # fmt: skip

# What each level shows, and what nobody is ever shown in a chat.
BASIC = ("Ivanov Ivan", "305", "GOLD7")
CONTACT = ("555-12-34", "ivan@guest.example")
MONEY = ("451.50",)
NEVER = ("4510", "123456")
ROLES = {
    "staff": ([], BASIC, (*CONTACT, *MONEY)),
    "front_desk": ([Grant(Role.FRONT_DESK)], BASIC, (*CONTACT, *MONEY)),
    "marketing": ([Grant(Role.MARKETING)], (*BASIC, *CONTACT), MONEY),
    "manager": ([Grant(Role.MANAGER)], (*BASIC, *CONTACT, *MONEY), ()),
    "representative": ([Grant(Role.REPRESENTATIVE)], BASIC, (*CONTACT, *MONEY)),
    "support": ([Grant(Role.SUPPORT)], BASIC, (*CONTACT, *MONEY)),
    "admin": ([Grant(Role.ADMIN)], (*BASIC, *CONTACT, *MONEY), ()),
    "manager of another hotel": ([Grant(Role.MANAGER, ("OTHER",))], BASIC, (*CONTACT, *MONEY)),
    "manager of this hotel": ([Grant(Role.MANAGER, ("grand",))], (*BASIC, *CONTACT, *MONEY), ()),
    "manager held low": ([Grant(Role.MANAGER, privacy=Privacy.BASIC)], BASIC, (*CONTACT, *MONEY)),
    "desk held high": ([Grant(Role.FRONT_DESK, privacy=Privacy.CONTACT)], (*BASIC, *CONTACT), MONEY),
    "two roles": ([Grant(Role.FRONT_DESK), Grant(Role.MANAGER)], (*BASIC, *CONTACT, *MONEY), ()),
}
PLACES = {
    "private": (Address(Channel.BITRIX24, "5"), True),
    "a colleague's chat": (Address(Channel.BITRIX24, "6"), False),
    "bitrix group": (Address(Channel.BITRIX24, "chat77"), False),
    "telegram private": (Address(Channel.TELEGRAM, "5001"), False),
    "telegram group": (Address(Channel.TELEGRAM, "-100500"), False),
    "telegram topic": (Address(Channel.TELEGRAM, "-100500", "7"), False),
}


@pytest.fixture
async def lab(sqlite_url, clock: FakeClock, tmp_path):
    database = Database.open(sqlite_url)
    try:
        lab = await open_lab(database, clock, tmp_path)
        await stage(lab, [GUEST, SHY], STAYS)
        yield lab
    finally:
        await database.close()


async def stage(lab, profiles, stays):
    (hotel,) = lab.portal.hotels
    async with lab.db.transaction() as tx:
        run_id = await runs.start(tx, lab.portal.id, hotel.id, "sync", lab.clock.now)
        await staging.upsert(tx, lab.portal.id, hotel, profiles, stays, run_id=run_id, now=lab.clock.now)


async def asked(lab, grants, place, query="Ivanov"):
    async with lab.scopes.writing(lab.portal.id) as scope:
        await lab.people.apply_settings(scope, {**GRANTS, "5": grants})
    await lab.linked("5", "5001")
    person = await lab.known("5")
    async with lab.scopes.writing(lab.portal.id, person) as scope:
        return "\n".join(await lab.guests.search(scope, query, place, limit=10))


@pytest.mark.parametrize("place", PLACES)
async def test_every_field_for_every_role_in_every_place(lab, place):
    address, own = PLACES[place]
    for role, (grants, seen, hidden) in ROLES.items():
        shown = await asked(lab, grants, address)
        expected = seen if own else BASIC
        for field in expected:
            assert field in shown, (role, place, field)
        for field in (*hidden, *NEVER, *(() if own else (*CONTACT, *MONEY))):
            assert field not in shown, (role, place, field)


async def test_marketing_sees_contacts_only_of_guests_who_may_be_written_to(lab):
    private = PLACES["private"][0]
    shown = await asked(lab, [Grant(Role.MARKETING)], private, "Petrova")
    assert "Petrova" in shown
    assert "555-99-99" not in shown
    assert "anna@" not in shown
    shown = await asked(lab, [Grant(Role.MARKETING), Grant(Role.MANAGER)], private, "Petrova")
    assert "anna@" in shown


@pytest.mark.parametrize("query", ["ivanov", "IVA", "5551234", "ivan@guest.example", "R1", "Иванов"])
async def test_found_by_name_phone_mail_or_number(lab, query):
    assert "Ivanov" in await asked(lab, [], PLACES["private"][0], query)


async def test_each_look_up_is_journalled_without_the_question(lab):
    olga, group = lab.staff("5"), Address(Channel.BITRIX24, "-2001")
    await olga.writes("/guest Ivanov")
    assert "Ivanov" in olga.last().text
    await olga.writes("номер 305", to=None)
    await olga.writes("/arrivals")
    await olga.writes("/departures 21.11")
    await olga.writes("/inhouse", to=group)
    async with lab.db.reading() as tx:
        found = list(reversed(await lookups.listed(tx, lab.portal.id)))
    assert [(one.kind, one.hits) for one in found] == [
        ("search", 1), ("room", 1), ("arrivals", 2), ("departures", 1), ("inhouse", 1),
    ]  # fmt: skip
    assert {one.person_id for one in found} == {(await lab.person("5")).id}
    assert found[-1].chat == "-2001"
    assert "ivanov" not in str(found).casefold()


async def test_markup_in_a_guests_name_is_inert(lab):
    evil = Profile("P9", ProfileKind.INDIVIDUAL, last_name="<b>Bold</b>", first_name="[URL=x]")
    await stage(lab, [evil], [Stay("R9", StayState.CONFIRMED, TODAY, TODAY, "P9", room="1&1")])
    shown = await asked(lab, [], PLACES["private"][0], "R9")
    assert "&lt;b&gt;Bold&lt;/b&gt;" in shown
    assert "1&amp;1" in shown
