"""Who is who: roles and privacy levels picked from the portal's own list of people and departments."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from domain.errors import ConciergeError, Refused
from domain.people import DEFAULT_PRIVACY, Privacy, Role
from domain.ports.settings import SettingsFault
from handlers.settings import staff
from handlers.settings.settings import View
from handlers.settings.staff import GIVEN, Found, Wish
from web.app.desks import Desks, number_in
from web.app.saving import change
from web.app.visits import Page, Visit


class PeoplePages:
    """The list, and the form that gives a role."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def pages(self) -> list[Page]:
        return [
            Page("people", self.show, self.take, frozenset(), "menu-people", "page-menu-people"),
            Page("people/new", self.new, self.give),
        ]

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Everybody who has a role."""
        return await self._list(visit, await self._desks.settings.view(visit.viewer))

    async def _list(
        self, visit: Visit, view: View, faults: Sequence[SettingsFault] = ()
    ) -> web.StreamResponse:
        rows = staff.rows(view)
        async with self._desks.reading(visit) as scope:
            known = await staff.names(scope, rows)
        names = await staff.more_names(self._desks.outside(visit.viewer.portal_id).directory, rows, known)
        levels = [(role, DEFAULT_PRIVACY[role]) for role in (Role.STAFF, *GIVEN)]
        return visit.page(
            "people.html",
            422 if faults else 200,
            view=view,
            rows=rows,
            names=names,
            faults=faults,
            levels=levels,
        )

    async def take(self, visit: Visit) -> web.StreamResponse:
        """Take a role back."""
        view = await self._desks.settings.view(visit.viewer)
        changes = staff.taken(view, visit.posted("key"))
        if not changes:
            raise Refused("grant-gone")
        if faults := await change(visit, self._desks.settings, changes):
            return await self._list(visit, view, faults)
        return visit.go("people", "grant-taken")

    async def new(self, visit: Visit) -> web.StreamResponse:
        """An empty form."""
        view = await self._desks.settings.view(visit.viewer)
        return self._form(visit, view, [], {}, searched=False)

    async def give(self, visit: Visit) -> web.StreamResponse:
        """Look somebody up, or give him a role."""
        view = await self._desks.settings.view(visit.viewer)
        words = visit.posted("q").strip()
        faults: dict[str, str] = {}
        found: list[Found] = []
        try:
            found = await staff.search(self._desks.outside(visit.viewer.portal_id).directory, words)
        except ConciergeError as fault:
            faults["q"] = visit.fault(fault.code)
            if (number := number_in(words)) is not None:  # a portal that shows nobody is told a number
                found = [Found("user", str(number), visit.text("people-number", number=number))]
        if visit.posted("do") != "save":
            return self._form(visit, view, found, faults, searched=bool(words))
        wish = _wish(visit, view, faults)
        if wish is None:
            return self._form(visit, view, found, faults, searched=bool(words))
        changes = staff.given(view, wish)
        wrong = await change(visit, self._desks.settings, changes) if changes else []
        if wrong:
            faults[""] = " ".join(one.words for one in wrong)
            return self._form(visit, view, found, faults, searched=bool(words))
        return visit.go("people", "grant-given")

    @staticmethod
    def _form(
        visit: Visit, view: View, found: Sequence[Found], faults: Mapping[str, str], *, searched: bool
    ) -> web.StreamResponse:
        getall = getattr(visit.data, "getall", None)
        typed = {name: visit.posted(name) for name in ("q", "who", "role", "privacy")}
        return visit.page(
            "people_new.html",
            422 if faults and visit.posted("do") == "save" else 200,
            view=view,
            found=found,
            searched=searched,
            typed=typed,
            chosen=getall("hotels", []) if getall else [],
            roles=[(role, DEFAULT_PRIVACY[role]) for role in GIVEN],
            levels=list(Privacy),
            faults=faults,
        )


def _wish(visit: Visit, view: View, faults: dict[str, str]) -> Wish | None:
    """What was asked for; None with ``faults`` filled when it can't be."""
    kind, _, number = visit.posted("who").partition(":")
    who = number_in(number)
    if kind not in {"user", "department"} or who is None:
        faults.setdefault("who", visit.text("people-nobody"))
    role = visit.posted("role")
    if role not in set(GIVEN):
        faults["role"] = visit.text("people-no-role")
    level = visit.posted("privacy")
    if level and level not in set(Privacy):
        faults["privacy"] = visit.text("people-no-level")
    known = {str(one["code"]) for one in view.hotels}
    getall = getattr(visit.data, "getall", None)
    hotels = [one for one in (getall("hotels", []) if getall else []) if one in known]
    if {"who", "role", "privacy"} & faults.keys() or who is None:
        return None
    return Wish(kind, who, Role(role), hotels, Privacy(level) if level else None)
