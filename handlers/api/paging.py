"""Pages by cursor: a cursor says after which row of which list to go on, and nothing but that.

It is no secret and grants nothing: the portal and what the token may see are asked for anew on every page.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

import orjson

from domain.errors import Refused

T = TypeVar("T")
MOST = 200
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place in one list; ``list_id`` names the list with its filters."""

    list_id: str
    after: int

    def text(self) -> str:
        return base64.urlsafe_b64encode(orjson.dumps([self.list_id, self.after])).decode().rstrip("=")


def list_id(name: str, **filters: object) -> str:
    """A short name for a list with its filters: a cursor of another one is refused."""
    spelt = orjson.dumps([name, sorted((key, str(value)) for key, value in filters.items())])
    return sha256(spelt).hexdigest()[:12]


def read(text: str | None, expected: str) -> int | None:
    """Where to go on; None at the beginning. Refused("bad-cursor") for one that isn't of this list."""
    if text is None:
        return None
    try:
        found = orjson.loads(base64.b64decode(_padded(text), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise Refused("bad-cursor") from None
    match found:
        case [str() as which, int() as after] if which == expected and not isinstance(after, bool):
            if 0 < after < 2**62 and Cursor(which, after).text() == text:
                return after
    raise Refused("bad-cursor")


def _padded(text: str) -> bytes:
    if len(text) > _LONGEST or not text.isascii():
        raise Refused("bad-cursor")
    return (text + "=" * (-len(text) % 4)).encode()


def page(
    found: Sequence[T], limit: int, which: str, id_of: Callable[[T], int]
) -> tuple[Sequence[T], str | None]:
    """Of ``limit`` + 1 rows those to show, and the cursor of the next page."""
    if len(found) <= limit:
        return found, None
    shown = found[:limit]
    return shown, Cursor(which, id_of(shown[-1])).text()


def paged(items: Sequence[Any], following: str | None) -> dict[str, Any]:
    """A page as JSON."""
    return {"items": list(items), "next": following}
