"""Alerts in chat: «Беру», «Сделано», and `/alerts` with what nobody has finished yet."""

from bot.command_names import is_id
from bot.places import check_here
from domain.chat import Reply
from domain.errors import Refused
from handlers.conversations import Turn
from handlers.guests.alerts import Alerts

BUTTON = "a"
"""The kind of all buttons of this module."""
NAMES = ("alerts",)


class AlertCommands:
    """Whoever sees an alert may take it on."""

    def __init__(self, alerts: Alerts) -> None:
        self._alerts = alerts

    async def run(self, turn: Turn) -> None:
        """``/alerts``: the open ones of each hotel, as far as this place may see them."""
        check_here(turn, "alerts")
        shown = False
        for hotel in turn.portal.hotels:
            if (found := await self._alerts.listed(turn.scope, hotel, turn.event.address)) is not None:
                shown = True
                await turn.tell(found)
        if not shown:
            await turn.tell(Reply(turn.text("alerts-none")))

    async def press(self, turn: Turn, payload: str) -> None:
        """``take:ID``, ``done:ID``; ``open:ID`` of the list."""
        check_here(turn, "alerts")
        what, _, number = payload.partition(":")
        if what not in {"take", "done", "open"} or not is_id(number):
            raise Refused("unknown-button")
        if what == "open":
            if await self._alerts.card(turn.scope, int(number), turn.event.address) is None:
                raise Refused("unknown-button")
            await self._alerts.show(turn.scope, int(number), turn.event.address, anew=True)
            return
        await self._alerts.press(turn.scope, what, int(number), turn.event.address)
        card = await self._alerts.card(turn.scope, int(number), turn.event.address)
        if card is not None:
            await turn.amend(card)
