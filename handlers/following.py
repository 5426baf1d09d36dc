"""Work that follows from something bears its id in every line of the log, and hands it on with what it puts off."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars

from domain.causes import Cause, following
from domain.spans import span


@contextmanager
def caused(cause: Cause | None, **more: object) -> Iterator[None]:
    """The block follows from ``cause``; ``more`` stands in its log lines, too."""
    bound = {"cause": cause.id, **more} if cause else more
    with following(cause), bound_contextvars(**bound):
        yield


@contextmanager
def work(name: str, cause: Cause | None, **more: str | int) -> Iterator[None]:
    """As :func:`caused`, and one span."""
    with caused(cause, **more), span(name, **more):
        yield
