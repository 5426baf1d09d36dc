"""A support request: its states, the table of allowed moves, and the one function that makes a move.

The table is the support regulation in the form of data (decision 10); `docs/requests.md` draws it.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.chat import Channel
from domain.errors import Refused


class RequestType(StrEnum):
    """The regulation's four types."""

    INCIDENT = "incident"
    PROBLEM = "problem"
    SERVICE = "service"
    DEVELOPMENT = "development"


class Priority(StrEnum):
    """How urgent; from the type, changed by support with a reason."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Status(StrEnum):
    """Where a request stands."""

    REGISTERED = "registered"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    ANSWERED = "answered"
    COMPLETED = "completed"
    CLOSED = "closed"


class ClosedAs(StrEnum):
    """Why a request is closed."""

    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    NOT_NEEDED = "not_needed"
    MERGED = "merged"


class Action(StrEnum):
    """What somebody does to a request."""

    TAKE = "take"
    ASK = "ask"
    OFFER = "offer"
    REPLY = "reply"
    CHOOSE = "choose"
    ANSWER = "answer"
    CONFIRM = "confirm"
    OBJECT = "object"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    NOT_NEEDED = "not_needed"
    MERGE = "merge"
    REOPEN = "reopen"


class Part(StrEnum):
    """The part a person plays in one request."""

    REQUESTER = "requester"
    SUPPORT = "support"
    REPRESENTATIVE = "representative"


class Waiting(StrEnum):
    """What a waiting request waits for."""

    INFORMATION = "information"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: who may do what, from where to where."""

    action: Action
    sources: frozenset[Status]
    target: Status
    parts: frozenset[Part]
    needs_reason: bool = False
    new_round: bool = False
    closed_as: ClosedAs | None = None
    waiting_for: Waiting | None = None


def _move(action: Action, sources: set[Status], target: Status, parts: set[Part], **more: Any) -> Move:
    return Move(action, frozenset(sources), target, frozenset(parts), **more)


_R, _P, _W, _A, _C = (
    Status.REGISTERED,
    Status.IN_PROGRESS,
    Status.WAITING,
    Status.ANSWERED,
    Status.COMPLETED,
)
_OPEN = {_R, _P, _W, _A, _C}
_REQUESTER, _SUPPORT, _REPRESENTATIVE = Part.REQUESTER, Part.SUPPORT, Part.REPRESENTATIVE

MOVES: tuple[Move, ...] = (
    _move(Action.TAKE, {_R}, _P, {_SUPPORT}),
    _move(Action.ASK, {_R, _P}, _W, {_SUPPORT}, waiting_for=Waiting.INFORMATION),
    _move(Action.OFFER, {_R, _P}, _W, {_SUPPORT}, waiting_for=Waiting.CHOICE),
    _move(Action.REPLY, {_W}, _P, {_REQUESTER}),
    _move(Action.CHOOSE, {_W}, _P, {_REQUESTER}),
    _move(Action.ANSWER, {_R, _P}, _A, {_SUPPORT}),
    _move(Action.CONFIRM, {_A}, _C, {_REQUESTER}),
    _move(Action.OBJECT, {_A}, _P, {_REQUESTER}, needs_reason=True, new_round=True),
    _move(Action.CLOSE, {_C}, Status.CLOSED, {_REPRESENTATIVE}, closed_as=ClosedAs.CONFIRMED),
    _move(Action.OBJECT, {_C}, _P, {_REQUESTER, _REPRESENTATIVE}, needs_reason=True, new_round=True),
    _move(Action.WITHDRAW, _OPEN, Status.CLOSED, {_REQUESTER}, closed_as=ClosedAs.WITHDRAWN),
    _move(
        Action.NOT_NEEDED, _OPEN, Status.CLOSED, {_SUPPORT}, needs_reason=True, closed_as=ClosedAs.NOT_NEEDED
    ),
    _move(Action.MERGE, _OPEN, Status.CLOSED, {_SUPPORT}, closed_as=ClosedAs.MERGED),
    _move(Action.REOPEN, {Status.CLOSED}, _P, {_REQUESTER}, needs_reason=True, new_round=True),
)


@dataclass(frozen=True, slots=True)
class Due:
    """When first reply and solution are due (UTC), with the steps that led there (for the printed derivation)."""

    first_reply: datetime | None
    solution: datetime | None
    derivation: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands now. Moments are UTC."""

    id: int
    portal_id: int
    number: str
    type: RequestType
    priority: Priority
    status: Status
    subject: str
    description: str
    channel: Channel
    requester_id: int | None
    created_at: datetime
    updated_at: datetime
    due: Due
    round: int = 1
    conditions: str = ""
    login: str = ""
    portal_link: str = ""
    closed_as: ClosedAs | None = None
    waiting_for: Waiting | None = None
    responsible_id: int | None = None
    hotel_id: int | None = None
    first_replied_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    merged_into: int | None = None
    votes: int = 0
    version: int = 1
    home_id: int | None = None
    """The customer's portal, when the desk is its vendor's."""

    @property
    def is_open(self) -> bool:
        return self.status is not Status.CLOSED


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of history: what happened. ``text`` holds a person's own words; the store keeps them apart."""

    what: str
    at: datetime
    who_id: int | None = None
    who_name: str = ""
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    id: int = 0  # the stored line's, 0 before it is stored


def possible_actions(
    status: Status, parts: AbstractSet[Part], waiting_for: Waiting | None = Waiting.CHOICE
) -> tuple[Action, ...]:
    """What someone who plays ``parts`` may do now, in the table's order; a choice only where one is offered."""
    possible = dict.fromkeys(m.action for m in MOVES if status in m.sources and m.parts & parts)
    return tuple(a for a in possible if a is not Action.CHOOSE or waiting_for is Waiting.CHOICE)


def find_move(status: Status, action: Action, parts: AbstractSet[Part]) -> Move:
    """The allowed move. Refused tells why not and names what is possible instead.

    "not-your-move" when the state allows it to somebody else (``who``), else "move-not-allowed".
    """
    here = [known for known in MOVES if known.action is action and status in known.sources]
    for allowed in here:
        if allowed.parts & parts:
            return allowed
    raise Refused(
        "not-your-move" if here else "move-not-allowed",
        f"{action} from {status}",
        action=action.value,
        status=status.value,
        possible=[a.value for a in possible_actions(status, parts)],
        who=sorted({part.value for known in here for part in known.parts}),
    )


def move(
    request: Request,
    action: Action,
    parts: AbstractSet[Part],
    at: datetime,
    *,
    reason: str = "",
    reopen_days: int = 14,
) -> Request:
    """Make one move; the caller records the fact. Refused when the table, the reason or the time forbids it."""
    allowed = find_move(request.status, action, parts)
    if action is Action.CHOOSE and request.waiting_for is not Waiting.CHOICE:
        raise Refused("nothing-to-choose", number=request.number)
    if allowed.needs_reason and not reason.strip():
        raise Refused("reason-needed", action, action=action.value)
    if action is Action.REOPEN:
        _check_reopening(request, at, reopen_days)
    return replace(
        request,
        status=allowed.target,
        closed_as=allowed.closed_as,
        waiting_for=allowed.waiting_for,
        round=request.round + (1 if allowed.new_round else 0),
        updated_at=at,
        answered_at=at if allowed.target is Status.ANSWERED else request.answered_at,
        closed_at=at if allowed.target is Status.CLOSED else None,
        version=request.version + 1,
    )


def _check_reopening(request: Request, at: datetime, reopen_days: int) -> None:
    if request.closed_as is ClosedAs.MERGED:
        raise Refused("merged-stays-closed", number=request.number)
    if request.closed_at is not None and at - request.closed_at > timedelta(days=reopen_days):
        raise Refused("too-late-to-reopen", days=reopen_days)


def format_number(prefix: str, year: int, value: int) -> str:
    """The registration number: ``FB-2026-000123``."""
    return f"{prefix}-{year}-{value:06d}"
