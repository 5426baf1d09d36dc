"""How the hotels stand, door by door, and what needs somebody's attention: the first page of the portal's pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.chat import Markup
from domain.errors import Refused
from domain.portal import Hotel
from handlers.scope import Scope, Scopes
from handlers.settings.syncs import operates
from handlers.settings.viewers import Viewer
from handlers.sync import failures, standing
from handlers.sync.cards import pending
from handlers.sync.freshness import said
from handlers.sync.syncs import Syncs
from handlers.sync.words import cause_words
from storage import audit, door_states, requests, runs, staging, sync_incidents, sync_states

GIVEN_UP_SINCE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DoorLine:
    """A door: when it told or was read last, in the hotel's time."""

    name: str
    kind: str
    live: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class HotelCard:
    """One hotel. ``running``: progress of the sync that is under way or waits (done, total); None: none."""

    code: str
    name: str
    fresh: Markup
    doors: Sequence[DoorLine]
    running: Mapping[str, Any] | None
    paused: bool
    last_at: datetime | None
    last_counts: Mapping[str, int]
    last_ok: bool | None
    unwritten: int
    problems: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class Attention:
    """Something to be done. ``page``: where, below the pages' root; ``kind``: warn or wrong."""

    kind: str
    words: Markup
    page: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The whole page."""

    hotels: Sequence[HotelCard]
    attention: Sequence[Attention]


class Overview:
    """Looks at everything, changes nothing but what «Синхронизировать сейчас» orders."""

    def __init__(self, scopes: Scopes, syncs: Syncs) -> None:
        self._scopes = scopes
        self._syncs = syncs

    async def load(self, viewer: Viewer) -> Standing:
        """Every hotel, and what needs attention."""
        async with self._scopes.reading(viewer.portal_id, viewer.person) as plain:
            scope = plain.speaking(viewer.language)
            mine = [one for one in scope.portal.hotels if viewer.may_change or operates(viewer.person, one)]
            hotels = [await self._hotel(scope, hotel) for hotel in mine]
            return Standing(hotels, await self._attention(scope, hotels))

    async def _hotel(self, scope: Scope, hotel: Hotel) -> HotelCard:
        causes = await failures.causes(scope, hotel)
        orders = await pending(scope, hotel)
        newest = next(iter(await runs.last(scope.tx, hotel.id, 1)), None)
        at = newest.ended_at or newest.started_at if newest else None
        return HotelCard(
            code=hotel.code,
            name=hotel.name,
            fresh=Markup(said(scope, hotel, await sync_states.fresh_at(scope.tx, hotel.id))),
            doors=[await self._door(scope, hotel, door.name) for door in hotel.doors],
            running=(orders[0].progress or {}) if orders else None,
            paused=await standing.is_paused(scope, hotel),
            last_at=at.astimezone(hotel.zone) if at else None,
            last_counts=newest.counts if newest else {},
            last_ok=None if newest is None or newest.state == "running" else newest.state == "done",
            unwritten=sum(causes.values()),
            problems=[
                Markup(scope.text("overview-cause", reason=Markup(cause_words(scope, cause)), count=count))
                for cause, count in list(causes.items())[:3]
            ],
        )

    @staticmethod
    async def _door(scope: Scope, hotel: Hotel, name: str) -> DoorLine:
        door = hotel.door(name)
        assert door is not None
        told = (await door_states.state(scope.tx, hotel.id, name)).told_at
        read = (await staging.cursor(scope.tx, hotel.id, name)).at
        at = max(filter(None, (told, read)), default=None)
        return DoorLine(name, door.kind, door.live, at.astimezone(hotel.zone) if at else None)

    async def _attention(self, scope: Scope, hotels: Sequence[HotelCard]) -> list[Attention]:
        found = []
        if not scope.portal.hotels:
            found.append(self._say(scope, "warn", "attention-no-hotel", "hotels/new"))
        for card in hotels:
            hotel = scope.portal.hotel(card.code)
            assert hotel is not None
            if not card.doors:
                found.append(
                    self._say(scope, "warn", "attention-no-door", f"hotels/{card.code}", hotel=card.name)
                )
            if card.paused:
                found.append(
                    self._say(scope, "wrong", "attention-paused", f"hotels/{card.code}", hotel=card.name)
                )
            for incident in await sync_incidents.open_ones(scope.tx, hotel.id):
                request = await requests.load(scope.tx, scope.portal.id, incident.request_id)
                if request is not None and request.is_open:
                    found.append(self._say(scope, "warn", "attention-incident", number=request.number))
        if not scope.portal.desk.support_users:
            found.append(self._say(scope, "warn", "attention-no-support", "people"))
        dead = await audit.undelivered(scope.tx, scope.portal.id, scope.now - GIVEN_UP_SINCE)
        if dead:
            count = sum(one.count for one in dead)
            found.append(self._say(scope, "warn", "attention-dead", "deliveries", count=count))
        return found

    @staticmethod
    def _say(scope: Scope, kind: str, key: str, page: str = "", **params: object) -> Attention:
        return Attention(kind, Markup(scope.text(key, **params)), page)

    async def sync_now(self, viewer: Viewer, code: str) -> None:
        """Order a sync. Refused: none of his hotels, no door, or one is under way already."""
        async with self._scopes.writing(viewer.portal_id, viewer.person) as scope:
            hotel = self._mine(scope, viewer, code)
            if not hotel.doors:
                raise Refused("page-no-door")
            if await pending(scope, hotel):
                raise Refused("page-sync-under-way")
            await self._syncs.order(scope.speaking(viewer.language), hotel, "sync")

    async def resume(self, viewer: Viewer, code: str) -> None:
        """Let the clock order again."""
        async with self._scopes.writing(viewer.portal_id, viewer.person) as scope:
            await standing.resume(scope, self._mine(scope, viewer, code))

    @staticmethod
    def _mine(scope: Scope, viewer: Viewer, code: str) -> Hotel:
        hotel = scope.portal.hotel(code)
        if hotel is None:
            raise Refused("page-no-hotel")
        if not viewer.may_change and not operates(viewer.person, hotel):
            raise Refused("page-not-yours")
        return hotel
