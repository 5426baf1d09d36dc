"""Whether a transaction is open right now in this task: none may be during a network call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

Tx = AsyncConnection
"""An open transaction: what every query of this room takes first."""


@dataclass(slots=True)
class Scope:
    """One open transaction as the task that opened it sees it."""

    tx: Tx
    writes: bool
    callbacks: list[Callable[[], None]] = field(default_factory=list)
    open: bool = True


_current: ContextVar[Scope | None] = ContextVar("storage_scope", default=None)

fence: ContextVar[tuple[int, int] | None] = ContextVar("storage_fence", default=None)
"""Portal and token under which this task works: on PostgreSQL each of its transactions is refused once the portal is
somebody else's. None (commands, pages, SQLite's one process): nobody's turn."""


def current() -> Scope | None:
    """The innermost open transaction of this task, if any."""
    scope = _current.get()
    # A task started inside a transaction inherits the variable and may outlive the transaction.
    return scope if scope is not None and scope.open else None


def in_transaction() -> bool:
    """True while this task has a transaction open, for writing or reading."""
    return current() is not None


def forbid_in_transaction() -> None:
    """Raise RuntimeError inside a transaction; wiring hangs it before every network call."""
    if in_transaction():
        raise RuntimeError("a network call while a database transaction is open")


@contextmanager
def entered(scope: Scope) -> Iterator[None]:
    """Make ``scope`` the task's current one while the body runs."""
    outer = _current.get()
    _current.set(scope)
    try:
        yield
    finally:
        scope.open = False
        _current.set(outer)
