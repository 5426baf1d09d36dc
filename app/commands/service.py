"""`concierge run`."""

import asyncio
import os
import sys

import structlog

from app import observability
from app.commands.base import Outcome, UsageError, require_portal
from app.commands.restoring import settle_a_copy
from app.heap import few_arenas
from app.logs import DEBUG, configure
from app.presence import AlreadyRunningError, Presence
from app.records import open_database
from app.settings import Settings
from app.wiring import build
from storage.migrate import is_current
from storage.restart import forget_claims, forget_syncs

log = structlog.get_logger()


async def run(settings: Settings) -> Outcome:
    """Serve until SIGTERM; on SQLite a second service is refused."""
    from app.service import Service  # noqa: PLC0415 - the service itself needs the commands' errors

    require_portal(settings)
    few_arenas()
    configure(settings.service.log_format, "DEBUG" if DEBUG in os.environ else "INFO")
    presence = Presence(settings.service.database_url)
    try:
        presence.take()
    except AlreadyRunningError as error:
        raise UsageError(
            "[service] database_url: concierge already runs on this SQLite file. For several processes use "
            "PostgreSQL: postgresql+asyncpg://…"
        ) from error
    end = observability.start(settings.observability)
    try:
        await _migrated_apart(settings)
        await after_crash(settings)
        service = Service(await build(settings))
        try:
            await service.start()
        except OSError as error:
            await service.stop()
            raise UsageError(
                f"[service] host, port: can't listen on {settings.service.host}:{settings.service.port}"
                f" ({error.strerror or type(error).__name__})"
            ) from error
        await service.run_until_stopped()
    finally:
        await asyncio.to_thread(end)
        presence.release()
    return Outcome()


async def after_crash(settings: Settings) -> None:
    """On SQLite nobody else can hold a claim: what a killed process held is free at once.

    But for a sync that a command executes right now (see app.presence).
    """
    if not settings.service.database_url.startswith("sqlite"):
        return
    presence = Presence(settings.service.database_url)
    if parked := await settle_a_copy(settings):
        log.warning("restored from a backup", deliveries=parked.deliveries, events=parked.events)
    db = await open_database(settings)
    try:
        alone = presence.nobody_works()
        async with db.transaction() as tx:
            await forget_claims(tx)
            if alone:
                await forget_syncs(tx)
    finally:
        presence.release()
        await db.close()


async def _migrated_apart(settings: Settings) -> None:
    """Let a child migrate: Alembic and its ten megabytes would stay with the service for good.

    Whatever goes wrong there is told by our own migration, which finds nothing to do otherwise.
    """
    if await is_current(settings.service.database_url):
        return
    command = [sys.executable, "-m", "app", "migrate"]
    if await asyncio.to_thread(settings.file.is_file):
        command += ["--config", str(settings.file)]
    nothing = asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(*command, stdin=nothing, stdout=nothing, stderr=nothing)
    await child.wait()
