"""What the pages of daily work share: the use cases they ask, and a use case opened for whoever looks."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from domain.errors import Refused
from domain.portal import Hotel
from handlers.outside import OutsideOf
from handlers.scope import Scope, Scopes
from handlers.settings import deeds
from handlers.settings.deliveries import DeliveryDesk
from handlers.settings.settings import PortalSettings
from handlers.settings.syncs import SyncDesk, operates
from web.app.visits import Visit


@dataclass(frozen=True, slots=True)
class Desks:
    """The use cases behind the pages."""

    scopes: Scopes
    settings: PortalSettings
    syncs: SyncDesk
    deliveries: DeliveryDesk
    outside: OutsideOf

    @asynccontextmanager
    async def reading(self, visit: Visit) -> AsyncIterator[Scope]:
        """A use case that only reads, in the visitor's name and language."""
        viewer = visit.viewer
        async with self.scopes.reading(viewer.portal_id, viewer.person) as scope:
            yield scope.speaking(visit.language)

    @asynccontextmanager
    async def doing(self, visit: Visit, deed: str, data: Mapping[str, Any]) -> AsyncIterator[Scope]:
        """A use case that does something; that it was done is written down with it."""
        viewer = visit.viewer
        async with self.scopes.writing(viewer.portal_id, viewer.person) as scope:
            yield scope.speaking(visit.language)
            await deeds.record(scope, deed, data)


def hotels_of(visit: Visit, scope: Scope) -> Sequence[Hotel]:
    """The hotels whose syncs are the visitor's to see: all of them for who may change settings."""
    if visit.viewer.may_change:
        return scope.portal.hotels
    return [hotel for hotel in scope.portal.hotels if operates(visit.viewer.person, hotel)]


def hotel_of(visit: Visit, scope: Scope) -> Hotel:
    """The hotel a page's path names; Refused when there is none, or it isn't his."""
    hotel = scope.portal.hotel(visit.name("code"))
    if hotel is None or hotel not in hotels_of(visit, scope):
        raise Refused("page-not-yours")
    return hotel


def number_in(text: str) -> int | None:
    """A number as a query or form carries one; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def page_in(visit: Visit) -> int:
    """Which page is asked for, from 0 on."""
    return number_in(visit.request.query.get("page", "")) or 0
