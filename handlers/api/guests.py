"""Guests for other programs: as much of each as the token's privacy level shows, every look-up journalled.

What is withheld is named, not silently left out: a program can tell "no phone" from "not for you".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.api_tokens import Token
from domain.errors import Refused
from domain.guests import Profile, ProfileKind
from domain.people import Role
from domain.portal import Hotel
from domain.privacy import FIELDS, Sight, mask_email, mask_phone
from domain.stays import Money, Stay
from handlers.api import paging
from handlers.api.syncs import named
from handlers.guests import card, looks
from handlers.guests.desk import guest_keys
from handlers.guests.search import find_guests
from handlers.scope import Scope
from storage import lookups
from storage.stays import stays_of_profile

DEEPEST = 200
"""So far a search may be paged through: who needs more isn't looking for a guest."""
JOURNALLED_AS = "api"
_OF_GUEST = ("vip", "phones", "emails", "birthday", "preferences", "comments", "language", "nationality",
             "address", "memberships")  # fmt: skip
_OF_STAY = ("rate", "amount", "revenue", "comments")


@dataclass(frozen=True, slots=True)
class Search:
    """Whom a program looks for. ``hotel`` by code, None: in all the token is good for; ``purpose`` is journalled."""

    query: str
    hotel: str | None = None
    purpose: str = ""


class GuestApi:
    """Searching and opening."""

    async def search(
        self, scope: Scope, token: Token, asked: Search, *, cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """A page, best first; each with the stay that is most likely meant."""
        hotels = _hotels(scope, token, asked.hotel)
        which = paging.list_id("guests", query=asked.query, hotels=[hotel.code for hotel in hotels])
        after = paging.read(cursor, which) or 0
        reach = min(after + limit, DEEPEST)
        found: list[tuple[Hotel, Stay | None, Profile | None]] = []
        for hotel in hotels:
            today = scope.now.astimezone(hotel.zone).date()
            here = await find_guests(scope.tx, hotel.id, asked.query, today, reach + 1)
            found += [(hotel, one.stay, one.profile) for one in here]
        shown = found[after:reach]
        items = [_guest(hotel, profile, stay, sight_of(token, scope)) for hotel, stay, profile in shown]
        keys = [key for hotel, stay, profile in shown for key in guest_keys(hotel, stay, profile)]
        only = hotels[0] if asked.hotel else None
        await _journal(scope, token, "search", asked.query, len(found), keys, asked.purpose, only)
        more = len(found) > reach and reach < DEEPEST
        return paging.paged(items, paging.Cursor(which, reach).text() if more else None)

    async def open(
        self, scope: Scope, token: Token, hotel_code: str, profile_id: str, *, purpose: str = ""
    ) -> dict[str, Any]:
        """One guest with all stays, newest first. Refused("guest-gone")."""
        (hotel,) = _hotels(scope, token, hotel_code)
        subject = await card.load(scope, hotel, None, profile_id)
        profile = subject.profile if subject else None
        if profile is None or profile.anonymised:
            raise Refused("guest-gone")
        seen = sight_of(token, scope)
        stays = await stays_of_profile(scope.tx, hotel.id, profile.profile_id)
        keys = guest_keys(hotel, None, profile)
        await _journal(scope, token, "card", profile_id, 1, keys, purpose, hotel)
        found = _guest(hotel, profile, None, seen)
        del found["stay"]
        return found | {"stays": [_stay(one, seen) for one in stays]}


def sight_of(token: Token, scope: Scope) -> Sight:
    """What a token sees: its own level; as marketing, contacts of guests who agreed only (decision 4)."""
    consented = token.role is Role.MARKETING
    return Sight(token.privacy, consented_only=consented, marketing=scope.portal.privacy.marketing)


def _hotels(scope: Scope, token: Token, code: str | None) -> Sequence[Hotel]:
    if code is not None:
        return [named(scope, token, code)]
    return [hotel for hotel in scope.portal.hotels if token.reaches(hotel.code)]


async def _journal(
    scope: Scope,
    token: Token,
    kind: str,
    query: str,
    hits: int,
    guests: Sequence[str],
    purpose: str,
    hotel: Hotel | None,
) -> None:
    await lookups.record(
        scope.tx,
        portal_id=scope.portal.id,
        person_id=token.actor.id,
        kind=kind,
        query_hash=await lookups.fingerprint(scope.tx, scope.portal.id, query, scope.now),
        channel=JOURNALLED_AS,
        chat=token.prefix,
        hits=hits,
        now=scope.now,
        purpose=purpose,
        hotel_id=hotel.id if hotel else None,
        guests=guests,
    )


# --- shapes --------------------------------------------------------------------------------------------------


def _guest(hotel: Hotel, profile: Profile | None, stay: Stay | None, seen: Sight) -> dict[str, Any]:
    """A guest; fields beyond the level are None or empty, and named in ``withheld``."""
    one = profile or Profile("", ProfileKind.INDIVIDUAL)
    phones_open = seen.sees("phones") and seen.may_contact(one, refused=one.no_mailing)
    emails_open = seen.sees("emails") and seen.may_contact(one, refused=one.no_emailing)
    withheld = [name for name in _OF_GUEST if not seen.sees(name)]
    withheld += ["phones"] if "phones" not in withheld and not phones_open else []
    withheld += ["emails"] if "emails" not in withheld and not emails_open else []
    return {
        "hotel": hotel.code,
        "profile": profile.profile_id if profile else None,
        "kind": one.kind.value,
        "name": looks.guest_name(stay, profile),
        "vip": one.vip if seen.sees("vip") else "",
        "phones": [number if phones_open else mask_phone(number) for number in one.phones],
        "emails": [address if emails_open else mask_email(address) for address in one.emails],
        "birthday": one.birthday.isoformat() if one.birthday and seen.sees("birthday") else None,
        "language": one.language if seen.sees("language") else "",
        "nationality": one.nationality if seen.sees("nationality") else "",
        "address": _address(one) if seen.sees("address") else "",
        "memberships": list(one.memberships) if seen.sees("memberships") else [],
        "preferences": list(one.preferences) if seen.sees("preferences") else [],
        "comments": one.notes if seen.sees("comments") else "",
        "withheld": sorted(withheld, key=list(FIELDS).index),
        "stay": _stay(stay, seen) if stay else None,
    }


def _address(profile: Profile) -> str:
    return ", ".join(filter(None, (profile.address, profile.postcode, profile.city, profile.country)))


def _stay(stay: Stay, seen: Sight) -> dict[str, Any]:
    return {
        "reservation": stay.reservation_id,
        "confirmation": stay.confirmation,
        "state": stay.state.value,
        "arrival": stay.arrival.isoformat(),
        "departure": stay.departure.isoformat(),
        "nights": (stay.departure - stay.arrival).days,
        "room": stay.room,
        "room_type": stay.room_type,
        "rooms": stay.room_count,
        "adults": stay.adults,
        "children": stay.children,
        "group": stay.group,
        "company": stay.company_id,
        "agent": stay.agent_id,
        "rate_code": stay.rate_code if seen.sees("rate") else "",
        "rate": _money(stay.rate) if seen.sees("rate") else None,
        "total": _money(stay.total) if seen.sees("amount") else None,
        "revenue": _money(stay.room_revenue) if seen.sees("revenue") else None,
        "comments": stay.notes if seen.sees("comments") else "",
        "withheld": [name for name in _OF_STAY if not seen.sees(name)],
    }


def _money(money: Money | None) -> dict[str, str] | None:
    """Exact, digit for digit: a decimal as text."""
    return {"amount": f"{money.amount:f}", "currency": money.currency} if money else None
