"""Releases told: once to each portal's managers in their language, and to whoever asked for what a release brings.

The table says who was told, in the transaction that writes the messages: replicas and restarts tell nothing twice. A
portal that comes later is told nothing of the past.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from domain.chat import Markup, Reply, escape
from domain.errors import Refused
from domain.releases import ChangelogError, Release, order_of, spelled
from domain.requests import Request
from handlers import managers
from handlers.desk.requests import Requests
from handlers.scope import Scope, Scopes
from storage import releases as rows
from storage import requests as request_rows

log = structlog.get_logger()

LOOK_EVERY = timedelta(minutes=10)
"""How soon a requester hears whose request was marked with a release that runs already."""
MAIN_KEY = "main"
"""Whose requests a number without a portal's key means."""


async def mark(requests: Requests, scope: Scope, request: Request, version: str) -> str:
    """Support says in which release a request's wish or fault comes; its requester hears when that is here.

    Refused("release-version") when it is no version. Returns the version as it is written.
    """
    await requests.rights.check(scope, "release", request)
    try:
        wanted = spelled(version)
    except ChangelogError as error:
        raise Refused("release-version") from error
    who = scope.actor.id if scope.actor else None
    await rows.mark(scope.tx, scope.portal.id, request.id, wanted, who_id=who, now=scope.now)
    await requests.record(scope, request, "release_marked", "", {"version": wanted})
    return wanted


class Releases:
    """Tells what this version brings. ``releases``: newest first, as packaged."""

    def __init__(self, scopes: Scopes, requests: Requests, releases: Sequence[Release]) -> None:
        self._scopes = scopes
        self._requests = requests
        self._releases = releases
        self._known: set[int] = set()
        """Portals that know of the newest release; asked once per process."""
        self._looked: dict[int, datetime] = {}

    @property
    def current(self) -> Release:
        """The release that is running."""
        return self._releases[0]

    async def tick(self, portal_id: int) -> None:
        """Each minute: tell a portal what it doesn't know, and requesters whose release is here."""
        if portal_id not in self._known:
            async with self._scopes.writing(portal_id) as scope:
                await self._tell_portal(scope)
            self._known.add(portal_id)
        now = self._scopes.clock()
        if (looked := self._looked.get(portal_id)) is not None and now - looked < LOOK_EVERY:
            return
        self._looked[portal_id] = now
        async with self._scopes.reading(portal_id) as scope:
            due = [one for one in await rows.waiting(scope.tx, portal_id) if self._is_here(one.version)]
        for one in due:
            async with self._scopes.writing(portal_id) as scope:
                await self._tell_requester(scope, one)

    def _is_here(self, version: str) -> bool:
        return order_of(version) <= order_of(self.current.version)

    async def _tell_portal(self, scope: Scope) -> None:
        known = await rows.told_to(scope.tx, scope.portal.id)
        if not known:
            await rows.note_told(scope.tx, scope.portal.id, self.current.version, scope.now)
            return
        newest = max(map(order_of, known))
        for release in reversed(self._releases):
            if order_of(release.version) > newest and await rows.note_told(
                scope.tx, scope.portal.id, release.version, scope.now
            ):
                await self._tell(scope, release)

    async def _tell(self, scope: Scope, release: Release) -> None:
        for number in release.closed_in(scope.portal.key, MAIN_KEY):
            await self._closes(scope, number, release.version)
        desk = scope.speaking(scope.portal.language)
        points = release.notes.get(desk.language) or ()
        if not points:
            return
        lines = Markup("\n".join(f"• {escape(point)}" for point in points))
        places = await managers.tell(
            scope, Reply(desk.text("release-told", version=release.version, lines=lines))
        )
        log.info("release told", portal=scope.portal.id, version=release.version, places=places)

    async def _closes(self, scope: Scope, number: str, version: str) -> None:
        """The changelog names a request; support's own mark of it stands."""
        found = await request_rows.by_number(scope.tx, scope.portal.id, number)
        if found is None:
            log.warning("a release closes an unknown request", number=number, version=version)
        elif await rows.marked(scope.tx, found.id) is None:
            await rows.mark(scope.tx, scope.portal.id, found.id, version, who_id=None, now=scope.now)

    async def _tell_requester(self, scope: Scope, one: rows.Waiting) -> None:
        request = await request_rows.load(scope.tx, scope.portal.id, one.request_id, for_update=True)
        if request is not None and await rows.note_requester_told(scope.tx, one, scope.now):
            await self._requests.released(scope, request, one.version)
            log.info("requester told of a release", portal=scope.portal.id, request=request.id)
