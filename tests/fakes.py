"""Second implementations of the seams, in memory: what they aren't told to expect they refuse.

Each call first makes sure that no database transaction is open, as the real clients do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from domain.chat import (
    Address,
    BotCommand,
    Button,
    Channel,
    FileContent,
    FileRef,
    MessageRef,
    Reply,
    Sender,
    Sent,
    ThreadRef,
    flatten,
)
from domain.errors import ConciergeError, Permanent, Refused
from domain.ports import (
    Budget,
    ChatWord,
    Lane,
    NewTask,
    PortalUser,
    TaskCursor,
    TaskNews,
    TaskRef,
    TaskState,
    TaskStatus,
)
from storage import forbid_in_transaction

TITLE_LIMIT = 200
_STATUSES = {
    TaskStatus.PENDING,
    TaskStatus.IN_PROGRESS,
    TaskStatus.AWAITING_CONTROL,
    TaskStatus.COMPLETED,
}


@dataclass
class Faults:
    """Failures to come: the n-th call from now (of one method, or of any) raises; ``after`` it was executed or before."""

    planned: list[tuple[str | None, int, ConciergeError, bool]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def fail(
        self, error: ConciergeError, *, method: str | None = None, nth: int = 1, after: bool = False
    ) -> None:
        """The n-th call from now fails with ``error``; with ``after`` it is executed all the same."""
        self.planned.append((method, nth, error, after))

    def called(self, method: str) -> ConciergeError | None:
        """Count a call; raise what is due before it, return what is due after it."""
        forbid_in_transaction()
        self.calls.append(method)
        left, due = [], None
        for wanted, nth, error, after in self.planned:
            if wanted not in {None, method}:
                left.append((wanted, nth, error, after))
            elif nth > 1:
                left.append((wanted, nth - 1, error, after))
            elif due is None:
                due = (error, after)
        self.planned = left
        if due is not None and not due[1]:
            raise due[0]
        return due[0] if due else None


@dataclass
class Shown:
    """One message as people see it now."""

    id: str
    address: Address
    text: str
    buttons: tuple[Button, ...] = ()
    file: FileContent | None = None
    edits: int = 0
    reply_to: str | None = None

    @property
    def labels(self) -> list[str]:
        return [button.label for button in self.buttons]


class FakeMessenger:
    """A messenger that keeps what it is given. People's own messages are the tests' business."""

    def __init__(self, channel: Channel, forum: str | None = None) -> None:
        self.channel = channel
        self.faults = Faults()
        self.messages: dict[tuple[Address, str], Shown] = {}
        self.threads: dict[Address, str] = {}
        self.members: dict[Address, tuple[str, ...]] = {}
        self.closed: set[Address] = set()
        self.shut_out: set[Address] = set()  # whose people have blocked the bot
        self.files: dict[str, FileContent] = {}
        self.commands: tuple[BotCommand, ...] = ()
        self._forum = forum
        self._numbers = count(1001)
        self._rooms = count(101)

    # --- what tests look at -----------------------------------------------------------------------------

    def at(self, address: Address) -> list[Shown]:
        """A chat's messages, oldest first."""
        return [message for message in self.messages.values() if message.address == address]

    def thread(self, prefix: str) -> Address:
        """The one thread whose title starts so."""
        (found,) = [address for address, title in self.threads.items() if title.startswith(prefix)]
        return found

    def upload(self, name: str, data: bytes, size: int | None = -1) -> FileRef:
        """A file that a person has sent."""
        file_id = f"file-{next(self._numbers)}"
        self.files[file_id] = FileContent(name, data)
        return FileRef(self.channel, file_id, name, len(data) if size == -1 else size)

    def next_id(self) -> str:
        """Ids run through people's and the bot's messages alike."""
        return str(next(self._numbers))

    # --- the port ---------------------------------------------------------------------------------------

    async def send(
        self, to: Address, reply: Reply, *, reply_to: str | None = None, lane: int = Lane.REPLY
    ) -> Sent:
        later = self.faults.called("send")
        self._known(to)
        assert reply.text.strip(), "an empty message"
        self._check_buttons(reply)
        shown = Shown(self.next_id(), to, reply.text, flatten(reply.buttons), reply_to=reply_to)
        self.messages[to, shown.id] = shown
        return self._sent(shown, later)

    async def edit(self, ref: MessageRef, reply: Reply, *, lane: int = Lane.REPLY) -> None:
        later = self.faults.called("edit")
        shown = self.messages.get((ref.address, ref.message_id))
        if shown is None:
            raise Permanent("message-gone")
        assert reply.text.strip(), "an empty message"
        self._check_buttons(reply)
        shown.text, shown.buttons, shown.edits = reply.text, flatten(reply.buttons), shown.edits + 1
        if later:
            raise later

    async def delete(self, ref: MessageRef) -> None:
        self.faults.called("delete")
        if self.messages.pop((ref.address, ref.message_id), None) is None:
            raise Permanent("message-gone")

    async def send_file(
        self, to: Address, file: FileContent, caption: str = "", *, lane: int = Lane.DESK
    ) -> Sent:
        later = self.faults.called("send_file")
        self._known(to)
        assert file.data, "an empty file"
        shown = Shown(self.next_id(), to, caption, file=file)
        self.messages[to, shown.id] = shown
        return self._sent(shown, later)

    async def fetch_file(self, ref: FileRef) -> FileContent:
        self.faults.called("fetch_file")
        assert ref.channel is self.channel
        if ref.file_id not in self.files:
            raise Permanent("file-gone", ref.file_id)
        return self.files[ref.file_id]

    async def typing(self, to: Address) -> None:
        self.faults.called("typing")

    async def create_thread(self, title: str, members: Sequence[str]) -> ThreadRef:
        later = self.faults.called("create_thread")
        assert title.strip()
        assert len(title) <= TITLE_LIMIT
        number = next(self._rooms)
        address = Address(self.channel, self._forum or f"chat{number}", str(number) if self._forum else None)
        self.threads[address] = title
        self.members[address] = tuple(members)
        if later:
            raise later
        return ThreadRef(address, title)

    async def find_thread(self, title_prefix: str) -> ThreadRef | None:
        self.faults.called("find_thread")
        if self._forum:  # a bot can't look into a forum
            return None
        for address, title in self.threads.items():
            if title.startswith(title_prefix):
                return ThreadRef(address, title)
        return None

    async def find_threads(self, title_prefix: str) -> Sequence[ThreadRef]:
        self.faults.called("find_threads")
        if self._forum:
            return ()
        found = [ThreadRef(a, title) for a, title in self.threads.items() if title.startswith(title_prefix)]
        return found[::-1]

    async def rename_thread(self, ref: ThreadRef, title: str) -> None:
        self.faults.called("rename_thread")
        self._known(ref.address)
        self.threads[ref.address] = title

    async def close_thread(self, ref: ThreadRef) -> None:
        self.faults.called("close_thread")
        self._known(ref.address)
        self.closed.add(ref.address)

    async def reopen_thread(self, ref: ThreadRef) -> None:
        self.faults.called("reopen_thread")
        self._known(ref.address)
        self.closed.discard(ref.address)

    async def set_commands(self, commands: Sequence[BotCommand]) -> None:
        self.faults.called("set_commands")
        self.commands = tuple(commands)

    # --- parts ------------------------------------------------------------------------------------------

    def _known(self, to: Address) -> None:
        if to in self.shut_out:
            raise Permanent("telegram-blocked")
        assert to.channel is self.channel, f"{to} is no place in {self.channel}"
        in_room = to.chat.startswith(("chat", "-")) and to not in self.threads
        if in_room and not to.chat.startswith("-200"):  # groups the tests use beside threads
            raise Permanent("thread-gone", str(to))

    @staticmethod
    def _check_buttons(reply: Reply) -> None:
        for button in flatten(reply.buttons):
            assert button.label.strip(), "a button without words"
            assert button.action or button.link, f"«{button.label}» does nothing"
            assert len(button.action.encode("ascii")) <= 60, f"«{button.label}» carries too much"

    @staticmethod
    def _sent(shown: Shown, later: ConciergeError | None) -> Sent:
        if later:
            raise later
        return Sent((MessageRef(shown.address, shown.id),))


@dataclass
class KeptTask:
    """A task as it stands in the portal."""

    task: NewTask
    ref: TaskRef
    status: str = TaskStatus.PENDING
    responsible_id: str | None = None
    deadline: datetime | None = None
    tags: tuple[str, ...] = ()
    files: list[FileContent] = field(default_factory=list)
    words: dict[str, ChatWord] = field(default_factory=dict)
    changed_by: str | None = None
    status_changed_by: str | None = None

    @property
    def said(self) -> list[str]:
        """What stands in its chat by the service, oldest first."""
        return [word.text for word in self.words.values() if word.author.external_id == OWNER]

    @property
    def state(self) -> TaskState:
        return TaskState(
            self.ref.task_id,
            self.status,
            self.responsible_id,
            self.deadline,
            changed_by=self.changed_by,
            status_changed_by=self.status_changed_by,
        )


OWNER = "1"
"""Whom the webhook belongs to: what the service says in a task's chat is his."""


class FakeTasks:
    """A task manager with exactly one task per key, and people who work in it."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.kept: dict[str, KeptTask] = {}
        self.chats: dict[str, list[ChatWord]] = {}
        self._numbers = count(1)
        self._ids = count(5001)

    # --- people's work ----------------------------------------------------------------------------------

    def comment(
        self,
        task: KeptTask,
        user_id: str,
        name: str,
        text: str,
        at: datetime,
        *,
        files: Sequence[FileRef] = (),
    ) -> str:
        """Somebody writes in the task's chat."""
        return self._put(task, Sender(Channel.BITRIX24, user_id, name), text, at, files=tuple(files))

    def system_line(self, task: KeptTask, text: str, at: datetime) -> str:
        """The portal writes in the task's chat."""
        return self._put(task, Sender(Channel.BITRIX24, "0", ""), text, at, is_person=False)

    def rewrite(self, task: KeptTask, message_id: str, text: str) -> None:
        """Somebody edits his message."""
        task.words[message_id] = replace(task.words[message_id], text=text, edited=True)

    def take_back(self, task: KeptTask, message_id: str) -> None:
        """Somebody deletes his message."""
        task.words[message_id] = replace(task.words[message_id], text="", deleted=True)

    def change(self, task: KeptTask, user_id: str, **fields: object) -> None:
        """Somebody changes the task by hand."""
        for name, value in fields.items():
            setattr(task, name, value)
        task.changed_by = user_id
        if "status" in fields:
            task.status_changed_by = user_id

    def _put(self, task: KeptTask, author: Sender, text: str, at: datetime, **more: Any) -> str:
        message_id = str(next(self._ids))
        task.words[message_id] = ChatWord(message_id, author, text, at, **more)
        return message_id

    # --- the port ---------------------------------------------------------------------------------------

    @property
    def only(self) -> KeptTask:
        """The one task there is."""
        (task,) = self.kept.values()
        return task

    async def create(self, task: NewTask) -> TaskRef:
        later = self.faults.called("create")
        found = await self._by_key(task.key)
        if found is None:
            number = str(next(self._numbers))
            ref = TaskRef(number, f"chat9{number}", f"https://hotel.example/task/{number}/")
            found = KeptTask(task, ref, responsible_id=task.responsible_id, deadline=task.deadline)
            self.kept[number] = found
        if later:
            raise later
        return found.ref

    async def find(self, key: str) -> TaskRef | None:
        self.faults.called("find")
        found = await self._by_key(key)
        return found.ref if found else None

    async def _by_key(self, key: str) -> KeptTask | None:
        return next((kept for kept in self.kept.values() if kept.task.key == key), None)

    async def set_status(self, task_id: str, status: str) -> None:
        self.faults.called("set_status")
        assert status in _STATUSES
        self._task(task_id).status = status

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
        self.faults.called("update")
        task = self._task(task_id)
        task.task = replace(
            task.task,
            title=task.task.title if title is None else title,
            description=task.task.description if description is None else description,
        )
        task.deadline = deadline or task.deadline
        task.responsible_id = responsible_id or task.responsible_id
        task.tags = tuple(tags) if tags is not None else task.tags

    async def say(self, task_id: str, text: str) -> tuple[str, ...]:
        later = self.faults.called("say")
        assert text.strip()
        author = Sender(Channel.BITRIX24, OWNER, "Анна Волкова")
        message_id = self._put(self._task(task_id), author, text, datetime.now(UTC))
        if later:
            raise later
        return (message_id,)

    async def said(self, task_id: str, text: str) -> tuple[str, ...]:
        self.faults.called("said")
        words = reversed(self._task(task_id).words.values())
        return next(((w.message_id,) for w in words if w.author.external_id == OWNER and w.text == text), ())

    async def amend(self, task_id: str, message_id: str, text: str) -> None:
        self.faults.called("amend")
        word = self._task(task_id).words.get(message_id)
        if word is None or word.author.external_id != OWNER:
            raise Permanent("message-gone")
        self.rewrite(self._task(task_id), message_id, text)

    async def news(self, asked: Sequence[TaskCursor]) -> list[TaskNews]:
        self.faults.called("news")
        found = []
        for cursor in asked:
            kept = self.kept.get(cursor.task_id)
            words = tuple(kept.words.values()) if kept else None
            found.append(TaskNews(cursor.task_id, kept.state if kept else None, words))
        return found

    async def words(self, chats: Mapping[str, str | None]) -> dict[str, tuple[ChatWord, ...]]:
        self.faults.called("words")
        return {chat: tuple(self.chats[chat]) for chat in chats if chat in self.chats}

    async def attach(self, task_id: str, file: FileContent) -> None:
        self.faults.called("attach")
        self._task(task_id).files.append(file)

    async def get(self, task_id: str) -> TaskState | None:
        self.faults.called("get")
        kept = self.kept.get(task_id)
        return kept.state if kept else None

    def _task(self, task_id: str) -> KeptTask:
        if task_id not in self.kept:
            raise Permanent("task-gone", task_id)
        return self.kept[task_id]


class FakeDirectory:
    """The portal's own list of people."""

    def __init__(self, *users: PortalUser) -> None:
        self.faults = Faults()
        self._users = {user.user_id: user for user in users}

    async def user(self, user_id: str) -> PortalUser | None:
        self.faults.called("user")
        return self._users.get(user_id)

    async def me(self) -> PortalUser:
        self.faults.called("me")
        return self._users["1"]

    async def departments(self) -> Mapping[str, str]:
        self.faults.called("departments")
        return {"1": "Администрация"}

    async def members(self, department_id: str) -> Sequence[PortalUser]:
        self.faults.called("members")
        return [user for user in self._users.values() if department_id in user.department_ids]

    async def search(self, words: str) -> Sequence[PortalUser]:
        self.faults.called("search")
        return [user for user in self._users.values() if words.casefold() in user.name.casefold()]


class FakeFiles:
    """A store of attachments whose keys are ours."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.kept: dict[str, bytes] = {}

    async def put(self, key: str, data: bytes, name: str, mime: str) -> None:
        self.faults.called("put")
        if not all(part.isdigit() for part in key.split("/")):
            raise Refused("file-key", key)
        self.kept[key] = data

    async def get(self, key: str) -> bytes:
        self.faults.called("get")
        return self.kept[key]

    async def size(self, key: str) -> int | None:
        self.faults.called("size")
        return len(self.kept[key]) if key in self.kept else None

    async def delete(self, key: str) -> None:
        self.faults.called("delete")
        self.kept.pop(key, None)


class NoCrm:
    """Conversations never call the CRM; any use is a mistake. Only what our own limiter reckons may be asked."""

    def budget(self) -> Budget:
        return Budget(0.25, 2.0, {"crm.item.add": 0.5})

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"the CRM was asked for {name}")
