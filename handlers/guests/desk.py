"""The desk's open requests about a guest: tied to him when they were filed, or naming his room, booking or name."""

import re
from collections.abc import Iterable
from datetime import datetime, time

from domain.guest_words import sounds_of
from domain.guests import Profile
from domain.portal import Hotel
from domain.requests import Request, RequestType
from domain.rights import allows, standings
from domain.stays import Stay, StayState
from handlers.scope import Scope
from storage import links
from storage import requests as rows

GUEST_LINK = "guest"
"""Kind of the link from a request to ``HOTEL:PROFILE`` or ``HOTEL:reservation:NUMBER``."""
SHOWN = 4
COMPLAINTS = frozenset({RequestType.PROBLEM, RequestType.INCIDENT})
_WORD = re.compile(r"[\w\-]+")
_ROOM = re.compile(r"(?:номер|комнат|апартамент|люкс|room|№)\w*\s*№?\s*$", re.IGNORECASE)


def guest_keys(hotel: Hotel, stay: Stay | None, profile: Profile | None) -> list[str]:
    """What a request may be tied to."""
    keys = [f"{hotel.code}:{profile.profile_id}"] if profile else []
    return [*keys, f"{hotel.code}:reservation:{stay.reservation_id}"] if stay else keys


async def open_requests(
    scope: Scope, hotel: Hotel, stay: Stay | None, profile: Profile | None
) -> list[Request]:
    """Open requests about a guest of which the actor may see the summary, newest first; at most SHOWN."""
    mine = [
        one
        for one in await rows.all_open(scope.tx, scope.portal.served_at)
        if _of_here(scope, one)
        and one.hotel_id in {None, hotel.id}
        and allows("summary", standings(scope.actor, scope.portal, one))
    ]
    if not mine:
        return []
    ids = [str(one.id) for one in mine]
    tied = await links.of_kind(scope.tx, scope.portal.id, GUEST_LINK, "request", ids)
    keys = set(guest_keys(hotel, stay, profile))
    about = {int(link.local_id) for link in tied if link.external_id in keys}
    found = [one for one in mine if one.id in about or _names(one, stay, profile)]
    return sorted(found, key=lambda one: one.created_at, reverse=True)[:SHOWN]


async def complaints(scope: Scope, hotel: Hotel, stay: Stay, profile: Profile) -> tuple[str, ...]:
    """Numbers of problems and incidents of his last stay: tied to him, or filed then and naming him."""
    midnight = datetime.combine(stay.arrival, time.min, hotel.zone)
    since = await rows.touched_since(scope.tx, scope.portal.served_at, midnight)
    filed = [one for one in since if one.type in COMPLAINTS and _of_here(scope, one)]
    tied = await links.of_kind(
        scope.tx, scope.portal.id, GUEST_LINK, "request", [str(one.id) for one in filed]
    )
    keys = set(guest_keys(hotel, stay, profile))
    about = {int(link.local_id) for link in tied if link.external_id in keys}
    until = datetime.combine(stay.departure, time.max, hotel.zone)
    return tuple(
        one.number
        for one in filed
        if one.hotel_id in {None, hotel.id}
        and midnight <= one.created_at <= until
        and (one.id in about or _names(one, stay, profile))
    )


def _of_here(scope: Scope, request: Request) -> bool:
    """Whether this portal's people filed it: a vendor's desk has those of other customers, too."""
    return request.home_id == (None if scope.portal.served_at == scope.portal.id else scope.portal.id)


def _names(request: Request, stay: Stay | None, profile: Profile | None) -> bool:
    """Whether the words of a request name the guest: booking, full name, or the room he is in now."""
    text = f"{request.subject}\n{request.description}"
    words = {word.lower() for word in _WORD.findall(text)}
    if stay is not None and words & _numbers(stay):
        return True
    if stay is not None and stay.state is StayState.IN_HOUSE and stay.room and _says_room(text, stay.room):
        return True
    if profile is None or not (profile.last_name and profile.first_name):
        return False
    return set(sounds_of(profile.last_name, profile.first_name)) <= set(sounds_of(text))


def _numbers(stay: Stay) -> set[str]:
    return {one.lower() for one in (stay.reservation_id, stay.confirmation) if len(one) >= 5}


def _says_room(text: str, room: str) -> bool:
    return any(_ROOM.search(before) for before in _before(text, room))


def _before(text: str, room: str) -> Iterable[str]:
    """What stands before each mention of the number: «в номере 305», «305-м номере»."""
    for found in re.finditer(rf"(?<!\w){re.escape(room)}(?!\d)", text, re.IGNORECASE):
        yield text[: found.start()]
        if re.match(r"\W{0,2}(?:-?\w{1,2})?\s+(?:номер|комнат)", text[found.end() :], re.IGNORECASE):
            yield "номер"
