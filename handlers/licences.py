"""Licences: asked before a sync is ordered, told to managers when their state changes, set by the vendor.

They are read from the table each time, so that a change takes effect at once on every replica.
"""

from datetime import date
from zoneinfo import ZoneInfo

import structlog

from domain.chat import Reply
from domain.errors import Refused
from domain.licence import MOST_GRACE_DAYS, Licence, LicenceState, Terms, judge
from handlers import managers
from handlers.scope import Scope, Scopes
from storage import licences as rows

log = structlog.get_logger()

FREE_MODES = frozenset({"erase"})
"""Orders that no licence stops: what the law demands."""
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2100, 1, 1)
NOTE_CHARS = 200


async def state(scope: Scope) -> Licence:
    """The portal's licence today, by the portal's own calendar."""
    return judge((await rows.load(scope.tx, scope.portal.id))[0], _today(scope))


async def demand(scope: Scope, mode: str) -> None:
    """Refused("licence-ended") when a sync of this mode may not be ordered or begun."""
    if mode not in FREE_MODES and (await state(scope)).ended:
        raise Refused("licence-ended")


async def banner(scope: Scope) -> str | None:
    """A line above settings pages and the answers to ``/sync``, in the reader's language; None when all is well."""
    found = await state(scope)
    return _words(scope, "banner", found) if found.stage else None


class Licences:
    """Shown and set by the vendor; managers hear of each change of state once."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._judged: dict[int, date] = {}
        """The day on which a portal was looked at last; a change of terms tells itself."""

    async def show(self, portal_id: int) -> Licence:
        """A portal's licence as it stands."""
        async with self._scopes.reading(portal_id) as scope:
            return await state(scope)

    async def set(self, portal_id: int, terms: Terms, *, by: str) -> Licence:
        """Other terms, from now on. ``by``: who says so. Refused("licence-days"), ("licence-grace")."""
        if terms.paid_until is not None and not FIRST_DAY <= terms.paid_until <= LAST_DAY:
            raise Refused("licence-days", first=FIRST_DAY.isoformat(), last=LAST_DAY.isoformat())
        if not 0 <= terms.grace_days <= MOST_GRACE_DAYS:
            raise Refused("licence-grace", most=MOST_GRACE_DAYS)
        kept = Terms(terms.paid_until, terms.grace_days, terms.note.strip()[:NOTE_CHARS])
        async with self._scopes.writing(portal_id) as scope:
            await rows.save(scope.tx, portal_id, kept, by=by, now=scope.now)
            await self._tell(scope)
            found = await state(scope)
        log.info("licence set", portal=portal_id, by=by, state=found.state.value, until=str(terms.paid_until))
        return found

    async def tick(self, portal_id: int) -> None:
        """Each minute: a new day of the portal's may change the state. Without one nothing is asked."""
        zone = ZoneInfo(self._scopes.portals(portal_id).timezone)
        today = self._scopes.clock().astimezone(zone).date()
        if self._judged.get(portal_id) == today:
            return
        await self._look(portal_id)
        self._judged[portal_id] = today

    async def _look(self, portal_id: int) -> None:
        async with self._scopes.reading(portal_id) as scope:
            terms, told = await rows.load(scope.tx, portal_id)
            if _told_of(judge(terms, _today(scope))) == told:
                return
        async with self._scopes.writing(portal_id) as scope:
            await self._tell(scope)

    @staticmethod
    async def _tell(scope: Scope) -> None:
        """One message per change, whichever replica comes first; nothing when managers know it already."""
        terms, before = await rows.load(scope.tx, scope.portal.id)
        found = judge(terms, _today(scope))
        now = _told_of(found)
        if now == before or not await rows.tell(scope.tx, scope.portal.id, before, now):
            return
        desk = scope.speaking(scope.portal.language)
        what = found.stage or ("unlimited" if found.state is LicenceState.NONE else "renewed")
        places = await managers.tell(scope, Reply(_words(desk, "told", found, what)))
        log.info("licence told", portal=scope.portal.id, what=what, places=places)


def _told_of(found: Licence) -> str:
    return f"{found.stage}:{found.paid_until}" if found.stage else ""


def _words(scope: Scope, kind: str, found: Licence, what: str = "") -> str:
    return scope.text(
        f"licence-{kind}-{what or found.stage}",
        until=_day(found.paid_until, scope.language),
        grace=_day(found.grace_until, scope.language),
        days=found.days_left or 0,
        tolerated=(found.grace_until or date.min) > (found.paid_until or date.min),
    )


def _day(day: date | None, language: str) -> str:
    """With its year, which :func:`bot.texts.day` leaves out."""
    if day is None:
        return ""
    return f"{day:%d.%m.%Y}" if language == "ru" else day.isoformat()


def _today(scope: Scope) -> date:
    return scope.now.astimezone(ZoneInfo(scope.portal.timezone)).date()
