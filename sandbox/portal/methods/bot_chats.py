"""imbot.v2.Chat.*: groups that a bot makes and runs.

Source documents: imbot.v2/chats/*.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal import texts
from sandbox.portal.calls import Call, RestError, as_list, as_map, method, to_int
from sandbox.portal.chatting import post, post_system
from sandbox.portal.documents import chats
from sandbox.portal.methods.bot import own_bot
from sandbox.portal.people import full_name, get_user
from sandbox.portal.rooms import add_members, create_chat, open_dialog, remove_member
from sandbox.portal.shapes import chat_shape, role_of, users_shape
from sandbox.portal.stores import Document

COLORS = {
    "red": "#df532d", "green": "#64a513", "mint": "#4ba984", "lightBlue": "#4ba5c3", "darkBlue": "#3e99ce",
    "purple": "#8474c8", "aqua": "#1eb4aa", "pink": "#f76187", "lime": "#58cc47", "brown": "#ab7761",
    "azure": "#29619b", "khaki": "#728f7a", "sand": "#ba9c7b", "marengo": "#556574", "gray": "#909090",
    "graphite": "#5e5f5e",
}  # fmt: skip
_OK = {"result": True}


def ids(value: object) -> list[int]:
    """Numbers out of a list as JSON or forms bring it."""
    return [number for item in as_list(value) if (number := to_int(item)) is not None]


@method("imbot.v2.Chat.add", scope="imbot")
def chat_add(call: Call) -> dict[str, Any]:
    """{fields{title, description, color, userIds, ownerId, message}}; a key `users` is ignored."""
    portal, bot = call.portal, own_bot(call)
    fields = as_map(call.params.get("fields"))
    chat = create_chat(
        portal,
        owner=to_int(fields.get("ownerId")) or bot["id"],
        actor=bot["id"],
        user_ids=ids(fields.get("userIds")),
        title=str(fields.get("title") or ""),
        description=str(fields.get("description") or ""),
        color=COLORS.get(str(fields.get("color")), ""),
    )
    post_system(portal, chat, texts.CHAT_CREATED, bot["id"])
    if fields.get("message"):
        post(portal, chat, bot["id"], str(fields["message"]))
    people = [member for member in chat["members"] if member != bot["id"]]
    return {"chat": chat_shape(portal, chat, bot["id"]), "users": users_shape(portal, people)}


def _chat(call: Call) -> tuple[Document, Document]:
    bot = own_bot(call)
    return bot, open_dialog(call.portal, bot["id"], str(call.params.get("dialogId", "")))


def _managed(call: Call, *roles: str) -> tuple[Document, Document]:
    bot, chat = _chat(call)
    if role_of(chat, bot["id"]) not in roles:
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    return bot, chat


@method("imbot.v2.Chat.get", scope="imbot")
def chat_get(call: Call) -> dict[str, Any]:
    bot, chat = _chat(call)
    return {"chat": chat_shape(call.portal, chat, bot["id"])}


@method("imbot.v2.Chat.update", scope="imbot")
def chat_update(call: Call) -> dict[str, bool]:
    bot, chat = _chat(call)
    fields = as_map(call.params.get("fields"))
    if fields.get("title") and fields["title"] != chat["name"]:
        chat["name"] = str(fields["title"])
        post_system(call.portal, chat, texts.CHAT_RENAMED, bot["id"], title=chat["name"])
    if "description" in fields:
        chat["description"] = str(fields["description"] or "")
    chat["color"] = COLORS.get(str(fields.get("color")), chat["color"])
    chats(call.portal).save(chat)
    call.portal.changed("chat", {"chatId": chat["id"]})
    return _OK


@method("imbot.v2.Chat.leave", scope="imbot")
def chat_leave(call: Call) -> dict[str, bool]:
    bot, chat = _chat(call)
    if chat["kind"] == "private":
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    name = full_name(get_user(call.portal, bot["id"]))
    post_system(call.portal, chat, texts.CHAT_LEFT, bot["id"], user=bot["id"], user_name=name)
    remove_member(call.portal, chat, bot["id"])
    return _OK


@method("imbot.v2.Chat.setOwner", scope="imbot")
def chat_set_owner(call: Call) -> dict[str, bool]:
    """To a member only (documents silent on strangers: refused)."""
    _bot, chat = _managed(call, "owner")
    owner = to_int(call.params.get("userId"), 0) or 0
    if owner not in chat["members"]:
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    chat["owner"] = owner
    chats(call.portal).save(chat)
    return _OK


@method("imbot.v2.Chat.User.add", scope="imbot")
def chat_user_add(call: Call) -> dict[str, bool]:
    bot, chat = _managed(call, "owner", "manager")
    added = add_members(call.portal, chat, ids(call.params.get("userIds")), bot["id"])
    if added:
        names = ", ".join(full_name(get_user(call.portal, user_id)) for user_id in added)
        post_system(call.portal, chat, texts.CHAT_JOINED, bot["id"], names=names)
    return _OK


@method("imbot.v2.Chat.User.delete", scope="imbot")
def chat_user_delete(call: Call) -> dict[str, bool]:
    """True also for somebody who is not there."""
    bot, chat = _managed(call, "owner", "manager")
    user_id = to_int(call.params.get("userId"), 0) or 0
    if remove_member(call.portal, chat, user_id):
        names = full_name(get_user(call.portal, user_id))
        post_system(call.portal, chat, texts.CHAT_REMOVED, bot["id"], names=names)
    return _OK


@method("imbot.v2.Chat.User.list", scope="imbot")
def chat_user_list(call: Call) -> list[dict[str, Any]]:
    _bot, chat = _chat(call)
    limit = min(max(to_int(call.params.get("limit"), 50) or 50, 1), 200)
    order = as_map(call.params.get("order"))
    backwards = str(next(iter(order.values()), "ASC")).upper() == "DESC"
    members = sorted(chat["members"], reverse=backwards) if order else chat["members"]
    return users_shape(call.portal, members[:limit])


def _managers(call: Call) -> tuple[Document, list[int]]:
    _bot, chat = _managed(call, "owner")
    wanted = ids(call.params.get("userIds"))
    if not wanted:
        raise RestError("EMPTY_USER_IDS", "Empty user IDs")
    return chat, wanted


@method("imbot.v2.Chat.Manager.add", scope="imbot")
def chat_manager_add(call: Call) -> dict[str, bool]:
    """People who are no members are ignored."""
    chat, wanted = _managers(call)
    fitting = [user_id for user_id in wanted if user_id in chat["members"]]
    chat["managers"] = list(dict.fromkeys([*chat["managers"], *fitting]))
    chats(call.portal).save(chat)
    return _OK


@method("imbot.v2.Chat.Manager.delete", scope="imbot")
def chat_manager_delete(call: Call) -> dict[str, bool]:
    chat, wanted = _managers(call)
    chat["managers"] = [user_id for user_id in chat["managers"] if user_id not in wanted]
    chats(call.portal).save(chat)
    return _OK
