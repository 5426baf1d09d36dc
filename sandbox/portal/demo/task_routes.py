"""Tasks for the page: a list of heads and one whole card."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.portal.calls import RestError, to_int
from sandbox.portal.demo.chats import file_view
from sandbox.portal.demo.crm_views import title_of_link
from sandbox.portal.demo.http import Route, json_answer, number, portal_of
from sandbox.portal.documents import chats, drive, tasks
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document

STATUSES = {
    1: "new",
    2: "pending",
    3: "in_progress",
    4: "supposedly_completed",
    5: "completed",
    6: "deferred",
    7: "declined",
}


def task_head(task: Document) -> dict[str, Any]:
    """{id, title, status (word), priority 0–2, deadline, responsibleId, creatorId, chatId, …}."""
    return {
        "id": task["id"],
        "title": task["title"],
        "status": STATUSES.get(task["status"], "pending"),
        "priority": task["priority"],
        "deadline": task["deadline"],
        "responsibleId": task["responsible_id"],
        "creatorId": task["creator_id"],
        "chatId": task["chat_id"],
        "xmlId": task["xml_id"],
        "createdAt": task["created_at"],
        "changedAt": task["changed_at"],
    }


def task_card(portal: Portal, task: Document) -> dict[str, Any]:
    """The head with description, people, files and links."""
    chat = chats(portal).get(task["chat_id"]) if task["chat_id"] else None
    files = (drive(portal).get(key) for key in task["files"])
    return {
        **task_head(task),
        "description": task["description"],
        "accomplices": task["accomplices"],
        "auditors": task["auditors"],
        "tags": task["tags"],
        "closedAt": task["closed_at"],
        "files": [file_view(file) for file in files if file is not None],
        "crm": [link for link in (title_of_link(portal, str(item)) for item in task["crm_items"]) if link],
        "chatMembers": chat["members"] if chat else [],
        "chatMessages": chat["message_count"] if chat else 0,
    }


async def list_tasks(request: web.Request) -> web.StreamResponse:
    """?limit&offset → {tasks, total}; the last changed first."""
    portal = portal_of(request)
    limit, offset = number(request, "limit", 100, high=1000), number(request, "offset", 0, high=2**31)
    found = sorted(tasks(portal), key=lambda task: (task["changed_at"], task["id"]), reverse=True)
    heads = [task_head(task) for task in found[offset : offset + limit]]
    return json_answer({"tasks": heads, "total": len(found)})


async def one_task(request: web.Request) -> web.StreamResponse:
    """→ {task}; 404 for an unknown one."""
    portal = portal_of(request)
    task = tasks(portal).get(to_int(request.match_info["task_id"], 0) or 0)
    if task is None:
        raise RestError("NOT_FOUND", "There is no such task", 404)
    return json_answer({"task": task_card(portal, task)})


ROUTES: tuple[Route, ...] = (("GET", "tasks", list_tasks), ("GET", "tasks/{task_id}", one_task))
