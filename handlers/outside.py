"""The outside parties of one portal, as wired: messengers, tasks, people, CRM, and the doors into its hotels' PMS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from domain.chat import Channel
from domain.ports import Crm, Directory, Messenger, PmsSource, Tasks


@dataclass(frozen=True, slots=True)
class Outside:
    """What a portal is connected to. ``sources`` holds the doors by hotel code."""

    messengers: Mapping[Channel, Messenger]
    tasks: Tasks
    directory: Directory
    crm: Crm
    sources: Mapping[str, tuple[PmsSource, ...]] = field(default_factory=dict)


OutsideOf = Callable[[int], Outside]
"""The parties of a portal, by its id."""
