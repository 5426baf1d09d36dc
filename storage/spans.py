"""A span for every statement, without its values; listens only when somebody traces."""

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import spans


def watched(engine: AsyncEngine) -> AsyncEngine:
    """The engine, with a span around each of its statements if anybody traces."""
    if not spans.on():
        return engine
    sync, system = engine.sync_engine, engine.dialect.name

    @event.listens_for(sync, "before_cursor_execute")
    def begin(_conn: Any, _cursor: Any, statement: str, _values: Any, context: Any, many: bool) -> None:
        verb = statement.lstrip().partition(" ")[0].upper()
        opened = spans.span(f"sql {verb}", system=system, statement=statement[:2000], many=many)
        context.our_span = opened
        opened.__enter__()

    @event.listens_for(sync, "after_cursor_execute")
    def end(*told: Any) -> None:
        _close(told[4])

    @event.listens_for(sync, "handle_error")
    def fail(failed: ExceptionContext) -> None:
        _close(failed.execution_context)

    return engine


def _close(context: Any) -> None:
    opened: AbstractContextManager[object] | None = getattr(context, "our_span", None)
    if opened is not None:
        context.our_span = None
        opened.__exit__(None, None, None)
