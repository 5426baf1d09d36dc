"""Whose action makes the changes of this moment: events carry his tokens, and offline queues his source key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Acting:
    """`user_id` None: a robot or an agent, for whom no tokens are made. `connector`: the call's `auth_connector`."""

    user_id: int | None = None
    connector: str = ""


NOBODY = Acting()
_ACTING: ContextVar[Acting] = ContextVar("acting", default=NOBODY)


def acting() -> Acting:
    return _ACTING.get()


def act_as(user_id: int) -> None:
    """A person acts for the rest of this request (the demo's hands)."""
    _ACTING.set(Acting(user_id))


@contextmanager
def acts(user_id: int, connector: str = "") -> Iterator[None]:
    token = _ACTING.set(Acting(user_id, connector))
    try:
        yield
    finally:
        _ACTING.reset(token)
