"""Words in a task's chat: the old comment method and the new message method.

Source documents: tasks/comment-item/task-comment-item-add.md, tasks/tasks-task-chat-message-send.md.
"""

from __future__ import annotations

from sandbox.portal import tasking
from sandbox.portal.calls import Call, RestError, as_list, as_map, method, to_int
from sandbox.portal.documents import drive
from sandbox.portal.drive import may_read
from sandbox.portal.methods.bot_chats import ids
from sandbox.portal.methods.tasks_v3 import access_denied, integer, required
from sandbox.portal.rooms import is_active

_KEYS = {"POST_MESSAGE", "AUTHOR_ID", "POST_DATE", "UF_FORUM_MESSAGE_DOC"}


@method("task.commentitem.add", scope="task")
def comment_add(call: Call) -> int:
    """Positional: task id, then fields; extra keys break it. Anybody may speak for anybody."""
    values = list(call.params.values())
    task_id = to_int(values[0]) if values else None
    if task_id is None:
        text = 'TASKS_ERROR_EXCEPTION_#256; Param #0 (taskId) for method ctaskcommentitem::add() expected to be of type "integer", but given something else.; 256/TE/WRONG_ARGUMENTS'
        raise RestError("ERROR_CORE", text)
    fields = as_map(values[1]) if len(values) > 1 else {}
    for key in fields:
        if key not in _KEYS:
            text = f'TASKS_ERROR_EXCEPTION_#256; Param #1 (arFields) for method ctaskcommentitem::add() must not contain key "{key}".; 256/TE/WRONG_ARGUMENTS'
            raise RestError("ERROR_CORE", text)
    text = str(fields.get("POST_MESSAGE") or "")
    if not text.strip():
        raise RestError("ERROR_CORE", "Comment text is not specified<br>")
    task = tasking.find_task(call.portal, task_id, call.user_id)
    if task is None:
        raise RestError("ERROR_CORE", "Insufficient permissions to add a comment.<br>")
    author = to_int(fields.get("AUTHOR_ID"), call.user_id) or call.user_id
    if not is_active(call.portal, author):
        raise RestError("ERROR_CORE", "Insufficient permissions to add a comment.<br>")
    files = _files(call, author, fields.get("UF_FORUM_MESSAGE_DOC"))
    message = tasking.say(call.portal, task, author, text, params={"FILE_ID": files} if files else None)
    return int(message["id"])


def _files(call: Call, author: int, sent: object) -> list[int]:
    wanted = ids([str(item).removeprefix("n") for item in as_list(sent)])
    for file_id in wanted:
        file = drive(call.portal).get(file_id)
        if file is None or not may_read(call.portal, file, author):
            raise RestError("ERROR_CORE", "File not found<br>")
    return wanted


@method("tasks.task.chat.message.send", scope="tasks", v3=True)
def chat_message_send(call: Call) -> dict[str, bool]:
    """{fields{taskId, text}} → {result: true}: no id of the message comes back."""
    fields = required(call.params, "fields", {})
    task_id = integer(fields, "taskId")
    text = str(required(fields, "text", ""))
    task = tasking.find_task(call.portal, task_id, call.user_id)
    if task is None:
        raise access_denied()
    tasking.say(call.portal, task, call.user_id, text)
    return {"result": True}
