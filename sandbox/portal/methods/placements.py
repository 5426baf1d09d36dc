"""placement.bind, get, unbind and list: an application's widgets.

Source documents: api-reference/widgets/placement-*.md. Errors of placement.bind come under HTTP 200.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.applications import application_of, upper_keys
from sandbox.portal.calls import Call, RestError, as_map, method, to_bool, to_int
from sandbox.portal.documents import placements
from sandbox.portal.people import is_admin
from sandbox.portal.stores import Document

_CRM_TYPES = ("LEAD", "DEAL", "CONTACT", "COMPANY", "QUOTE", "SMART_INVOICE")
_CRM_PLACES = (
    "DETAIL_TAB",
    "DETAIL_TOOLBAR",
    "DETAIL_ACTIVITY",
    "LIST_MENU",
    "LIST_TOOLBAR",
    "ACTIVITY_TIMELINE_MENU",
)
PLACES: dict[str, str] = {
    "LEFT_MENU": "placement",
    "PAGE_BACKGROUND_WORKER": "placement",
    "REST_APP_URI": "placement",
    "USER_PROFILE_MENU": "placement",
    "USER_PROFILE_TOOLBAR": "placement",
    **{f"IM_{name}": "im" for name in ("TEXTAREA", "SIDEBAR", "CONTEXT_MENU", "NAVIGATION", "SMILES_SELECTOR")},
    **{f"TASK_{name}": "task" for name in ("VIEW_TAB", "VIEW_SIDEBAR", "VIEW_TOP_PANEL", "LIST_CONTEXT_MENU")},
    **{f"CRM_{kind}_{place}": "crm" for kind in _CRM_TYPES for place in _CRM_PLACES},
}  # fmt: skip
"""Code of a place → the scope it needs. Not every place of the catalogue, those that are of use."""
ONCE = {"PAGE_BACKGROUND_WORKER", "REST_APP_URI"}
FOR_ONE_USER = {"PAGE_BACKGROUND_WORKER"}


def scope_of(call: Call, place: str) -> str | None:
    """The scope a place needs; smart processes have places of their own. None for an unknown place."""
    if place.startswith("CRM_DYNAMIC_"):
        kind, _, rest = place.removeprefix("CRM_DYNAMIC_").partition("_")
        known = any(str(found["entityTypeId"]) == kind for found in call.portal.store("crm_types"))
        return "crm" if known and rest in _CRM_PLACES else None
    return PLACES.get(place)


def _null(name: str, http: int) -> RestError:
    return RestError("ERROR_ARGUMENT", f"Argument '{name}' is null or empty", http, {"argument": name})


def _check_admin(call: Call) -> None:
    if not is_admin(call.portal, call.user_id):
        raise RestError("ACCESS_DENIED", "Access denied!", 403)


@method("placement.bind", scope="placement")
def placement_bind(call: Call) -> bool:
    """{PLACEMENT, HANDLER, TITLE?, DESCRIPTION?, GROUP_NAME?, LANG_ALL?, OPTIONS?, USER_ID?} → true."""
    application = application_of(call)
    _check_admin(call)
    params = upper_keys(call.params)
    for name in ("PLACEMENT", "HANDLER"):
        if not params.get(name):
            raise _null(name, 200)
    place, handler = str(params["PLACEMENT"]).upper(), str(params["HANDLER"])
    needed = scope_of(call, place)
    if needed is None or needed not in call.scopes:
        # documents silent: what an unknown place, or one beyond the scopes, is answered
        raise RestError("ERROR_PLACEMENT_NOT_FOUND", "Placement not found")
    if not handler.startswith(("https://", "http://")):
        raise RestError(
            "ERROR_WRONG_HANDLER_URL", "Wrong handler URL"
        )  # documented for the sibling bizproc.*
    options, user = as_map(params.get("OPTIONS")), to_int(params.get("USER_ID"), 0) or 0
    _check_special(call, place, options, user)
    _check_twice(call, place, handler)
    placements(call.portal).insert(
        {
            "client_id": application.client_id,
            "placement": place,
            "handler": handler,
            "user_id": user,
            "title": str(params.get("TITLE") or ""),
            "description": str(params.get("DESCRIPTION") or ""),
            "options": options,
            "lang_all": _languages(params),
        }
    )
    call.portal.changed("placements", {})
    return True


def _check_special(call: Call, place: str, options: dict[str, Any], user: int) -> None:
    if user and place not in FOR_ONE_USER:
        raise RestError("ERROR_PLACEMENT_USER_MODE", "User mode is not available", 200)
    if place == "PAGE_BACKGROUND_WORKER" and not options.get("errorHandlerUrl"):
        raise RestError("EMPTY_ERROR_HANDLER_URL", "errorHandlerUrl is empty", 200)
    if place in ONCE and any(found["placement"] == place for found in _own(call)):
        raise RestError("ERROR_PLACEMENT_MAX_COUNT", "Maximum number of placements is reached", 200)


def _check_twice(call: Call, place: str, handler: str) -> None:
    if call.portal.switches.placement_twice == "kept":
        return
    if any((found["placement"], found["handler"]) == (place, handler) for found in _own(call)):
        # documents silent (an example shows one pair twice): a switch
        raise RestError("ERROR_CORE", "Unable to set placement handler: Handler already binded")


def _languages(params: dict[str, Any]) -> dict[str, dict[str, str]]:
    names = ("TITLE", "DESCRIPTION", "GROUP_NAME")
    return {
        str(language): {name: str(as_map(texts).get(name) or "") for name in names}
        for language, texts in as_map(params.get("LANG_ALL")).items()
    }


def _own(call: Call) -> list[Document]:
    return placements(call.portal).find("client", application_of(call).client_id)


@method("placement.get", scope="placement")
def placement_get(call: Call) -> list[dict[str, Any]]:
    """The application's widgets: [{placement, userId, handler, options, title, description, langAll}]."""
    application_of(call)
    _check_admin(call)
    return [
        {
            "placement": found["placement"],
            "userId": found["user_id"],
            "handler": found["handler"],
            "options": found["options"] or [],
            "title": found["title"],
            "description": found["description"],
            "langAll": found["lang_all"] or [],
        }
        for found in _own(call)
    ]


@method("placement.unbind", scope="placement")
def placement_unbind(call: Call) -> dict[str, int]:
    """{PLACEMENT, HANDLER?, USER_ID?} → {count}: documented to be one for each found and one for each removed."""
    application_of(call)
    _check_admin(call)
    params = upper_keys(call.params)
    place = params.get("PLACEMENT")
    if not place:
        raise _null("PLACEMENT", 400)
    if not isinstance(place, str):
        raise RestError("ERROR_ARGUMENT", "The value of an argument 'PLACEMENT' must be of type string")
    user = to_int(params.get("USER_ID"))
    found = [
        one
        for one in _own(call)
        if one["placement"] == place.upper()
        and params.get("HANDLER") in (None, "", one["handler"])
        and user in (None, one["user_id"])
    ]
    for one in found:
        placements(call.portal).remove(one["id"])
    call.portal.changed("placements", {})
    return {"count": 2 * len(found)}


@method("placement.list", scope="placement")
def placement_list(call: Call) -> list[str]:
    """Codes of places: of one SCOPE, all with FULL, else those within the application's scopes."""
    application_of(call)
    params = upper_keys(call.params)
    wanted = params.get("SCOPE")
    dynamic = {
        f"CRM_DYNAMIC_{kind['entityTypeId']}_{place}": "crm"
        for kind in call.portal.store("crm_types")
        for place in _CRM_PLACES
    }
    everything = {**PLACES, **dynamic}
    if wanted:
        return [code for code, scope in everything.items() if scope == str(wanted)]
    if to_bool(params.get("FULL")):
        return list(everything)
    return [code for code, scope in everything.items() if scope in {"placement", *call.scopes}]
