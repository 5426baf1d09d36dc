"""«Обращение» on a guest's card: filing begins with the masked card and the last sync facts in it."""

from bot.dialogs import new_request
from bot.dialogs.base import Stage, with_data
from domain.errors import Refused
from domain.portal import Hotel
from handlers.conversations import Turn
from handlers.guests import filing


class GuestFiling:
    """Begins a draft about a guest; one that is begun already becomes his."""

    async def begin(
        self, turn: Turn, hotel: Hotel, reservation: str | None, profile: str | None, stage: Stage
    ) -> None:
        """Refused("only-in-private") in a group: a draft belongs to one person."""
        if not turn.event.is_private:
            raise Refused("only-in-private")
        guest = await filing.about(turn.scope, hotel, reservation, profile, turn.event.address, filing.FILING)
        begun = next((state for state in turn.memory.stack if new_request.is_begun(state)), None)
        if begun is not None:
            turn.memory.stack[:] = [with_data(begun, guest=guest)]
            await stage.show(turn, notice=turn.text("draft-about-guest", line=guest["line"]))
            return
        await stage.discard(turn)
        await stage.begin(turn, new_request.start(guest=guest))
