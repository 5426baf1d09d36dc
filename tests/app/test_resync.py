"""`concierge resync`: an order for the running service, or a readable refusal."""

import pytest

from app import commands
from app.settings import load_settings
from app.wiring import build
from handlers.sync.door_news import DoorNews

CONFIG = """
[service]
database_url = "sqlite+aiosqlite:///{folder}/concierge.db"
files = "{folder}/files"
[bitrix24]
webhook_url = "http://127.0.0.1:9/rest/1/x/"
bot_token = "t"
[[hotels]]
code = "GRAND"
name = "Гранд Отель"
[[hotels.sources]]
kind = "suite8"
url = "http://127.0.0.1:9/x"
[[hotels.sources]]
kind = "fias"
url = "tcp://127.0.0.1:9"
[[hotels]]
code = "PARK"
name = "Парк"
[hotels.source]
kind = "suite8"
url = "http://127.0.0.1:9/x"
"""


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "concierge.toml"
    file.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    return load_settings(file)


async def test_the_order_waits_for_the_service_and_is_taken_once(settings):
    outcome = await commands.resync(settings, "grand")
    assert outcome.data == {"doors": ["fias"]}
    house = await build(settings, telegram=False)
    try:
        news, hotel = DoorNews(house.scopes), house.portal.hotels[0]
        assert await news.wished(house.portal.id, hotel, "fias")
        assert not await news.wished(house.portal.id, hotel, "fias")
    finally:
        await house.close()


@pytest.mark.parametrize(
    ("code", "words"), [("PARK", "none of its doors is live"), ("NOPE", "no hotel NOPE")]
)
async def test_there_is_nothing_to_ask(settings, code, words):
    with pytest.raises(commands.UsageError, match=words):
        await commands.resync(settings, code)
