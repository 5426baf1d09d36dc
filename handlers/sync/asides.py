"""Records that are looked at once more at a run's end: what was sent for them may still be on its way (decision 8).

A call whose answer was lost runs on for up to a minute. Its record stays aside so long, the rest of the run goes on;
then the CRM is asked by key, and what isn't there is sent again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.plan import Planned
from domain.ports import CrmWrite
from storage.differences import Staged


@dataclass(frozen=True, slots=True)
class Lost:
    """A write of this run whose answer was lost."""

    row: Staged
    planned: Planned

    @property
    def write(self) -> CrmWrite:
        return self.planned.write


@dataclass(slots=True)
class Asides:
    """Of one run. Keys are kept by sort of record as staged, lost writes by sort of CRM item."""

    unheard: dict[str, set[str]] = field(default_factory=dict)
    """Sent by earlier runs that were cut off before they heard the outcome."""
    let_go_at: datetime | None = None
    """When the last of those runs let go of the portal: nothing of theirs was sent later."""
    lost: dict[str, list[Lost]] = field(default_factory=dict)
    again: dict[str, set[str]] = field(default_factory=dict)
    """Deleted in the CRM by somebody: planned anew, as if never written."""
    unlinked: dict[str, set[str]] = field(default_factory=dict)
    """Written (or standing) without a link, because the item it leads to had no id yet."""

    def __bool__(self) -> bool:
        return bool(any(self.unheard.values()) or any(self.lost.values()) or any(self.again.values()))

    def hear_of(self, staged: str, key: str, let_go_at: datetime) -> None:
        """An earlier run's write whose outcome nobody heard."""
        self.unheard.setdefault(staged, set()).add(key)
        self.let_go_at = max(self.let_go_at or let_go_at, let_go_at)

    def holds(self, staged: str, key: str) -> bool:
        """Whether a record must not be touched yet."""
        return key in self.unheard.get(staged, ())

    def keys(self, staged: str) -> list[str]:
        """What is planned in the second pass."""
        keys = self.unheard.get(staged, set()) | self.again.get(staged, set())
        return sorted(keys | self.unlinked.get(staged, set()))

    def counted(self, staged: str, key: str) -> bool:
        """Whether the first pass has counted the record already."""
        fresh = self.holds(staged, key) or key in self.again.get(staged, ())
        return key in self.unlinked.get(staged, ()) and not fresh

    def wait_s(self, now: datetime, settle_s: float) -> float:
        """How long until nothing that earlier runs sent can be executed any more."""
        if self.let_go_at is None:
            return 0.0
        left = self.let_go_at + timedelta(seconds=settle_s) - now
        return min(max(left.total_seconds(), 0.0), settle_s)
