"""im.notify.*: the bell.

Source documents: api-reference/chats/notifications/*.md.
"""

from __future__ import annotations

from sandbox.portal.calls import Call, RestError, method, to_int
from sandbox.portal.documents import notifications
from sandbox.portal.keyboards import parse_attach
from sandbox.portal.rooms import is_active


@method("im.notify.personal.add", scope="im")
def personal_add(call: Call) -> int | bool:
    return _notify(call, call.user_id)


@method("im.notify.system.add", scope="im")
def system_add(call: Call) -> int | bool:
    return _notify(call, 0)


def _notify(call: Call, author_id: int) -> int | bool:
    """The notification's id, or False when the portal will not (a refusal without a code)."""
    params, store = call.params, notifications(call.portal)
    user_id = to_int(params.get("USER_ID"), 0) or 0
    text = str(params.get("MESSAGE") or "").strip()
    if user_id <= 0:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    if not text:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    parse_attach(params.get("ATTACH"))
    if not is_active(call.portal, user_id):
        return False
    # documents: a webhook must send CLIENT_ID beside TAG; silent on what happens else: the tag is ignored here
    client = str(params.get("CLIENT_ID") or "")
    tag = f"{client}|{params['TAG']}" if client and params.get("TAG") else ""
    for older in store.find("tag", (user_id, tag)) if tag else []:
        store.remove(older["id"])
    note = store.insert(
        {
            "user_id": user_id,
            "author_id": author_id,
            "text": text,
            "tag": tag,
            "sub_tag": str(params.get("SUB_TAG") or ""),
            "at": call.portal.now_iso(),
        }
    )
    call.portal.changed("notification", note)
    return int(note["id"])
