"""From a guest to a request: what of him goes into it, the tie between both, and guests recognised in plain words.

A request is read by support and travels to Telegram, so it carries the card as the level ``basic`` shows it.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from domain.chat import Address
from domain.errors import Refused
from domain.guest_mentions import crm_links, numbers
from domain.guest_search import relevance
from domain.guests import Profile
from domain.markup import plain_text
from domain.portal import Hotel
from domain.privacy import Sight
from domain.requests import Request
from domain.rights import hotels_of
from handlers.guests import card, looks
from handlers.guests.desk import GUEST_LINK, guest_keys
from handlers.scope import Scope
from handlers.sync.freshness import freshness
from storage import links, lookups, runs, snapshots
from storage.stays import numbered

FILING, RECOGNISED = "filing", "recognised"
"""Kinds of look-ups in the journal."""


@dataclass(frozen=True, slots=True)
class Whom:
    """A guest that words point at; one of the two numbers is there."""

    hotel: Hotel
    reservation_id: str | None
    profile_id: str | None


async def about(
    scope: Scope, hotel: Hotel, reservation_id: str | None, profile_id: str | None, place: Address, kind: str
) -> dict[str, Any]:
    """What a draft keeps of a guest: ``hotel``, ``keys`` (the tie), ``line`` and ``facts`` as plain words.

    Refused("guest-gone") when the store has him no more. Journalled as a look-up of this kind.
    """
    subject = await card.load(scope, hotel, reservation_id, profile_id)
    if subject is None:
        raise Refused("guest-gone")
    seen = Sight()
    keys = guest_keys(hotel, subject.stay, subject.profile)
    line = plain_text(looks.row(scope, subject.stay, subject.profile, seen))
    facts = [scope.text("about-guest", line=line)]
    if subject.stay is not None:
        confirmation = subject.stay.confirmation or "none"
        number = subject.stay.reservation_id
        facts.append(scope.text("card-numbers", reservation=number, confirmation=confirmation))
    facts += [_contacts(scope, subject.profile), await sync_line(scope, hotel)]
    await lookups.record(
        scope.tx,
        portal_id=scope.portal.id,
        person_id=scope.actor.id if scope.actor else None,
        kind=kind,
        query_hash=await lookups.fingerprint(scope.tx, scope.portal.id, keys[0], scope.now),
        channel=place.channel,
        chat=place.chat,
        hits=1,
        now=scope.now,
        hotel_id=hotel.id,
        guests=keys,
    )
    told = "\n".join(plain_text(one) for one in facts if one)
    return {"hotel": hotel.id, "keys": keys, "line": line, "facts": told, "by": kind}


def _contacts(scope: Scope, profile: Profile | None) -> str:
    """Masked: enough to make sure who it is."""
    if profile is None:
        return ""
    found = [*looks.phones(profile, Sight()), *looks.emails(profile, Sight())]
    return scope.text("about-guest-contacts", contacts=", ".join(found)) if found else ""


async def sync_line(scope: Scope, hotel: Hotel) -> str:
    """«данные Fidelio на 09:42; последняя синхронизация: успешно, 23.11 09:42»."""
    fresh = await freshness(scope, hotel)
    last = next(iter(await runs.last(scope.tx, hotel.id, 1)), None)
    if last is None:
        return scope.text("about-guest-sync-never", fresh=fresh)
    at = (last.ended_at or last.started_at).astimezone(hotel.zone)
    state = scope.text(f"about-guest-run-{last.state}")
    return scope.text("about-guest-sync", fresh=fresh, state=state, at=f"{at:%d.%m %H:%M}")


async def tie(scope: Scope, request: Request, guest: dict[str, Any]) -> None:
    """The request is about this guest from now on: it stands on his card."""
    data = {"keys": list(guest["keys"]), "by": guest["by"]}
    key = guest["keys"][0]
    await links.put(scope.tx, scope.portal.id, GUEST_LINK, "request", str(request.id), key, data)


# --- recognised in words --------------------------------------------------------------------------------------


async def recognise(scope: Scope, text: str) -> Whom | None:
    """The guest that a pasted link of the CRM or a number of a reservation means; None when there is none.

    Only of hotels the actor works for; a link of somebody else's portal means nobody here.
    """
    mine = hotels_of(scope.actor, scope.portal) if scope.actor else frozenset()
    hotels = [hotel for hotel in scope.portal.hotels if hotel.id in mine]
    return await _by_link(scope, hotels, text) or await _by_number(scope, hotels, text)


async def _by_link(scope: Scope, hotels: list[Hotel], text: str) -> Whom | None:
    ours = urlsplit(scope.portal.url).netloc.lower()
    for link in crm_links(text):
        if link.host and link.host != ours:
            continue
        for hotel in hotels:
            found = await snapshots.by_crm_id(scope.tx, hotel.id, link.entity, link.crm_id)
            if found is not None:
                is_stay = link.entity == "deal"
                return Whom(hotel, found.key if is_stay else None, None if is_stay else found.key)
    return None


async def _by_number(scope: Scope, hotels: list[Hotel], text: str) -> Whom | None:
    asked = numbers(text)
    if not asked:
        return None
    for hotel in hotels:
        found = await numbered(scope.tx, hotel.id, asked)
        if found:
            today = scope.now.astimezone(hotel.zone).date()
            best = min(found, key=lambda stay: (relevance(stay, today), stay.reservation_id))
            return Whom(hotel, best.reservation_id, None)
    return None
