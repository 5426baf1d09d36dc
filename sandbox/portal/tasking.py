"""Tasks and their chats: creating, changing, moving between states, talking.

Both API versions and the demo page come through here. Every task has a chat of its own
(tasks-new.md, module version 25.700.0), which is told of changes by system messages.
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.portal import texts
from sandbox.portal.calls import RestError
from sandbox.portal.chatting import post, post_system
from sandbox.portal.documents import chats, drive, tasks
from sandbox.portal.drive import may_read
from sandbox.portal.people import full_name, get_user, is_admin
from sandbox.portal.rooms import add_members, create_chat, is_active
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document

PENDING, IN_PROGRESS, AWAITING_CONTROL, COMPLETED, DEFERRED = 2, 3, 4, 5, 6
FROM: dict[str, set[int]] = {
    "start": {PENDING, DEFERRED, COMPLETED, AWAITING_CONTROL},
    "pause": {IN_PROGRESS},
    "complete": {PENDING, IN_PROGRESS, DEFERRED, AWAITING_CONTROL},
    "defer": {PENDING, IN_PROGRESS},
    "renew": {AWAITING_CONTROL, COMPLETED, DEFERRED},
    "approve": {AWAITING_CONTROL},
    "disapprove": {AWAITING_CONTROL},
}
TO = {
    "start": IN_PROGRESS, "pause": PENDING, "complete": COMPLETED, "defer": DEFERRED, "renew": PENDING,
    "approve": COMPLETED, "disapprove": PENDING,
}  # fmt: skip
DEFAULTS: dict[str, Any] = {
    "description": "",
    "priority": 1,
    "accomplices": [],
    "auditors": [],
    "deadline": None,
    "needs_control": False,
    "xml_id": None,
    "group_id": 0,
    "parent_id": None,
    "crm_items": [],
    "files": [],
    "tags": [],
    "started_at": None,
    "status": PENDING,
}


class InvalidTask(ValueError):
    """A field that cannot be; `field` is its name here (responsible_id …)."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def participants(task: Document) -> list[int]:
    """Creator, responsible, accomplices, auditors, each once."""
    people = (task["creator_id"], task["responsible_id"], *task["accomplices"], *task["auditors"])
    return list(dict.fromkeys(people))


def may_see(portal: Portal, task: Document, user_id: int) -> bool:
    return is_admin(portal, user_id) or user_id in participants(task)


def find_task(portal: Portal, task_id: int | None, user_id: int) -> Document | None:
    """The task, unless it does not exist or this person may not see it."""
    task = tasks(portal).get(task_id) if task_id is not None else None
    return task if task is not None and may_see(portal, task, user_id) else None


def create(portal: Portal, actor: int, fields: dict[str, Any]) -> Document:
    """A new task with its chat. `fields` as in documents.tasks; InvalidTask names what is wrong."""
    now = portal.now_iso()
    task = {**DEFAULTS, "creator_id": actor, **fields}
    for name in ("accomplices", "auditors", "crm_items", "files", "tags"):
        task[name] = list(task[name])
    _check(portal, task, actor)
    kept = tasks(portal).insert(
        {
            **task,
            "chat_id": 0,
            "created_at": now,
            "changed_at": now,
            "changed_by": actor,
            "status_changed_at": now,
            "status_changed_by": actor,
            "closed_at": None,
            "closed_by": None,
            "activity_at": now,
            "guid": f"{{{uuid.UUID(int=portal.next_id('uuid'), version=4)}}}",
        }
    )
    chat = create_chat(
        portal,
        owner=kept["creator_id"],
        actor=actor,
        user_ids=participants(kept),
        title=texts.TASK_CHAT_TITLE.format(title=kept["title"]),
        entity_type="TASKS_TASK",
        entity_id=str(kept["id"]),
    )
    kept["chat_id"] = chat["id"]
    tasks(portal).save(kept)
    post_system(portal, chat, texts.TASK_CREATED, actor)
    portal.changed("task", {"taskId": kept["id"], "added": True})
    return kept


def _check(portal: Portal, task: dict[str, Any], actor: int) -> None:
    if not str(task.get("title") or "").strip():
        raise InvalidTask("title", "Task title is not specified")
    if not task.get("responsible_id"):
        raise InvalidTask("responsible_id", "Responsible person is not specified")
    for field in ("responsible_id", "creator_id"):
        if not is_active(portal, task[field]):
            raise InvalidTask(field, "User specified in the \u201cResponsible\u201d field not found")
    if task["status"] not in range(PENDING, DEFERRED + 1):
        raise InvalidTask("status", "Incorrect status")
    if task["parent_id"] and task["parent_id"] not in tasks(portal):
        raise InvalidTask("parent_id", "Task specified in the \u201cParent Task\u201d field not found")
    for file_id in task["files"]:
        file = drive(portal).get(file_id)
        if file is None or not may_read(portal, file, actor):
            raise InvalidTask("files", "Insufficient permissions")


def change(portal: Portal, task: Document, actor: int, fields: dict[str, Any]) -> None:
    """Set fields (status too), tell the chat, let new participants in. InvalidTask as in create."""
    before = dict(task)
    _check(portal, {**task, **fields}, actor)
    status = fields.pop("status", task["status"])
    task |= fields
    _touch(portal, task, actor)
    chat = task_chat(portal, task)
    add_members(portal, chat, participants(task), actor)
    if task["title"] != before["title"]:
        chat["name"] = texts.TASK_CHAT_TITLE.format(title=task["title"])
        chats(portal).save(chat)
        post_system(portal, chat, texts.TASK_TITLE, actor, title=task["title"])
    if task["responsible_id"] != before["responsible_id"]:
        name = full_name(get_user(portal, task["responsible_id"]))
        post_system(portal, chat, texts.TASK_RESPONSIBLE, actor, name=name)
    if task["deadline"] != before["deadline"]:
        post_system(portal, chat, texts.TASK_DEADLINE, actor, deadline=task["deadline"] or "-")
    if status != before["status"]:
        set_status(portal, task, actor, status)


def _touch(portal: Portal, task: Document, actor: int) -> None:
    task |= {"changed_at": portal.now_iso(), "changed_by": actor, "activity_at": portal.now_iso()}
    tasks(portal).save(task)
    portal.changed("task", {"taskId": task["id"]})


def set_status(portal: Portal, task: Document, actor: int, status: int) -> None:
    now = portal.now_iso()
    task |= {"status": status, "status_changed_at": now, "status_changed_by": actor}
    closed = status in {AWAITING_CONTROL, COMPLETED}
    task |= {"closed_at": now if closed else None, "closed_by": actor if closed else None}
    if status == IN_PROGRESS and not task["started_at"]:
        task["started_at"] = now
    _touch(portal, task, actor)
    post_system(portal, task_chat(portal, task), texts.TASK_STATUS[status], actor)


def act(portal: Portal, task: Document, actor: int, action: str) -> bool:
    """start, pause, complete, renew, defer, approve, disapprove; False when the state forbids it.

    A task under control that its responsible completes goes to control first.
    """
    if task["status"] not in FROM[action]:
        return False
    in_charge = actor == task["creator_id"] or is_admin(portal, actor)
    if action in {"approve", "disapprove"} and not in_charge:
        return False
    status = TO[action]
    if action == "complete" and task["needs_control"] and actor != task["creator_id"]:
        status = AWAITING_CONTROL
    if status == task["status"]:
        return False
    set_status(portal, task, actor, status)
    return True


def task_chat(portal: Portal, task: Document) -> Document:
    chat = chats(portal).get(task["chat_id"])
    assert chat is not None
    return chat


def say(portal: Portal, task: Document, author: int, text: str, **more: Any) -> Document:
    """A comment: a message in the task's chat. Its author becomes a member of the chat."""
    chat = task_chat(portal, task)
    if author not in chat["members"]:
        add_members(portal, chat, [author], author)
    message = post(portal, chat, author, text, **more)
    task["activity_at"] = portal.now_iso()
    tasks(portal).save(task)
    return message


def attach(portal: Portal, task: Document, actor: int, file_ids: list[int]) -> int:
    """Drive files to the task; the last attachment's id. RestError when a file may not be read."""
    attachment = 0
    for file_id in file_ids:
        file = drive(portal).get(file_id)
        if file is None or file["kind"] != "file" or not may_read(portal, file, actor):
            raise RestError("ERROR_CORE", "Insufficient permissions.<br>")
        task["files"] = [*dict.fromkeys([*task["files"], file_id])]
        attachment = portal.next_id("attachments", 1001)
        post_system(portal, task_chat(portal, task), texts.TASK_FILE, actor, name=file["name"])
    _touch(portal, task, actor)
    return attachment


def remove(portal: Portal, task: Document) -> None:
    """The task goes; its chat stays with its history."""
    tasks(portal).remove(task["id"])
    portal.changed("task", {"taskId": task["id"], "deleted": True})
