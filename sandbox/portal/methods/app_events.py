"""event.bind, get, unbind, events and event.test.

Source documents: api-reference/events/{event-bind,event-get,event-unbind,events,test-handler}.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.applications import application_of, upper_keys
from sandbox.portal.calls import Call, RestError, as_map, method, to_bool, to_int
from sandbox.portal.documents import event_handlers
from sandbox.portal.eventing import BY_SCOPE, GENERAL, raise_event
from sandbox.portal.people import is_admin
from sandbox.portal.stores import Document


def _known(call: Call, *, full: bool = False, scope: str | None = None) -> list[str]:
    """Events by scope; those of smart processes have the type's number too."""
    names = {"basic": list(GENERAL), **{key: list(value) for key, value in BY_SCOPE.items()}}
    for kind in call.portal.store("crm_types"):
        names["crm"] += [f"ONCRMDYNAMICITEM{a}_{kind['entityTypeId']}" for a in ("ADD", "UPDATE", "DELETE")]
    if scope:
        return names.get(scope, [])
    allowed = (
        names if full else {key: value for key, value in names.items() if key in {"basic", *call.scopes}}
    )
    return [name for group in allowed.values() for name in group]


@method("events")
def events(call: Call) -> list[str]:
    """Names of events: of one SCOPE, all with FULL, else those within the application's scopes."""
    application_of(call)
    params = upper_keys(call.params)
    return _known(call, full=to_bool(params.get("FULL")), scope=params.get("SCOPE"))


def _offline(call: Call, params: dict[str, Any], doing: str) -> bool:
    """Whether this is about the offline queue. RestError 403 for those who may not."""
    offline = str(params.get("EVENT_TYPE") or "online") == "offline"
    if not is_admin(call.portal, call.user_id):
        if offline:
            text = f"Access denied! Offline events {doing} requires administrator access rights"
            raise RestError("ACCESS_DENIED", text, 403)
        if (to_int(params.get("AUTH_TYPE"), 0) or 0) not in {0, call.user_id}:
            text = f"Access denied! Event {doing} with AUTH_TYPE requires administrator access rights"
            raise RestError("ACCESS_DENIED", text, 403)
    return offline


@method("event.bind")
def event_bind(call: Call) -> bool:
    """{event, handler, auth_type?, event_type?, auth_connector?, options?} → true."""
    application = application_of(call)
    params = upper_keys(call.params)
    name = str(params.get("EVENT") or "").upper()
    if name not in _known(call):
        raise RestError("ERROR_EVENT_NOT_FOUND", "Event not found")
    offline = _offline(call, params, "binding")
    handler = "" if offline else str(params.get("HANDLER") or "")
    if not offline and not handler:
        raise RestError("ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty", 400, {"argument": "HANDLER"})
    if not offline and not handler.startswith(("https://", "http://")):
        raise RestError("ERROR_CORE", "Unable to set event handler: Wrong handler URL")  # documents silent
    user = to_int(params.get("AUTH_TYPE"), 0) or 0
    if not is_admin(call.portal, call.user_id):
        user = call.user_id
    timeout = to_int(as_map(params.get("OPTIONS")).get("minTimeout"), 1)
    fresh = {
        "client_id": application.client_id,
        "event": name,
        "handler": handler,
        "user_id": user,
        "offline": offline,
        "connector": str(params.get("AUTH_CONNECTOR") or "") if offline else "",
        "min_timeout_s": 1 if timeout is None else timeout,
        "told_at": None,
    }
    _check_new(call, fresh)
    event_handlers(call.portal).insert(fresh)
    return True


def _check_new(call: Call, fresh: Document) -> None:
    # documents silent: the code; test-handler.md quotes the words
    same = ("event", "handler", "user_id", "offline", "connector")
    for found in _own(call):
        if all(found[name] == fresh[name] for name in same):
            raise RestError("ERROR_CORE", "Unable to set event handler: Handler already binded")


def _own(call: Call) -> list[Document]:
    return event_handlers(call.portal).find("client", application_of(call).client_id)


@method("event.get")
def event_get(call: Call) -> list[dict[str, Any]]:
    """[{event, handler, auth_type, offline}]; who is no administrator sees his own."""
    admin = is_admin(call.portal, call.user_id)
    return [
        {
            "event": found["event"],
            "handler": found["handler"],
            "auth_type": str(found["user_id"]),
            "offline": int(found["offline"]),
        }
        for found in _own(call)
        if admin or found["user_id"] == call.user_id
    ]


@method("event.unbind")
def event_unbind(call: Call) -> dict[str, int]:
    """{event, handler, auth_type?, event_type?, auth_connector?} → {count}; what is not named does not narrow."""
    application_of(call)
    params = upper_keys(call.params)
    offline = _offline(call, params, "unbinding")
    admin = is_admin(call.portal, call.user_id)
    count = 0
    for found in _own(call):
        if _named(found, params, offline=offline) and (admin or found["user_id"] == call.user_id):
            event_handlers(call.portal).remove(found["id"])
            count += 1
    return {"count": count}


def _named(found: Document, params: dict[str, Any], *, offline: bool) -> bool:
    event = str(params.get("EVENT") or found["event"]).upper()
    narrowing = ("AUTH_CONNECTOR", "connector") if offline else ("HANDLER", "handler")
    named = str(params.get(narrowing[0]) or found[narrowing[1]])
    user = (to_int(params["AUTH_TYPE"], 0) or 0) if "AUTH_TYPE" in params else found["user_id"]
    return (found["event"], found["offline"], found[narrowing[1]], found["user_id"]) == (
        event, offline, named, user,
    )  # fmt: skip


@method("event.test")
def event_test(call: Call) -> int:
    """Raises ONAPPTEST with the call's parameters in data.QUERY → 1, whether anybody listens or not."""
    application = application_of(call)
    raise_event(
        call.portal, "ONAPPTEST", {"QUERY": call.params}, scope="basic", client_id=application.client_id
    )
    return 1
