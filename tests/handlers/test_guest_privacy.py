"""Who sees what of a guest: every field for every role in every place (decision 4), and a journal of each look-up."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.chat import Address, Channel
from domain.people import Grant, Privacy, Role
from domain.privacy import FIELDS, NEVER, Marketing, PrivacyRules, mask_email, mask_phone, printed, visible
from domain.stays import Stay, StayState
from storage import Database, lookups
from tests.conftest import FakeClock
from tests.handlers import guest_world as world
from tests.handlers.guest_world import ALL, BASIC, CONTACT, MONEY, TODAY, filled, give, stage
from tests.lab import open_lab

SHOWN = {
    Privacy.BASIC: BASIC,
    Privacy.CONTACT: (*BASIC[:-2], *CONTACT),
    Privacy.MONEY: (*BASIC[:-2], *CONTACT, *MONEY),
    Privacy.ALL: (*BASIC[:-2], *CONTACT, *MONEY, *ALL),
}
ROLES = {
    "staff": ([], Privacy.BASIC),
    "front_desk": ([Grant(Role.FRONT_DESK)], Privacy.BASIC),
    "marketing": ([Grant(Role.MARKETING)], Privacy.CONTACT),
    "manager": ([Grant(Role.MANAGER)], Privacy.MONEY),
    "representative": ([Grant(Role.REPRESENTATIVE)], Privacy.BASIC),
    "support": ([Grant(Role.SUPPORT)], Privacy.BASIC),
    "admin": ([Grant(Role.ADMIN)], Privacy.ALL),
    "manager of another hotel": ([Grant(Role.MANAGER, ("OTHER",))], Privacy.BASIC),
    "manager of this hotel": ([Grant(Role.MANAGER, ("grand",))], Privacy.MONEY),
    "manager held low": ([Grant(Role.MANAGER, privacy=Privacy.BASIC)], Privacy.BASIC),
    "desk held high": ([Grant(Role.FRONT_DESK, privacy=Privacy.CONTACT)], Privacy.CONTACT),
    "two roles": ([Grant(Role.FRONT_DESK), Grant(Role.MANAGER)], Privacy.MONEY),
}
GROUP, FORUM = Address(Channel.BITRIX24, "chat77"), Address(Channel.TELEGRAM, "-100500")
PLACES = {
    "private": (Address(Channel.BITRIX24, "5"), PrivacyRules(), Privacy.ALL),
    "a colleague's chat": (Address(Channel.BITRIX24, "6"), PrivacyRules(), Privacy.BASIC),
    "bitrix group": (GROUP, PrivacyRules(), Privacy.BASIC),
    "bitrix group, set": (GROUP, PrivacyRules(chats={"bitrix24:chat77": Privacy.MONEY}), Privacy.MONEY),
    "telegram private": (Address(Channel.TELEGRAM, "5001"), PrivacyRules(), Privacy.BASIC),
    "telegram private, allowed": (
        Address(Channel.TELEGRAM, "5001"), PrivacyRules(Privacy.CONTACT), Privacy.CONTACT,
    ),
    "telegram group": (FORUM, PrivacyRules(), Privacy.BASIC),
    "telegram group, set but not allowed": (
        FORUM, PrivacyRules(chats={"telegram:-100500": Privacy.ALL}), Privacy.BASIC,
    ),
    "telegram group, set and allowed": (
        FORUM, PrivacyRules(Privacy.MONEY, {"telegram:-100500": Privacy.ALL}), Privacy.MONEY,
    ),
    "telegram topic": (Address(Channel.TELEGRAM, "-100500", "7"), PrivacyRules(Privacy.ALL), Privacy.BASIC),
}  # fmt: skip


@pytest.fixture
async def lab(sqlite_url, clock: FakeClock, tmp_path):
    database = Database.open(sqlite_url)
    try:
        yield await filled(await open_lab(database, clock, tmp_path))
    finally:
        await database.close()


async def card(lab, place, key="R1"):
    person = await lab.known("5")
    async with lab.scopes.writing(lab.portal.id, person) as scope:
        return (await lab.guests.card(scope, lab.portal.hotels[0], key, None, place)).text


@pytest.mark.parametrize("place", PLACES)
async def test_every_field_for_every_role_in_every_place(lab, place):
    address, rules, most = PLACES[place]
    await lab.linked("5", "5001")
    lab.portal = replace(lab.portal, privacy=rules)
    lab.rewire()
    every = set().union(*SHOWN.values())
    for role, (grants, own) in ROLES.items():
        await give(lab, "5", grants)
        shown = await card(lab, address)
        expected = SHOWN[min(own, most, key=lambda level: level.rank)]
        for field in expected:
            assert field in shown, (role, place, field, shown)
        for field in every - set(expected):
            assert field not in shown, (role, place, field, shown)
        for secret in world.NEVER:
            assert secret not in shown, (role, place, secret)


async def test_marketing_sees_contacts_only_of_guests_who_may_be_written_to(lab):
    private = PLACES["private"][0]
    await give(lab, "5", [Grant(Role.MARKETING)])
    shown = await card(lab, private, "R2")
    assert "Petrova" in shown
    assert "555-99-99" not in shown
    assert "anna@" not in shown
    await give(lab, "5", [Grant(Role.MARKETING), Grant(Role.MANAGER)])
    assert "anna@" in await card(lab, private, "R2")


SILENT = replace(world.IVANOV, extra={})
AGREED = replace(world.IVANOV, extra={"marketing_consent": "Да"})


@pytest.mark.parametrize(
    ("guest", "rule", "shown"),
    [
        (SILENT, Marketing.OPT_IN, ()),
        (SILENT, Marketing.NOT_OPTED_OUT, ("phone", "mail")),
        (AGREED, Marketing.OPT_IN, ("phone", "mail")),
        (replace(AGREED, no_mailing=True), Marketing.OPT_IN, ("mail",)),
        (replace(AGREED, no_emailing=True), Marketing.NOT_OPTED_OUT, ("phone",)),
        (replace(SILENT, extra={"marketing_consent": "no"}), Marketing.OPT_IN, ()),
        (replace(SILENT, no_mailing=True, no_emailing=True), Marketing.NOT_OPTED_OUT, ()),
    ],
)
async def test_silence_is_no_consent_unless_the_hotel_says_so(lab, guest, rule, shown):
    await stage(lab, [guest], [])
    lab.portal = replace(lab.portal, privacy=PrivacyRules(marketing=rule))
    lab.rewire()
    await give(lab, "5", [Grant(Role.MARKETING)])
    told = await card(lab, PLACES["private"][0])
    assert ("555-12-34" in told) is ("phone" in shown)
    assert ("ivan@guest.example" in told) is ("mail" in shown)


async def test_each_look_up_is_journalled_without_the_question(lab):
    olga, group = lab.staff("5"), Address(Channel.BITRIX24, "-2001")
    await olga.writes("/guest Ivanov")
    await olga.writes("номер 305")
    await olga.writes("/arrivals")
    await olga.writes("/departures 21.11")
    await olga.writes("/inhouse", to=group)
    async with lab.db.reading() as tx:
        found = list(reversed(await lookups.listed(tx, lab.portal.id)))
    assert [(one.kind, one.hits) for one in found] == [
        ("search", 1), ("card", 1), ("room", 1), ("arrivals", 2), ("departures", 1), ("inhouse", 1),
    ]  # fmt: skip
    assert {one.person_id for one in found} == {(await lab.person("5")).id}
    assert found[-1].chat == "-2001"
    assert "ivanov" not in str(found).casefold()


async def test_markup_in_a_guests_name_is_inert(lab):
    evil = replace(world.IVANOV, profile_id="P9", last_name="<b>Bold</b>", first_name="[URL=x]", vip="<i>")
    await stage(lab, [evil], [Stay("R9", StayState.CONFIRMED, TODAY, TODAY, "P9", room="1&1")])
    shown = await card(lab, PLACES["private"][0], "R9")
    assert "&lt;b&gt;Bold&lt;/b&gt;" in shown
    assert "1&amp;1" in shown


def test_levels_hold_one_another_and_the_page_shows_the_table():
    assert visible(Privacy.BASIC) < visible(Privacy.CONTACT) < visible(Privacy.MONEY) < visible(Privacy.ALL)
    assert visible(Privacy.ALL) == set(FIELDS)
    assert not NEVER & set(FIELDS)
    page = (Path(__file__).parents[2] / "docs/roles.md").read_text(encoding="utf-8")
    assert printed() in page


@pytest.mark.parametrize("number", ["+7 921 555-12-34", "8(921)5551234", "+49 30 123456", "12345", "", "нет"])
def test_a_masked_phone_tells_two_digits_at_most(number):
    masked = mask_phone(number)
    assert sum(char.isdigit() for char in masked) <= 3
    if len([char for char in number if char.isdigit()]) < 6:
        assert not any(char.isdigit() for char in masked)


@pytest.mark.parametrize("address", ["ivan@guest.example", "i@x", "@x.ru", "", "no-at", "a@b@c.ru"])
def test_a_masked_address_tells_no_name(address):
    masked = mask_email(address)
    assert "ivan" not in masked
    assert "guest" not in masked
    assert "•" in masked
