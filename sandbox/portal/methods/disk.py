"""disk.storage.*, disk.folder.*, disk.file.get.

Source documents: api-reference/disk/**.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, Page, RestError, as_list, as_map, method, to_bool, to_int
from sandbox.portal.documents import drive, storages
from sandbox.portal.drive import (
    children,
    decode_content,
    get_item,
    make_folder,
    may_read,
    put_file,
    storage_of,
    storages_for,
)
from sandbox.portal.links import Link
from sandbox.portal.stores import Document

PAGE = 50


def storage_answer(storage: Document) -> dict[str, Any]:
    return {
        "ID": str(storage["id"]),
        "NAME": storage["name"],
        "CODE": None,
        "MODULE_ID": "disk",
        "ENTITY_TYPE": storage["entity_type"],
        "ENTITY_ID": storage["entity_id"],
        "ROOT_OBJECT_ID": str(storage["root_id"]),
    }


def _item_answer(item: Document) -> dict[str, Any]:
    return {
        "ID": item["id"],
        "NAME": item["name"],
        "CODE": None,
        "STORAGE_ID": str(item["storage_id"]),
        "TYPE": item["kind"],
        "PARENT_ID": str(item["parent_id"]),
        "DELETED_TYPE": 0,
        "CREATE_TIME": item["created_at"],
        "UPDATE_TIME": item["updated_at"],
        "DELETE_TIME": None,
        "CREATED_BY": str(item["created_by"]),
        "UPDATED_BY": str(item["created_by"]),
        "DELETED_BY": None,
    }


def folder_answer(folder: Document, base_url: str) -> dict[str, Any]:
    detail = f"{base_url}/company/personal/user/{folder['created_by']}/disk/path/{folder['name']}"
    return {**_item_answer(folder), "REAL_OBJECT_ID": folder["id"], "DETAIL_URL": detail}


def file_answer(call: Call, file: Document) -> dict[str, Any]:
    """Use ID (the Drive object) and not FILE_ID for attaching; DOWNLOAD_URL carries a token."""
    portal = call.portal
    expires_at = portal.config.monotonic() + portal.config.download_ttl_s
    token = portal.links.issue("disk", Link(call.user_id, expires_at, file_id=file["id"]))
    return {
        **_item_answer(file),
        "GLOBAL_CONTENT_VERSION": 1,
        "FILE_ID": file["file_id"],
        "SIZE": str(file["size"]),
        "DOWNLOAD_URL": f"{call.base_url}/rest/download.json?token={token.replace('|', '%7C')}",
        "DETAIL_URL": f"{call.base_url}/company/personal/user/{file['created_by']}/disk/file/{file['name']}",
    }


def _as_read(answer: dict[str, Any]) -> dict[str, Any]:
    """Reading methods write every number as a string, writing ones do not."""
    return {key: str(value) if isinstance(value, int) else value for key, value in answer.items()}


def _id(call: Call) -> int:
    found = to_int(call.params.get("id", call.params.get("ID")))
    if found is None:
        raise RestError("ERROR_ARGUMENT", "Invalid value of parameter {Parameter #0}")
    return found


def _storage(call: Call) -> Document:
    storage = storages(call.portal).get(_id(call))
    allowed = {found["id"] for found in storages_for(call.portal, call.user_id)}
    if storage is None or (storage["id"] not in allowed and storage["entity_type"] != "restapp"):
        raise RestError("ERROR_NOT_FOUND", f"Could not find entity with id `{_id(call)}`")
    return storage


@method("disk.storage.getlist", scope="disk")
def storage_get_list(call: Call) -> Page:
    """Filterable by ENTITY_TYPE, ENTITY_ID, NAME, ID with exact values."""
    wanted = {str(key).lstrip("="): value for key, value in as_map(call.params.get("filter")).items()}
    found = [storage_answer(storage) for storage in storages_for(call.portal, call.user_id)]
    fitting = [s for s in found if all(str(s.get(key)) == str(value) for key, value in wanted.items())]
    return Page(fitting, total=len(fitting))


@method("disk.storage.getforapp", scope="disk")
def storage_get_for_app(call: Call) -> dict[str, Any]:
    """Refused to webhooks, unless the switch `app_storage` plays an application."""
    if call.application is None and not call.portal.switches.app_storage:
        raise RestError("ACCESS_DENIED", "Access denied! Application context required")
    return storage_answer(storage_of(call.portal, "restapp", "1"))


@method("disk.storage.getchildren", scope="disk")
def storage_get_children(call: Call) -> Page:
    return _children(call, _storage(call)["root_id"])


@method("disk.folder.getchildren", scope="disk")
def folder_get_children(call: Call) -> Page:
    return _children(call, get_item(call.portal, _id(call), "folder", call.user_id)["id"])


def _children(call: Call, folder_id: int) -> Page:
    wanted = {str(key).lstrip("="): value for key, value in as_map(call.params.get("filter")).items()}
    answers = []
    for item in children(call.portal, folder_id):
        if not may_read(call.portal, item, call.user_id):
            continue
        is_file = item["kind"] == "file"
        answer = _as_read(file_answer(call, item) if is_file else folder_answer(item, call.base_url))
        if all(str(answer.get(key)) == str(value) for key, value in wanted.items()):
            answers.append(answer)
    start = max(to_int(call.params.get("start"), 0) or 0, 0)
    following = start + PAGE if len(answers) > start + PAGE else None
    return Page(answers[start : start + PAGE], total=len(answers), next=following)


@method("disk.folder.addsubfolder", scope="disk")
def folder_add_subfolder(call: Call) -> dict[str, Any]:
    parent = get_item(call.portal, _id(call), "folder", call.user_id)
    name = str(as_map(call.params.get("data")).get("NAME") or "").strip()
    if not name:
        raise RestError("ERROR_ARGUMENT", "Invalid value of parameter {Parameter #1}")
    return folder_answer(make_folder(call.portal, parent, name, call.user_id), call.base_url)


@method("disk.folder.uploadfile", scope="disk", batchable=False)
def folder_upload_file(call: Call) -> dict[str, Any]:
    """With fileContent [name, base64] the file's answer, without it {field, uploadUrl} for a multipart post."""
    folder = get_item(call.portal, _id(call), "folder", call.user_id)
    if not as_list(call.params.get("fileContent")):
        return _upload_link(call, folder)
    return _save(call, folder)


@method("disk.storage.uploadfile", scope="disk", batchable=False)
def storage_upload_file(call: Call) -> dict[str, Any]:
    root = drive(call.portal).get(_storage(call)["root_id"])
    assert root is not None
    return _save(call, root)


def _upload_link(call: Call, folder: Document) -> dict[str, Any]:
    portal = call.portal
    link = Link(
        call.user_id,
        portal.config.monotonic() + portal.config.download_ttl_s,
        folder_id=folder["id"],
        unique_name=to_bool(call.params.get("generateUniqueName")),
        once=True,
    )
    token = portal.links.issue("disk", link).replace("|", "%7C")
    return {"field": "file", "uploadUrl": f"{call.base_url}/rest/upload.json?token={token}"}


def _save(call: Call, folder: Document) -> dict[str, Any]:
    sent = as_list(call.params.get("fileContent"))
    name = str(as_map(call.params.get("data")).get("NAME") or "").strip()
    if not name:
        text = "Error: required parameter NAME (DISK_BASE_SERVICE_22001)"
        raise RestError("DISK_BASE_SERVICE_22001", text)
    code = "ERROR_COULD_NOT_SAVE_FILE"
    content = decode_content(sent[1] if len(sent) > 1 else None, empty=code, invalid=code)
    unique = to_bool(call.params.get("generateUniqueName"))
    return file_answer(call, put_file(call.portal, folder, name, content, call.user_id, unique=unique))


@method("disk.file.get", scope="disk")
def file_get(call: Call) -> dict[str, Any]:
    return _as_read(file_answer(call, get_item(call.portal, _id(call), "file", call.user_id)))
