"""event.offline.get, list, clear and error: the queue of changes an administrator's token reads.

Source documents: api-reference/events/{offline-events,event-offline-*}.md.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sandbox.portal.applications import application_of
from sandbox.portal.calls import Call, Page, RestError, as_list, as_map, method, pick, to_bool, to_int
from sandbox.portal.documents import offline_events
from sandbox.portal.people import is_admin
from sandbox.portal.stores import Document

PAGE = 50
RESERVED_FOR = timedelta(days=30)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<=": lambda have, want: have <= want,
    ">=": lambda have, want: have >= want,
    "!=": lambda have, want: have != want,
    "!": lambda have, want: have != want,
    "<": lambda have, want: have < want,
    ">": lambda have, want: have > want,
    "=": lambda have, want: have == want,
    "": lambda have, want: have == want,
}


def _queue(call: Call) -> list[Document]:
    """The caller's records of the named source, oldest first. RestError 403 for all but administrators."""
    application = application_of(call)
    if not is_admin(call.portal, call.user_id):
        raise RestError("ACCESS_DENIED", "Access denied!", 403)
    store, connector = offline_events(call.portal), str(pick(call.params, "auth_connector") or "")
    now, kept = call.portal.now(), []
    for record in store.find("client", application.client_id):
        reserved = record["reserved_at"]
        if reserved is not None and now - datetime.fromisoformat(reserved) > RESERVED_FOR:
            store.remove(record["id"])
        elif record["connector"] == connector:
            kept.append(record)
    return kept


def _row(record: Document) -> dict[str, Any]:
    return {
        "ID": str(record["id"]),
        "TIMESTAMP_X": record["at"],
        "EVENT_NAME": record["event"],
        "EVENT_DATA": record["data"],
        "EVENT_ADDITIONAL": False,
        "MESSAGE_ID": str(record["id"]),
    }


def _state(record: Document) -> dict[str, Any]:
    return {**_row(record), "PROCESS_ID": record["process_id"], "ERROR": str(int(record["error"]))}


def _picked(call: Call, records: list[Document], by: str) -> list[Document]:
    """Filter (operation before the name) and order; IDs compare as numbers."""
    for key, wanted in as_map(call.params.get("filter")).items():
        sign = next(s for s in _COMPARE if key.startswith(s))
        name = key[len(sign) :].upper()
        records = [r for r in records if name not in _state(r) or _fits(r, name, sign, wanted)]
    order = {str(k).upper(): str(v).upper() for k, v in as_map(call.params.get("order")).items()} or {
        by: "ASC"
    }
    for name, way in reversed(order.items()):
        if name in {"ID", "TIMESTAMP_X", "EVENT_NAME", "MESSAGE_ID", "PROCESS_ID", "ERROR"}:
            records = sorted(records, key=lambda r: _comparable(name, _state(r)[name]), reverse=way == "DESC")
    return records


def _fits(record: Document, name: str, sign: str, wanted: Any) -> bool:
    have = _comparable(name, _state(record)[name])
    wants = [_comparable(name, one) for one in as_list(wanted)]
    hits = [_COMPARE[sign](have, want) for want in wants]
    return all(hits) if sign.startswith("!") else any(hits)


def _comparable(name: str, value: Any) -> Any:
    return (to_int(value, 0) or 0) if name in {"ID", "MESSAGE_ID"} else str(value)


@method("event.offline.get")
def offline_get(call: Call) -> dict[str, Any]:
    """{filter, order, limit 50, clear 1, process_id, auth_connector, error 0} → {process_id, events}.

    clear=1 deletes what it returns. clear=0 reserves it under a new process_id, hidden from the others;
    where the plan lacks that mode it deletes too (documents silent). With process_id: that batch again.
    """
    process = str(call.params.get("process_id") or "")
    records = [record for record in _queue(call) if record["process_id"] == process]
    if not to_bool(call.params.get("error")):
        records = [record for record in records if not record["error"]]
    limit = to_int(call.params.get("limit"), PAGE)
    records = _picked(call, records, "TIMESTAMP_X")[: PAGE if limit is None else max(limit, 0)]
    rows = [_row(record) for record in records]
    store = offline_events(call.portal)
    if to_bool(call.params.get("clear"), default=True) or not call.portal.switches.offline_extended:
        for record in records:
            store.remove(record["id"])
        return {"process_id": None, "events": rows}
    process = process or secrets.token_hex(16)
    for record in records:
        record |= {"process_id": process, "reserved_at": call.portal.now_iso()}
        store.save(record)
    return {"process_id": process, "events": rows}


@method("event.offline.list")
def offline_list(call: Call) -> Page:
    """{filter, order, start, auth_connector} → the queue as it is, reserved and erroneous records too."""
    records = _picked(call, _queue(call), "ID")
    start = max(to_int(call.params.get("start"), 0) or 0, 0)
    following = start + PAGE if len(records) > start + PAGE else None
    return Page(
        [_state(record) for record in records[start : start + PAGE]], total=len(records), next=following
    )


@method("event.offline.clear")
def offline_clear(call: Call) -> bool:
    """{process_id, id[]? or message_id[]?} → true: the batch, or that part of it, is done with."""
    for record in _batch(call, pick(call.params, "id", "message_id")):
        offline_events(call.portal).remove(record["id"])
    return True


@method("event.offline.error")
def offline_error(call: Call) -> bool:
    """{process_id, message_id[]} → true: they wait again, for a reader with error=1."""
    for record in _batch(call, call.params.get("message_id")):
        record |= {"error": True, "process_id": "", "reserved_at": None}
        offline_events(call.portal).save(record)
    return True


def _batch(call: Call, named: Any) -> list[Document]:
    process, queue = str(call.params.get("process_id") or ""), _queue_of_all_sources(call)
    if not process:
        text = "Argument 'process_id' is null or empty"
        raise RestError("ERROR_ARGUMENT", text, 400, {"argument": "process_id"})  # documents silent: the code
    wanted = {str(one) for one in as_list(named)}
    return [r for r in queue if r["process_id"] == process and (not wanted or str(r["id"]) in wanted)]


def _queue_of_all_sources(call: Call) -> list[Document]:
    _queue(call)
    return offline_events(call.portal).find("client", application_of(call).client_id)
