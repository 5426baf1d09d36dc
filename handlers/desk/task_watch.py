"""Sees what people do in the tasks of open requests, within two minutes and a tenth of the portal's budget.

Tasks tell bots nothing, so they are asked: fifty commands to a request, one per chat and one for all the fields
(decision 9). At 2 calls a second that is 0.2 requests a second, about 1,100 open requests every two minutes.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from structlog.contextvars import bound_contextvars

from domain.errors import ConciergeError, Temporary
from domain.ports import TaskCursor, TaskNews
from handlers import outgoing
from handlers.desk.task_changes import TaskChanges, users_in
from handlers.outside import OutsideOf
from handlers.scope import Scope, Scopes
from storage import links, outbox
from storage import requests as rows

log = structlog.get_logger()

EVERY_S = 15.0
SOON = timedelta(seconds=1)
"""After an event of an installed portal; events that come together share a look."""
PORTALS_AT_ONCE = 16
LATE_WORDS = timedelta(minutes=5)
"""How long after a request's closing its task's chat is still read: somebody may have written meanwhile."""
PAGE = 49
"""Tasks per look: with the list of their fields they fill one request."""


class TaskWatch:
    """The loop over the tasks of the portals' open requests; one replica at a time for a portal."""

    def __init__(
        self,
        scopes: Scopes,
        outside: OutsideOf,
        changes: TaskChanges,
        portals: Callable[[], Collection[int]],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._scopes = scopes
        self._outside = outside
        self._changes = changes
        self._portals = portals
        self._every = timedelta(seconds=every_s)
        self._next_at: datetime | None = None
        self._looks: dict[int, asyncio.Task[None]] = {}
        self._touched: dict[int, datetime] = {}
        self._few = asyncio.Semaphore(PORTALS_AT_ONCE)
        self.wake = asyncio.Event()

    def touched(self, portal_id: int) -> None:
        """The portal says that somebody did something in a task: look there soon, without waiting for our turn."""
        self._touched.setdefault(portal_id, self._scopes.clock() + SOON)
        self.wake.set()

    async def work(self) -> int:
        """One look at all tasks when it is due; at a portal's when it has called."""
        now = self._scopes.clock()
        if self._next_at is not None and now < self._next_at:
            called = [portal_id for portal_id, due in self._touched.items() if due <= now]
            for portal_id in called:
                del self._touched[portal_id]
            self._look_into(await self._with_open_requests() if called else (), called)
            return 0
        self._next_at = now + self._every
        self._touched.clear()
        self._look_into(await self._with_open_requests())
        if self._looks:  # a slow portal doesn't hold the others up for longer than this
            await asyncio.wait(list(self._looks.values()), timeout=self._every.total_seconds())
        return 0

    def _look_into(self, open_in: Collection[int], only: Collection[int] | None = None) -> None:
        turns = self._scopes.turns
        for portal_id in turns.among([one for one in open_in if only is None or one in only]):
            if portal_id in self._looks:
                if only is not None:  # what it has read already may be older than the event
                    self.touched(portal_id)
                continue
            look = turns.begin(portal_id, self._look_through(portal_id), f"tasks-{portal_id}")
            self._looks[portal_id] = look
            look.add_done_callback(partial(self._looked, portal_id))

    def _looked(self, portal_id: int, task: "asyncio.Task[None]") -> None:
        del self._looks[portal_id]
        if not task.cancelled() and (fault := task.exception()):
            log.error("a look at tasks broke", portal=portal_id, exc_info=fault)

    async def _look_through(self, portal_id: int) -> None:
        with bound_contextvars(portal=portal_id):
            async with self._few:
                try:
                    await self.look(portal_id)
                except ConciergeError as failure:
                    log.info("tasks not seen", code=failure.code)

    async def _with_open_requests(self) -> list[int]:
        served = self._portals()
        async with self._scopes.db.reading() as tx:
            return [
                portal_id
                for portal_id in await rows.portals_open_since(tx, self._scopes.clock() - LATE_WORDS)
                if portal_id in served
            ]

    async def idle_for(self, most_s: float) -> float:
        """Until the next look, at most ``most_s``."""
        if self._next_at is None:
            return 0.05
        next_at = min([self._next_at, *self._touched.values()])
        return min(max((next_at - self._scopes.clock()).total_seconds(), 0.05), most_s)

    async def look(self, portal_id: int) -> int:
        """All open requests of a portal with a task; returns how many had news."""
        found = 0
        async with self._scopes.reading(portal_id) as scope:
            watched = await self._watched(scope)
        for start in range(0, len(watched), PAGE):
            try:
                found += await self._look_at(portal_id, watched[start : start + PAGE])
            except Temporary as failure:
                log.info("tasks not seen", code=failure.code)
                break  # the portal rests; the next look is soon
        return found

    async def look_at(self, portal_id: int, request_id: int) -> None:
        """One request's task now, before something of ours is written over it."""
        async with self._scopes.reading(portal_id) as scope:
            link = await links.get(scope.tx, portal_id, "task", "request", str(request_id))
        if link is not None:
            await self._look_at(portal_id, [link], urgent=True)

    async def _watched(self, scope: Scope) -> list[links.Link]:
        since = scope.now - LATE_WORDS
        ids = await rows.open_or_closed_since(scope.tx, scope.portal.id, since)
        return await links.of_kind(scope.tx, scope.portal.id, "task", "request", [str(one) for one in ids])

    async def _look_at(self, portal_id: int, watched: Sequence[links.Link], *, urgent: bool = False) -> int:
        asked = [
            TaskCursor(link.external_id, link.data.get("chat"), link.data.get("word")) for link in watched
        ]
        news = await self._outside(portal_id).tasks.news(asked)
        names = await self._names(portal_id, news, watched)
        found = 0
        for link, one in zip(watched, news, strict=True):
            try:
                if one.state is None:
                    await self._perhaps_gone(portal_id, link)
                found += await self._take(portal_id, link, one, names, urgent=urgent)
            except ConciergeError as failure:
                log.warning("a task's news wait", task=link.external_id, code=failure.code)
                if isinstance(failure, Temporary):
                    raise
        return found

    async def _take(
        self, portal_id: int, link: links.Link, news: TaskNews, names: Mapping[str, str], *, urgent: bool
    ) -> bool:
        if not _may_be_new(link, news):
            return False
        async with self._scopes.writing(portal_id) as scope:
            request = await rows.load(scope.tx, scope.portal.id, int(link.local_id), for_update=True)
            now = await links.get(scope.tx, scope.portal.id, "task", "request", link.local_id)
            if request is None or now is None or now.external_id != link.external_id:
                return False
            if "mark" not in now.data:
                await self._begin(scope, now, news)
                return False
            if not urgent and await self._is_busy(scope, request.id):
                return False  # what we are just saying or changing there would look like somebody's
            if now.data.get("rev") != link.data.get("rev"):
                return False  # what was read is older than what we have written since
            return await self._changes.take(scope, request, now, news, names)

    async def _perhaps_gone(self, portal_id: int, link: links.Link) -> None:
        """Not in the list: if it is really gone, its delivery makes it again, while the request is open."""
        if await self._outside(portal_id).tasks.get(link.external_id) is not None:
            return
        async with self._scopes.writing(portal_id) as scope:
            request = await rows.load(scope.tx, scope.portal.id, int(link.local_id))
            if request is not None and request.is_open:
                body, place = {"request_id": request.id}, f"task:{request.id}"
                await outgoing.put(
                    scope, place, "task.sync", body, once=f"gone:{place}", request_id=request.id
                )

    @staticmethod
    async def _is_busy(scope: Scope, request_id: int) -> bool:
        return await outbox.under_way(scope.tx, scope.portal.id, f"task:{request_id}")

    async def _begin(self, scope: Scope, link: links.Link, news: TaskNews) -> None:
        """A task made before tasks were watched: what stands there now is where we begin."""
        if news.state is None:
            return
        last = news.words[-1].message_id if news.words else None
        mark = {
            "status": news.state.status,
            "responsible": news.state.responsible_id,
            "deadline": news.state.deadline.isoformat() if news.state.deadline else None,
        }
        await links.merge(
            scope.tx, scope.portal.id, "task", "request", link.local_id, mark=mark, word=last, rev=0, words={}
        )

    async def _names(
        self, portal_id: int, news: Sequence[TaskNews], watched: Sequence[links.Link]
    ) -> dict[str, str]:
        """Names of those who changed something, where they are needed: they may never have written to the bot."""
        moved = [one for link, one in zip(watched, news, strict=True) if _state_differs(link, one)]
        names: dict[str, str] = {}
        for user_id in sorted(users_in(moved)):
            user = await self._outside(portal_id).directory.user(user_id)
            if user is not None:
                names[user_id] = user.name
        return names


def _state_differs(link: links.Link, news: TaskNews) -> bool:
    mark, state = link.data.get("mark"), news.state
    if not mark or state is None:
        return False
    deadline = datetime.fromisoformat(mark["deadline"]) if mark.get("deadline") else None
    return (mark["status"], mark.get("responsible"), deadline) != (
        state.status,
        state.responsible_id,
        state.deadline,
    )


def _may_be_new(link: links.Link, news: TaskNews) -> bool:
    """Without a look into the database: most tasks have no news most of the time."""
    if "mark" not in link.data or _state_differs(link, news):
        return True
    if not news.words:
        return False
    known = link.data.get("words", {})
    if news.words[-1].message_id != link.data.get("word"):
        return True
    return any(word.message_id in known and (word.edited or word.deleted) for word in news.words)
