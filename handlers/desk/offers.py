"""Variants of a solution: offered by support as a numbered list, chosen by the requester with one tap."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.chat import FileRef, MessageRef
from domain.errors import Refused
from domain.options import chosen_by, parse_options
from domain.requests import Action, Request, Waiting
from handlers.desk.requests import Requests
from handlers.scope import Scope
from storage import request_history


@dataclass(frozen=True, slots=True)
class Offer:
    """What stands to choose from. ``id`` is the line of history it was made in: an older one is stale."""

    id: int
    options: tuple[str, ...]


class Offers:
    """Offering and choosing."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def make(
        self,
        scope: Scope,
        request_id: int,
        text: str,
        *,
        origin: MessageRef | None = None,
        files: Sequence[FileRef] = (),
    ) -> Request:
        """Support offers variants. Refused("options-needed") when the words hold no list of two to nine."""
        intro, options = parse_options(scope.clean(text))
        listed = "\n".join(f"{n}. {option}" for n, option in enumerate(options, 1))
        words = f"{intro}\n{listed}" if intro else listed
        data = {"options": options}
        return await self._requests.act(
            scope, request_id, Action.OFFER, words, origin=origin, data=data, files=files
        )

    async def standing(self, scope: Scope, request: Request) -> Offer | None:
        """The variants the request waits for a choice among; None when it waits for none."""
        if request.waiting_for is not Waiting.CHOICE:
            return None
        fact = await request_history.last_fact(scope.tx, scope.portal.id, request.id, "offered")
        return Offer(fact.id, tuple(fact.data.get("options", ()))) if fact else None

    async def choose(self, scope: Scope, request_id: int, offer_id: int, index: int) -> tuple[Request, str]:
        """The requester's choice; returns the request as it is now and the chosen words.

        Refused("offer-over") when another list stands now or the choice was made, "nothing-to-choose" out of range.
        """
        request = await self._requests.locked(scope, request_id)
        await self._requests.rights.check(scope, "choose", request)
        offer = await self.standing(scope, request)
        if offer is None or offer.id != offer_id:
            raise Refused("offer-over", number=request.number)
        if not 0 <= index < len(offer.options):
            raise Refused("nothing-to-choose", number=request.number)
        chosen = offer.options[index]
        data = {"option": index + 1, "of": len(offer.options), "offer": offer.id}
        after = await self._requests.act(
            scope, request_id, Action.CHOOSE, f"{index + 1}. {chosen}", data=data
        )
        return after, chosen

    async def choose_by_words(self, scope: Scope, request: Request, text: str) -> tuple[Request, str] | None:
        """The same by typing: a number or the variant's own words; None when the words mean something else."""
        offer = await self.standing(scope, request)
        index = chosen_by(text, offer.options) if offer else None
        if offer is None or index is None:
            return None
        return await self.choose(scope, request.id, offer.id, index)
