"""The mirror: a Telegram account is linked, files the same request, and support answers from the other side."""

import asyncio

import pytest

from tests.stories.test_filing import STORY

SUPPORT_FORUM, OLGA_TG, PYOTR_TG = -1002000000001, 5001, 5002


class TelegramPerson:
    """Somebody in the stand-in Telegram."""

    def __init__(self, stage, user_id):
        self.stage, self.user_id = stage, user_id

    async def writes(self, text, chat=None, thread=None):
        body = {"chat_id": chat or self.user_id, "text": text}
        if thread:
            body["message_thread_id"] = thread
        await self.stage.post(f"telegram/_sandbox/as/{self.user_id}/messages", body)

    async def messages(self, chat=None, thread=None):
        query = f"?thread_id={thread}" if thread else ""
        found = await self.stage.get(f"telegram/_sandbox/chats/{chat or self.user_id}/messages{query}")
        return found["messages"] if isinstance(found, dict) else found

    async def sees(self, text, chat=None, thread=None):
        async def look():
            return next(
                (
                    m
                    for m in reversed(await self.messages(chat, thread))
                    if text in (m.get("text") or m.get("caption") or "")
                ),
                None,
            )

        return await self.stage.until(look, f"«{text}» in Telegram for {self.user_id}")

    async def presses(self, label, chat=None, thread=None):
        async def look():
            for message in reversed(await self.messages(chat, thread)):
                for row in (message.get("reply_markup") or {}).get("inline_keyboard", []):
                    for button in row:
                        if button["text"] == label:
                            return message
            return None

        message = await self.stage.until(look, f"a button «{label}» in Telegram")
        body = {"chat_id": chat or self.user_id, "message_id": message["message_id"], "text": label}
        await self.stage.post(f"telegram/_sandbox/as/{self.user_id}/press", body)


async def link(stage, portal_user, telegram_user):
    """`/link` in the portal shows a code, `/link CODE` in Telegram uses it."""
    person, mirrored = stage.person(portal_user), TelegramPerson(stage, telegram_user)
    await person.writes("/link")
    shown = await person.sees("Ваш код")
    code = shown["text"].split("[b]")[1].split("[/b]")[0]
    await mirrored.writes("/start")
    await mirrored.sees("Мы ещё не знакомы")
    await mirrored.writes(f"/link {code}")
    await mirrored.sees("Готово")
    return mirrored


async def test_a_request_filed_from_telegram(both):
    olga = await link(both, 5, OLGA_TG)
    pyotr = both.person(2)
    await olga.writes("новое обращение")
    await olga.sees("шаг 1")
    await olga.writes(STORY + " <b>&</b>")
    await olga.presses("Инцидент")
    await olga.presses("Оставить")
    await olga.presses("Пропустить")
    await olga.sees("При каких условиях")
    await olga.presses("Пропустить")
    await olga.presses("Мой логин")
    await olga.presses("Этот портал")
    await olga.presses("Отправить")
    await olga.sees("FB-2026-000001 зарегистрировано")

    thread = await pyotr.thread("FB-2026-000001")
    await pyotr.writes("Смотрю, [b]минуту[/b] & секунду", thread)
    await olga.sees("Смотрю, минуту & секунду")
    await olga.presses("Ответить")
    await olga.sees("Напишите ответ")
    await olga.writes("Спасибо <3")
    await pyotr.sees("Спасибо <3", thread)


async def test_support_in_a_topic_answers_the_portal(both):
    olga, pyotr = both.person(5), await link(both, 2, PYOTR_TG)
    from tests.stories.test_filing import file_request

    await file_request(olga)

    async def topic():
        chats = await both.get("telegram/_sandbox/chats")
        rows = chats["chats"] if isinstance(chats, dict) else chats
        forum = next(chat for chat in rows if chat["id"] == SUPPORT_FORUM)
        return next((t for t in forum.get("topics", []) if t["name"].startswith("FB-2026-000001")), None)

    found = await both.until(topic, "the topic")
    thread = found.get("message_thread_id") or found["id"]
    await pyotr.sees("Ольга Иванова", SUPPORT_FORUM, thread)
    await pyotr.writes("Уже чиним", SUPPORT_FORUM, thread)
    await olga.sees("Уже чиним")
    in_portal = both.person(3)
    await in_portal.sees("Уже чиним", await in_portal.thread("FB-2026-000001"))
    topic_before = await pyotr.messages(SUPPORT_FORUM, thread)
    await asyncio.sleep(0.3)
    again = await pyotr.messages(SUPPORT_FORUM, thread)
    assert len([m for m in again if "Уже чиним" in (m.get("text") or "")]) == 1, topic_before
    await pyotr.presses("Взять", SUPPORT_FORUM, thread)
    await olga.sees("Занимается Пётр Ким")


async def test_an_unknown_telegram_account_can_only_link(both):
    stranger = TelegramPerson(both, 5003)
    for words in ("новое обращение", "/guest Иванов", "/sync"):
        await stranger.writes(words)
    await stranger.sees("Мы ещё не знакомы")
    await stranger.writes("/link WRONGCOD")
    await stranger.sees("Код не подошёл")


@pytest.mark.parametrize("words", ["привет"])
async def test_a_draft_moves_between_messengers(both, words):
    telegram = await link(both, 5, OLGA_TG)
    olga = both.person(5)
    await olga.writes("новое обращение")
    await olga.sees("шаг 1")
    await olga.writes(f"{words}, не выгружаются заезды из Fidelio со вчерашнего дня")
    await olga.sees("шаг 2")
    await telegram.writes("инцидент")
    await telegram.sees("шаг 3")
