"""Events of applications: a change of the portal becomes posts to handlers and records in offline queues.

Source documents: api-reference/events/*.md, crm/**/events/*.md, tasks/events-tasks/*.md. Online events go out
once, whatever the answer; the queue server's slowing down for slow handlers is not played.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.acting import acting
from sandbox.portal.applications import Application
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, LEAD
from sandbox.portal.documents import chats, event_handlers, offline_events
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document

_KINDS = {LEAD: "LEAD", DEAL: "DEAL", CONTACT: "CONTACT", COMPANY: "COMPANY"}
_ACTIONS = {"add": "ADD", "import": "ADD", "update": "UPDATE", "merge": "UPDATE", "delete": "DELETE"}
# documents silent: whether an import and a merge raise events; here they do, as what they do
_UNKNOWN = "undefined"
LASTING = {"ONAPPINSTALL", "ONAPPUPDATE", "ONOFFLINEEVENT"}
"""Events that bring a refresh_token (events/index.md); examples of the others show one, the rule does not."""
GENERAL = (
    "ONAPPUNINSTALL", "ONAPPINSTALL", "ONAPPUPDATE", "ONAPPPAYMENT", "ONAPPTEST", "ONAPPMETHODCONFIRM",
    "ONOFFLINEEVENT", "ONUSERADD",
)  # fmt: skip
BY_SCOPE: dict[str, tuple[str, ...]] = {
    "crm": tuple(
        f"ONCRM{kind}{action}"
        for kind in (*_KINDS.values(), "DYNAMICITEM", "TIMELINECOMMENT")
        for action in ("ADD", "UPDATE", "DELETE")
    ),
    "task": tuple(
        f"ON{kind}{action}" for kind in ("TASK", "TASKCOMMENT") for action in ("ADD", "UPDATE", "DELETE")
    ),
}


def follow(portal: Portal) -> None:
    """From now on the portal's changes raise events."""
    portal.listen(lambda topic, payload: _changed(portal, topic, payload))


def _changed(portal: Portal, topic: str, payload: dict[str, Any]) -> None:
    if len(event_handlers(portal)) == 0:
        return
    match topic:
        case "crm":
            _crm_changed(portal, payload)
        case "crm.comment":
            raise_event(portal, "ONCRMTIMELINECOMMENTADD", {"FIELDS": {"ID": payload["id"]}}, scope="crm")
        case "task":
            _task_changed(portal, payload)
        case "message":
            _message_added(portal, payload)


def _crm_changed(portal: Portal, payload: dict[str, Any]) -> None:
    kind, action = payload["entityTypeId"], _ACTIONS[payload["action"]]
    fields: dict[str, Any] = {"ID": payload["id"]}
    if kind in _KINDS:
        raise_event(portal, f"ONCRM{_KINDS[kind]}{action}", {"FIELDS": fields}, scope="crm")
        return
    fields["ENTITY_TYPE_ID"] = kind
    for name in (f"ONCRMDYNAMICITEM{action}", f"ONCRMDYNAMICITEM{action}_{kind}"):
        raise_event(portal, name, {"FIELDS": fields}, scope="crm")


def _task_changed(portal: Portal, payload: dict[str, Any]) -> None:
    fields = {"ID": payload["taskId"]}
    if payload.get("added"):
        _raise_task(portal, "ONTASKADD", _UNKNOWN, fields, ("N", _UNKNOWN))
    elif payload.get("deleted"):
        _raise_task(portal, "ONTASKDELETE", fields, _UNKNOWN, (_UNKNOWN, "N"))
    else:
        _raise_task(portal, "ONTASKUPDATE", fields, fields, (_UNKNOWN, _UNKNOWN))


def _message_added(portal: Portal, payload: dict[str, Any]) -> None:
    """A comment of a task is a message of its chat (tasks 25.700.0 and later); system lines are none."""
    chat = chats(portal).get(payload["chatId"])
    if chat is None or chat["entity_type"] != "TASKS_TASK" or payload["message"].get("isSystem"):
        return
    fields = {"ID": 0, "TASK_ID": int(chat["entity_id"]), "MESSAGE_ID": payload["message"]["id"]}
    _raise_task(portal, "ONTASKCOMMENTADD", _UNKNOWN, fields, (_UNKNOWN, _UNKNOWN))


def _raise_task(portal: Portal, name: str, before: Any, after: Any, accessible: tuple[str, str]) -> None:
    data = {
        "FIELDS_BEFORE": before,
        "FIELDS_AFTER": after,
        "IS_ACCESSIBLE_BEFORE": accessible[0],
        "IS_ACCESSIBLE_AFTER": accessible[1],
    }
    raise_event(portal, name, data, scope="task")


def raise_event(
    portal: Portal, name: str, data: dict[str, Any], *, scope: str, client_id: str | None = None
) -> int:
    """Tell every handler of this event (of one application, or of all) → how many there were."""
    office, actor = portal.office, acting()
    if office is None:
        return 0
    told = 0
    for handler in event_handlers(portal).find("event", name):
        application = office.application(portal, handler["client_id"])
        if application is None or not application.installed or client_id not in (None, handler["client_id"]):
            continue
        told += 1
        if handler["offline"]:
            _queue(portal, application, handler, name, data)
        else:
            user_id = handler["user_id"] or actor.user_id
            portal.spawn(tell(portal, application, handler, name, data, user_id, scope))
    return told


async def tell(
    portal: Portal,
    application: Application,
    handler: Document,
    name: str,
    data: Any,
    user_id: int | None,
    scope: str,
) -> None:
    """One post of one event. ``handler`` without an id is one from the application's card."""
    if portal.office is None:
        return
    body: dict[str, Any] = {"event": name}
    if "id" in handler:
        body["event_handler_id"] = handler["id"]
    auth = portal.office.auth(portal, application, user_id, scope=scope, refresh=name in LASTING)
    body |= {"data": data, "ts": int(portal.now().timestamp()), "auth": auth}
    await portal.office.post(portal, handler["handler"], body)


def _queue(
    portal: Portal, application: Application, handler: Document, name: str, data: dict[str, Any]
) -> None:
    """One record per object that changed; a change made with the queue's own source key is left out."""
    connector = handler["connector"]
    if connector and acting().connector == connector:
        return
    store, client = offline_events(portal), application.client_id
    waiting = store.find("object", (client, connector, name, str(data), ""))
    record = next((found for found in waiting if not found["error"]), None)
    if record is None:
        record = {
            "client_id": client,
            "connector": connector,
            "event": name,
            "data": data,
            "process_id": "",
            "reserved_at": None,
            "error": False,
        }
        store.insert({**record, "at": portal.now_iso()})
    else:
        record["at"] = portal.now_iso()
        store.save(record)
    _ping(portal, application)


def _ping(portal: Portal, application: Application) -> None:
    """ONOFFLINEEVENT, at most once per `minTimeout` (documents silent: the changes in between are not told later)."""
    now = portal.config.monotonic()
    for handler in event_handlers(portal).find("event", "ONOFFLINEEVENT"):
        if handler["client_id"] != application.client_id or handler["offline"]:
            continue
        if handler["told_at"] is not None and now - handler["told_at"] < handler["min_timeout_s"]:
            continue
        handler["told_at"] = now
        user_id = handler["user_id"] or acting().user_id or application.user_id
        portal.spawn(tell(portal, application, handler, "ONOFFLINEEVENT", [], user_id, "task"))
