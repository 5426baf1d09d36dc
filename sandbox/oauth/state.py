"""The cloud's books: applications, portals, who has what installed. Portals themselves are built when first asked."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.oauth.people import fill
from sandbox.oauth.tokens import Tokens
from sandbox.portal.calls import RestError
from sandbox.portal.eventing import follow
from sandbox.portal.faults import Faults
from sandbox.portal.keeper import Keeper
from sandbox.portal.state import ALL_SCOPES, Portal, PortalConfig
from sandbox.portal.stores import Document, Store

KINDS = ("ui", "no-ui")
STATUSES = ("L", "F", "D", "T", "P")
APP_FIELDS: dict[str, type] = {
    "client_id": str, "client_secret": str, "code": str, "title": str, "version": int, "status": str,
    "kind": str, "scopes": list, "install_url": str, "app_url": str, "event_url": str, "redirect_url": str,
}  # fmt: skip
PORTAL_FIELDS: dict[str, type] = {
    "member_id": str, "users": int, "license": str, "bucket_capacity": int, "bucket_leak_per_s": float,
    "switches": dict,
}  # fmt: skip


@dataclass
class CloudConfig:
    """``folder``: files of the cloud and of each portal; None = memory only. Times in seconds."""

    folder: Path | None = None
    base_url: str = ""
    """Where the cloud answers, without a trailing slash; empty: as the first request named it."""
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    requests_kept: int = 100
    """REST calls remembered per portal: with a thousand portals the log is what takes memory."""
    portal: PortalConfig = field(default_factory=PortalConfig)
    """What every portal begins with (limits, simulated times)."""


class Cloud(Keeper):
    """Everything behind one address. Documents: see `apps`, `portals`, `installations`."""

    def __init__(self, config: CloudConfig | None = None) -> None:
        self.config = config or CloudConfig()
        folder = self.config.folder
        super().__init__(folder / "cloud.db" if folder else None)
        self.base_url = self.config.base_url
        self.shift = timedelta()
        self.tokens = Tokens(self)
        self.built: dict[str, Portal] = {}
        """Portals in memory, by member_id."""
        self.faults = Faults()
        """Of the authorization server, by the name "oauth.token" or "app.info"; portals have their own."""
        self.on_build: list[Callable[[Portal], None]] = []

    def now(self) -> datetime:
        return self.config.clock() + self.shift

    def timestamp(self) -> float:
        return self.now().timestamp()

    @property
    def apps(self) -> Store:
        """{id (client_id), client_secret, code, title, version, status, kind, scopes, install_url, app_url,
        event_url, redirect_url}.
        """
        return self.store("apps")

    @property
    def portals(self) -> Store:
        """{id (member_id), name, old_names, users, license, …}. Indexes: name, old_name."""
        store = self.store("portals")
        store.add_index("name", lambda portal: [portal["name"]])
        store.add_index("old_name", lambda portal: portal["old_names"])
        return store

    @property
    def installations(self) -> Store:
        """{id "client_id@member_id", client_id, member_id, serial, version, scopes, application_token, installed,
        user_id, payment_required, pending (event that waits for installFinish), previous_version}. Index: member.
        """
        store = self.store("installations")
        store.add_index("member", lambda found: [found["member_id"]])
        return store

    def add_app(self, fields: dict[str, Any]) -> Document:
        """Register an application, or change the one of that client_id. ValueError for nonsense."""
        _check(fields, APP_FIELDS)
        client_id = fields.get("client_id") or f"local.{secrets.token_hex(7)}.{secrets.randbelow(10**8):08}"
        known = self.apps.get(client_id) or {
            "client_secret": secrets.token_urlsafe(36),
            "code": client_id,
            "title": "Приложение",
            "version": 1,
            "status": "L",
            "kind": "ui",
            "scopes": [scope for scope in ALL_SCOPES if scope != "basic"],
            "install_url": "",
            "app_url": "",
            "event_url": "",
            "redirect_url": "",
        }
        app = {**known, **fields, "id": client_id, "client_id": client_id}
        if app["kind"] not in KINDS or app["status"] not in STATUSES:
            raise ValueError(f"kind is one of {', '.join(KINDS)}, status one of {', '.join(STATUSES)}")
        return self.apps.insert(app)

    def app(self, client_id: str | None) -> Document:
        """The application; without a client_id the only one. RestError 404."""
        found = self.apps.get(client_id) if client_id else next(iter(self.apps), None)
        if found is None or (not client_id and len(self.apps) > 1):
            raise RestError("APP_NOT_FOUND", "There is no such application; name its client_id", 404)
        return found

    def add_portal(self, name: str, fields: dict[str, Any] | None = None) -> Document:
        """Make a portal; it is built when first asked. ValueError for a name that is taken or can't be."""
        fields = fields or {}
        _check(fields, PORTAL_FIELDS)
        self._check_name(name)
        member_id = fields.get("member_id") or hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        if member_id in self.portals:
            raise ValueError(f"member_id {member_id} is taken")
        users = {"users": 6, **fields}
        return self.portals.insert({**users, "id": member_id, "name": name, "old_names": []})

    def rename(self, entry: Document, name: str) -> None:
        """A new address; the old one goes on answering with a redirect. ValueError as in `add_portal`."""
        self._check_name(name)
        entry["old_names"] = [*(old for old in entry["old_names"] if old != name), entry["name"]]
        entry["name"] = name
        self.portals.save(entry)
        if entry["id"] in self.built:
            self.built[entry["id"]].config.domain = self.domain(entry)

    def _check_name(self, name: str) -> None:
        if not name.replace("-", "").isalnum() or not name.isascii() or name != name.lower():
            raise ValueError("a name has small letters, digits and hyphens")
        if self.portals.find("name", name):
            raise ValueError(f"there is a portal {name} already")

    def entry(self, name: str) -> Document:
        """A portal's record by its present name. RestError 404."""
        found = self.portals.find("name", name)
        if not found:
            raise RestError("PORTAL_NOT_FOUND", f"There is no portal {name}", 404)
        return found[0]

    def portal(self, entry: Document) -> Portal:
        """The portal of a record, built at the first call."""
        portal = self.built.get(entry["id"])
        if portal is None:
            portal = self.built[entry["id"]] = self._build(entry)
        return portal

    def _build(self, entry: Document) -> Portal:
        folder, own = self.config.folder, {k: entry[k] for k in _PORTAL_OWN if k in entry}
        config = replace(
            self.config.portal,
            **own,
            member_id=entry["id"],
            domain=self.domain(entry),
            db_path=folder / f"{entry['id']}.db" if folder else None,
            clock=self.now,
            monotonic=self.config.monotonic,
            sleep=self.config.sleep,
            requests_kept=self.config.requests_kept,
            switches=replace(self.config.portal.switches),
        )
        for name, value in entry.get("switches", {}).items():
            config.switches.set(name, value)
        portal = Portal(config)
        fill(portal, entry["users"])
        follow(portal)
        for listener in self.on_build:
            listener(portal)
        portal.start()
        return portal

    def host(self) -> str:
        return self.base_url.partition("://")[2]

    def domain(self, entry: Document) -> str:
        """The portal's address as DOMAIN and `domain` give it: here with a path, as all share one host."""
        return f"{self.host()}/p/{entry['name']}"

    def client_endpoint(self, entry: Document) -> str:
        return f"{self.base_url}/p/{entry['name']}/rest/"

    def server_endpoint(self) -> str:
        return f"{self.base_url}/rest/"

    def installation(self, client_id: str, member_id: str) -> Document | None:
        return self.installations.get(f"{client_id}@{member_id}")

    async def close(self) -> None:
        for portal in self.built.values():
            await portal.close()
        await super().close()


_PORTAL_OWN = ("license", "bucket_capacity", "bucket_leak_per_s")


def _check(fields: dict[str, Any], known: dict[str, type]) -> None:
    for name, value in fields.items():
        if name not in known:
            raise ValueError(f"unknown key: {name}")
        wanted = (int, float) if known[name] is float else known[name]
        if not isinstance(value, wanted):
            raise ValueError(f"{name} wants {known[name].__name__}")  # noqa: TRY004 - one kind of error for callers
