"""What has to leave and hasn't: deliveries that wait or were given up, in words, and another try for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.chat import Channel, Markup, escape
from domain.errors import Refused
from handlers.scope import Scope
from storage import audit, outbox, people
from storage.outbox import Delivery

PER_PAGE = 25
STATES = ("dead", "waiting")
FAMILIES = frozenset(
    {"alert", "caller", "copy", "digest", "export", "file", "guest", "identity", "message", "prompt", "queue",
     "run", "task", "thread", "webhook"}
)  # fmt: skip
"""What a row's kind begins with, where our texts have a word for it: ``delivery-kind-…``."""
RETRIED_AT_ONCE = 500

Told = Callable[[str, str], str]
"""A failure's code in words of a language, as our markup."""


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery as people read it. ``request``: the number of the request it belongs to, or nothing."""

    id: int
    what: Markup
    where: Markup
    request: str
    tries: int
    at: datetime
    next_at: datetime | None
    code: str
    reason: Markup
    dead: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of the dead rows, with how many ended for it."""

    code: str
    words: Markup
    count: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A page. ``next_before``: what the next page is asked with; None on the last."""

    state: str
    counts: Mapping[str, int]
    reasons: Sequence[Reason]
    lines: Sequence[Line]
    next_before: int | None


class DeliveryDesk:
    """The outbox for people. ``told`` puts a failure's code into words."""

    def __init__(self, told: Told) -> None:
        self._told = told

    async def page(self, scope: Scope, state: str, before: int | None = None) -> Listed:
        """Rows that wait or were given up, newest first."""
        state = state if state in STATES else "dead"
        found = await outbox.listed(
            scope.tx, scope.portal.id, state=state, before_id=before, limit=PER_PAGE + 1
        )
        shown = found[:PER_PAGE]
        ids = {number for one in shown if (number := _request_of(one)) is not None}
        numbers = await audit.numbers(scope.tx, scope.portal.id, ids)
        names = await self._names(scope, shown)
        codes = await outbox.dead_codes(scope.tx, scope.portal.id)
        return Listed(
            state=state,
            counts=await outbox.portal_counts(scope.tx, scope.portal.id),
            reasons=[
                Reason(code, Markup(self._told(code, scope.language)), count) for code, count in codes.items()
            ],
            lines=[self._line(scope, one, numbers, names) for one in shown],
            next_before=shown[-1].id if len(found) > PER_PAGE else None,
        )

    def _line(
        self, scope: Scope, row: Delivery, numbers: Mapping[int, str], names: Mapping[str, str]
    ) -> Line:
        number = numbers.get(_request_of(row) or 0, "")
        return Line(
            id=row.id,
            what=Markup(_kind(scope, row.kind)),
            where=Markup(_place(scope, row.destination, number, names)),
            request=number,
            tries=row.attempts,
            at=row.created_at,
            next_at=row.next_try_at if row.state == "waiting" else None,
            code=row.last_code or "",
            reason=Markup(self._told(row.last_code, scope.language) if row.last_code else ""),
            dead=row.state == "dead",
        )

    @staticmethod
    async def _names(scope: Scope, found: Sequence[Delivery]) -> dict[str, str]:
        """Names of people by destination, as far as they are known."""
        names: dict[str, str] = {}
        for place in {one.destination for one in found}:
            channel, _, chat = place.partition(":")
            if channel == "person" and chat.isdigit():
                person = await people.load(scope.tx, scope.portal.id, int(chat))
            elif channel in set(Channel):
                person = await people.find_by_account(scope.tx, scope.portal.id, Channel(channel), chat)
            else:
                continue
            if person is not None and person.name:
                names[place] = person.name
        return names

    async def retry(self, scope: Scope, delivery_id: int) -> None:
        """Another try for one; Refused when it isn't among the dead any more."""
        if not await outbox.retry(scope.tx, scope.portal.id, delivery_id, scope.now):
            raise Refused("delivery-not-dead")

    async def retry_all(self, scope: Scope, code: str) -> int:
        """Another try for every dead delivery of one reason; returns how many, Refused when there is none."""
        found = await outbox.dead_of(scope.tx, scope.portal.id, code, RETRIED_AT_ONCE)
        for one in found:
            await outbox.retry(scope.tx, scope.portal.id, one, scope.now)
        if not found:
            raise Refused("delivery-not-dead")
        return len(found)


def _request_of(row: Delivery) -> int | None:
    """The request a row belongs to, by itself or by where it goes."""
    if row.request_id is not None:
        return row.request_id
    sort, *rest = row.destination.split(":")
    return int(rest[-1]) if sort in {"thread", "task"} and rest and rest[-1].isdigit() else None


def _kind(scope: Scope, kind: str) -> str:
    family = kind.partition(".")[0]
    return scope.text(f"delivery-kind-{family}") if family in FAMILIES else escape(kind)


def _place(scope: Scope, destination: str, number: str, names: Mapping[str, str]) -> str:
    """«тред FB-2026-000123 в Telegram», «Ольга Иванова, Битрикс24»."""
    sort, _, rest = destination.partition(":")
    if sort == "task":
        return scope.text("delivery-to-task", number=number or "—")
    if sort == "thread":
        channel = rest.partition(":")[0]
        return scope.text(
            "delivery-to-thread", number=number or "—", channel=Markup(_channel(scope, channel))
        )
    name = names.get(destination)
    if sort in set(Channel):
        if name:
            return scope.text("delivery-to-person", name=name, channel=Markup(_channel(scope, sort)))
        return scope.text("delivery-to-chat", chat=rest, channel=Markup(_channel(scope, sort)))
    return scope.text("delivery-to-other", place=name or destination)


def _channel(scope: Scope, channel: str) -> str:
    return scope.text(f"channel-{channel}") if channel in set(Channel) else escape(channel)
