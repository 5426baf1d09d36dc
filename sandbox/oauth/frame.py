"""The application in an iframe, as the portal's slider shows it, and what the stand-in of BX24.js asks of it.

Source documents: sdk/bx24-js-sdk/**. The protocol between the page and the frame is the sandbox's own.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from sandbox.oauth.control import LIFECYCLE
from sandbox.oauth.lifecycle import DEFAULT, Lifecycle, Sending, Session
from sandbox.oauth.server import CLOUD
from sandbox.portal.calls import RestError, as_map, to_bool, to_int
from sandbox.portal.demo.http import json_answer
from sandbox.portal.demo_api import guarded
from sandbox.portal.documents import placements
from sandbox.portal.people import full_name, is_admin, users
from sandbox.portal.stores import Document
from sandbox.portal.texts import LANGUAGE

ROOT = Path(__file__).resolve().parent / "page"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'self'",
}


def setup(app: web.Application) -> None:
    for path in ("/api/v1/", "/api/v1", "/api/v1/bx24.js"):
        app.router.add_get(path, _script("bx24.js"))
    app.router.add_get("/_sandbox/frame.js", _script("frame.js"))
    app.router.add_get("/_sandbox/cloud.css", _script("cloud.css", "text/css"))
    app.router.add_get("/_sandbox/portals/{name}/frame", guarded(frame))
    app.router.add_get("/_sandbox/portals/{name}/applications", guarded(applications))
    app.router.add_get("/_sandbox/frames/{sid}", guarded(init_data))
    app.router.add_post("/_sandbox/frames/{sid}/refresh", guarded(refresh))
    app.router.add_post("/_sandbox/frames/{sid}/install_finish", guarded(install_finish))
    app.router.add_get("/", guarded(index))


def _script(name: str, kind: str = "text/javascript") -> Any:
    async def serve(_request: web.Request) -> web.StreamResponse:
        return web.Response(
            body=(ROOT / name).read_bytes(),
            content_type=kind,
            charset="utf-8",
            headers={"Cache-Control": "no-cache"},
        )

    return serve


def _page(title: str, body: str) -> web.Response:
    text = (
        f'<!doctype html><html lang="{LANGUAGE}"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/_sandbox/cloud.css"><body>{body}</body></html>'
    )
    return web.Response(text=text, content_type="text/html", headers=_HEADERS)


async def frame(request: web.Request) -> web.StreamResponse:
    """?client_id&user&placement&options (JSON)&installer → the slider's page with the application in it."""
    cloud, life, query = request.app[CLOUD], request.app[LIFECYCLE], request.query
    entry = cloud.entry(request.match_info["name"])
    app = cloud.app(query.get("client_id"))
    user_id = to_int(query.get("user"), 1) or 1
    if to_bool(query.get("installer")):
        sending = life.install(entry, app, user_id)
        if app["kind"] != "ui":
            raise RestError("NO_PAGE", "An application without an interface has no install page")
    else:
        options = as_map(orjson.loads(query["options"])) if query.get("options") else None
        sending = life.open(entry, app, user_id, query.get("placement") or DEFAULT, options)
    return _page(app["title"], _slider(cloud.domain(entry), app, sending))


def _slider(domain: str, app: Document, sending: Sending) -> str:
    name = escape(f"{domain}|0|{sending.sid}")
    fields = "".join(
        f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">' for key, value in sending.form
    )
    return (
        f"<header><h1>{escape(app['title'])}</h1></header>"
        f'<form id="open" method="post" action="{escape(sending.url)}" target="{name}">{fields}</form>'
        f'<iframe id="app" name="{name}" title="{escape(app["title"])}" data-sid="{escape(sending.sid)}"></iframe>'
        '<script src="/_sandbox/frame.js"></script>'
    )


def _session(request: web.Request) -> tuple[Lifecycle, Session, Document]:
    life = request.app[LIFECYCLE]
    session = life.sessions.get(request.match_info["sid"])
    entry = request.app[CLOUD].portals.get(session.member_id) if session else None
    if session is None or entry is None:
        raise RestError("NO_SESSION", "There is no such APP_SID", 404)
    return life, session, entry


async def init_data(request: web.Request) -> web.StreamResponse:
    """What BX24.init fetches from the parent frame."""
    _life, session, entry = _session(request)
    return json_answer(_init(request, session, entry, request.app[CLOUD].tokens.by_access(session.access)))


def _init(request: web.Request, session: Session, entry: Document, grant: Document | None) -> dict[str, Any]:
    cloud = request.app[CLOUD]
    installation = cloud.installation(session.client_id, entry["id"])
    return {
        "DOMAIN": cloud.domain(entry),
        "PROTOCOL": 0,
        "PATH": "/rest",
        "LANG": LANGUAGE,
        "AUTH_ID": grant["id"] if grant else "",
        "REFRESH_ID": grant["refresh"] if grant else "",
        "AUTH_EXPIRES": max(0, int(grant["until"] - cloud.timestamp())) if grant else 0,
        "MEMBER_ID": entry["id"],
        "IS_ADMIN": is_admin(cloud.portal(entry), session.user_id),
        "INSTALL": installation is not None and not installation["installed"],
        "PLACEMENT": session.placement,
        "PLACEMENT_OPTIONS": session.options,
        "client_id": session.client_id,
        "user": session.user_id,
        "portal": entry["name"],
    }


async def refresh(request: web.Request) -> web.StreamResponse:
    """A new pair for the frame (BX24.refreshAuth, and BX24.callMethod after expired_token)."""
    life, session, entry = _session(request)
    installation = life.installed(entry, request.app[CLOUD].app(session.client_id))
    return json_answer(
        _init(request, session, entry, request.app[CLOUD].tokens.issue(installation, session.user_id))
    )


async def install_finish(request: web.Request) -> web.StreamResponse:
    """BX24.installFinish() of this frame → {finished}; only an administrator's frame is an installer."""
    life, session, entry = _session(request)
    if not is_admin(request.app[CLOUD].portal(entry), session.user_id):
        return json_answer({"finished": False})
    return json_answer({"finished": life.finish(entry, request.app[CLOUD].app(session.client_id))})


async def applications(request: web.Request) -> web.StreamResponse:
    """?user → {applications: [{client_id, title, installed, url, tabs: [{placement, title, url}]}]} for a page."""
    cloud = request.app[CLOUD]
    entry = cloud.entry(request.match_info["name"])
    user = to_int(request.query.get("user"), 1) or 1
    base = f"/_sandbox/portals/{entry['name']}/frame"
    told = []
    for installation in cloud.installations.find("member", entry["id"]):
        app = cloud.app(installation["client_id"])
        address = f"{base}?client_id={app['id']}&user={user}"
        tabs = [
            {
                "placement": one["placement"],
                "title": _title(one, app),
                "url": f"{address}&placement={one['placement']}",
            }
            for one in placements(cloud.portal(entry)).find("client", app["id"])
            if installation["installed"]
        ]
        told.append(
            {
                "client_id": app["id"],
                "title": app["title"],
                "installed": installation["installed"],
                "url": address if app["app_url"] else None,
                "tabs": tabs,
            }
        )
    return json_answer({"applications": told})


def _title(placement: Document, app: Document) -> str:
    own = placement["lang_all"].get(LANGUAGE, {}).get("TITLE")
    return str(own or placement["title"] or app["title"])


async def index(request: web.Request) -> web.StreamResponse:
    """The first hundred portals, and for each the ways into its page and its applications."""
    cloud = request.app[CLOUD]
    rows = []
    for entry in list(cloud.portals)[:100]:
        name = escape(entry["name"])
        links = [f'<a href="/p/{name}/">портал</a>']
        for app in cloud.apps:
            installation = cloud.installation(app["id"], entry["id"])
            title = escape(app["title"])
            address = f"/_sandbox/portals/{name}/frame?client_id={escape(app['id'])}"
            if app["kind"] == "ui" and (installation is None or not installation["installed"]):
                links.append(f'<a href="{address}&amp;installer=1">установить «{title}»</a>')
            elif installation is not None and app["app_url"]:
                links += [
                    f'<a href="{address}&amp;user={user["id"]}">«{title}» как {escape(full_name(user))}</a>'
                    for user in list(users(cloud.portal(entry)))[:6]
                    if not user["bot"]
                ]
        rows.append(f"<tr><th>{name}</th><td>{' · '.join(links)}</td></tr>")
    empty = '<p>Порталов нет: POST /_sandbox/portals {"name": "grand"}</p>'
    table = f"<table>{''.join(rows)}</table>" if rows else empty
    return _page("Облако", f"<header><h1>Порталы</h1></header><main>{table}</main>")
