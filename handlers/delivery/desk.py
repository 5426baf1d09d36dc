"""Delivering the desk's effects: support's threads and the task of each request.

Rendered when delivered, so that what people see is how the request stands then. Foreign ids go into `links`
right after a create; after an unclear create the thing is looked for before it is made again.
"""

from domain.chat import Address, Channel, MessageRef, Reply, ThreadRef
from domain.errors import Permanent, Temporary, Unclear
from domain.people import Person, Role
from domain.portal import Portal
from domain.ports import Messenger, NewTask, TaskStatus
from domain.requests import ClosedAs, Priority, Request, Status
from handlers.attachments import Attachments
from handlers.codec import dump, load
from handlers.deliveries import Deliver
from handlers.delivery.messages import GONE
from handlers.outside import OutsideOf
from handlers.people import People
from handlers.request_cards import Cards
from handlers.scope import Scope, Scopes
from storage import links, relayed
from storage import requests as rows
from storage.outbox import Delivery

TITLE_LIMIT = 120

_STATUS = {
    Status.REGISTERED: TaskStatus.PENDING,
    Status.IN_PROGRESS: TaskStatus.IN_PROGRESS,
    Status.WAITING: TaskStatus.IN_PROGRESS,
    Status.ANSWERED: TaskStatus.AWAITING_CONTROL,
    Status.COMPLETED: TaskStatus.AWAITING_CONTROL,
    Status.CLOSED: TaskStatus.COMPLETED,
}


class _Desk:
    """What both deliveries need: the request, its people, its links."""

    def __init__(
        self, scopes: Scopes, outside: OutsideOf, people: People, cards: Cards, attachments: Attachments
    ) -> None:
        self._scopes = scopes
        self._outside = outside
        self._people = people
        self._cards = cards
        self._attachments = attachments

    async def _request(self, scope: Scope, delivery: Delivery) -> Request:
        request = await rows.load(scope.tx, delivery.portal_id, delivery.payload["request_id"])
        if request is None:
            raise Permanent("no-such-request", f"request {delivery.payload['request_id']}")
        return request

    async def _person(self, scope: Scope, person_id: int | None) -> Person | None:
        return await self._people.load(scope, person_id) if person_id else None

    async def _link(self, scope: Scope, request: Request, kind: str) -> links.Link | None:
        return await links.get(scope.tx, request.portal_id, kind, "request", str(request.id))


class ThreadDelivery(_Desk):
    """Kinds ``thread.create``, ``thread.card``, ``thread.post``, ``thread.file``."""

    def kinds(self) -> dict[str, Deliver]:
        return {
            "thread.create": self._create,
            "thread.card": self._edit_card,
            "thread.post": self._post,
            "thread.file": self._post_file,
        }

    def _messenger(self, delivery: Delivery) -> Messenger:
        channel = Channel(delivery.payload["channel"])
        messenger = self._outside(delivery.portal_id).messengers.get(channel)
        if messenger is None:
            raise Permanent("messenger-off", channel)
        return messenger

    async def _create(self, delivery: Delivery) -> dict[str, str]:
        """The thread with its card; exactly one is routed."""
        messenger = self._messenger(delivery)
        async with self._scopes.reading(delivery.portal_id) as scope:
            request = await self._request(scope, delivery)
            known = await self._link(scope, request, f"thread:{messenger.channel}")
            members = await self._members(scope)
        if known:
            if not known.data["card"]:  # the try before this one ended between thread and card
                await self._send_card(messenger, request, load(Address, known.data["address"]))
            return {"thread": known.external_id}
        title = f"{request.number} · {request.subject}"[:TITLE_LIMIT]
        thread = await self._found_or_made(messenger, delivery, request.number, title, members)
        async with self._scopes.writing(delivery.portal_id) as scope:
            await self._remember(scope, request, messenger.channel, thread.address)
        await self._send_card(messenger, request, thread.address)
        return {"thread": str(thread.address)}

    async def _send_card(self, messenger: Messenger, request: Request, address: Address) -> None:
        """A new card. Rendered after the thread is known: whatever changes from then on asks for an edit."""
        async with self._scopes.reading(request.portal_id) as scope:
            now = await rows.load(scope.tx, request.portal_id, request.id) or request
            card = await self._card(scope, now)
        sent = await messenger.send(address, card)
        async with self._scopes.writing(request.portal_id) as scope:
            await self._remember(scope, request, messenger.channel, address, card=sent.refs[-1])

    async def _found_or_made(
        self, messenger: Messenger, delivery: Delivery, number: str, title: str, members: list[str]
    ) -> ThreadRef:
        if delivery.attempts > 1 and (found := await messenger.find_thread(number)):
            return found
        try:
            return await messenger.create_thread(title, members)
        except Unclear as unclear:
            raise Temporary("thread-unclear", str(unclear), retry_after_s=unclear.retry_after_s) from unclear

    async def _members(self, scope: Scope) -> list[str]:
        """Everybody of support; the thread is a chat of the portal's own people."""
        support = await self._people.with_role(scope, Role.SUPPORT)
        found = [person.accounts.get(Channel.BITRIX24) for person in support]
        return [user for user in found if user]

    async def _remember(
        self,
        scope: Scope,
        request: Request,
        channel: Channel,
        address: Address,
        card: MessageRef | None = None,
    ) -> None:
        data = {"address": dump(address), "card": dump(card) if card else None}
        await links.put(
            scope.tx,
            request.portal_id,
            f"thread:{channel}",
            "request",
            str(request.id),
            str(address),
            data,
        )

    async def _card(self, scope: Scope, request: Request) -> Reply:
        desk = scope.speaking(scope.portal.language)
        requester = await self._person(scope, request.requester_id)
        task = await self._link(scope, request, "task")
        return self._cards.support(
            desk, request, requester.name if requester else "", task.data["url"] if task else None
        )

    async def _thread(self, delivery: Delivery, scope: Scope, request: Request) -> links.Link:
        found = await self._link(scope, request, f"thread:{delivery.payload['channel']}")
        if found is None:
            raise Permanent("no-thread", request.number)
        return found

    async def _edit_card(self, delivery: Delivery) -> None:
        messenger = self._messenger(delivery)
        async with self._scopes.reading(delivery.portal_id) as scope:
            request = await self._request(scope, delivery)
            thread = await self._thread(delivery, scope, request)
            card = await self._card(scope, request)
        if not thread.data["card"]:
            return
        try:
            await messenger.edit(load(MessageRef, thread.data["card"]), card)
        except Permanent as failure:
            if failure.code not in GONE:
                raise
            await self._send_card(messenger, request, load(Address, thread.data["address"]))

    async def _post(self, delivery: Delivery) -> dict[str, str]:
        messenger = self._messenger(delivery)
        async with self._scopes.reading(delivery.portal_id) as scope:
            request = await self._request(scope, delivery)
            thread = await self._thread(delivery, scope, request)
        address = load(Address, thread.data["address"])
        sent = await messenger.send(address, load(Reply, delivery.payload["reply"]))
        if group := delivery.payload["copy_of"]:
            async with self._scopes.writing(delivery.portal_id) as scope:
                await relayed.add_copy(scope.tx, delivery.portal_id, request.id, group, sent.first)
        return {"message_id": sent.first.message_id}

    async def _post_file(self, delivery: Delivery) -> dict[str, str]:
        messenger = self._messenger(delivery)
        async with self._scopes.reading(delivery.portal_id) as scope:
            request = await self._request(scope, delivery)
            thread = await self._thread(delivery, scope, request)
        content = await self._attachments.content(delivery.portal_id, delivery.payload["attachment_id"])
        sent = await messenger.send_file(load(Address, thread.data["address"]), content)
        return {"message_id": sent.first.message_id}


class TaskDelivery(_Desk):
    """Kinds ``task.create``, ``task.sync``, ``task.say``, ``task.attach``."""

    def kinds(self) -> dict[str, Deliver]:
        return {
            "task.create": self._create,
            "task.sync": self._sync,
            "task.say": self._say,
            "task.attach": self._attach,
        }

    async def _create(self, delivery: Delivery) -> dict[str, str]:
        """The task with everything the requester stated; its key finds it again after an unclear create."""
        async with self._scopes.reading(delivery.portal_id) as scope:
            request = await self._request(scope, delivery)
            known = await self._link(scope, request, "task")
            task = await self._new_task(scope, request)
        if known:
            return {"task": known.external_id}
        made = await self._outside(delivery.portal_id).tasks.create(task)
        async with self._scopes.writing(delivery.portal_id) as scope:
            data = {"chat": made.chat, "url": made.url}
            await links.put(
                scope.tx, request.portal_id, "task", "request", str(request.id), made.task_id, data
            )
            await self._refresh_cards(scope, request)
        return {"task": made.task_id}

    async def _new_task(self, scope: Scope, request: Request) -> NewTask:
        desk = scope.speaking(scope.portal.language)
        requester = await self._person(scope, request.requester_id)
        responsible = scope.portal.desk.responsible_user
        if responsible is None:
            raise Permanent("no-support-users", "[bitrix24] support_users is empty")
        return NewTask(
            key=f"concierge:{scope.portal.key}:{request.number}",
            title=self._cards.task_title(desk, request),
            description=self._cards.task_description(desk, request, requester.name if requester else ""),
            responsible_id=responsible,
            deadline=request.due.solution,
            priority_high=request.priority in {Priority.HIGH, Priority.CRITICAL},
            tags=(request.number, request.type.value),
        )

    async def _refresh_cards(self, scope: Scope, request: Request) -> None:
        """Support's cards now have a task to point to."""
        from handlers import outgoing  # noqa: PLC0415

        for link in await links.of_local(scope.tx, request.portal_id, "request", str(request.id)):
            if link.kind.startswith("thread:"):
                channel = link.kind.removeprefix("thread:")
                await outgoing.put(
                    scope,
                    f"thread:{channel}:{request.id}",
                    "thread.card",
                    {"request_id": request.id, "channel": channel},
                    once=f"card:{request.id}:{channel}",
                    request_id=request.id,
                )

    async def _task_id(self, scope: Scope, request: Request) -> str:
        link = await self._link(scope, request, "task")
        if link is None:
            raise Permanent("no-task", request.number)
        return link.external_id

    async def _sync(self, delivery: Delivery) -> None:
        """Status, responsible and deadline follow the request (decision 11)."""
        async with self._scopes.reading(delivery.portal_id) as scope:
            request = await self._request(scope, delivery)
            task_id = await self._task_id(scope, request)
            responsible = await self._person(scope, request.responsible_id)
        tasks = self._outside(delivery.portal_id).tasks
        user = responsible.accounts.get(Channel.BITRIX24) if responsible else None
        tags = None
        if request.status is Status.CLOSED and request.closed_as not in {None, ClosedAs.CONFIRMED}:
            tags = (request.number, request.type.value, str(request.closed_as))
        await tasks.update(task_id, deadline=request.due.solution, responsible_id=user, tags=tags)
        await tasks.set_status(task_id, _STATUS[request.status])

    async def _say(self, delivery: Delivery) -> dict[str, str]:
        async with self._scopes.reading(delivery.portal_id) as scope:
            task_id = await self._task_id(scope, await self._request(scope, delivery))
        message_id = await self._outside(delivery.portal_id).tasks.say(task_id, delivery.payload["text"])
        return {"message_id": message_id or ""}

    async def _attach(self, delivery: Delivery) -> None:
        async with self._scopes.reading(delivery.portal_id) as scope:
            task_id = await self._task_id(scope, await self._request(scope, delivery))
        content = await self._attachments.content(delivery.portal_id, delivery.payload["attachment_id"])
        await self._outside(delivery.portal_id).tasks.attach(task_id, content)


def thread_channels(portal: Portal, connected: frozenset[Channel]) -> tuple[Channel, ...]:
    """Where a portal's support has threads: its own messenger, and Telegram when a forum is named."""
    channels = [Channel.BITRIX24]
    if portal.desk.telegram_support_chat and Channel.TELEGRAM in connected:
        channels.append(Channel.TELEGRAM)
    return tuple(channels)
