"""Keys are rotated: everything sealed is sealed anew, wherever in the tables it stands, and nothing else changes."""

import re
from pathlib import Path

from sqlalchemy import insert, select

from storage import portals, rotation
from storage.rotation import SEALED, reseal
from storage.sealing import Place, Sealer, SecretKey
from storage.tables import installations, webhook_endpoints
from storage.tables import portals as portal_rows

ROOT = Path(__file__).parents[2]
OLD, NEW = SecretKey.make("old"), SecretKey.make("new")


async def filled(db, sealer, now, count=5):
    """Portals with a token, a door's password and a webhook's secret each."""
    async with db.transaction() as tx:
        for n in range(count):
            portal_id = await portals.ensure(tx, f"p{n}", now)
            sealed = {
                place: sealer.seal(f"{place}{n}", Place(table, portal_id, place))
                for table, place in (
                    ("portals", "settings"), ("installations", "access_token"), ("webhook_endpoints", "secrets"),
                )
            }  # fmt: skip
            settings = {
                "hotels": [{"code": "G", "sources": [{"password": {"sealed": sealed["settings"]}}]}],
                "x": "s1.a",
            }
            await portals.change(tx, portal_id, settings=settings)
            fixed = {
                "portal_id": portal_id,
                "member_id": f"m{n}",
                "state": "active",
                "domain": "d",
                "user_id": "1",
            }
            fixed |= {"client_endpoint": "c", "server_endpoint": "s", "scopes": [], "installed_at": now}
            await tx.execute(insert(installations).values(access_token=sealed["access_token"], **fixed))
            secrets = [{"sealed": sealed["secrets"], "until": None}]
            fixed = {"portal_id": portal_id, "url": "u", "events": [], "created_at": now, "updated_at": now}
            await tx.execute(insert(webhook_endpoints).values(secrets=secrets, **fixed))


async def opened(db, sealer):
    """All secrets as they read."""
    async with db.reading() as tx:
        found = []
        for row in (await tx.execute(select(portal_rows))).all():
            sealed = row.settings["hotels"][0]["sources"][0]["password"]["sealed"]
            found.append(sealer.open(sealed, Place("portals", row.id, "settings")))
            assert row.settings["x"] == "s1.a"
        found += [
            sealer.open(row.access_token, Place("installations", row.portal_id, "access_token"))
            for row in (await tx.execute(select(installations))).all()
        ]
        for row in (await tx.execute(select(webhook_endpoints))).all():
            place = Place("webhook_endpoints", row.portal_id, "secrets")
            found.append(sealer.open(row.secrets[0]["sealed"], place))
    return sorted(found)


async def test_after_a_rotation_the_old_key_is_needed_no_more(db, clock, monkeypatch):
    monkeypatch.setattr(rotation, "PACK", 2)
    await filled(db, Sealer([OLD]), clock.now)
    before = await opened(db, Sealer([OLD]))
    assert len(before) == 15
    done = await reseal(db, Sealer([NEW, OLD]))
    assert (done.anew, done.already, done.unreadable) == (15, 0, [])
    assert await opened(db, Sealer([NEW])) == before
    again = await reseal(db, Sealer([NEW]))
    assert (again.anew, again.already) == (0, 15)


async def test_what_cannot_be_opened_is_told_and_left(db, clock):
    await filled(db, Sealer([SecretKey.make("lost")]), clock.now, count=1)
    done = await reseal(db, Sealer([NEW, OLD]))
    assert done.anew == 0
    assert len(done.unreadable) == 3
    assert "installations.access_token of portal 1" in " ".join(done.unreadable)


def test_every_place_where_something_is_sealed_is_known():
    """Whoever seals into another column must list it, or its key could never go."""
    listed = {(table.name, column) for table, columns in SEALED.items() for column in columns}
    named = re.compile(r'\bPlace\(\s*"(\w+)",[^,]+,\s*"(\w+)"')
    found = set()
    for room in ("app", "handlers", "storage", "integrations", "web"):
        for file in (ROOT / room).rglob("*.py"):
            found |= set(named.findall(file.read_text(encoding="utf-8")))
    assert all(column in table.c for table, columns in SEALED.items() for column in columns)
    found.discard(("installations", "ticket"))  # a signed word in an address, never stored
    assert found
    assert found <= listed
