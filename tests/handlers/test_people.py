"""Who is who: accounts, one-time codes, roles from the settings, and what a stranger may do."""

import pytest

from domain.chat import Channel, IncomingKind, Sender
from domain.errors import Refused
from domain.people import Grant, Privacy, Role
from handlers.people import LINK_CODE_LIFETIME
from tests.lab import HOTEL_GROUP

PHONE = Sender(Channel.TELEGRAM, "5001", "Olga")


async def offered(lab, user_id="5"):
    async with lab.scopes.writing(lab.portal.id) as scope:
        return await lab.people.offer_link(scope, await known(scope, lab, user_id))


async def known(scope, lab, user_id):
    return await lab.people.ensure(scope, Sender(Channel.BITRIX24, user_id, "Ольга", email="o@hotel.example"))


async def link(lab, code, sender=PHONE):
    async with lab.scopes.writing(lab.portal.id) as scope:
        return await lab.people.link(scope, sender, code)


async def test_a_code_works_once_however_it_is_typed(each_engine):
    lab = each_engine
    code = await offered(lab)
    assert len(code) == 8
    person = await link(lab, f"  {code.lower()} ")
    assert person.accounts == {Channel.BITRIX24: "5", Channel.TELEGRAM: "5001"}
    with pytest.raises(Refused, match="link-code-wrong"):
        await link(lab, code)


async def test_a_code_lives_ten_minutes(lab):
    code = await offered(lab)
    lab.clock.now += LINK_CODE_LIFETIME
    with pytest.raises(Refused, match="link-code-wrong"):
        await link(lab, code)
    code = await offered(lab)
    lab.clock.push(seconds=LINK_CODE_LIFETIME.total_seconds() - 1)
    assert await link(lab, code)


async def test_only_the_newest_code_works_and_only_as_shown(lab):
    old, new = await offered(lab), await offered(lab)
    for wrong in (old, "", "ABCDEFGH", "' OR 1=1 --"):
        with pytest.raises(Refused, match="link-code-wrong"):
            await link(lab, wrong)
    assert await link(lab, new)


async def test_two_colleagues_codes_do_not_mix(lab):
    one, other = await offered(lab, "5"), await offered(lab, "6")
    assert (await link(lab, other)).accounts[Channel.BITRIX24] == "6"
    assert (await link(lab, one, Sender(Channel.TELEGRAM, "5002", ""))).accounts[Channel.BITRIX24] == "5"


async def test_codes_are_not_kept_as_shown(lab):
    from sqlalchemy import select

    from storage.tables import link_codes

    code = await offered(lab)
    async with lab.db.reading() as tx:
        (row,) = (await tx.execute(select(link_codes))).all()
    assert code not in str(row)


async def test_portal_users_are_taken_in_and_kept_up_to_date(lab):
    olga = lab.staff("5")
    await olga.writes("/my")
    olga.name = "Ольга Петрова"
    await olga.writes("/my")
    person = await lab.person("5")
    assert (person.name, person.email) == ("Ольга Петрова", "user5@hotel.example")
    assert person.roles == {Role.STAFF}
    assert person.login == "user5@hotel.example"


async def test_bots_and_telegram_users_are_not_taken_in(lab):
    bot, stranger = lab.staff("6"), lab.caller("5009", "Eve")
    bot.is_bot = True
    for person in (bot, stranger):
        await person.writes("/my")
    assert await lab.person("6") is None
    assert await lab.person("5009", Channel.TELEGRAM) is None
    assert not bot.messages()


async def test_roles_follow_the_settings(each_engine):
    lab = each_engine

    async def apply(**grants):
        async with lab.scopes.writing(lab.portal.id) as scope:
            await lab.people.apply_settings(scope, {user[1:]: roles for user, roles in grants.items()})

    await apply(
        u5=[Grant(Role.MANAGER, ("GRAND",), Privacy.CONTACT), Grant(Role.MARKETING)], u2=[Grant(Role.SUPPORT)]
    )
    person = await lab.person("5")
    assert person.roles == {Role.STAFF, Role.MANAGER, Role.MARKETING}
    assert Grant(Role.MANAGER, ("GRAND",), Privacy.CONTACT) in person.grants
    await apply(u5=[Grant(Role.FRONT_DESK)])
    assert (await lab.person("5")).roles == {Role.STAFF, Role.FRONT_DESK}
    assert (await lab.person("2")).roles == {Role.STAFF}
    assert (await lab.person("4")).roles == {Role.STAFF}  # was a manager before


async def test_an_administrator_plays_all_but_support(lab):
    anna = await lab.person("1")
    assert anna.has(Role.MANAGER)
    assert anna.has(Role.MANAGER, Role.SUPPORT)
    assert not anna.has(Role.SUPPORT)


# --- strangers -----------------------------------------------------------------------------------------------


async def test_a_stranger_can_only_link(lab):
    stranger = lab.caller("5009", "Eve")
    lines = ("привет", "/my", "/new", "/guest Иванов", "/sync", "/link", "/request FB-2026-000001", "помощь")
    for n, words in enumerate(lines, 1):
        await stranger.writes(words)
        stranger.reads("Мы ещё не знакомы")
        assert len(stranger.messages()) == n, words


async def test_a_strangers_buttons_and_wrong_codes(lab):
    stranger = lab.caller("5009", "Eve")
    for payload in ("r:take:1", "s:sync:1", "n:new", "d:1:1:send"):
        await stranger.forges(payload)
        stranger.reads("Мы ещё не знакомы")
    await stranger.writes("/link ABCDEFGH")
    stranger.reads("Код не подошёл")


async def test_a_stranger_is_answered_in_his_language(lab):
    stranger = lab.caller("5009", "Eve", language="en")
    await stranger.writes("hello")
    assert "/link" in stranger.last().text
    assert "знакомы" not in stranger.last().text


async def test_strangers_are_not_answered_in_groups_nor_when_they_leave(lab):
    stranger = lab.caller("5009", "Eve")
    await stranger.writes("всем привет", to=HOTEL_GROUP)
    await stranger.does(stranger.event(IncomingKind.BLOCKED))
    await stranger.does(stranger.event(IncomingKind.DELETED, message_id="1"))
    await stranger.does(stranger.event(IncomingKind.TEXT, text="правка", edited=True, message_id="1"))
    assert not await lab.outbox()
    assert not await lab.dead_events()
