"""im.*: messages and chats as the webhook's own user.

Source documents: api-reference/chats/**.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.portal import texts
from sandbox.portal.calls import Call, Page, RestError, as_list, method, to_bool, to_int
from sandbox.portal.chatting import delete, dialogs_of, edit, post, post_system, unread_of
from sandbox.portal.documents import chats, messages
from sandbox.portal.im_shapes import im_chat, im_files, im_message, im_user
from sandbox.portal.keyboards import parse_attach, parse_keyboard
from sandbox.portal.methods.bot_chats import COLORS, ids
from sandbox.portal.people import full_name, get_user, users
from sandbox.portal.rooms import add_members, create_chat, find_dialog, mark_read
from sandbox.portal.shapes import dialog_id
from sandbox.portal.stores import Document

_COLORS = {re.sub("([A-Z])", r"_\1", name).upper(): value for name, value in COLORS.items()}


def _dialog(call: Call) -> Document:
    dialog = str(call.params.get("DIALOG_ID") or "")
    if not dialog:
        raise RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    chat = find_dialog(call.portal, call.user_id, dialog)
    if chat is None or call.user_id not in chat["members"]:
        raise RestError("ACCESS_ERROR", "You do not have access to the specified dialog", 403)
    return chat


@method("im.message.add", scope="im")
def message_add(call: Call) -> int:
    """{DIALOG_ID, MESSAGE, ATTACH?, KEYBOARD?, REPLY_ID?, SYSTEM?} → the message's id."""
    params = call.params
    text, attach = str(params.get("MESSAGE") or ""), parse_attach(params.get("ATTACH"))
    if not params.get("DIALOG_ID"):
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    if not text.strip() and not attach:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    chat = find_dialog(call.portal, call.user_id, str(params["DIALOG_ID"]))
    if chat is None:
        if str(params["DIALOG_ID"]).isdigit():
            raise RestError("USER_NOT_FOUND", "User not found")
        raise RestError("CHAT_ID", "Error creating message")
    if call.user_id not in chat["members"]:
        raise RestError("ACCESS_ERROR", "Action unavailable", 403)
    message = post(
        call.portal,
        chat,
        call.user_id,
        text,
        system=to_bool(params.get("SYSTEM")),
        keyboard=parse_keyboard(params.get("KEYBOARD"), 0),
        attach=attach,
        reply_id=_reply(call, chat),
    )
    return int(message["id"])


def _reply(call: Call, chat: Document) -> int | None:
    wanted = to_int(call.params.get("REPLY_ID"))
    if wanted is None:
        return None
    message = messages(call.portal).get(wanted)
    if message is None:
        raise RestError("REPLY_ACCESS_ERROR", "Action unavailable")
    if message["chat_id"] != chat["id"]:
        text = "You can only reply to a message within the same chat"
        raise RestError("REPLY_FROM_OTHER_CHAT_ERROR", text)
    return wanted


def _own_message(call: Call) -> Document:
    message_id = to_int(call.params.get("MESSAGE_ID", call.params.get("ID")))
    if message_id is None:
        raise RestError("MESSAGE_ID_ERROR", "Message ID can't be empty")
    message = messages(call.portal).get(message_id)
    if message is None or message["deleted"] or message["author_id"] != call.user_id:
        text = "Time has expired for modification or you don't have access"
        raise RestError("CANT_EDIT_MESSAGE", text, 403)
    return message


@method("im.message.update", scope="im")
def message_update(call: Call) -> bool:
    """An empty MESSAGE deletes; N or an empty KEYBOARD takes the buttons away."""
    message = _own_message(call)
    text = call.params.get("MESSAGE")
    if text is not None and not str(text).strip():
        delete(call.portal, message)
        return True
    edit(
        call.portal,
        message,
        text=None if text is None else str(text),
        keyboard=parse_keyboard(call.params.get("KEYBOARD"), 0),
        attach=parse_attach(call.params.get("ATTACH")),
    )
    return True


@method("im.message.delete", scope="im")
def message_delete(call: Call) -> bool:
    delete(call.portal, _own_message(call))
    return True


@method("im.dialog.messages.get", scope="im")
def dialog_messages_get(call: Call) -> dict[str, Any]:
    """{DIALOG_ID, LAST_ID (older) | FIRST_ID (newer), LIMIT ≤ 50 (20)} → newest first; FIRST_ID: oldest first.

    documents silent: the order with FIRST_ID.
    """
    chat = _dialog(call)
    limit = min(max(to_int(call.params.get("LIMIT"), 20) or 20, 1), 50)
    last, first = _bound(call, "LAST_ID"), _bound(call, "FIRST_ID")
    found = messages(call.portal).find("chat", chat["id"])
    if first is not None:
        window = [message for message in found if message["id"] > first][:limit]
    else:
        older = found if last is None else [message for message in found if message["id"] < last]
        window = older[::-1][:limit]
    people = dict.fromkeys([*(message["author_id"] for message in window), *chat["members"]])
    authors = (users(call.portal).get(user_id) for user_id in people)
    return {
        "chat_id": chat["id"],
        "messages": [im_message(message) for message in window],
        "users": [im_user(user) for user in authors if user is not None],
        "files": im_files(call.portal, window),
    }


def _bound(call: Call, name: str) -> int | None:
    if call.params.get(name) in (None, ""):
        return None
    number = to_int(call.params[name])
    if number is None:
        raise RestError(f"{name}_STRING", f"{name.removesuffix('_ID').title()} ID can't be string")
    return number


@method("im.dialog.read", scope="im")
def dialog_read(call: Call) -> dict[str, Any]:
    chat = _dialog(call)
    last = mark_read(call.portal, chat, call.user_id, to_int(call.params.get("MESSAGE_ID")))
    counter = unread_of(call.portal, chat, call.user_id)
    return {
        "dialogId": dialog_id(chat, call.user_id),
        "chatId": chat["id"],
        "lastId": last,
        "counter": counter,
    }


@method("im.dialog.get", scope="im")
def dialog_get(call: Call) -> dict[str, Any]:
    return im_chat(call.portal, _dialog(call), call.user_id)


@method("im.chat.add", scope="im")
def chat_add(call: Call) -> int:
    """A chat of the caller and USERS → its id."""
    params = call.params
    chat = create_chat(
        call.portal,
        owner=call.user_id,
        actor=call.user_id,
        user_ids=ids(params.get("USERS")),
        title=str(params.get("TITLE") or ""),
        description=str(params.get("DESCRIPTION") or ""),
        color=_COLORS.get(str(params.get("COLOR")), ""),
        kind="open" if params.get("TYPE") == "OPEN" else "chat",
        entity_type=str(params.get("ENTITY_TYPE") or ""),
        entity_id=str(params.get("ENTITY_ID") or ""),
    )
    post_system(call.portal, chat, texts.CHAT_CREATED, call.user_id)
    if params.get("MESSAGE"):
        post(call.portal, chat, call.user_id, str(params["MESSAGE"]))
    return int(chat["id"])


@method("im.chat.get", scope="im")
def chat_get(call: Call) -> dict[str, int] | list[Any]:
    """{ID} of the chat bound to ENTITY_TYPE and ENTITY_ID (documents silent: [] when there is none)."""
    key = (str(call.params.get("ENTITY_TYPE") or ""), str(call.params.get("ENTITY_ID") or ""))
    found = chats(call.portal).find("entity", key) if all(key) else []
    return {"ID": found[0]["id"]} if found else []


def _group(call: Call) -> Document:
    chat_id = to_int(call.params.get("CHAT_ID"))
    if chat_id is None:
        raise RestError("CHAT_ID_EMPTY", "Chat ID can't be empty")
    chat = chats(call.portal).get(chat_id)
    if chat is None or call.user_id not in chat["members"] or chat["kind"] == "private":
        raise RestError("ACCESS_ERROR", "Action unavailable", 403)
    return chat


@method("im.chat.user.add", scope="im")
def chat_user_add(call: Call) -> bool:
    chat = _group(call)
    added = add_members(call.portal, chat, ids(call.params.get("USERS")), call.user_id)
    if added:
        names = ", ".join(full_name(get_user(call.portal, user_id)) for user_id in added)
        post_system(call.portal, chat, texts.CHAT_JOINED, call.user_id, names=names)
    return True


@method("im.chat.user.list", scope="im")
def chat_user_list(call: Call) -> list[int]:
    return list(_group(call)["members"])


@method("im.chat.updatetitle", scope="im")
def chat_update_title(call: Call) -> bool:
    chat = _group(call)
    title = str(call.params.get("TITLE") or "").strip()
    if not title:
        raise RestError("TITLE_EMPTY", "Title can't be empty")
    chat["name"] = title
    chats(call.portal).save(chat)
    post_system(call.portal, chat, texts.CHAT_RENAMED, call.user_id, title=title)
    return True


@method("im.recent.list", scope="im")
def recent_list(call: Call) -> Page:
    """The caller's chats with messages, newest first: {items, hasMorePages, hasMore}."""
    portal, me = call.portal, call.user_id
    skip_dialogs, skip_chats = to_bool(call.params.get("SKIP_DIALOG")), to_bool(call.params.get("SKIP_CHAT"))
    found = [
        chat
        for chat in dialogs_of(portal, me)
        if chat["last_message_id"] and not (skip_dialogs if chat["kind"] == "private" else skip_chats)
    ]
    if to_bool(call.params.get("UNREAD_ONLY")):
        found = [chat for chat in found if unread_of(portal, chat, me)]
    offset = to_int(call.params.get("OFFSET"), 0) or 0
    limit = min(to_int(call.params.get("LIMIT"), 50) or 50, 200)
    more = offset + limit < len(found)
    items = [_recent_item(call, chat) for chat in found[offset : offset + limit]]
    return Page({"items": items, "hasMorePages": more, "hasMore": more}, total=-1)


def _recent_item(call: Call, chat: Document) -> dict[str, Any]:
    portal, me = call.portal, call.user_id
    message = messages(portal).get(chat["last_message_id"])
    shape = im_chat(portal, chat, me)
    dialog = shape["dialog_id"]
    is_private = chat["kind"] == "private"
    item = {
        "id": int(dialog) if is_private else dialog,
        "chat_id": chat["id"],
        "type": "user" if is_private else "chat",
        "avatar": {"url": "", "color": chat["color"]},
        "title": shape["name"],
        "counter": shape["counter"],
        "last_id": shape["last_id"],
        "pinned": False,
        "unread": False,
        "chat": shape,
        "options": [],
    }
    if message is not None:
        item |= {"message": _recent_message(message), "date_update": message["at"]}
        item["date_last_activity"] = message["at"]
    other = users(portal).get(int(dialog)) if is_private else None
    if other is not None:
        item["user"] = im_user(other)
    return item


def _recent_message(message: Document) -> dict[str, Any]:
    return {
        "id": message["id"],
        "text": message["text"],
        "file": bool(message["params"].get("FILE_ID") or message["params"].get("files")),
        "author_id": message["author_id"],
        "attach": bool(message["params"].get("ATTACH")),
        "sticker": None,
        "date": message["at"],
        "status": "received",
        "uuid": message["uuid"],
    }


@method("im.search.chat.list", scope="im")
def search_chat_list(call: Call) -> Page:
    """FIND (2 letters or more) in titles and members' names of the caller's groups, newest chat first."""
    find = str(call.params.get("FIND") or "").strip().lower()
    if len(find) < 2:
        raise RestError("FIND_SHORT", "Too short a search phrase.")
    mine = [chat for chat in chats(call.portal).find("member", call.user_id) if chat["kind"] != "private"]
    found = [chat for chat in mine if all(word in _haystack(call, chat) for word in find.split())]
    found.sort(key=lambda chat: chat["id"], reverse=True)
    offset = to_int(call.params.get("OFFSET"), 0) or 0
    limit = min(to_int(call.params.get("LIMIT"), 10) or 10, 50)
    shapes = [im_chat(call.portal, chat, call.user_id) for chat in found[offset : offset + limit]]
    return Page(shapes, total=len(found))


def _haystack(call: Call, chat: Document) -> str:
    people = (users(call.portal).get(member) for member in as_list(chat["members"]))
    return " ".join([chat["name"], *(full_name(user) for user in people if user is not None)]).lower()
