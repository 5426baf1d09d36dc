"""What an application asks about itself: app.info, app.option.*, user.option.*.

Source documents: api-reference/common/system/app-info.md, common/settings/*.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.applications import Application
from sandbox.portal.calls import Call, RestError, as_map, method
from sandbox.portal.documents import options
from sandbox.portal.people import is_admin
from sandbox.portal.state import Portal
from sandbox.portal.texts import LANGUAGE


@method("app.info")
def app_info(call: Call) -> dict[str, Any]:
    """{ID, CODE, VERSION, STATUS, INSTALLED, PAYMENT_EXPIRED, DAYS, LANGUAGE_ID, LICENSE, …}."""
    application = call.application
    if application is None:
        raise RestError("ACCESS_DENIED", "Access denied! Application context required")
    plan = call.portal.config.license
    kind = plan.partition("_")[2]
    return {
        "ID": application.local_id,
        "CODE": application.code,
        "VERSION": application.version,
        "STATUS": application.status,
        "INSTALLED": application.installed,
        "PAYMENT_EXPIRED": "Y" if application.payment_expired else "N",
        "DAYS": None,
        "LANGUAGE_ID": LANGUAGE,
        "LICENSE": plan,
        "LICENSE_TYPE": kind,
        "LICENSE_FAMILY": kind.rstrip("0123456789"),
    }


@method("app.option.get")
def app_option_get(call: Call) -> Any:
    """All settings, or the one named `option` (None when there is none)."""
    return _get(call, app_place(_application(call)))


@method("app.option.set")
def app_option_set(call: Call) -> bool:
    """{options: {name: value}}, by an administrator."""
    application = _application(call)
    if not is_admin(call.portal, call.user_id):
        raise RestError("AccessException", "Administrator authorization required")
    return _set(call, app_place(application))


@method("user.option.get")
def user_option_get(call: Call) -> Any:
    return _get(call, user_place(_application(call), call.user_id))


@method("user.option.set")
def user_option_set(call: Call) -> bool:
    return _set(call, user_place(_application(call), call.user_id))


def app_place(application: Application) -> str:
    return application.client_id


def user_place(application: Application, user_id: int) -> str:
    return f"{application.client_id}/{user_id}"


def forget_options(portal: Portal, client_id: str) -> None:
    """«Clear application data» at uninstallation."""
    store = options(portal)
    for document in tuple(store):
        if str(document["id"]).partition("/")[0] == client_id:
            store.remove(document["id"])


def _application(call: Call) -> Application:
    if call.application is None:
        raise RestError("AccessException", "Application context required")
    return call.application


def _get(call: Call, place: str) -> Any:
    document = options(call.portal).get(place)
    values: dict[str, Any] = document["values"] if document else {}
    wanted = call.params.get("option")
    return values if wanted in (None, "") else values.get(str(wanted))


def _set(call: Call, place: str) -> bool:
    fresh = as_map(call.params.get("options"))
    if not fresh:
        raise RestError("ArgumentNullException", "options is empty")
    document = options(call.portal).get(place) or {"id": place, "values": {}}
    document["values"] |= fresh
    options(call.portal).save(document)
    return True
