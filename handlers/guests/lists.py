"""Guests in chat, first version: search and lists over the staging store, by privacy, each look-up journalled."""

import hashlib
from datetime import date

from domain.chat import Address, Channel
from domain.contacts import name_key, phone_tail
from domain.guests import Profile
from domain.people import DEFAULT_PRIVACY, Person, Privacy, Role, highest, lower
from domain.portal import Hotel
from domain.stays import Stay
from handlers.scope import Scope
from storage import lookups, staging


class Guests:
    """Looks guests up. What a card shows is the lower of the asker's level and the chat's (decision 4)."""

    async def search(self, scope: Scope, query: str, place: Address, *, limit: int) -> list[str]:
        """Stays of the guests whose name, phone end, e-mail, reservation or confirmation number fits."""
        cards: list[str] = []
        for hotel in scope.portal.hotels:
            found = await staging.search_stays(
                scope.tx,
                hotel.id,
                name_key=name_key(query),
                phone_tail=phone_tail(query),
                text=query.strip(),
                limit=limit,
            )
            cards += await self._cards(scope, hotel, found, place)
        await self._journal(scope, "search", query, place, len(cards))
        return cards[:limit]

    async def in_room(self, scope: Scope, room: str, place: Address) -> list[str]:
        """Who is in the room now, and who comes next."""
        cards: list[str] = []
        for hotel in scope.portal.hotels:
            today = scope.now.astimezone(hotel.zone).date()
            found = await staging.stays_in_room(scope.tx, hotel.id, room, today)
            cards += await self._cards(scope, hotel, found, place)
        await self._journal(scope, "room", room, place, len(cards))
        return cards

    async def listed(
        self, scope: Scope, kind: str, day: date, place: Address, *, limit: int
    ) -> tuple[list[str], int]:
        """Arrivals, departures or guests in house of a day, with how many there are in all."""
        cards: list[str] = []
        total = 0
        for hotel in scope.portal.hotels:
            found, count = await _LISTS[kind](scope.tx, hotel.id, day, limit)
            cards += await self._cards(scope, hotel, found, place)
            total += count
        await self._journal(scope, kind, day.isoformat(), place, total)
        return cards[:limit], total

    async def _cards(self, scope: Scope, hotel: Hotel, stays: list[Stay], place: Address) -> list[str]:
        level = self._level(scope, hotel, place)
        wide = scope.actor is not None and _level_of(scope.actor, hotel, without=Role.MARKETING)
        consented_only = not wide or wide.rank < Privacy.CONTACT.rank
        ids = [stay.profile_id for stay in stays if stay.profile_id]
        profiles = await staging.profiles_by_id(scope.tx, hotel.id, ids)
        return [
            self._card(scope, stay, profiles.get(stay.profile_id or ""), level, consented_only=consented_only)
            for stay in stays
        ]

    @staticmethod
    def _level(scope: Scope, hotel: Hotel, place: Address) -> Privacy:
        own = _level_of(scope.actor, hotel) if scope.actor else Privacy.BASIC
        private = scope.actor is not None and place.chat == scope.actor.accounts.get(place.channel)
        chat = own if private and place.channel is Channel.BITRIX24 else Privacy.BASIC
        return lower(own, chat)

    def _card(
        self, scope: Scope, stay: Stay, profile: Profile | None, level: Privacy, *, consented_only: bool
    ) -> str:
        lines = [
            scope.text(
                "guest-line",
                name=guest_name(stay, profile),
                has_vip=bool(profile and profile.vip),
                vip=profile.vip if profile else "",
                room=stay.room or scope.text("no-room"),
                dates=f"{stay.arrival:%d.%m}–{stay.departure:%d.%m.%y}",
                state=scope.text(f"stay-{stay.state}".replace("_", "-")),
            )
        ]
        if profile and level.rank >= Privacy.CONTACT.rank:
            phones = () if consented_only and profile.no_mailing else profile.phones
            emails = () if consented_only and profile.no_emailing else profile.emails
            if phones or emails:
                lines.append(scope.text("guest-contact", phones=", ".join(phones), emails=", ".join(emails)))
        if level.rank >= Privacy.MONEY.rank and stay.total:
            lines.append(
                scope.text("guest-money", amount=f"{stay.total.amount:.2f}", currency=stay.total.currency)
            )
        return "\n".join(lines)

    @staticmethod
    async def _journal(scope: Scope, kind: str, query: str, place: Address, hits: int) -> None:
        await lookups.record(
            scope.tx,
            portal_id=scope.portal.id,
            person_id=scope.actor.id if scope.actor else None,
            kind=kind,
            query_hash=hashlib.sha256(query.casefold().encode()).hexdigest(),
            channel=place.channel,
            chat=place.chat,
            hits=hits,
            now=scope.now,
        )


def _level_of(person: Person, hotel: Hotel, *, without: Role | None = None) -> Privacy:
    """The widest level that the person's roles give in this hotel, one of them left aside."""
    code = hotel.code.casefold()
    return highest(
        grant.privacy or DEFAULT_PRIVACY[grant.role]
        for grant in person.grants
        if grant.role is not without and (not grant.hotels or code in map(str.casefold, grant.hotels))
    )


def guest_name(stay: Stay, profile: Profile | None) -> str:
    """Last name first, as a front desk reads it."""
    if profile and (profile.last_name or profile.company_name):
        return " ".join(filter(None, (profile.last_name or profile.company_name, profile.first_name)))
    return stay.guest_name or stay.reservation_id


_LISTS = {
    "arrivals": staging.arrivals,
    "departures": staging.departures,
    "inhouse": staging.in_house,
}
