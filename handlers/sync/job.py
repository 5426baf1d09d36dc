"""One sync run in hand: what every part of the run shares."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from domain.errors import ConciergeError
from domain.portal import Hotel, Portal
from domain.ports import Crm, CrmLayout, PmsSource
from domain.reconcile import Findings
from domain.stays import Cursor
from handlers.sync.asides import Asides
from handlers.sync.budget import Meter
from handlers.sync.preview import Preview
from handlers.sync.report import Counts
from storage import leases
from storage.work_orders import Order


@dataclass(frozen=True, slots=True)
class ReadDoor:
    """A further door that was read: from where, and up to what moment of its own clock."""

    name: str
    known: Cursor
    read_from: Cursor
    source_time: datetime
    newest_at: datetime | None
    """The newest stamp on what was read."""


@dataclass(slots=True)
class Job:
    """One run in hand."""

    order: Order
    portal: Portal
    hotel: Hotel
    lease: leases.Lease
    source: PmsSource
    crm: Crm
    run_id: int
    mode: str
    started: float
    calls_before: int
    counts: Counts = field(default_factory=Counts)
    problems: Counter[str] = field(default_factory=Counter)
    preview: Preview = field(default_factory=Preview)
    """What would be written, while nothing is."""
    layout: CrmLayout | None = None
    first_load: bool = False
    asides: Asides = field(default_factory=Asides)
    recovering: bool = False
    """Now come the records kept aside: what was sent for them may still be executed (decision 8)."""
    shown_at: float = 0.0
    meter: Meter = field(default_factory=Meter)
    """How fast it writes."""
    ahead: int | None = None
    """Records that differed when the writing began; None: not counted."""
    done: int = 0
    total: int = 0
    rehearsing: bool = False
    """An order to apply is compared with its preview first."""
    moved: bool = False
    """It is not the preview's any more, so nothing was written."""
    only: Mapping[str, Sequence[str]] | None = None
    """What a retry is about: keys by staged sort; None: everything that differs."""
    business_date: date | None = None
    """The hotel's, as its PMS told it in this run."""
    newest_at: datetime | None = None
    """The newest stamp of the PMS on what was read."""
    since: datetime | None = None
    """From when on the PMS was read; None: everything in the window."""
    further: Sequence[PmsSource] = ()
    """The hotel's other doors that are read."""
    read_doors: list[ReadDoor] = field(default_factory=list)
    away: ConciergeError | None = None
    """Why a door of several couldn't be read; what the others told is brought all the same."""
    unread: set[str] = field(default_factory=set)
    """The names of such doors: their cursors stay."""
    unmatched: int = 0
    """Stays that only a door with numbers of its own tells, and that fit no other."""
    found: Findings | None = None
    """What a reconciliation has found, and what a repair has left."""
    left: Findings | None = None
    erased: Mapping[str, Any] = field(default_factory=dict)
    """What an erasure has taken away."""
    asked: int = 0
    """Records held back until a person says whose they are."""

    @property
    def handled(self) -> int:
        """Records that need no further look by this run."""
        return self.counts.created + self.counts.updated + self.counts.failed

    @property
    def dry(self) -> bool:
        """Whether nothing is written now."""
        return self.mode == "dry" or self.rehearsing
