"""Events about what stands already: an edited or deleted message, the way to a person, words in a spare thread."""

from domain.chat import IncomingKind, IncomingMessage, Reply
from domain.people import Role
from handlers.conversations import Turn
from handlers.desk.mirror import Mirror
from handlers.reachability import Reachability


class Standing:
    """Takes such events; everything else goes on to the routes."""

    def __init__(self, mirror: Mirror, reachability: Reachability) -> None:
        self._mirror = mirror
        self._reachability = reachability

    async def take(self, turn: Turn, event: IncomingMessage) -> bool:
        """True when nothing is left to do."""
        if event.kind is IncomingKind.BLOCKED:
            await self._way_to_a_person(turn, event)
            return True
        if event.kind is IncomingKind.DELETED or event.edited:
            await self._mirror.changed(turn.desk, event)
            return True
        if event.is_private:
            await self._reachability.regained(turn.scope, event.address)  # who talks to us lets us talk
            return False
        return await self._spare(turn, event)

    async def answered(self, turn: Turn, event: IncomingMessage) -> int | None:
        """The requester's own request, a relayed message of which he replies to in the messenger's way (decision 2)."""
        request = await self._mirror.replied_to(turn.desk, event)
        return request.id if request is not None and request.requester_id == turn.person.id else None

    async def _way_to_a_person(self, turn: Turn, event: IncomingMessage) -> None:
        if event.text == "unblocked":
            await self._reachability.regained(turn.scope, event.address)
        else:
            await self._reachability.lost(turn.scope, event.address)

    async def _spare(self, turn: Turn, event: IncomingMessage) -> bool:
        """Words in a second thread of a request reach nobody: their author is told where to write."""
        if (
            event.kind not in {IncomingKind.TEXT, IncomingKind.COMMAND}
            or Role.SUPPORT not in turn.person.roles
        ):
            return False
        found = await self._mirror.spare(turn.desk, event)
        if found is None:
            return False
        number, title = found
        await turn.tell(Reply(turn.text("thread-not-this", number=number, title=title)))
        return True
