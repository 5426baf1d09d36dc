"""Links to stored files that expire: for whoever can't be handed the file itself (too large, or asked by a program).

A link names portal, file and the moment it ends, under a seal whose key lies in the database: any replica made it, any
replica opens it, and nobody else can make one.
"""

import hmac
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from domain.errors import Refused
from domain.files import UNKNOWN, inert_type
from domain.ports import FileStore
from handlers.scope import Scope, Scopes
from storage import attachments, cursors

SECRET = "files-secret"  # noqa: S105 - the cursor's name
PATH = "/files/"
_SHAPE = re.compile(r"(\d{1,18})\.(\d{1,18})\.(\d{1,11})\.([0-9a-f]{40})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a good link leads to. ``mime`` is one that no browser runs."""

    name: str
    mime: str
    size: int
    pieces: AsyncIterator[bytes]


class FileLinks:
    """Makes links and opens them. ``public_url``: where the service is reached; without it only the store's own."""

    def __init__(
        self,
        scopes: Scopes,
        store: FileStore,
        public_url: str,
        lifetime: timedelta,
        *,
        presigned: bool = False,
    ) -> None:
        self._scopes = scopes
        self._store = store
        self._public_url = public_url.rstrip("/")
        self._lifetime = lifetime
        self._presigned = presigned

    @property
    def hours(self) -> int:
        """How long a link is good, for people."""
        return max(1, round(self._lifetime / timedelta(hours=1)))

    async def link(self, portal_id: int, attachment_id: int) -> str | None:
        """An address good for the settings' hours; None when the file isn't in our store, or there is no address."""
        row = await self._stored(portal_id, attachment_id)
        if row is None or row.store_key is None:
            return None
        if self._presigned and (
            found := await self._store.link(row.store_key, self._lifetime.total_seconds())
        ):
            return found
        return self._address(row, await self._key(row.portal_id)) if self._public_url else None

    async def sealed(self, scope: Scope, row: attachments.Attachment) -> str | None:
        """The service's own address for a file, within a use case that may write; None as :meth:`link`."""
        if not self._public_url or row.store_key is None:
            return None
        fresh = secrets.token_hex(32)
        kept = await cursors.get(scope.tx, row.portal_id, SECRET)
        if kept is None:
            kept = await cursors.put_first(scope.tx, row.portal_id, SECRET, fresh, scope.now)
        return self._address(row, bytes.fromhex(kept))

    def _address(self, row: attachments.Attachment, key: bytes) -> str:
        until = int((self._scopes.clock() + self._lifetime).timestamp())
        mac = _mac(key, row.portal_id, row.id, until)
        return f"{self._public_url}{PATH}{row.portal_id}.{row.id}.{until}.{mac}"

    async def open(self, token: str) -> Opened:
        """Refused("file-link-wrong") for a forged one, Refused("file-link-over") after its time or its file's end."""
        found = _SHAPE.fullmatch(token)
        if found is None:
            raise Refused("file-link-wrong")
        portal_id, attachment_id, until = (int(part) for part in found.groups()[:3])
        async with self._scopes.db.reading() as tx:
            kept = await cursors.get(tx, portal_id, SECRET)
        key = bytes.fromhex(kept) if kept else b"no link was ever made for this portal"
        if not hmac.compare_digest(_mac(key, portal_id, attachment_id, until), found[4]) or not kept:
            raise Refused("file-link-wrong")
        row = await self._stored(portal_id, attachment_id)
        if self._scopes.clock().timestamp() > until or row is None or row.store_key is None:
            raise Refused("file-link-over")
        size = await self._store.size(row.store_key)
        if size is None:
            raise Refused("file-link-over")
        return Opened(row.name, inert_type(row.mime or UNKNOWN), size, self._store.stream(row.store_key))

    async def _stored(self, portal_id: int, attachment_id: int) -> attachments.Attachment | None:
        async with self._scopes.db.reading() as tx:
            return await attachments.load(tx, portal_id, attachment_id)

    async def _key(self, portal_id: int) -> bytes:
        """Made at the first need."""
        async with self._scopes.db.reading() as tx:
            kept = await cursors.get(tx, portal_id, SECRET)
        if kept is None:
            fresh = secrets.token_hex(32)
            async with self._scopes.db.transaction() as tx:
                kept = await cursors.put_first(tx, portal_id, SECRET, fresh, self._scopes.clock())
        return bytes.fromhex(kept)


def _mac(key: bytes, portal_id: int, attachment_id: int, until: int) -> str:
    return hmac.new(key, f"file|{portal_id}|{attachment_id}|{until}".encode(), sha256).hexdigest()[:40]
