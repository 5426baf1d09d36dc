"""What each command does, free of how it is typed."""

from app.commands.base import Outcome, UsageError, explain, inert, version
from app.commands.desk import deliveries, guests, request, requests
from app.commands.doctor import check
from app.commands.exporting import export_requests
from app.commands.maintenance import backup, migrate_database
from app.commands.service import run
from app.commands.syncing import SyncOrder, sync, sync_errors

__all__ = [
    "Outcome",
    "SyncOrder",
    "UsageError",
    "backup",
    "check",
    "deliveries",
    "explain",
    "export_requests",
    "guests",
    "inert",
    "migrate_database",
    "request",
    "requests",
    "run",
    "sync",
    "sync_errors",
    "version",
]
