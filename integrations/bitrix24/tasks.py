"""The portal's tasks (domain.ports.Tasks), exactly one per key.

New portals have REST 3.0 with ``Idempotency-Key`` for creating; older ones only the old methods. Which one is
learnt from the first answer. On both, XML_ID carries our key and is looked up first: the key's memory lasts a day.
Words go into the task's chat by ``im.message.add``, the only way to learn the message's id.
Documents: ``api-reference/tasks/{tasks-new,tasks-task-add,tasks-task-add-rest-v3,…}.md``, ``fields*.md``.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.chat import FileContent
from domain.errors import Permanent, Unclear
from domain.ports import ChatWord, Lane, NewTask, TaskCursor, TaskNews, TaskRef, TaskState, TaskStatus
from integrations.bitrix24.batching import Command, CommandResult
from integrations.bitrix24.chat_history import ChatHistory, window_of
from integrations.bitrix24.client import BATCH_MAX, BitrixClient
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.drive import Drive
from integrations.bitrix24.errors import Replay
from integrations.bitrix24.format import bb, inert, plain, split

V3_ABSENT = frozenset({"bitrix-method-not-found", "bitrix-http-404", "bitrix-insufficient-scope"})
KEY_REUSED = "bitrix-idempotencykeyreused"
TITLE_CHARS = 250

_TO_STATUS = {
    TaskStatus.PENDING: 2,
    TaskStatus.IN_PROGRESS: 3,
    TaskStatus.AWAITING_CONTROL: 4,
    TaskStatus.COMPLETED: 5,
}
_FROM_STATUS = {
    "1": TaskStatus.PENDING,
    "2": TaskStatus.PENDING,
    "3": TaskStatus.IN_PROGRESS,
    "4": TaskStatus.AWAITING_CONTROL,
    "5": TaskStatus.COMPLETED,
    "6": TaskStatus.PENDING,  # deferred
    "7": TaskStatus.PENDING,  # declined
}
STATE_FIELDS = (
    "ID", "STATUS", "RESPONSIBLE_ID", "DEADLINE", "CHANGED_DATE", "CHANGED_BY", "STATUS_CHANGED_BY",
)  # fmt: skip
_NOT_OURS = frozenset({"bitrix-cant-edit-message", "bitrix-access-denied", "bitrix-message-not-found"})
_NOT_KEY = re.compile(r"[^\x20-\x7e]")


class BitrixTasks:
    """Tasks made by the webhook's owner, who is their creator and so sits in their chats."""

    def __init__(self, client: BitrixClient, *, folder: str = "Concierge") -> None:
        self._client = client
        self._drive = Drive(client, folder)
        self._history = ChatHistory(client, Lane.DESK)
        self._v3: bool | None = None  # None = not asked yet
        self._chats: dict[str, str] = {}

    async def create(self, task: NewTask) -> TaskRef:
        """The task of this key: the one that is there, else a new one."""
        found = await self.find(task.key)
        if found is not None:
            return found
        if self._v3 is not False:
            try:
                return await self._create_v3(task)
            except Permanent as error:
                if error.code == KEY_REUSED and (found := await self.find(task.key)) is not None:
                    return found
                if error.code not in V3_ABSENT:
                    raise
                self._v3 = False
        return await self._create_v2(task)

    async def find(self, key: str) -> TaskRef | None:
        """The oldest task with this key; XML_ID isn't unique in the portal, and the filter may be ignored."""
        params = {
            "filter": {"XML_ID": key},
            "select": ["ID", "XML_ID", "CHAT_ID"],
            "order": {"ID": "desc"},
        }
        answer = as_map(await self._client.call("tasks.task.list", params, replay=Replay.SAFE))
        tasks = [as_map(item) for item in as_list(answer.get("tasks"))]
        own = [item for item in tasks if as_text(item.get("xmlId")) == key]
        if not own:
            return None
        oldest = min(own, key=lambda item: as_int(item.get("id")) or 0)
        return await self._ref(as_text(oldest.get("id")), oldest.get("chatId"))

    async def set_status(self, task_id: str, status: str) -> None:
        await self._update(task_id, {"STATUS": _TO_STATUS[status]})

    async def update(
        self,
        task_id: str,
        *,
        deadline: datetime | None = None,
        responsible_id: str | None = None,
        tags: Sequence[str] | None = None,
        title: str | None = None,
        description: str | None = None,
    ) -> None:
        """Change what is given; None leaves a field alone."""
        fields: dict[str, Any] = {}
        if title is not None:
            fields["TITLE"] = _title(title)
        if description is not None:
            fields["DESCRIPTION"] = bb(description)
        if deadline is not None:
            fields["DEADLINE"] = _iso(deadline)
        if responsible_id is not None:
            fields["RESPONSIBLE_ID"] = as_int(responsible_id)
        if tags is not None:
            fields["TAGS"] = list(tags)
        if fields:
            await self._update(task_id, fields)

    async def say(self, task_id: str, text: str) -> tuple[str, ...]:
        """Write into the task's chat; the ids of the messages, none on portals whose tasks have no chat."""
        chat = await self._chat(task_id)
        if chat is None:
            params: dict[str, Any] = {"TASKID": as_int(task_id), "FIELDS": {"POST_MESSAGE": bb(text)}}
            await self._client.call("task.commentitem.add", params)  # the order of its parameters counts
            return ()
        ids: list[str] = []
        for part in split(text):
            params = {"DIALOG_ID": chat, "MESSAGE": part, "URL_PREVIEW": "N"}
            message_id = as_int(await self._client.call("im.message.add", params))
            if message_id is None:
                raise Unclear("bitrix-unclear", "im.message.add: no id in the answer")
            ids.append(str(message_id))
        return tuple(ids)

    async def said(self, task_id: str, text: str) -> tuple[str, ...]:
        """Own messages with these words among the newest, one after another; nothing when a part is missing."""
        chat = await self._chat(task_id)
        if chat is None:
            return ()
        own = [
            word
            for word in (await self._history.read({chat: None})).get(chat, ())
            if word.author.external_id == self._client.user_id
        ]
        parts = [plain(part) for part in split(text)]
        for start in range(len(own) - len(parts), -1, -1):
            found = own[start : start + len(parts)]
            if [word.text for word in found] == parts:
                return tuple(word.message_id for word in found)
        return ()

    async def amend(self, task_id: str, message_id: str, text: str) -> None:
        """Replace an own message's words; what is beyond 20,000 characters is left out (an edit can't be split)."""
        del task_id  # a message's number is enough
        params = {"MESSAGE_ID": as_int(message_id), "MESSAGE": split(text)[0], "URL_PREVIEW": "N"}
        try:
            await self._client.call("im.message.update", params, replay=Replay.SAFE)
        except Permanent as error:
            if error.code in _NOT_OURS:
                raise Permanent("message-gone", error.detail) from error
            raise

    async def attach(self, task_id: str, file: FileContent) -> None:
        """Put a file on the owner's Drive and hang it on the task (an inbound webhook has no storage of its own)."""
        file_id = await self._drive.upload(file)
        if self._v3:
            params: dict[str, Any] = {"taskId": as_int(task_id), "fileIds": [file_id]}
            await self._client.call("tasks.task.file.attach", params, v3=True)
        else:
            await self._client.call("tasks.task.files.attach", {"taskId": as_int(task_id), "fileId": file_id})

    async def get(self, task_id: str) -> TaskState | None:
        """The task as it stands; None when it is gone (the portal answers an empty list)."""
        item = await self._get(task_id, STATE_FIELDS)
        return None if item is None else _state(task_id, item)

    async def news(self, asked: Sequence[TaskCursor]) -> list[TaskNews]:
        """Fifty commands to a request: one page of the list for the tasks, one window for each chat."""
        found: list[TaskNews] = []
        step = BATCH_MAX - 1
        for start in range(0, len(asked), step):
            found += await self._news(asked[start : start + step])
        return found

    async def _news(self, asked: Sequence[TaskCursor]) -> list[TaskNews]:
        chats = {cursor.chat: cursor.after for cursor in asked if cursor.chat}
        numbers = [as_int(cursor.task_id) for cursor in asked]
        listing = Command(
            "tasks.task.list", {"filter": {"ID": numbers}, "select": list(STATE_FIELDS)}, Replay.SAFE
        )
        states, *windows = await self._history.batch([listing, *(window_of(chat) for chat in chats)])
        known = _states(states)
        words = await self._history.complete(chats, dict(zip(chats, windows, strict=True)))
        return [
            TaskNews(
                cursor.task_id, known.get(cursor.task_id), words.get(cursor.chat) if cursor.chat else None
            )
            for cursor in asked
        ]

    async def words(self, chats: Mapping[str, str | None]) -> dict[str, tuple[ChatWord, ...]]:
        """Chats the webhook's owner sits in: all tasks', and support's threads."""
        return await self._history.read(chats)

    async def _create_v3(self, task: NewTask) -> TaskRef:
        fields: dict[str, Any] = {
            "title": _title(task.title),
            "description": bb(task.description),
            "creatorId": as_int(self._client.user_id),
            "responsibleId": as_int(task.responsible_id),
            "priority": "high" if task.priority_high else "average",
            "xmlId": task.key,
        }
        if task.deadline is not None:
            fields["deadline"] = _iso(task.deadline)
        if task.crm_items:
            fields["crmItemIds"] = list(task.crm_items)
        answer = as_map(
            await self._client.call(
                "tasks.task.add", {"fields": fields}, v3=True, idempotency_key=_idempotency_key(task.key)
            )
        )
        self._v3 = True
        item = as_map(answer.get("item"))
        task_id = _task_id(item)
        if task.tags:  # REST 3.0 has no field for them
            await self.update(task_id, tags=task.tags)
        return await self._ref(task_id, item.get("chatId"))

    async def _create_v2(self, task: NewTask) -> TaskRef:
        fields: dict[str, Any] = {
            "TITLE": _title(task.title),
            "DESCRIPTION": bb(task.description),
            "CREATED_BY": as_int(self._client.user_id),
            "RESPONSIBLE_ID": as_int(task.responsible_id),
            "PRIORITY": "2" if task.priority_high else "1",
            "XML_ID": task.key,
        }
        if task.deadline is not None:
            fields["DEADLINE"] = _iso(task.deadline)
        if task.tags:
            fields["TAGS"] = list(task.tags)
        if task.crm_items:
            fields["UF_CRM_TASK"] = list(task.crm_items)
        answer = as_map(await self._client.call("tasks.task.add", {"fields": fields}))
        item = as_map(answer.get("task"))
        return await self._ref(_task_id(item), item.get("chatId"))

    async def _update(self, task_id: str, fields: Mapping[str, Any]) -> None:
        params = {"taskId": as_int(task_id), "fields": fields}
        await self._client.call("tasks.task.update", params, replay=Replay.SAFE)

    async def _get(self, task_id: str, select: Sequence[str]) -> Mapping[str, Any] | None:
        params = {"taskId": as_int(task_id), "select": list(select)}
        answer = await self._client.call("tasks.task.get", params, lane=Lane.DESK, replay=Replay.SAFE)
        item = as_map(as_map(answer).get("task"))
        return item or None

    async def _chat(self, task_id: str) -> str | None:
        if task_id not in self._chats:
            item = await self._get(task_id, ["ID", "CHAT_ID"])
            if item is None:
                raise Permanent("task-gone", task_id)
            self._remember(task_id, item.get("chatId"))
        return self._chats.get(task_id)

    async def _ref(self, task_id: str, chat_id: Any) -> TaskRef:
        self._remember(task_id, chat_id)
        chat = self._chats.get(task_id) or await self._chat(task_id)
        user = self._client.user_id
        url = f"{self._client.portal_url}/company/personal/user/{user}/tasks/task/view/{task_id}/"
        return TaskRef(task_id, chat, url)

    def _remember(self, task_id: str, chat_id: Any) -> None:
        number = as_int(chat_id)
        if number:
            if len(self._chats) > 5000:
                self._chats.clear()
            self._chats[task_id] = f"chat{number}"


def _states(result: CommandResult) -> dict[str, TaskState]:
    """One page of the list of tasks by id; raises the command's error."""
    tasks = [as_map(item) for item in as_list(as_map(result.result).get("tasks"))]
    return {as_text(item.get("id")): _state(as_text(item.get("id")), item) for item in tasks}


def _state(task_id: str, item: Mapping[str, Any]) -> TaskState:
    return TaskState(
        task_id=task_id,
        status=_FROM_STATUS.get(as_text(item.get("status")), TaskStatus.PENDING),
        responsible_id=as_text(item.get("responsibleId")) or None,
        deadline=_moment(item.get("deadline")),
        changed_at=_moment(item.get("changedDate")),
        changed_by=as_text(item.get("changedBy")) or None,
        status_changed_by=as_text(item.get("statusChangedBy")) or None,
    )


def _task_id(item: Mapping[str, Any]) -> str:
    number = as_int(item.get("id"))
    if number is None:
        raise Unclear("bitrix-unclear", "tasks.task.add: no id in the answer")
    return str(number)


def _title(title: str) -> str:
    return inert(title)[:TITLE_CHARS]


def _idempotency_key(key: str) -> str:
    """1-255 printable ASCII characters are allowed in the header."""
    return _NOT_KEY.sub("?", f"concierge-{key}")[:255]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(as_text(value))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
