"""Who stands behind a page that the portal shows in a frame. What a frame posts passed through a browser: unproven."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FrameUser:
    """A user as his portal itself named him. ``user_id`` is the portal's; ``language`` is ours (ru, en)."""

    portal_id: int
    user_id: str
    is_admin: bool
    language: str = "ru"
    name: str = ""


class FrameAuth(Protocol):
    """Asks the portal that was recorded at installation, never one that a request names."""

    async def verify(self, member_id: str, auth_id: str, application_token: str) -> FrameUser:
        """Who ``auth_id`` belongs to, by the portal's own word.

        Refused("frame-not-genuine"): unknown portal, foreign or expired token. Temporary: the portal is away.
        """

    async def sees(self, portal_id: int, auth_id: str, entity: str, crm_id: int) -> bool:
        """Whether that user himself may read this ``contact`` or ``deal`` in the CRM."""
