"""Delivering messages to known places: the step of a dialog, a post, an edit, a file."""

import structlog

from domain.chat import Address, MessageRef, Reply
from domain.errors import Permanent, Temporary
from domain.ports import Lane, Messenger
from handlers.attachments import Attachments
from handlers.codec import load
from handlers.conversations import Conversations, Prompt
from handlers.deliveries import Deliver
from handlers.outside import OutsideOf
from handlers.scope import Scopes
from storage import relayed
from storage.outbox import Delivery

log = structlog.get_logger()
GONE = {"message-gone", "message-not-editable"}


class MessageDelivery:
    """Kinds ``prompt.show``, ``message.post``, ``message.amend``, ``file.post``."""

    def __init__(
        self, scopes: Scopes, outside: OutsideOf, conversations: Conversations, attachments: Attachments
    ) -> None:
        self._scopes = scopes
        self._outside = outside
        self._conversations = conversations
        self._attachments = attachments

    def kinds(self) -> dict[str, Deliver]:
        return {
            "prompt.show": self._show_prompt,
            "message.post": self._post,
            "message.amend": self._amend,
            "file.post": self._post_file,
        }

    def _messenger(self, delivery: Delivery, address: Address) -> Messenger:
        messenger = self._outside(delivery.portal_id).messengers.get(address.channel)
        if messenger is None:
            raise Permanent("messenger-off", address.channel)
        return messenger

    async def _show_prompt(self, delivery: Delivery) -> None:
        """The step's message: edited in place, or sent anew while the one before loses its buttons."""
        data = delivery.payload
        person_id, room = data["person_id"], data.get("room")
        address, reply = load(Address, data["address"]), load(Reply, data["reply"])
        messenger = self._messenger(delivery, address)
        before = await self._conversations.prompt(delivery.portal_id, person_id, room)
        ref = MessageRef(address, data["replace"]) if data["replace"] else None
        if ref is None or not await self._edited(messenger, ref, reply):
            ref = (await messenger.send(address, reply, lane=Lane.REPLY)).refs[-1]
        await self._conversations.set_prompt(delivery.portal_id, person_id, Prompt(ref, reply), room)
        if before and before.ref != ref and before.reply.buttons:
            await self._strip(delivery, before)

    @staticmethod
    async def _edited(messenger: Messenger, ref: MessageRef, reply: Reply) -> bool:
        try:
            await messenger.edit(ref, reply, lane=Lane.REPLY)
        except Permanent as failure:
            if failure.code not in GONE:
                raise
            return False
        return True

    async def _strip(self, delivery: Delivery, prompt: Prompt) -> None:
        """Take the buttons from a step that is over; nothing is lost when that fails."""
        try:
            messenger = self._messenger(delivery, prompt.ref.address)
            await messenger.edit(prompt.ref, Reply(prompt.reply.text), lane=Lane.DESK)
        except (Permanent, Temporary) as failure:
            log.info("old step keeps its buttons", code=failure.code)

    async def _post(self, delivery: Delivery) -> dict[str, str]:
        data = delivery.payload
        address = load(Address, data["address"])
        lane = Lane.REPLY if delivery.lane == Lane.REPLY else Lane.DESK
        sent = await self._messenger(delivery, address).send(address, load(Reply, data["reply"]), lane=lane)
        if delivery.request_id and data.get("copy_of"):
            async with self._scopes.writing(delivery.portal_id) as scope:
                await relayed.add_copy(
                    scope.tx, delivery.portal_id, delivery.request_id, data["copy_of"], sent.first
                )
        return {"message_id": sent.first.message_id}

    async def _amend(self, delivery: Delivery) -> None:
        ref, reply = load(MessageRef, delivery.payload["ref"]), load(Reply, delivery.payload["reply"])
        await self._edited(self._messenger(delivery, ref.address), ref, reply)

    async def _post_file(self, delivery: Delivery) -> dict[str, str]:
        address = load(Address, delivery.payload["address"])
        content = await self._attachments.content(delivery.portal_id, delivery.payload["attachment_id"])
        sent = await self._messenger(delivery, address).send_file(address, content)
        return {"message_id": sent.first.message_id}
