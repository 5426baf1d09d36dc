"""Documents as the newer API (imbot.v2, im.v2) writes them: camelCase.

Source document: chat-bots/chat-bots-v2/entities.md.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from sandbox.portal.documents import chats, commands, messages
from sandbox.portal.people import full_name, users
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document
from sandbox.portal.texts import LANGUAGE

KIND_TYPES = {"private": ("private", "P"), "chat": ("chat", "C"), "open": ("open", "O")}
IMAGE_EXTENSIONS = {"png", "jpg", "jpeg", "gif", "webp", "bmp"}


def dialog_id(chat: Document, viewer_id: int) -> str:
    """How this viewer names the chat: the other person's id in a private one, else `chat{id}`."""
    if chat["kind"] != "private":
        return f"chat{chat['id']}"
    others = [member for member in chat["members"] if member != viewer_id]
    return str(others[0] if others else viewer_id)


def user_shape(user: Document) -> dict[str, Any]:
    """The User object; activity dates are false, as in events."""
    return {
        "id": user["id"],
        "active": user["active"],
        "name": full_name(user),
        "firstName": user["first_name"],
        "lastName": user["last_name"],
        "workPosition": user["position"],
        "color": user["color"],
        "avatar": "",
        "gender": user["gender"],
        "birthday": "",
        "extranet": False,
        "bot": user["bot"],
        "connector": False,
        "externalAuthId": "bot" if user["bot"] else "default",
        "status": "online",
        "idle": False,
        "lastActivityDate": False,
        "mobileLastDate": False,
        "desktopLastDate": False,
        "absent": False,
        "departments": user["departments"],
        "phones": False,
        "type": "bot" if user["bot"] else "employee",
        "website": "",
        "email": user["email"],
    }


def users_shape(portal: Portal, ids: list[int]) -> list[dict[str, Any]]:
    """User objects of those ids that exist, each once, in order."""
    found = (users(portal).get(user_id) for user_id in dict.fromkeys(ids))
    return [user_shape(user) for user in found if user is not None]


def chat_event_shape(portal: Portal, chat: Document, viewer_id: int) -> dict[str, Any]:
    """The Chat object of an event: without `role` and `muteList`."""
    kind, message_type = KIND_TYPES[chat["kind"]]
    is_task = chat["entity_type"] == "TASKS_TASK"
    return {
        "id": chat["id"],
        "dialogId": dialog_id(chat, viewer_id),
        "name": _chat_name(portal, chat, viewer_id),
        "description": chat["description"],
        "type": "tasksTask" if is_task else kind,
        "messageType": message_type,
        "owner": chat["owner"],
        "color": chat["color"],
        "avatar": "",
        "extranet": False,
        "containsCollaber": False,
        "entityType": chat["entity_type"],
        "entityId": chat["entity_id"],
        "entityData1": "",
        "entityData2": "",
        "entityData3": "",
        "entityLink": {},
        "diskFolderId": chat["folder_id"],
        "permissions": {},
        "parentChatId": None,
        "parentMessageId": None,
        "isNew": chat["message_count"] == 0,
        "textFieldEnabled": "Y" if chat["text_field"] else "N",
        "backgroundId": None,
    }


def _chat_name(portal: Portal, chat: Document, viewer_id: int) -> str:
    if chat["kind"] != "private":
        return str(chat["name"])
    other = users(portal).get(int(dialog_id(chat, viewer_id)))
    return full_name(other) if other else ""


def chat_shape(portal: Portal, chat: Document, viewer_id: int) -> dict[str, Any]:
    """The Chat object of a method's answer, as one participant sees it."""
    last_read = chat["read"].get(str(viewer_id))
    return {
        **chat_event_shape(portal, chat, viewer_id),
        "role": role_of(chat, viewer_id),
        "muteList": [],
        "dateCreate": chat["created_at"],
        "lastMessageId": chat["last_message_id"],
        "lastMessageViews": "{}",
        "lastId": last_read,
        "managerList": chat["managers"],
        "markedId": None,
        "messageCount": chat["message_count"],
        "public": "",
        "unreadId": None,
        "userCounter": len(chat["members"]),
    }


def role_of(chat: Document, user_id: int) -> str:
    """owner, manager, member or none."""
    if user_id not in chat["members"]:
        return "none"
    if user_id == chat["owner"]:
        return "owner"
    return "manager" if user_id in chat["managers"] else "member"


def message_shape(portal: Portal, message: Document) -> dict[str, Any]:
    chat = chats(portal).get(message["chat_id"])
    read = (
        []
        if chat is None
        else [last for user, last in chat["read"].items() if user != str(message["author_id"])]
    )
    return {
        "id": message["id"],
        "chatId": message["chat_id"],
        "authorId": message["author_id"],
        "date": message["at"],
        "text": message["text"],
        "isSystem": message["system"],
        "uuid": message["uuid"],
        "forward": message["forward"],
        "params": message["params"],
        "viewedByOthers": any(last >= message["id"] for last in read),
    }


def file_shape(portal: Portal, file: Document) -> dict[str, Any]:
    """The File object of uploads and message lists."""
    author = users(portal).get(file["created_by"])
    extension = PurePath(file["name"]).suffix.removeprefix(".").lower()
    is_image = extension in IMAGE_EXTENSIONS
    return {
        "id": file["id"],
        "chatId": file["chat_id"] or 0,
        "date": file["created_at"],
        "type": "image" if is_image else "file",
        "name": file["name"],
        "extension": extension,
        "size": file["size"],
        "image": {"height": 0, "width": 0} if is_image else False,
        "status": "done",
        "progress": 100,
        "authorId": file["created_by"],
        "authorName": full_name(author) if author else "",
        "urlPreview": "",
        "urlShow": "",
        "urlDownload": "",
        "viewerAttrs": {},
        "mediaUrl": {"preview": {"250": ""}},
        "isTranscribable": False,
        "isVideoNote": False,
        "isVoiceNote": False,
    }


def bot_shape(portal: Portal, bot: Document, *, full: bool = True) -> dict[str, Any]:
    """The Bot object; the full one (mode, counters) is for its owner and fetch-mode events."""
    brief = {
        "id": bot["id"],
        "code": bot["code"],
        "type": bot["type"],
        "isHidden": bot["is_hidden"],
        "isSupportOpenline": bot["is_support_openline"],
        "isReactionsEnabled": bot["is_reactions_enabled"],
        "backgroundId": bot["background_id"],
        "language": LANGUAGE,
    }
    if not full:
        return brief
    return {
        **brief,
        "moduleId": "rest",
        "eventMode": bot["event_mode"],
        "countMessage": bot["count_message"],
        "countCommand": len(commands(portal).find("bot", bot["id"])),
        "countChat": len(chats(portal).find("member", bot["id"])),
        "countUser": len(bot["met"]),
    }


def chat_messages(portal: Portal, chat: Document) -> list[Document]:
    """Messages of a chat, oldest first, without the completely deleted ones."""
    return messages(portal).find("chat", chat["id"])
