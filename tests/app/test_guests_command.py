"""`concierge guests`: the same search, at the basics only; its index written anew, also after an upgrade."""

import io

import pytest
from rich.console import Console
from sqlalchemy import delete

from app import commands
from app.commands.base import UsageError, records
from app.settings import load_settings
from storage import guest_search, lookups, staging
from storage.tables import guest_docs
from tests.app.schemas import faults
from tests.handlers.guest_world import IVANOV, PETROVA, STAYS

CONFIG = """
[service]
database_url = "sqlite+aiosqlite:///{folder}/concierge.db"
[privacy]
telegram = "contact"
chats = {{ "bitrix24:chat77" = "money" }}
[[hotels]]
code = "GRAND"
name = "Гранд Отель"
rooms = 120
morning_at = "07:30"
[[hotels]]
code = "PARK"
name = "Парк Отель"
"""


@pytest.fixture
async def settings(tmp_path):
    file = tmp_path / "concierge.toml"
    file.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    found = load_settings(file)
    async with records(found) as house, house.scopes.writing(house.portal.id) as scope:
        hotel = house.portal.hotels[0]
        await staging.upsert(
            scope.tx, house.portal.id, hotel, [IVANOV, PETROVA], STAYS, run_id=None, now=scope.now
        )
    return found


def shown(outcome):
    out = io.StringIO()
    outcome.print(Console(file=out, width=200))
    return out.getvalue()


async def test_found_with_its_numbers_and_nothing_private(settings):
    outcome = await commands.guests(settings, "иванов иван")
    assert faults("guests", outcome.data) == []
    (row,) = outcome.data["guests"]
    assert (row["hotel"], row["reservation"], row["profile"]) == ("GRAND", "R1", "P1")
    text = shown(outcome)
    assert "Гранд Отель · Ivanov Ivan ★ GOLD7 · 305" in text
    assert "555" not in text
    assert "<b>" not in text
    async with records(settings) as house, house.scopes.reading(house.portal.id) as scope:
        (journalled,) = await lookups.listed(scope.tx, house.portal.id)
    assert (journalled.chat, journalled.kind, journalled.person_id) == ("terminal", "search", None)


async def test_nobody_and_nothing(settings):
    assert "nobody found" in shown(await commands.guests(settings, "Пушкин"))
    with pytest.raises(UsageError):
        await commands.guests(settings, " ")


async def test_the_index_written_anew(settings):
    async with records(settings) as house, house.scopes.writing(house.portal.id) as scope:
        await scope.tx.execute(delete(guest_docs))
        assert await guest_search.is_behind(scope.tx, house.portal.hotels[0].id)
    assert "nobody found" in shown(await commands.guests(settings, "Иванов"))
    outcome = await commands.guests(settings, "", reindex=True)
    assert faults("guests", outcome.data) == []
    assert outcome.data["indexed"] == {"GRAND": 5, "PARK": 0}
    assert "GRAND: 5 records indexed" in shown(outcome)
    assert (await commands.guests(settings, "Иванов")).data["guests"]


async def test_what_the_settings_say_reaches_the_portal(settings):
    async with records(settings) as house:
        assert house.portal.privacy.telegram == "contact"
        assert house.portal.privacy.chats == {"bitrix24:chat77": "money"}
        assert (house.portal.hotels[0].rooms, house.portal.hotels[0].morning_at) == (120, "07:30")


@pytest.mark.parametrize("line", ['chats = { "chat77" = "money" }', 'chats = { "telegram:x" = "money" }', 'telegram = "passport"'])  # fmt: skip
def test_wrong_privacy_settings_are_named(tmp_path, line):
    from app.settings import SettingsError

    file = tmp_path / "wrong.toml"
    file.write_text(f"[privacy]\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"\[privacy\]"):
        load_settings(file)
