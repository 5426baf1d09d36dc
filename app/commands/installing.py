"""`concierge portals`, and what `concierge check` says of portals where the app is installed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import aiohttp
from rich.console import Console

from app.clock import utc_now
from app.commands.base import Outcome, explain, sheet
from app.commands.findings import Finding
from app.installed import has_app, installed_way
from app.portals import Portals
from app.records import open_database
from app.settings import Settings
from bot.texts import text
from bot.texts.faults import told
from domain.errors import ConciergeError
from domain.installations import SERVED, Installation
from handlers.licences import Licences
from handlers.scope import Scopes
from integrations.bitrix24.app_setup import read_facts
from integrations.bitrix24.app_transport import AppTransport
from integrations.bitrix24.decoder import as_list, as_text
from integrations.bitrix24.errors import Replay
from storage import Database, installations, portals, replicas
from storage.portals import PortalRow

NEEDED = frozenset(
    {"imbot", "im", "crm", "task", "user", "department", "disk", "placement", "userfieldconfig"}
)
"""Scopes of the app; ``tasks`` besides, where the portal has REST 3.0."""


@asynccontextmanager
async def _tables(settings: Settings) -> AsyncIterator[Database]:
    db = await open_database(settings)
    try:
        yield db
    finally:
        await db.close()


async def list_portals(settings: Settings) -> Outcome:
    """Every portal: how it is reached, how it stands, which process serves it, until when it is paid."""
    async with _tables(settings) as db:
        served = Portals(settings, db, utc_now)
        await served.load()
        async with db.reading() as tx:
            rows = await portals.listed(tx)
            known = {one.portal_id: one for one in await installations.listed(tx)}
            owners = await replicas.owners(tx)
        licences = Licences(Scopes(db, utc_now, text, served.portal))
        items = []
        for row in rows:
            licence = await licences.show(row.id) if row.id in served else None
            way = "app" if row.id in known else "webhook" if row.id in served.ids() else "none"
            state = licence.state.value if licence else ""
            items.append(_item(row, way, known.get(row.id), owners.get(row.id, ""), state))

    def show(console: Console) -> None:
        headers = ("portal", "domain", "way", "state", "reason", "plan", "owner", "licence", "version")
        sheet(console, headers, ([one[name] for name in headers] for one in items), empty="no portal")

    return Outcome({"portals": items}, show=show)


def _item(row: PortalRow, way: str, known: Installation | None, owner: str, licence: str) -> dict[str, Any]:
    return {
        "portal": row.key,
        "domain": known.domain if known else row.domain,
        "way": way,
        "state": row.state,
        "reason": known.reason if known else "",
        "plan": known.licence if known else "",
        "owner": owner,
        "licence": licence,
        "version": known.version if known else "",
        "installed_at": _moment(known.installed_at if known else None),
        "ensured_at": _moment(known.ensured_at if known else None),
        "uninstalled_at": _moment(known.ended_at if known else None),
        "erased_at": _moment(known.erased_at if known else None),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


async def installed_findings(settings: Settings, session: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    """The app's own settings, then each installed portal: whether it lets us in, its rights, what stands there."""
    if not has_app(settings):
        return
    language = settings.service.language
    if not settings.service.public_url:
        yield Finding(
            "app", ok=False, detail="[service] public_url", remedy=text("remedy-app-public-url", language)
        )
    else:
        yield Finding("app", ok=True, detail=settings.bitrix24.client_id)
    async with _tables(settings) as db:
        async with db.reading() as tx:
            known = await installations.listed(tx)
        for one in known:
            if one.state in SERVED:
                yield await _installed(settings, session, db, one)


async def _installed(
    settings: Settings, session: aiohttp.ClientSession, db: Database, known: Installation
) -> Finding:
    part, language = f"portal {known.key}", settings.service.language
    try:
        way = await installed_way(db, known.portal_id, utc_now, None)
        assert way is not None
        client = way.client(settings, session)
        assert isinstance(client.transport, AppTransport)
        try:
            facts = read_facts(await client.call("app.info", replay=Replay.SAFE))
            granted = {as_text(one) for one in as_list(await client.call("scope", replay=Replay.SAFE))}
        finally:
            await client.close()
    except ConciergeError as fault:
        remedy = text("remedy-app-portal", language)
        return Finding(part, ok=False, detail=explain(fault, settings), remedy=remedy, unreachable=True)
    if missing := sorted(NEEDED - granted):
        remedy = text("remedy-app-scopes", language, scopes=", ".join(missing))
        return Finding(part, ok=False, detail=", ".join(missing), remedy=remedy)
    if not facts.installed:
        return Finding(part, ok=False, detail=known.domain, remedy=text("remedy-app-not-finished", language))
    if known.reason:
        remedy = text("remedy-app-portal", language)
        return Finding(part, ok=False, detail=told(known.reason, language), remedy=remedy)
    return Finding(part, ok=True, detail=f"{known.domain}, {facts.licence}")
