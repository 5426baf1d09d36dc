"""Installations by a made-up authorisation server: what is believed, in which order, how often."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.errors import Permanent, Refused
from domain.installations import Granted, InstallState
from handlers.installations import Claim, Installations
from storage import Database, installations
from storage.installations import Vault
from storage.sealing import Sealer, SecretKey

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOME = "https://oauth.bitrix.info/rest/"


@dataclass
class Server:
    """Refresh tokens are good once; ``name:member:user`` tells whose they are."""

    spent: set[str] = field(default_factory=set)
    admins: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    async def refresh(self, refresh_token: str, server_endpoint: str) -> Granted:
        self.asked.append(server_endpoint)
        await asyncio.sleep(0)
        name, _, rest = refresh_token.partition(":")
        member, _, user = rest.partition(":")
        if not member or refresh_token in self.spent:
            raise Permanent("bitrix-grant-dead", "invalid_grant")
        self.spent.add(refresh_token)
        endpoint = f"https://{member}.bitrix24.ru/rest/"
        return Granted(f"access-{name}", f"next-{name}", 3600, member, endpoint, HOME, user or "1", ("crm",))

    async def is_admin(self, granted: Granted) -> bool:
        return granted.user_id in self.admins


@dataclass
class House:
    installs: Installations
    server: Server
    vault: Vault
    changed: list[int]

    async def state(self, member: str = "m1") -> tuple[str, str]:
        async with self.installs.db.reading() as tx:
            found = await installations.member(tx, member)
        return ("none", "") if found is None else (found.state.value, found.user_id)

    async def access(self, member: str = "m1") -> str:
        async with self.installs.db.reading() as tx:
            found = await installations.member(tx, member)
            assert found is not None
            return (await self.vault.tokens(tx, found.portal_id)).access_token


@pytest.fixture
async def house(db: Database) -> House:
    server, vault, changed = Server(), Vault(Sealer([SecretKey.make("k")])), list[int]()

    async def tell(portal_id: int) -> None:
        changed.append(portal_id)

    return House(Installations(db, lambda: NOW, vault, server, HOME, tell), server, vault, changed)


def claim(refresh: str = "a:m1", token: str = "proof", member: str = "m1") -> Claim:
    return Claim(member, refresh, HOME, token)


def event(
    name: str, token: str = "proof", member: str = "m1", refresh: str = "", **data: str
) -> dict[str, Any]:
    auth = {
        "member_id": member,
        "application_token": token,
        "refresh_token": refresh,
        "server_endpoint": HOME,
    }
    return {"event": name, "data": data, "auth": auth}


async def test_what_is_posted_twice_at_once_is_one_installation(house: House) -> None:
    ids = await asyncio.gather(*(house.installs.install(claim()) for _ in range(4)))
    assert len(set(ids)) == 1
    assert house.changed == ids[:1]


async def test_a_token_of_another_portal_installs_nothing(house: House) -> None:
    for wrong in (claim("a:m2"), claim("nobody"), claim(""), claim(token=""), claim(token="a b")):
        with pytest.raises(Refused, match="install-"):
            await house.installs.install(wrong)
    assert await house.state() == ("none", "")
    assert await house.state("m2") == ("none", "")


async def test_a_late_event_brings_nothing_new_and_spends_no_token(house: House) -> None:
    await house.installs.install(claim())
    asked = len(house.server.asked)
    assert (
        await house.installs.event(event("ONAPPINSTALL", refresh="b:m1", VERSION="3", INSTALLED="Y")) is None
    )
    assert len(house.server.asked) == asked
    assert await house.access() == "access-a"


async def test_an_event_may_be_all_there_is(house: House) -> None:
    assert await house.installs.event(event("onappinstall", refresh="a:m1")) is None
    assert await house.state() == ("installing", "1")


async def test_an_update_is_believed_after_proof_only(house: House) -> None:
    await house.installs.install(claim())
    with pytest.raises(Refused, match="install-forged"):
        await house.installs.event(event("ONAPPUPDATE", "new", refresh="made-up"))
    with pytest.raises(Refused, match="install-forged"):
        await house.installs.event(event("ONAPPUPDATE", "new", refresh="b:m2"))
    with pytest.raises(Refused, match="install-unknown"):
        await house.installs.event(event("ONAPPUPDATE", "new", member="m9", refresh="b:m9"))
    await house.installs.event(event("ONAPPUPDATE", "new", refresh="b:m1", VERSION="4"))
    await house.installs.event(event("ONAPPUPDATE", "new", refresh="b:m1", VERSION="4"))  # told twice
    assert await house.access() == "access-b"
    with pytest.raises(Refused):
        await house.installs.event(event("ONAPPUNINSTALL", "proof"))
    await house.installs.event(event("ONAPPUNINSTALL", "new"))
    assert (await house.state())[0] == InstallState.UNINSTALLED


async def test_what_comes_after_the_end_is_refused_and_a_real_return_isnt(house: House) -> None:
    await house.installs.install(claim())
    await house.installs.event(event("ONAPPUNINSTALL"))
    await house.installs.event(event("ONAPPUNINSTALL"))  # told twice
    for late in ("ONAPPUPDATE", "ONTASKUPDATE", "ONIMBOTV2MESSAGEADD"):
        with pytest.raises(Refused):
            await house.installs.event(event(late, refresh="a:m1"))
    with pytest.raises(Refused):
        await house.installs.event(event("ONAPPINSTALL", refresh="a:m1"))  # its token is spent
    await house.installs.event(event("ONAPPINSTALL", "again", refresh="c:m1"))
    assert await house.state() == ("installing", "1")


async def test_a_system_user_takes_over_only_with_rights(house: House) -> None:
    await house.installs.install(claim())
    ready = event("ONAPPUSERREADY", refresh_token="s:m1:77", server_endpoint=HOME, member_id="m1")
    await house.installs.event(ready)
    assert (await house.state(), await house.access()) == (("installing", "1"), "access-a")
    house.server.admins.add("77")
    again = event("ONAPPUSERREADY", refresh_token="t:m1:77", server_endpoint=HOME, member_id="m1")
    await house.installs.event(again)
    assert (await house.state(), await house.access()) == (("installing", "77"), "access-t")


async def test_a_system_user_may_come_before_the_installation(house: House) -> None:
    ready = event("ONAPPUSERREADY", refresh_token="s:m1:77", server_endpoint=HOME, member_id="m1")
    await house.installs.event(ready)
    assert await house.state() == ("installing", "77")
    await house.installs.event(event("ONAPPINSTALL", refresh="a:m1:1"))
    assert await house.access() == "access-s"


async def test_another_event_says_whose_it_is(house: House) -> None:
    portal_id = await house.installs.install(claim())
    found = await house.installs.event(event("OnTaskUpdate", FIELDS="x"))
    assert found is not None
    assert (found.portal_id, found.name) == (portal_id, "ONTASKUPDATE")
    for wrong in (event("ONTASKUPDATE", "other"), event("ONTASKUPDATE", member="m2"), {"event": "X"}, {}):
        with pytest.raises(Refused):
            await house.installs.event(wrong)


async def test_keys_of_portals_are_their_first_labels(house: House) -> None:
    for member in ("hotel", "main", "x.y"):
        await house.installs.install(claim(f"a:{member}", member=""))
    keys = [one.key for one in await house.installs.listed()]
    assert keys == ["hotel", "main-2", "x"]


async def test_without_an_app_nothing_is_installed(house: House) -> None:
    none = replace(house.installs, server=None)
    with pytest.raises(Refused, match="install-no-app"):
        await none.install(claim())


async def test_a_ticket_tells_of_its_own_portal_for_an_hour(house: House) -> None:
    portal_id = await house.installs.install(claim())
    ticket = house.installs.ticket(portal_id)
    assert await house.installs.progress(ticket) == (False, "")
    for wrong in ("", "x", ticket[:-3], str(portal_id)):
        with pytest.raises(Permanent, match="secret-unreadable"):
            await house.installs.progress(wrong)
    later = replace(house.installs, clock=lambda: NOW.replace(hour=2))
    with pytest.raises(Permanent):
        await later.progress(ticket)
