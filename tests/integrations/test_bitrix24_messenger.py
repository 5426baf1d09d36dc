import pytest

from domain.chat import Address, BotCommand, Button, Channel, FileContent, FileRef, MessageRef, Reply, escape
from domain.errors import Permanent, Refused, Unclear
from integrations.bitrix24.bot import Bot, BotSettings
from integrations.bitrix24.messenger import BitrixMessenger
from tests.integrations.bitrix24_portal import TOKEN, a_stand

OLGA = Address(Channel.BITRIX24, "5")
HELP = BotCommand("help", {"ru": "Помощь", "en": "Help"})
GUEST = BotCommand("guest", {"ru": "Гость", "en": "Guest"}, {"ru": "имя", "en": "name"})


@pytest.fixture
async def stand():
    async with a_stand(bucket_capacity=1000) as stand:
        await stand.bot.ensure()
        yield stand


@pytest.fixture
def messenger(stand):
    return BitrixMessenger(stand.client, stand.bot)


# --- the bot -------------------------------------------------------------------------------------------------


async def test_the_bot_is_registered_once(stand):
    again = Bot(stand.client, stand.bot.settings)
    assert await again.ensure() == stand.bot.bot_id
    assert stand.calls("Bot.register") == ["imbot.v2.Bot.register"] * 2
    assert stand.calls("Bot.update") == []
    shown = (await stand.client.call("imbot.v2.Bot.get", stand.bot.params()))["bot"]
    assert (shown["type"], shown["eventMode"]) == ("supervisor", "fetch")


async def test_changed_settings_arrive(stand):
    settings = BotSettings(token=TOKEN, name="Портье", work_position="Ночью")
    assert await Bot(stand.client, settings).ensure() == stand.bot.bot_id
    answer = await stand.client.call("imbot.v2.Bot.get", stand.bot.params())
    assert answer["users"][0]["name"] == "Портье"
    calls = len(stand.calls("Bot.update"))
    await Bot(stand.client, settings).ensure()
    assert len(stand.calls("Bot.update")) == calls == 1


async def test_anothers_code_is_told(stand):
    with pytest.raises(Permanent) as caught:
        await Bot(stand.client, BotSettings(token="another", name="x")).ensure()
    assert caught.value.code == "bitrix-bot-code-already-taken"


async def test_a_bot_of_the_wrong_type_is_a_problem(stand):
    deaf = Bot(stand.client, BotSettings(token="t2", code="deaf", name="x", type="bot"))
    await deaf.ensure()
    bot = Bot(stand.client, BotSettings(token="t2", code="deaf", name="x"))
    await bot.ensure()
    assert bot.problems == ("bitrix-bot-type",)


def test_wrong_tokens_are_refused_at_once():
    with pytest.raises(Permanent):
        BotSettings(token="x" * 41, name="x")
    assert "s3cret" not in repr(BotSettings(token="s3cret", name="x"))


async def registered(stand):
    answer = await stand.client.call("imbot.v2.Command.list", stand.bot.params())
    return {item["command"]: (item["hidden"], item["title"]) for item in answer["commands"]}


async def test_commands_are_kept_in_step(stand, messenger):
    await messenger.set_commands([HELP, GUEST])
    assert set(await registered(stand)) == {"/help", "/guest", "/press"}
    assert (await registered(stand))["/press"][0] is True
    before = stand.client.requests
    await messenger.set_commands([HELP, GUEST])
    assert stand.client.requests == before + 1  # only the look
    await messenger.set_commands([BotCommand("help", {"ru": "Подсказка", "en": "Hint"})])
    after = await registered(stand)
    assert set(after) == {"/help", "/press"}
    assert after["/help"][1] in {"Подсказка", "Hint"}


async def test_the_token_can_be_rotated(stand):
    await stand.bot.rotate_token("a-new-token")
    with pytest.raises(Permanent, match="BOT_OWNERSHIP_ERROR"):
        await stand.client.call("imbot.v2.Command.list", stand.bot.params())


# --- messages ------------------------------------------------------------------------------------------------


async def test_words_and_buttons(stand, messenger):
    reply = Reply(
        f"<b>Обращение</b> от {escape('[b]x[/b] & Ко')}",
        (
            (Button("Взять", "take:1", "primary"), Button("Отмена", "drop:1", "danger")),
            (Button("Открыть", link="https://hotel.example/1"),),
        ),
    )
    sent = await messenger.send(OLGA, reply)
    (seen,) = await stand.seen(5, stand.bot.bot_id)
    assert str(seen["id"]) == sent.first.message_id
    assert seen["text"] == "[b]Обращение[/b] от [\u2060b]x[\u2060/b] & Ко"
    kinds = [
        (button.get("TYPE"), button.get("COMMAND_PARAMS"), button.get("LINK"), button.get("BG_COLOR_TOKEN"))
        for button in seen["keyboard"]
    ]
    assert kinds == [
        (None, "take:1", None, "primary"),
        (None, "drop:1", None, "alert"),
        ("NEWLINE", None, None, None),
        (None, None, "https://hotel.example/1", "base"),
    ]


async def test_an_edit_replaces_text_and_takes_buttons_away(stand, messenger):
    sent = await messenger.send(OLGA, Reply("раз", ((Button("Да", "yes"),),)))
    await messenger.edit(sent.first, Reply("два", ((Button("Нет", "no"),),)))
    (seen,) = await stand.seen(5, stand.bot.bot_id)
    assert [button["COMMAND_PARAMS"] for button in seen["keyboard"]] == ["no"]
    await messenger.edit(sent.first, Reply("три"))
    (seen,) = await stand.seen(5, stand.bot.bot_id)
    assert seen["text"] == "три"
    assert not seen["keyboard"]


async def test_a_message_that_is_gone(stand, messenger):
    ref = MessageRef(OLGA, "99999")
    for work in (messenger.edit(ref, Reply("x")), messenger.delete(ref)):
        with pytest.raises(Permanent) as caught:
            await work
        assert caught.value.code == "message-gone"


async def test_a_deletion(stand, messenger):
    sent = await messenger.send(OLGA, Reply("ошибка"))
    await messenger.delete(sent.first)
    assert "ошибка" not in [message["text"] for message in await stand.seen(5, stand.bot.bot_id)]


async def test_a_long_text_comes_in_parts_with_buttons_under_the_last(stand, messenger):
    text = "\n".join(f"строка {number}" for number in range(3000))
    sent = await messenger.send(OLGA, Reply(text, ((Button("Дальше", "next"),),)))
    seen = await stand.seen(5, stand.bot.bot_id)
    assert len(sent.refs) == len(seen) > 1
    assert "\n".join(message["text"] for message in seen) == text
    assert [bool(message["keyboard"]) for message in seen] == [False] * (len(seen) - 1) + [True]


async def test_a_reply_points_at_its_message(stand, messenger):
    asked = await stand.as_user(5, "messages", dialogId=str(stand.bot.bot_id), text="как?")
    sent = await messenger.send(OLGA, Reply("так"), reply_to=str(asked["messageId"]))
    seen = (await stand.seen(5, stand.bot.bot_id))[-1]
    assert (str(seen["id"]), seen["replyId"]) == (sent.first.message_id, asked["messageId"])


async def test_a_lost_send_is_unclear(stand, messenger):
    stand.portal.faults.add({"kind": "drop_after", "method": "imbot.v2.Chat.Message.send"})
    with pytest.raises(Unclear):
        await messenger.send(OLGA, Reply("один раз"))
    assert len(await stand.seen(5, stand.bot.bot_id)) == 1


async def test_typing_never_fails(stand, messenger):
    await messenger.typing(OLGA)
    await messenger.typing(Address(Channel.BITRIX24, "chat999"))
    assert len(stand.calls("InputAction")) == 2


# --- files ---------------------------------------------------------------------------------------------------


async def test_files_go_out_and_come_in(stand, messenger):
    sent = await messenger.send_file(OLGA, FileContent("снимок экрана.png", b"\x89PNG1234"), "<b>вот</b>")
    (seen,) = await stand.seen(5, stand.bot.bot_id)
    assert str(seen["id"]) == sent.first.message_id
    assert seen["text"] == "[b]вот[/b]"
    given = await stand.send_file(5, stand.bot.bot_id, "a.txt", b"hello")
    file = await messenger.fetch_file(FileRef(Channel.BITRIX24, str(given["fileId"]), ""))
    assert (file.name, file.data) == ("a.txt", b"hello")


async def test_files_too_large_or_gone(stand):
    messenger = BitrixMessenger(stand.client, stand.bot, file_limit_mb=1)
    with pytest.raises(Refused) as refused:
        await messenger.send_file(OLGA, FileContent("a.bin", bytes((1 << 20) + 1)))
    assert (refused.value.code, refused.value.params) == ("file-too-large", {"limit_mb": 1})
    with pytest.raises(Refused):
        await messenger.fetch_file(FileRef(Channel.BITRIX24, "1", "a.bin", size=2 << 20))
    with pytest.raises(Permanent) as gone:
        await messenger.fetch_file(FileRef(Channel.BITRIX24, "99999", "a.bin"))
    assert gone.value.code == "file-gone"


# --- threads -------------------------------------------------------------------------------------------------


async def test_a_thread_is_made_found_renamed_and_closed(stand, messenger):
    first = Reply("Новое обращение", ((Button("Взять", "take:1"),),))
    thread = await messenger.create_thread("FB-2026-000001 · принтер", ["2", "3"])
    await messenger.send(thread.address, first)
    for member in (1, 2, 3):
        assert "Новое обращение" in [
            message["text"] for message in await stand.seen(member, thread.address.chat)
        ]
    assert await messenger.find_thread("FB-2026-000001") == thread
    assert await messenger.find_thread("FB-2026-000002") is None
    await messenger.rename_thread(thread, "FB-2026-000001 · принтер · закрыто")
    assert (await messenger.find_thread("FB-2026-000001")).title.endswith("закрыто")
    await messenger.close_thread(thread)
    await messenger.send(thread.address, Reply("ещё слово"))  # the bot is still in it


async def test_an_unclear_create_is_found_again(stand, messenger):
    stand.portal.faults.add({"kind": "drop_after", "method": "imbot.v2.Chat.add"})
    with pytest.raises(Unclear):
        await messenger.create_thread("FB-2026-000010 · сеть", ["2"])
    found = await messenger.find_thread("FB-2026-000010")
    await messenger.send(found.address, Reply("первые"))
