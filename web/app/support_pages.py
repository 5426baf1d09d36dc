"""Support's hours, days that differ, terms, and whom to call, each with what it comes to for a request filed now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import web

from domain.chat import Channel
from domain.errors import Refused
from domain.escalation import Occasion, Recipient
from domain.people import Role
from domain.portal import Desk
from domain.ports.settings import SettingsFault
from domain.support_hours import BusinessTimeError, SupportHours
from handlers.desk import escalation
from handlers.people import People
from handlers.scope import Scope
from handlers.settings import levels, support
from handlers.settings.levels import Call
from handlers.settings.settings import View
from handlers.settings.support import DAYS, EXCEPTIONS, RANGES, Exceptional, Sample, Week
from web.app.desks import Desks
from web.app.forms import Choices, Field, Form
from web.app.saving import save
from web.app.visits import Page, Visit

ZONES = (
    "Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Krasnoyarsk",
    "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka", "Europe/Minsk",
    "Asia/Almaty", "Asia/Tashkent", "Asia/Tbilisi", "Asia/Yerevan", "Asia/Baku", "Europe/Istanbul", "Asia/Dubai",
    "Europe/Berlin", "Europe/London", "UTC",
)  # fmt: skip
CALENDARS = ("RU", "BY", "KZ", "UZ", "AM", "GE", "AZ", "TR", "none")
SPARE_DAYS = 3
"""Empty rows below the days that differ."""
CALLERS = frozenset({Role.SUPPORT, Role.MANAGER})


class SupportPages:
    """Hours, terms, calls."""

    def __init__(self, desks: Desks, people: People) -> None:
        self._desks = desks
        self._people = people

    def pages(self) -> list[Page]:
        return [
            Page("support", self.hours, self.save_hours, frozenset(), "menu-hours", "page-menu-desk"),
            Page("levels", self.levels, self.save_levels, frozenset(), "menu-levels", "page-menu-desk"),
            Page("calls", self.calls, self.save_calls, CALLERS, "menu-calls", "page-menu-desk"),
        ]

    # --- hours ------------------------------------------------------------------------------------------------

    async def hours(self, visit: Visit) -> web.StreamResponse:
        """The week, days that differ, prefix and the rest, with a sample."""
        view = await self._desks.settings.view(visit.viewer)
        form = await self._hours_form(visit, view)
        text = str(view.value("support.hours"))
        stored = support.exceptions_of(view.value("support.calendar_exceptions") or {})
        async with self._desks.reading(visit) as scope:
            sample = support.sample(scope, scope.portal.desk)
        return _hours_page(visit, view, form.inputs(visit, view), support.week_of(text), text, stored, sample)

    async def save_hours(self, visit: Visit) -> web.StreamResponse:
        """Keep what was typed, or only show what it comes to."""
        view = await self._desks.settings.view(visit.viewer)
        form = await self._hours_form(visit, view)
        week, text, wrong_days = _typed_week(visit, view)
        exceptions, rows = support.exceptions_from(_typed_days(visit))
        faults = [
            *(SettingsFault(f"support.hours.{day}", visit.text(key)) for day, key in wrong_days.items()),
            *(
                SettingsFault("support.calendar_exceptions", visit.text(row.fault))
                for row in rows
                if row.fault
            ),
        ]
        only_look = visit.posted("do") == "sample"
        async with self._desks.reading(visit) as scope:
            desk = _wished(visit, view, scope.portal.desk, text, exceptions)
            sample = support.sample(scope, desk)
        if not only_look:
            more = {"support.hours": text, "support.calendar_exceptions": exceptions}
            faults = list(await save(visit, self._desks.settings, view, form, more, faults))
            if not faults:
                return visit.go("support", "saved")
        inputs = form.inputs(visit, view, faults, typed=True)
        days = [one for one in rows if one.fault or not view.is_fixed("support.calendar_exceptions")]
        return _hours_page(
            visit, view, inputs, week, text, days, sample, faults, wrong_days, only_look=only_look
        )

    async def _hours_form(self, visit: Visit, view: View) -> Form:
        async with self._desks.reading(visit) as scope:
            people = await self._people.with_role(scope, Role.SUPPORT)
        who = [
            (account, one.name or account)
            for one in people
            if (account := one.accounts.get(Channel.BITRIX24))
        ]
        held = view.value("support.responsible")
        if held is not None and str(held) not in {account for account, _ in who}:
            who.append((str(held), f"id {held}"))
        first: Choices = [("", visit.text("support-first-of-support")), *who]
        return Form(
            [
                Field("support.timezone", "choice", choices=_with(ZONES, view.value("support.timezone"))),
                Field("support.calendar", "choice", choices=_calendars(visit, view)),
                Field("support.prefix", required=True),
                Field("support.reopen_days", "number", required=True),
                Field("support.responsible", "choice", choices=first, whole=True),
            ]
        )

    # --- terms ------------------------------------------------------------------------------------------------

    async def levels(self, visit: Visit) -> web.StreamResponse:
        """The table of terms."""
        view = await self._desks.settings.view(visit.viewer)
        table = levels.terms(view.value("support.levels") or {}, visit.language)
        return self._levels_page(visit, view, table, [])

    async def save_levels(self, visit: Visit) -> web.StreamResponse:
        """Keep them; an empty cell goes back to the default."""
        view = await self._desks.settings.view(visit.viewer)
        typed = {name: visit.posted(name) for name in visit.data if name.startswith("level-")}
        stored, wrong = levels.levels_from(typed, _full_day(view))
        faults = [SettingsFault("support.levels", visit.text(key)) for key in dict.fromkeys(wrong.values())]
        if not faults:
            faults = list(await save(visit, self._desks.settings, view, Form([]), {"support.levels": stored}))
            if not faults:
                return visit.go("levels", "saved")
        told = {name: visit.text(key) for name, key in wrong.items()}
        held = view.value("support.levels") or {}
        table = levels.terms(held, visit.language, typed, told)
        return self._levels_page(visit, view, table, faults)

    @staticmethod
    def _levels_page(
        visit: Visit, view: View, table: Mapping[Any, Any], faults: Sequence[SettingsFault]
    ) -> web.StreamResponse:
        fixed = view.is_fixed("support.levels")
        status = 422 if faults else 200
        return visit.page("levels.html", status, view=view, table=table, faults=faults, fixed=fixed)

    # --- whom to call -----------------------------------------------------------------------------------------

    async def calls(self, visit: Visit) -> web.StreamResponse:
        """The rules as rows by occasion."""
        async with self._desks.reading(visit) as scope:
            present = await escalation.rules_of(scope)
            names = await escalation.names_of(scope, present.rules)
        rows = levels.calls_of(present.rules, visit.language)
        return self._calls_page(visit, present, rows, names)

    async def save_calls(self, visit: Visit) -> web.StreamResponse:
        """Keep them, or go back to the defaults."""
        if not _may_call(visit):
            raise Refused("settings-not-yours")
        async with self._desks.reading(visit) as scope:
            present = await escalation.rules_of(scope)
            full_day = support_day(scope)
        if visit.posted("do") == "default":
            async with self._desks.doing(visit, "escalation.save", {"default": True}) as scope:
                for occasion in Occasion:
                    await escalation.set_rules(scope, occasion, None)
            return visit.go("calls", "saved")
        rows, rules = {}, {}
        for occasion in Occasion:
            rules[occasion], rows[occasion] = levels.rules_from(
                occasion, _typed_calls(visit, occasion), full_day
            )
        if any(row.fault for listed in rows.values() for row in listed):
            return self._calls_page(visit, present, rows, {}, 422)
        async with self._desks.doing(visit, "escalation.save", {}) as scope:
            await levels.save_rules(scope, rules)
        return visit.go("calls", "saved")

    @staticmethod
    def _calls_page(
        visit: Visit,
        present: escalation.Present,
        rows: Mapping[Occasion, Sequence[Call]],
        names: Mapping[str, str],
        status: int = 200,
    ) -> web.StreamResponse:
        padded = {occasion: [*listed, Call()] for occasion, listed in rows.items()}
        told = {
            occasion: [replace(row, fault=visit.text(row.fault)) if row.fault else row for row in listed]
            for occasion, listed in padded.items()
        }
        return visit.page(
            "calls.html",
            status,
            present=present,
            rows=told,
            names=names,
            recipients=list(Recipient),
            may_change=_may_call(visit) and present.source != "file",
        )


def _may_call(visit: Visit) -> bool:
    """Managers may change the rules here as they may in chat."""
    return visit.viewer.may_change or Role.MANAGER in visit.viewer.person.roles


def support_day(scope: Scope) -> Any:
    """What «1 д» means at this desk."""
    return SupportHours.parse(scope.portal.desk.hours).full_day


def _full_day(view: View) -> Any:
    try:
        return SupportHours.parse(str(view.value("support.hours"))).full_day
    except BusinessTimeError:
        return SupportHours.parse("Mon-Fri 09:00-18:00").full_day


def _with(values: Sequence[str], held: Any) -> Choices:
    """The choices, and what holds besides."""
    return [(one, one) for one in dict.fromkeys([*values, *([str(held)] if held else [])])]


def _calendars(visit: Visit, view: View) -> Choices:
    held = str(view.value("support.calendar") or "RU")
    return [(one, visit.maybe(f"calendar-{one.lower()}") or one) for one in dict.fromkeys([*CALENDARS, held])]


def _typed_week(visit: Visit, view: View) -> tuple[Week | None, str, dict[str, str]]:
    """The typed table (None where hours stand as text), the setting's text, and what is wrong by day."""
    held = str(view.value("support.hours"))
    if view.is_fixed("support.hours"):
        return support.week_of(held), held, {}
    if "hours" in visit.data:
        text = visit.posted("hours").strip()
        try:
            SupportHours.parse(text)
        except BusinessTimeError:
            return None, text, {"text": "hours-unreadable"}
        return None, text, {}
    week = {
        day: [(visit.posted(f"{day}-{at}-from"), visit.posted(f"{day}-{at}-to")) for at in range(RANGES)]
        for day in DAYS
    }
    text, faults = support.hours_of(week)
    return week, text or held, faults


def _typed_days(visit: Visit) -> list[Exceptional]:
    """The typed rows of days that differ, in order."""
    getall = getattr(visit.data, "getall", None)
    if getall is None:
        return []
    columns = [[str(value) for value in getall(name, [])] for name in ("day", "day-kind", "day-hours")]
    return [Exceptional(*cells) for cells in zip(*columns, strict=False)]


def _wished(visit: Visit, view: View, desk: Desk, hours: str, exceptions: Mapping[str, str]) -> Desk:
    """The desk as it would be."""
    zone, calendar = visit.posted("support.timezone"), visit.posted("support.calendar")
    return replace(
        desk,
        hours=hours,
        timezone=desk.timezone if view.is_fixed("support.timezone") else zone or desk.timezone,
        calendar=desk.calendar if view.is_fixed("support.calendar") else calendar or desk.calendar,
        prefix=desk.prefix,
        calendar_exceptions=desk.calendar_exceptions
        if view.is_fixed("support.calendar_exceptions")
        else dict(exceptions),
    )


def _hours_page(
    visit: Visit,
    view: View,
    inputs: Mapping[str, Any],
    week: Week | None,
    text: str,
    days: Sequence[Exceptional],
    sample: Sample,
    faults: Sequence[SettingsFault] = (),
    wrong_days: Mapping[str, str] | None = None,
    *,
    only_look: bool = False,
) -> web.StreamResponse:
    """The page. A table that was typed comes as typed, empty ranges filled up."""
    table = (
        {day: [*(week.get(day, ())), *[("", "")] * RANGES][:RANGES] for day in DAYS}
        if week is not None
        else None
    )
    told = [replace(one, fault=visit.text(one.fault)) if one.fault else one for one in days]
    fixed_days = view.is_fixed("support.calendar_exceptions")
    return visit.page(
        "support.html",
        422 if faults and not only_look else 200,
        view=view,
        inputs=inputs,
        others=[one for one in faults if not any(one.path == each.field.path for each in inputs.values())],
        week=table,
        text=text,
        wrong={day: visit.text(key) for day, key in (wrong_days or {}).items()},
        days=[*told, *([] if fixed_days else [Exceptional()] * SPARE_DAYS)],
        kinds=EXCEPTIONS,
        sample=sample,
        hours_fixed=view.is_fixed("support.hours"),
        days_fixed=fixed_days,
        only_look=only_look,
    )


def _typed_calls(visit: Visit, occasion: Occasion) -> list[Call]:
    """The typed rows of one occasion."""
    getall = getattr(visit.data, "getall", None)
    rows = []
    for at in range(20):
        name = f"{occasion}-{at}"
        if f"{name}-when" not in visit.data:
            break
        to = [str(one) for one in getall(f"{name}-to", [])] if getall else []
        rows.append(Call(visit.posted(f"{name}-when"), to, visit.posted(f"{name}-users")))
    return rows
