"""The commands themselves, on a real database and the stand-in portal, against the schemas of docs/json."""

import csv
import io
from dataclasses import replace
from typing import Any

import openpyxl
import orjson
import pytest

from app import commands
from app.commands.base import opened
from app.settings import load_settings
from domain.callers import Caller
from domain.chat import Channel, Sender
from domain.requests import Action, RequestType
from domain.stays import RowProblem
from handlers.desk.requests import RequestForm
from handlers.desk.site_forms import Limits, SiteForms, Submission, consent_of
from sandbox.portal.app import serve
from storage import run_items, runs
from tests.app.schemas import faults

CONFIG = """
[service]
database_url = "sqlite+aiosqlite:///{folder}/concierge.db"
files = "{folder}/files"
[bitrix24]
webhook_url = "http://127.0.0.1:{port}/rest/1/sandboxwebhook00/"
bot_token = "demo-bot-token"
support_users = [2]
[[hotels]]
code = "GRAND"
name = "Гранд Отель"
"""


@pytest.fixture
async def portal_port():
    runner = await serve("127.0.0.1", 0, None)
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.fixture
def settings(tmp_path, portal_port):
    file = tmp_path / "concierge.toml"
    file.write_text(CONFIG.format(folder=tmp_path, port=portal_port), encoding="utf-8")
    return load_settings(file)


def printed(outcome: commands.Outcome) -> Any:
    """What --json would print, read again."""
    return orjson.loads(orjson.dumps(outcome.data))


async def test_the_desk_in_json(settings):
    form = RequestForm(
        RequestType.INCIDENT, "Не печатает чек", "Касса молчит", Channel.BITRIX24, login="olga"
    )
    async with opened(settings) as house, house.scopes.writing(house.portal.id) as scope:
        olga = await house.people.ensure(
            scope, Sender(Channel.BITRIX24, "5", "Ольга", email="o@hotel.example")
        )
        mine = replace(scope, actor=olga)
        first = await house.requests.file(mine, form)
        second = await house.requests.file(mine, replace(form, related=(first.id,)))
        await house.requests.act(mine, second.id, Action.WITHDRAW)

    desk = printed(await commands.requests(settings, open_only=False))
    assert faults("requests", desk) == []
    assert {one["number"]: one["closed_as"] for one in desk["requests"]} == {
        first.number: None,
        second.number: "withdrawn",
    }
    assert len(printed(await commands.requests(settings, open_only=True))["requests"]) == 1

    one = printed(await commands.request(settings, second.number))
    assert faults("request", one) == []
    assert one["links"]["related"] == [first.number]
    assert [fact["what"] for fact in one["history"]] == ["filed", "withdrawn"]

    waiting = printed(await commands.deliveries(settings, dead=False, retry=None))
    assert faults("deliveries", waiting) == []
    assert "task.create" in {row["kind"] for row in waiting["deliveries"]}


async def test_a_callers_request_in_json(settings):
    text = consent_of("2026-11-01", "Согласен.")
    async with opened(settings) as house:
        forms = SiteForms(house.scopes, house.requests, text, Limits())
        caller = Caller("Иван", "+79001234567")
        await forms.file(house.portal.id, Submission("", "n" * 24, caller, "Пусто", "203.0.113.9", text))
    one = printed(await commands.request(settings, "FB-2026-000001"))
    assert faults("request", one) == []
    assert one["requester"] == {"name": "Иван", "email": None, "phone": "+79001234567"}
    assert one["consent"]["version"] == "2026-11-01"
    assert one["channel"] == "callback"


async def test_the_desk_in_a_file(settings, tmp_path):
    form = RequestForm(RequestType.INCIDENT, "=1+1", "Касса молчит", Channel.BITRIX24)
    text = consent_of("2026-11-01", "Согласен.")
    async with opened(settings) as house:
        async with house.scopes.writing(house.portal.id) as scope:
            olga = await house.people.ensure(scope, Sender(Channel.BITRIX24, "5", "Ольга"))
            await house.requests.file(replace(scope, actor=olga), form)
        forms = SiteForms(house.scopes, house.requests, text, Limits())
        caller = Caller("Иван", "+79001234567")
        await forms.file(house.portal.id, Submission("", "n" * 24, caller, "Пусто", "203.0.113.9", text))
    for kind in ("csv", "xlsx"):
        done = printed(
            await commands.export_requests(settings, tmp_path / f"desk.{kind}", kind, open_only=True)
        )
        assert faults("requests-file", done) == []
        assert done["requests"] == 2
    rows = list(csv.DictReader(io.StringIO((tmp_path / "desk.csv").read_text("utf-8-sig"))))
    assert [row["requester"] for row in rows] == ["Ольга", caller.line]
    assert rows[0]["subject"] == "'=1+1"
    sheet = openpyxl.load_workbook(tmp_path / "desk.xlsx").active
    assert [cell.data_type for cell in sheet["G"]] == ["s", "s", "s"]
    with pytest.raises(commands.UsageError, match=r"no/desk\.csv"):
        await commands.export_requests(settings, tmp_path / "no" / "desk.csv", "csv", open_only=False)


async def test_failures_of_a_sync_in_json(settings):
    async with opened(settings) as house, house.scopes.writing(house.portal.id) as scope:
        hotel = house.portal.hotels[0]
        run_id = await runs.start(scope.tx, house.portal.id, hotel.id, "sync", scope.now)
        bad = [
            RowProblem("stay", "4711", "row-bad-date", "GuestArrival"),
            RowProblem("profile", None, "row-missing-id", ""),
        ]
        await run_items.add_rejected(scope.tx, house.portal.id, hotel.id, run_id, bad)
    outcome = await commands.sync_errors(settings, "grand", retry=False)
    assert outcome.code == 1
    assert faults("sync-errors", printed(outcome)) == []
    assert sorted(item["key"] for item in outcome.data["items"]) == ["", "4711"]
    assert {item["cause"] for item in outcome.data["items"]} == {"row-bad-date", "row-missing-id"}


async def test_the_runs_of_a_hotel_in_json(settings):
    async with opened(settings) as house, house.scopes.writing(house.portal.id) as scope:
        hotel = house.portal.hotels[0]
        run_id = await runs.start(scope.tx, house.portal.id, hotel.id, "full", scope.now)
        counts = {"fetched": 3, "created": 1}
        await runs.finish(scope.tx, run_id, state="done", counts=counts, seconds=1.5, now=scope.now)
        await runs.start(scope.tx, house.portal.id, hotel.id, "sync", scope.now)
    outcome = await commands.list_runs(settings, "grand")
    assert faults("runs", printed(outcome)) == []
    assert [run["state"] for run in outcome.data["runs"]] == ["running", "done"]
    assert outcome.data["runs"][1]["counts"] == counts


async def test_why_in_json(settings):
    outcome = await commands.why(settings, "grand", "Ктототам")
    assert faults("why", printed(outcome)) == []
    assert [one["verdict"] for one in outcome.data["answers"]] == ["never"]
    assert outcome.code == 1
    with pytest.raises(commands.UsageError, match="no hotel NOWHERE"):
        await commands.why(settings, "NOWHERE", "Иванов")


async def test_guests_in_json(settings):
    assert faults("guests", printed(await commands.guests(settings, "Иванов"))) == []


async def test_the_doctor_in_json(settings):
    outcome = await commands.check(settings)
    assert faults("check", printed(outcome)) == []
    found = {finding["part"]: finding["ok"] for finding in outcome.data["findings"]}
    assert found["database"]
    assert found["portal"]
    assert found["scopes"]
    assert found["bot"]
    assert outcome.code == 2
    assert not found["GRAND"]
