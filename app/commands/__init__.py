"""What each command does, free of how it is typed.

Each is imported when it is asked for: `concierge requests` doesn't wait for the house that `concierge run` needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.commands.base import Outcome, UsageError, explain, inert
    from app.commands.desk import deliveries, guests, request, requests
    from app.commands.doctor import check
    from app.commands.exporting import export_requests
    from app.commands.identity import decide_identity, identities
    from app.commands.installing import list_portals
    from app.commands.maintenance import migrate_database
    from app.commands.mapping import MappingQuestion, show_mapping
    from app.commands.moving import move_to
    from app.commands.pages import settings_link
    from app.commands.privacy import erase_guest, guest_report, list_lookups
    from app.commands.programs import token_wish, tokens
    from app.commands.reconciling import reconcile
    from app.commands.restoring import backup, decide, restore
    from app.commands.resyncing import resync
    from app.commands.rotating import new_key, rotate_secrets
    from app.commands.service import run
    from app.commands.sourcing import guess_source, probe_source
    from app.commands.sync_reading import list_runs, sync_errors, why
    from app.commands.syncing import SyncOrder, retry_sync, sync
    from app.commands.vendor import LicenceWish, licence, releases

_PLACES = {
    "Outcome": "base",
    "UsageError": "base",
    "explain": "base",
    "inert": "base",
    "deliveries": "desk",
    "guests": "desk",
    "request": "desk",
    "requests": "desk",
    "check": "doctor",
    "export_requests": "exporting",
    "decide_identity": "identity",
    "identities": "identity",
    "backup": "restoring",
    "decide": "restoring",
    "restore": "restoring",
    "new_key": "rotating",
    "rotate_secrets": "rotating",
    "move_to": "moving",
    "migrate_database": "maintenance",
    "MappingQuestion": "mapping",
    "show_mapping": "mapping",
    "erase_guest": "privacy",
    "guest_report": "privacy",
    "list_lookups": "privacy",
    "list_portals": "installing",
    "reconcile": "reconciling",
    "resync": "resyncing",
    "run": "service",
    "guess_source": "sourcing",
    "probe_source": "sourcing",
    "SyncOrder": "syncing",
    "sync": "syncing",
    "retry_sync": "syncing",
    "list_runs": "sync_reading",
    "sync_errors": "sync_reading",
    "why": "sync_reading",
    "token_wish": "programs",
    "tokens": "programs",
    "settings_link": "pages",
    "LicenceWish": "vendor",
    "licence": "vendor",
    "releases": "vendor",
}

__all__ = [
    "LicenceWish",
    "MappingQuestion",
    "Outcome",
    "SyncOrder",
    "UsageError",
    "backup",
    "check",
    "decide",
    "decide_identity",
    "deliveries",
    "erase_guest",
    "explain",
    "export_requests",
    "guess_source",
    "guest_report",
    "guests",
    "identities",
    "inert",
    "licence",
    "list_lookups",
    "list_portals",
    "list_runs",
    "migrate_database",
    "move_to",
    "new_key",
    "probe_source",
    "reconcile",
    "releases",
    "request",
    "requests",
    "restore",
    "resync",
    "retry_sync",
    "rotate_secrets",
    "run",
    "settings_link",
    "show_mapping",
    "sync",
    "sync_errors",
    "token_wish",
    "tokens",
    "why",
]


def __getattr__(name: str) -> Any:
    """A command, from its module."""
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"app.commands.{_PLACES[name]}"), name)
