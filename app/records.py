"""The database of a process and the portal in it: all that a command needs which only reads.

Apart from the wiring, because whoever imports that imports every room.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from app.doors import doors_of
from app.mappings import mapping_of
from app.portal_settings import effective
from app.sections import HotelSection
from app.settings import Settings
from app.stored_secrets import opened
from domain.portal import Desk, Hotel, Portal
from domain.ports import Clock
from domain.privacy import PrivacyRules
from storage import Database, migrate, portals
from storage.portals import PortalRow

PORTAL_KEY = "main"
"""The portal that `concierge.toml` describes."""


async def open_database(settings: Settings) -> Database:
    """Migrate, then open."""
    url = settings.service.database_url
    await migrate(url)
    return Database.open(url)


async def ensure_row(db: Database, settings: Settings, clock: Clock) -> PortalRow:
    """The row of the file's portal."""
    domain = urlsplit(settings.bitrix24.public_url).netloc
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, PORTAL_KEY, clock(), name=domain, domain=domain)
        row = await portals.get(tx, portal_id)
    assert row is not None
    return row


async def ensure_portal(db: Database, settings: Settings, clock: Clock) -> Portal:
    """The file's portal with its hotels, as rows and as the handlers see it."""
    row = await ensure_row(db, settings, clock)
    own = effective(settings, opened(settings, row.id, row.settings), is_main=True)
    return portal_of(row, own, settings.bitrix24.public_url, await hotel_ids(db, row.id, own.hotels))


async def hotel_ids(db: Database, portal_id: int, sections: Sequence[HotelSection]) -> dict[str, int]:
    """The rows of a portal's hotels, by code; made or brought up to date where they differ."""
    if not sections:
        return {}
    async with db.reading() as tx:
        known = {hotel.code: hotel for hotel in await portals.hotels_of(tx, portal_id)}
    places = {
        one.code: {"name": one.name, "timezone": one.timezone, "currency": one.currency} for one in sections
    }
    found = {
        code: known[code].id
        for code, place in places.items()
        if code in known and all(getattr(known[code], name) == value for name, value in place.items())
    }
    if missing := places.keys() - found.keys():
        async with db.transaction() as tx:
            for code in sorted(missing):
                found[code] = await portals.ensure_hotel(tx, portal_id, code, **places[code])
    return found


def portal_of(row: PortalRow, settings: Settings, url: str, ids: Mapping[str, int]) -> Portal:
    """A portal as the handlers see it, at its address; ``ids``: its hotels' rows."""
    return Portal(
        id=row.id,
        key=row.key,
        url=url,
        language=settings.service.language,
        timezone=settings.service.timezone,
        desk=_desk(settings),
        privacy=_privacy(settings),
        hotels=tuple(_hotel(ids[section.code], section) for section in settings.hotels),
        name=row.name or row.domain or row.key,
    )


def _hotel(hotel_id: int, section: HotelSection) -> Hotel:
    return Hotel(
        id=hotel_id,
        code=section.code,
        name=section.name,
        timezone=section.timezone,
        currency=section.currency,
        country=section.country,
        own_contacts=tuple(section.own_contacts),
        rooms=section.rooms,
        morning_at=section.morning_at,
        alerts=frozenset(section.alerts),
        alert_days=section.alert_days,
        alert_chats=tuple(section.alert_chats),
        days_back=section.sync.days_back,
        days_ahead=section.sync.days_ahead,
        every_minutes=section.sync.every_minutes,
        full_at=section.sync.full_at,
        mapping=mapping_of(section.mapping, section.mapping_text),
        doors=doors_of(section),
        warn_share=section.sync.warn_share,
        pause_after=section.sync.pause_after,
        remake_deleted=section.sync.remake_deleted,
    )


def _privacy(settings: Settings) -> PrivacyRules:
    given = settings.privacy
    return PrivacyRules(
        given.telegram, dict(given.chats), given.card_minutes, given.retention_days, given.marketing
    )


def _desk(settings: Settings) -> Desk:
    portal, support, telegram = settings.bitrix24, settings.support, settings.telegram
    return Desk(
        prefix=support.prefix,
        hours=support.hours,
        timezone=support.timezone,
        calendar=support.calendar,
        support_users=tuple(map(str, portal.support_users)),
        managers=tuple(map(str, portal.managers)),
        representatives=tuple(map(str, portal.representatives)),
        responsible=str(support.responsible) if support.responsible else None,
        reopen_days=support.reopen_days,
        levels=support.levels,
        calendar_exceptions=support.calendar_exceptions,
        escalation=support.escalation,
        telegram_support_chat=str(telegram.support_chat) if telegram.support_chat else None,
        telegram_managers_chat=str(telegram.managers_chat) if telegram.managers_chat else None,
    )
