"""A foreign client, unchanged: aiogram's own models must accept every answer of the stand-in."""

import asyncio

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.filters import Command
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Message,
    ReactionTypeEmoji,
    ReplyParameters,
)

from tests.sandbox.telegram_lab import MANAGERS_CHAT, OLGA, PNG, PYOTR, SUPPORT_CHAT, open_lab


@pytest.fixture
async def lab():
    async with open_lab() as lab:
        yield lab


def new_bot(lab, token="123456:sandbox"):
    return Bot(token, AiohttpSession(api=TelegramAPIServer.from_base(lab.base)))


@pytest.fixture
async def bot(lab):
    async with new_bot(lab) as bot:
        yield bot


async def test_a_dispatcher_talks_with_a_person(lab, bot):
    dispatcher = Dispatcher()
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Да", callback_data="yes")]])
    greeted, done = asyncio.Event(), asyncio.Event()

    @dispatcher.message(Command("start"))
    async def start(message: Message):
        await message.answer("<b>Здравствуйте</b>", parse_mode="HTML", reply_markup=keyboard)
        greeted.set()

    @dispatcher.callback_query(F.data == "yes")
    async def yes(query: CallbackQuery):
        await query.message.edit_text("Принято")
        await query.answer("ок")
        done.set()

    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=5))
    await lab.say(OLGA, "/start")
    async with asyncio.timeout(5):
        await greeted.wait()
        asked = (await lab.look(f"/chats/{OLGA}/messages"))[-1]
        await lab.act(f"/as/{OLGA}/press", chat_id=OLGA, message_id=asked["message_id"], text="Да")
        await done.wait()
    await dispatcher.stop_polling()
    await polling
    assert [m["text"] for m in await lab.look(f"/chats/{OLGA}/messages")] == ["/start", "Принято"]


async def test_every_method_is_understood(lab, bot):
    said = await lab.say(OLGA, "привет")
    me = await bot.get_me()
    assert me.can_read_all_group_messages
    sent = await bot.send_message(
        OLGA, "ответ", reply_parameters=ReplyParameters(message_id=said["message_id"])
    )
    assert sent.reply_to_message.text == "привет"
    assert (await bot.copy_message(SUPPORT_CHAT, OLGA, sent.message_id)).message_id
    assert (await bot.forward_message(SUPPORT_CHAT, OLGA, sent.message_id)).forward_origin.type == "user"
    assert await bot.set_message_reaction(OLGA, said["message_id"], [ReactionTypeEmoji(emoji="👍")])
    assert await bot.send_chat_action(OLGA, "typing")
    assert await bot.pin_chat_message(OLGA, sent.message_id)
    assert (await bot.get_chat(OLGA)).pinned_message.message_id == sent.message_id
    assert (await bot.get_chat_member(SUPPORT_CHAT, bot.id)).can_manage_topics
    assert (await bot.get_chat_member(SUPPORT_CHAT, PYOTR)).status == "creator"
    assert await bot.delete_message(OLGA, sent.message_id)
    commands = [BotCommand(command="new", description="Новое обращение")]
    scope = BotCommandScopeAllPrivateChats()
    assert await bot.set_my_commands(commands, scope=scope, language_code="ru")
    (kept,) = await bot.get_my_commands(scope=scope, language_code="ru")
    assert (kept.command, kept.description) == ("new", "Новое обращение")
    assert (await bot.get_webhook_info()).url == ""


async def test_topics(bot):
    topic = await bot.create_forum_topic(SUPPORT_CHAT, "FB-1")
    sent = await bot.send_message(SUPPORT_CHAT, "слово", message_thread_id=topic.message_thread_id)
    assert sent.is_topic_message
    assert await bot.edit_forum_topic(SUPPORT_CHAT, topic.message_thread_id, "FB-1 · тема")
    assert await bot.close_forum_topic(SUPPORT_CHAT, topic.message_thread_id)
    assert await bot.reopen_forum_topic(SUPPORT_CHAT, topic.message_thread_id)
    assert await bot.delete_forum_topic(SUPPORT_CHAT, topic.message_thread_id)
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await bot.send_message(SUPPORT_CHAT, "слово", message_thread_id=topic.message_thread_id)


async def test_files_and_albums(lab, bot):
    await lab.say(OLGA, "/start")
    png = BufferedInputFile(PNG, "вид.png")
    sent = await bot.send_document(OLGA, BufferedInputFile(b"abc", "отчёт.txt"), caption="вот")
    assert (sent.document.file_name, sent.caption) == ("отчёт.txt", "вот")
    assert (await bot.download(sent.document)).read() == b"abc"
    assert (await bot.send_photo(OLGA, png)).photo[-1].width == 1
    album = await bot.send_media_group(OLGA, [InputMediaPhoto(media=png), InputMediaPhoto(media=png)])
    assert album[0].media_group_id == album[1].media_group_id
    assert (await bot.send_video(OLGA, BufferedInputFile(b"mp4", "a.mp4"))).video.file_size == 3


async def test_refusals_become_aiograms_errors(lab, bot):
    with pytest.raises(TelegramForbiddenError, match="can't initiate conversation"):
        await bot.send_message(OLGA, "x")
    with pytest.raises(TelegramBadRequest, match="can't parse entities"):
        await bot.send_message(MANAGERS_CHAT, "<b>x", parse_mode="HTML")
    await lab.act("/faults", method="sendMessage", code=429, description="x", parameters={"retry_after": 7})
    with pytest.raises(TelegramRetryAfter) as refusal:
        await bot.send_message(MANAGERS_CHAT, "x")
    assert refusal.value.retry_after == 7
    await lab.act("/faults", method="sendMessage", kind="drop_after")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(MANAGERS_CHAT, "x")
    await bot.set_webhook("https://hotel.example/hook")
    with pytest.raises(TelegramConflictError):
        await bot.get_updates()
    async with new_bot(lab, "1:wrong") as other:
        with pytest.raises(TelegramUnauthorizedError):
            await other.get_me()
