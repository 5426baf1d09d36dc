"""What we know of a request's task: how we left it, and whether somebody else has changed it since.

A field was changed by hand when it is neither what we wrote (or saw) last nor what the request wants it to be now;
the second condition makes a crash between "written" and "noted" harmless.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.ports import TaskState, TaskStatus
from domain.requests import Status

SAME_MOMENT = timedelta(minutes=1)
"""Portals keep deadlines to the minute."""

STATUS_OF: Mapping[Status, str] = {
    Status.REGISTERED: TaskStatus.PENDING,
    Status.IN_PROGRESS: TaskStatus.IN_PROGRESS,
    Status.WAITING: TaskStatus.IN_PROGRESS,
    Status.ANSWERED: TaskStatus.AWAITING_CONTROL,
    Status.COMPLETED: TaskStatus.AWAITING_CONTROL,
    Status.CLOSED: TaskStatus.COMPLETED,
}
"""A request's state in the task (decision 11)."""


@dataclass(frozen=True, slots=True)
class TaskMark:
    """A task's three fields that follow the request. ``responsible_id`` None: nobody in particular is wanted."""

    status: str
    responsible_id: str | None
    deadline: datetime | None

    @classmethod
    def of(cls, state: TaskState) -> "TaskMark":
        """A task as it stands."""
        return cls(state.status, state.responsible_id, state.deadline)

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "TaskMark":
        """From :meth:`dump`."""
        deadline = data.get("deadline")
        moment = datetime.fromisoformat(deadline) if deadline else None
        return cls(data["status"], data.get("responsible"), moment)

    def dump(self) -> dict[str, Any]:
        """JSON."""
        deadline = self.deadline.isoformat() if self.deadline else None
        return {"status": self.status, "responsible": self.responsible_id, "deadline": deadline}


@dataclass(frozen=True, slots=True)
class ByHand:
    """Which fields somebody changed in the task itself."""

    status: bool = False
    responsible: bool = False
    deadline: bool = False

    @property
    def any(self) -> bool:
        return self.status or self.responsible or self.deadline


def by_hand(known: TaskMark, wanted: TaskMark, found: TaskMark) -> ByHand:
    """What differs from what we left and from what is wanted."""
    return ByHand(
        status=found.status not in {known.status, wanted.status},
        responsible=found.responsible_id not in {known.responsible_id, wanted.responsible_id},
        deadline=not same_moment(found.deadline, known.deadline)
        and not same_moment(found.deadline, wanted.deadline),
    )


def same_moment(one: datetime | None, other: datetime | None) -> bool:
    """Equal as far as a portal keeps them apart."""
    if one is None or other is None:
        return one is other
    return abs(one - other) < SAME_MOMENT
