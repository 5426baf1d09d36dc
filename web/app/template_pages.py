"""Support's templates on pages: a list, one form with both languages, a sample of what the requester reads."""

from collections.abc import Mapping

from aiohttp import web

from domain.people import Role
from handlers.settings import templates
from handlers.settings.templates import Line, Typed
from web.app.desks import Desks, number_in
from web.app.visits import Page, Visit

SUPPORT = frozenset({Role.SUPPORT})


class TemplatePages:
    """For support and admins: both may edit them in chat, too."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def pages(self) -> list[Page]:
        return [
            Page("templates", self.show, self.act, SUPPORT, "menu-templates", "page-menu-desk"),
            Page("templates/{id}", self.edit, self.save, SUPPORT),
        ]

    async def show(self, visit: Visit) -> web.StreamResponse:
        """All of them, and those of ours that aren't there."""
        async with self._desks.reading(visit) as scope:
            lines, ours = await templates.listed(scope)
        return visit.page("templates.html", lines=lines, ours=ours)

    async def act(self, visit: Visit) -> web.StreamResponse:
        """Take one of ours in."""
        key = visit.posted("ours")
        async with self._desks.doing(visit, "template.ours", {"template": key}) as scope:
            await templates.take_ours(scope, key)
        return visit.go("templates", "template-taken")

    async def edit(self, visit: Visit) -> web.StreamResponse:
        """One of them, or (``new``) an empty form."""
        number = number_in(visit.name("id"))
        async with self._desks.reading(visit) as scope:
            line = await templates.load(scope, number) if number is not None else None
        typed = Typed(line.name, line.text, line.text_en) if line else Typed()
        return await self._form(visit, line, typed, {})

    async def save(self, visit: Visit) -> web.StreamResponse:
        """Keep it, look at a sample, set it back to ours, or take it away."""
        number = number_in(visit.name("id"))
        typed = Typed(*(visit.posted(name).replace("\r\n", "\n") for name in ("name", "text", "text_en")))
        async with self._desks.reading(visit) as scope:
            line = await templates.load(scope, number) if number is not None else None
            faults = await templates.judge(scope, typed, number)
        wanted = visit.posted("do")
        if line is not None and wanted == "remove":
            async with self._desks.doing(visit, "template.remove", {"template": line.name}) as scope:
                await templates.remove(scope, line.id)
            return visit.go("templates", "template-removed")
        if line is not None and wanted == "ours" and line.ours:
            async with self._desks.doing(visit, "template.ours", {"template": line.name}) as scope:
                await templates.take_ours(scope, line.ours)
            return visit.go(f"templates/{line.id}", "template-back")
        if faults or wanted == "sample":
            return await self._form(visit, line, typed, faults if wanted != "sample" else {})
        async with self._desks.doing(visit, "template.save", {"template": typed.name}) as scope:
            await templates.save(scope, typed, number)
        return visit.go("templates", "template-saved")

    async def _form(
        self, visit: Visit, line: Line | None, typed: Typed, faults: Mapping[str, str]
    ) -> web.StreamResponse:
        async with self._desks.reading(visit) as scope:
            samples = {
                "ru": templates.sample(scope, typed.text, "ru"),
                "en": templates.sample(scope, typed.text_en or typed.text, "en"),
            }
            fields = templates.samples(scope)
        unknown = sorted({*templates.unknown_fields(typed.text), *templates.unknown_fields(typed.text_en)})
        told = {name: visit.text(key) for name, key in faults.items()}
        return visit.page(
            "template.html",
            422 if faults else 200,
            line=line,
            typed=typed,
            faults=told,
            samples=samples,
            fields=fields,
            unknown=unknown,
        )
