"""Edits of what people see already; a message that was deleted meanwhile is no failure."""

from domain.chat import MessageRef, Reply
from domain.errors import Permanent
from domain.ports import Lane, Messenger

GONE = frozenset({"message-gone", "message-not-editable"})


async def edited(messenger: Messenger, ref: MessageRef, reply: Reply, *, lane: int = Lane.REPLY) -> bool:
    """The message's new words; False when it can't be edited any more. Other failures go on."""
    try:
        await messenger.edit(ref, reply, lane=lane)
    except Permanent as failure:
        if failure.code not in GONE:
            raise
        return False
    return True
