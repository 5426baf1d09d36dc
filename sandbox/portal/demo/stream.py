"""The page's live stream (server-sent events): every change of the portal as {topic, …}.

A burst of CRM writes becomes one event per half second, and a reader who falls behind is told to read anew.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from aiohttp import web

from sandbox.portal.demo.chats import message_view
from sandbox.portal.demo.http import Route, portal_of
from sandbox.portal.documents import chats, messages
from sandbox.portal.state import Portal

QUEUE_SIZE = 500
HEARTBEAT_S = 15.0
COALESCE_S = 0.5
_MESSAGE_TOPICS = {"message": "add", "message_update": "update"}
# Tasks, pipelines and bots change by REST calls only: the call's end is the news, whichever method it was.
_AFTER_CALL = {
    "crm.": "crm",
    "tasks.": "task",
    "task.": "task",
    "imbot.v2.bot.": "bot",
    "imbot.v2.command.": "bot",
}


class Reader:
    """One open stream: a bounded queue of encoded events."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE_SIZE)
        self._later: dict[str, asyncio.TimerHandle] = {}
        self._stop = portal.listen(self.hear)

    def hear(self, topic: str, payload: dict[str, Any]) -> None:
        for event in self._events(topic, payload):
            self._put(event)

    def _events(self, topic: str, payload: dict[str, Any]) -> list[dict[str, Any]]:
        if topic in _MESSAGE_TOPICS:
            return [_message_event(self._portal, _MESSAGE_TOPICS[topic], payload)]
        if topic == "message_delete":
            return [_deleted_event(self._portal, payload)]
        if topic in {"bot_event", "webhook"}:
            return []
        if topic.startswith("crm"):
            self._soon("crm")
            return []
        if topic == "request":
            self._after_call(payload)
        return [{"topic": topic, **payload}]

    def _after_call(self, entry: dict[str, Any]) -> None:
        names = entry.get("commands") or [entry["method"]]
        for prefix, topic in _AFTER_CALL.items():
            if any(str(name).lower().startswith(prefix) for name in names):
                self._soon(topic)

    def _soon(self, topic: str) -> None:
        if topic not in self._later:
            self._later[topic] = self._loop.call_later(COALESCE_S, self._ripe, topic)

    def _ripe(self, topic: str) -> None:
        self._later.pop(topic, None)
        self._put({"topic": topic})

    def _put(self, event: dict[str, Any]) -> None:
        if self._queue.qsize() >= QUEUE_SIZE - 1:
            while not self._queue.empty():
                self._queue.get_nowait()
            event = {"topic": "resync"}
        self._queue.put_nowait(orjson.dumps(event, option=orjson.OPT_NON_STR_KEYS))

    async def next(self) -> bytes | None:
        """The next event's JSON, b"" when it is time for a heartbeat, None at the end."""
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                return await self._queue.get()
        except TimeoutError:
            return b""

    def end(self) -> None:
        """Let the stream's handler return; what is still queued is of no use any more."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    def close(self) -> None:
        self._stop()
        for handle in self._later.values():
            handle.cancel()


class Readers(set[Reader]):
    """The open streams of one application."""


READERS = web.AppKey("stream_readers", Readers)


def prepare(app: web.Application) -> None:
    app[READERS] = Readers()


async def close_all(app: web.Application) -> None:
    readers = app[READERS]
    for reader in tuple(readers):
        reader.end()


def _message_event(portal: Portal, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    message = messages(portal).get(payload["message"]["id"])
    return {
        "topic": "message",
        "action": action,
        "chatId": payload["chatId"],
        "members": payload["members"],
        "message": message_view(portal, message) if message else None,
    }


def _deleted_event(portal: Portal, payload: dict[str, Any]) -> dict[str, Any]:
    chat = chats(portal).get(payload["chatId"])
    message = messages(portal).get(payload["messageId"])
    return {
        "topic": "message",
        "action": "delete",
        "chatId": payload["chatId"],
        "members": chat["members"] if chat else [],
        "message": message_view(portal, message) if message else {"id": payload["messageId"], "gone": True},
    }


async def stream(request: web.Request) -> web.StreamResponse:
    """text/event-stream; begins with {topic: "hello"}, so that a reader knows it is connected."""
    portal = portal_of(request)
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    reader = Reader(portal)
    request.app[READERS].add(reader)
    try:
        await response.write(b'data: {"topic":"hello"}\n\n')
        while (event := await reader.next()) is not None:
            await response.write(b"data: " + event + b"\n\n" if event else b": still here\n\n")
    except ConnectionError:
        pass  # the reader went away
    finally:
        request.app[READERS].discard(reader)
        reader.close()
    return response


ROUTES: tuple[Route, ...] = (("GET", "stream", stream),)
