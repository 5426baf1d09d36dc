"""`concierge run`."""

import structlog

from app.commands.base import Outcome, UsageError, opened, require_portal
from app.logs import configure
from app.presence import AlreadyRunningError, Presence
from app.service import Service
from app.settings import Settings
from app.wiring import open_database
from storage.restart import forget_claims

log = structlog.get_logger()


async def run(settings: Settings) -> Outcome:
    """Serve until SIGTERM; on SQLite a second service is refused."""
    require_portal(settings)
    configure(settings.service.log_format, "INFO")
    presence = Presence(settings.service.database_url)
    try:
        presence.take()
    except AlreadyRunningError as error:
        raise UsageError(
            "concierge already runs on this SQLite database. For several processes use PostgreSQL: "
            "[service] database_url = postgresql+asyncpg://…"
        ) from error
    try:
        await after_crash(settings)
        async with opened(settings) as house:
            service = Service(house)
            await service.start()
            await service.run_until_stopped()
    finally:
        presence.release()
    return Outcome()


async def after_crash(settings: Settings) -> None:
    """On SQLite nobody else can hold a claim: what a killed process held is free at once."""
    if not settings.service.database_url.startswith("sqlite"):
        return
    db = await open_database(settings)
    try:
        async with db.transaction() as tx:
            await forget_claims(tx)
    finally:
        await db.close()
