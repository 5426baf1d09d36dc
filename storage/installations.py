"""Installations by portal and by ``member_id``. Whoever reads a token here opens it with the service's keys."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update

from domain.errors import Permanent
from domain.installations import AppFacts, Granted, Installation, InstallState, Tokens
from domain.ports import Clock
from storage import leases
from storage.database import Database, Tx
from storage.dialect import upsert
from storage.sealing import Place, Sealer
from storage.tables import installations, portals

CLEAN = "clean"
"""Why an uninstalled portal's data goes: the administrator has asked for it."""
TURN = "tokens"
TURN_S = 40.0
"""Longer than a request to the authorisation server may take."""
_SEALED = ("access_token", "refresh_token", "former_token", "application_token")


def place(portal_id: int, column: str) -> Place:
    """Where a sealed value of an installation stands."""
    return Place("installations", portal_id, column)


@dataclass(frozen=True, slots=True)
class Vault:
    """Installations with their tokens: the queries of this page, and the keys."""

    sealer: Sealer

    # --- writing ------------------------------------------------------------------------------------------

    async def put(
        self,
        tx: Tx,
        portal_id: int,
        granted: Granted,
        now: datetime,
        *,
        domain: str,
        application_token: str | None,
    ) -> None:
        """A verified installation, new or again: what was there before is replaced."""
        known = await self._row(tx, portal_id)
        row: dict[str, Any] = {
            "portal_id": portal_id,
            "member_id": granted.member_id,
            "state": InstallState.INSTALLING,
            "reason": "",
            "domain": domain,
            "user_id": granted.user_id,
            "finished": False,
            "installed_at": now,
            "ensured_at": None,
            "ended_at": None,
            "erased_at": None,
            **self._pair(portal_id, granted, now),
            "pair": (known.pair if known is not None else 0) + 1,
            "former_token": None,
        }
        if application_token:
            where = place(portal_id, "application_token")
            row["application_token"] = self.sealer.seal(application_token, where)
        await tx.execute(
            upsert(tx, installations, [installations.c.portal_id], row, row.keys() - {"portal_id"})
        )
        await _tell_portal(tx, portal_id, InstallState.INSTALLING)

    def _pair(self, portal_id: int, granted: Granted, now: datetime) -> dict[str, Any]:
        seal = self.sealer.seal
        return {
            "access_token": seal(granted.access_token, place(portal_id, "access_token")),
            "refresh_token": seal(granted.refresh_token, place(portal_id, "refresh_token")),
            "client_endpoint": granted.client_endpoint,
            "server_endpoint": granted.server_endpoint,
            "expires_at": now + timedelta(seconds=granted.expires_in_s),
            "refreshed_at": now,
            "scopes": list(granted.scopes),
            "status": granted.status,
            **({"user_id": granted.user_id} if granted.user_id else {}),
        }

    async def renew(self, tx: Tx, portal_id: int, granted: Granted, now: datetime, *, domain: str) -> None:
        """The next pair; the one before stays as the former one until the new one is proved."""
        row = await self._row(tx, portal_id, for_update=True)
        if row is None or row.member_id != granted.member_id:
            raise Permanent("bitrix-not-installed", "another portal's tokens")
        # The old refresh token moves to another column, so it is sealed for that one.
        former = self.sealer.seal(
            self.sealer.open(row.refresh_token, place(portal_id, "refresh_token")),
            place(portal_id, "former_token"),
        )
        values = {**self._pair(portal_id, granted, now), "former_token": former, "pair": row.pair + 1}
        await self._change(tx, portal_id, domain=domain, **values)
        await tx.execute(update(portals).where(portals.c.id == portal_id).values(domain=domain))

    async def set_application_token(self, tx: Tx, portal_id: int, token: str) -> None:
        """The proof of this portal's events from now on."""
        sealed = self.sealer.seal(token, place(portal_id, "application_token"))
        await self._change(tx, portal_id, application_token=sealed)

    async def reseal(self, tx: Tx, portal_id: int) -> bool:
        """Seal everything with the first key; True when something was sealed with another."""
        row = await self._row(tx, portal_id, for_update=True)
        changed: dict[str, str] = {}
        for column in _SEALED:
            sealed = getattr(row, column) if row is not None else None
            if sealed and self.sealer.is_old(sealed):
                where = place(portal_id, column)
                changed[column] = self.sealer.seal(self.sealer.open(sealed, where), where)
        if changed:
            await self._change(tx, portal_id, **changed)
        return bool(changed)

    @staticmethod
    async def _change(tx: Tx, portal_id: int, **values: Any) -> None:
        await tx.execute(update(installations).where(installations.c.portal_id == portal_id).values(**values))

    # --- reading ------------------------------------------------------------------------------------------

    async def tokens(self, tx: Tx, portal_id: int) -> Tokens:
        """The pair. Permanent("bitrix-not-installed") when there is none, ("secret-unreadable") without the key."""
        row = await self._row(tx, portal_id)
        if row is None or not row.access_token or not row.refresh_token:
            raise Permanent("bitrix-not-installed", f"portal {portal_id}")
        former = row.former_token
        return Tokens(
            self.sealer.open(row.access_token, place(portal_id, "access_token")),
            self.sealer.open(row.refresh_token, place(portal_id, "refresh_token")),
            self.sealer.open(former, place(portal_id, "former_token")) if former else None,
            row.pair,
            row.client_endpoint,
            row.server_endpoint,
            row.member_id,
            row.user_id,
            row.state == InstallState.BROKEN,
        )

    async def is_genuine(self, tx: Tx, portal_id: int, application_token: str) -> bool:
        """Whether a post's token is this portal's, compared in constant time."""
        row = await self._row(tx, portal_id)
        sealed = row.application_token if row is not None else None
        known = self.sealer.open(sealed, place(portal_id, "application_token")) if sealed else ""
        same = hmac.compare_digest(known.encode(), application_token.encode())
        return bool(known) and same

    @staticmethod
    async def _row(tx: Tx, portal_id: int, *, for_update: bool = False) -> Any:
        query = select(installations).where(installations.c.portal_id == portal_id)
        return (await tx.execute(query.with_for_update() if for_update else query)).one_or_none()


class StoredTokens:
    """One portal's pair, shared by all replicas. One of them refreshes at a time, by a lease with a fence."""

    def __init__(self, db: Database, vault: Vault, portal_id: int, owner: str, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._portal_id = portal_id
        self._owner = owner
        self._clock = clock

    async def load(self) -> Tokens:
        """The pair as it stands now."""
        async with self._db.reading() as tx:
            return await self._vault.tokens(tx, self._portal_id)

    async def begin(self) -> int | None:
        """The turn to refresh; None while somebody has it."""
        async with self._db.transaction() as tx:
            now = self._clock()
            lease = await leases.acquire(tx, self._portal_id, TURN, self._owner, now=now, lease_s=TURN_S)
        return lease.fence if lease else None

    async def store(self, fence: int, granted: Granted) -> Tokens:
        """The new pair, durable when this returns; the turn ends with it."""
        async with self._db.transaction() as tx:
            await leases.check_fence(tx, self._portal_id, TURN, fence)
            domain = domain_of(granted.client_endpoint)
            await self._vault.renew(tx, self._portal_id, granted, self._clock(), domain=domain)
            await self._release(tx, fence)
            return await self._vault.tokens(tx, self._portal_id)

    async def end(self, fence: int) -> None:
        """The turn ends without a new pair."""
        async with self._db.transaction() as tx:
            await self._release(tx, fence)

    async def _release(self, tx: Tx, fence: int) -> None:
        now = self._clock()
        lease = leases.Lease(self._portal_id, TURN, self._owner, fence, now)
        await leases.release(tx, lease, now=now)

    async def proved(self, pair: int) -> None:
        """The pair works: the former goes, and a broken portal is whole again."""
        async with self._db.transaction() as tx:
            mine = (installations.c.portal_id == self._portal_id, installations.c.pair == pair)
            await tx.execute(update(installations).where(*mine).values(former_token=None))
            again = {"state": InstallState.ACTIVE, "reason": ""}
            broken = installations.c.state == InstallState.BROKEN
            if (await tx.execute(update(installations).where(*mine, broken).values(**again))).rowcount:
                await _tell_portal(tx, self._portal_id, InstallState.ACTIVE)

    async def broken(self, pair: int, reason: str) -> None:
        """The pair doesn't open the portal; told once, and not of a pair that was replaced meanwhile."""
        async with self._db.transaction() as tx:
            mine = (installations.c.portal_id == self._portal_id, installations.c.pair == pair)
            served = installations.c.state != InstallState.UNINSTALLED
            values = {"state": InstallState.BROKEN, "reason": reason}
            if (await tx.execute(update(installations).where(*mine, served).values(**values))).rowcount:
                await _tell_portal(tx, self._portal_id, InstallState.BROKEN)


def domain_of(client_endpoint: str) -> str:
    """``https://hotel.bitrix24.ru/rest/`` → ``hotel.bitrix24.ru``."""
    return client_endpoint.partition("://")[2].removesuffix("/").removesuffix("/rest")


# --- without tokens -------------------------------------------------------------------------------------------


async def member(tx: Tx, member_id: str) -> Installation | None:
    """By Bitrix24's own number of the portal, which no rename changes."""
    return await _one(tx, installations.c.member_id == member_id)


async def get(tx: Tx, portal_id: int) -> Installation | None:
    """By our number."""
    return await _one(tx, installations.c.portal_id == portal_id)


async def listed(tx: Tx) -> list[Installation]:
    """All, oldest first."""
    return [_read(row) for row in (await tx.execute(_ALL.order_by(installations.c.portal_id))).all()]


async def idle_since(tx: Tx, before: datetime) -> list[int]:
    """Portals whose tokens weren't refreshed since: they would lapse after 180 days."""
    query = select(installations.c.portal_id).where(
        installations.c.state != InstallState.UNINSTALLED, installations.c.refreshed_at < before
    )
    return list((await tx.execute(query)).scalars())


async def set_state(tx: Tx, portal_id: int, state: InstallState, reason: str = "") -> None:
    """How it stands from now on, for the portal too."""
    values = {"state": state, "reason": reason}
    await tx.execute(update(installations).where(installations.c.portal_id == portal_id).values(**values))
    await _tell_portal(tx, portal_id, state)


async def ensured(tx: Tx, portal_id: int, facts: AppFacts, now: datetime) -> None:
    """Everything stands in the portal; what ``app.info`` says is kept. Not for one that was uninstalled meanwhile."""
    values = {
        "ensured_at": now,
        "finished": facts.installed,
        "version": facts.version,
        "licence": facts.licence,
        "licence_family": facts.licence_family,
        "state": InstallState.ACTIVE,
        "reason": "",
    }
    mine = (installations.c.portal_id == portal_id, installations.c.state != InstallState.UNINSTALLED)
    if (await tx.execute(update(installations).where(*mine).values(**values))).rowcount:
        await _tell_portal(tx, portal_id, InstallState.ACTIVE)


async def to_ensure(tx: Tx, before: datetime) -> list[int]:
    """Portals whose bot, events and placements were last seen to stand before ``before``, or never."""
    query = select(installations.c.portal_id).where(
        installations.c.state != InstallState.UNINSTALLED,
        or_(installations.c.ensured_at.is_(None), installations.c.ensured_at < before),
    )
    return list((await tx.execute(query.order_by(installations.c.portal_id))).scalars())


async def to_erase(tx: Tx, before: datetime) -> list[int]:
    """Portals that were uninstalled with their data before ``before``, and aren't erased yet."""
    query = select(installations.c.portal_id).where(
        installations.c.state == InstallState.UNINSTALLED,
        installations.c.reason == CLEAN,
        installations.c.erased_at.is_(None),
        installations.c.ended_at < before,
    )
    return list((await tx.execute(query)).scalars())


async def due(tx: Tx, portal_id: int, *, version: str = "", finished: bool | None = None) -> None:
    """Everything in the portal has to be looked after: it was updated there, or its installation was finished."""
    values: dict[str, Any] = {"ensured_at": None}
    if version:
        values["version"] = version
    if finished is not None:
        values["finished"] = finished
    await tx.execute(update(installations).where(installations.c.portal_id == portal_id).values(**values))


async def uninstall(tx: Tx, portal_id: int, now: datetime, *, clean: bool = False) -> None:
    """The app is gone there: its tokens are worth nothing and are forgotten, its events aren't believed any more.

    ``clean``: the portal's data is to be erased (:func:`to_erase`).
    """
    values = {**dict.fromkeys(_SEALED), "ended_at": now, "expires_at": None, "finished": False}
    await tx.execute(update(installations).where(installations.c.portal_id == portal_id).values(**values))
    await set_state(tx, portal_id, InstallState.UNINSTALLED, CLEAN if clean else "")


async def erased(tx: Tx, portal_id: int, now: datetime) -> None:
    """Only the fact is left: which portal, when, and that it was erased."""
    values: dict[str, Any] = {"erased_at": now, "user_id": "", "scopes": []}
    await tx.execute(update(installations).where(installations.c.portal_id == portal_id).values(**values))
    blank = {"settings": {}, "name": ""}
    await tx.execute(update(portals).where(portals.c.id == portal_id).values(**blank))


_FIELDS = [installations.c[name] if name != "key" else portals.c.key for name in Installation.__slots__]
_ALL: Select[Any] = select(*_FIELDS).join(portals, portals.c.id == installations.c.portal_id)


async def _one(tx: Tx, condition: ColumnElement[bool]) -> Installation | None:
    row = (await tx.execute(_ALL.where(condition))).one_or_none()
    return _read(row) if row is not None else None


def _read(row: Any) -> Installation:
    values = row._asdict()
    return Installation(**{**values, "state": InstallState(row.state), "scopes": tuple(row.scopes)})


async def _tell_portal(tx: Tx, portal_id: int, state: InstallState) -> None:
    await tx.execute(update(portals).where(portals.c.id == portal_id).values(state=state))
