"""Support's threads: made once, made again when somebody deleted them, written to, closed when they are spare.

Exactly one thread per request and messenger is routed: the one in `links`. Its title carries the number, so that
after an unclear create it is found again, where the messenger can be asked (decision 7).
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from domain.chat import Address, Channel, MessageRef, Reply, Sent, ThreadRef
from domain.errors import Permanent, Temporary, Unclear
from domain.people import Role
from domain.ports import Messenger
from domain.requests import Request
from handlers.codec import dump, load
from handlers.deliveries import Deliver
from handlers.delivery.copies import Copies
from handlers.delivery.desk import DeskTools
from handlers.delivery.edits import GONE
from handlers.scope import Scope
from storage import links
from storage.outbox import Delivery

log = structlog.get_logger()

TITLE_LIMIT = 120
THREAD_GONE = frozenset({"thread-gone", "thread-closed"})
SEARCHABLE = frozenset({Channel.BITRIX24})
"""Where a thread can be found again by its title; a Telegram bot can't look into its own forum."""

Write = Callable[[Messenger, Address], Awaitable[Sent]]


class ThreadDelivery:
    """Kinds ``thread.create|card|post|file|amend|retract|spare``."""

    def __init__(self, desk: DeskTools) -> None:
        self._desk = desk
        self._copies = Copies(desk.scopes)

    def kinds(self) -> dict[str, Deliver]:
        return {
            "thread.create": self._create,
            "thread.card": self._edit_card,
            "thread.post": self._post,
            "thread.file": self._post_file,
            "thread.amend": self._amend,
            "thread.retract": self._retract,
            "thread.spare": self._close_spare,
        }

    def _messenger(self, delivery: Delivery) -> Messenger:
        channel = Channel(delivery.payload["channel"])
        messenger = self._desk.outside(delivery.portal_id).messengers.get(channel)
        if messenger is None:
            raise Permanent("messenger-off", channel)
        return messenger

    # --- a thread that stands ---------------------------------------------------------------------------

    async def _create(self, delivery: Delivery) -> dict[str, str]:
        request, thread = await self._standing(delivery)
        address = await self._ready(delivery, request, thread)
        return {"thread": str(address)}

    async def _standing(self, delivery: Delivery) -> tuple[Request, links.Link | None]:
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            request = await self._desk.request(scope, delivery)
            return request, await self._desk.link(scope, request, _kind(delivery))

    async def _ready(self, delivery: Delivery, request: Request, thread: links.Link | None) -> Address:
        """The thread's address; one that is missing, or has lost its card in a crash, gets what it lacks."""
        if thread is None:
            return await self._make(delivery, request, gone=None)
        address = load(Address, thread.data["address"])
        if thread.data.get("card") is None:
            await self._show_card(delivery, request, address, again=bool(thread.data.get("again")))
        return address

    async def _make(self, delivery: Delivery, request: Request, *, gone: Address | None) -> Address:
        messenger = self._messenger(delivery)
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            members = await self._members(scope)
        title = f"{request.number} · {request.subject}"[:TITLE_LIMIT]
        thread = await self._found_or_made(messenger, delivery, request.number, title, members, gone)
        data = {
            "address": dump(thread.address),
            "card": None,
            "title": thread.title,
            "again": gone is not None,
        }
        data["unclear"] = delivery.attempts > 1
        async with self._desk.scopes.writing(delivery.portal_id) as scope:
            await links.put(
                scope.tx,
                request.portal_id,
                _kind(delivery),
                "request",
                str(request.id),
                str(thread.address),
                data,
            )
        await self._show_card(delivery, request, thread.address, again=gone is not None)
        return thread.address

    async def _found_or_made(
        self,
        messenger: Messenger,
        delivery: Delivery,
        number: str,
        title: str,
        members: list[str],
        gone: Address | None,
    ) -> ThreadRef:
        if delivery.attempts > 1:
            found = await messenger.find_thread(number)
            if found is not None and found.address != gone:
                return found
        try:
            return await messenger.create_thread(title, members)
        except Unclear as unclear:
            wait_s = self._desk.settle_s if messenger.channel in SEARCHABLE else unclear.retry_after_s
            raise Temporary("thread-unclear", str(unclear), retry_after_s=wait_s) from unclear

    async def _members(self, scope: Scope) -> list[str]:
        """Everybody of support; the thread is a chat of the portal's own people."""
        support = await self._desk.people.with_role(scope, Role.SUPPORT)
        found = [person.accounts.get(Channel.BITRIX24) for person in support]
        return [user for user in found if user]

    async def _in_thread(self, delivery: Delivery, write: Write) -> Sent | None:
        """Write in the thread. One that was deleted is made again with a card that says so, and the words repeated.

        None when the request is closed: nobody needs a new thread for its last words.
        """
        request, thread = await self._standing(delivery)
        if thread is None and not request.is_open:
            return None
        try:
            address = await self._ready(delivery, request, thread)
            return await write(self._messenger(delivery), address)
        except Permanent as failure:
            if failure.code not in THREAD_GONE or thread is None:
                raise
            if not request.is_open:
                return None
            log.warning(
                "thread made again", request=request.number, channel=_kind(delivery), code=failure.code
            )
        gone = load(Address, thread.data["address"])
        return await write(self._messenger(delivery), await self._make(delivery, request, gone=gone))

    # --- the card ---------------------------------------------------------------------------------------

    async def _card(self, delivery: Delivery, *, again: bool = False) -> Reply:
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            request = await self._desk.request(scope, delivery)
            theirs = scope.speaking(scope.portal.language)
            name = await self._desk.requester(scope, request)
            task = await self._desk.link(scope, request, "task")
        url = task.data["url"] if task else None
        card = self._desk.cards.support(theirs, request, name, url)
        return Reply(f"{theirs.text('thread-again')}\n\n{card.text}", card.buttons) if again else card

    async def _show_card(
        self, delivery: Delivery, request: Request, address: Address, *, again: bool = False
    ) -> None:
        """A new card at the thread's foot; it is the one that is edited from now on."""
        messenger = self._messenger(delivery)
        sent = await messenger.send(address, await self._card(delivery, again=again))
        async with self._desk.scopes.writing(delivery.portal_id) as scope:
            await links.merge(
                scope.tx,
                request.portal_id,
                _kind(delivery),
                "request",
                str(request.id),
                card=dump(sent.refs[-1]),
                again=again,
            )

    async def _edit_card(self, delivery: Delivery) -> dict[str, Any] | None:
        """The card as the request stands; where it was deleted, a new one (a deleted topic takes its card along)."""
        request, thread = await self._standing(delivery)
        if thread is None or thread.data.get("card") is None:
            if request.is_open:
                await self._ready(delivery, request, thread)
            return None
        card = await self._card(delivery, again=bool(thread.data.get("again")))
        try:
            await self._messenger(delivery).edit(load(MessageRef, thread.data["card"]), card)
        except Permanent as failure:
            if failure.code not in GONE | THREAD_GONE:
                raise
        else:
            return None
        if not request.is_open:
            return {"skipped": "card-gone"}

        async def show(_messenger: Messenger, address: Address) -> Sent:
            if address == load(Address, thread.data["address"]):
                await self._show_card(delivery, request, address)
            return Sent(())  # a thread made again has its card already

        await self._in_thread(delivery, show)
        return None

    # --- words and files --------------------------------------------------------------------------------

    async def _post(self, delivery: Delivery) -> dict[str, Any]:
        payload = delivery.payload

        async def write(messenger: Messenger, address: Address) -> Sent:
            reply_to = await self._copies.answered(delivery.portal_id, payload, address)
            return await messenger.send(address, load(Reply, payload["reply"]), reply_to=reply_to)

        sent = await self._in_thread(delivery, write)
        if sent is None:
            return {"skipped": "thread-gone"}
        await self._copies.remember(
            delivery.portal_id, delivery.request_id, payload.get("copy_of"), sent.refs
        )
        return {"message_id": sent.first.message_id}

    async def _post_file(self, delivery: Delivery) -> dict[str, Any]:
        payload, files = delivery.payload, self._desk.attachments
        attachment_id = payload["attachment_id"]
        async with files.held(delivery.portal_id, attachment_id) as content:

            async def write(messenger: Messenger, address: Address) -> Sent:
                return await files.send(messenger, address, delivery.portal_id, attachment_id, content)

            sent = await self._in_thread(delivery, write)
        if sent is None:
            return {"skipped": "thread-gone"}
        await self._copies.remember(
            delivery.portal_id, delivery.request_id, payload.get("copy_of"), sent.refs, file=True
        )
        return {"message_id": sent.first.message_id}

    async def _amend(self, delivery: Delivery) -> dict[str, Any]:
        request, thread = await self._standing(delivery)
        if thread is None:
            return {"skipped": "no-thread"}
        payload, address = delivery.payload, load(Address, thread.data["address"])
        try:
            return await self._copies.amend(
                self._messenger(delivery),
                delivery.portal_id,
                request.id,
                payload["copy_of"],
                address,
                load(Reply, payload["reply"]),
            )
        except Permanent as failure:
            if failure.code not in THREAD_GONE:
                raise
            return {"skipped": failure.code}

    async def _retract(self, delivery: Delivery) -> dict[str, Any]:
        _request, thread = await self._standing(delivery)
        if thread is None:
            return {"skipped": "no-thread"}
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            instead = Reply(scope.speaking(scope.portal.language).text("mirror-deleted"))
        address = load(Address, thread.data["address"])
        return await self._copies.retract(
            self._messenger(delivery), delivery.portal_id, delivery.payload["copy_of"], address, instead
        )

    # --- spare threads ----------------------------------------------------------------------------------

    async def _close_spare(self, delivery: Delivery) -> dict[str, Any]:
        """A second thread of a request, left by a create whose answer was lost: it says so and is closed."""
        request, thread = await self._standing(delivery)
        address = load(Address, delivery.payload["address"])
        if thread is not None and thread.external_id == str(address):
            return {"skipped": "routed"}
        messenger = self._messenger(delivery)
        async with self._desk.scopes.reading(delivery.portal_id) as scope:
            words = scope.speaking(scope.portal.language).text("thread-orphan", number=request.number)
        try:
            await messenger.send(address, Reply(words))
            await messenger.close_thread(ThreadRef(address, request.number))
        except Permanent as failure:
            if failure.code not in THREAD_GONE:
                raise
        return {"closed": str(address)}


def _kind(delivery: Delivery) -> str:
    return f"thread:{delivery.payload['channel']}"
