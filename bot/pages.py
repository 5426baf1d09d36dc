"""`/settings`: a link that opens the settings pages once, for an admin alone with the bot."""

from collections.abc import Callable

from bot.places import check_here
from domain.chat import Markup, Reply
from domain.errors import Refused
from handlers.conversations import Turn
from handlers.settings.viewers import LINK_LIFETIME, Viewers

NAMES = ("settings",)
LinkOf = Callable[[str], str | None]
"""The address that follows a token; None where people can't reach the service by any."""


class PageCommands:
    """Gives links."""

    def __init__(self, viewers: Viewers, link_of: LinkOf) -> None:
        self._viewers = viewers
        self._link_of = link_of

    async def run(self, turn: Turn) -> None:
        """Refused in a group, for anybody but an admin, and where the service has no address for people."""
        check_here(turn, "settings")
        if self._link_of("") is None:
            raise Refused("settings-no-address")
        address = self._link_of(await self._viewers.offer_link(turn.scope, turn.person))
        minutes = int(LINK_LIFETIME.total_seconds()) // 60
        await turn.tell(Reply(turn.text("settings-link-here", url=Markup(address or ""), minutes=minutes)))
