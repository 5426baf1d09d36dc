"""A card that stands in several places and follows what becomes of its matter: edited where it is, else sent anew.

Which message it is in a place lies in ``links``, under the matter's own local type.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.chat import Address, MessageRef, Reply
from domain.errors import Permanent
from domain.ports import Messenger
from handlers.codec import dump, load
from handlers.delivery.edits import edited
from handlers.outside import OutsideOf
from handlers.scope import Scope, Scopes
from storage import links

Render = Callable[[Scope], Awaitable[Reply | None]]
"""The card as it is now; None when there is nothing to show (any more)."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a card is about: the links' local type, its number, and the kind of its links."""

    local: str
    number: int
    kind: str


class StandingCards:
    """Brings cards up to date."""

    def __init__(self, scopes: Scopes, outside: OutsideOf) -> None:
        self._scopes = scopes
        self._outside = outside

    def messenger(self, portal_id: int, address: Address) -> Messenger:
        """The messenger of a place; Permanent("messenger-off") when it isn't connected."""
        found = self._outside(portal_id).messengers.get(address.channel)
        if found is None:
            raise Permanent("messenger-off", address.channel)
        return found

    async def show(
        self,
        portal_id: int,
        matter: Matter,
        address: Address,
        render: Render,
        gone: str,
        *,
        anew: bool = False,
    ) -> dict[str, str] | None:
        """Edit the card where it stands, or send it.

        ``anew``: send it below everything else while there is something to press; the old one keeps its words only.
        ``gone`` is the text's key for a card whose matter is over.
        """
        messenger = self.messenger(portal_id, address)
        async with self._scopes.reading(portal_id) as scope:
            card = await render(scope) or Reply(scope.text(gone))
            link = await links.get(scope.tx, portal_id, matter.kind, matter.local, str(matter.number))
        below = anew and bool(card.buttons)
        if link is not None:
            old = Reply(card.text) if below else card
            if await edited(messenger, load(MessageRef, link.data["ref"]), old) and not below:
                return None
        elif not card.buttons:
            return {"skipped": "nothing to press here"}
        sent = await messenger.send(address, card)
        async with self._scopes.writing(portal_id) as scope:
            data = {"ref": dump(sent.refs[-1]), "address": dump(address)}
            message_id = sent.refs[-1].message_id
            await links.put(
                scope.tx, portal_id, matter.kind, matter.local, str(matter.number), message_id, data
            )
        return {"message_id": sent.first.message_id}
