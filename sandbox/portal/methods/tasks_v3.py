"""tasks.task.* of REST 3.0: JSON types, validation lists, suffixes of exception names.

Source documents: api-reference/tasks/*-rest-v3.md, tasks-task-file-attach.md, rest-v3.md.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.portal import tasking
from sandbox.portal.calls import Call, RestError, as_list, as_map, method, to_bool, to_int
from sandbox.portal.dispatch import V3
from sandbox.portal.documents import drive, tasks
from sandbox.portal.drive import may_read
from sandbox.portal.methods.bot_chats import ids
from sandbox.portal.people import full_name, users
from sandbox.portal.stores import Document

STATUSES = {2: "pending", 3: "in_progress", 4: "supposedly_completed", 5: "completed", 6: "deferred"}
PRIORITIES = {0: "low", 1: "average", 2: "high"}
SORTABLE = {
    "id": "id", "title": "title", "creatorId": "creator_id", "created": "created_at",
    "responsibleId": "responsible_id", "deadline": "deadline", "groupId": "group_id", "priority": "priority",
    "status": "status", "started": "started_at", "changed": "changed_at", "closed": "closed_at",
    "activity": "activity_at",
}  # fmt: skip
MAX_PAGE = 1000


def invalid(field: str, message: str) -> RestError:
    """The request-validation error of one field."""
    return RestError(
        f"{V3}VALIDATION_REQUESTVALIDATIONEXCEPTION",
        "Error during request object validation",
        extra={"validation": [{"message": message, "field": field}]},
    )


def access_denied() -> RestError:
    return RestError(f"{V3}ACCESSDENIEDEXCEPTION", "Access denied", 403)


def required(params: dict[str, Any], name: str, empty: object) -> Any:
    """A parameter that must be there and not empty."""
    value = params.get(name)
    if value is None or value in (empty, []):
        raise invalid(name, f"Required field `{name}` is missing")
    return value


def integer(params: dict[str, Any], name: str) -> int:
    """A whole number; a numeric string is not one here."""
    value = required(params, name, "")
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(name, f"Field `{name}` requires data type `int` for this request")
    return value


TEXTS = {"title": "title", "description": "description", "xmlId": "xml_id", "deadline": "deadline"}
NUMBERS = {
    "responsibleId": "responsible_id", "creatorId": "creator_id", "groupId": "group_id", "parentId": "parent_id",
}  # fmt: skip
LISTS = {"accomplices": "accomplices", "auditors": "auditors", "fileIds": "files"}
NAMES = {kept: sent for table in (TEXTS, NUMBERS, LISTS) for sent, kept in table.items()}


def _read_fields(sent: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, kept in TEXTS.items():
        if name in sent:
            fields[kept] = sent[name] if sent[name] is None else str(sent[name])
    for name, kept in NUMBERS.items():
        if name in sent:
            fields[kept] = integer(sent, name) if sent[name] is not None else None
    for name, kept in LISTS.items():
        if name in sent:
            fields[kept] = ids(sent[name])
    if "crmItemIds" in sent:
        fields["crm_items"] = [str(item) for item in as_list(sent["crmItemIds"])]
    if "tags" in sent:
        fields["tags"] = [str(tag) for tag in as_list(sent["tags"])]
    if "needsControl" in sent:
        fields["needs_control"] = to_bool(sent["needsControl"])
    for name, words in (("status", STATUSES), ("priority", PRIORITIES)):
        if name in sent:
            fields[name] = _number(name, sent[name], words)
    return fields


def _number(field: str, value: object, words: dict[int, str]) -> int:
    for number, word in words.items():
        if word == value:
            return number
    raise invalid(field, f"Field `{field}` requires data type `string` for this request")


@method("tasks.task.add", scope="tasks", v3=True)
def task_add(call: Call) -> dict[str, Any]:
    """{fields{title, creatorId, responsibleId, …}} → {item}; honours Idempotency-Key."""
    sent = as_map(required(call.params, "fields", {}))
    required(sent, "title", "")
    for name in ("creatorId", "responsibleId"):
        integer(sent, name)
    try:
        task = tasking.create(call.portal, call.user_id, _read_fields(sent))
    except tasking.InvalidTask as error:
        raise invalid(NAMES.get(error.field, error.field), str(error)) from error
    return {"item": item_answer(call, task)}


@method("tasks.task.update", scope="tasks", v3=True)
def task_update(call: Call) -> dict[str, bool]:
    task = _task(call, integer(call.params, "id"))
    sent = as_map(required(call.params, "fields", {}))
    if "creatorId" in sent:
        text = "In DTO `TaskDto`, the field `creatorId` requires the presence of the `Editable` attribute for such a request"
        raise invalid("creatorId", text)
    try:
        tasking.change(call.portal, task, call.user_id, _read_fields(sent))
    except tasking.InvalidTask as error:
        raise invalid(NAMES.get(error.field, error.field), str(error)) from error
    return {"result": True}


def _task(call: Call, task_id: int) -> Document:
    task = tasking.find_task(call.portal, task_id, call.user_id)
    if task is None:
        raise access_denied()
    return task


@method("tasks.task.get", scope="tasks", v3=True)
def task_get(call: Call) -> dict[str, Any]:
    """{id, select?} → {item}; related objects by dots (chat.id, responsible.name)."""
    task_id = integer(call.params, "id")
    task = tasking.find_task(call.portal, task_id, call.user_id)
    if task is None:
        raise RestError(f"{V3}ENTITYNOTFOUNDEXCEPTION", f"Record with ID = `{task_id}` not found")
    return {"item": _selected(call, task, as_list(call.params.get("select")))}


@method("tasks.task.delete", scope="tasks", v3=True)
def task_delete(call: Call) -> dict[str, bool]:
    tasking.remove(call.portal, _task(call, integer(call.params, "id")))
    return {"result": True}


@method("tasks.task.list", scope="tasks", v3=True)
def task_list(call: Call) -> dict[str, Any]:
    """{select, filter (only by id), order, pagination{page, limit ≤ 1000, offset}} → {items}."""
    found = [task for task in tasks(call.portal) if tasking.may_see(call.portal, task, call.user_id)]
    for condition in _conditions(call.params.get("filter")):
        found = [task for task in found if _fits(task["id"], *condition)]
    for name, direction in reversed((as_map(call.params.get("order")) or {"id": "ASC"}).items()):
        if name not in SORTABLE or str(direction).upper() not in {"ASC", "DESC"}:
            text = f"Unable to recognize sorting parameter `{name}`"
            raise RestError(f"{V3}INVALIDORDEREXCEPTION", text)
        descending = str(direction).upper() == "DESC"
        found.sort(key=partial(_sort_key, SORTABLE[name]), reverse=descending)
    offset, limit = _pagination(as_map(call.params.get("pagination")))
    select = as_list(call.params.get("select")) or ["id"]
    return {"items": [_selected(call, task, select) for task in found[offset : offset + limit]]}


def _sort_key(field: str, task: Document) -> str:
    return str(task[field] or "").zfill(20)


def _conditions(sent: object) -> list[tuple[str, Any]]:
    conditions = []
    for condition in as_list(sent):
        if not isinstance(condition, list) or len(condition) not in {2, 3}:
            raise RestError(f"{V3}INVALIDFILTEREXCEPTION", "Unable to recognize the filter")
        if condition[0] != "id":
            text = f"In DTO `TaskDto`, the `{condition[0]}` field requires the `Filterable` attribute for such a request"
            raise invalid(str(condition[0]), text)
        operator, value = ("=", condition[1]) if len(condition) == 2 else (condition[1], condition[2])
        conditions.append((str(operator), value))
    return conditions


def _fits(have: int, operator: str, wanted: Any) -> bool:
    values = ids(wanted)
    match operator:
        case "=" | "in":
            return have in values
        case "!=":
            return have not in values
        case ">" | ">=" | "<" | "<=" if len(values) == 1:
            bound = values[0]
            return {">": have > bound, ">=": have >= bound, "<": have < bound, "<=": have <= bound}[operator]
        case "between" if len(values) == 2:
            return values[0] <= have <= values[1]
    raise RestError(f"{V3}UNKNOWNFILTEROPERATOREXCEPTION", f"Unknown filter operator `{operator}`")


def _pagination(sent: dict[str, Any]) -> tuple[int, int]:
    numbers = {
        name: to_int(sent.get(name, default)) for name, default in (("page", 1), ("limit", 50), ("offset", 0))
    }
    page, limit, offset = numbers["page"], numbers["limit"], numbers["offset"]
    if page is None or limit is None or offset is None or limit < 1 or page < 1:
        raise RestError(
            f"{V3}INVALIDPAGINATIONEXCEPTION", f"Unable to recognize the pagination parameter `{sent}`"
        )
    limit = min(limit, MAX_PAGE)
    return (page - 1) * limit if "page" in sent else offset, limit


@method("tasks.task.file.attach", scope="tasks", v3=True)
def task_file_attach(call: Call) -> dict[str, bool]:
    task_id = integer(call.params, "taskId")
    file_ids = ids(required(call.params, "fileIds", []))
    task = tasking.find_task(call.portal, task_id, call.user_id)
    files = [drive(call.portal).get(file_id) for file_id in file_ids]
    readable = all(file is not None and may_read(call.portal, file, call.user_id) for file in files)
    if task is None or not readable:
        raise RestError(f"{V3}VALIDATION_REQUESTVALIDATIONEXCEPTION", "Insufficient permissions")
    tasking.attach(call.portal, task, call.user_id, file_ids)
    return {"result": True}


def _person(call: Call, user_id: int) -> dict[str, Any]:
    user = users(call.portal).get(user_id)
    return {"id": user_id, "name": full_name(user) if user else "", "email": user["email"] if user else ""}


def item_answer(call: Call, task: Document) -> dict[str, Any]:
    """A task as v3 writes it, without related objects."""
    status = task["status"]
    return {
        "id": task["id"],
        "title": task["title"],
        "description": task["description"],
        "creatorId": task["creator_id"],
        "created": task["created_at"],
        "responsibleId": task["responsible_id"],
        "deadline": task["deadline"],
        "needsControl": task["needs_control"],
        "fileIds": task["files"] or None,
        "checklist": [],
        "priority": PRIORITIES.get(task["priority"], "average"),
        "status": STATUSES[status],
        "statusChanged": task["status_changed_at"],
        "parentId": task["parent_id"],
        "groupId": task["group_id"] or None,
        "chatId": task["chat_id"],
        "started": task["started_at"],
        "changed": task["changed_at"],
        "closed": task["closed_at"],
        "activity": task["activity_at"],
        "guid": task["guid"],
        "xmlId": task["xml_id"],
        "mark": "none",
        "siteId": "s1",
        "forumTopicId": None,
        "link": f"/company/personal/user/{call.user_id}/tasks/task/view/{task['id']}/",
        "rights": {"read": True, **{name: status in allowed for name, allowed in tasking.FROM.items()}},
        "crmItemIds": task["crm_items"],
        "requireResult": False,
        "scenarios": ["default"],
    }


def _selected(call: Call, task: Document, select: list[Any]) -> dict[str, Any]:
    """Without a selection the basic fields; unknown names are dropped without a word."""
    basic = item_answer(call, task)
    if not select:
        return basic
    related = {
        "creator": _person(call, task["creator_id"]),
        "responsible": _person(call, task["responsible_id"]),
        "accomplices": [_person(call, user) for user in task["accomplices"]],
        "auditors": [_person(call, user) for user in task["auditors"]],
        "chat": {"id": task["chat_id"], "entityId": task["id"], "entityType": "TASKS_TASK"},
        "tags": task["tags"],
    }
    item: dict[str, Any] = {"id": task["id"]}
    for name in map(str, select):
        head, _, tail = name.partition(".")
        if head in related and tail and isinstance(related[head], dict):
            item.setdefault(head, {})[tail] = as_map(related[head]).get(tail)
        elif head in related:
            item[head] = related[head]
        elif name in basic:
            item[name] = basic[name]
    return item
