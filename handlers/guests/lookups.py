"""Guests as people ask for them: by words, by room, as lists, as a card. Every look-up is journalled."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.chat import Address, Reply
from domain.errors import Refused
from domain.portal import Hotel
from domain.privacy import Sight, sight
from domain.rights import hotels_of
from handlers.guests import card, lists, looks
from handlers.guests.desk import guest_keys
from handlers.guests.lists import Entry, ListOf, Page
from handlers.guests.search import find_guests, is_near
from handlers.scope import Scope
from storage import guest_search, lookups, staging, stays


@dataclass(frozen=True, slots=True)
class Row:
    """One guest of a search: the line as shown, and whom it opens."""

    hotel: Hotel
    text: str
    entry: Entry
    near: bool = False
    """He only resembles what was asked for."""

    @property
    def guests(self) -> list[str]:
        """Whom the line shows."""
        return named(self.hotel, [self.entry])


def named(hotel: Hotel, entries: Sequence[Entry]) -> list[str]:
    """Guests of a list as the journal of look-ups names them, see :func:`handlers.guests.desk.guest_keys`."""
    found = []
    for one in entries:
        if one.profile_id:
            found.append(f"{hotel.code}:{one.profile_id}")
        if one.reservation_id:
            found.append(f"{hotel.code}:reservation:{one.reservation_id}")
    return found


class Guests:
    """What is shown is the lower of the asker's level and the place's (decision 4)."""

    def hotels(self, scope: Scope) -> Sequence[Hotel]:
        """The hotels of the portal, those the actor works for first."""
        mine = hotels_of(scope.actor, scope.portal) if scope.actor else frozenset()
        return sorted(scope.portal.hotels, key=lambda hotel: hotel.id not in mine)

    def sight(self, scope: Scope, hotel: Hotel, place: Address) -> Sight:
        """What the actor sees in a place of a hotel's guests."""
        return sight(scope.actor, hotel.code, scope.portal.privacy, place)

    async def search(
        self, scope: Scope, query: str, place: Address, *, limit: int, purpose: str = ""
    ) -> list[Row]:
        """Guests whom the question fits, best first; of several hotels those of the actor's own first."""
        found: list[Row] = []
        for hotel in self.hotels(scope):
            today = scope.now.astimezone(hotel.zone).date()
            seen = self.sight(scope, hotel, place)
            for one in await find_guests(scope.tx, hotel.id, query, today, limit):
                text = looks.row(scope, one.stay, one.profile, seen)
                entry = Entry(len(found) + 1, one.stay.reservation_id if one.stay else None, one.profile_id)
                near = is_near(query, one)
                found.append(Row(hotel, lists.with_hotel(scope, hotel, text), entry, near))
        shown = found[:limit]
        guests = [key for row in shown for key in row.guests]
        await self._journal(scope, "search", query, place, len(found), guests=guests, purpose=purpose)
        return shown

    async def in_room(self, scope: Scope, room: str, place: Address, *, purpose: str = "") -> list[Row]:
        """Who is in the room now, and who comes next."""
        found: list[Row] = []
        for hotel in self.hotels(scope):
            today = scope.now.astimezone(hotel.zone).date()
            seen = self.sight(scope, hotel, place)
            living = await stays.stays_in_room(scope.tx, hotel.id, room, today)
            profiles = await stays.profiles_by_id(
                scope.tx, hotel.id, [one.profile_id for one in living if one.profile_id]
            )
            for one in living:
                text = looks.row(scope, one, profiles.get(one.profile_id or ""), seen)
                entry = Entry(len(found) + 1, one.reservation_id, one.profile_id)
                found.append(Row(hotel, lists.with_hotel(scope, hotel, text), entry))
        guests = [key for row in found for key in row.guests]
        await self._journal(scope, "room", room, place, len(found), guests=guests, purpose=purpose)
        return found

    async def page(self, scope: Scope, asked: ListOf, place: Address, *, purpose: str = "") -> Page:
        """A page of a list, as the actor may see it here."""
        shown = await lists.page(scope, asked, self.sight(scope, asked.hotel, place))
        what = f"{asked.day.isoformat()} {shown.asked.page}"
        guests = named(asked.hotel, shown.entries)
        await self._journal(
            scope, asked.kind, what, place, shown.total, asked.hotel, guests=guests, purpose=purpose
        )
        return shown

    async def card(
        self, scope: Scope, hotel: Hotel, reservation_id: str | None, profile_id: str | None, place: Address
    ) -> Reply:
        """The card of one guest; Refused("guest-gone") when the store has him no more."""
        shown, _guests = await self.open(scope, hotel, reservation_id, profile_id, place)
        return shown

    async def open(
        self,
        scope: Scope,
        hotel: Hotel,
        reservation_id: str | None,
        profile_id: str | None,
        place: Address,
        *,
        purpose: str = "",
    ) -> tuple[Reply, list[str]]:
        """As :meth:`card`, with whom it shows."""
        subject = await card.load(scope, hotel, reservation_id, profile_id)
        if subject is None:
            raise Refused("guest-gone")
        shown = await card.render(scope, subject, self.sight(scope, hotel, place))
        guests = guest_keys(hotel, subject.stay, subject.profile)
        asked = reservation_id or profile_id or ""
        await self._journal(scope, "card", asked, place, 1, hotel, guests=guests, purpose=purpose)
        return shown, guests

    @staticmethod
    async def _journal(
        scope: Scope,
        kind: str,
        query: str,
        place: Address,
        hits: int,
        hotel: Hotel | None = None,
        *,
        guests: Sequence[str] = (),
        purpose: str = "",
    ) -> None:
        await lookups.record(
            scope.tx,
            portal_id=scope.portal.id,
            person_id=scope.actor.id if scope.actor else None,
            kind=kind,
            query_hash=await lookups.fingerprint(scope.tx, scope.portal.id, query, scope.now),
            channel=place.channel,
            chat=place.chat,
            hits=hits,
            now=scope.now,
            hotel_id=hotel.id if hotel else None,
            guests=guests,
            purpose=purpose,
        )

    # --- the index ----------------------------------------------------------------------------------------

    async def reindex(self, scope: Scope, hotel: Hotel) -> int:
        """Write a hotel's search index anew; returns how many records it has."""
        return await staging.reindex(scope.tx, scope.portal.id, hotel)

    async def reindex_behind(self, scope: Scope) -> int:
        """Index what a version before this one has stored; nothing to do at any other start."""
        behind = [one for one in scope.portal.hotels if await guest_search.is_behind(scope.tx, one.id)]
        return sum([await self.reindex(scope, one) for one in behind])
