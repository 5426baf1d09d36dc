"""The authorization server: tokens for codes and renewals, whose token it is, and the portal's authorisation form.

Source documents: settings/oauth/{index,auto-renewal,error-codes}.md. documents silent: HTTP statuses of errors
(here RFC 6749's, 402 for the payment) and the answer of app.info on this server (here as b24pysdk reads it).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from sandbox.oauth.state import Cloud
from sandbox.portal.calls import RestError, to_int
from sandbox.portal.demo.http import json_answer
from sandbox.portal.people import is_admin, users
from sandbox.portal.rest import portal_of, read_params
from sandbox.portal.stores import Document

CLOUD: web.AppKey[Cloud] = web.AppKey("cloud", Cloud)


def setup(app: web.Application) -> None:
    for path in ("/oauth/token/", "/oauth/token"):
        app.router.add_route("GET", path, token)
        app.router.add_route("POST", path, token)
    for tail in ("", "/"):
        app.router.add_route("*", "/rest/{method}" + tail, rest)
        app.router.add_get("/p/{portal}/oauth/authorize" + tail, authorize)


def _refusal(error: RestError) -> web.Response:
    return json_answer({"error": error.code, "error_description": error.description}, error.http)


async def token(request: web.Request) -> web.StreamResponse:
    """?grant_type=authorization_code&code or =refresh_token&refresh_token, with client_id and client_secret."""
    cloud, params = request.app[CLOUD], await read_params(request, is_v3=False)
    return await _answered(request, "oauth.token", lambda: _granted(cloud, params))


async def _answered(
    request: web.Request, name: str, work: Callable[[], dict[str, Any]]
) -> web.StreamResponse:
    """The work's answer, or what a fault rule makes of it; `…_after` faults lose the answer of work that was done."""
    fault = request.app[CLOUD].faults.take(name)
    kind = fault.kind if fault else ""
    if fault is None or kind.endswith("_after") or kind == "delay":
        answer = _worked(work)
    if fault is None:
        return answer
    if kind == "delay":
        await request.app[CLOUD].config.sleep(fault.seconds)
        return answer
    if kind.startswith("drop") and request.transport is not None:
        request.transport.abort()
    if kind.startswith("html"):
        return web.Response(status=fault.http or 502, text="<h1>Bad Gateway</h1>", content_type="text/html")
    return _refusal(fault.error())


def _worked(work: Callable[[], dict[str, Any]]) -> web.Response:
    try:
        return json_answer(work())
    except RestError as error:
        return _refusal(error)


def _granted(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    kind = params.get("grant_type")
    wanted = {"authorization_code": "code", "refresh_token": "refresh_token"}.get(str(kind))
    if wanted is None or not all(params.get(name) for name in ("client_id", "client_secret", wanted)):
        raise RestError("invalid_request", "An incorrectly formatted authorization request was provided", 400)
    app = cloud.apps.get(str(params["client_id"]))
    if app is None or app["client_secret"] != params["client_secret"]:
        raise RestError("invalid_client", "Invalid client data was provided", 401)
    asked = {name for name in str(params.get("scope") or "").replace(",", " ").split() if name}
    if not asked <= set(app["scopes"]):
        raise RestError("invalid_scope", "Access permissions requested exceed those of the application", 400)
    by_code = wanted == "code"
    installation, grant = (
        _by_code(cloud, app, str(params["code"]))
        if by_code
        else _by_refresh(cloud, app, str(params["refresh_token"]))
    )
    return _pair(cloud, installation, grant, by_code=by_code)


def _by_code(cloud: Cloud, app: Document, code: str) -> tuple[Document, Document]:
    kept = cloud.tokens.take_code(code)
    installation = cloud.installations.get(kept["installation"]) if kept else None
    if kept is None or installation is None or installation["client_id"] != app["id"]:
        raise _invalid_grant()
    _check_paid(installation)
    return installation, cloud.tokens.issue(installation, kept["user_id"])


def _by_refresh(cloud: Cloud, app: Document, refresh: str) -> tuple[Document, Document]:
    grant = cloud.tokens.by_refresh(refresh)
    if grant is None or grant["client_id"] != app["id"]:
        raise _invalid_grant()
    installation = cloud.installation(grant["client_id"], grant["member_id"])
    if installation is None or installation["serial"] != grant["serial"]:
        raise RestError("invalid_client", "The application is not installed", 401)
    _check_paid(installation)
    return installation, cloud.tokens.renew(grant, installation)


def _invalid_grant() -> RestError:
    return RestError("invalid_grant", "Invalid authorization data was provided", 400)


def _check_paid(installation: Document) -> None:
    if installation["payment_required"]:
        raise RestError("PAYMENT_REQUIRED", "Payment required", 402)


def _pair(cloud: Cloud, installation: Document, grant: Document, *, by_code: bool) -> dict[str, Any]:
    """`expires` and `user_id` are documented for renewals only."""
    entry = cloud.portals.get(installation["member_id"])
    app = cloud.apps.get(installation["client_id"])
    assert entry is not None
    assert app is not None
    answer = {
        "access_token": grant["id"],
        "client_endpoint": cloud.client_endpoint(entry),
        "domain": cloud.host(),
        "expires_in": int(grant["until"] - cloud.timestamp()),
        "member_id": entry["id"],
        "refresh_token": grant["refresh"],
        "scope": ",".join(installation["scopes"]),
        "server_endpoint": cloud.server_endpoint(),
        "status": app["status"],
    }
    return answer if by_code else {**answer, "expires": int(grant["until"]), "user_id": grant["user_id"]}


async def rest(request: web.Request) -> web.StreamResponse:
    """{server_endpoint}app.info?auth=…; nothing else is here."""
    cloud, params = request.app[CLOUD], await read_params(request, is_v3=False)
    method = request.match_info["method"].removesuffix(".json").lower()
    if method != "app.info":
        return _refusal(RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404))
    token = str(params.get("auth") or "")
    return await _answered(
        request, "app.info", lambda: {"result": app_info(cloud, token), "time": _time(cloud)}
    )


def app_info(cloud: Cloud, access: str) -> dict[str, Any]:
    """{client_id, scope, expires, user_id, install: {installed, version, status, scope, domain, uri, …}}."""
    grant = cloud.tokens.by_access(access)
    if grant is None:
        raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
    installation = cloud.installation(grant["client_id"], grant["member_id"])
    if installation is None or installation["serial"] != grant["serial"]:
        raise RestError("ERROR_OAUTH", "Application not installed", 401)
    if grant["until"] <= cloud.timestamp():
        raise RestError("expired_token", "The access token provided has expired", 401)
    entry, app = cloud.portals.get(grant["member_id"]), cloud.app(grant["client_id"])
    assert entry is not None
    scope = ",".join(installation["scopes"])
    return {
        "client_id": app["id"],
        "scope": scope,
        "expires": datetime.fromtimestamp(grant["until"], UTC).isoformat(timespec="seconds"),
        "user_id": grant["user_id"],
        "install": {
            "installed": installation["installed"],
            "version": installation["version"],
            "status": app["status"],
            "scope": scope,
            "domain": cloud.domain(entry),
            "uri": f"{cloud.base_url}/p/{entry['name']}",
            "client_endpoint": cloud.client_endpoint(entry),
            "member_id": entry["id"],
            "member_type": "client",
        },
    }


def _time(cloud: Cloud) -> dict[str, Any]:
    now = cloud.now()
    stamp, text = now.timestamp(), now.isoformat(timespec="seconds")
    return {
        "start": stamp, "finish": stamp, "duration": 0.0, "processing": 0.0,
        "date_start": text, "date_finish": text, "operating": 0,
    }  # fmt: skip


async def authorize(request: web.Request) -> web.StreamResponse:
    """Back to the application with a code; who is signed in is said by `sandbox_user` (else an administrator).

    Failures are shown to the person; the application hears nothing of them.
    """
    cloud, portal = request.app[CLOUD], portal_of(request)
    app = cloud.apps.get(request.query.get("client_id", ""))
    entry = cloud.portals.get(portal.config.member_id)
    assert entry is not None
    installation = cloud.installation(app["id"], entry["id"]) if app else None
    back = (app["redirect_url"] or app["app_url"]) if app else ""
    if app is None or installation is None or not back:
        text = "Приложение не установлено на этом портале или не знает, куда вернуться."
        return web.Response(status=400, text=f"<p>{text}</p>", content_type="text/html")
    first = next(user["id"] for user in users(portal) if is_admin(portal, user["id"]))
    user_id = to_int(request.query.get("sandbox_user"), first) or first
    if user_id not in users(portal):
        return web.Response(status=400, text="<p>Нет такого сотрудника.</p>", content_type="text/html")
    query = {
        "code": cloud.tokens.code(installation, user_id),
        "state": request.query.get("state", ""),
        "domain": cloud.domain(entry),
        "member_id": entry["id"],
        "scope": ",".join(installation["scopes"]),
        "server_domain": cloud.host(),
    }
    joint = "&" if "?" in back else "?"
    return web.Response(status=302, headers={"Location": f"{back}{joint}{urlencode(query)}"})
