"""The pages behind the portal's frame: every request is asked who it is, every change carries a CSRF token."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from domain.errors import ConciergeError, Permanent, Refused, Temporary
from domain.portal import Portal
from domain.ports import Clock, Texts
from handlers.settings.viewers import Viewer, Viewers
from web.app import headers, sessions
from web.app.sessions import Session
from web.app.visits import ROOT, Handler, Page, Visit, url

log = structlog.get_logger()

HERE = Path(__file__).parent
STATIC = {"app.css": "text/css", "app.js": "text/javascript"}
COOKIE = "concierge_page"
TOKEN_HEADER = "X-Page-Session"  # noqa: S105 - a header's name
MAX_BODY = 512 * 1024
Portals = Callable[[int], Portal]
"""A served portal by id; Permanent for any other."""
Banner = Callable[[Viewer], Awaitable[str | None]]
"""What stands above every page, in our markup: the licence's state, for instance; None for nothing."""


@dataclass(frozen=True, slots=True)
class House:
    """What the site needs of the service."""

    viewers: Viewers
    texts: Texts
    clock: Clock
    portals: Portals
    banners: Sequence[Banner] = ()


class Site:
    """Serves pages to whoever has a session."""

    def __init__(self, house: House, pages: Sequence[Page]) -> None:
        self.house = house
        self._pages = pages
        self._static = {name: (HERE / "static" / name).read_bytes() for name in STATIC}
        self._stamps = {name: sha256(body).hexdigest()[:10] for name, body in self._static.items()}
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def setup(self, app: web.Application) -> None:
        """Add the pages' routes."""
        app.router.add_get(f"{ROOT}/static/{{name}}", self._serve_static)
        for page in self._pages:
            if page.show is not None:
                app.router.add_get(url(page.path), self.guarded(page, page.show))
            if page.send is not None:
                app.router.add_post(url(page.path), self.guarded(page, page.send, changes=True))

    # --- who asks --------------------------------------------------------------------------------------------

    def guarded(self, page: Page, handler: Handler, *, changes: bool = False) -> Callable[[web.Request], Any]:
        """The handler behind session, role and, for a change, CSRF token."""

        async def handle(request: web.Request) -> web.StreamResponse:
            session = await self.session_of(request)
            if session is None:
                return self.closed(request, "page-session", 401)
            try:
                viewer = await self.house.viewers.again(session.user, session.member_id)
                key = await self._key(session.portal_id)
                visit = await self.visit(request, viewer, session, await _posted(request) if changes else {})
                if changes and not sessions.csrf_fits(session, key, visit.posted("csrf")):
                    log.warning("a form without its token", path=page.path, portal=session.portal_id)
                    return self.closed(request, "page-csrf", 403, session)
                answer = await self.answered(visit, page, handler)
            except (Refused, Permanent):
                return self.closed(request, "page-session", 401)
            await self.hand_over(answer, session, key)
            return answer

        return handle

    async def answered(self, visit: Visit, page: Page, handler: Handler) -> web.StreamResponse:
        """What the page answers, or that it isn't his: a tab's session is for its item, and nothing else is for it."""
        mine = page.of_item or visit.viewer.has(page.roles)
        if page.of_item != bool(visit.session.item) or not mine:
            return self._refused(visit, Refused("page-not-yours"), 403)
        return await self._answer(visit, handler)

    async def _answer(self, visit: Visit, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(visit)
        except Refused as refusal:
            return self._refused(visit, refusal, 403 if refusal.code.endswith("not-yours") else 422)
        except Temporary as fault:
            log.warning("a page has to wait", code=fault.code)
            return self._refused(visit, fault, 503)
        except ConciergeError as fault:
            log.warning("a page failed", code=fault.code)
            return self._refused(visit, fault, 502)

    async def session_of(self, request: web.Request) -> Session | None:
        """The genuine session a request carries, of a portal that is served."""
        given = request.headers.get("Authorization", "")
        token = (
            given.removeprefix("Bearer ") if given.startswith("Bearer ") else request.cookies.get(COOKIE, "")
        )
        return await sessions.read(token, self._key, self.house.clock()) if token else None

    async def _key(self, portal_id: int) -> bytes:
        self.house.portals(portal_id)
        return await self.house.viewers.secret(portal_id)

    async def visit(
        self, request: web.Request, viewer: Viewer, session: Session, data: Mapping[str, Any]
    ) -> Visit:
        """A request with all that is known of it."""
        key = await self._key(session.portal_id)
        told = [await banner(viewer) for banner in self.house.banners]
        return Visit(
            request,
            viewer,
            session,
            sessions.csrf(session, key),
            sessions.sign(session, key),
            self.house.texts,
            self._render,
            data,
            [one for one in told if one],
        )

    async def hand_over(
        self, answer: web.StreamResponse, session: Session, key: bytes, *, anew: bool = False
    ) -> None:
        """Give the browser its (longer) session: in a header for the page's script, in a cookie where one is kept."""
        after = session if anew else sessions.renewed(session, self.house.clock())
        if after is None or answer.prepared:
            return
        token = sessions.sign(after, key)
        answer.headers[TOKEN_HEADER] = token
        seconds = int(sessions.LIFETIME.total_seconds())
        kept = (
            f"{COOKIE}={token}; Path={ROOT}; Max-Age={seconds}; HttpOnly; Secure; SameSite=None; Partitioned"
        )
        answer.headers.add("Set-Cookie", kept)

    # --- drawing ---------------------------------------------------------------------------------------------

    def _render(self, visit: Visit, template: str, status: int, values: Mapping[str, Any]) -> web.Response:
        portal = self.house.portals(visit.viewer.portal_id)
        nonce = secrets.token_urlsafe(16)
        told = visit.request.query.get("told", "")
        body = self._templates.get_template(template).render(
            visit=visit,
            portal=portal,
            t=visit.text,
            maybe=visit.maybe,
            url=url,
            lang=visit.language,
            nonce=nonce,
            menu=self._menu(visit),
            banners=[Markup(one) for one in visit.banners],  # noqa: S704 - texts of ours
            told=visit.maybe(f"told-{told}") if told.replace("-", "").isalnum() else "",
            static=self._static_url,
            token=visit.token,
            here=visit.request.path,
            **values,
        )
        return web.Response(
            text=body,
            status=status,
            content_type="text/html",
            charset="utf-8",
            headers=headers.headers(portal.url, visit.language, nonce),
        )

    def _menu(self, visit: Visit) -> list[tuple[str, list[tuple[str, Markup, bool]]]]:
        """(group, [(address, words, here)]) of the pages that are open to the visitor."""
        groups: dict[str, list[tuple[str, Markup, bool]]] = {}
        if visit.session.item:
            return []
        here = visit.request.path
        for page in self._pages:
            if page.menu and visit.viewer.has(page.roles):
                target = url(page.path)
                inside = here == target or here.startswith(f"{target}/")
                groups.setdefault(page.group, []).append((target, visit.text(page.menu), inside))
        return [(visit.text(group) if group else Markup(""), entries) for group, entries in groups.items()]

    def _refused(self, visit: Visit, fault: ConciergeError, status: int) -> web.Response:
        return visit.page("fault.html", status, words=visit.fault(fault.code, **fault.params))

    def closed(
        self, request: web.Request, code: str, status: int, session: Session | None = None
    ) -> web.Response:
        """A page for somebody who isn't known (any more): what happened, and how to get in."""
        language = session.language if session else _language(request)
        nonce = secrets.token_urlsafe(16)

        def words(key: str, /, **params: object) -> Markup:
            return Markup(self.house.texts(key, language, **params))  # noqa: S704 - escaped on the way in

        body = self._templates.get_template("closed.html").render(
            t=words, lang=language, words=words(f"error-{code}"), static=self._static_url, code=code
        )
        return web.Response(
            text=body,
            status=status,
            content_type="text/html",
            charset="utf-8",
            headers=headers.headers(None, language, nonce),
        )

    def bare(self, request: web.Request, template: str, **values: Any) -> web.Response:
        """A page for somebody who has no session yet."""
        language, nonce = _language(request), secrets.token_urlsafe(16)

        def words(key: str, /, **params: object) -> Markup:
            return Markup(self.house.texts(key, language, **params))  # noqa: S704 - escaped on the way in

        body = self._templates.get_template(template).render(
            t=words, lang=language, static=self._static_url, url=url, **values
        )
        found = headers.headers(None, language, nonce)
        return web.Response(text=body, content_type="text/html", charset="utf-8", headers=found)

    # --- files -----------------------------------------------------------------------------------------------

    def _static_url(self, name: str) -> str:
        return f"{ROOT}/static/{name}?{self._stamps[name]}"

    async def _serve_static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in STATIC:
            raise web.HTTPNotFound
        kept = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=self._static[name], content_type=STATIC[name], charset="utf-8", headers=kept)


async def _posted(request: web.Request) -> Mapping[str, Any]:
    """A posted form; empty (and so without a token) when it is too long or can't be read."""
    if (request.content_length or 0) > MAX_BODY:
        return {}
    try:
        return await request.post()
    except (ValueError, LookupError, web.HTTPRequestEntityTooLarge):
        return {}


def _language(request: web.Request) -> str:
    wanted = request.query.get("LANG", request.headers.get("Accept-Language", "ru"))[:2].lower()
    return "en" if wanted == "en" else "ru"
