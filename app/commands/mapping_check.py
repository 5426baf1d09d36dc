"""`concierge check` on the hotels' mappings: whether the portal has what they name."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp

from app.commands.base import explain, records
from app.commands.findings import Finding
from app.commands.mapping import portal_faults
from app.settings import Settings
from bot.texts import text
from domain.errors import ConciergeError

PATIENCE_S = 0.2
"""Longest pause between two tries: a person waits in front of the screen."""


async def _soon(seconds: float) -> None:
    await asyncio.sleep(min(seconds, PATIENCE_S))


async def mappings(settings: Settings, session: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    """A line per hotel; silent while the portal can't be asked at all, which has a line of its own."""
    language = settings.service.language
    if not settings.bitrix24.url or not settings.hotels:
        return
    try:
        async with records(settings) as house:
            hotels = house.portal.hotels
    except ConciergeError:
        return
    for hotel in hotels:
        part = f"{hotel.code} mapping"
        try:
            faults = await portal_faults(settings, hotel, session, _soon)
        except ConciergeError as fault:
            if fault.code in {"bitrix-insufficient-scope", "bitrix-access-denied"}:
                yield Finding(part, ok=False, detail=explain(fault, settings))
            continue
        if faults:
            yield Finding(part, ok=False, detail="; ".join(faults), remedy=text("remedy-mapping", language))
            continue
        whose = hotel.mapping.file or text("mapping-default", language)
        yield Finding(part, ok=True, detail=whose)
