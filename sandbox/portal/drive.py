"""Files and folders: storages of people and of the portal, chat folders, links that give a file out."""

from __future__ import annotations

import base64
import binascii
from pathlib import PurePath

from sandbox.portal import texts
from sandbox.portal.calls import RestError
from sandbox.portal.documents import chats, drive, storages
from sandbox.portal.people import full_name, get_user, is_admin
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document

MAX_FILE_BYTES = 100 * 1024 * 1024


def storage_of(portal: Portal, entity_type: str, entity_id: str) -> Document:
    """A person's ("user", id), the common ("common", "shared_files_s1") or an application's storage."""
    found = storages(portal).find("entity", (entity_type, entity_id))
    if found:
        return found[0]
    if entity_type == "user":
        name = full_name(get_user(portal, int(entity_id)))
    else:
        name = texts.STORAGE_COMMON if entity_type == "common" else texts.STORAGE_APP
    storage = storages(portal).insert(
        {"name": name, "entity_type": entity_type, "entity_id": entity_id, "root_id": 0}
    )
    root = _put(portal, "folder", name, None, storage["id"], int(entity_id) if entity_type == "user" else 0)
    storage["root_id"] = root["id"]
    storages(portal).save(storage)
    return storage


def storages_for(portal: Portal, user_id: int) -> list[Document]:
    """What a person may open: one's own storage and the common one."""
    return [storage_of(portal, "user", str(user_id)), storage_of(portal, "common", "shared_files_s1")]


def _put(
    portal: Portal,
    kind: str,
    name: str,
    parent_id: int | None,
    storage_id: int,
    user_id: int,
    content: bytes | None = None,
    chat_id: int | None = None,
) -> Document:
    now = portal.now_iso()
    return drive(portal).insert(
        {
            "kind": kind,
            "name": name,
            "parent_id": parent_id,
            "storage_id": storage_id,
            "chat_id": chat_id,
            "blob": None if content is None else portal.database.put_blob(content),
            "size": len(content or b""),
            "file_id": None if content is None else portal.next_id("b_file", 30001),
            "created_by": user_id,
            "created_at": now,
            "updated_at": now,
        }
    )


def make_folder(portal: Portal, parent: Document, name: str, user_id: int) -> Document:
    """RestError DISK_OBJ_22000 when the name is taken."""
    if any(item["name"] == name for item in children(portal, parent["id"])):
        raise RestError("DISK_OBJ_22000", "A folder with this name already exists")
    return _put(portal, "folder", name, parent["id"], parent["storage_id"], user_id)


def put_file(
    portal: Portal, folder: Document, name: str, content: bytes, user_id: int, *, unique: bool = False
) -> Document:
    """A new file in a folder; `unique` renames it, else a taken name is DISK_OBJ_22000."""
    taken = {item["name"] for item in children(portal, folder["id"])}
    if name in taken:
        if not unique:
            raise RestError("DISK_OBJ_22000", "A file with this name already exists")
        path, number = PurePath(name), 1
        while name in taken:
            name, number = f"{path.stem} ({number}){path.suffix}", number + 1
    return _put(portal, "file", name, folder["id"], folder["storage_id"], user_id, content)


def chat_file(portal: Portal, chat: Document, user_id: int, name: str, content: bytes) -> Document:
    """A file in the folder of a chat; the folder is made when needed."""
    common = storage_of(portal, "common", "shared_files_s1")
    if chat["folder_id"] is None:
        folder = _put(portal, "folder", f"chat{chat['id']}", common["root_id"], common["id"], user_id)
        chat["folder_id"] = folder["id"]
        chats(portal).save(chat)
    return _put(portal, "file", name, chat["folder_id"], common["id"], user_id, content, chat["id"])


def children(portal: Portal, folder_id: int) -> list[Document]:
    return drive(portal).find("parent", folder_id)


def get_item(portal: Portal, item_id: int | None, kind: str, user_id: int) -> Document:
    """A file or folder this person may read. RestError ERROR_NOT_FOUND, ACCESS_DENIED."""
    item = drive(portal).get(item_id) if item_id is not None else None
    if item is None or item["kind"] != kind:
        raise RestError("ERROR_NOT_FOUND", f"Could not find entity with id `{item_id}`")
    if not may_read(portal, item, user_id):
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    return item


def may_read(portal: Portal, item: Document, user_id: int) -> bool:
    """Chat files: the chat's members; a storage: its owner, everybody for the common one; administrators."""
    if item["created_by"] == user_id or is_admin(portal, user_id):
        return True
    if item["chat_id"] is not None:
        chat = chats(portal).get(item["chat_id"])
        return chat is not None and user_id in chat["members"]
    storage = storages(portal).get(item["storage_id"])
    return storage is not None and (storage["entity_type"] != "user" or storage["entity_id"] == str(user_id))


def content_of(portal: Portal, file: Document) -> bytes:
    return portal.database.get_blob(file["blob"])


def decode_content(content: object, *, empty: str, invalid: str) -> bytes:
    """Bytes of a base64 string. RestError with the given codes, FILE_TOO_LARGE above 100 MB."""
    if not content or not isinstance(content, str):
        raise RestError(empty, "File name and content are required")
    try:
        decoded = base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise RestError(invalid, "Invalid base64 content") from error
    if len(decoded) > MAX_FILE_BYTES:
        raise RestError("FILE_TOO_LARGE", "File is too large")
    return decoded
