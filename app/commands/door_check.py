"""`concierge check` on the hotels' doors: one line each, what it told last, whether its numbers are known, a remedy."""

from collections.abc import AsyncIterator
from datetime import datetime

import aiohttp

from app.clock import utc_now
from app.commands.base import Records, explain, records
from app.commands.findings import Finding
from app.doors import LastTold, live, polled
from app.live import lease_name
from app.sections import HotelSection
from app.settings import Settings
from bot.texts import text
from domain.doors import Door
from domain.errors import ConciergeError, Permanent
from domain.portal import Hotel
from domain.ports import SourceStatus
from storage import door_records, door_states, leases

_REMEDIES = {
    "pms-refused": "remedy-pms-refused",
    "pms-unreachable": "remedy-pms-unreachable",
    "fias-listen": "remedy-fias-listen",
    "exports-map": "remedy-exports-map",
    "exports-folder": "remedy-exports-folder",
    "exports-sftp": "remedy-exports-sftp",
    "oracle-can-write": "remedy-oracle-can-write",
    "oracle-columns": "remedy-oracle-columns",
    "oracle-needs-thick": "remedy-oracle-client",
    "oracle-no-client": "remedy-oracle-client",
    "pms-timeout": "remedy-oracle-timeout",
}
_OF_KIND = {
    ("fias", "pms-unreachable"): "remedy-fias-unreachable",
    ("opera_db", "pms-unreachable"): "remedy-oracle-unreachable",
    ("opera_db", "pms-refused"): "remedy-oracle-refused",
    ("opera_cloud", "pms-unreachable"): "remedy-ohip-unreachable",
    ("opera_cloud", "pms-refused"): "remedy-ohip-refused",
    ("opera_cloud", "pms-answer"): "remedy-ohip-answer",
}
"""Where a kind of door wants other words than the rest."""
_AWAY = frozenset({"pms-unreachable", "pms-timeout"})


async def hotels(settings: Settings, session: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    """Door by door; none keeps the next from being asked."""
    for section in settings.hotels:
        if not section.doors:
            remedy = text("remedy-source", settings.service.language)
            yield Finding(section.code, ok=False, detail="[hotels.source]", remedy=remedy)
            continue
        try:
            async with records(settings) as house:
                async for finding in of_hotel(settings, section, session, house):
                    yield finding
        except Permanent as fault:
            yield Finding(section.code, ok=False, detail=explain(fault, settings))
        except ConciergeError:  # the database has a line of its own; the doors are asked all the same
            async for finding in of_hotel(settings, section, session, None):
                yield finding


async def of_hotel(
    settings: Settings,
    section: HotelSection,
    session: aiohttp.ClientSession,
    house: Records | None,
    only: str | None = None,
) -> AsyncIterator[Finding]:
    """The doors of one hotel, or the one of this name; without ``house`` nothing is known but what they answer."""
    hotel = house.portal.hotel(section.code) if house else None
    for source in polled(section, session, retry_after_s=()):
        if only not in {None, source.name}:
            continue
        known = await _numbers(settings, house, hotel, source.name)
        yield _finding(f"{section.code} {source.name}", await source.check(), settings, known)
    for one in live(section, utc_now, _nobody):
        if only not in {None, one.door.name}:
            continue
        part = f"{section.code} {one.door.name}"
        if house and hotel and await _is_listened_to(house, hotel, one.door):
            yield Finding(part, ok=True, detail=await _listened(settings, house, hotel, one.door))
        else:
            known = await _numbers(settings, house, hotel, one.door.name)
            yield _finding(part, await one.source.check(), settings, known)


def _nobody(_hotel: str, _door: str) -> LastTold:
    async def never() -> datetime | None:
        return None

    return never


def _finding(part: str, status: SourceStatus, settings: Settings, known: str = "") -> Finding:
    if status.ok:
        facts = " ".join(filter(None, (status.version, str(status.business_date or ""), status.detail)))
        return Finding(part, ok=True, detail="; ".join(filter(None, (facts, known))))
    fault = ConciergeError(status.code, status.detail)
    remedy, away = _remedy(part, status)
    words = text(remedy, settings.service.language)
    return Finding(part, ok=False, detail=explain(fault, settings), remedy=words, unreachable=away)


def _remedy(part: str, status: SourceStatus) -> tuple[str, bool]:
    """What to do, and whether the PMS is to be called unreachable rather than set up wrongly."""
    kind = part.rpartition(" ")[2].partition("-")[0]
    known = _OF_KIND.get((kind, status.code)) or _REMEDIES.get(status.code)
    if known:
        return known, status.code in _AWAY
    if "ZIP" in status.detail:
        return "remedy-pms-zip", False
    if "HTML" in status.detail or "404" in status.detail:
        return "remedy-pms-html", False
    return "remedy-pms-answer", True


# --- what the store knows about a door -----------------------------------------------------------------------


async def _is_listened_to(house: Records, hotel: Hotel, door: Door) -> bool:
    """Whether a running service has the link; a second client would take it away from it."""
    name = lease_name(hotel.id, door.name)
    async with house.db.reading() as tx:
        held = await leases.held(tx, house.portal.id, now=utc_now(), prefix=name)
    return any(lease.name == name for lease in held)


async def _listened(settings: Settings, house: Records, hotel: Hotel, door: Door) -> str:
    """When the link told anything last, and how quickly it came through."""
    language = settings.service.language
    async with house.db.reading() as tx:
        known = await door_states.state(tx, hotel.id, door.name)
        lag = await door_states.lag(tx, hotel.id, door.name)
    words = [text("door-listened", language)]
    if known.told_at:
        words.append(text("door-told", language, at=f"{known.told_at.astimezone(hotel.zone):%d.%m %H:%M:%S}"))
    if lag:
        words.append(
            text("door-lag", language, store=f"{lag.store_p50_s:.2f}", worst=f"{lag.store_max_s:.2f}")
        )
        if lag.in_crm:
            words.append(
                text("door-lag-crm", language, crm=f"{lag.crm_p50_s:.1f}", worst=f"{lag.crm_max_s:.1f}")
            )
    return ", ".join([*words, *filter(None, [await _numbers(settings, house, hotel, door.name)])])


async def _numbers(settings: Settings, house: Records | None, hotel: Hotel | None, name: str) -> str:
    """Whether a door's numbers are the hotel's, where there are several doors."""
    door = hotel.door(name) if hotel else None
    if house is None or hotel is None or door is None or len(hotel.doors) < 2 or hotel.first_door is door:
        return ""
    language = settings.service.language
    async with house.db.reading() as tx:
        known = await door_states.state(tx, hotel.id, name)
        alone = len(await door_records.unmatched(tx, hotel.id, name, "stay"))
    same = door.same_ids if door.same_ids is not None else known.same_ids
    verdict = {True: "door-same", False: "door-own", None: "door-undecided"}[same]
    words = text(verdict, language)
    return f"{words}, {text('door-alone', language, n=alone)}" if alone else words
