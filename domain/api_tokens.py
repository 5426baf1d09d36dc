"""What a token of another program may do: its scopes, and what each of them opens."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import Refused
from domain.people import Person, Privacy, Role


class ApiScope(StrEnum):
    """What a token opens. ``admin`` opens everything."""

    REQUESTS_READ = "requests:read"
    REQUESTS_WRITE = "requests:write"
    GUESTS_READ = "guests:read"
    SYNCS_READ = "syncs:read"
    SYNCS_WRITE = "syncs:write"
    DELIVERIES_READ = "deliveries:read"
    DELIVERIES_WRITE = "deliveries:write"
    WEBHOOKS_WRITE = "webhooks:write"
    ADMIN = "admin"


SCOPES = {
    ApiScope.REQUESTS_READ: "list and read support requests",
    ApiScope.REQUESTS_WRITE: "file requests, write in them, move them",
    ApiScope.GUESTS_READ: "look guests up, by the token's privacy level",
    ApiScope.SYNCS_READ: "see hotels, syncs and what failed in them",
    ApiScope.SYNCS_WRITE: "order syncs and retries",
    ApiScope.DELIVERIES_READ: "see what waits to be delivered and what was given up",
    ApiScope.DELIVERIES_WRITE: "bring back what was given up",
    ApiScope.WEBHOOKS_WRITE: "keep webhooks and their secrets",
    ApiScope.ADMIN: "everything, the licence included",
}
_PREFIX_CHARS, _MARK = 10, "cnc"
_SHAPE = re.compile(rf"{_MARK}_([a-z0-9]{{{_PREFIX_CHARS}}})_[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is good now. ``actor`` is whom it acts as; ``hotels`` are codes, none means all."""

    id: int
    portal_id: int
    name: str
    prefix: str
    scopes: frozenset[ApiScope]
    privacy: Privacy
    role: Role
    hotels: tuple[str, ...]
    expires_at: datetime | None
    actor: Person

    def may(self, scope: ApiScope) -> bool:
        """Whether the token opens this."""
        return scope in self.scopes or ApiScope.ADMIN in self.scopes

    def reaches(self, hotel_code: str) -> bool:
        """Whether the token is good for a hotel."""
        return not self.hotels or hotel_code.casefold() in map(str.casefold, self.hotels)


def prefix_of(token: str) -> str | None:
    """The shown part of a token; None when it is none of ours."""
    found = _SHAPE.fullmatch(token)
    return found[1] if found else None


def spelt(prefix: str, secret: str) -> str:
    """A whole token: ``cnc_PREFIX_SECRET``. The mark lets scanners of repositories find one that leaked."""
    return f"{_MARK}_{prefix}_{secret}"


def read_scopes(words: Iterable[str]) -> Sequence[ApiScope]:
    """Scopes by name, each once. Refused("api-scope", scope=…) for an unknown one."""
    found = []
    for word in words:
        if word not in set(ApiScope):
            raise Refused("api-scope", scope=word, known=", ".join(ApiScope))
        found.append(ApiScope(word))
    return list(dict.fromkeys(found))
