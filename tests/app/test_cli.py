"""The `concierge` command as people and programs start it: streams, exit codes, one line per fault."""

import asyncio
import logging
import os
import sqlite3
import sys

import orjson
import pytest
import structlog
from rich.console import Console

from app import cli, commands
from tests.app.schemas import faults
from tests.app.world import ROOT, Done, concierge, nobody


@pytest.fixture
def typed(monkeypatch, capsys, tmp_path):
    """Types a command in an empty folder; (exit code, stdout, lines of stderr)."""
    root, hook = logging.getLogger(), sys.excepthook
    before = root.handlers[:], root.level

    def type_(*words):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["concierge", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return left.value.code, said.out, said.err.strip().splitlines()

    yield type_
    root.handlers[:], root.level = before[0], before[1]
    logging.captureWarnings(capture=False)
    sys.excepthook = hook
    structlog.reset_defaults()


# --- use -------------------------------------------------------------------------------------------------

WRONG_USE = {
    ("nonsense",): "nonsense",
    ("sync",): "HOTEL",
    ("requests", "--nope"): "--nope",
    ("deliveries", "--retry", "x"): "--retry",
    ("deliveries", "--retry", "7"): "no dead delivery 7",
    ("request",): "NUMBER",
    ("request", "FB-2026-000001"): "no request FB-2026-000001",
    ("sandbox", "fridge"): "fridge",
    ("check", "--config", "nowhere.toml"): "nowhere.toml",
    ("run",): "[bitrix24] webhook_url, bot_token",
    ("sync", "GRAND"): "[bitrix24] webhook_url, bot_token",
    ("sync-errors", "GRAND", "--retry"): "[bitrix24] webhook_url, bot_token",
    ("sync-errors", "GRAND"): "no hotel GRAND",
    ("identities", "GRAND"): "no hotel GRAND",
    ("identities", "GRAND", "--decide", "1", "maybe"): "say join or apart",
    ("backup", "copy.db"): "no database",
}


@pytest.mark.parametrize("words", WRONG_USE, ids=" ".join)
def test_wrong_use_is_one_line(typed, words):
    code, out, err = typed(*words)
    assert (code, out) == (2, "")
    assert len(err) == 1, err
    assert WRONG_USE[words] in err[0]


def test_reading_needs_no_portal(typed):
    code, out, err = typed("requests", "--json")
    assert (code, orjson.loads(out), err) == (0, {"requests": []}, [])
    assert typed("guests", "Иванов", "--json")[0] == 0
    assert typed("deliveries", "--dead")[1].strip() == "nothing is given up"
    assert typed("migrate")[0] == 0
    assert typed("backup", "copy.db")[0] == 0
    assert typed("backup", "copy.db")[2] == ["copy.db exists already; name a new file"]


def test_since_is_a_day_gone_by(typed, tmp_path):
    (tmp_path / "concierge.toml").write_text(
        "[bitrix24]\nwebhook_url = 'https://x.bitrix24.ru/rest/1/abcdef/'\nbot_token = 'x'\n"
        "[[hotels]]\ncode = 'GRAND'\nname = 'x'\n"
    )
    for words, says in (
        (("--since", "gestern"), "--since gestern"),
        (("--since", "2999-01-01"), "lies ahead"),
        (("--since", "2026-01-01", "--full"), "choose one"),
    ):
        code, out, err = typed("sync", "GRAND", *words)
        assert (code, out, len(err)) == (2, "", 1)
        assert says in err[0]


async def test_both_names_are_one_command():
    module = await concierge("--help")
    script = await _python(
        "import sys; from app.cli import main; sys.argv[0] = 'concierge'; main()", "--help"
    )
    assert (module.code, module.out) == (script.code, script.out)
    for command in cli.app:
        assert command.startswith("-") or command in module.out


async def _python(code, *words, cwd=ROOT):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *words, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return Done(process.returncode, out.decode(), err.decode())


# --- configuration ---------------------------------------------------------------------------------------

WRONG = {
    "[bitrix]\nx = 1": ["[bitrix]: no such key"],
    "[service]\nport = 99999\nlanguage = 'de'": ["[service] port:", "[service] language:"],
    "[service]\ntimezone = 'Mars/X'": ["[service] timezone:"],
    "[bitrix24]\nwebhook_url = 'http://hotel.bitrix24.ru/rest/1/geheim42/'": ["[bitrix24] webhook_url:"],
    "[bitrix24]\nwebhook_url = 'https://hotel.bitrix24.ru/geheim42'": ["[bitrix24] webhook_url:"],
    "[bitrix24]\nbot_token = '%s'" % ("geheim" * 8): ["[bitrix24] bot_token:"],
    "[bitrix24]\nsupport_users = [1, 'a']": ["[bitrix24] support_users.2:"],
    "[support]\nhours = 'always'": ["[support]"],
    "[[hotels]]\nname = 'x'": ["[[hotels]] 1 code: is missing"],
    "[[hotels]]\ncode = 'A'\nname = 'x'\n[hotels.source]\nkind = 'fax'": ["[[hotels]] 1 source"],
    "[[hotels]]\ncode = 'A'\nname = 'x'\n[[hotels]]\ncode = 'A'\nname = 'y'": ["hotels", "same code"],
    "[service\nport = 1": ["concierge.toml", "line 1"],
    "service = 3": ["[service]:"],
    "[service]\ndatabase_url = 'mysql://x'": ["[service] database_url:"],
    "[service]\ndatabase_url = 'sqlite+aiosqlite:///:memory:'": ["[service] database_url:"],
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_configuration(typed, text, tmp_path):
    (tmp_path / "concierge.toml").write_text(text)
    code, out, err = typed("requests", "--json")
    assert (code, out) == (2, "")
    for part in WRONG[text]:
        assert any(part in line for line in err), err
    assert "geheim" not in "".join(err)


def test_wrong_environment(typed, monkeypatch):
    for name, value, says in (
        ("CONCIERGE_BITRIX24__WEBHOOK_URLL", "x", "[bitrix24] webhook_urll: no such key"),
        ("CONCIERGE_SERVICE__PORT", "abc", "[service] port:"),
        ("CONCIERGE_HOTELS", "[{", "environment:"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            code, _, err = typed("requests")
        assert (code, len(err)) == (2, 1)
        assert says in err[0]


UNUSABLE = {
    "sqlite+aiosqlite:////proc/nowhere/x.db": (2, "[service] database_url"),
    "sqlite+aiosqlite:////tmp": (2, "[service] database_url"),
    "postgresql+asyncpg://concierge:geheim42@127.0.0.1:1/x": (3, "Connect call failed"),
}


@pytest.mark.parametrize("url", UNUSABLE)
def test_no_database_to_be_had(typed, url, tmp_path):
    (tmp_path / "concierge.toml").write_text(f"[service]\ndatabase_url = '{url}'\n")
    code, out, err = typed("requests", "--json")
    assert (code, out, len(err)) == (UNUSABLE[url][0], "", 1), err
    assert UNUSABLE[url][1] in err[0]
    assert "geheim" not in err[0]


def test_database_of_another_program_or_a_newer_version(typed, tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/x.db"
    (tmp_path / "concierge.toml").write_text(f"[service]\ndatabase_url = '{url}'\n")
    (tmp_path / "x.db").write_text("milk, bread, surely no database " * 9)
    code, _, err = typed("migrate")
    assert code == 2
    assert "not a database" in err[0]
    (tmp_path / "x.db").unlink()
    assert typed("migrate")[0] == 0
    with sqlite3.connect(tmp_path / "x.db") as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    assert typed("requests")[0] == 0, "a newer schema bears this version, as in a rolling update"
    with sqlite3.connect(tmp_path / "x.db") as db:
        db.execute("UPDATE schema_floor SET revision = '9998'")
    db.close()
    code, _, err = typed("requests")
    assert (code, len(err)) == (2, 1)
    assert "another version" in err[0]


async def test_an_unforeseen_failure_is_one_line_too(tmp_path):
    code = (
        "import sys; from app import cli, commands\n"
        "def broken(*_, **__): raise RuntimeError('boom\\nwith a second line')\n"
        "commands.requests = broken; sys.argv = ['concierge', 'requests']; cli.main()"
    )
    done = await _python(code, cwd=tmp_path)
    assert (done.code, done.out, len(done.lines)) == (1, "", 1)
    assert "boom with a second line" in done.err


async def test_heavy_libraries_stay_away_from_commands(offices):
    offices.mirrored()
    code = (
        "import sys; from app import cli\n"
        "for words in (['requests'], ['check', '--json'], ['guests', 'Иванов'], ['deliveries']):\n"
        f"    cli.app([*words, '--config', {str(offices.config)!r}], exit_on_error=False)\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'aiogram', 'matplotlib'}))"
    )
    assert (await _python(code)).out.strip().endswith("[]")


# --- outside parties away ----------------------------------------------------------------------------------


async def test_exit_codes_of_check_and_sync_when_somebody_is_away(world):
    world.portal["webhook_url"] = f"{nobody()}rest/1/secretcode1/"
    done = await world.concierge("check", "--json")
    assert done.code == 3
    assert done.err == ""
    assert faults("check", done.json) == []
    done = await world.concierge("check")
    assert done.code == 3
    assert "→" in done.out
    assert "secretcode1" not in done.out + done.err


@pytest.mark.parametrize(
    ("kind", "code", "error", "words"),
    [
        ("unreachable", 3, "pms-unreachable", "не отвечает"),
        ("refused", 2, "pms-refused", "не принял"),
        ("broken_zip", 3, "pms-answer", "broken ZIP"),
        ("malformed_xml", 3, "pms-answer", "malformed"),
    ],
)
async def test_sync_of_a_hotel_in_trouble(world, capsys, monkeypatch, kind, code, error, words):
    monkeypatch.setattr("integrations.fidelio.suite8.client.RETRY_AFTER_S", ())
    await world.hotel_fault(kind)
    outcome = await commands.sync(world.settings, commands.SyncOrder("GRAND", quiet=True))
    assert outcome.code == code
    assert outcome.data["error"] == error
    assert faults("sync", orjson.loads(orjson.dumps(outcome.data))) == []
    outcome.print(Console(soft_wrap=True))
    assert words in capsys.readouterr().out
