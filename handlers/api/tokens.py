"""Tokens of other programs: given out once, known again by a hash, acting as a person of their own.

Each token has a row among the people, without accounts: history and journals name it like anybody else, and what it
may do at the desk follows from the role it was given, as for anybody else.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from domain.api_tokens import ApiScope, Token, prefix_of, spelt
from domain.errors import Permanent, Refused
from domain.people import Grant, Person, Privacy, Role
from domain.portal import Portal
from handlers.scope import Scope, Scopes
from storage import api_tokens as rows
from storage import people
from storage.api_tokens import TokenRow

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_PREFIX_CHARS = 10
_SECRET_BYTES = 32
NOTE_USE_EVERY = timedelta(minutes=1)
NAME_LIMIT = 80
_NOBODY = "0" * 64


@dataclass(frozen=True, slots=True)
class NewToken:
    """What a token is to be. ``hotels``: codes, none means all."""

    name: str
    scopes: Sequence[ApiScope]
    privacy: Privacy = Privacy.BASIC
    role: Role = Role.MANAGER
    hotels: Sequence[str] = ()
    expires_at: datetime | None = None
    created_by: str = ""
    by_operator: bool = False
    """Whoever sits at the server: only he gives out ``admin``, which sets the licence."""


class Tokens:
    """Giving out, knowing again, revoking."""

    def __init__(self, scopes: Scopes, served: Callable[[int], bool] = lambda _portal_id: True) -> None:
        self._scopes = scopes
        self._served = served
        """Whether a portal is ours still: after an uninstallation its tokens open nothing."""

    async def issue(self, scope: Scope, new: NewToken) -> tuple[TokenRow, str]:
        """A token and its whole text, which nobody can be shown again.

        Refused: "api-token-name", "api-scope", "api-scope-operator", "api-token-hotel", "api-token-expired".
        """
        name = " ".join(new.name.split())[:NAME_LIMIT]
        if not name:
            raise Refused("api-token-name")
        if not new.scopes:
            raise Refused("api-scope", scope="", known=", ".join(ApiScope))
        if ApiScope.ADMIN in new.scopes and not new.by_operator:
            raise Refused("api-scope-operator")
        for code in new.hotels:
            if scope.portal.hotel(code) is None:
                raise Refused("api-token-hotel", hotel=code)
        if new.expires_at is not None and new.expires_at <= scope.now:
            raise Refused("api-token-expired")
        prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_CHARS))
        token = spelt(prefix, secrets.token_urlsafe(_SECRET_BYTES))
        language = scope.portal.language
        person_id = await people.insert(scope.tx, scope.portal.id, name, None, language, scope.now)
        token_id = await rows.add(
            scope.tx,
            portal_id=scope.portal.id,
            person_id=person_id,
            name=name,
            prefix=prefix,
            secret_hash=rows.digest(token),
            scopes=[one.value for one in new.scopes],
            privacy=new.privacy.value,
            role=new.role.value,
            hotels=list(new.hotels),
            created_at=scope.now,
            created_by=new.created_by,
            expires_at=new.expires_at,
        )
        made = await rows.get(scope.tx, scope.portal.id, token_id)
        assert made is not None
        return made, token

    async def listed(self, scope: Scope) -> list[TokenRow]:
        """The portal's tokens, newest first."""
        return await rows.listed(scope.tx, scope.portal.id)

    async def revoke(self, scope: Scope, token_id: int) -> None:
        """Shut a token out for good. Refused("no-such-token")."""
        if not await rows.revoke(scope.tx, scope.portal.id, token_id, scope.now):
            raise Refused("no-such-token", id=token_id)

    async def known(self, presented: str) -> Token | None:
        """The token behind what a program shows; None when it is unknown, revoked or too old."""
        prefix = prefix_of(presented)
        if prefix is None:
            return None
        async with self._scopes.db.reading() as tx:
            row = await rows.by_prefix(tx, prefix)
        same = compare_digest(row.secret_hash if row else _NOBODY, rows.digest(presented))
        now = self._scopes.clock()
        if row is None or not same or row.revoked_at or (row.expires_at and row.expires_at <= now):
            return None
        try:
            portal = self._scopes.portals(row.portal_id)
            served = self._served(row.portal_id)
        except Permanent:  # unknown here
            return None
        if not served:
            return None
        if row.last_used_at is None or now - row.last_used_at >= NOTE_USE_EVERY:
            async with self._scopes.db.transaction() as tx:
                await rows.touch(tx, row.id, now)
        return token_of(row, portal)


def token_of(row: TokenRow, portal: Portal) -> Token:
    """A row as the use cases know it."""
    role, privacy = Role(row.role), Privacy(row.privacy)
    actor = Person(
        id=row.person_id,
        portal_id=row.portal_id,
        name=row.name,
        language=portal.language,
        grants=(Grant(role, tuple(row.hotels), privacy),),
    )
    scopes = frozenset(ApiScope(one) for one in row.scopes if one in set(ApiScope))
    return Token(
        row.id,
        row.portal_id,
        row.name,
        row.prefix,
        scopes,
        privacy,
        role,
        tuple(row.hotels),
        row.expires_at,
        actor,
    )
