"""One sync run in hand: what every part of the run shares."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from domain.portal import Hotel, Portal
from domain.ports import Crm, CrmLayout, PmsSource
from handlers.sync.syncs import Counts
from storage import leases
from storage.work_orders import Order


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
    samples: list[dict[str, Any]] = field(default_factory=list)
    layout: CrmLayout | None = None
    first_load: bool = False
    recovering: bool = False
    """A run before this one was cut off: what it sent may still be executed (decision 8)."""
    shown_at: float = 0.0
    done: int = 0
    total: int = 0

    @property
    def dry(self) -> bool:
        return self.mode == "dry"
