"""What the buttons under lists carry (``g:what:person:…``, at most 60 bytes of ASCII); anybody can forge one."""

from dataclasses import replace
from urllib.parse import quote, unquote

from domain.errors import Refused
from handlers.guests.lists import ListOf

SHOW, WHICH, OPEN, ABOUT = "l", "f", "c", "q"
"""A page, the choice of filters, a card, a request about a guest."""
LONGEST = 60


def showing(what: str, person_id: int, asked: ListOf, **changes: int | str) -> str:
    """The button for a page of a list, or for its filters."""
    one = replace(asked, **changes)  # type: ignore[arg-type]
    return f"g:{what}:{person_id}:{one.hotel.id}:{one.kind}:{one.day.isoformat()}:{one.page}:{one.only}"


def opening(person_id: int, hotel_id: int, reservation_id: str | None, profile_id: str | None) -> str:
    """The button for a card; "" when the number is too long for one."""
    return _of_guest(OPEN, person_id, hotel_id, reservation_id, profile_id)


def about(person_id: int, hotel_id: int, reservation_id: str | None, profile_id: str | None) -> str:
    """The button that files a request about a guest; "" as above."""
    return _of_guest(ABOUT, person_id, hotel_id, reservation_id, profile_id)


def _of_guest(what: str, person_id: int, hotel_id: int, reservation: str | None, profile: str | None) -> str:
    key = f"r{quote(reservation, safe='')}" if reservation else f"p{quote(profile or '', safe='')}"
    action = f"g:{what}:{person_id}:{hotel_id}:{key}"
    return action if len(action) <= LONGEST else ""


def whom(key: str) -> tuple[str | None, str | None]:
    """The reservation or the profile that a button opens. Refused("unknown-button")."""
    kind, number = key[:1], unquote(key[1:])
    if kind not in {"r", "p"} or not number:
        raise Refused("unknown-button")
    return (number, None) if kind == "r" else (None, number)


def reading(payload: str) -> tuple[str, int, list[str]]:
    """What a payload (without ``g:``) asks for, who was shown the button, and the rest."""
    what, _, rest = payload.partition(":")
    person, _, rest = rest.partition(":")
    if not (person.isascii() and person.isdigit() and len(person) <= 18):
        raise Refused("unknown-button")
    return what, int(person), rest.split(":")
