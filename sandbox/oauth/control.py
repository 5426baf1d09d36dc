"""The cloud's control surface under /_sandbox: what administrators and browsers do, for tests and curious people."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from aiohttp import web

from sandbox.oauth.lifecycle import DEFAULT, Lifecycle, Sending
from sandbox.oauth.office import CloudOffice
from sandbox.oauth.server import CLOUD
from sandbox.portal.calls import RestError, as_map, to_bool, to_int
from sandbox.portal.demo.http import json_answer, json_body
from sandbox.portal.demo_api import guarded
from sandbox.portal.documents import event_handlers, placements
from sandbox.portal.people import get_user
from sandbox.portal.stores import Document

LIFECYCLE: web.AppKey[Lifecycle] = web.AppKey("lifecycle", Lifecycle)
OFFICE: web.AppKey[CloudOffice] = web.AppKey("office", CloudOffice)
MAX_AT_ONCE = 10_000


def setup(app: web.Application) -> None:
    routes = {
        ("GET", "apps"): list_apps,
        ("POST", "apps"): add_app,
        ("GET", "portals"): list_portals,
        ("POST", "portals"): add_portals,
        ("POST", "settle"): settle,
        ("GET", "faults"): get_faults,
        ("POST", "faults"): add_fault,
        ("DELETE", "faults"): remove_faults,
        ("POST", "clock"): push_clock,
        ("GET", "portals/{name}"): show_portal,
        ("GET", "portals/{name}/deliveries"): deliveries,
        ("POST", "portals/{name}/install"): install,
        ("POST", "portals/{name}/install_finish"): install_finish,
        ("POST", "portals/{name}/send_install_event"): send_install_event,
        ("POST", "portals/{name}/update"): update,
        ("POST", "portals/{name}/uninstall"): uninstall,
        ("POST", "portals/{name}/rename"): rename,
        ("POST", "portals/{name}/open"): open_app,
        ("POST", "portals/{name}/expire"): expire,
        ("POST", "portals/{name}/tokens"): tokens,
        ("POST", "portals/{name}/state"): set_state,
    }
    for (verb, path), handler in routes.items():
        app.router.add_route(verb, f"/_sandbox/{path}", guarded(handler))


def _wrong(error: ValueError) -> RestError:
    return RestError("BAD_VALUE", str(error))


async def list_apps(request: web.Request) -> web.StreamResponse:
    return json_answer({"apps": list(request.app[CLOUD].apps)})


async def add_app(request: web.Request) -> web.StreamResponse:
    """Fields of Cloud.apps → the application with its client_id and client_secret."""
    try:
        return json_answer(request.app[CLOUD].add_app(await json_body(request)))
    except ValueError as error:
        raise _wrong(error) from error


def _portal_view(request: web.Request, entry: Document) -> dict[str, Any]:
    cloud = request.app[CLOUD]
    return {
        "name": entry["name"],
        "member_id": entry["id"],
        "domain": cloud.domain(entry),
        "client_endpoint": cloud.client_endpoint(entry),
        "built": entry["id"] in cloud.built,
    }


async def list_portals(request: web.Request) -> web.StreamResponse:
    return json_answer({"portals": [_portal_view(request, entry) for entry in request.app[CLOUD].portals]})


async def add_portals(request: web.Request) -> web.StreamResponse:
    """{name, …} makes one, {count, prefix, …} many → {portals}."""
    cloud, body = request.app[CLOUD], await json_body(request)
    count, prefix = to_int(body.pop("count", 1), 1) or 1, str(body.pop("prefix", "hotel"))
    name = body.pop("name", None)
    try:
        if not 1 <= count <= MAX_AT_ONCE:
            raise ValueError(f"count is 1 to {MAX_AT_ONCE}")  # noqa: TRY301 - the same answer as below
        names = [str(name)] if name else [f"{prefix}-{number}" for number in range(1, count + 1)]
        made = [cloud.add_portal(one, body) for one in names]
    except ValueError as error:
        raise _wrong(error) from error
    return json_answer({"portals": [_portal_view(request, entry) for entry in made]})


def _entry(request: web.Request) -> Document:
    return request.app[CLOUD].entry(request.match_info["name"])


async def _subject(request: web.Request) -> tuple[Document, Document, dict[str, Any]]:
    """The portal, the application and the rest of the body."""
    body = await json_body(request)
    client_id = body.get("client_id") or request.query.get("client_id")
    return _entry(request), request.app[CLOUD].app(client_id), body


async def show_portal(request: web.Request) -> web.StreamResponse:
    """{name, …, installations, handlers, placements, deliveries}."""
    cloud, entry = request.app[CLOUD], _entry(request)
    portal = cloud.portal(entry)
    return json_answer(
        {
            **_portal_view(request, entry),
            "old_names": entry["old_names"],
            "installations": cloud.installations.find("member", entry["id"]),
            "handlers": list(event_handlers(portal)),
            "placements": list(placements(portal)),
            "deliveries": [asdict(one) for one in request.app[OFFICE].deliveries(entry["id"])],
        }
    )


async def deliveries(request: web.Request) -> web.StreamResponse:
    found = request.app[OFFICE].deliveries(_entry(request)["id"])
    return json_answer({"deliveries": [asdict(one) for one in found]})


async def _sent(request: web.Request, sending: Sending, body: dict[str, Any]) -> web.StreamResponse:
    """The post and, unless `post` is false, what the application answered."""
    told: dict[str, Any] = {"url": sending.url, "form": dict(sending.form)}
    if to_bool(body.get("post"), default=True):
        told |= asdict(await request.app[OFFICE].post_form(sending.url, sending.form))
    return json_answer(told)


def _user(body: dict[str, Any]) -> int:
    return to_int(body.get("user"), 1) or 1


async def install(request: web.Request) -> web.StreamResponse:
    entry, app, body = await _subject(request)
    return await _sent(request, request.app[LIFECYCLE].install(entry, app, _user(body)), body)


async def install_finish(request: web.Request) -> web.StreamResponse:
    """{client_id?, event?: true} → {finished}: false where the documents say the call has no effect."""
    entry, app, body = await _subject(request)
    told = to_bool(body.get("event"), default=True)
    return json_answer({"finished": request.app[LIFECYCLE].finish(entry, app, tell_app=told)})


async def send_install_event(request: web.Request) -> web.StreamResponse:
    entry, app, _body = await _subject(request)
    return json_answer({"handlers": request.app[LIFECYCLE].tell_install(entry, app)})


async def update(request: web.Request) -> web.StreamResponse:
    """{version?, scopes?, installer?} → {application_token}, or with an installer what was posted."""
    entry, app, body = await _subject(request)
    life, scopes = request.app[LIFECYCLE], body.get("scopes")
    sending = life.update(
        entry,
        app,
        version=to_int(body.get("version")),
        scopes=[str(one) for one in scopes] if isinstance(scopes, list) else None,
        installer=to_bool(body.get("installer")),
    )
    if sending is not None:
        return await _sent(request, sending, body)
    return json_answer({"application_token": life.installed(entry, app)["application_token"]})


async def uninstall(request: web.Request) -> web.StreamResponse:
    """?clean=1 or {clean: true} → {handlers: how many are told}."""
    entry, app, body = await _subject(request)
    clean = to_bool(body.get("clean", request.query.get("clean")))
    return json_answer({"handlers": request.app[LIFECYCLE].uninstall(entry, app, clean=clean)})


async def rename(request: web.Request) -> web.StreamResponse:
    """{to} → the portal at its new address; the old one redirects."""
    entry, body = _entry(request), await json_body(request)
    try:
        request.app[CLOUD].rename(entry, str(body.get("to") or ""))
    except ValueError as error:
        raise _wrong(error) from error
    return json_answer(_portal_view(request, entry))


async def open_app(request: web.Request) -> web.StreamResponse:
    """{user?, placement?, options?, post?} → what the browser posts and is answered."""
    entry, app, body = await _subject(request)
    placement = str(body.get("placement") or DEFAULT)
    options = as_map(body["options"]) if "options" in body else None
    sending = request.app[LIFECYCLE].open(entry, app, _user(body), placement, options)
    return await _sent(request, sending, body)


async def expire(request: web.Request) -> web.StreamResponse:
    """{user?, refresh?} → {expired: how many pairs}."""
    entry, app, body = await _subject(request)
    count = request.app[CLOUD].tokens.expire(
        app["id"], entry["id"], to_int(body.get("user")), refresh=to_bool(body.get("refresh"))
    )
    return json_answer({"expired": count})


async def tokens(request: web.Request) -> web.StreamResponse:
    """{user?} → {access_token, refresh_token, application_token, member_id, client_endpoint, user_id}."""
    entry, app, body = await _subject(request)
    cloud = request.app[CLOUD]
    installation = request.app[LIFECYCLE].installed(entry, app)
    user = get_user(cloud.portal(entry), _user(body))
    grant = cloud.tokens.issue(installation, user["id"])
    return json_answer(
        {
            "access_token": grant["id"],
            "refresh_token": grant["refresh"],
            "application_token": installation["application_token"],
            "member_id": entry["id"],
            "client_endpoint": cloud.client_endpoint(entry),
            "user_id": user["id"],
        }
    )


async def set_state(request: web.Request) -> web.StreamResponse:
    """{deleted?, payment_required?, client_id?}: the portal is gone; the application is not paid."""
    cloud, entry, body = request.app[CLOUD], _entry(request), await json_body(request)
    if "deleted" in body:
        cloud.portal(entry).switches.set("deleted", to_bool(body["deleted"]))
    if "payment_required" in body:
        installation = request.app[LIFECYCLE].installed(entry, cloud.app(body.get("client_id")))
        installation["payment_required"] = to_bool(body["payment_required"])
        cloud.installations.save(installation)
    return json_answer({"ok": True})


async def get_faults(request: web.Request) -> web.StreamResponse:
    return json_answer({"faults": request.app[CLOUD].faults.as_json()})


async def add_fault(request: web.Request) -> web.StreamResponse:
    """A rule as a portal's, for the authorization server: method "oauth.token" or "app.info" → {id}."""
    body = await json_body(request)
    if body.get("kind") in {"late", "moved"}:
        raise RestError("BAD_FAULT", "The authorization server has no such fault")
    try:
        return json_answer({"id": request.app[CLOUD].faults.add(body).id})
    except (ValueError, TypeError) as error:
        raise RestError("BAD_FAULT", str(error)) from error


async def remove_faults(request: web.Request) -> web.StreamResponse:
    request.app[CLOUD].faults.remove(to_int(request.query.get("id")))
    return json_answer({"ok": True})


async def settle(request: web.Request) -> web.StreamResponse:
    """Answers when every event under way has been posted."""
    for portal in list(request.app[CLOUD].built.values()):
        await portal.settle()
    return json_answer({"ok": True})


async def push_clock(request: web.Request) -> web.StreamResponse:
    """{push_s}: all clocks of the cloud go on by so many seconds → {now}. Limits of requests keep real time."""
    cloud, body = request.app[CLOUD], await json_body(request)
    cloud.shift += timedelta(seconds=to_int(body.get("push_s"), 0) or 0)
    return json_answer({"now": cloud.now().isoformat()})
