"""What Concierge needs from the outside, as Protocols: integrations, storage and app fulfil them."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

from domain.chat import (
    Address,
    BotCommand,
    Channel,
    FileContent,
    FileRef,
    IncomingMessage,
    MessageRef,
    Reply,
    Sender,
    Sent,
    ThreadRef,
)
from domain.doors import Told
from domain.guests import Profile
from domain.stays import Cursor, Posting, RowProblem, Stay

Clock = Callable[[], datetime]
"""Gives the present moment, aware and in UTC."""

OnMessages = Callable[[Sequence[IncomingMessage]], Awaitable[None]]
"""Stores events durably before it returns; only then may a receiver acknowledge them."""


class Lane:
    """Who goes first at a shared limit."""

    REPLY = 0
    DESK = 1
    BULK = 2


class Messenger(Protocol):
    """A messenger the bot can write in. All calls raise Refused, Temporary (Unclear) or Permanent."""

    channel: Channel

    async def send(
        self, to: Address, reply: Reply, *, reply_to: str | None = None, lane: int = Lane.REPLY
    ) -> Sent:
        """Write a message; long texts are split, the buttons stand under the last part."""

    async def edit(self, ref: MessageRef, reply: Reply, *, lane: int = Lane.REPLY) -> None:
        """Replace text and buttons of an own message. Permanent("message-gone") when it isn't there any more."""

    async def delete(self, ref: MessageRef) -> None: ...

    async def send_file(
        self, to: Address, file: FileContent, caption: str = "", *, lane: int = Lane.DESK
    ) -> Sent:
        """Send a file with a caption in our markup. Refused("file-too-large", limit_mb=…) beyond the limit."""

    async def fetch_file(self, ref: FileRef) -> FileContent:
        """Bring a file that lies in the messenger. Refused("file-too-large"), Permanent("file-gone")."""

    async def typing(self, to: Address) -> None: ...

    async def create_thread(self, title: str, members: Sequence[str]) -> ThreadRef:
        """Make support's thread, empty. ``members`` are the messenger's user ids (unused in a forum)."""

    async def find_thread(self, title_prefix: str) -> ThreadRef | None:
        """After an unclear create: a thread whose title starts so, where the messenger can be asked."""

    async def find_threads(self, title_prefix: str) -> Sequence[ThreadRef]:
        """All threads whose title starts so, newest first; none where the messenger can't be asked."""

    async def rename_thread(self, ref: ThreadRef, title: str) -> None: ...

    async def close_thread(self, ref: ThreadRef) -> None:
        """Mark a thread as over (Telegram: only administrators may write then); repeatable."""

    async def reopen_thread(self, ref: ThreadRef) -> None:
        """The opposite; repeatable."""

    async def set_commands(self, commands: Sequence[BotCommand]) -> None: ...


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


# --- the CRM -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A custom field the sync needs: ``name`` without the ``UF_CRM_`` prefix, in upper case."""

    entity: str  # contact | company | deal
    name: str
    type: str  # string | integer | double | boolean | date | datetime | money | url
    titles: Mapping[str, str] = field(default_factory=dict)
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field of the portal's own that a mapping writes; it is never made. ``name`` is the CRM's whole name."""

    entity: str
    name: str


@dataclass(frozen=True, slots=True)
class StageSpec:
    """A stage of the hotel's pipeline. ``semantics``: process, won or lost."""

    code: str
    title: str
    semantics: str
    sort: int
    color: str = ""
    use: str = ""
    """Code or name of a stage that people made: it is used as it is, never made or changed."""


@dataclass(frozen=True, slots=True)
class CrmLayout:
    """Where a hotel's records lie in the CRM: the pipeline's id and the stage id per stage code."""

    category_id: int
    stages: Mapping[str, str]
    missing_fields: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """What the mapping names and the portal doesn't have: ``contact.lastNam``, ``stage.PREPAID``, ``pipeline.X``."""


@dataclass(frozen=True, slots=True)
class CrmWrite:
    """One wanted change. ``key`` is our external key within ``originator``; ``crm_id`` None = create.

    ``fields`` are the CRM's own names (camelCase of ``crm.item.*``; custom ones as ``UF_CRM_…``);
    ``phones``/``emails`` None = leave alone, else the full wanted list of our values.
    """

    entity: str  # contact | company | deal
    key: str
    originator: str
    fields: Mapping[str, object]
    crm_id: int | None = None
    phones: tuple[str, ...] | None = None
    emails: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CrmResult:
    """What became of one write. ``state``: done | failed | unclear (ask by key after ``settle_at``)."""

    write: CrmWrite
    state: str
    crm_id: int | None = None
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CrmItem:
    """An item found in the CRM."""

    entity: str
    crm_id: int
    key: str | None
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CrmPerson:
    """A contact as identity compares it; phones and e-mails as people typed them.

    ``keys`` are all records joined into it (``HOTEL:NUMBER``), ``originator`` whose item it is ("" = typed by hand).
    """

    crm_id: int
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    birthday: date | None = None
    originator: str = ""
    origin: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of the portal's limits is in use: 0 idle, 1 used up.

    ``requests``: of the bucket of calls; ``methods``: of each method's time; ``resting``: methods that wait, and
    for how many seconds.
    """

    requests: float
    calls_per_s: float
    methods: Mapping[str, float] = field(default_factory=dict)
    resting: Mapping[str, float] = field(default_factory=dict)


class Crm(Protocol):
    """The portal's CRM. Bulk by nature; answers per item, never all-or-nothing."""

    async def ensure_layout(
        self,
        pipeline: str,
        stages: Sequence[StageSpec],
        fields: Sequence[FieldSpec],
        uses: Sequence[FieldUse] = (),
        *,
        make: bool = True,
    ) -> CrmLayout:
        """Make pipeline, stages and custom fields where absent; idempotent. ``uses`` must be there already.

        ``make=False`` only looks: what would have to be made is no fault then, and the ids may be incomplete.
        """

    async def find(self, entity: str, originator: str, keys: Sequence[str]) -> dict[str, CrmItem]:
        """Items by external key, in bulk; keys without an item are absent from the answer."""

    async def settled(self, entity: str, originator: str, keys: Sequence[str]) -> dict[str, CrmItem]:
        """As find, after everything sent for these keys can't run any more (decision 8)."""

    def apply(
        self, writes: Sequence[CrmWrite], *, first_load: bool
    ) -> AsyncGenerator[Sequence[CrmResult], None]:
        """Write in packs and answer per pack as it is confirmed; ``first_load`` may use the import methods.

        Closing the generator stops what hasn't been sent yet.
        """

    async def drift(
        self, entity: str, wanted: Mapping[int, Mapping[str, object]]
    ) -> dict[int, Mapping[str, object]]:
        """What stands otherwise than wanted, in bulk: crm id → field → the value there; gone items are absent.

        ``phones`` and ``emails`` may stand among the fields: they differ when one of the wanted isn't there.
        """

    def listing(
        self, entity: str, originator: str, known: Iterable[int], fields: Sequence[str]
    ) -> AsyncGenerator[Sequence[CrmItem], None]:
        """Every item that bears our origin, some at a time, with these of its fields.

        ``known``: crm ids that are expected; they make the listing quick and don't limit it.
        """

    def merge_url(self, entity: str, crm_ids: Sequence[int]) -> str:
        """Where people merge them by hand."""

    async def note(self, entity: str, crm_id: int, text: str) -> None:
        """A line in the item's timeline."""

    async def notes(self, entity: str, lines: Sequence[tuple[int, str]]) -> list[bool | None]:
        """Lines in timelines (crm id, text), in bulk: written, refused (False), or unclear (None), in order."""

    async def noted(self, entity: str, lines: Sequence[tuple[int, str]]) -> list[bool]:
        """Which of these lines stand in their timelines; to be asked when what was sent for them has settled."""

    @property
    def lost_fields(self) -> tuple[str, ...]:
        """Fields (``deal.opportunity``) the portal took without a word and didn't keep, in this run."""

    async def any_other(self, entity: str, originators: Sequence[str]) -> bool:
        """Whether there is any item that is none of these originators'."""

    async def by_contact(
        self, entity: str, phones: Iterable[str], emails: Iterable[str]
    ) -> Sequence[CrmPerson]:
        """Whoever has one of these phones (E.164) or e-mails, in bulk; values that very many have are left out."""

    async def people(self, entity: str, crm_ids: Sequence[int]) -> Mapping[int, CrmPerson]:
        """These items as people, in bulk; gone ones are absent."""

    async def rewrite(
        self, entity: str, crm_id: int, fields: Mapping[str, object], *, drop: Iterable[str] | None = ()
    ) -> bool:
        """Set exactly these fields, take these phones and e-mails away (None: all); False when it is gone."""

    async def merge(self, entity: str, into: int, other: int) -> bool:
        """Make one item of two; False when the portal leaves that to people, then nothing has changed."""

    @property
    def settle_s(self) -> float:
        """How long after it was sent a call whose answer was lost may still be executed."""

    def item_url(self, entity: str, crm_id: int) -> str: ...

    @property
    def calls(self) -> int:
        """HTTP requests made so far."""

    def budget(self) -> Budget:
        """How much of the portal's limits is in use now."""


class PortalMemory(Protocol):
    """What an adapter has found out about its portal by trying, and would have to find out anew after a restart."""

    async def recall(self) -> Mapping[str, Any]:
        """The facts as they were last remembered; empty before."""

    async def remember(self, facts: Mapping[str, Any]) -> None:
        """Replace them; JSON values."""


# --- the PMS -------------------------------------------------------------------------------------------------

PmsRecord = Profile | Stay | Posting | RowProblem


@dataclass(frozen=True, slots=True)
class SourceWindow:
    """Which stays interest us: arrivals (and present guests) between two calendar dates."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What a door answers when asked how it is."""

    ok: bool
    code: str
    detail: str = ""
    business_date: date | None = None
    version: str = ""


class PmsSource(Protocol):
    """One door into a hotel's PMS."""

    name: str
    capabilities: frozenset[str]  # profiles | stays | postings | nights | business_date | increments

    def changed_since(self, cursor: Cursor, window: SourceWindow) -> AsyncIterator[PmsRecord]:
        """All records changed since the cursor (everything in the window when it is empty), streamed.

        Profiles that a stay refers to come before or after it; bad rows come as RowProblem.
        """

    async def business_date(self) -> date | None: ...

    async def check(self) -> SourceStatus: ...

    async def source_time(self) -> datetime:
        """The PMS's clock now, in UTC: the next cursor, read before the rows are."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A message of a door's journal."""

    id: int
    key: str
    body: str
    received_at: datetime


class DoorJournal(Protocol):
    """Where a door keeps what it is given only once, before it works it through: reading it took it from the PMS."""

    async def keep(self, messages: Sequence[tuple[str, str]]) -> int:
        """Store (key, body) in order, durable when it returns; a key known already is left alone. How many were new."""

    async def waiting(self, limit: int = 500) -> Sequence[Kept]:
        """What isn't worked through yet, oldest first."""

    async def done(self, ids: Sequence[int], problem: str = "") -> None:
        """These are through; ``problem`` says why one could not be used, without personal data."""

    async def done_before(self, moment: datetime) -> None:
        """All received before the moment are through."""


@runtime_checkable
class Consuming(Protocol):
    """A door whose reading takes something away (files from a folder): told once all it gave is confirmed."""

    async def confirm(self) -> None:
        """The run that read it has ended well. Whatever was given before may be put away for good."""


Deliver = Callable[[Sequence[Told]], Awaitable[None]]
"""Takes what a live door told; stored durably when it returns. It waits while the store is away and raises nothing
but cancellation, so a door just awaits it before it reads on."""


class LiveSource(Protocol):
    """A door that tells by itself, as things happen."""

    name: str
    capabilities: frozenset[str]  # as PmsSource's, and: live | room_status

    async def run(self, deliver: Deliver) -> None:
        """Listen and deliver until cancelled; connects, and connects again after every loss, with back-off.

        May raise Permanent where trying again can't help before somebody changes a setting.
        """

    def status(self) -> SourceStatus:
        """How the link of the running service is right now (``code`` "ok", "connecting", "pms-unreachable" …)."""

    async def check(self) -> SourceStatus:
        """For ``concierge check``: whether the other end can be reached, without disturbing a running service."""

    async def close(self) -> None: ...


@runtime_checkable
class NumberedSource(Protocol):
    """A door that can be asked for single records: whether what a whole read didn't show is really gone."""

    def reservations(self, numbers: Iterable[str]) -> AsyncIterator[Stay | RowProblem]:
        """Reservations by number, wherever they lie; unknown numbers are absent."""


class FileStore(Protocol):
    """Where attachments lie. Keys are ours, never a name from outside."""

    async def put(self, key: str, data: bytes) -> None: ...

    async def get(self, key: str) -> bytes: ...

    async def delete(self, key: str) -> None: ...


class Texts(Protocol):
    """The words for people, by key and language."""

    def __call__(self, key: str, language: str, /, **params: object) -> str:
        """Our markup; every string among ``params`` is escaped, :class:`domain.chat.Markup` is not."""
