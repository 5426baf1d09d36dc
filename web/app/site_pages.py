"""The callback form on the hotels' sites: who may frame it, and the versions of the consent its visitors agree to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from aiohttp import web

from domain.ports.settings import SettingsFault
from handlers.settings import consents
from handlers.settings.consents import Version
from handlers.settings.settings import View
from web import consent
from web.app.desks import Desks
from web.app.forms import Field, Form
from web.app.saving import change, save
from web.app.visits import Page, Visit

SITES = "callback.sites"
SPARE = 1
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_ORIGIN = re.compile(
    r"https://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d{1,5})?|http://(127\.0\.0\.1|localhost)(:\d{1,5})?"
)


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site: its key and the origins that may show the form."""

    key: str = ""
    origins: str = ""
    fault: str = ""


class SitePages:
    """Sites and consent."""

    def __init__(self, desks: Desks, public_url: str) -> None:
        self._desks = desks
        self._public_url = public_url.rstrip("/")

    def pages(self) -> list[Page]:
        return [
            Page("sites", self.show, self.save, frozenset(), "menu-sites", "page-menu-people"),
            Page("consent", self.consent, self.publish, frozenset(), "menu-consent", "page-menu-people"),
        ]

    # --- sites ------------------------------------------------------------------------------------------------

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The form's settings and the sites."""
        view = await self._desks.settings.view(visit.viewer)
        return self._page(visit, view, _FORM.inputs(visit, view), _rows(view), [])

    async def save(self, visit: Visit) -> web.StreamResponse:
        view = await self._desks.settings.view(visit.viewer)
        sites, rows = _sites_from(_typed(visit))
        wrong = [SettingsFault(SITES, visit.text(row.fault)) for row in rows if row.fault]
        faults = await save(visit, self._desks.settings, view, _FORM, {SITES: sites}, wrong)
        if not faults:
            return visit.go("sites", "saved")
        shown = _rows(view) if view.is_fixed(SITES) else rows
        return self._page(visit, view, _FORM.inputs(visit, view, faults, typed=True), shown, faults)

    def _page(
        self,
        visit: Visit,
        view: View,
        inputs: Mapping[str, object],
        rows: Sequence[SiteRow],
        faults: Sequence[SettingsFault],
    ) -> web.StreamResponse:
        fixed = view.is_fixed(SITES)
        told = [replace(row, fault=visit.text(row.fault)) if row.fault else row for row in rows]
        return visit.page(
            "sites.html",
            422 if faults else 200,
            view=view,
            inputs=inputs,
            others=_FORM.elsewhere(faults),
            rows=[*told, *([] if fixed else [SiteRow()] * SPARE)],
            fixed=fixed,
            base=self._public_url,
        )

    # --- consent ----------------------------------------------------------------------------------------------

    async def consent(self, visit: Visit) -> web.StreamResponse:
        """The text in force, the form for a new one, and the earlier ones."""
        view = await self._desks.settings.view(visit.viewer)
        found = await self._versions(visit, view)
        async with self._desks.reading(visit) as scope:
            today = scope.now.astimezone(ZoneInfo(scope.portal.timezone)).date()
        return self._consent_page(visit, view, found, {"label": today.isoformat(), "text": found[0].text}, {})

    async def publish(self, visit: Visit) -> web.StreamResponse:
        """Put a new version in force, from now on; whoever agreed to an earlier one has agreed to that one."""
        view = await self._desks.settings.view(visit.viewer)
        typed = {name: visit.posted(name).replace("\r\n", "\n") for name in ("label", "text")}
        found = await self._versions(visit, view)
        judged = consents.judge(typed["label"], typed["text"], found)
        faults: dict[str, str] = {name: visit.text(key) for name, key in judged.items()}
        if view.is_fixed("callback.consent_file") or view.is_fixed(consents.TEXT):
            faults[""] = visit.text("settings-fixed")
        if not faults:
            changes = consents.changes(typed["label"], typed["text"])
            wrong = await change(visit, self._desks.settings, changes)
            if not wrong:
                return visit.go("consent", "consent-published")
            faults[""] = " ".join(one.words for one in wrong)
        return self._consent_page(visit, view, found, typed, faults)

    async def _versions(self, visit: Visit, view: View) -> list[Version]:
        async with self._desks.reading(visit) as scope:
            version, text = _in_force(view, scope.portal.url)
            return await consents.versions(scope, version, text)

    @staticmethod
    def _consent_page(
        visit: Visit,
        view: View,
        found: Sequence[Version],
        typed: Mapping[str, str],
        faults: Mapping[str, str],
    ) -> web.StreamResponse:
        file = view.value("callback.consent_file")
        return visit.page(
            "consent_versions.html",
            422 if faults else 200,
            view=view,
            found=found,
            typed=typed,
            faults=faults,
            file=str(file) if file else "",
            own=bool(view.value(consents.TEXT)),
            zone=ZoneInfo(str(view.value("service.timezone") or "Europe/Moscow")),
        )


def _in_force(view: View, portal_url: str) -> tuple[str, str]:
    """Version and text as the form shows them; a file's text lies with the form itself."""
    text = view.value(consents.TEXT)
    if text:
        return str(view.value(consents.VERSION)), str(text)
    name = next((str(one.get("name")) for one in view.hotels), "")
    operator = str(view.value("callback.operator") or name or portal_url)
    contact = str(view.value("callback.operator_contact") or portal_url)
    return str(view.value(consents.VERSION) or consent.VERSION), consent.builtin("ru", operator, contact)


_FORM = Form(
    [
        Field("callback.enabled", "flag"),
        Field("callback.operator", default=""),
        Field("callback.operator_contact", default=""),
        Field("callback.per_ip", "number", required=True),
        Field("callback.per_site", "number", required=True),
    ]
)


def _rows(view: View) -> list[SiteRow]:
    held: Mapping[str, Sequence[str]] = view.value(SITES) or {}
    return [SiteRow(key, "\n".join(origins)) for key, origins in sorted(held.items())]


def _typed(visit: Visit) -> list[SiteRow]:
    getall = getattr(visit.data, "getall", None)
    if getall is None:
        return []
    columns = [
        [str(value).replace("\r\n", "\n").strip() for value in getall(name, [])]
        for name in ("key", "origins")
    ]
    return [SiteRow(*cells) for cells in zip(*columns, strict=False)]


def _sites_from(rows: Sequence[SiteRow]) -> tuple[dict[str, list[str]], list[SiteRow]]:
    """The setting of typed rows, and the rows again with what is wrong; empty ones are left out."""
    sites: dict[str, list[str]] = {}
    judged = []
    for row in rows:
        if not row.key and not row.origins:
            continue
        origins = [one.rstrip("/") for one in row.origins.split()]
        fault = ""
        if not _KEY.fullmatch(row.key):
            fault = "site-no-key"
        elif row.key in sites:
            fault = "site-twice"
        elif not origins or any(not _ORIGIN.fullmatch(one) for one in origins):
            fault = "site-no-origin"
        else:
            sites[row.key] = origins
        judged.append(replace(row, fault=fault))
    return sites, judged
