"""Who opens a frame (domain.ports.FrameAuth): an installed portal, its application token, and the portal's own word."""

import re
from collections.abc import Callable
from typing import Protocol

from domain.errors import Refused
from domain.installations import SERVED
from domain.ports.frame import FrameUser
from storage import Database, installations
from storage.installations import Vault

_MEMBER = re.compile(r"[0-9a-zA-Z]{1,64}")


class Visitor(Protocol):
    """A user as the portal names him."""

    @property
    def user_id(self) -> str: ...

    @property
    def is_admin(self) -> bool: ...

    @property
    def name(self) -> str: ...

    @property
    def language(self) -> str: ...


class PortalOfFrames(Protocol):
    """One portal, asked with its visitors' own tokens."""

    async def visitor(self, auth_id: str) -> Visitor:
        """Whose token it is; Refused("frame-not-genuine")."""

    async def may_read(self, auth_id: str, entity: str, crm_id: int) -> bool:
        """Whether the visitor himself may see a contact or a deal."""


class Frames:
    """``portal`` gives the portal at the address that was recorded at installation."""

    def __init__(self, db: Database, vault: Vault, portal: Callable[[str], PortalOfFrames]) -> None:
        self._db = db
        self._vault = vault
        self._portal = portal

    async def verify(self, member_id: str, auth_id: str, application_token: str) -> FrameUser:
        """As :meth:`domain.ports.frame.FrameAuth.verify`."""
        if not _MEMBER.fullmatch(member_id):
            raise Refused("frame-not-genuine")
        async with self._db.reading() as tx:
            known = await installations.member(tx, member_id)
            genuine = (
                known is not None
                and known.state in SERVED
                and await self._vault.is_genuine(tx, known.portal_id, application_token)
            )
        if known is None or not genuine:
            raise Refused("frame-not-genuine")
        visitor = await self._portal(known.client_endpoint).visitor(auth_id)
        return FrameUser(known.portal_id, visitor.user_id, visitor.is_admin, visitor.language, visitor.name)

    async def sees(self, portal_id: int, auth_id: str, entity: str, crm_id: int) -> bool:
        """As :meth:`domain.ports.frame.FrameAuth.sees`."""
        async with self._db.reading() as tx:
            known = await installations.get(tx, portal_id)
        if known is None or known.state not in SERVED:
            return False
        return await self._portal(known.client_endpoint).may_read(auth_id, entity, crm_id)
