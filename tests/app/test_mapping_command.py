"""`concierge mapping`: printed to be read and copied, tried on staged guests, checked against a real portal."""

import io
import json
from datetime import date

import pytest
from rich.console import Console

from app import commands
from app.commands.base import opened
from app.settings import SettingsError, load_settings
from domain.guests import Profile, ProfileKind
from domain.mapping import default_text, read
from domain.stays import Stay, StayState
from storage import staging
from tests.app.schemas import faults
from tests.integrations.bitrix24_portal import a_stand

CONFIG = """
[service]
database_url = "sqlite+aiosqlite:///{folder}/c.db"
files = "{folder}/files"
language = "{language}"
[bitrix24]
webhook_url = "{url}"
bot_token = "x"
[[hotels]]
code = "GRAND"
name = "Гранд"
mapping = "{folder}/mapping.toml"
[hotels.source]
kind = "suite8"
url = "http://127.0.0.1:1/x"
"""
GUEST = Profile(
    "100", ProfileKind.INDIVIDUAL, last_name="ИВАНОВ", first_name="иван", phones=("8 916 123-45-67",),
    emails=("ivan@hotel-guest.ru",), birthday=date(1990, 2, 3), vip="V1",
)  # fmt: skip
STAY = Stay("9001", StayState.IN_HOUSE, date(2026, 11, 19), date(2026, 11, 22), profile_id="100", room="305")
ACCOUNT = Stay("9002", StayState.IN_HOUSE, date(2026, 1, 1), date(2026, 12, 31), financial_account=True)


def configured(folder, mapping="", url="http://127.0.0.1:1/rest/1/code/", language="ru"):
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    (folder / "concierge.toml").write_text(
        CONFIG.format(folder=folder, url=url, language=language), encoding="utf-8"
    )
    return load_settings(folder / "concierge.toml")


def address(stand):
    return str(stand.server.make_url(f"/rest/1/{stand.portal.config.webhook_code}/"))


async def asked(settings, **more):
    return await commands.show_mapping(settings, commands.MappingQuestion("grand", **more))


def shown(outcome):
    console = Console(file=io.StringIO(), width=250)
    outcome.print(console)
    assert faults("mapping", json.loads(json.dumps(outcome.data, default=str))) == []
    return console.file.getvalue()


async def test_the_effective_mapping_is_printed(tmp_path):
    outcome = await asked(configured(tmp_path, '[contact.lastName]\nowner = "if_new"'))
    row = next(line for line in shown(outcome).splitlines() if "lastName" in line)
    assert row.split() == ["lastName", "last_name", "name_case", "→", "cut", "=", "50", "if_new"]
    assert outcome.data["stages"]["in_house"] == "IN_HOUSE"


async def test_the_default_is_printed_to_be_copied(tmp_path):
    printed = shown(await asked(configured(tmp_path), default=True))
    assert printed == default_text()
    assert read(printed, "copy.toml").version == read("", "").version


async def test_a_preview_shows_before_and_after_and_veils_what_is_personal(tmp_path):
    settings = configured(tmp_path)
    assert "сначала нужна синхронизация" in shown(await asked(settings, preview=10))
    async with opened(settings) as house, house.scopes.writing(house.portal.id) as scope:
        hotel = house.portal.hotels[0]
        await staging.upsert(
            scope.tx, house.portal.id, hotel, [GUEST], [STAY, ACCOUNT], run_id=None, now=scope.now
        )
    veiled = await asked(settings, preview=10)
    text = shown(veiled)
    assert "ИВАНОВ" in text
    assert "Иванов" in text
    assert "916" in text
    assert "1234567" not in text
    assert "ivan@" not in text
    assert "1990" not in text
    assert "не переносится 9002" in text
    records = {one["key"]: one for one in veiled.data["records"]}
    assert {"field": "stageId", "before": "in_house", "after": "Проживает"} in records["9001"]["fields"]
    whole = shown(await asked(settings, preview=10, reveal=True))
    assert "+79161234567" in whole
    assert "1990-02-03" in whole


async def test_a_check_names_what_the_portal_does_not_have(tmp_path):
    async with a_stand(bucket_capacity=1000) as stand:
        settings = configured(
            tmp_path,
            '[contact.lastNam]\nfrom = "last_name"\n[stages.confirmed]\nuse = "Предоплата"\n[[responsible]]\nuser = 99',
            url=address(stand),
        )
        outcome = await asked(settings, check=True)
        text = shown(outcome)
        assert outcome.code == 2
        assert "mapping.toml: [contact.lastNam], [stages.confirmed] use = Предоплата" in text
        assert "user = 99" in text
        fine = await asked(configured(tmp_path, url=address(stand)), check=True)
        assert (fine.code, shown(fine).strip()) == (0, "соответствие полей в порядке")
        findings = (await commands.check(configured(tmp_path, url=address(stand)))).data["findings"]
        assert next(one for one in findings if one["part"] == "GRAND mapping")["ok"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", "источника surname нет. Есть: "), ("en", "there is no source surname. There is: ")],
)
def test_a_fault_names_file_table_and_key_in_the_readers_language(tmp_path, language, words):
    with pytest.raises(SettingsError) as raised:
        configured(tmp_path, '[contact.lastName]\nfrom = "surname"', language=language)
    (line,) = raised.value.faults
    assert line.startswith(f"{tmp_path}/mapping.toml: [contact.lastName] from: {words}")


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    configured(tmp_path)
    (tmp_path / "mapping.toml").unlink()
    with pytest.raises(SettingsError) as raised:
        load_settings(tmp_path / "concierge.toml")
    assert "mapping.toml" in raised.value.faults[0]
