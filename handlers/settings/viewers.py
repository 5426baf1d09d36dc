"""Who looks at the pages: a user of a portal, proven by the portal itself or by a link that an admin was given."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from domain.chat import Channel, Sender
from domain.errors import Permanent, Refused
from domain.installations import SERVED
from domain.people import Person, Role
from domain.ports.frame import FrameUser
from handlers.people import People
from handlers.scope import Scope, Scopes
from storage import cursors, installations, portal_settings, portals

LINK_LIFETIME = timedelta(minutes=15)
_SECRET = "pages-secret"  # noqa: S105 - the cursor's name


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person on the pages of one portal. ``is_admin``: of the portal itself, by the portal's word."""

    portal_id: int
    user_id: str
    person: Person
    is_admin: bool
    language: str

    @property
    def may_change(self) -> bool:
        """Settings are changed by the portal's admins and by whoever has the role ``admin``."""
        return self.is_admin or Role.ADMIN in self.person.roles

    def has(self, roles: Collection[Role]) -> bool:
        """Whether a page for these roles is his; an admin's is every page."""
        return self.may_change or bool(self.person.roles & set(roles))

    def require_change(self) -> None:
        """Refused("settings-not-yours") for anybody else."""
        if not self.may_change:
            raise Refused("settings-not-yours")


class Viewers:
    """Takes people in and knows them again."""

    def __init__(self, scopes: Scopes, people: People) -> None:
        self._scopes = scopes
        self._people = people

    async def secret(self, portal_id: int) -> bytes:
        """The key that signs a portal's sessions, made at the first need and the same for every replica."""
        async with self._scopes.reading(portal_id) as scope:
            kept = await cursors.get(scope.tx, portal_id, _SECRET)
        if kept is None:
            async with self._scopes.writing(portal_id) as scope:
                kept = await cursors.put_first(scope.tx, portal_id, _SECRET, secrets.token_hex(32), scope.now)
        return bytes.fromhex(kept)

    async def admit(self, user: FrameUser) -> Viewer:
        """A user whom his portal has named; somebody new is taken in as staff."""
        sender = Sender(Channel.BITRIX24, user.user_id, user.name, language=user.language)
        async with self._scopes.writing(user.portal_id) as scope:
            person = await self._people.ensure(scope, sender)
        if person is None:
            raise Refused("frame-not-genuine")
        return Viewer(user.portal_id, user.user_id, person, user.is_admin, user.language)

    async def member_of(self, portal_id: int) -> str:
        """Bitrix24's number of a portal; empty for one that came by webhook."""
        async with self._scopes.reading(portal_id) as scope:
            row = await portals.get(scope.tx, portal_id)
        return (row.member_id if row else None) or ""

    async def again(self, user: FrameUser, member_id: str) -> Viewer:
        """The same for a session: roles as they are now; Refused("page-session") when he or the portal is gone."""
        async with self._scopes.reading(user.portal_id) as scope:
            row = await portals.get(scope.tx, user.portal_id)
            known = await installations.get(scope.tx, user.portal_id) if member_id else None
            gone = known is not None and known.state not in SERVED
            if row is None or (row.member_id or "") != member_id or gone:
                raise Refused("page-session")
            person = await self._people.find(scope, Sender(Channel.BITRIX24, user.user_id, ""))
        if person is None:
            raise Refused("page-session")
        return Viewer(user.portal_id, user.user_id, person, user.is_admin, user.language)

    # --- links, for hotels whose portal has no app of ours --------------------------------------------------

    async def offer_link(self, scope: Scope, person: Person) -> str:
        """A token that opens the pages once, within a quarter of an hour, with an admin's rights."""
        token = secrets.token_urlsafe(32)
        await portal_settings.add_link(
            scope.tx, _hash(token), scope.portal.id, person.id, scope.now + LINK_LIFETIME
        )
        return f"{scope.portal.id}.{token}"

    async def follow_link(self, token: str) -> FrameUser:
        """Spend a link; Refused("page-link-spent") when it isn't good any more."""
        portal, _, secret = token.partition(".")
        if not portal.isdigit() or not 0 < int(portal) < 1 << 53:
            raise Refused("page-link-spent")
        try:
            async with self._scopes.writing(int(portal)) as scope:
                found = await portal_settings.use_link(scope.tx, _hash(secret), scope.now)
                if found is None or found[0] != scope.portal.id:
                    raise Refused("page-link-spent")
                person = await self._people.load(scope, found[1])
        except Permanent:  # no such portal
            raise Refused("page-link-spent") from None
        account = person.accounts.get(Channel.BITRIX24) if person else None
        if person is None or account is None:
            raise Refused("page-link-spent")
        return FrameUser(found[0], account, is_admin=True, language=person.language, name=person.name)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
