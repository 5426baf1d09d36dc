"""«Это один гость?» in chat: the buttons of the cards, `/asks [HOTEL]`, «сверка гостей», and one question after another."""

from bot.command_names import is_id
from bot.places import check_here
from domain.chat import Button, Reply, rows
from domain.errors import Refused
from domain.portal import Hotel
from handlers.conversations import Turn
from handlers.sync.asks import Asks

BUTTON = "i"
"""The kind of all buttons of this module."""
NAMES = ("asks",)
DECISIONS = frozenset({"join", "apart", "later", "undo"})


class IdentityCards:
    """Identity, decided from chat by managers and administrators."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks

    async def run(self, turn: Turn, argument: str) -> None:
        """``/asks [HOTEL]``: what waits, and what was joined lately."""
        check_here(turn, "asks")
        hotel = turn.portal.hotel(argument.strip()) if argument.strip() else None
        if argument.strip() and hotel is None:
            known = ", ".join(one.code for one in turn.portal.hotels)
            raise Refused("no-such-hotel", hotel=argument.strip(), known=known)
        if not turn.portal.hotels:
            raise Refused("no-hotels")
        for one in [hotel] if hotel else turn.portal.hotels:
            await turn.tell(await self._asks.overview(turn.scope, one))

    async def press(self, turn: Turn, payload: str) -> None:
        """``join|apart|later|undo:CASE``, with ``:next`` on a card of the queue; ``next:HOTEL:AFTER``; ``last:HOTEL``."""
        check_here(turn, "asks")
        what, *rest = payload.split(":")
        numbers = [int(one) for one in rest if is_id(one)]
        match what:
            case _ if what in DECISIONS and numbers:
                await self._decide(turn, what, numbers[0], queue="next" in rest)
            case "next" if len(numbers) == 2:
                await self._next(turn, self._hotel(turn, numbers[0]), numbers[1])
            case "last" if numbers:
                await self._last(turn, self._hotel(turn, numbers[0]))
            case _:
                raise Refused("unknown-button")

    async def _decide(self, turn: Turn, what: str, case_id: int, *, queue: bool) -> None:
        case = await self._asks.decide(turn.scope, case_id, what)
        await turn.amend(await self._asks.card(turn.scope, case, turn.event.address))
        hotel = self._asks.hotel(turn.scope, case)
        if queue and hotel is not None:
            await self._next(turn, hotel, case_id)

    async def _next(self, turn: Turn, hotel: Hotel, after: int) -> None:
        case = await self._asks.following(turn.scope, hotel, after)
        if case is None or (after and case.id <= after):  # once round
            await turn.tell(Reply(turn.text("identity-all-seen", hotel=hotel.name)))
            return
        card = await self._asks.card(turn.scope, case, turn.event.address)
        queued = [Button(b.label, f"{b.action}:next", b.style) for row in card.buttons for b in row]
        await turn.tell(Reply(card.text, rows(*queued)))

    async def _last(self, turn: Turn, hotel: Hotel) -> None:
        found = await self._asks.last_joined(turn.scope, hotel)
        if not found:
            await turn.tell(Reply(turn.text("identity-none-joined", hotel=hotel.name)))
        for case in found:
            await turn.tell(await self._asks.card(turn.scope, case, turn.event.address))

    @staticmethod
    def _hotel(turn: Turn, number: int) -> Hotel:
        hotel = next((one for one in turn.portal.hotels if one.id == number), None)
        if hotel is None:
            raise Refused("unknown-button")
        return hotel


def asked_for(argument: str) -> str | None:
    """Of ``/sync asks [HOTEL]``: what follows «asks»; None for any other word of ``/sync``."""
    head, _, rest = argument.strip().partition(" ")
    return rest if head.casefold() in {"asks", "похожие"} else None
