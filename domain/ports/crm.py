"""The portal's CRM, answered per item, and what is remembered of a portal."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol


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
class PipelineStage:
    """A stage people see. ``code`` as the CRM has it; ``semantics``: process, won or lost."""

    code: str
    name: str
    semantics: str = "process"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline of deals with its stages, in their order."""

    id: int
    name: str
    stages: tuple[PipelineStage, ...] = ()


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

    async def pipelines(self) -> Sequence[Pipeline]:
        """Every pipeline of deals, as people have set it up."""

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
