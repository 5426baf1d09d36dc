"""What people do to things that stand: edit and delete a message, work in a task, delete a chat."""

from __future__ import annotations

from aiohttp import web

from sandbox.portal import chatting, tasking
from sandbox.portal.calls import RestError, to_int
from sandbox.portal.demo.http import Route, acting_person, json_answer, json_body
from sandbox.portal.demo.task_routes import task_card
from sandbox.portal.documents import chats
from sandbox.portal.rooms import open_dialog
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document


def _own(portal: Portal, user_id: int, message_id: object) -> Document:
    message = chatting.get_message(portal, to_int(message_id, 0) or 0)
    if message["author_id"] != user_id:
        raise RestError("CANT_EDIT_MESSAGE", "Somebody else's message", 403)
    return message


async def edit(request: web.Request) -> web.StreamResponse:
    """{messageId, text}: other words for an own message."""
    portal, user_id = acting_person(request)
    body = await json_body(request)
    text = str(body.get("text", ""))
    if not text.strip():
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    chatting.edit(portal, _own(portal, user_id, body.get("messageId")), text=text)
    return json_answer({"ok": True})


async def delete(request: web.Request) -> web.StreamResponse:
    """{messageId}: takes an own message back; its place stays with a note."""
    portal, user_id = acting_person(request)
    body = await json_body(request)
    chatting.delete(portal, _own(portal, user_id, body.get("messageId")))
    return json_answer({"ok": True})


async def delete_chat(request: web.Request) -> web.StreamResponse:
    """A member deletes a group: nobody, the bot neither, gets into it any more. Nobody is told."""
    portal, user_id = acting_person(request)
    chat = open_dialog(portal, user_id, request.match_info["dialog_id"])
    if chat["kind"] == "private":
        raise RestError("ACCESS_DENIED", "A private dialog can't be deleted", 403)
    chat["members"] = []
    chats(portal).save(chat)
    portal.changed("chat", {"chatId": chat["id"], "deleted": True})
    return json_answer({"ok": True})


async def work_in_task(request: web.Request) -> web.StreamResponse:
    """{action: start … disapprove} and/or {responsibleId, deadline, title} → {task}, as in the task's card."""
    portal, user_id = acting_person(request)
    task = tasking.find_task(portal, to_int(request.match_info["task_id"]), user_id)
    if task is None:
        raise RestError("NOT_FOUND", "There is no such task for this person", 404)
    body = await json_body(request)
    fields = {
        name: body[key]
        for key, name in (("responsibleId", "responsible_id"), ("deadline", "deadline"), ("title", "title"))
        if key in body
    }
    try:
        if fields:
            tasking.change(portal, task, user_id, fields)
    except tasking.InvalidTask as error:
        raise RestError("ERROR_CORE", str(error)) from error
    action = body.get("action")
    if action == "delete":
        tasking.remove(portal, task)
    elif action is not None and (
        action not in tasking.FROM or not tasking.act(portal, task, user_id, str(action))
    ):
        raise RestError("1048582", "Action on the task is not allowed")
    return json_answer({"task": task_card(portal, task)})


ROUTES: tuple[Route, ...] = (
    ("POST", "as/{user_id}/edit", edit),
    ("POST", "as/{user_id}/delete", delete),
    ("POST", "as/{user_id}/dialogs/{dialog_id}/delete", delete_chat),
    ("POST", "as/{user_id}/tasks/{task_id}", work_in_task),
)
