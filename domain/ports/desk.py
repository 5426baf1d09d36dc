"""The portal's task manager, and its list of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.chat import (
    FileContent,
    FileRef,
    Sender,
)


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be made in the portal. ``key`` finds it again (XML_ID; Idempotency-Key where there is one)."""

    key: str
    title: str
    description: str  # our markup
    responsible_id: str
    deadline: datetime | None
    priority_high: bool = False
    tags: tuple[str, ...] = ()
    crm_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskRef:
    """A task that stands in the portal, with the chat its words go to."""

    task_id: str
    chat: str | None
    url: str


class TaskStatus:
    """Our words for a task's status; the integration translates."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    AWAITING_CONTROL = "awaiting_control"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task as it stands now. ``…_by``: the portal user who changed it (or its status) last."""

    task_id: str
    status: str
    responsible_id: str | None
    deadline: datetime | None
    changed_at: datetime | None = None
    changed_by: str | None = None
    status_changed_by: str | None = None


@dataclass(frozen=True, slots=True)
class ChatWord:
    """One message of a portal's chat, as its history shows it. ``text`` is plain, without tags.

    ``is_person`` is false for the portal's own lines and for bots; a deleted message has no words.
    """

    message_id: str
    author: Sender
    text: str
    at: datetime
    files: tuple[FileRef, ...] = ()
    reply_to: str | None = None
    is_person: bool = True
    edited: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class TaskCursor:
    """What is asked of one task: its chat, and the last message seen there (None: only the newest are wanted)."""

    task_id: str
    chat: str | None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class TaskNews:
    """A task and its chat now. ``state`` is None when the list of tasks doesn't have it.

    ``words`` are the newest messages and all after the cursor, oldest first; None when the chat can't be read.
    """

    task_id: str
    state: TaskState | None
    words: tuple[ChatWord, ...] | None


class Tasks(Protocol):
    """The task manager of the desk's portal."""

    async def create(self, task: NewTask) -> TaskRef:
        """Exactly one task per key: after Unclear, calling again finds the first."""

    async def find(self, key: str) -> TaskRef | None: ...

    async def set_status(self, task_id: str, status: str) -> None: ...

    async def update(
        self,
        task_id: str,
        *,
        deadline: datetime | None = None,
        responsible_id: str | None = None,
        tags: Sequence[str] | None = None,
        title: str | None = None,
        description: str | None = None,
    ) -> None: ...

    async def say(self, task_id: str, text: str) -> tuple[str, ...]:
        """Write into the task's chat (our markup); the ids of the messages where the portal tells them."""

    async def said(self, task_id: str, text: str) -> tuple[str, ...]:
        """After an unclear :meth:`say`: ids of own messages with these words among the newest, oldest first."""

    async def amend(self, task_id: str, message_id: str, text: str) -> None:
        """Other words for an own message in the task's chat. Permanent("message-gone") when it can't be had."""

    async def attach(self, task_id: str, file: FileContent) -> None: ...

    async def get(self, task_id: str) -> TaskState | None:
        """The task as it stands; None when it is gone."""

    async def news(self, asked: Sequence[TaskCursor]) -> list[TaskNews]:
        """Many tasks with their chats in few requests, within polling's share of the budget; in the order asked."""

    async def words(self, chats: Mapping[str, str | None]) -> dict[str, tuple[ChatWord, ...]]:
        """The newest messages of chats (and all after the given one); chats that can't be read are left out."""


@dataclass(frozen=True, slots=True)
class PortalUser:
    """A colleague in the portal."""

    user_id: str
    name: str
    email: str | None = None
    department_ids: tuple[str, ...] = ()
    is_admin: bool = False
    active: bool = True
    phones: tuple[str, ...] = ()
    """As the portal has them, in any spelling."""


class Directory(Protocol):
    """The portal's own list of people."""

    async def user(self, user_id: str) -> PortalUser | None: ...

    async def me(self) -> PortalUser: ...

    async def departments(self) -> Mapping[str, str]: ...

    async def members(self, department_id: str) -> Sequence[PortalUser]:
        """The active colleagues of one department, its sub-departments not counted."""

    async def search(self, words: str) -> Sequence[PortalUser]:
        """Active colleagues whose name, position or department has these words; the portal's first page of them."""
