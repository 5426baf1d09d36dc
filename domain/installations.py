"""An app in a portal: the states of its installation, and what an authorisation server grants.

Documents: ``settings/oauth/*``, ``settings/app-installation/*``, ``api-reference/common/system/app-info.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class InstallState(StrEnum):
    """How an installation stands."""

    INSTALLING = "installing"
    """The tokens are here, the bot and the handlers aren't yet."""
    ACTIVE = "active"
    BROKEN = "broken"
    """The portal doesn't let us in any more; ``reason`` says why."""
    UNINSTALLED = "uninstalled"


SERVED = frozenset({InstallState.INSTALLING, InstallState.ACTIVE, InstallState.BROKEN})
"""States in which there is a way to the portal. A broken one is tried again: it may have been paid for, or opened."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A pair of tokens with what the authorisation server says of it: all of it is its word, nobody else's."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: float
    member_id: str
    client_endpoint: str
    server_endpoint: str
    user_id: str
    scopes: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True, slots=True)
class AppFacts:
    """``app.info``: the plan of the portal, and whether the installation was finished there."""

    installed: bool
    version: str = ""
    status: str = ""
    licence: str = ""
    licence_family: str = ""

    @property
    def bucket(self) -> tuple[int, float]:
        return bucket_of(self.licence_family)


def bucket_of(licence_family: str) -> tuple[int, float]:
    """Capacity and leak per second of a plan (``limits.md``): Enterprise has its own."""
    return (250, 5.0) if licence_family == "ent" else (50, 2.0)


@dataclass(frozen=True, slots=True)
class Tokens:
    """A portal's pair as it is stored. ``pair`` counts them; ``former``: the refresh token of the pair before."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    former: str | None = field(repr=False)
    pair: int
    client_endpoint: str
    server_endpoint: str
    member_id: str
    user_id: str
    broken: bool = False


class TokenStore(Protocol):
    """Where one portal's pair lies, for all replicas."""

    async def load(self) -> Tokens:
        """The pair as it stands now. Permanent("bitrix-not-installed") when there is none."""
        ...

    async def begin(self) -> int | None:
        """The turn to refresh, proved by its fence; None while another replica has it."""
        ...

    async def store(self, fence: int, granted: Granted) -> Tokens:
        """The new pair in one transaction; the old one becomes the former. Temporary("stale-lease") if too late."""
        ...

    async def end(self, fence: int) -> None:
        """The turn is over without a new pair."""
        ...

    async def proved(self, pair: int) -> None:
        """The pair works: the former one is forgotten, and the portal isn't broken any more."""
        ...

    async def broken(self, pair: int, reason: str) -> None:
        """The pair doesn't let us in; nothing happens if there is a newer one already."""
        ...


class AuthServer(Protocol):
    """The vendor's authorisation servers."""

    async def refresh(self, refresh_token: str, server_endpoint: str) -> Granted:
        """A new pair; the old one is spent. Permanent: it is refused for good. Temporary: not now."""
        ...

    async def is_admin(self, granted: Granted) -> bool:
        """Whether the portal takes the user of this pair for an administrator."""
        ...


@dataclass(frozen=True, slots=True)
class Ensured:
    """What :meth:`PortalSetup.ensure` found: ``done`` are the things it had to put right."""

    facts: AppFacts
    bot_id: int
    done: Sequence[str] = ()
    problems: Sequence[str] = ()


class PortalSetup(Protocol):
    """What an installed app needs in its portal; idempotent."""

    async def ensure(self) -> Ensured:
        """Bot, commands, events and placements as they should be."""
        ...

    async def keep_alive(self) -> None:
        """A new pair of tokens, before the old one lapses unused."""
        ...


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation for people: no token in it."""

    portal_id: int
    key: str
    member_id: str
    state: InstallState
    reason: str
    domain: str
    client_endpoint: str
    user_id: str
    scopes: tuple[str, ...]
    status: str
    licence: str
    licence_family: str
    finished: bool
    version: str
    installed_at: datetime
    refreshed_at: datetime | None
    ensured_at: datetime | None
    ended_at: datetime | None
    erased_at: datetime | None
