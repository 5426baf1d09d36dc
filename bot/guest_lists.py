"""Asking about guests: by name or number, by room, and the day's lists. What is shown depends on who asks and where."""

import re
from datetime import date, timedelta

from domain.chat import Markup, Reply
from domain.errors import Refused
from handlers.conversations import Turn
from handlers.guests.lists import Guests

SHOWN = 10
_DAY = re.compile(r"(\d{1,2})[.\-/](\d{1,2})(?:[.\-/](\d{4}))?")
_WORDS = {"сегодня": 0, "today": 0, "завтра": 1, "tomorrow": 1, "вчера": -1, "yesterday": -1}


class GuestCommands:
    """Guests from the local staging, never from the PMS itself."""

    def __init__(self, guests: Guests) -> None:
        self._guests = guests

    async def run(self, turn: Turn, name: str, argument: str) -> None:
        """``/guest QUERY``, ``/room 305``, ``/arrivals [date]``, ``/departures [date]``, ``/inhouse``."""
        if not turn.portal.hotels:
            raise Refused("no-hotels")
        match name:
            case "guest":
                await self._search(turn, argument)
            case "room":
                await self._room(turn, argument)
            case _:
                await self._list(turn, name, argument)

    async def _search(self, turn: Turn, query: str) -> None:
        if len(query.strip()) < 2:
            raise Refused("guest-query-short")
        cards = await self._guests.search(turn.scope, query, turn.event.address, limit=SHOWN)
        await self._answer(turn, turn.text("guest-found", count=len(cards), query=query), cards)

    async def _room(self, turn: Turn, room: str) -> None:
        if not room.strip():
            raise Refused("room-needed")
        cards = await self._guests.in_room(turn.scope, room.strip(), turn.event.address)
        await self._answer(turn, turn.text("room-guests", count=len(cards), room=room.strip()), cards)

    async def _list(self, turn: Turn, kind: str, argument: str) -> None:
        today = turn.scope.now.astimezone(turn.portal.hotels[0].zone).date()
        day = _parse_day(argument, today)
        cards, total = await self._guests.listed(turn.scope, kind, day, turn.event.address, limit=SHOWN * 2)
        head = turn.text(f"list-{kind}", count=total, day=day)
        await self._answer(turn, head, cards, more=total - len(cards))

    @staticmethod
    async def _answer(turn: Turn, head: str, cards: list[str], more: int = 0) -> None:
        body = "\n".join(Markup(card) for card in cards)
        tail = "\n" + turn.text("list-more", count=more) if more > 0 else ""
        await turn.tell(Reply(f"{head}\n{body}{tail}" if body else head))


def _parse_day(text: str, today: date) -> date:
    """``25.12``, ``25.12.2026``, «завтра» or nothing (today); Refused("date-wrong") otherwise."""
    word = text.strip().casefold()
    if not word:
        return today
    if word in _WORDS:
        return today + timedelta(days=_WORDS[word])
    found = _DAY.fullmatch(word)
    try:
        if found:
            return date(int(found[3] or today.year), int(found[2]), int(found[1]))
        return date.fromisoformat(word)
    except ValueError as error:
        raise Refused("date-wrong", text=text) from error
