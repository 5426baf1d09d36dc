"""The way in: the portal's frame posts who looks, and the portal itself is asked whether it is true; or a link is spent."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from aiohttp import web

from domain.errors import ConciergeError, Permanent, Refused, Temporary
from domain.ports.frame import FrameAuth, FrameUser
from web.app import sessions
from web.app.sessions import Session
from web.app.site import MAX_BODY, Site
from web.app.visits import ROOT, Page

log = structlog.get_logger()

LANGUAGES = ("ru", "en")
TABS = {"CRM_CONTACT_DETAIL_TAB": "contact", "CRM_DEAL_DETAIL_TAB": "deal"}
_MEMBER = re.compile(r"[0-9a-zA-Z]{1,64}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,512}")


class Entry:
    """``/bitrix24/app``: the frame's POST begins a session; GET is for links and for who has one already."""

    def __init__(self, site: Site, auth: FrameAuth | None, start: Page, tab: Page) -> None:
        self._site = site
        self._auth = auth
        self._start = start
        self._tab = tab

    def setup(self, app: web.Application) -> None:
        """Add the entry's routes."""
        app.router.add_post(ROOT, self.post)
        app.router.add_get(ROOT, self.get)

    async def get(self, request: web.Request) -> web.StreamResponse:
        """A link asks for a press first (messengers fetch links to preview them); a session goes on."""
        if token := request.query.get("link", ""):
            return self._site.bare(request, "link.html", token=token)
        session = await self._site.session_of(request)
        if session is None:
            return self._site.closed(request, "page-session", 401)
        try:
            return await self._go_on(request, session, anew=False)
        except (Refused, Permanent):
            return self._site.closed(request, "page-session", 401)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """A frame that opens, or a link that is followed."""
        try:
            data = await request.post() if (request.content_length or 0) <= MAX_BODY else {}
            if link := _text(data, "link"):
                user = await self._site.house.viewers.follow_link(link)
                member, item = await self._site.house.viewers.member_of(user.portal_id), ""
            else:
                user, member, item = await self._of_frame(data)
                language = request.query.get("LANG", "")
                user = replace(user, language=user.language or (language if language in LANGUAGES else "en"))
            await self._site.house.viewers.admit(user)
            session = sessions.begin(user, member, self._site.house.clock(), item)
            return await self._go_on(request, session, anew=True)
        except Refused as refusal:
            log.warning("a frame was refused", code=refusal.code)
            known = refusal.code in {"page-link-spent", "crm-tab-item"}
            return self._site.closed(request, refusal.code if known else "frame-not-genuine", 403)
        except Temporary as fault:
            log.warning("the portal can't be asked who opens a frame", code=fault.code)
            return self._site.closed(request, "frame-portal-away", 503)
        except (ConciergeError, ValueError, LookupError, web.HTTPRequestEntityTooLarge):
            return self._site.closed(request, "frame-not-genuine", 400)

    async def _of_frame(self, data: Mapping[str, Any]) -> tuple[FrameUser, str, str]:
        """Who looks, of which portal, at which CRM item; each proven by that portal."""
        member, token = _text(data, "member_id"), _text(data, "AUTH_ID")
        application = _text(data, "APPLICATION_TOKEN")
        if self._auth is None or not _MEMBER.fullmatch(member) or not _TOKEN.fullmatch(token):
            raise Refused("frame-not-genuine")
        user = await self._auth.verify(member, token, application)
        entity = TABS.get(_text(data, "PLACEMENT"))
        if entity is None:
            return user, member, ""
        crm_id = _item_of(_text(data, "PLACEMENT_OPTIONS"))
        if crm_id is None or not await self._auth.sees(user.portal_id, token, entity, crm_id):
            raise Refused("crm-tab-item")
        return user, member, f"{entity}:{crm_id}"

    async def _go_on(self, request: web.Request, session: Session, *, anew: bool) -> web.StreamResponse:
        house = self._site.house
        viewer = await house.viewers.again(session.user, session.member_id)
        key = await house.viewers.secret(session.portal_id)
        visit = await self._site.visit(request, viewer, session, {})
        page = self._tab if session.item else self._start
        assert page.show is not None
        answer = await self._site.answered(visit, page, page.show)
        await self._site.hand_over(answer, session, key, anew=anew)
        return answer


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name, "")
    return value if isinstance(value, str) else ""


def _item_of(options: str) -> int | None:
    """The ID in PLACEMENT_OPTIONS, which anybody could have written."""
    try:
        found = json.loads(options)
    except ValueError:
        return None
    text = str(found.get("ID", "")) if isinstance(found, dict) else ""
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 12 else None
