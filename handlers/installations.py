"""The app comes into a portal, is updated there, and leaves it again.

The first contact is unauthenticated: anybody can post an installation. So nothing in it is believed but what the
vendor's authorisation server answers when its refresh token is exchanged there with our own client's secret; and later
events are believed only with the application token that came with that proven installation.
Documents: ``settings/app-installation/*``, ``api-reference/common/events/*``, ``api-reference/events/safe-event-handlers.md``.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from domain.errors import Permanent, Refused
from domain.installations import SERVED, AuthServer, Granted, Installation, InstallState
from domain.ports import Clock
from storage import Database, Tx, cursors, installations, parking, portals
from storage.installations import Vault, domain_of
from storage.sealing import Place

log = structlog.get_logger()

MAIN = "main"
APP_GONE = "app-uninstalled"
BOT_EVENTS = "bot-events"
"""How far the bot's queue has been read (app.consumers)."""
AT_ONCE = 8
"""Installations verified at the same time: strangers can post them."""
_TOKEN = re.compile(r"[\x21-\x7e]{1,512}")
_MEMBER = re.compile(r"[0-9A-Za-z]{1,64}")

_TICKET = Place("installations", 0, "ticket")
TICKET_FOR = timedelta(hours=1)

Changed = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says about an installation. Nothing in it is believed before it is verified."""

    member_id: str
    refresh_token: str = field(repr=False)
    server_endpoint: str
    application_token: str = field(repr=False)

    @classmethod
    def of_page(cls, fields: Mapping[str, Any]) -> "Claim":
        """What a frame posts to the installation page, or the portal to the callback of an app without pages."""
        auth = fields.get("auth")
        if isinstance(auth, Mapping):
            return cls.of_auth(auth)
        return cls(
            _text(fields, "member_id"),
            _text(fields, "REFRESH_ID"),
            _text(fields, "SERVER_ENDPOINT"),
            _text(fields, "APPLICATION_TOKEN"),
        )

    @classmethod
    def of_auth(cls, auth: Mapping[str, Any], application_token: str = "") -> "Claim":
        """The ``auth`` of an event."""
        return cls(
            _text(auth, "member_id"),
            _text(auth, "refresh_token"),
            _text(auth, "server_endpoint"),
            _text(auth, "application_token") or application_token,
        )

    def check(self) -> None:
        """Refused("install-unreadable") when it can't be an installation at all."""
        for given in (self.refresh_token, self.application_token):
            if not _TOKEN.fullmatch(given):
                raise Refused("install-unreadable", "no token")
        if self.member_id and not _MEMBER.fullmatch(self.member_id):
            raise Refused("install-unreadable", "member_id")


@dataclass(frozen=True, slots=True)
class GenuineEvent:
    """An event of an installed portal whose application token is right."""

    portal_id: int
    name: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Installations:
    """Installed portals. ``changed`` has everything made anew that depends on a portal's row."""

    db: Database
    clock: Clock
    vault: Vault
    server: AuthServer | None
    default_server: str
    changed: Changed
    main_domain: str = ""
    due: asyncio.Event = field(default_factory=asyncio.Event)
    """Something has to be made sure of, or erased, in some portal."""
    _few: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    # --- coming -------------------------------------------------------------------------------------------

    async def install(self, claim: Claim) -> int:
        """Verify and save an installation; returns the portal's id. What belongs into the portal follows.

        Refused("install-forged" | "install-unreadable" | "install-no-app"); Temporary: ask again.
        """
        claim.check()
        try:
            granted = await self._verified(claim)
        except Refused:
            # The page posted twice: its token is spent, but we hold what it was exchanged for.
            async with self._one:  # or are just about to
                pass
            known = await self._genuine(claim.member_id, claim.application_token)
            if known is None or known.state not in (InstallState.INSTALLING, InstallState.ACTIVE):
                raise
            return known.portal_id
        async with self._one, self.db.transaction() as tx:
            portal_id = await self._portal_of(tx, granted)
            before = await installations.get(tx, portal_id)
            if before is not None and before.state is InstallState.UNINSTALLED:
                await cursors.forget(tx, portal_id, BOT_EVENTS)  # that bot is gone with its queue
            await self.vault.put(
                tx,
                portal_id,
                granted,
                self.clock(),
                domain=domain_of(granted.client_endpoint),
                application_token=claim.application_token,
            )
            again = await parking.unpark(tx, portal_id, self.clock())
        log.info("app installed", portal=portal_id, status=granted.status, deliveries=again)
        await self._tell(portal_id)
        return portal_id

    async def _verified(self, claim: Claim) -> Granted:
        if self.server is None:
            raise Refused("install-no-app")
        async with self._few:
            try:
                granted = await self.server.refresh(
                    claim.refresh_token, claim.server_endpoint or self.default_server
                )
            except Permanent as error:
                if error.code == "bitrix-client-refused":
                    raise
                raise Refused("install-forged", error.code) from error
        if claim.member_id and claim.member_id != granted.member_id:
            raise Refused("install-forged", "another portal's token")
        return granted

    async def _portal_of(self, tx: Tx, granted: Granted) -> int:
        """The portal's row: by its ``member_id``, else the file's for its domain, else a new one."""
        known = await portals.by_member(tx, granted.member_id)
        if known is not None:
            return known.id
        domain, now = domain_of(granted.client_endpoint), self.clock()
        if self.main_domain and domain.casefold() == self.main_domain.casefold():
            portal_id = await portals.ensure(tx, MAIN, now, name=domain, domain=domain)
            row = await portals.get(tx, portal_id)
            if row is not None and row.member_id is None:
                await portals.change(tx, portal_id, member_id=granted.member_id, domain=domain)
                return portal_id
        key = await _free_key(tx, domain)
        return await portals.ensure(tx, key, now, name=domain, domain=domain, member_id=granted.member_id)

    async def _tell(self, portal_id: int) -> None:
        await self.changed(portal_id)
        self.due.set()

    # --- events -------------------------------------------------------------------------------------------

    async def event(self, form: Mapping[str, Any]) -> GenuineEvent | None:
        """Follow an event about the app itself (None), or say whose another one is.

        Refused("install-forged" | "install-unknown" | "install-unreadable").
        """
        name, auth = _text(form, "event").upper(), form.get("auth")
        data = form.get("data")
        if not name or not isinstance(auth, Mapping):
            raise Refused("install-unreadable", "no event")
        facts = data if isinstance(data, Mapping) else {}
        follow = {
            "ONAPPINSTALL": self._on_install,
            "ONAPPUPDATE": self._on_update,
            "ONAPPUNINSTALL": self._on_uninstall,
            "ONAPPUSERREADY": self._on_user_ready,
        }.get(name)
        if follow is not None:
            await follow(auth, facts)
            return None
        known = await self._of(auth)
        if known.state not in SERVED:
            raise Refused("install-unknown", "uninstalled")
        return GenuineEvent(known.portal_id, name, facts)

    async def is_installed(self, member_id: str) -> bool:
        """Whether a portal came to us by installation, at some time."""
        if not _MEMBER.fullmatch(member_id):
            return False
        async with self.db.reading() as tx:
            return await installations.member(tx, member_id) is not None

    async def _of(self, auth: Mapping[str, Any]) -> Installation:
        known = await self._genuine(_text(auth, "member_id"), _text(auth, "application_token"))
        if known is None:
            raise Refused("install-forged", "no such portal, or another application_token")
        return known

    async def _genuine(self, member_id: str, application_token: str) -> Installation | None:
        """The installation, if the token is its own."""
        if not _MEMBER.fullmatch(member_id):
            return None
        async with self.db.reading() as tx:
            known = await installations.member(tx, member_id)
            if known is None or not await self.vault.is_genuine(tx, known.portal_id, application_token):
                return None
        return known

    async def _on_install(self, auth: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """Comes late, after the page has installed already, or is all there is."""
        claim = Claim.of_auth(auth)
        known = await self._genuine(claim.member_id, claim.application_token)
        if known is None or known.state not in (InstallState.INSTALLING, InstallState.ACTIVE):
            await self.install(claim)
            return
        async with self.db.transaction() as tx:
            await installations.due(
                tx, known.portal_id, version=_text(data, "VERSION"), finished=_text(data, "INSTALLED") != "N"
            )
        self.due.set()

    async def _on_update(self, auth: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """The vendor's cloud has wiped our handlers, and the application token is a new one: to be proved again."""
        claim, version = Claim.of_auth(auth), _text(data, "VERSION")
        known = await self._genuine(claim.member_id, claim.application_token)
        if known is not None and known.state in SERVED:  # told twice, or the token has stayed
            async with self.db.transaction() as tx:
                await installations.due(tx, known.portal_id, version=version)
            self.due.set()
            return
        async with self.db.reading() as tx:
            known = await installations.member(tx, claim.member_id)
        if known is None or known.state not in SERVED:
            raise Refused("install-unknown", "an update of what isn't installed")
        claim.check()
        granted = await self._verified(claim)
        async with self.db.transaction() as tx:
            domain = domain_of(granted.client_endpoint)
            await self.vault.renew(tx, known.portal_id, granted, self.clock(), domain=domain)
            await self.vault.set_application_token(tx, known.portal_id, claim.application_token)
            await installations.due(tx, known.portal_id, version=version)
        log.info("app updated", portal=known.portal_id, version=version)
        await self._tell(known.portal_id)

    async def _on_uninstall(self, auth: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """No tokens any more: the application token is the only proof there is."""
        member_id = _text(auth, "member_id")
        known = await self._genuine(member_id, _text(auth, "application_token"))
        if known is None:
            if await self._is_gone(member_id):
                return  # told twice
            raise Refused("install-forged", "no such portal, or another application_token")
        clean = _text(data, "CLEAN") == "1"
        async with self.db.transaction() as tx:
            now = self.clock()
            await installations.uninstall(tx, known.portal_id, now, clean=clean)
            parked = await parking.park(tx, known.portal_id, APP_GONE, now)
        log.info("app uninstalled", portal=known.portal_id, clean=clean, parked=parked)
        await self._tell(known.portal_id)

    async def _is_gone(self, member_id: str) -> bool:
        if not _MEMBER.fullmatch(member_id):
            return False
        async with self.db.reading() as tx:
            known = await installations.member(tx, member_id)
        return known is not None and known.state is InstallState.UNINSTALLED

    async def _on_user_ready(self, auth: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """Long-lived tokens of a system user, who never leaves the company; in no known order with the others."""
        claim = Claim.of_auth(data, _text(auth, "application_token"))
        known = await self._genuine(_text(auth, "member_id"), claim.application_token)
        if known is None or known.state not in SERVED:
            await self.install(claim)
            return
        claim.check()
        granted = await self._verified(claim)
        if granted.member_id != known.member_id:
            raise Refused("install-forged", "another portal's token")
        if self.server is None or not await self.server.is_admin(granted):
            log.info("system user without rights: the installer's tokens stay", portal=known.portal_id)
            return
        async with self.db.transaction() as tx:
            domain = domain_of(granted.client_endpoint)
            await self.vault.renew(tx, known.portal_id, granted, self.clock(), domain=domain)
        log.info("the portal's system user acts for us", portal=known.portal_id)
        await self._tell(known.portal_id)

    # --- looking ------------------------------------------------------------------------------------------

    async def listed(self) -> list[Installation]:
        """All of them, without a token."""
        async with self.db.reading() as tx:
            return await installations.listed(tx)

    def ticket(self, portal_id: int) -> str:
        """What the installation's page asks with how far it is; sealed, so that nobody asks about another's."""
        until = self.clock() + TICKET_FOR
        return self.vault.sealer.seal(f"{portal_id} {until.isoformat()}", _TICKET)

    async def progress(self, ticket: str) -> tuple[bool, str]:
        """Whether everything stands in the portal, and what stands in the way. Permanent("secret-unreadable")."""
        portal_id, _, until = self.vault.sealer.open(ticket, _TICKET).partition(" ")
        if datetime.fromisoformat(until) < self.clock():
            raise Permanent("secret-unreadable", "an old ticket")
        async with self.db.reading() as tx:
            known = await installations.get(tx, int(portal_id))
        if known is None:
            return False, ""
        stands = known.state is InstallState.ACTIVE and known.ensured_at is not None
        return stands, known.reason


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A field as text; JSON brings numbers and booleans, forms bring lists where somebody repeats a name."""
    value = fields.get(name, "")
    return value if isinstance(value, str) else str(value) if type(value) in (int, float) else ""


async def _free_key(tx: Tx, domain: str) -> str:
    """``hotel.bitrix24.ru`` → ``hotel``, or ``hotel-2`` when there is one already."""
    host, _, path = domain.partition("/")
    label = path.rpartition("/")[2] or host.partition(".")[0]
    stem = re.sub(r"[^a-z0-9-]+", "-", label.casefold()).strip("-")[:40] or "portal"
    key, number = stem, 1
    while key == MAIN or await portals.by_key(tx, key) is not None:
        number += 1
        key = f"{stem}-{number}"
    return key
