"""`concierge tokens`: given out once, listed by prefix, shut out; what it prints fits its schema."""

import orjson
import pytest

from app import commands
from app.commands.base import UsageError
from app.settings import load_settings
from domain.errors import Refused
from tests.app.schemas import faults


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "concierge.toml"
    file.write_text(
        f'[service]\ndatabase_url = "sqlite+aiosqlite:///{tmp_path}/c.db"\nfiles = "{tmp_path}/files"\n'
        '[bitrix24]\nwebhook_url = "http://127.0.0.1:9/rest/1/lab/"\nbot_token = "lab"\n'
        '[[hotels]]\ncode = "GRAND"\nname = "Гранд"\n',
        encoding="utf-8",
    )
    return load_settings(file)


def wish(**more):
    return commands.token_wish(**({"privacy": "basic", "role": "manager", "scopes": (), "hotels": ()} | more))


async def run(settings, **more):
    outcome = await commands.tokens(settings, None, wish(**more))
    data = orjson.loads(orjson.dumps(outcome.data))
    assert faults("tokens", data) == []
    return data


async def test_a_token_is_shown_once_and_revoked(settings):
    made = await run(
        settings, new="BI", scopes=["requests:read,syncs:read"], hotels=["grand"], expires="2099-01-31"
    )
    assert made["token"].startswith(f"cnc_{made['tokens'][0]['prefix']}_")
    listed = await run(settings)
    assert listed["token"] is None
    (one,) = listed["tokens"]
    assert (one["name"], one["scopes"], one["hotels"], one["state"]) == (
        "BI",
        ["requests:read", "syncs:read"],
        ["grand"],
        "good",
    )
    assert one["expires_at"].startswith("2099-01-31T23:59:59")
    assert made["token"].rpartition("_")[2] not in str(listed)
    revoked = await run(settings, revoke=one["id"])
    assert revoked["tokens"][0]["state"] == "revoked"
    with pytest.raises(Refused, match="no-such-token"):
        await run(settings, revoke=one["id"])


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"new": "BI", "scopes": ["everything"]}, "api-scope"),
        ({"new": "BI"}, "api-scope"),
        ({"new": "  ", "scopes": ["admin"]}, "api-token-name"),
        ({"new": "BI", "scopes": ["admin"], "hotels": ["NOWHERE"]}, "api-token-hotel"),
        ({"new": "BI", "scopes": ["admin"], "expires": "2020-01-01"}, "api-token-expired"),
    ],
)
async def test_what_is_no_token(settings, more, fault):
    with pytest.raises(Refused, match=fault):
        await run(settings, **more)


@pytest.mark.parametrize(
    "more", [{"new": "BI", "revoke": 1}, {"scopes": ["admin"]}, {"new": "x", "expires": "soon"}]
)
async def test_wrong_use_is_told(settings, more):
    with pytest.raises(UsageError):
        await run(settings, **more)
