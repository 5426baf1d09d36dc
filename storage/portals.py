"""Portals and their hotels, as rows; what the settings add to them is wired above."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from storage.database import Tx
from storage.dialect import inserting, upsert
from storage.tables import hotels, portals


@dataclass(frozen=True, slots=True)
class PortalRow:
    """A portal. ``key`` is ours and goes into URLs; ``member_id`` is Bitrix24's own, known after installation."""

    id: int
    key: str
    name: str
    domain: str
    member_id: str | None
    settings: Mapping[str, Any]
    created_at: datetime
    state: str = "active"
    """``installing``, ``active``, ``broken``, ``uninstalled``; one reached by webhook is always active."""


@dataclass(frozen=True, slots=True)
class HotelRow:
    """A hotel of a portal; ``code`` is unique within it."""

    id: int
    portal_id: int
    code: str
    name: str
    timezone: str
    currency: str
    settings: Mapping[str, Any]


_PORTAL = [portals.c[name] for name in PortalRow.__slots__]
_HOTEL = [hotels.c[name] for name in HotelRow.__slots__]


async def ensure(
    tx: Tx, key: str, now: datetime, *, name: str = "", domain: str = "", member_id: str | None = None
) -> int:
    """The portal's id, made when it is new; an existing one is left as it is."""
    row = {"key": key, "name": name, "domain": domain, "member_id": member_id}
    statement = inserting(tx, portals).values(settings={}, created_at=now, **row)
    await tx.execute(statement.on_conflict_do_nothing(index_elements=[portals.c.key]))
    return int((await tx.execute(select(portals.c.id).where(portals.c.key == key))).scalar_one())


async def get(tx: Tx, portal_id: int) -> PortalRow | None:
    """One portal by id."""
    return await _one(tx, portals.c.id == portal_id)


async def by_key(tx: Tx, key: str) -> PortalRow | None:
    """One portal by our key."""
    return await _one(tx, portals.c.key == key)


async def by_member(tx: Tx, member_id: str) -> PortalRow | None:
    """One portal by Bitrix24's ``member_id``: only from a verified event."""
    return await _one(tx, portals.c.member_id == member_id)


async def _one(tx: Tx, condition: ColumnElement[bool]) -> PortalRow | None:
    row = (await tx.execute(select(*_PORTAL).where(condition))).one_or_none()
    return PortalRow(*row) if row else None


async def listed(tx: Tx) -> list[PortalRow]:
    """Every portal, oldest first."""
    query = select(*_PORTAL).order_by(portals.c.id)
    return [PortalRow(*row) for row in (await tx.execute(query)).all()]


async def known(tx: Tx) -> int:
    """How many portals there are: also the least one can ask a database."""
    return int((await tx.execute(select(func.count()).select_from(portals))).scalar_one())


async def change(tx: Tx, portal_id: int, **values: Any) -> None:
    """Overwrite columns of a portal: name, domain, member_id, settings."""
    await tx.execute(update(portals).where(portals.c.id == portal_id).values(**values))


async def ensure_hotel(tx: Tx, portal_id: int, code: str, *, name: str, timezone: str, currency: str) -> int:
    """The hotel's id; made or brought up to date, its settings untouched."""
    row = {"portal_id": portal_id, "code": code, "name": name, "timezone": timezone, "currency": currency}
    key = [hotels.c.portal_id, hotels.c.code]
    statement: Any = upsert(tx, hotels, key, {**row, "settings": {}}, {"name", "timezone", "currency"})
    return int((await tx.execute(statement.returning(hotels.c.id))).scalar_one())


async def hotels_of(tx: Tx, portal_id: int) -> list[HotelRow]:
    """A portal's hotels by code."""
    query = select(*_HOTEL).where(hotels.c.portal_id == portal_id).order_by(hotels.c.code)
    return [HotelRow(*row) for row in (await tx.execute(query)).all()]


async def change_hotel(tx: Tx, hotel_id: int, **values: Any) -> None:
    """Overwrite columns of a hotel: name, timezone, currency, settings."""
    await tx.execute(update(hotels).where(hotels.c.id == hotel_id).values(**values))
