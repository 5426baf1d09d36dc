"""The way to a portal where our app is installed, and what the service keeps of the app itself."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import aiohttp

from app.settings import Settings
from domain.installations import SERVED, Installation, bucket_of
from domain.ports import Clock
from integrations.bitrix24.app_transport import AppEndpoint, AppTransport
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.limits import Limiter, Sleep
from integrations.bitrix24.oauth import Authority, BitrixAuthServer
from storage import Database, forbid_in_transaction, installations
from storage.installations import StoredTokens, Vault
from storage.sealing import Sealer

OWNER = secrets.token_hex(8)
"""This process, where it takes turns at refreshing tokens."""


def has_app(settings: Settings) -> bool:
    """Whether there is an app that portals can install."""
    return bool(settings.bitrix24.client_id)


@lru_cache(maxsize=8)
def _sealer(lines: tuple[str, ...], database_url: str) -> Sealer:
    return Sealer.of(lines, database_url)


def sealer_of(settings: Settings) -> Sealer:
    """The keys of the service; the key file is read once."""
    lines = tuple(line.get_secret_value() for line in settings.service.secret_keys)
    return _sealer(lines, settings.service.database_url)


def vault_of(settings: Settings) -> Vault:
    """Where tokens are sealed and opened."""
    return Vault(sealer_of(settings))


def auth_server(settings: Settings, session: aiohttp.ClientSession) -> BitrixAuthServer:
    """The authorisation servers, with our client's secret."""
    return BitrixAuthServer(
        session,
        client_id=settings.bitrix24.client_id,
        client_secret=settings.bitrix24.client_secret.get_secret_value(),
        servers=settings.bitrix24.oauth_servers,
        guard=forbid_in_transaction,
    )


@dataclass(frozen=True, slots=True)
class Installed:
    """How a portal is reached by its installation."""

    known: Installation
    db: Database
    clock: Clock
    on_moved: Callable[[], None] | None = None

    @property
    def url(self) -> str:
        """Where people find the portal."""
        return AppEndpoint.of(self.known.client_endpoint, "").base

    def client(
        self, settings: Settings, session: aiohttp.ClientSession, *, sleep: Sleep = asyncio.sleep
    ) -> BitrixClient:
        """Whoever calls the portal; nothing is called yet."""
        moved = self.on_moved
        authority = Authority(
            StoredTokens(self.db, vault_of(settings), self.known.portal_id, OWNER, self.clock),
            auth_server(settings, session),
            others=settings.bitrix24.oauth_servers,
            on_moved=(lambda _endpoint: moved()) if moved is not None else None,
            sleep=sleep,
        )
        endpoint = AppEndpoint.of(self.known.client_endpoint, self.known.user_id)
        return BitrixClient(
            "",
            session=session,
            limiter=self.limiter(settings),
            guard=forbid_in_transaction,
            sleep=sleep,
            transport=AppTransport(authority, endpoint, session),
        )

    def limiter(self, settings: Settings) -> Limiter:
        """By the portal's plan, unless the settings say more exactly."""
        given = settings.bitrix24.model_fields_set
        capacity, leak = bucket_of(self.known.licence_family)
        section = settings.bitrix24
        return Limiter(
            capacity=section.bucket_capacity if "bucket_capacity" in given else capacity,
            leak_per_s=section.calls_per_second if "calls_per_second" in given else leak,
        )


async def installed_way(
    db: Database, portal_id: int, clock: Clock, on_moved: Callable[[], None] | None
) -> Installed | None:
    """The way by installation; None where there is none, or no more."""
    async with db.reading() as tx:
        known = await installations.get(tx, portal_id)
    return Installed(known, db, clock, on_moved) if known is not None and known.state in SERVED else None
