"""Tokens as the authorization server gives them out: an hour of access, 180 days of renewal, 30 seconds of a code.

Source documents: settings/oauth/{index,auto-renewal,simple-way}.md. documents silent: what becomes of the
access token of a pair that was renewed; here it lives on until its hour is over.
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING

from sandbox.portal.stores import Document, Store

if TYPE_CHECKING:
    from sandbox.oauth.state import Cloud

ACCESS_S = 3600
REFRESH_S = 180 * 24 * 3600
CODE_S = 30


class Tokens:
    """Pairs of tokens. A grant belongs to one installation (`serial`) and dies with it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._codes: dict[str, Document] = {}
        self._fleeting: deque[str] = deque()
        self._last: dict[tuple[int, int], str] = {}

    @property
    def grants(self) -> Store:
        """{id (access token), client_id, member_id, user_id, serial, until, refresh, refresh_until}; times are
        unix seconds. Indexes: refresh, holder (client, member).
        """
        store = self._cloud.store("grants")
        store.add_index("refresh", lambda grant: [grant["refresh"]] if grant["refresh"] else [])
        store.add_index("holder", lambda grant: [(grant["client_id"], grant["member_id"])])
        return store

    def issue(self, installation: Document, user_id: int, *, lasting: bool = True) -> Document:
        """A new pair for a user; without `lasting` an access token whose renewal nobody is told."""
        now = self._cloud.timestamp()
        grant = self.grants.insert(
            {
                "id": secrets.token_hex(35),
                "client_id": installation["client_id"],
                "member_id": installation["member_id"],
                "serial": installation["serial"],
                "user_id": user_id,
                "until": now + ACCESS_S,
                "refresh": secrets.token_hex(35) if lasting else "",
                "refresh_until": now + REFRESH_S if lasting else 0.0,
            }
        )
        if not lasting:
            self._fleeting.append(grant["id"])
            self._forget_old()
        return grant

    def passing(self, installation: Document, user_id: int) -> Document:
        """The access token of an event: one per user serves for half an hour, or bursts would fill the memory."""
        key = (installation["serial"], user_id)
        found = self.grants.get(self._last.get(key, ""))
        if found is None or found["until"] - self._cloud.timestamp() < ACCESS_S / 2:
            found = self.issue(installation, user_id, lasting=False)
            self._last[key] = found["id"]
        return found

    def _forget_old(self) -> None:
        now = self._cloud.timestamp()
        while self._fleeting:
            grant = self.grants.get(self._fleeting[0])
            if grant is not None and grant["until"] > now - ACCESS_S:
                return
            self.grants.remove(self._fleeting.popleft())

    def by_access(self, token: str) -> Document | None:
        return self.grants.get(token)

    def by_refresh(self, token: str) -> Document | None:
        """The grant whose renewal token this is, unless used or out of date."""
        found = self.grants.find("refresh", token)
        return found[0] if found and found[0]["refresh_until"] > self._cloud.timestamp() else None

    def renew(self, grant: Document, installation: Document) -> Document:
        """A new pair; the renewal token is used up."""
        grant["refresh"] = ""
        self.grants.save(grant)
        return self.issue(installation, grant["user_id"])

    def expire(self, client_id: str, member_id: str, user_id: int | None, *, refresh: bool) -> int:
        """Let access tokens (and renewal tokens) of one installation be out of date now → how many."""
        found = [
            grant
            for grant in self.grants.find("holder", (client_id, member_id))
            if user_id in (None, grant["user_id"])
        ]
        for grant in found:
            grant["until"] = 0.0
            if refresh:
                grant["refresh_until"] = 0.0
            self.grants.save(grant)
        return len(found)

    def code(self, installation: Document, user_id: int) -> str:
        """An authorization code."""
        code = secrets.token_hex(16)
        until = self._cloud.timestamp() + CODE_S
        self._codes = {key: one for key, one in self._codes.items() if one["until"] > until - 2 * CODE_S}
        self._codes[code] = {"installation": installation["id"], "user_id": user_id, "until": until}
        return code

    def take_code(self, code: str) -> Document | None:
        """{installation (id), user_id} of a code, once and within its 30 seconds."""
        found = self._codes.pop(code, None)
        return found if found is not None and found["until"] > self._cloud.timestamp() else None
