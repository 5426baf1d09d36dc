"""`concierge check`: each fault by itself, over real HTTP: one line that says what is wrong, one that says what to do."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app import commands
from bot.texts import text
from sandbox.portal.app import serve
from sandbox.portal.state import ALL_SCOPES, PortalConfig
from tests.app.world import nobody


async def findings(world):
    """The exit code, and the findings by part."""
    outcome = await commands.check(world.settings)
    return outcome.code, {one["part"]: one for one in outcome.data["findings"]}


async def fault(world, part, code, remedy, **params):
    """The one thing that is wrong; everything else is asked all the same."""
    exit_code, found = await findings(world)
    assert [name for name, one in found.items() if not one["ok"]] == [part]
    assert exit_code == code
    one = found[part]
    assert "\n" not in one["detail"] + one["remedy"]
    assert one["remedy"] == text(remedy, "ru", **params)
    assert one["detail"]
    return one["detail"], found


async def test_all_is_well_before_the_first_start_and_after(world):
    world.mirrored()
    code, found = await findings(world)
    assert code == 0, found
    assert found["bot"]["detail"] == text("bot-to-come", "ru")
    assert {"database", "portal", "scopes", "bot", "support", "telegram", "telegram support_chat"} <= set(
        found
    )
    assert found["GRAND suite8"]["ok"]
    counts = await world.get("_sandbox/counts")
    assert counts["bots"] == 0  # the doctor changes nothing
    await world.rest("imbot.v2.Bot.register", fields=_bot("world-token"))
    code, found = await findings(world)
    assert code == 0
    assert found["bot"]["detail"].startswith("id ")


def _bot(token, kind="supervisor"):
    return {"code": "concierge", "botToken": token, "type": kind, "properties": {"name": "Консьерж"}}


async def test_nothing_configured(world):
    world.portal.clear()
    world.hotel.clear()
    code, found = await findings(world)
    assert code == 2
    assert found["database"]["ok"]
    assert found["portal"]["detail"] == "[bitrix24] webhook_url"
    assert found["GRAND"]["remedy"] == text("remedy-source", "ru")
    assert found["telegram"]["ok"]


# --- the portal ------------------------------------------------------------------------------------------


async def test_wrong_code_of_the_webhook(offices):
    offices.portal["webhook_url"] = f"{offices.base}rest/1/anothercode/"
    offices.mirrored()
    detail, found = await fault(offices, "portal", 2, "remedy-webhook-code")
    assert "anothercode" not in detail
    assert found["telegram"]["ok"]


async def test_portal_away(offices):
    offices.portal["webhook_url"] = f"{nobody()}rest/1/secretcode1/"
    detail, _ = await fault(offices, "portal", 3, "remedy-portal-host")
    assert "secretcode1" not in detail


@pytest.mark.drill  # told by quicker tests, too
async def test_portal_answers_a_page(offices):
    await offices.fault(kind="html", method="*", times=None)
    await fault(offices, "portal", 3, "remedy-portal-html")


async def test_the_address_is_some_other_web_server(offices):
    server = TestServer(web.Application())
    await server.start_server()
    offices.portal["webhook_url"] = str(server.make_url("/rest/1/somecode00/"))
    detail, _ = await fault(offices, "portal", 2, "remedy-portal-html")
    assert "404" in detail
    await server.close()


@pytest.mark.drill  # told by quicker tests, too
async def test_portal_is_broken_for_a_while(offices):
    await offices.fault(kind="error", method="*", times=None, code="INTERNAL_SERVER_ERROR")
    await fault(offices, "portal", 3, "remedy-later")


async def test_portal_has_no_rest_on_its_plan(offices):
    await offices.fault(kind="error", method="*", times=None, code="ACCESS_DENIED")
    await fault(offices, "portal", 2, "remedy-webhook-owner")


async def test_a_scope_is_missing(offices):
    scopes = tuple(scope for scope in ALL_SCOPES if scope not in {"crm", "disk"})
    runner = await serve("127.0.0.1", 0, None, PortalConfig(scopes=scopes))
    port = runner.addresses[0][1]
    offices.portal["webhook_url"] = f"http://127.0.0.1:{port}/rest/1/sandboxwebhook00/"
    await fault(offices, "scopes", 2, "remedy-scopes", scopes="crm, disk")
    await runner.cleanup()


async def test_bot_is_registered_with_another_token(offices):
    await offices.rest("imbot.v2.Bot.register", fields=_bot("another-token"))
    detail, _ = await fault(offices, "bot", 2, "remedy-bot-token-wrong")
    assert "another-token" not in detail


async def test_bot_has_no_token(offices):
    offices.portal["bot_token"] = ""
    await fault(offices, "bot", 2, "remedy-bot-token")


async def test_bot_cannot_hear_threads(offices):
    await offices.rest("imbot.v2.Bot.register", fields=_bot("world-token", "bot"))
    await fault(offices, "bot", 2, "remedy-bot-type")


async def test_nobody_does_support(offices):
    offices.portal["support_users"] = []
    await fault(offices, "support", 2, "remedy-support-users")


@pytest.mark.drill  # told by quicker tests, too
async def test_support_names_somebody_unknown(offices):
    offices.portal["support_users"] = [2, 777]
    await fault(offices, "support", 2, "remedy-unknown-users", ids="777")


# --- Telegram ----------------------------------------------------------------------------------------------


async def test_wrong_token_of_telegram(offices):
    offices.mirrored()
    offices.telegram["token"] = "999999:somebody-elses"
    detail, _ = await fault(offices, "telegram", 2, "remedy-telegram")
    assert "somebody" not in detail


async def test_telegram_away(offices):
    offices.mirrored()
    offices.telegram["api_url"] = nobody()
    detail, _ = await fault(offices, "telegram", 3, "remedy-telegram-host")
    assert "sandbox" not in detail


@pytest.mark.drill  # told by quicker tests, too
async def test_telegram_answers_a_page(offices):
    offices.mirrored()
    await offices.telegram_fault(kind="html", left=None)
    await fault(offices, "telegram", 3, "remedy-telegram-host")


async def test_telegrams_group_is_no_forum(offices):
    offices.mirrored()
    offices.telegram["support_chat"] = offices.telegram["managers_chat"]
    await fault(offices, "telegram support_chat", 2, "remedy-telegram-support-chat")


async def test_telegrams_managers_are_nowhere(offices):
    offices.mirrored()
    offices.telegram["managers_chat"] = -100777
    await fault(offices, "telegram managers_chat", 2, "remedy-telegram-managers-chat")


async def test_bot_may_not_make_topics(offices):
    offices.mirrored()
    status = {"chat_id": offices.telegram["support_chat"], "user_id": 5002, "status": "member"}
    await offices.post("telegram/_sandbox/bot_status", status)
    await fault(offices, "telegram support_chat", 2, "remedy-telegram-support-chat")


# --- hotel and database ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "remedy"),
    [
        ("unreachable", 3, "remedy-pms-unreachable"),
        ("refused", 2, "remedy-pms-refused"),
        ("html_error", 3, "remedy-pms-answer"),  # IIS's own page, HTTP 500
        ("broken_zip", 2, "remedy-pms-zip"),
        ("malformed_xml", 3, "remedy-pms-answer"),
        ("truncated_xml", 3, "remedy-pms-answer"),
    ],
)
async def test_hotel(world, kind, code, remedy):
    await world.hotel_fault(kind)
    await fault(world, "GRAND suite8", code, remedy)


async def test_hotel_away(world):
    world.hotel["url"] = nobody()
    await fault(world, "GRAND suite8", 3, "remedy-pms-unreachable")


@pytest.mark.drill  # told by quicker tests, too
async def test_another_page_at_the_hotels_address(world):
    world.hotel["url"] = f"{world.base}nothing/here"
    await fault(world, "GRAND suite8", 2, "remedy-pms-html")


async def test_wrong_password_of_the_hotel(world):
    world.hotel["password"] = "geheim123"
    detail, _ = await fault(world, "GRAND suite8", 2, "remedy-pms-refused")
    assert "geheim" not in detail


async def test_no_licence_for_profiles(world):
    await world.post("hotel/_sandbox/switches", {"unlicensed": ["Profile"]})
    detail, _ = await fault(world, "GRAND suite8", 2, "remedy-pms-refused")
    assert "Profile" in detail


async def test_file_is_no_database(offices):
    (offices.folder / "concierge.db").write_text("a shopping list, surely no database\n" * 9)
    detail, _ = await fault(offices, "database", 2, "remedy-database")
    assert "not a database" in detail
