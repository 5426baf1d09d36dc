"""Rights that need no request, where they are used: alone with the bot, or before everybody in a group."""

from domain.rights import Place, check, standings
from handlers.conversations import Turn


def check_here(turn: Turn, right: str) -> None:
    """Refused (not-yours, only-in-private, only-in-thread) when the person hasn't this right, or not in this place."""
    place = Place.PRIVATE if turn.event.is_private else Place.ANYWHERE
    check(right, standings(turn.person, turn.portal), place)
