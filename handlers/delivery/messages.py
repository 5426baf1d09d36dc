"""Delivering messages to known places: the step of a dialog, a post, an edit, a file."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from domain.chat import Address, Channel, MessageRef, Reply
from domain.errors import Permanent, Temporary
from domain.ports import Lane, Messenger
from handlers import outgoing
from handlers.codec import dump, load
from handlers.conversations import Conversations, Prompt
from handlers.deliveries import Deliver
from handlers.delivery.copies import Copies
from handlers.delivery.edits import edited
from handlers.desk.attachments import Attachments
from handlers.guests import fading
from handlers.outside import OutsideOf
from handlers.reachability import UNREACHABLE, Reachability
from handlers.scope import Scopes
from storage import guest_cards, outbox
from storage.outbox import Delivery

log = structlog.get_logger()


class MessageDelivery:
    """Kinds ``prompt.show``, ``message.post|amend``, ``guest.post|amend``, ``file.post``, ``copy.amend|retract``."""

    def __init__(
        self,
        scopes: Scopes,
        outside: OutsideOf,
        conversations: Conversations,
        attachments: Attachments,
        reachability: Reachability,
    ) -> None:
        self._scopes = scopes
        self._outside = outside
        self._conversations = conversations
        self._attachments = attachments
        self._reachability = reachability
        self._copies = Copies(scopes)

    def kinds(self) -> dict[str, Deliver]:
        return {
            "prompt.show": self._show_prompt,
            "message.post": self._post,
            "message.amend": self._amend,
            guest_cards.POST: self._post,
            guest_cards.AMEND: self._amend,
            "file.post": self._post_file,
            "copy.amend": self._amend_copy,
            "copy.retract": self._retract_copy,
        }

    def _messenger(self, delivery: Delivery, address: Address) -> Messenger:
        messenger = self._outside(delivery.portal_id).messengers.get(address.channel)
        if messenger is None:
            raise Permanent("messenger-off", address.channel)
        return messenger

    async def _show_prompt(self, delivery: Delivery) -> dict[str, Any] | None:
        """The step's message: edited in place, or sent anew while the one before loses its buttons.

        A step that was answered while it waited, as after an outage, isn't shown any more: the newest goes first.
        """
        data = delivery.payload
        person_id, room = data["person_id"], data.get("room")
        if data.get("passing") and await self._overtaken(delivery, person_id):
            return {"skipped": "overtaken"}
        address, reply = load(Address, data["address"]), load(Reply, data["reply"])
        messenger = self._messenger(delivery, address)
        before = await self._conversations.prompt(delivery.portal_id, person_id, room)
        try:
            ref = await self._shown(messenger, data, address, reply)
        except Permanent as failure:
            if failure.code not in UNREACHABLE:
                raise
            async with self._scopes.writing(delivery.portal_id) as scope:
                await self._reachability.lost(scope, address)
            return None
        await self._conversations.set_prompt(delivery.portal_id, person_id, Prompt(ref, reply), room)
        if before and before.ref != ref and before.reply.buttons:
            await self._strip(delivery, before)
        return None

    async def _overtaken(self, delivery: Delivery, person_id: int) -> bool:
        async with self._scopes.reading(delivery.portal_id) as scope:
            return await outbox.overtaken(scope.tx, delivery, person_id=person_id)

    async def _shown(
        self, messenger: Messenger, data: Mapping[str, Any], address: Address, reply: Reply
    ) -> MessageRef:
        ref = MessageRef(address, data["replace"]) if data["replace"] else None
        if ref is None or not await edited(messenger, ref, reply):
            ref = (await messenger.send(address, reply, lane=Lane.REPLY)).refs[-1]
        return ref

    async def _strip(self, delivery: Delivery, prompt: Prompt) -> None:
        """Take the buttons from a step that is over; nothing is lost when that fails."""
        try:
            messenger = self._messenger(delivery, prompt.ref.address)
            await messenger.edit(prompt.ref, Reply(prompt.reply.text), lane=Lane.DESK)
        except (Permanent, Temporary) as failure:
            log.info("old step keeps its buttons", code=failure.code)

    async def _post(self, delivery: Delivery) -> dict[str, Any]:
        data = delivery.payload
        lane = Lane.REPLY if delivery.lane == Lane.REPLY else Lane.DESK

        async def write(messenger: Messenger, address: Address) -> dict[str, Any]:
            reply_to = await self._copies.answered(delivery.portal_id, data, address)
            reply = load(Reply, data["reply"])
            sent = await messenger.send(address, reply, reply_to=reply_to, lane=lane)
            await self._copies.remember(
                delivery.portal_id, delivery.request_id, data.get("copy_of"), sent.refs
            )
            await fading.remember(self._scopes, delivery.portal_id, sent.refs, data.get("guests"))
            return {"message_id": sent.first.message_id}

        return await self._reaching(delivery, write)

    async def _reaching(
        self, delivery: Delivery, write: Callable[[Messenger, Address], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Write to a person; who has blocked the bot there is noticed once and reached elsewhere, if anywhere."""
        address = load(Address, delivery.payload["address"])
        messenger = self._messenger(delivery, address)
        if address.channel is not Channel.BITRIX24:
            async with self._scopes.reading(delivery.portal_id) as scope:
                shut_out = await self._reachability.shut_out(scope, address)
            if shut_out:
                return await self._elsewhere(delivery, address)
        try:
            return await write(messenger, address)
        except Permanent as failure:
            if failure.code not in UNREACHABLE:
                raise
            log.info("a person can't be reached", channel=address.channel, code=failure.code)
        async with self._scopes.writing(delivery.portal_id) as scope:
            await self._reachability.lost(scope, address)
        return await self._elsewhere(delivery, address)

    async def _elsewhere(self, delivery: Delivery, address: Address) -> dict[str, Any]:
        """A request's words go to the person's other messenger; a step of a dialog waits where he left it."""
        async with self._scopes.writing(delivery.portal_id) as scope:
            other = await self._reachability.elsewhere(scope, address)
            if other is None or delivery.request_id is None:
                return {"skipped": "unreachable"}
            payload = {**delivery.payload, "address": dump(other), "answers": None}
            await outgoing.put(
                scope,
                str(other),
                delivery.kind,
                payload,
                lane=delivery.lane,
                request_id=delivery.request_id,
            )
        return {"rerouted": str(other)}

    async def _amend_copy(self, delivery: Delivery) -> dict[str, Any]:
        async def write(messenger: Messenger, address: Address) -> dict[str, Any]:
            return await self._copies.amend(
                messenger,
                delivery.portal_id,
                delivery.payload["request_id"],
                delivery.payload["copy_of"],
                address,
                load(Reply, delivery.payload["reply"]),
            )

        return await self._in_place(delivery, write)

    async def _retract_copy(self, delivery: Delivery) -> dict[str, Any]:
        async with self._scopes.reading(delivery.portal_id) as scope:
            instead = Reply(scope.speaking(scope.portal.language).text("mirror-deleted"))

        async def write(messenger: Messenger, address: Address) -> dict[str, Any]:
            group = delivery.payload["copy_of"]
            return await self._copies.retract(messenger, delivery.portal_id, group, address, instead)

        return await self._in_place(delivery, write)

    async def _in_place(
        self, delivery: Delivery, write: Callable[[Messenger, Address], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Change what stands in a private chat, if we still can."""
        address = load(Address, delivery.payload["address"])
        messenger = self._outside(delivery.portal_id).messengers.get(address.channel)
        if messenger is None:
            return {"skipped": "messenger-off"}
        try:
            return await write(messenger, address)
        except Permanent as failure:
            if failure.code not in UNREACHABLE:
                raise
            return {"skipped": failure.code}

    async def _amend(self, delivery: Delivery) -> None:
        ref, reply = load(MessageRef, delivery.payload["ref"]), load(Reply, delivery.payload["reply"])
        if await edited(self._messenger(delivery, ref.address), ref, reply):
            await fading.remember(self._scopes, delivery.portal_id, [ref], delivery.payload.get("guests"))

    async def _post_file(self, delivery: Delivery) -> dict[str, Any]:
        portal_id, attachment_id = delivery.portal_id, delivery.payload["attachment_id"]
        async with self._attachments.held(portal_id, attachment_id) as content:

            async def write(messenger: Messenger, address: Address) -> dict[str, Any]:
                sent = await self._attachments.send(messenger, address, portal_id, attachment_id, content)
                group = delivery.payload.get("copy_of")
                await self._copies.remember(portal_id, delivery.request_id, group, sent.refs, file=True)
                return {"message_id": sent.first.message_id}

            return await self._reaching(delivery, write)
