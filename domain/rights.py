"""Who may do what: one table of rights, for every command and every button (decision 4).

A right is held by a *standing*: how a person stands towards a request (its requester, a colleague of the same
hotel, ...) or towards the desk as a whole. The moves of a request's life stand in the table of moves already and
are taken from there, so that the two can't differ. `docs/roles.md` is this table, printed.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Refused
from domain.people import Person, Role
from domain.portal import Portal
from domain.requests import MOVES, Action, Part, Request


class Standing(StrEnum):
    """How somebody stands towards a request; without a request only the last three and ``anyone``."""

    ANYONE = "anyone"
    COLLEAGUE = "colleague"
    REQUESTER = "requester"
    REPRESENTATIVE = "representative"
    SUPPORT = "support"
    MANAGER = "manager"
    ADMIN = "admin"


class Place(StrEnum):
    """Where a right can be used: alone with the bot, in the request's own thread, or in any group too."""

    PRIVATE = "private"
    THREAD = "thread"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Right:
    """One line of the table. ``thread`` as place means private or the request's thread."""

    who: frozenset[Standing]
    where: Place = Place.PRIVATE


_S = Standing
_EVERYBODY = frozenset(Standing)
_DESK = frozenset({_S.SUPPORT, _S.MANAGER, _S.ADMIN})
_READERS = frozenset({_S.REQUESTER, _S.REPRESENTATIVE}) | _DESK
_ONLY_SUPPORT = frozenset({_S.SUPPORT})


def _of_moves() -> dict[str, Right]:
    """A move belongs to whom the table of moves gives it."""
    rights = {}
    for action in Action:
        parts = frozenset().union(*(move.parts for move in MOVES if move.action is action))
        rights[action.value] = Right(frozenset(Standing(part.value) for part in parts), Place.THREAD)
    return rights


RIGHTS: Mapping[str, Right] = {
    # the person's own affairs
    "new": Right(_EVERYBODY),
    "my": Right(_EVERYBODY),
    "link": Right(_EVERYBODY),
    "lang": Right(_EVERYBODY, Place.ANYWHERE),
    "help": Right(_EVERYBODY, Place.ANYWHERE),
    "cancel": Right(_EVERYBODY, Place.ANYWHERE),
    # guests and their data; how much is shown is a matter of privacy levels
    "guest": Right(_EVERYBODY, Place.ANYWHERE),
    "room": Right(_EVERYBODY, Place.ANYWHERE),
    "arrivals": Right(_EVERYBODY, Place.ANYWHERE),
    "departures": Right(_EVERYBODY, Place.ANYWHERE),
    "inhouse": Right(_EVERYBODY, Place.ANYWHERE),
    "vip": Right(_EVERYBODY, Place.ANYWHERE),
    "birthdays": Right(_EVERYBODY, Place.ANYWHERE),
    "rooms": Right(_EVERYBODY, Place.ANYWHERE),
    "day": Right(_DESK, Place.ANYWHERE),
    "alerts": Right(_EVERYBODY, Place.ANYWHERE),
    "sync": Right(_DESK, Place.ANYWHERE),
    "asks": Right(frozenset({_S.MANAGER, _S.ADMIN}), Place.ANYWHERE),
    # the settings pages, by a link
    "settings": Right(frozenset({_S.ADMIN})),
    # one request
    "summary": Right(_READERS | {_S.COLLEAGUE}, Place.THREAD),
    "card": Right(_READERS, Place.THREAD),
    "notes": Right(_ONLY_SUPPORT, Place.THREAD),
    "join": Right(_READERS | {_S.COLLEAGUE}),
    "separate": Right(frozenset({_S.REQUESTER})),
    "write": Right(frozenset({_S.REQUESTER})),
    **_of_moves(),
    "hand_over": Right(_ONLY_SUPPORT, Place.THREAD),
    "priority": Right(_ONLY_SUPPORT, Place.THREAD),
    "type": Right(_ONLY_SUPPORT, Place.THREAD),
    "thread": Right(_ONLY_SUPPORT, Place.THREAD),
    # the desk as a whole
    "template": Right(_ONLY_SUPPORT, Place.THREAD),
    "template_edit": Right(frozenset({_S.SUPPORT, _S.ADMIN}), Place.THREAD),
    "outage": Right(_ONLY_SUPPORT, Place.THREAD),
    "release": Right(_ONLY_SUPPORT, Place.THREAD),
    "outage_join": Right(_EVERYBODY),
    "queue": Right(_DESK, Place.ANYWHERE),
    "stats": Right(_DESK, Place.ANYWHERE),
    "export": Right(_DESK),
    "escalation": Right(_DESK),
    "escalation_edit": Right(frozenset({_S.MANAGER, _S.ADMIN})),
    "rate": Right(frozenset({_S.REQUESTER})),
    "new_for": Right(_ONLY_SUPPORT, Place.THREAD),
}
"""Every right by name. ``card`` is the whole history, ``summary`` what colleagues see before they join."""

OF_THE_PORTAL = frozenset(RIGHTS) & {
    "link", "lang", "help", "cancel", "guest", "room", "arrivals", "departures", "inhouse", "vip", "birthdays",
    "rooms", "day", "alerts", "sync", "asks", "settings",
}  # fmt: skip
"""Rights that are held in one's own portal, also where the requests are worked at a vendor's desk."""

_ROLE_STANDING = {
    Role.SUPPORT: Standing.SUPPORT,
    Role.MANAGER: Standing.MANAGER,
    Role.ADMIN: Standing.ADMIN,
}


def standings(
    person: Person | None, portal: Portal, request: Request | None = None, *, represented: bool = True
) -> frozenset[Standing]:
    """How a person stands. ``represented``: the customer has representatives; else the requester is his own.

    A role that is limited to hotels counts for requests of those hotels, and for the desk as a whole.
    """
    if person is None:
        return frozenset()
    if person.portal_id != portal.id:
        return _of_guest(person, request, represented=represented)
    found = {Standing.ANYONE}
    found |= {st for role, st in _ROLE_STANDING.items() if _holds(person, role, portal, request)}
    if request is None:
        return frozenset(found)
    if request.requester_id == person.id:
        found |= {Standing.REQUESTER} | (set() if represented else {Standing.REPRESENTATIVE})
    elif is_colleague(person, portal, request):
        found.add(Standing.COLLEAGUE)
    if _holds(person, Role.REPRESENTATIVE, portal, request):
        found.add(Standing.REPRESENTATIVE)
    return frozenset(found)


def _of_guest(person: Person, request: Request | None, *, represented: bool) -> frozenset[Standing]:
    """Somebody of a customer's portal, at his vendor's desk: other customers' requests are none of his business."""
    if request is None or request.home_id != person.portal_id:
        return frozenset({Standing.ANYONE})
    found = {Standing.ANYONE}
    if request.requester_id == person.id:
        found |= {Standing.REQUESTER} | (set() if represented else {Standing.REPRESENTATIVE})
    elif request.hotel_id is None:
        found.add(Standing.COLLEAGUE)
    if Role.REPRESENTATIVE in person.roles:
        found.add(Standing.REPRESENTATIVE)
    return frozenset(found)


def _holds(person: Person, role: Role, portal: Portal, request: Request | None) -> bool:
    grants = [grant for grant in person.grants if grant.role is role]
    if request is None or request.hotel_id is None:
        return bool(grants)
    codes = {hotel.code.casefold() for hotel in portal.hotels if hotel.id == request.hotel_id}
    return any(not grant.hotels or codes & {code.casefold() for code in grant.hotels} for grant in grants)


def hotels_of(person: Person, portal: Portal) -> frozenset[int]:
    """The hotels somebody works for; whose grants name none works for all."""
    named = {code.casefold() for grant in person.grants for code in grant.hotels}
    unbound = not named or any(not grant.hotels for grant in person.grants)
    return frozenset(hotel.id for hotel in portal.hotels if unbound or hotel.code.casefold() in named)


def is_colleague(person: Person, portal: Portal, request: Request) -> bool:
    """Whether a request is of a hotel the person works for; one without a hotel is everybody's who works for all."""
    mine = hotels_of(person, portal)
    if request.hotel_id is None:
        return len(mine) == len(portal.hotels)
    return request.hotel_id in mine


def parts_of(found: AbstractSet[Standing]) -> frozenset[Part]:
    """The parts somebody plays in a request's life, from how he stands."""
    return frozenset(Part(standing.value) for standing in found if standing.value in set(Part))


def allows(name: str, found: AbstractSet[Standing]) -> bool:
    """Whether one of the standings holds the right."""
    return bool(RIGHTS[name].who & found)


def check(name: str, found: AbstractSet[Standing], place: Place = Place.PRIVATE) -> None:
    """Refused("not-yours") naming who may; Refused("only-in-private") in a group where the right ends."""
    right = RIGHTS[name]
    if not right.who & found:
        raise Refused("not-yours", name, right=name, who=[standing.value for standing in ordered(right.who)])
    if place is not Place.PRIVATE and right.where is Place.PRIVATE:
        raise Refused("only-in-private")
    if place is Place.ANYWHERE and right.where is Place.THREAD:
        raise Refused("only-in-thread")


def ordered(who: AbstractSet[Standing]) -> list[Standing]:
    """Standings as the table prints them; everybody is one word."""
    return [Standing.ANYONE] if Standing.ANYONE in who else [one for one in Standing if one in who]


def printed() -> str:
    """The table as `docs/roles.md` shows it."""
    columns = [one for one in Standing if one is not Standing.ANYONE]
    lines = [
        "| right | " + " | ".join(columns) + " | where |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for name, right in RIGHTS.items():
        cells = ["yes" if right.who & {one} else "–" for one in columns]
        lines.append(f"| `{name}` | " + " | ".join(cells) + f" | {right.where} |")
    return "\n".join(lines)
