"""`concierge lookups` and `guest-report`: who looked at whom, and what lies where about a guest."""

import io

import pytest
from rich.console import Console
from sqlalchemy import select

from app import commands
from app.commands.base import UsageError, records
from app.settings import SettingsError, load_settings
from domain.chat import Address, Channel
from handlers.guests.lookups import Guests
from storage import links, staging
from storage.tables import profiles
from tests.app.schemas import faults
from tests.handlers.guest_world import IVANOV, PETROVA, STAYS

CONFIG = """
[service]
database_url = "sqlite+aiosqlite:///{folder}/concierge.db"
[[hotels]]
code = "GRAND"
name = "Гранд Отель"
"""
CHAT = Address(Channel.BITRIX24, "chat77")


@pytest.fixture
async def settings(tmp_path):
    file = tmp_path / "concierge.toml"
    file.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    found = load_settings(file)
    async with records(found) as house, house.scopes.writing(house.portal.id) as scope:
        (hotel,) = house.portal.hotels
        await staging.upsert(
            scope.tx, house.portal.id, hotel, [IVANOV, PETROVA], STAYS, run_id=None, now=scope.now
        )
        await Guests().search(scope, "иванов", CHAT, limit=5, purpose="звонок")
        await Guests().card(scope, hotel, "R2", None, CHAT)
        await links.put(scope.tx, house.portal.id, "guest", "request", "7", "GRAND:P1")
    return found


def shown(outcome):
    out = io.StringIO()
    outcome.print(Console(file=out, width=300))
    return out.getvalue()


async def test_who_looked(settings):
    outcome = await commands.list_lookups(settings, None)
    assert faults("lookups", outcome.data) == []
    card, search = outcome.data["lookups"]
    assert (search["kind"], search["purpose"], search["where"]) == ("search", "звонок", "bitrix24:chat77")
    assert "GRAND:P1" in search["guests"]
    assert card["guests"] == ["GRAND:P2", "GRAND:reservation:R2"]
    assert "звонок" in shown(outcome)
    assert "иванов" not in shown(outcome).casefold()
    assert (await commands.list_lookups(settings, "2999-01-01")).data["lookups"] == []
    with pytest.raises(UsageError, match="no date"):
        await commands.list_lookups(settings, "вчера")


async def test_what_lies_where_about_a_guest_but_no_passport(settings):
    outcome = await commands.guest_report(settings, "GRAND", "P1")
    assert faults("guest-report", outcome.data) == []
    data = outcome.data
    assert data["profiles"][0]["phones"] == ["+7 921 555-12-34"]
    assert {one["reservation_id"] for one in data["stays"]} == {"R0", "R1"}
    assert data["requests"] == [{"number": "7"}]
    assert [one["kind"] for one in data["lookups"]] == ["search"]
    assert "4510" not in str(data) + shown(outcome)
    again = await commands.guest_report(settings, "GRAND", "P1")
    assert [one["kind"] for one in again.data["lookups"]] == ["report", "search"]
    with pytest.raises(UsageError, match="no guest"):
        await commands.guest_report(settings, "GRAND", "P404")
    with pytest.raises(UsageError, match="no hotel"):
        await commands.guest_report(settings, "PARK", "P1")


async def test_two_installations_know_the_same_question_differently(tmp_path):
    hashes = set()
    for name in ("one", "two"):
        file = tmp_path / f"{name}.toml"
        (tmp_path / name).mkdir()
        file.write_text(CONFIG.format(folder=tmp_path / name), encoding="utf-8")
        settings = load_settings(file)
        async with records(settings) as house, house.scopes.writing(house.portal.id) as scope:
            await Guests().search(scope, "Иванов", CHAT, limit=5)
            await Guests().search(scope, " иванов ", CHAT, limit=5)
        found = (await commands.list_lookups(settings, None)).data["lookups"]
        assert len({one["question"] for one in found}) == 1
        hashes.add(found[0]["question"])
    assert len(hashes) == 2


async def test_a_guest_is_erased_from_the_command_line(world):
    await commands.sync(world.settings, commands.SyncOrder("GRAND", quiet=True))
    async with records(world.settings) as house, house.scopes.reading(house.portal.id) as scope:
        query = select(profiles.c.profile_id, profiles.c.name_key).where(profiles.c.kind == "individual")
        profile, name = (await scope.tx.execute(query.limit(1))).one()
    before = await world.rest("crm.item.list", entityTypeId=3, filter={"originId": profile})
    (contact,) = before["items"]
    with pytest.raises(UsageError, match="say --yes"):  # no terminal to ask on
        await commands.erase_guest(world.settings, "GRAND", profile, yes=False, quiet=True)
    outcome = await commands.erase_guest(world.settings, "GRAND", profile, yes=True, quiet=True)
    assert faults("erase-guest", outcome.data) == []
    assert (outcome.code, outcome.data["profiles"], outcome.data["error"]) == (0, 1, "")
    assert f"contact {contact['id']}" in outcome.data["crm"]
    after = (await world.rest("crm.item.get", entityTypeId=3, id=contact["id"]))["item"]
    assert (after["name"], after["lastName"], after["originId"] or "") == ("Гость удалён", "", "")
    assert name.strip().split()[0] not in str(after).casefold()
    with pytest.raises(UsageError, match="no guest"):
        await commands.guest_report(world.settings, "GRAND", profile)
    again = await commands.erase_guest(world.settings, "GRAND", profile, yes=True, quiet=True)
    assert (again.code, again.data["profiles"]) == (0, 0)
    found = (await commands.list_lookups(world.settings, None)).data["lookups"]
    assert [one["kind"] for one in found] == ["erase", "erase"]


@pytest.mark.parametrize("line", ["card_minutes = -1", 'marketing = "all"', "retention_days = -3"])
def test_wrong_settings_are_named(tmp_path, line):
    file = tmp_path / "concierge.toml"
    file.write_text(f"[privacy]\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=line.split(" ", maxsplit=1)[0]):
        load_settings(file)
