"""A portal's settings as the pages see them: what holds, what the file fixes, what is wrong with a wish.

Settings have the shape of ``concierge.toml``'s tables that belong to a portal (decision 14). Paths are dotted, a
hotel in them goes by its code: ``support.hours``, ``hotels.GRAND.sync.every_minutes``, ``hotels.GRAND.sources``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class SettingsFault:
    """What is wrong where, in the reader's words; an empty path: with the whole."""

    path: str
    words: str


@dataclass(frozen=True, slots=True)
class DoorFinding:
    """What a door answered: fine with facts, or what is wrong and what to do."""

    part: str
    ok: bool
    detail: str = ""
    remedy: str = ""


class SettingsDesk(Protocol):
    """The settings of every portal of the service."""

    def effective(self, portal_id: int) -> Mapping[str, Any]:
        """What holds now, file and environment included; a secret is ``{"set": True}`` or ``{"set": False}``."""

    def fixed(self, portal_id: int) -> frozenset[str]:
        """Paths that file or environment set: the database can't change them, nor what lies below them."""

    def faults(self, portal_id: int, stored: Mapping[str, Any], language: str) -> Sequence[SettingsFault]:
        """What would be wrong if these were the stored settings (secrets sealed in them)."""

    async def changed(self, portal_id: int) -> None:
        """The stored settings were changed: have everything that depends on them made anew."""

    async def test_door(self, portal_id: int, hotel: str, door: str, language: str) -> Sequence[DoorFinding]:
        """Ask one door (``suite8``, ``fias-2``) as ``concierge check`` does. Takes seconds, changes nothing."""
