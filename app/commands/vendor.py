"""`concierge licence | releases`: the vendor's side of a portal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rich.console import Console

from app.clock import utc_now
from app.commands.base import Outcome, UsageError, inert, opened, sheet
from app.portals import Portals
from app.records import open_database
from app.release_notes import RELEASES
from app.settings import Settings
from bot.texts import text
from domain.licence import Licence, Terms
from domain.releases import Release
from handlers.licences import Licences
from handlers.scope import Scopes
from storage import Database
from storage import licences as licence_rows
from storage import releases as release_rows

BY = "terminal"


@dataclass(frozen=True, slots=True)
class Vendor:
    """Every portal's records, and nobody outside."""

    db: Database
    portals: Portals
    scopes: Scopes

    def portal_id(self, key: str | None) -> int:
        """The portal of that key, the file's without one; UsageError names those there are."""
        if key is None:
            return self.portals.main.portal.id
        known = {served.portal.key: served.portal.id for served in self.portals.all()}
        if key not in known:
            raise UsageError(f"no portal {inert(key)} (there is: {', '.join(sorted(known)) or 'none'})")
        return known[key]


@asynccontextmanager
async def _vendor(settings: Settings) -> AsyncIterator[Vendor]:
    db = await open_database(settings)
    try:
        portals = Portals(settings, db, utc_now)
        await portals.load()
        yield Vendor(db, portals, Scopes(db, utc_now, text, portals.portal))
    finally:
        await db.close()


@dataclass(frozen=True, slots=True)
class LicenceWish:
    """What `concierge licence` was asked to set; all None: only to show."""

    paid_until: str | None = None
    grace: int | None = None
    note: str | None = None
    unlimited: bool = False

    @property
    def changes(self) -> bool:
        return self.unlimited or any(one is not None for one in (self.paid_until, self.grace, self.note))

    def applied(self, terms: Terms) -> Terms:
        """The terms as they are to be; UsageError when the words contradict each other."""
        if self.unlimited and (self.paid_until is not None or self.grace is not None):
            raise UsageError("--unlimited and --paid-until or --grace: choose one")
        if self.unlimited:
            return replace(terms, paid_until=None, grace_days=0, note=_or(self.note, terms.note))
        paid = terms.paid_until
        if self.paid_until is not None:
            try:
                paid = date.fromisoformat(self.paid_until)
            except ValueError as error:
                given = inert(self.paid_until)
                raise UsageError(f"--paid-until {given}: no date; write it like 2027-11-30") from error
        if paid is None and self.grace is not None:
            raise UsageError("--grace: give --paid-until, too; the licence has no end now")
        days = terms.grace_days if self.grace is None else self.grace
        return Terms(paid, days, _or(self.note, terms.note))


def _or(given: str | None, kept: str) -> str:
    return kept if given is None else given


async def licence(settings: Settings, portal: str | None, wish: LicenceWish) -> Outcome:
    """Show a portal's licence, every portal's without a key, or set one."""
    async with _vendor(settings) as vendor:
        licences = Licences(vendor.scopes)
        if wish.changes:
            portal_id = vendor.portal_id(portal)
            async with vendor.scopes.reading(portal_id) as scope:
                terms, _ = await licence_rows.load(scope.tx, portal_id)
            await licences.set(portal_id, wish.applied(terms), by=BY)
            ids = [portal_id]
        elif portal is not None:
            ids = [vendor.portal_id(portal)]
        else:
            ids = sorted(one.portal.id for one in vendor.portals.all())
        found = [(vendor.portals[one].portal.key, await licences.show(one)) for one in ids]
    items = [_licence(key, one) for key, one in found]

    def show(console: Console) -> None:
        headers = ("portal", "state", "paid_until", "grace_until", "note")
        sheet(console, headers, ([one[name] for name in headers] for one in items), empty="no portal")

    return Outcome({"licences": items}, show=show)


def _licence(key: str, found: Licence) -> dict[str, Any]:
    return {
        "portal": key,
        "state": found.state.value,
        "paid_until": found.paid_until.isoformat() if found.paid_until else None,
        "grace_until": found.grace_until.isoformat() if found.grace_until else None,
        "days_left": found.days_left,
        "note": found.note,
    }


# --- releases -------------------------------------------------------------------------------------------------


async def releases(settings: Settings, *, tell: bool) -> Outcome:
    """The releases this version knows of, and the portals each was told to; ``tell`` tells those that don't know."""
    if tell:
        async with opened(settings) as house:
            for portal_id in sorted(one.portal.id for one in house.portals.all()):
                await house.releases.tick(portal_id)
    async with _vendor(settings) as vendor:
        keys = {one.portal.id: one.portal.key for one in vendor.portals.all()}
        async with vendor.db.reading() as tx:
            told = await release_rows.told(tx)
    items = [
        _release(one, sorted(keys[i] for i in told.get(one.version, ()) if i in keys)) for one in RELEASES
    ]

    def show(console: Console) -> None:
        rows = ([one["version"], one["date"], ", ".join(one["told"])] for one in items)
        sheet(console, ("version", "date", "told to"), rows, empty="no release")
        for one in items[:1]:
            for line in one["notes"][settings.service.language]:
                console.print(inert(f"  • {line}"), markup=False)

    return Outcome({"releases": items}, show=show)


def _release(one: Release, told: list[str]) -> dict[str, Any]:
    return {
        "version": one.version,
        "date": one.date.isoformat(),
        "notes": {language: list(lines) for language, lines in one.notes.items()},
        "closes": list(one.closes),
        "told": told,
    }
