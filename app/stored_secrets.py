"""Secrets among a portal's stored settings: sealed in its row, opened where adapters are made from them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.settings import Settings
from domain import settings_tree

if TYPE_CHECKING:
    from storage.sealing import Sealer


def sealer_of(process: Settings) -> "Sealer":
    """The service's keys; a key file beside SQLite is read (or made) when one is first needed."""
    from storage.sealing import Sealer  # noqa: PLC0415 - the cipher only where something is sealed

    keys = [key.get_secret_value() for key in process.service.secret_keys]
    return Sealer.of(keys, process.service.database_url)


def opened(process: Settings, portal_id: int, stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """Stored settings with their secrets opened. Permanent: there is no key for one of them."""
    if not any(settings_tree.is_sealed(value) for _, value in settings_tree.leaves(stored)):
        return stored
    from storage.sealing import Place  # noqa: PLC0415

    sealer, place = sealer_of(process), Place("portals", portal_id, "settings")

    def plain(value: Any) -> Any:
        return sealer.open(value["sealed"], place) if settings_tree.is_sealed(value) else value

    found: Mapping[str, Any] = settings_tree.each_secret(stored, plain)
    return found
