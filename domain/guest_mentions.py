"""What in a person's words points at a guest: the CRM's links, and what may be a reservation's or confirmation's number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

MOST_NUMBERS = 12
SHORTEST_NUMBER = 5
"""Shorter ones are rooms, years, sums."""
_TYPES: Mapping[str, str] = {"2": "deal", "3": "contact", "4": "company"}
_LINK = re.compile(
    r"(?:https?://(?P<host>[\w.\-]+(?::\d{1,5})?))?"
    r"/crm/(?:(?P<entity>contact|deal|company)|type/(?P<type>[234]))/details/(?P<id>\d{1,12})(?!\d)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\S+://\S+|\S+@\S+")
_NUMBER = re.compile(r"(?<![\w+.\-/])[A-Za-z0-9](?:[\w\-/]{3,38}[A-Za-z0-9])(?![\w\-])")
_REQUEST = re.compile(r"[A-Z][A-Z0-9]{0,7}-\d{4}-\d{6,}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class CrmLink:
    """A pasted link to an item; ``host`` "" where only the path was pasted."""

    host: str
    entity: str
    crm_id: int


def crm_links(text: str) -> list[CrmLink]:
    """Links to contacts, companies and deals, in both forms the portal has for them."""
    return [
        CrmLink(
            (found["host"] or "").lower(),
            (found["entity"] or _TYPES[found["type"]]).lower(),
            int(found["id"]),
        )
        for found in _LINK.finditer(text)
    ]


def numbers(text: str) -> list[str]:
    """Words with a digit that may be a number of a reservation; each once, at most MOST_NUMBERS."""
    found = [
        word
        for word in _NUMBER.findall(_ADDRESS.sub(" ", text))
        if any(char.isdigit() for char in word)
        and len(word) >= SHORTEST_NUMBER
        and not _REQUEST.fullmatch(word.upper())
        and not _DAY.fullmatch(word)
    ]
    return list(dict.fromkeys(found))[:MOST_NUMBERS]
