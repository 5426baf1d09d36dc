"""The task of each request: made once, made again when somebody deleted it, kept in step, talked into.

Every message of ours in a task's chat is remembered by its id: what is read there later is told apart by it. So
words whose answer was lost are looked for before they are said again, after they can't arrive any more (decision 8).
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from domain.chat import Address, Channel, Markup, MessageRef
from domain.errors import Permanent, Temporary, Unclear
from domain.ports import NewTask, TaskStatus
from domain.requests import ClosedAs, Priority, Request, Status
from domain.task_marks import STATUS_OF, TaskMark, by_hand, same_moment
from handlers import outgoing
from handlers.deliveries import Deliver
from handlers.delivery.desk import DeskTools
from handlers.delivery.edits import GONE
from handlers.scope import Scope
from storage import links, relayed, request_history
from storage.outbox import Delivery

log = structlog.get_logger()

TASK_GONE = "task-gone"
HISTORY_CHARS = 15_000

Absorb = Callable[[int, int], Awaitable[None]]
"""Takes into a request what was changed in its task by hand: portal id, request id."""


class TaskDelivery:
    """Kinds ``task.create|sync|rewrite|say|attach|amend|retract``."""

    def __init__(self, desk: DeskTools, absorb: Absorb) -> None:
        self._desk = desk
        self._absorb = absorb

    def kinds(self) -> dict[str, Deliver]:
        return {
            "task.create": self._create,
            "task.sync": self._sync,
            "task.rewrite": self._rewrite,
            "task.say": self._say,
            "task.attach": self._attach,
            "task.amend": self._amend,
            "task.retract": self._retract,
        }

    # --- the task itself --------------------------------------------------------------------------------

    async def _create(self, delivery: Delivery) -> dict[str, str]:
        return {"task": (await self._task(delivery)).external_id}

    async def _task(self, delivery: Delivery) -> links.Link:
        """The task's tie; a missing task is made. Its key finds it again after an unclear create."""
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            request = await self._desk.request(scope, delivery)
            known = await self._desk.link(scope, request, "task")
            task = await self._new_task(scope, request, 1)
        return known or await self._make(delivery, request, task, 1)

    async def _make(self, delivery: Delivery, request: Request, task: NewTask, generation: int) -> links.Link:
        try:
            made = await self._desk.outside(delivery.portal_id).tasks.create(task)
        except Unclear as unclear:
            raise Temporary("task-unclear", str(unclear), retry_after_s=self._desk.settle_s) from unclear
        mark = TaskMark(TaskStatus.PENDING, task.responsible_id, task.deadline)
        data = {
            "chat": made.chat, "url": made.url, "mark": mark.dump(), "rev": 0, "generation": generation,
            "word": None, "words": {},
        }  # fmt: skip
        async with self._desk.scopes.writing(delivery.portal_id) as scope:
            local = str(request.id)
            await links.put(scope.tx, request.portal_id, "task", "request", local, made.task_id, data)
            await outgoing.refresh_cards(scope, request.id)  # they now have a task to point to
        return links.Link("task", "request", local, made.task_id, data)

    async def _new_task(self, scope: Scope, request: Request, generation: int) -> NewTask:
        desk = scope.speaking(scope.portal.language)
        requester = await self._desk.requester(scope, request)
        responsible = scope.portal.desk.responsible_user
        if responsible is None:
            raise Permanent("no-support-users", "[bitrix24] support_users is empty")
        key = f"concierge:{scope.portal.key}:{request.number}"
        return NewTask(
            key=key if generation == 1 else f"{key}:{generation}",
            title=self._desk.cards.task_title(desk, request),
            description=self._desk.cards.task_description(desk, request, requester),
            responsible_id=responsible,
            deadline=request.due.solution,
            priority_high=request.priority in {Priority.HIGH, Priority.CRITICAL},
            tags=(request.number, request.type.value),
        )

    async def _make_again(self, delivery: Delivery, gone: links.Link) -> links.Link:
        """Somebody deleted the task: a new one, with the history as its first words, and a line in the threads."""
        generation = int(gone.data.get("generation", 1)) + 1
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            request = await self._desk.request(scope, delivery)
            task = await self._new_task(scope, request, generation)
            story = await self._story(scope, request)
        log.warning("task made again", request=request.number)
        made = await self._make(delivery, request, task, generation)
        ids = await self._desk.outside(delivery.portal_id).tasks.say(made.external_id, story)
        await self._remember(delivery, made, ids, f"story:{request.id}:{generation}")
        async with self._desk.scopes.writing(delivery.portal_id) as scope:
            await self._tell_threads(scope, request, made)
        return made

    async def _story(self, scope: Scope, request: Request) -> str:
        desk = scope.speaking(scope.portal.language)
        history = await request_history.history(scope.tx, scope.portal.id, request.id)
        lines = [self._desk.cards.line(desk, fact) for fact in history]
        while len(lines) > 1 and sum(map(len, lines)) > HISTORY_CHARS:
            lines.pop(0)
        return desk.text("task-history", number=request.number) + "\n" + "\n".join(lines)

    async def _tell_threads(self, scope: Scope, request: Request, made: links.Link) -> None:
        url = Markup(f'<a href="{made.data["url"]}">{made.external_id}</a>')
        words = scope.speaking(scope.portal.language).text("task-made-again", task=url)
        await outgoing.to_threads(scope, request.id, words)

    async def _with_task(
        self, delivery: Delivery, use: Callable[[links.Link], Awaitable[dict[str, Any] | None]]
    ) -> dict[str, Any] | None:
        """Do something with the task; one that was deleted is made again first, while the request is open."""
        link = await self._task(delivery)
        try:
            return await use(link)
        except Permanent as failure:
            if failure.code != TASK_GONE:
                raise
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            request = await self._desk.request(scope, delivery)
        if not request.is_open:
            return {"skipped": TASK_GONE}
        return await use(await self._make_again(delivery, link))

    # --- in step with the request -----------------------------------------------------------------------

    async def _sync(self, delivery: Delivery) -> dict[str, Any] | None:
        """Status, responsible and deadline follow the request (decision 11); nobody's change by hand is run over."""

        async def use(link: links.Link) -> None:
            tasks = self._desk.outside(delivery.portal_id).tasks
            found = await tasks.get(link.external_id)
            if found is None:
                raise Permanent(TASK_GONE, link.external_id)
            request, wanted, tags, mark = await self._wanted(delivery)
            if mark is not None and by_hand(mark, wanted, TaskMark.of(found)).any:
                await self._absorb(delivery.portal_id, request.id)
                request, wanted, tags, mark = await self._wanted(delivery)
            now = TaskMark.of(found)
            deadline = None if same_moment(wanted.deadline, now.deadline) else wanted.deadline
            heir = wanted.responsible_id if wanted.responsible_id != now.responsible_id else None
            await tasks.update(link.external_id, deadline=deadline, responsible_id=heir, tags=tags)
            if wanted.status != now.status:
                await tasks.set_status(link.external_id, wanted.status)
            left = TaskMark(
                wanted.status, wanted.responsible_id or now.responsible_id, wanted.deadline or now.deadline
            )
            await self._note_mark(delivery, request, left)

        return await self._with_task(delivery, use)

    async def _rewrite(self, delivery: Delivery) -> dict[str, Any] | None:
        """Title and description as the request states them now: a guest's words were erased."""
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            request = await self._desk.request(scope, delivery)
            link = await self._desk.link(scope, request, "task")
            desk = scope.speaking(scope.portal.language)
            title = self._desk.cards.task_title(desk, request)
            requester = await self._desk.requester(scope, request)
            description = self._desk.cards.task_description(desk, request, requester)
        if link is None:
            return {"skipped": "no-task"}
        tasks = self._desk.outside(delivery.portal_id).tasks
        if await tasks.get(link.external_id) is None:
            return {"skipped": TASK_GONE}
        await tasks.update(link.external_id, title=title, description=description)
        return None

    async def _wanted(
        self, delivery: Delivery
    ) -> tuple[Request, TaskMark, Sequence[str] | None, TaskMark | None]:
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            request = await self._desk.request(scope, delivery)
            link = await self._desk.link(scope, request, "task")
            wanted = await wanted_mark(self._desk, scope, request)
        tags = None
        if request.status is Status.CLOSED and request.closed_as not in {None, ClosedAs.CONFIRMED}:
            tags = (request.number, request.type.value, str(request.closed_as))
        known = TaskMark.load(link.data["mark"]) if link and link.data.get("mark") else None
        return request, wanted, tags, known

    async def _note_mark(self, delivery: Delivery, request: Request, left: TaskMark) -> None:
        async with self._desk.scopes.writing(delivery.portal_id) as scope:
            local = str(request.id)
            link = await links.merge(scope.tx, request.portal_id, "task", "request", local, mark=left.dump())
            if link is not None:
                rev = int(link.data.get("rev", 0)) + 1
                await links.merge(scope.tx, request.portal_id, "task", "request", local, rev=rev)

    # --- words and files --------------------------------------------------------------------------------

    async def _say(self, delivery: Delivery) -> dict[str, Any] | None:
        payload = delivery.payload
        group = payload.get("copy_of") or f"line:{delivery.id}"

        async def use(link: links.Link) -> dict[str, Any]:
            ids = await self._said_before(delivery, link) or await self._said_now(delivery, link)
            await self._remember(delivery, link, ids, group)
            return {"message_id": ids[-1] if ids else ""}

        return await self._with_task(delivery, use)

    async def _said_now(self, delivery: Delivery, link: links.Link) -> tuple[str, ...]:
        tasks = self._desk.outside(delivery.portal_id).tasks
        try:
            return await tasks.say(link.external_id, delivery.payload["text"])
        except Unclear as unclear:
            raise Temporary("words-unclear", str(unclear), retry_after_s=self._desk.settle_s) from unclear

    async def _said_before(self, delivery: Delivery, link: links.Link) -> tuple[str, ...]:
        """The messages of an earlier try whose answer was lost: there, and nobody else's copies."""
        chat = link.data.get("chat")
        if delivery.attempts <= 1 or not chat:
            return ()
        tasks = self._desk.outside(delivery.portal_id).tasks
        ids = await tasks.said(link.external_id, delivery.payload["text"])
        place = Address(Channel.BITRIX24, chat)
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            taken = await relayed.known(scope.tx, delivery.portal_id, place, ids)
        return () if taken else ids

    async def _remember(self, delivery: Delivery, link: links.Link, ids: Sequence[str], group: str) -> None:
        chat = link.data.get("chat")
        if not chat:
            return
        place = Address(Channel.BITRIX24, chat)
        async with self._desk.scopes.writing(delivery.portal_id) as scope:
            for message_id in ids:
                ref = MessageRef(place, message_id)
                await relayed.add_copy(
                    scope.tx, delivery.portal_id, delivery.payload["request_id"], group, ref
                )

    async def _attach(self, delivery: Delivery) -> dict[str, Any] | None:
        files = self._desk.attachments
        async with files.held(delivery.portal_id, delivery.payload["attachment_id"]) as content:

            async def use(link: links.Link) -> None:
                await self._desk.outside(delivery.portal_id).tasks.attach(link.external_id, content)

            return await self._with_task(delivery, use)

    async def _amend(self, delivery: Delivery) -> dict[str, Any] | None:
        """New words for what we said; where the portal doesn't let us, they are said again."""

        async def use(link: links.Link) -> dict[str, Any]:
            mine = await self._mine(delivery, link)
            if not mine:
                return {"skipped": "no-copy"}
            tasks, text = self._desk.outside(delivery.portal_id).tasks, delivery.payload["text"]
            try:
                await tasks.amend(link.external_id, mine[0], text)
            except Permanent as failure:
                if failure.code not in GONE:
                    raise
                ids = await self._said_now(delivery, link)
                await self._remember(delivery, link, ids, delivery.payload["copy_of"])
            return {"message_id": mine[0]}

        return await self._with_task(delivery, use)

    async def _retract(self, delivery: Delivery) -> dict[str, Any] | None:
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            instead = scope.speaking(scope.portal.language).text("mirror-deleted")
            link = await self._desk.link(scope, await self._desk.request(scope, delivery), "task")
        if link is None:
            return {"skipped": "no-task"}
        tasks = self._desk.outside(delivery.portal_id).tasks
        for message_id in await self._mine(delivery, link):
            try:
                await tasks.amend(link.external_id, message_id, instead)
            except Permanent as failure:
                if failure.code not in GONE:
                    raise
        return None

    async def _mine(self, delivery: Delivery, link: links.Link) -> list[str]:
        """Our messages of the row's group in this task's chat."""
        chat = link.data.get("chat")
        if not chat:
            return []
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            found = await relayed.of_group(
                scope.tx, delivery.portal_id, delivery.payload["copy_of"], Address(Channel.BITRIX24, chat)
            )
        return [one.ref.message_id for one in found if one.role == relayed.COPY]


async def wanted_mark(desk: DeskTools, scope: Scope, request: Request) -> TaskMark:
    """How a request's task should stand."""
    person = await desk.person(scope, request.responsible_id)
    user = person.accounts.get(Channel.BITRIX24) if person else None
    return TaskMark(STATUS_OF[request.status], user, request.due.solution)
