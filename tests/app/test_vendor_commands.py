"""`concierge licence | releases` against the schemas of docs/json, on a database with two portals."""

from typing import Any

import orjson
import pytest

from app import commands
from app.clock import utc_now
from app.commands import LicenceWish
from app.records import open_database
from app.release_notes import RELEASES
from app.settings import load_settings
from storage import portals
from storage import releases as release_rows
from tests.app.schemas import faults

CONFIG = """
[service]
database_url = "sqlite+aiosqlite:///{folder}/concierge.db"
files = "{folder}/files"
[bitrix24]
webhook_url = "http://127.0.0.1:9/rest/1/sandboxwebhook00/"
bot_token = "demo-bot-token"
managers = [4]
"""


@pytest.fixture
async def settings(tmp_path):
    """The file's portal, and another that was installed."""
    file = tmp_path / "concierge.toml"
    file.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    loaded = load_settings(file)
    db = await open_database(loaded)
    async with db.transaction() as tx:
        await portals.ensure(tx, "grand", utc_now(), name="Гранд", domain="grand.bitrix24.ru")
    await db.close()
    return loaded


def printed(outcome: commands.Outcome, schema: str) -> Any:
    """What --json would print, read again; it fits its schema."""
    data = orjson.loads(orjson.dumps(outcome.data))
    assert faults(schema, data) == []
    return data


async def licence(settings, portal: str | None = None, **wish: Any) -> dict[str, dict[str, Any]]:
    found = printed(await commands.licence(settings, portal, LicenceWish(**wish)), "licence")
    return {one["portal"]: one for one in found["licences"]}


async def test_shown_set_and_taken_back(settings):
    assert {key: one["state"] for key, one in (await licence(settings)).items()} == {
        "main": "none",
        "grand": "none",
    }
    set_ = await licence(settings, "grand", paid_until="2020-12-31", grace=10, note="договор 7")
    assert set_ == {
        "grand": {
            "portal": "grand", "state": "ended", "paid_until": "2020-12-31", "grace_until": "2021-01-10",
            "days_left": 0, "note": "договор 7",
        }
    }  # fmt: skip
    longer = await licence(settings, "grand", paid_until="2099-12-31")
    assert (longer["grand"]["state"], longer["grand"]["note"]) == ("active", "договор 7")
    assert longer["grand"]["grace_until"] == "2100-01-10"
    assert (await licence(settings, paid_until="2099-01-01"))["main"]["state"] == "active"
    assert (await licence(settings, "grand", unlimited=True))["grand"]["paid_until"] is None
    assert (await licence(settings))["main"]["paid_until"] == "2099-01-01"


@pytest.mark.parametrize(
    ("portal", "wish", "says"),
    [
        ("nobody", {}, "no portal nobody"),
        (None, {"paid_until": "tomorrow"}, "no date"),
        (None, {"grace": 3}, "--paid-until"),
        (None, {"unlimited": True, "grace": 3}, "choose one"),
    ],
)
async def test_what_can_not_be_meant(settings, portal, wish, says):
    with pytest.raises(commands.UsageError, match=says):
        await commands.licence(settings, portal, LicenceWish(**wish))


async def test_releases_are_listed_and_told(settings):
    found = printed(await commands.releases(settings, tell=False), "releases")["releases"]
    assert [one["version"] for one in found] == [one.version for one in RELEASES]
    assert found[0]["told"] == []
    db = await open_database(settings)
    async with db.transaction() as tx:
        row = await portals.by_key(tx, "grand")
        await release_rows.note_told(tx, row.id, "0.1.0", utc_now())
    await db.close()
    for _ in range(2):
        found = printed(await commands.releases(settings, tell=True), "releases")["releases"]
        assert found[0]["told"] == ["grand", "main"]
