"""Asking about guests: by words, by room, the day's lists with pages and filters, cards, the day's picture.

A button carries who asked and everything else it needs, so that it works after any pause; whoever presses it is
checked again, and sees what he may see.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.dialogs.base import Stage
from bot.guests.filing import GuestFiling
from bot.guests.payloads import ABOUT, OPEN, SHOW, WHICH, about, opening, reading, showing, whom
from bot.places import check_here
from domain.chat import Button, Reply, rows
from domain.errors import Refused
from domain.portal import Hotel
from handlers.conversations import Turn
from handlers.guests import morning
from handlers.guests.lists import KINDS, ListOf, Page
from handlers.guests.lookups import Guests, Row, named

BUTTON = "g"
"""The kind of all buttons of this module."""
NAMES = ("guest", "room", *KINDS, "day")
FOUND = 10
LONGEST_PURPOSE = 200
_PURPOSE = re.compile(r"(?:^|\s)//\s*")
_DAY = re.compile(r"(\d{1,2})[.\-/](\d{1,2})(?:[.\-/](\d{4}))?")
_WORDS = {
    "сегодня": 0,
    "today": 0,
    "завтра": 1,
    "tomorrow": 1,
    "вчера": -1,
    "yesterday": -1,
    "послезавтра": 2,
}


class GuestCommands:
    """Guests from the local staging, never from the PMS itself."""

    def __init__(self, guests: Guests) -> None:
        self._guests = guests
        self._filing = GuestFiling()

    async def run(self, turn: Turn, name: str, argument: str) -> None:
        """``/guest QUERY``, ``/room 305``, ``/arrivals [date] [HOTEL]`` and the other lists, ``/day [date]``."""
        if not turn.portal.hotels:
            raise Refused("no-hotels")
        check_here(turn, name)
        argument, purpose = parted(turn, argument)
        match name:
            case "guest":
                await self._search(turn, argument, purpose)
            case "room":
                await self._room(turn, argument, purpose)
            case "day":
                await self._day(turn, argument)
            case _:
                hotel, day = self._hotel_and_day(turn, argument)
                shown, guests = await self._page(turn, ListOf(hotel, name, day), purpose)
                await turn.tell(shown, guests=guests)

    async def press(self, turn: Turn, payload: str, stage: Stage) -> None:
        """One button: a page, the choice of filters, a card."""
        what, person_id, rest = reading(payload)
        if person_id != turn.person.id:
            raise Refused("not-your-button")
        match what, rest:
            case _, [number, kind, day, page, only] if what in {SHOW, WHICH} and kind in KINDS:
                check_here(turn, kind)
                asked = ListOf(self._hotel(turn, number), kind, _iso(day), _small(page), only)
                shown, guests = await (self._page if what == SHOW else self._choices)(turn, asked)
                await turn.amend(shown, guests=guests)
            case _, [number, key] if what == OPEN:
                check_here(turn, "guest")
                await self._open(turn, self._hotel(turn, number), key)
            case _, [number, key] if what == ABOUT:
                check_here(turn, "new")
                await self._filing.begin(turn, self._hotel(turn, number), *whom(key), stage)
            case _:
                raise Refused("unknown-button")

    # --- which hotel, which day ---------------------------------------------------------------------------

    @staticmethod
    def _hotel(turn: Turn, number: str) -> Hotel:
        hotel = next((one for one in turn.portal.hotels if str(one.id) == number), None)
        if hotel is None:
            raise Refused("unknown-button")
        return hotel

    def _hotel_and_day(self, turn: Turn, argument: str) -> tuple[Hotel, date]:
        """``25.12 PARK`` in any order; the actor's own hotel and today where they are left out."""
        words = argument.split()
        named = next((one for word in words if (one := turn.portal.hotel(word))), None)
        hotel = named or self._guests.hotels(turn.scope)[0]
        rest = [word for word in words if named is None or word.casefold() != named.code.casefold()]
        return hotel, parse_day(" ".join(rest), turn.scope.now.astimezone(hotel.zone).date())

    # --- search ---------------------------------------------------------------------------------------------

    async def _search(self, turn: Turn, query: str, purpose: str) -> None:
        if len(query.strip()) < 2:
            raise Refused("guest-query-short")
        found = await self._guests.search(turn.scope, query, turn.event.address, limit=FOUND, purpose=purpose)
        if len(found) == 1:
            entry = found[0].entry  # the only one: his card at once
            await self._card(turn, found[0].hotel, entry.reservation_id, entry.profile_id, purpose)
            return
        key = "guest-found-more" if len(found) == FOUND else "guest-found"
        if found and all(one.near for one in found):
            key = "guest-near"
        await self._tell_listed(turn, turn.text(key, count=len(found), query=query), found)

    async def _room(self, turn: Turn, room: str, purpose: str) -> None:
        if not room.strip():
            raise Refused("room-needed")
        found = await self._guests.in_room(turn.scope, room.strip(), turn.event.address, purpose=purpose)
        await self._tell_listed(turn, turn.text("room-guests", count=len(found), room=room.strip()), found)

    async def _tell_listed(self, turn: Turn, head: str, found: Sequence[Row]) -> None:
        guests = [key for row in found for key in row.guests]
        await turn.tell(self._listed(turn, head, found), guests=guests if found else None)

    def _listed(self, turn: Turn, head: str, found: Sequence[Row]) -> Reply:
        lines = [f"{one.entry.number}. {one.text}" for one in found]
        buttons = [self._number(turn, one.hotel, one) for one in found]
        return Reply("\n".join([head, *lines]), rows(*(one for one in buttons if one), per_row=5))

    @staticmethod
    def _number(turn: Turn, hotel: Hotel, row: Row) -> Button | None:
        action = opening(turn.person.id, hotel.id, row.entry.reservation_id, row.entry.profile_id)
        return Button(str(row.entry.number), action) if action else None

    # --- cards ----------------------------------------------------------------------------------------------

    async def _open(self, turn: Turn, hotel: Hotel, key: str) -> None:
        """A card stands in a message of its own: the list stays where it is."""
        reservation, profile = whom(key)
        await self._card(turn, hotel, reservation, profile)

    async def _card(
        self, turn: Turn, hotel: Hotel, reservation: str | None, profile: str | None, purpose: str = ""
    ) -> None:
        shown, guests = await self._guests.open(
            turn.scope, hotel, reservation, profile, turn.event.address, purpose=purpose
        )
        filing = about(turn.person.id, hotel.id, reservation, profile)
        if turn.event.is_private and filing:
            button = Button(turn.text("button-file-about-guest"), filing)
            shown = replace(shown, buttons=(*shown.buttons, (button,)))
        await turn.tell(shown, guests=guests)

    # --- lists ----------------------------------------------------------------------------------------------

    async def _page(self, turn: Turn, asked: ListOf, purpose: str = "") -> tuple[Reply, list[str]]:
        shown = await self._guests.page(turn.scope, asked, turn.event.address, purpose=purpose)
        numbers = [
            Button(str(one.number), action)
            for one in shown.entries
            if (action := opening(turn.person.id, asked.hotel.id, one.reservation_id, one.profile_id))
        ]
        reply = Reply(shown.text, (*rows(*numbers, per_row=5), *self._turning(turn, shown)))
        return reply, named(asked.hotel, shown.entries)

    def _turning(self, turn: Turn, shown: Page) -> Sequence[tuple[Button, ...]]:
        """Back and on, the filter, the other hotels."""
        asked, me = shown.asked, turn.person.id
        turns = []
        if asked.page > 1:
            turns.append(Button(turn.text("button-list-back"), showing(SHOW, me, asked, page=asked.page - 1)))
        if asked.page < shown.pages:
            turns.append(Button(turn.text("button-list-on"), showing(SHOW, me, asked, page=asked.page + 1)))
        if asked.only:
            turns.append(Button(turn.text("button-list-all"), showing(SHOW, me, asked, page=1, only="")))
        elif shown.choices:
            turns.append(Button(turn.text("button-list-filter"), showing(WHICH, me, asked, page=1)))
        others = [
            Button(one.name, showing(SHOW, me, ListOf(one, asked.kind, asked.day)))
            for one in turn.portal.hotels
            if one.id != asked.hotel.id
        ]
        return [row for row in (tuple(turns), *rows(*others)) if row]

    async def _choices(self, turn: Turn, asked: ListOf) -> tuple[Reply, list[str]]:
        """The same message asks whom to show."""
        shown = await self._guests.page(turn.scope, asked, turn.event.address)
        buttons = [
            Button(words[:40], showing(SHOW, turn.person.id, asked, page=1, only=mark))
            for mark, words in shown.choices
        ]
        back = Button(turn.text("button-list-all"), showing(SHOW, turn.person.id, asked, page=1, only=""))
        head = shown.text.partition("\n")[0]
        return Reply(f"{head}\n{turn.text('list-filter-which')}", rows(*buttons, back)), []

    # --- the day's picture ----------------------------------------------------------------------------------

    async def _day(self, turn: Turn, argument: str) -> None:
        """The picture follows as soon as it is drawn."""
        hotel, day = self._hotel_and_day(turn, argument)
        await turn.tell(Reply(turn.text("day-making")))
        await morning.order(turn.scope, hotel, day, turn.event.address, turn.person)


def parted(turn: Turn, argument: str) -> tuple[str, str]:
    """What is asked, and behind ``//`` what for; an address's slashes are none."""
    asked, *purpose = _PURPOSE.split(argument, maxsplit=1)
    return asked.strip(), turn.scope.clean(" ".join(purpose))[:LONGEST_PURPOSE]


def parse_day(text: str, today: date) -> date:
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


def _iso(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("unknown-button") from error


def _small(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise Refused("unknown-button")
    return int(text)
