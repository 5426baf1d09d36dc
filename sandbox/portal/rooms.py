"""Chats and who sits in them: private dialogs, groups, task chats."""

from __future__ import annotations

import re

from sandbox.portal import botting, texts
from sandbox.portal.calls import RestError
from sandbox.portal.documents import chats
from sandbox.portal.people import COLORS, full_name, get_user, users
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document

_GROUP = re.compile(r"chat(\d+)")


def private_chat(portal: Portal, first: int, second: int) -> Document:
    """The dialog of two; made when it does not exist. A bot learns that a person opened one (JOINCHAT)."""
    pair = (min(first, second), max(first, second))
    found = chats(portal).find("pair", pair)
    if found:
        return found[0]
    get_user(portal, first)
    get_user(portal, second)
    chat = _new_chat(portal, kind="private", owner=first, members=list(dict.fromkeys((first, second))))
    # documents silent: whether opening a private chat counts as joining; portals were seen to tell it
    botting.joined(portal, chat, second, first)
    return chat


def _new_chat(
    portal: Portal,
    *,
    kind: str,
    owner: int,
    members: list[int],
    name: str = "",
    description: str = "",
    color: str = "",
    entity_type: str = "",
    entity_id: str = "",
) -> Document:
    chat = chats(portal).insert(
        {
            "kind": kind,
            "name": name,
            "description": description,
            "owner": owner,
            "color": color or COLORS[(owner + len(name)) % len(COLORS)],
            "members": members,
            "managers": [],
            "entity_type": entity_type,
            "entity_id": entity_id,
            "text_field": True,
            "created_at": portal.now_iso(),
            "last_message_id": None,
            "message_count": 0,
            "read": {},
            "folder_id": None,
        }
    )
    portal.changed("chat", {"chatId": chat["id"]})
    return chat


def create_chat(
    portal: Portal,
    *,
    owner: int,
    actor: int,
    user_ids: list[int],
    title: str = "",
    description: str = "",
    color: str = "",
    kind: str = "chat",
    entity_type: str = "",
    entity_id: str = "",
) -> Document:
    """A group of the owner, the actor and these people; unknown and inactive ones are left out."""
    wanted = dict.fromkeys((owner, actor, *user_ids))
    members = [user_id for user_id in wanted if is_active(portal, user_id)]
    names = ", ".join(full_name(get_user(portal, user_id)) for user_id in members)
    chat = _new_chat(
        portal,
        kind=kind,
        owner=owner,
        members=members,
        name=title or texts.CHAT_TITLE.format(names=names),
        description=description,
        color=color,
        entity_type=entity_type,
        entity_id=entity_id,
    )
    for member in members:
        botting.joined(portal, chat, member, actor)
    return chat


def is_active(portal: Portal, user_id: int) -> bool:
    user = users(portal).get(user_id)
    return user is not None and user["active"]


def find_dialog(portal: Portal, viewer_id: int, dialog: str) -> Document | None:
    """The chat a viewer means by `chat5` or `7` (a private dialog is made on the way); None if unknown."""
    group = _GROUP.fullmatch(dialog)
    if group is not None:
        return chats(portal).get(int(group[1]))
    if dialog.isdigit() and is_active(portal, int(dialog)):
        return private_chat(portal, viewer_id, int(dialog))
    return None


def open_dialog(portal: Portal, viewer_id: int, dialog: str, code: str = "ACCESS_DENIED") -> Document:
    """Like find_dialog, but only chats the viewer sits in. RestError 403 with the given code."""
    chat = find_dialog(portal, viewer_id, dialog)
    if chat is None or viewer_id not in chat["members"]:
        raise RestError(code, "Access denied", 403)
    return chat


def add_members(portal: Portal, chat: Document, user_ids: list[int], actor: int) -> list[int]:
    """Those really added: unknown, inactive and present ones are ignored."""
    added = [u for u in dict.fromkeys(user_ids) if u not in chat["members"] and is_active(portal, u)]
    if added:
        chat["members"] = [*chat["members"], *added]
        chats(portal).save(chat)
        portal.changed("chat", {"chatId": chat["id"]})
        for user_id in added:
            botting.joined(portal, chat, user_id, actor)
    return added


def remove_member(portal: Portal, chat: Document, user_id: int) -> bool:
    """Whether that person sat in the chat."""
    if user_id not in chat["members"]:
        return False
    chat["members"] = [member for member in chat["members"] if member != user_id]
    chat["managers"] = [member for member in chat["managers"] if member != user_id]
    chats(portal).save(chat)
    portal.changed("chat", {"chatId": chat["id"]})
    return True


def mark_read(portal: Portal, chat: Document, user_id: int, up_to: int | None = None) -> int:
    """Everything up to a message (default: all) counts as read by this person; the last read id."""
    last = chat["last_message_id"] or 0
    read = min(last, up_to) if up_to else last
    if read > chat["read"].get(str(user_id), 0):
        chat["read"][str(user_id)] = read
        chats(portal).save(chat)
    return int(chat["read"].get(str(user_id), 0))
