"""tasks.task.* of the second version: strings and camelCase answers, upper-case fields.

Source documents: api-reference/tasks/*.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.portal import tasking
from sandbox.portal.calls import Call, Page, RestError, as_list, as_map, method, to_bool, to_int
from sandbox.portal.documents import tasks
from sandbox.portal.methods.bot_chats import ids
from sandbox.portal.people import full_name, users
from sandbox.portal.stores import Document

PAGE = 50
NOT_ALLOWED = "Action on the task is not allowed"
MISSING_ID = "CTaskItem All parameters in the constructor must have real class type (internal error)"
_OPERATION = re.compile(r"^(!=|>=|<=|!|>|<|=|%)?(.*)$")

TEXTS = {"TITLE": "title", "DESCRIPTION": "description", "XML_ID": "xml_id", "DEADLINE": "deadline"}
NUMBERS = {
    "RESPONSIBLE_ID": "responsible_id", "CREATED_BY": "creator_id", "GROUP_ID": "group_id",
    "PRIORITY": "priority", "STATUS": "status", "PARENT_ID": "parent_id",
}  # fmt: skip
PEOPLE = {"ACCOMPLICES": "accomplices", "AUDITORS": "auditors"}


def read_fields(sent: dict[str, Any]) -> dict[str, Any]:
    """The fields of a v2 call as tasking knows them; unknown keys are dropped."""
    fields: dict[str, Any] = {}
    for key, value in sent.items():
        name = key.upper()
        if name in TEXTS:
            fields[TEXTS[name]] = str(value) if value not in (None, "") else None
        elif name in NUMBERS:
            fields[NUMBERS[name]] = to_int(value, 0 if name != "PARENT_ID" else None)
        elif name in PEOPLE:
            fields[PEOPLE[name]] = ids(value)
        elif name == "TASK_CONTROL":
            fields["needs_control"] = to_bool(value)
        elif name == "TAGS":
            fields["tags"] = [str(tag) for tag in as_list(value)]
        elif name == "UF_CRM_TASK":
            fields["crm_items"] = [str(item) for item in as_list(value)]
        elif name == "UF_TASK_WEBDAV_FILES":
            fields["files"] = ids([str(item).removeprefix("n") for item in as_list(value)])
    if fields.get("description", "") is None:
        fields["description"] = ""
    return fields


def _fields(call: Call) -> dict[str, Any]:
    sent = as_map(call.params.get("fields"))
    if not sent:
        raise RestError("100", "Could not find value for parameter {fields} (internal error)")
    return sent


@method("tasks.task.add", scope="task")
def task_add(call: Call) -> dict[str, Any]:
    try:
        task = tasking.create(call.portal, call.user_id, read_fields(_fields(call)))
    except tasking.InvalidTask as error:
        raise RestError("ERROR_CORE", f"{error}<br>") from error
    return {"task": full_answer(call, task)}


def _task_id(call: Call) -> int:
    sent = call.params.get("taskId", call.params.get("id"))
    if sent is None:
        raise RestError("100", MISSING_ID)
    task_id = to_int(sent)
    if task_id is None:
        raise RestError("0", "wrong task id")
    return task_id


def _task(call: Call, code: str = "0") -> Document:
    task = tasking.find_task(call.portal, _task_id(call), call.user_id)
    if task is None:
        raise RestError(code, NOT_ALLOWED)
    return task


@method("tasks.task.update", scope="task")
def task_update(call: Call) -> dict[str, Any]:
    task = _task(call)
    try:
        tasking.change(call.portal, task, call.user_id, read_fields(_fields(call)))
    except tasking.InvalidTask as error:
        raise RestError("ERROR_CORE", f"{error}<br>") from error
    return {"task": full_answer(call, task)}


@method("tasks.task.get", scope="task")
def task_get(call: Call) -> Any:
    """{task}, or [] when the task does not exist or is not this person's to see."""
    if "select" in call.params and not isinstance(call.params["select"], list | dict):
        text = "Invalid value {} to match with parameter {select}. Should be value of type array. (internal error)"
        raise RestError("100", text)
    task = tasking.find_task(call.portal, _task_id(call), call.user_id)
    if task is None:
        return []
    return {"task": _selected(full_answer(call, task), as_list(call.params.get("select")), keep=_ALWAYS)}


@method("tasks.task.delete", scope="task")
def task_delete(call: Call) -> dict[str, bool]:
    tasking.remove(call.portal, _task(call))
    return {"task": True}


_ALWAYS = ("id", "favorite", "group", "action")


def _selected(answer: dict[str, Any], select: Iterable[str], keep: Iterable[str] = ("id",)) -> dict[str, Any]:
    """Only the selected fields (upper-case names or *) and those that always come."""
    wanted = {_camel(str(name)) for name in select}
    if not wanted or "*" in wanted:
        return answer
    return {key: value for key, value in answer.items() if key in wanted or key in keep}


def _camel(name: str) -> str:
    if name != name.upper():
        return name
    first, *rest = name.lower().split("_")
    return first + "".join(word.title() for word in rest)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def person(call: Call, user_id: int) -> dict[str, Any]:
    user = users(call.portal).get(user_id)
    return {
        "id": str(user_id),
        "name": full_name(user) if user else "",
        "link": f"/company/personal/user/{user_id}/",
        "icon": "/bitrix/images/tasks/default_avatar.png",
        "workPosition": user["position"] if user else "",
    }


def full_answer(call: Call, task: Document) -> dict[str, Any]:
    """A task as v2 writes it: numbers are strings, empty maps are []."""
    people: dict[str, Any] = {
        name: {str(u): person(call, u) for u in task[name]} or [] for name in ("accomplices", "auditors")
    }
    status = task["status"]
    return {
        "id": str(task["id"]),
        "parentId": _text(task["parent_id"]),
        "title": task["title"],
        "description": task["description"],
        "mark": None,
        "priority": str(task["priority"]),
        "createdBy": str(task["creator_id"]),
        "createdDate": task["created_at"],
        "responsibleId": str(task["responsible_id"]),
        "changedBy": str(task["changed_by"]),
        "changedDate": task["changed_at"],
        "statusChangedBy": _text(task["status_changed_by"]),
        "statusChangedDate": task["status_changed_at"],
        "closedBy": _text(task["closed_by"]),
        "closedDate": task["closed_at"],
        "activityDate": task["activity_at"],
        "dateStart": task["started_at"],
        "deadline": task["deadline"],
        "startDatePlan": None,
        "endDatePlan": None,
        "guid": task["guid"],
        "xmlId": task["xml_id"],
        "commentsCount": None,
        "serviceCommentsCount": None,
        "taskControl": "Y" if task["needs_control"] else "N",
        "forumTopicId": None,
        "forumId": None,
        "chatId": task["chat_id"],
        "siteId": "s1",
        "descriptionInBbcode": "Y",
        "status": str(status),
        "subStatus": str(_sub_status(call, task)),
        "favorite": "N",
        "groupId": str(task["group_id"]),
        "auditors": [str(user) for user in task["auditors"]],
        "accomplices": [str(user) for user in task["accomplices"]],
        "tags": {str(i): {"id": i, "title": tag} for i, tag in enumerate(task["tags"], 1)} or [],
        "ufCrmTask": task["crm_items"] or False,
        "ufTaskWebdavFiles": task["files"] or False,
        "checklist": [],
        "group": [],
        "creator": person(call, task["creator_id"]),
        "responsible": person(call, task["responsible_id"]),
        "accomplicesData": people["accomplices"],
        "auditorsData": people["auditors"],
        "newCommentsCount": 0,
        "action": {name: status in allowed for name, allowed in tasking.FROM.items()},
    }


def _sub_status(call: Call, task: Document) -> int:
    """−1 when overdue, else the status itself."""
    open_ = task["status"] in {tasking.PENDING, tasking.IN_PROGRESS}
    late = task["deadline"] and str(task["deadline"]) < call.portal.now_iso()
    return -1 if open_ and late else int(task["status"])


FILTERS: dict[str, Callable[[Document], Any]] = {
    "ID": lambda task: task["id"],
    "TITLE": lambda task: task["title"],
    "CREATED_BY": lambda task: task["creator_id"],
    "RESPONSIBLE_ID": lambda task: task["responsible_id"],
    "REAL_STATUS": lambda task: task["status"],
    "STATUS": lambda task: task["status"],
    "PRIORITY": lambda task: task["priority"],
    "GROUP_ID": lambda task: task["group_id"],
    "PARENT_ID": lambda task: task["parent_id"],
    "XML_ID": lambda task: task["xml_id"],
    "DEADLINE": lambda task: task["deadline"],
    "CREATED_DATE": lambda task: task["created_at"],
    "CHANGED_DATE": lambda task: task["changed_at"],
    "CLOSED_DATE": lambda task: task["closed_at"],
    "ACTIVITY_DATE": lambda task: task["activity_at"],
    "DATE_START": lambda task: task["started_at"],
    "STATUS_CHANGED_BY": lambda task: task["status_changed_by"],
    "ACCOMPLICE": lambda task: task["accomplices"],
    "AUDITOR": lambda task: task["auditors"],
    "TAG": lambda task: task["tags"],
    "UF_CRM_TASK": lambda task: task["crm_items"],
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda have, want: have > want,
    "<": lambda have, want: have < want,
    ">=": lambda have, want: have >= want,
    "<=": lambda have, want: have <= want,
}


def _fits(task: Document, filters: dict[str, Any]) -> bool:
    for key, wanted in filters.items():
        match = _OPERATION.match(key)
        assert match is not None
        operation, name = match[1] or "=", match[2].upper()
        if name in FILTERS and not _compare(FILTERS[name](task), operation, wanted):
            return False
    return True


def _compare(have: Any, operation: str, wanted: Any) -> bool:
    if operation in COMPARISONS:
        left, right = (have, to_int(wanted, 0)) if isinstance(have, int) else (str(have or ""), str(wanted))
        return have is not None and COMPARISONS[operation](left, right)
    mine = [str(item).lower() for item in as_list(have)] or [""]
    values = [str(item).lower() for item in as_list(wanted)] or [""]
    if operation == "%":
        return any(value.strip("%") in item for value in values for item in mine)
    hit = any(value == item for value in values for item in mine)
    return not hit if operation.startswith("!") else hit


@method("tasks.task.list", scope="task")
def task_list(call: Call) -> Page:
    """{filter, order, select, start} → {tasks} with total and next; newest first by default."""
    filters = as_map(call.params.get("filter"))
    exact = filters.get("XML_ID", filters.get("=XML_ID"))
    source: Iterable[Document] = tasks(call.portal)
    if exact and not isinstance(exact, list):
        source = tasks(call.portal).find("xml_id", str(exact))
    found = [t for t in source if tasking.may_see(call.portal, t, call.user_id) and _fits(t, filters)]
    for name, direction in reversed((as_map(call.params.get("order")) or {"ID": "desc"}).items()):
        key = FILTERS.get(str(name).upper())
        if key is None:
            raise RestError("0", "Invalid sorting key (internal error)")
        found.sort(key=_sortable(key), reverse=str(direction).lower() == "desc")
    start = to_int(call.params.get("start"), 0) or 0
    counted = start >= 0
    start = max(start, 0)
    following = start + PAGE if counted and len(found) > start + PAGE else None
    select = as_list(call.params.get("select"))
    answers = [_selected(full_answer(call, task), select) for task in found[start : start + PAGE]]
    return Page({"tasks": answers}, total=len(found) if counted else None, next=following)


def _sortable(key: Callable[[Document], Any]) -> Callable[[Document], tuple[bool, Any]]:
    return lambda task: (key(task) is not None, key(task) if key(task) is not None else 0)


def _act(action: str) -> Callable[[Call], dict[str, Any]]:
    def run(call: Call) -> dict[str, Any]:
        code = "1048582" if action in {"approve", "disapprove"} else "0"
        task = _task(call, code)
        if not tasking.act(call.portal, task, call.user_id, action):
            raise RestError(code, NOT_ALLOWED)
        return {"task": full_answer(call, task)}

    return run


for _action in tasking.FROM:
    method(f"tasks.task.{_action}", scope="task")(_act(_action))


@method("tasks.task.delegate", scope="task")
def task_delegate(call: Call) -> dict[str, Any]:
    task = _task(call)
    user_id = to_int(call.params.get("userId"))
    if user_id is None:
        raise RestError("100", "Could not find value for parameter {userId}")
    try:
        tasking.change(call.portal, task, call.user_id, {"responsible_id": user_id})
    except tasking.InvalidTask as error:
        raise RestError("ERROR_CORE", f"{error}<br>") from error
    return {"task": full_answer(call, task)}


@method("tasks.task.files.attach", scope="task")
def task_files_attach(call: Call) -> dict[str, int]:
    task = _task(call)
    sent = call.params.get("fileId")
    if sent is None:
        raise RestError("100", "Could not find value for parameter {fileId} (internal error)")
    file_id = to_int(sent)
    if file_id is None:
        text = f"Invalid value {{{sent}}} to match with parameter {{fileId}}. Should be value of type int. (internal error)"
        raise RestError("100", text)
    return {"attachmentId": tasking.attach(call.portal, task, call.user_id, [file_id])}
