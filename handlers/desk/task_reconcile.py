"""Puts right, every half hour, what an event or a delivery lost: nothing lost once stays lost.

The tables are the truth here, the messengers over there: a request without its task or thread gets it, a task that
went out of step is set again, deliveries an operator has made possible are tried again, words that stand in a thread
and never reached us are taken in (the inbox knows each by its key), spare threads are closed.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from domain.chat import Address, Channel, IncomingKind, IncomingMessage
from domain.portal import Portal
from domain.ports import ChatWord, TaskCursor
from domain.requests import Request
from domain.task_marks import TaskMark, by_hand, same_moment
from handlers import outgoing
from handlers.desk.mirror import Mirror
from handlers.desk.task_changes import Wanted
from handlers.inbox import Inbox
from handlers.outside import OutsideOf
from handlers.scope import Scope, Scopes
from storage import audit, cursors, links, outbox, relayed
from storage import requests as rows

log = structlog.get_logger()

EVERY = timedelta(minutes=30)
CURSOR = "reconciled-at"
SETTLED = timedelta(minutes=2)
"""What is younger may be on its way."""
LOOK_BACK = timedelta(days=3)
"""How old a lost word or delivery may be; handled events are remembered far longer."""
MENDABLE = frozenset(
    {
        "internal", "no-thread", "no-task", "no-support-users", "messenger-off", "thread-gone", "task-gone",
        "telegram-not-enough-rights", "telegram-not-in-chat", "telegram-chat-not-found", "telegram-not-a-forum",
        "telegram-forbidden", "telegram-no-support-chat", "bitrix-access-denied", "bitrix-insufficient-scope",
        "bitrix-no-auth", "thread-unclear", "task-unclear", "words-unclear", "bitrix-unavailable",
        "telegram-unreachable",
    }
)  # fmt: skip
"""Reasons that pass, or that an operator takes away; a file that is gone stays gone."""


class Reconcile:
    """Compares and mends."""

    def __init__(
        self,
        scopes: Scopes,
        outside: OutsideOf,
        inbox: Inbox,
        wanted: Wanted,
        thread_channels: Callable[[Portal], Sequence[Channel]],
    ) -> None:
        self._scopes = scopes
        self._outside = outside
        self._inbox = inbox
        self._wanted = wanted
        self._thread_channels = thread_channels

    async def tick(self, portal_id: int) -> bool:
        """Every half hour; True when it ran."""
        async with self._scopes.writing(portal_id) as scope:
            last = await cursors.get(scope.tx, portal_id, CURSOR)
            if last and scope.now - datetime.fromisoformat(last) < EVERY:
                return False
            await cursors.put(scope.tx, portal_id, CURSOR, scope.now.isoformat(), scope.now)
        await self.run(portal_id)
        return True

    async def run(self, portal_id: int) -> None:
        """All of it, once."""
        async with self._scopes.writing(portal_id) as scope:
            await self._missing_places(scope)
            await self._dead_rows(scope)
        await self._tasks_in_step(portal_id)
        await self._lost_words(portal_id)
        await self._spare_threads(portal_id)

    # --- our tables -------------------------------------------------------------------------------------

    async def _missing_places(self, scope: Scope) -> None:
        before = scope.now - SETTLED
        for request_id, number in await audit.without(scope.tx, scope.portal.id, "task", before):
            await self._make(scope, request_id, f"task:{request_id}", "task.create", {}, number)
        for channel in self._thread_channels(scope.portal):
            lacking = await audit.without(scope.tx, scope.portal.id, f"thread:{channel}", before)
            for request_id, number in lacking:
                place, more = f"thread:{channel}:{request_id}", {"channel": channel.value}
                await self._make(scope, request_id, place, "thread.create", more, number)

    @staticmethod
    async def _make(
        scope: Scope, request_id: int, place: str, kind: str, more: dict[str, str], number: str
    ) -> None:
        if await audit.is_queued(scope.tx, scope.portal.id, place, kind):
            return
        log.warning("made up for", request=number, kind=kind)
        body = {"request_id": request_id, **more}
        await outgoing.put(scope, place, kind, body, once=f"again:{place}", request_id=request_id)

    async def _dead_rows(self, scope: Scope) -> None:
        since = scope.now - LOOK_BACK
        for row_id in await audit.retryable(scope.tx, scope.portal.id, MENDABLE, since):
            await outbox.retry(scope.tx, scope.portal.id, row_id, scope.now)

    # --- tasks ------------------------------------------------------------------------------------------

    async def _tasks_in_step(self, portal_id: int) -> None:
        """A task whose fields are as we left them, but not as the request wants them; a task that is gone."""
        async with self._scopes.reading(portal_id) as scope:
            ids = await rows.open_or_closed_since(scope.tx, portal_id, scope.now - LOOK_BACK)
            tied = await links.of_kind(scope.tx, portal_id, "task", "request", [str(one) for one in ids])
        tasks = self._outside(portal_id).tasks
        news = await tasks.news([TaskCursor(link.external_id, None) for link in tied])
        for link, one in zip(tied, news, strict=True):
            if one.state is None and await tasks.get(link.external_id) is not None:
                continue  # only the list lags behind
            found = TaskMark.of(one.state) if one.state else None
            async with self._scopes.writing(portal_id) as scope:
                request = await rows.load(scope.tx, portal_id, int(link.local_id))
                if request is not None and await self._is_out_of_step(scope, request, link, found):
                    body = {"request_id": request.id}
                    place = f"task:{request.id}"
                    await outgoing.put(
                        scope, place, "task.sync", body, once=f"step:{place}", request_id=request.id
                    )

    async def _is_out_of_step(
        self, scope: Scope, request: Request, link: links.Link, found: TaskMark | None
    ) -> bool:
        if found is None:
            return request.is_open
        if await audit.is_queued(scope.tx, scope.portal.id, f"task:{request.id}", "task.sync"):
            return False
        wanted, mark = await self._wanted(scope, request), link.data.get("mark")
        if mark and by_hand(TaskMark.load(mark), wanted, found).any:
            return False  # the watch's business
        other_heir = wanted.responsible_id not in {None, found.responsible_id}
        other_day = wanted.deadline is not None and not same_moment(wanted.deadline, found.deadline)
        paused = mark is not None and mark["status"] == found.status  # somebody wanted it so, and we noted it
        return (found.status != wanted.status and not paused) or other_heir or other_day

    # --- words in threads -------------------------------------------------------------------------------

    async def _lost_words(self, portal_id: int) -> None:
        """What people wrote (or deleted) in the portal's threads and the bot's events never told."""
        async with self._scopes.reading(portal_id) as scope:
            ids = await rows.open_or_closed_since(scope.tx, portal_id, scope.now)
            kind = f"thread:{Channel.BITRIX24}"
            tied = await links.of_kind(scope.tx, portal_id, kind, "request", [str(one) for one in ids])
            now = scope.now
        places = {link.external_id.partition(":")[2]: link for link in tied}
        found = await self._outside(portal_id).tasks.words(dict.fromkeys(places))
        for chat, words in found.items():
            told = [word for word in words if word.is_person and now - LOOK_BACK < word.at < now - SETTLED]
            events = [_event(chat, word, places[chat]) for word in told if not word.deleted]
            events += await self._deletions(portal_id, chat, told)
            if events:
                await self._inbox.accept(portal_id, events)

    async def _deletions(self, portal_id: int, chat: str, words: Sequence[ChatWord]) -> list[IncomingMessage]:
        place = Address(Channel.BITRIX24, chat)
        gone = {word.message_id: word for word in words if word.deleted}
        async with self._scopes.reading(portal_id) as scope:
            known = await relayed.known(scope.tx, portal_id, place, list(gone))
        return [
            IncomingMessage(
                channel=Channel.BITRIX24,
                event_key=f"delete:{message_id}",
                kind=IncomingKind.DELETED,
                sender=gone[message_id].author,
                address=place,
                at=gone[message_id].at,
                message_id=message_id,
                is_private=False,
            )
            for message_id, one in known.items()
            if one.role == relayed.ORIGIN
        ]

    # --- spare threads ----------------------------------------------------------------------------------

    async def _spare_threads(self, portal_id: int) -> None:
        """Where a create was unclear there may be a second thread of the same request: it is looked for once."""
        async with self._scopes.reading(portal_id) as scope:
            ids = await rows.open_or_closed_since(scope.tx, portal_id, scope.now - LOOK_BACK)
            kind = f"thread:{Channel.BITRIX24}"
            tied = await links.of_kind(scope.tx, portal_id, kind, "request", [str(one) for one in ids])
        messenger = self._outside(portal_id).messengers[Channel.BITRIX24]
        for link in tied:
            if not link.data.get("unclear"):
                continue
            async with self._scopes.reading(portal_id) as scope:
                request = await rows.load(scope.tx, portal_id, int(link.local_id))
            if request is None:
                continue
            found = await messenger.find_threads(request.number)
            async with self._scopes.writing(portal_id) as scope:
                for thread in found:
                    if str(thread.address) != link.external_id:
                        await Mirror.close_spare(scope, request, thread.address)
                await links.merge(scope.tx, portal_id, kind, "request", link.local_id, unclear=False)


def _event(chat: str, word: ChatWord, thread: links.Link) -> IncomingMessage:
    """A message as its event would have told it: with the same key, so that it is handled once."""
    command, _, rest = word.text[1:].partition(" ") if word.text.startswith("/") else ("", "", "")
    is_command = command.isascii() and command.replace("_", "").isalnum()
    return IncomingMessage(
        channel=Channel.BITRIX24,
        event_key=f"message:{word.message_id}",
        kind=IncomingKind.COMMAND if is_command else IncomingKind.TEXT,
        sender=word.author,
        address=Address(Channel.BITRIX24, chat),
        at=word.at,
        message_id=word.message_id,
        text=rest.strip() if is_command else word.text,
        command=command.lower() if is_command else None,
        files=word.files,
        reply_to=word.reply_to,
        is_private=False,
        place_title=thread.data.get("title"),
    )
