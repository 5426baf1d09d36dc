"""Alerts in chat: «Беру», «Сделано», and `/alerts` with what nobody has finished yet."""

from bot.command_names import is_id
from domain import rights
from domain.chat import Reply
from domain.errors import Refused
from domain.rights import Place
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
        """``/alerts``: the open ones of all hotels, as far as this place may see them."""
        self._check(turn)
        shown = 0
        for hotel in turn.portal.hotels:
            for alert_id in await self._alerts.open_ones(turn.scope, hotel):
                card = await self._alerts.card(turn.scope, alert_id, turn.event.address)
                if card is not None:
                    shown += 1
                    await turn.tell(Reply(card.text))
        if not shown:
            await turn.tell(Reply(turn.text("alerts-none")))

    async def press(self, turn: Turn, payload: str) -> None:
        """``take:ID`` or ``done:ID``."""
        self._check(turn)
        what, _, number = payload.partition(":")
        if what not in {"take", "done"} or not is_id(number):
            raise Refused("unknown-button")
        await self._alerts.press(turn.scope, what, int(number), turn.event.address)
        card = await self._alerts.card(turn.scope, int(number), turn.event.address)
        if card is not None:
            await turn.amend(card)

    @staticmethod
    def _check(turn: Turn) -> None:
        mine = rights.standings(turn.person, turn.portal)
        rights.check("alerts", mine, Place.PRIVATE if turn.event.is_private else Place.ANYWHERE)
