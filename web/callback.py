"""The callback form for a hotel's site: plain pages that work in an iframe, without cookies and without JavaScript.

Whatever is refused comes back with all that was typed and says why; a form that is sent twice is filed once.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from domain.errors import ConciergeError
from domain.ports import Clock, Texts
from handlers.desk.site_forms import IP_WINDOW_S, SiteForms, Submission
from web import consent, stamps, visitors
from web.callback_fields import Fault, Typed, judge, read
from web.stamps import Age, Stamp

log = structlog.get_logger()

MAX_BODY = 512 * 1024
PAGES = Path(__file__).parent / "pages"
STYLE = (PAGES / "style.css").read_bytes()
STYLE_VERSION = sha256(STYLE).hexdigest()[:10]
FORMS = {"": "callback", "report": "violation"}
"""The path below /callback, and the form that stands there."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Pages:
    """How the form is shown. ``sites``: the origins whose pages may frame it, by the key of ``?site=``."""

    portal_id: int
    sites: Mapping[str, Sequence[str]] = field(default_factory=dict)
    operator: str = ""
    contact: str = ""
    translated: bool = True
    """Whether the consent is our own text, which we have in English, too."""
    region: str = "RU"
    least_fill_s: float = 2.0
    proxies: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A portal's forms and how they are shown."""

    forms: SiteForms
    pages: Pages


PlaceOf = Callable[[str], Place | None]
"""Whose form stands on a site, by the key of ``?site=``; for an empty or unknown one the main portal's, if any."""


def setup(app: web.Application, texts: Texts, clock: Clock, place_of: PlaceOf) -> None:
    """Add ``/callback`` and the pages below it."""
    site = Callback(texts, clock, place_of)
    for path in FORMS:
        below = f"/callback/{path}" if path else "/callback"
        app.router.add_get(below, site.guarded(site.show))
        app.router.add_post(below, site.guarded(site.send))
    app.router.add_get("/callback/done", site.guarded(site.done))
    app.router.add_get("/callback/consent", site.guarded(site.consent))
    app.router.add_get("/callback/style.css", style)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a visitor. ``kind``: which form; ``below``: the path below /callback, for links that fit a subpath."""

    request: web.Request
    site: str
    language: str
    below: str
    place: Place

    @property
    def forms(self) -> SiteForms:
        return self.place.forms

    @property
    def pages(self) -> Pages:
        return self.place.pages

    @property
    def kind(self) -> str:
        return FORMS.get(self.below, "callback")

    @property
    def sealed_for(self) -> str:
        return f"{self.kind}|{self.site}"

    def link(self, below: str, **query: str) -> str:
        """A relative address of another of our pages, with site and language kept."""
        place = (
            ("" if self.below else "callback/") + below
            if below
            else ("../callback" if self.below else "callback")
        )
        kept = {"site": self.site} if self.site else {}
        return f"{place}?{urlencode({**kept, 'lang': self.language, **query})}"


class Callback:
    """The pages."""

    def __init__(self, texts: Texts, clock: Clock, place_of: PlaceOf) -> None:
        self._texts = texts
        self._clock = clock
        self._place_of = place_of
        self._templates = Environment(
            loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def guarded(self, handler: Callable[[Visit], Awaitable[web.StreamResponse]]) -> Handler:
        """A page for a known site, in the visitor's language, with headers that let only that site frame it."""

        async def handle(request: web.Request) -> web.StreamResponse:
            site = request.query.get("site", "")
            below = request.path.rpartition("/callback")[2].strip("/")
            place = self._place_of(site)
            if place is None:
                raise web.HTTPNotFound
            visit = Visit(request, site, visitors.language_of(request), below, place)
            if site and site not in visit.pages.sites:
                return self._note(visit, "not-found", 404)
            try:
                return await handler(visit)
            except ConciergeError as fault:
                log.warning("form refused", code=fault.code)
                return self._note(visit, "away", 503)

        return handle

    # --- the form ----------------------------------------------------------------------------------------

    async def show(self, visit: Visit) -> web.StreamResponse:
        """An empty form."""
        key = await visit.forms.secret(visit.pages.portal_id)
        stamp = stamps.seal(key, visit.sealed_for, self._clock())
        return await self._form(visit, Typed(stamp=stamp), [], 200)

    async def send(self, visit: Visit) -> web.StreamResponse:
        """A filled form: to its receipt, or back with what is wrong."""
        data = await _posted(visit.request)
        if data is None:
            return self._note(visit, "unreadable", 400)
        typed = read(data)
        key = await visit.forms.secret(visit.pages.portal_id)
        now = self._clock()
        stamp = stamps.unseal(key, visit.sealed_for, typed.stamp, now, visit.pages.least_fill_s)
        if stamp and await visit.forms.known(visit.pages.portal_id, stamp.nonce):
            return self._to_receipt(visit, typed.stamp)
        caller, faults = judge(typed, violation=visit.kind == "violation", region=visit.pages.region)
        faults = [*self._doubts(visit, typed, stamp), *faults]
        if stamp is None or stamp.age is Age.STALE:
            typed = replace(typed, stamp=stamps.seal(key, visit.sealed_for, now))
        if faults or stamp is None:
            return await self._form(visit, typed, faults, 422)
        ip = visitors.address_of(visit.request, visitors.networks(visit.pages.proxies))
        if not await visit.forms.within_limits(visit.pages.portal_id, visit.site, ip):
            return await self._limited(visit, typed)
        agreed = visit.forms.consent if typed.consent else None
        sent = Submission(visit.site, stamp.nonce, caller, typed.question, ip, agreed)
        await visit.forms.file(visit.pages.portal_id, sent)
        return self._to_receipt(visit, typed.stamp)

    def _doubts(self, visit: Visit, typed: Typed, stamp: Stamp | None) -> list[Fault]:
        """What speaks for a robot, or for a page that is out of date."""
        if stamp is None or stamp.age is Age.STALE:
            return [Fault("", "stale")]
        if typed.trap:
            return [Fault("", "trap")]
        if stamp.age is Age.YOUNG:
            return [Fault("", "fast")]
        if typed.consent and typed.consent_hash != visit.forms.consent.hash:
            return [Fault("consent", "consent-changed")]
        return []

    async def _limited(self, visit: Visit, typed: Typed) -> web.StreamResponse:
        fault = Fault("", "limit", {"minutes": IP_WINDOW_S // 60})
        response = await self._form(visit, typed, [fault], 429)
        response.headers["Retry-After"] = str(IP_WINDOW_S)
        return response

    async def _form(
        self, visit: Visit, typed: Typed, faults: Sequence[Fault], status: int
    ) -> web.StreamResponse:
        told = {one.where: self._text(visit, f"callback-error-{one.key}", **one.values) for one in faults}
        if any(one.key == "consent-changed" for one in faults):
            typed = replace(typed, consent=False)
        closed = await visit.forms.closed(visit.pages.portal_id, visit.language)
        return self._page(
            visit,
            "form.html",
            status,
            typed=typed,
            faults=told,
            closed=Markup(closed),  # noqa: S704 - our own text
            consent_hash=visit.forms.consent.hash,
        )

    # --- the other pages ---------------------------------------------------------------------------------

    def _to_receipt(self, visit: Visit, stamp: str) -> web.StreamResponse:
        where = visit.link("done", form=stamp, **({"kind": visit.kind} if visit.below else {}))
        return web.Response(status=303, headers={**self._headers(visit), "Location": where})

    async def done(self, visit: Visit) -> web.StreamResponse:
        """The receipt of a form that was filed; whoever has its seal may read it again."""
        query = visit.request.query
        kind = "violation" if query.get("kind") == "violation" else "callback"
        key = await visit.forms.secret(visit.pages.portal_id)
        stamp = stamps.unseal(key, f"{kind}|{visit.site}", query.get("form", ""), self._clock(), 0)
        found = (
            await visit.forms.receipt(visit.pages.portal_id, stamp.nonce, visit.language) if stamp else None
        )
        if found is None:
            return self._note(visit, "not-found", 404)
        return self._page(visit, "done.html", 200, receipt=found, kind=kind, why=Markup(found.why))  # noqa: S704

    async def consent(self, visit: Visit) -> web.StreamResponse:
        """The text of consent: the one in force, or the one whose hash is asked for."""
        wanted = visit.request.query.get("text", "")
        found = await visit.forms.consent_text(visit.pages.portal_id, wanted)
        if found is None:
            return self._note(visit, "not-found", 404)
        present = found.hash == visit.forms.consent.hash
        translate = visit.language != "ru" and present and visit.pages.translated
        pages = visit.pages
        translation = consent.builtin(visit.language, pages.operator, pages.contact) if translate else ""
        return self._page(visit, "consent.html", 200, found=found, present=present, translation=translation)

    def _note(self, visit: Visit, name: str, status: int) -> web.Response:
        return self._page(visit, "note.html", status, name=name)

    # --- rendering ---------------------------------------------------------------------------------------

    def _text(self, visit: Visit, key: str, **params: object) -> Markup:
        """A text of ours; its values were escaped on the way in."""
        return Markup(self._texts(key, visit.language, **params))  # noqa: S704

    def _page(self, visit: Visit, template: str, status: int, **values: Any) -> web.Response:
        other = "en" if visit.language == "ru" else "ru"
        query = {**visit.request.query, "lang": other}
        body = self._templates.get_template(template).render(
            t=lambda key, **params: self._text(visit, key, **params),
            visit=visit,
            lang=visit.language,
            other_language="?" + urlencode(query),
            style=f"{'' if visit.below else 'callback/'}style.css?{STYLE_VERSION}",
            **values,
        )
        headers = self._headers(visit)
        return web.Response(
            text=body, status=status, content_type="text/html", charset="utf-8", headers=headers
        )

    def _headers(self, visit: Visit) -> dict[str, str]:
        framers = " ".join(["'self'", *visit.pages.sites.get(visit.site, ())])
        policy = (
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
            f"frame-ancestors {framers}"
        )
        return {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "Content-Language": visit.language,
        }


async def style(_request: web.Request) -> web.StreamResponse:
    """The pages' only sheet; its address changes with its content."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=STYLE, content_type="text/css", charset="utf-8", headers=headers)


async def _posted(request: web.Request) -> Mapping[str, Any] | None:
    """The fields of a posted form; None when it is too long or can't be read."""
    if (request.content_length or 0) > MAX_BODY:
        return None
    try:
        return await request.post()
    except (ValueError, LookupError, web.HTTPRequestEntityTooLarge):
        return None
