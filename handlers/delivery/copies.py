"""The copies of a person's message at one place: remembered when they are made, edited and taken back later."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.chat import Address, MessageRef, Reply, Sent
from domain.errors import Permanent
from domain.ports import Lane, Messenger
from handlers.delivery.edits import edited
from handlers.scope import Scopes
from storage import relayed
from storage.relayed import Relayed

NOT_DELETABLE = frozenset({"message-gone", "message-not-deletable", "message-not-editable"})
ONE_MESSAGE_CHARS = 3500
"""Words that surely fit one message in every messenger: an edit can't be split."""


class Copies:
    """One messenger's copies."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def remember(
        self,
        portal_id: int,
        request_id: int | None,
        group: str | None,
        refs: Sequence[MessageRef],
        **more: Any,
    ) -> None:
        """These messages are copies of the group; ``file=True``: they carry its files."""
        if not group or not request_id:
            return
        add = relayed.add_file if more.get("file") else relayed.add_copy
        async with self._scopes.writing(portal_id) as scope:
            for ref in refs:
                await add(scope.tx, portal_id, request_id, group, ref)

    async def here(self, portal_id: int, group: str, at: Address) -> list[Relayed]:
        """The group's messages at a place."""
        async with self._scopes.reading(portal_id) as scope:
            return await relayed.of_group(scope.tx, portal_id, group, at)

    async def answered(self, portal_id: int, payload: Mapping[str, Any], at: Address) -> str | None:
        """The message at this place that a row's words answer; None when they answer nothing (here)."""
        group = payload.get("answers")
        found = await self.here(portal_id, group, at) if group else []
        return found[0].ref.message_id if found else None

    async def amend(
        self, messenger: Messenger, portal_id: int, request_id: int, group: str, at: Address, reply: Reply
    ) -> dict[str, Any]:
        """The copies' new words. Without a copy here there is nothing to do; one that was deleted is written anew."""
        mine = [one for one in await self.here(portal_id, group, at) if one.role == relayed.COPY]
        if not mine:
            return {"skipped": "no-copy"}
        alone = len(mine) == 1 and len(reply.text) <= ONE_MESSAGE_CHARS
        if alone and await edited(messenger, mine[0].ref, reply, lane=Lane.DESK):
            return {"message_id": mine[0].ref.message_id}
        for one in mine:
            await _take_back(messenger, one.ref)
        sent: Sent = await messenger.send(at, reply, lane=Lane.DESK)
        await self.remember(portal_id, request_id, group, sent.refs)
        return {"message_id": sent.first.message_id}

    async def retract(
        self, messenger: Messenger, portal_id: int, group: str, at: Address, instead: Reply
    ) -> dict[str, Any]:
        """Words become «deleted», files go."""
        found = await self.here(portal_id, group, at)
        for one in found:
            if one.role == relayed.COPY:
                await edited(messenger, one.ref, instead, lane=Lane.DESK)
            elif one.role == relayed.FILE:
                await _take_back(messenger, one.ref)
        return {"retracted": len(found)}


async def _take_back(messenger: Messenger, ref: MessageRef) -> None:
    try:
        await messenger.delete(ref)
    except Permanent as failure:
        if failure.code not in NOT_DELETABLE:
            raise
