"""Documents as the older `im.*` methods write them: snake_case, empty maps as []."""

from __future__ import annotations

from typing import Any

from sandbox.portal.chatting import unread_of
from sandbox.portal.documents import drive
from sandbox.portal.people import full_name, users
from sandbox.portal.shapes import dialog_id, file_shape, role_of
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document


def im_user(user: Document) -> dict[str, Any]:
    return {
        "id": user["id"],
        "active": user["active"],
        "name": full_name(user),
        "first_name": user["first_name"],
        "last_name": user["last_name"],
        "work_position": user["position"],
        "color": user["color"],
        "avatar": "",
        "avatar_hr": "",
        "gender": user["gender"],
        "birthday": "",
        "extranet": False,
        "network": False,
        "bot": user["bot"],
        "connector": False,
        "external_auth_id": "bot" if user["bot"] else "default",
        "status": "online",
        "idle": False,
        "last_activity_date": False,
        "mobile_last_date": False,
        "desktop_last_date": False,
        "absent": False,
        "departments": user["departments"],
        "phones": False,
        "bot_data": None,
        "type": "bot" if user["bot"] else "user",
        "website": "",
        "email": user["email"],
    }


def im_message(message: Document) -> dict[str, Any]:
    likes = message["reactions"].get("like")
    params = {**message["params"], **({"LIKE": likes} if likes else {})}
    return {
        "id": message["id"],
        "chat_id": message["chat_id"],
        "author_id": message["author_id"],
        "date": message["at"],
        "text": message["text"],
        "unread": False,
        "uuid": message["uuid"],
        "replaces": [],
        "params": params or [],
        "disappearing_date": None,
    }


def im_files(portal: Portal, found: list[Document]) -> list[dict[str, Any]]:
    """File objects of the files that these messages carry."""
    wanted: list[int] = []
    for message in found:
        wanted += message["params"].get("FILE_ID", [])
        wanted += [file["id"] for file in message["params"].get("files", [])]
    files = (drive(portal).get(file_id) for file_id in wanted)
    return [file_shape(portal, file) for file in files if file is not None]


def im_chat(portal: Portal, chat: Document, viewer_id: int) -> dict[str, Any]:
    """The chat of im.dialog.get and im.search.chat.list."""
    name, dialog = chat["name"], dialog_id(chat, viewer_id)
    if chat["kind"] == "private":
        other = users(portal).get(int(dialog))
        name = full_name(other) if other else ""
    can = chat["kind"] != "private"
    return {
        "id": chat["id"],
        "parent_chat_id": 0,
        "parent_message_id": 0,
        "name": name,
        "description": chat["description"],
        "owner": chat["owner"],
        "extranet": False,
        "avatar": "",
        "color": chat["color"],
        "type": "tasksTask" if chat["entity_type"] == "TASKS_TASK" else chat["kind"],
        "counter": unread_of(portal, chat, viewer_id),
        "user_counter": len(chat["members"]),
        "message_count": chat["message_count"],
        "unread_id": 0,
        "restrictions": {"rename": can, "extend": can, "leave": can, "send": True, "user_list": True},
        "last_message_id": chat["last_message_id"] or 0,
        "last_id": chat["read"].get(str(viewer_id), 0),
        "marked_id": 0,
        "disk_folder_id": chat["folder_id"] or 0,
        "entity_type": chat["entity_type"],
        "entity_id": chat["entity_id"],
        "entity_data_1": "",
        "entity_data_2": "",
        "entity_data_3": "",
        "mute_list": [],
        "manager_list": chat["managers"],
        "date_create": chat["created_at"],
        "message_type": "P" if chat["kind"] == "private" else "C",
        "public": "",
        "role": role_of(chat, viewer_id),
        "entity_link": {"type": chat["entity_type"], "url": "", "id": chat["entity_id"]},
        "text_field_enabled": chat["text_field"],
        "background_id": None,
        "permissions": {"manage_users_add": "member", "manage_users_delete": "manager", "can_post": "member"},
        "is_new": False,
        "dialog_id": dialog,
    }
