"""The licence of a portal: paid until a day, some days of grace after it, then syncs stop. The desk never does.

Days are the portal's own; ``paid_until`` is the last paid one. Nothing on record means unlimited (decision 14).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

SOON_DAYS = 14
"""So many days before the end managers hear of it."""
MOST_GRACE_DAYS = 365


class LicenceState(StrEnum):
    """What a day means for the portal."""

    NONE = "none"
    """No licence on record: nothing is limited."""
    ACTIVE = "active"
    GRACE = "grace"
    """Not paid any more, and everything still works."""
    ENDED = "ended"
    """Syncs stop; requests, deadlines, guests' cards and live doors go on."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed. ``paid_until`` None: unlimited. ``note`` is the vendor's (a contract's number); never shown in chats."""

    paid_until: date | None = None
    grace_days: int = 0
    note: str = ""

    @property
    def grace_until(self) -> date | None:
        """The last day of grace; ``paid_until`` itself when there is none."""
        return self.paid_until + timedelta(days=self.grace_days) if self.paid_until else None


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms as they stand on a day. ``soon``: active, and its end is at most fourteen days away."""

    state: LicenceState
    paid_until: date | None = None
    grace_until: date | None = None
    days_left: int | None = None
    """Days after today that are still paid, or, in grace, still tolerated."""
    note: str = ""

    @property
    def soon(self) -> bool:
        return (
            self.state is LicenceState.ACTIVE and self.days_left is not None and self.days_left <= SOON_DAYS
        )

    @property
    def ended(self) -> bool:
        return self.state is LicenceState.ENDED

    @property
    def stage(self) -> str:
        """What managers are told of: ``soon``, ``grace``, ``ended``; empty when all is well."""
        if self.soon:
            return "soon"
        return self.state.value if self.state in {LicenceState.GRACE, LicenceState.ENDED} else ""


def judge(terms: Terms, today: date) -> Licence:
    """The licence as it stands today."""
    paid, grace = terms.paid_until, terms.grace_until
    if paid is None or grace is None:
        return Licence(LicenceState.NONE, note=terms.note)
    if today <= paid:
        return Licence(LicenceState.ACTIVE, paid, grace, (paid - today).days, terms.note)
    if today <= grace:
        return Licence(LicenceState.GRACE, paid, grace, (grace - today).days, terms.note)
    return Licence(LicenceState.ENDED, paid, grace, 0, terms.note)
