"""Words of a task's chat come to the request: new ones are relayed, edits and deletions follow."""

import hashlib
from dataclasses import replace

from domain.chat import Address, Channel, IncomingKind, IncomingMessage
from domain.errors import Refused
from domain.ports import ChatWord, TaskNews
from handlers import outgoing
from handlers.desk.mirror import Mirror
from handlers.desk.requests import Requests
from handlers.desk.task_case import Case
from handlers.scope import Scope
from storage import links, relayed

KEPT_DIGESTS = 60
"""Of how many of people's messages in a chat the words are known, to notice edits."""


async def fresh_words(scope: Scope, link: links.Link, news: TaskNews) -> list[ChatWord]:
    """People's messages after the cursor that are not ours: told by id, whoever the author is."""
    if not news.words or not link.data.get("chat"):
        return []
    after = int(link.data.get("word") or 0)
    new = [word for word in news.words if int(word.message_id) > after and word.is_person]
    place = Address(Channel.BITRIX24, link.data["chat"])
    known = await relayed.known(scope.tx, scope.portal.id, place, [word.message_id for word in new])
    return [word for word in new if word.message_id not in known and not word.deleted]


class TaskWords:
    """Relays what people say in a task's chat; what was ours is told by id, whoever the author is."""

    def __init__(self, requests: Requests, mirror: Mirror) -> None:
        self._requests = requests
        self._mirror = mirror

    async def take(self, case: Case) -> bool:
        """The new words, and how far the chat has been taken; True when there were any."""
        if not case.news.words:
            return False
        for word in case.fresh:
            if word.message_id != case.answered_with:
                await self._relay(case, word)
        last = case.news.words[-1].message_id
        if int(last) > int(case.link.data.get("word") or 0):
            digests = {**case.link.data.get("words", {})}
            digests |= {word.message_id: _digest(word.text) for word in case.fresh}
            kept = sorted(digests.items(), key=lambda item: int(item[0]))[-KEPT_DIGESTS:]
            await case.remember(word=last, words=dict(kept))
        return bool(case.fresh)

    async def _relay(self, case: Case, word: ChatWord) -> None:
        scope = await case.acting(word.author.external_id, word.author)
        event = _event(case, word)
        try:
            async with scope.attempt():
                if await case.is_requester(word.author):
                    case.request = await self._requests.relay_from_requester(scope, case.request.id, event)
                elif word.text.strip() or word.files:
                    await self._requests.relay_from_support(scope, case.request, event)
        except Refused:
            desk = scope.speaking(scope.portal.language)
            words = desk.text("task-word-refused", who=word.author.name, number=case.request.number)
            body = {"request_id": case.request.id, "text": words}
            await outgoing.put(scope, f"task:{case.request.id}", "task.say", body, request_id=case.request.id)

    async def take_edits(self, case: Case) -> bool:
        """Edits and deletions of what was relayed from here; only a message's own flags tell of them."""
        digests = dict(case.link.data.get("words", {}))
        changed = False
        for word in case.news.words or ():
            had = digests.get(word.message_id)
            if had is None or (not word.deleted and had == _digest(word.text)):
                continue
            changed = True
            scope = await case.acting(word.author.external_id, word.author)
            kind = IncomingKind.DELETED if word.deleted else IncomingKind.TEXT
            await self._mirror.changed(scope, replace(_event(case, word), kind=kind, edited=not word.deleted))
            if word.deleted:
                del digests[word.message_id]
            else:
                digests[word.message_id] = _digest(word.text)
        if changed:
            await case.remember(words=digests)
        return changed


def _event(case: Case, word: ChatWord) -> IncomingMessage:
    return IncomingMessage(
        channel=Channel.BITRIX24,
        event_key=f"task:{word.message_id}",
        kind=IncomingKind.TEXT,
        sender=word.author,
        address=case.chat,
        at=word.at,
        message_id=word.message_id,
        text=word.text,
        files=word.files,
        reply_to=word.reply_to,
        is_private=False,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
