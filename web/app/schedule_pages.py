"""When and how far each hotel is synced, when the clock gives up, and what the managers get each morning."""

from aiohttp import web

from domain.alerts import AlertKind
from domain.errors import Refused
from handlers.settings.settings import View
from web.app.desks import Desks
from web.app.forms import Field, Form
from web.app.visits import Page, Visit


class SchedulePages:
    """One page per hotel."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def pages(self) -> list[Page]:
        return [
            Page("schedules", self.choose, None, frozenset(), "menu-schedules", "page-menu-hotel"),
            Page("schedules/{code}", self.show, self.save),
        ]

    async def choose(self, visit: Visit) -> web.StreamResponse:
        """The only hotel's page at once, else a list."""
        view = await self._desks.settings.view(visit.viewer)
        if len(view.hotels) == 1:
            return await self._drawn(visit, view, str(view.hotels[0]["code"]))
        return visit.page("schedules.html", hotels=view.hotels)

    async def show(self, visit: Visit) -> web.StreamResponse:
        view = await self._desks.settings.view(visit.viewer)
        return await self._drawn(visit, view, _code(visit, view))

    async def _drawn(self, visit: Visit, view: View, code: str) -> web.StreamResponse:
        inputs = _form(visit, code).inputs(visit, view)
        return visit.page(
            "schedule.html", view=view, code=code, name=_name(view, code), inputs=inputs, others=()
        )

    async def save(self, visit: Visit) -> web.StreamResponse:
        view = await self._desks.settings.view(visit.viewer)
        code = _code(visit, view)
        form = _form(visit, code)
        if faults := await form.save(visit, self._desks.settings):
            inputs = form.inputs(visit, view, faults, typed=True)
            others = form.elsewhere(faults)
            return visit.page(
                "schedule.html",
                422,
                view=view,
                code=code,
                name=_name(view, code),
                inputs=inputs,
                others=others,
            )
        return visit.go(f"schedules/{code}", "saved")


def _code(visit: Visit, view: View) -> str:
    code = visit.name("code")
    if not any(one.get("code") == code for one in view.hotels):
        raise Refused("no-such-hotel", hotel=code, known=", ".join(str(one["code"]) for one in view.hotels))
    return code


def _name(view: View, code: str) -> str:
    return next(str(one.get("name") or code) for one in view.hotels if one["code"] == code)


def _form(visit: Visit, code: str) -> Form:
    sync, hotel = f"hotels.{code}.sync", f"hotels.{code}"
    kinds = [(kind.value, visit.text(f"alert-short-{kind}")) for kind in AlertKind]
    return Form(
        [
            Field(
                f"{sync}.every_minutes",
                "number",
                "field-hotel-every-minutes",
                form="every_minutes",
                required=True,
            ),
            Field(f"{sync}.full_at", "time", "field-hotel-full-at", form="full_at", required=True),
            Field(f"{sync}.days_back", "number", "field-hotel-days-back", form="days_back", required=True),
            Field(f"{sync}.days_ahead", "number", "field-hotel-days-ahead", form="days_ahead", required=True),
            Field(
                f"{sync}.warn_share", "percent", "field-hotel-warn-share", form="warn_share", required=True
            ),
            Field(
                f"{sync}.pause_after", "number", "field-hotel-pause-after", form="pause_after", required=True
            ),
            Field(f"{sync}.remake_deleted", "flag", "field-hotel-remake-deleted", form="remake_deleted"),
            Field(f"{hotel}.morning_at", "time", "field-hotel-morning-at", form="morning_at", default=""),
            Field(f"{hotel}.rooms", "number", "field-hotel-rooms", form="rooms"),
            Field(f"{hotel}.alerts", "several", "field-hotel-alerts", kinds, form="alerts"),
            Field(
                f"{hotel}.alert_days", "number", "field-hotel-alert-days", form="alert_days", required=True
            ),
            Field(f"{hotel}.alert_chats", "lines", "field-hotel-alert-chats", form="alert_chats", rows=2),
        ]
    )
