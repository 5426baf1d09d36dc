"""Installations: tokens lie sealed, the former pair stays until the new one is proved, one replica refreshes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from domain.errors import Permanent
from domain.installations import AppFacts, Granted, InstallState
from storage import Database, installations, portal_erasure, portals
from storage.installations import StoredTokens, Vault, domain_of
from storage.leases import StaleLease
from storage.sealing import Sealer, SecretKey
from storage.tables import installations as rows
from storage.tables import metadata, requests

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
OLD, NEW = SecretKey.make("old"), SecretKey.make("new")
FIRST = Granted(
    "access-1", "refresh-1", 3600, "m1", "https://hotel.bitrix24.ru/rest/", "https://oauth.bitrix.info/rest/",
    "1", ("crm", "im"), "L",
)  # fmt: skip
SECOND = replace(FIRST, access_token="access-2", refresh_token="refresh-2")


async def installed(db: Database, vault: Vault, key: str = "hotel", granted: Granted = FIRST) -> int:
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, key, NOW)
        await vault.put(tx, portal_id, granted, NOW, domain="hotel.bitrix24.ru", application_token="proof")
    return portal_id


def store(db: Database, vault: Vault, portal_id: int, owner: str = "one") -> StoredTokens:
    return StoredTokens(db, vault, portal_id, owner, lambda: NOW)


async def test_no_token_stands_in_the_database(db: Database) -> None:
    vault = Vault(Sealer([NEW]))
    portal_id = await installed(db, vault)
    async with db.reading() as tx:
        told = str((await tx.execute(select(rows))).one())
        assert (await vault.tokens(tx, portal_id)).refresh_token == "refresh-1"
    assert "access-1" not in told
    assert "refresh-1" not in told
    assert "proof" not in told


async def test_the_former_pair_stays_until_the_new_one_is_proved(db: Database) -> None:
    vault = Vault(Sealer([NEW]))
    mine = store(db, vault, await installed(db, vault))
    fence = await mine.begin()
    assert fence is not None
    tokens = await mine.store(fence, SECOND)
    assert (tokens.refresh_token, tokens.former, tokens.pair) == ("refresh-2", "refresh-1", 2)
    await mine.proved(1)  # an old pair proves nothing about the new one
    assert (await mine.load()).former == "refresh-1"
    await mine.proved(2)
    assert (await mine.load()).former is None


async def test_one_replica_refreshes_and_a_late_one_is_refused(db: Database) -> None:
    vault = Vault(Sealer([NEW]))
    portal_id = await installed(db, vault)
    one, other = store(db, vault, portal_id), store(db, vault, portal_id, "other")
    fence = await one.begin()
    assert fence is not None
    assert await other.begin() is None
    await one.end(fence)
    newer = await other.begin()
    assert newer is not None
    with pytest.raises(StaleLease):
        await one.store(fence, SECOND)
    assert (await other.store(newer, SECOND)).pair == 2


async def test_a_broken_portal_is_whole_again_when_its_pair_works(db: Database) -> None:
    vault = Vault(Sealer([NEW]))
    portal_id = await installed(db, vault)
    mine = store(db, vault, portal_id)
    await mine.broken(1, "bitrix-payment-required")
    async with db.reading() as tx:
        found = await installations.member(tx, "m1")
        assert found is not None
        assert (found.state, found.reason) == (InstallState.BROKEN, "bitrix-payment-required")
    await mine.proved(1)
    async with db.reading() as tx:
        row = await portals.get(tx, portal_id)
        assert row is not None
        assert row.state == "active"


async def test_another_portals_tokens_are_never_stored(db: Database) -> None:
    vault = Vault(Sealer([NEW]))
    mine = store(db, vault, await installed(db, vault))
    fence = await mine.begin()
    assert fence is not None
    with pytest.raises(Permanent, match="another portal"):
        await mine.store(fence, replace(SECOND, member_id="m2"))
    assert (await mine.load()).pair == 1


async def test_an_application_token_is_its_own_portals(db: Database) -> None:
    vault = Vault(Sealer([NEW]))
    portal_id = await installed(db, vault)
    async with db.transaction() as tx:
        assert await vault.is_genuine(tx, portal_id, "proof")
        assert not await vault.is_genuine(tx, portal_id, "other")
        assert not await vault.is_genuine(tx, portal_id, "")
        await installations.uninstall(tx, portal_id, NOW)
        assert not await vault.is_genuine(tx, portal_id, "")
        assert not await vault.is_genuine(tx, portal_id, "proof")
        with pytest.raises(Permanent, match="not-installed"):
            await vault.tokens(tx, portal_id)


async def test_keys_are_rotated_by_sealing_again(db: Database) -> None:
    portal_id = await installed(db, Vault(Sealer([OLD])))
    both = Vault(Sealer([NEW, OLD]))
    async with db.transaction() as tx:
        assert await both.reseal(tx, portal_id)
        assert not await both.reseal(tx, portal_id)
        assert (await Vault(Sealer([NEW])).tokens(tx, portal_id)).access_token == "access-1"


async def test_installing_again_revives(db: Database) -> None:
    vault = Vault(Sealer([NEW]))
    portal_id = await installed(db, vault)
    async with db.transaction() as tx:
        await installations.uninstall(tx, portal_id, NOW)
    assert await installed(db, vault, granted=SECOND) == portal_id
    async with db.transaction() as tx:
        assert (await vault.tokens(tx, portal_id)).access_token == "access-2"
        await installations.ensured(tx, portal_id, AppFacts(installed=True, licence_family="ent"), NOW)
        found = await installations.get(tx, portal_id)
        assert found is not None
        assert (found.state, found.licence_family, found.ended_at) == (InstallState.ACTIVE, "ent", None)
        assert await installations.idle_since(tx, NOW + timedelta(days=60)) == [portal_id]


async def test_a_portal_is_erased_and_its_neighbour_isnt(db: Database) -> None:
    vault = Vault(Sealer([NEW]))
    gone = await installed(db, vault)
    stays = await installed(db, vault, "other", replace(FIRST, member_id="m2"))
    async with db.transaction() as tx:
        for portal_id in (gone, stays):
            await portals.ensure_hotel(
                tx, portal_id, "GRAND", name="Гранд", timezone="Europe/Moscow", currency="RUB"
            )
            filled = {
                column.name: _some(column)
                for column in requests.c
                if not column.nullable and column.name != "id"
            }
            await tx.execute(
                insert(requests), [{**filled, "portal_id": portal_id, "number": f"FB-{n}"} for n in range(5)]
            )
    for table in portal_erasure.tables():
        while True:
            async with db.transaction() as tx:
                if not await portal_erasure.erase_some(tx, table, gone, limit=2):
                    break
    async with db.transaction() as tx:
        await installations.erased(tx, gone, NOW)
        for table in metadata.sorted_tables:
            if "portal_id" in table.c and table.name not in portal_erasure.KEPT:
                query = select(table.c.portal_id).distinct()
                assert gone not in set((await tx.execute(query)).scalars()), table.name
        assert len((await tx.execute(select(requests.c.id))).all()) == 5
        assert len(await portals.hotels_of(tx, stays)) == 1


def _some(column: object) -> object:
    kind = column.type.python_type if column.type.__class__.__name__ != "Utc" else datetime  # type: ignore[attr-defined]
    return {str: "x", int: 1, bool: False, dict: {}, datetime: NOW}.get(kind, {})


def test_a_domain_is_read_from_the_endpoint() -> None:
    assert domain_of("https://hotel.bitrix24.ru/rest/") == "hotel.bitrix24.ru"
    assert domain_of("http://127.0.0.1:8093/p/grand/rest/") == "127.0.0.1:8093/p/grand"
