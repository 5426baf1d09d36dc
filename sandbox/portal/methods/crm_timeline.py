"""crm.timeline.comment.*: comments in an item's timeline; documents: timeline/comments/*.md."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sandbox.portal.calls import Call, RestError, as_list, as_map, method, pick, to_int
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, LEAD, Crm, crm_of
from sandbox.portal.methods.crm_schema import required_map
from sandbox.portal.methods.crm_text import ordered, page
from sandbox.portal.stores import Store

_TYPES = {"lead": LEAD, "deal": DEAL, "contact": CONTACT, "company": COMPANY}
Comment = dict[str, Any]


def _comments(crm: Crm) -> Store:
    store = crm.portal.store("crm_comments", first_id=999)
    store.add_index("owner", lambda d: ((d["ENTITY_TYPE"], d["ENTITY_ID"]),))
    return store


def _owner(crm: Crm, kind: str, key: int | None) -> None:
    """Check that the commented item is there. RestError OWNER_NOT_FOUND."""
    entity_type_id = _TYPES.get(kind)
    if entity_type_id is None and kind.startswith("dynamic_"):
        entity_type_id = to_int(kind.removeprefix("dynamic_"))
    if entity_type_id is None or key is None or crm.items(entity_type_id).get(key) is None:
        raise RestError("OWNER_NOT_FOUND", "Owner was not found")


def _files(crm: Crm, given: Any, author: int) -> list[dict[str, Any]]:
    """[[name, base64], …] as kept files."""
    files = []
    for one in as_list(given):
        pair = as_list(one)
        if len(pair) != 2:
            continue
        try:
            body = base64.b64decode(str(pair[1]), validate=True)
        except binascii.Error:
            continue  # documents silent: a broken file is left out like an unknown field
        key = crm.portal.database.put_blob(body)
        date = crm.portal.now_iso()
        files.append({"id": key, "date": date, "type": "file", "name": str(pair[0]), "size": len(body),
                      "authorId": author})  # fmt: skip
    return files


@method("crm.timeline.comment.add", scope="crm")
def comment_add(call: Call) -> Any:
    """{fields{ENTITY_ID, ENTITY_TYPE, COMMENT, FILES}} → id."""
    crm, fields = crm_of(call.portal), required_map(call, "fields")
    for name in ("ENTITY_ID", "ENTITY_TYPE"):
        if fields.get(name) in (None, ""):
            raise RestError("100", f"Could not find value for parameter {{{name}}}")
    kind, key = str(fields["ENTITY_TYPE"]).lower(), to_int(fields["ENTITY_ID"])
    _owner(crm, kind, key)
    text = str(fields.get("COMMENT") or "")
    if not text.strip():
        raise RestError("INVALID_ARG_VALUE", "Empty comment")
    author = to_int(fields.get("AUTHOR_ID"), call.user_id) or call.user_id
    comment = _comments(crm).insert(
        {
            "ENTITY_ID": key,
            "ENTITY_TYPE": kind,
            "CREATED": crm.portal.now_iso(),
            "COMMENT": text,
            "AUTHOR_ID": author,
            "FILES": _files(crm, fields.get("FILES"), author),
        }
    )
    crm.portal.changed("crm.comment", {"id": comment["id"], "entityType": kind, "entityId": key})
    return comment["id"]


def _show(comment: Comment) -> dict[str, Any]:
    return {
        "ID": str(comment["id"]),
        "ENTITY_ID": str(comment["ENTITY_ID"]),
        "ENTITY_TYPE": comment["ENTITY_TYPE"],
        "CREATED": comment["CREATED"],
        "COMMENT": comment["COMMENT"],
        "AUTHOR_ID": str(comment["AUTHOR_ID"]),
        "FILES": {str(file["id"]): file for file in comment["FILES"]},
    }


def _comment(call: Call) -> Comment:
    key = to_int(pick(call.params, "id", "ID"))
    if key is None or key <= 0:
        raise RestError("", "ID is not defined or invalid.")
    found = _comments(crm_of(call.portal)).get(key)
    if found is None:
        raise RestError("", "Not found.")
    return found


@method("crm.timeline.comment.get", scope="crm")
def comment_get(call: Call) -> Any:
    """{id} → the comment."""
    return _show(_comment(call))


@method("crm.timeline.comment.list", scope="crm")
def comment_list(call: Call) -> Any:
    """{filter{ENTITY_ID, ENTITY_TYPE}, select, order, start} → list, 50 a page."""
    wanted = {key.lstrip("="): value for key, value in as_map(call.params.get("filter")).items()}
    owner = (str(wanted.get("ENTITY_TYPE") or "").lower(), to_int(wanted.get("ENTITY_ID")))
    if not owner[0] or owner[1] is None:
        raise RestError("", "Access denied.")  # documents silent: what a filter without an owner gives
    rows = [_show(comment) for comment in _comments(crm_of(call.portal)).find("owner", owner)]
    rows = ordered(rows, as_map(call.params.get("order")), numbers={"ID", "AUTHOR_ID"})
    select = [str(one) for one in as_list(call.params.get("select"))]
    if select:
        rows = [{name: row[name] for name in select if name in row} for row in rows]
    return page(call, rows)


@method("crm.timeline.comment.delete", scope="crm")
def comment_delete(call: Call) -> Any:
    """{id} → true."""
    _comments(crm_of(call.portal)).remove(_comment(call)["id"])
    return True
