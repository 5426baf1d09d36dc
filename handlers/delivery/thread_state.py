"""Closing and opening the threads of a request: as the request is when the row is delivered."""

import structlog

from domain.chat import Address, Channel, ThreadRef
from domain.errors import Permanent
from domain.requests import ClosedAs, Request
from handlers.codec import load
from handlers.deliveries import Deliver
from handlers.delivery.desk import DeskTools
from storage.outbox import Delivery

log = structlog.get_logger()

TITLE_LIMIT = 120
_NOTHING_TO_DO = frozenset({"thread-gone", "thread-not-modified", "telegram-topic-not-modified"})


class ThreadState:
    """Kind ``thread.state``."""

    def __init__(self, desk: DeskTools) -> None:
        self._desk = desk

    def kinds(self) -> dict[str, Deliver]:
        return {"thread.state": self._settle}

    async def _settle(self, delivery: Delivery) -> None:
        """Open or closed, and the title says which; the number stays in front, so that a thread can be found by it."""
        channel = Channel(delivery.payload["channel"])
        messenger = self._desk.outside(delivery.portal_id).messengers.get(channel)
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            request = await self._desk.request(scope, delivery)
            thread = await self._desk.link(scope, request, f"thread:{channel}")
            desk = scope.speaking(scope.portal.language)
            mark = "" if request.is_open else desk.text(_mark(request.closed_as))
        if messenger is None or thread is None:
            return
        ref = ThreadRef(load(Address, thread.data["address"]), title(request, mark))
        try:
            if request.is_open:
                await messenger.reopen_thread(ref)
            await messenger.rename_thread(ref, ref.title)
            if not request.is_open:
                await messenger.close_thread(ref)
        except Permanent as failure:
            if failure.code not in _NOTHING_TO_DO:
                raise
            log.info("thread keeps its state", request=request.number, channel=channel, code=failure.code)


def _mark(closed_as: ClosedAs | None) -> str:
    return f"thread-{closed_as or ClosedAs.CONFIRMED}".replace("_", "-")


def title(request: Request, mark: str = "") -> str:
    """«FB-2026-000123 · тема», a closed one's «FB-2026-000123 · закрыто · тема»."""
    return " · ".join(filter(None, (request.number, mark, request.subject)))[:TITLE_LIMIT]
