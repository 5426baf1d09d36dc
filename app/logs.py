"""Structured logs: JSON for machines, plain lines for people, and nothing secret or personal in either."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRETS = re.compile(
    r"(?P<webhook>/rest/(?:api/)?\d+/)[A-Za-z0-9]{6,}"
    r"|(?P<bot>/(?:file/)?bot)\d+:[A-Za-z0-9_-]+"
    r"|(?P<token>(?:token|password|secret|auth)=)[^&\s\"']+"
    r"|[\w.+-]+@[\w-]+\.[\w.]+"
    r"|\+\d[\d\s()-]{8,}\d"
)


def redact(text: str) -> str:
    """Blank webhook codes, tokens, e-mails and phone numbers."""
    return _SECRETS.sub(lambda found: f"{found['webhook'] or found['bot'] or found['token'] or ''}***", text)


def _redact_event(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event


def configure(style: str = "auto", level: str = "INFO") -> None:
    """Set logging up for the process; ``style``: json, console, or auto (console on a terminal)."""
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if console
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("aiohttp.access", "alembic", "apscheduler", "aiogram.event"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
