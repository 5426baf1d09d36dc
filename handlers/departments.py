"""Roles of whole departments: who is in one is asked of the portal, since people come and go.

The answer is kept as grants of their own source, so that a restart while the portal is away takes nobody's role.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from domain.chat import Channel, Sender
from domain.errors import Permanent
from domain.people import Grant
from domain.ports import PortalUser
from handlers.outside import OutsideOf
from handlers.people import People
from handlers.scope import Scopes
from storage import cursors

log = structlog.get_logger()

EVERY = timedelta(hours=1)
SOURCE = "department"
CURSOR = "departments"

GrantsOf = Callable[[int], Mapping[str, Sequence[Grant]]]
"""Roles by department, as a portal's settings give them."""


class Departments:
    """Gives and takes back the roles that ``[[people]] department = N`` names."""

    def __init__(self, scopes: Scopes, outside: OutsideOf, people: People, grants: GrantsOf) -> None:
        self._scopes = scopes
        self._outside = outside
        self._people = people
        self._grants = grants

    async def tick(self, portal_id: int) -> bool:
        """Whether the portal was asked now: each hour, and as soon as the settings name others."""
        wanted = self._grants(portal_id)
        settings = hashlib.sha256(repr(sorted(wanted.items())).encode()).hexdigest()[:16]
        async with self._scopes.reading(portal_id) as scope:
            known = await cursors.get(scope.tx, portal_id, CURSOR) or {}
        fresh = known.get("settings") == settings
        if fresh and (not wanted or self._scopes.clock() - datetime.fromisoformat(known["at"]) < EVERY):
            return False
        try:
            members = [
                (user, grant)
                for department, grants in wanted.items()
                for user in await self._outside(portal_id).directory.members(department)
                for grant in grants
            ]
        except Permanent as fault:  # without the right to list people the rest of the service goes on
            log.warning("departments can't be read", code=fault.code)
            members = []
        await self._apply(portal_id, settings, members)
        return True

    async def _apply(
        self, portal_id: int, settings: str, members: Sequence[tuple[PortalUser, Grant]]
    ) -> None:
        async with self._scopes.writing(portal_id) as scope:
            wanted: dict[str, list[Grant]] = {}
            for user, grant in members:
                sender = Sender(Channel.BITRIX24, user.user_id, user.name, email=user.email)
                await self._people.ensure(scope, sender)
                wanted.setdefault(user.user_id, []).append(grant)
            await self._people.apply_settings(scope, wanted, source=SOURCE)
            state = {"settings": settings, "at": scope.now.isoformat()}
            await cursors.put(scope.tx, portal_id, CURSOR, state, scope.now)
