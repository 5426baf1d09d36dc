"""Structured logs: JSON for machines, plain lines for people, and nothing secret or personal in either.

Our own rooms log at the chosen level, libraries from WARNING on: at DEBUG aiosqlite would tell every row it writes.
What belongs together is told by context (portal, event, delivery, order, run), see structlog.contextvars.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

DEBUG = "CONCIERGE_DEBUG"
"""Environment: the service's log tells every call, an unforeseen failure of a command where it happened."""
ROOMS = ("app", "bot", "concierge", "domain", "handlers", "integrations", "scheduler", "storage", "web")

_SECRETS = re.compile(
    r"(?P<webhook>/rest/(?:api/)?\d+/)[^/\s\"'?]+"
    r"|(?P<dsn>://[^:/\s@]+:)[^@\s]+(?=@)"
    r"|(?P<bot>/(?:file/)?bot)\d+:[\w-]+"
    r"|(?<!\d)\d{6,12}:[\w-]{6,}"  # a Telegram bot's token by itself
    r"|(?P<token>\b\w*(?:token|password|passwd|secret|auth)\w*(?:=|[\"']\s*[=:]\s*)[\"']?)[^&\s\"',}]+"
    r"|(?P<bearer>\b(?:bearer|basic)\s+)[\w.~+/=:-]{6,}"
    r"|\bcnc_\w{6,}"  # a token of our own API
    r"|(?P<input>input_value=).*?(?=, input_type=)"  # pydantic quotes what it refuses
    r"|(?P<detail>DETAIL:).*"  # PostgreSQL quotes the row
    r"|[\w.+-]+@[\w-]+\.[\w.]+"
    r"|\+\d[\d\s()-]{8,}\d"
    r"|(?<![\w.:-])[78][\s(-]{0,2}\d{3}[\s)-]{0,2}\d{3}[\s-]?\d{2}[\s-]?\d{2}(?![\w-])",
    re.IGNORECASE,
)
_SECRET_KEY = re.compile(r"token|passw|secret|auth$", re.IGNORECASE)
_KEPT = ("webhook", "dsn", "bot", "token", "bearer", "input", "detail")


def redact(text: str) -> str:
    """Blank webhook codes, tokens, passwords, e-mails and phone numbers."""
    return _SECRETS.sub(lambda found: next((found[name] for name in _KEPT if found[name]), "") + "***", text)


def _redacted(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {key: _redacted_of(str(key), one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_redacted(one) for one in value]
        case None | bool() | int() | float():
            return value
    return redact(str(value))


def _redacted_of(key: str, value: Any) -> Any:
    return "***" if value and isinstance(value, str) and _SECRET_KEY.search(key) else _redacted(value)


def _redact_event(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if not key.startswith("_"):
            event[key] = _redacted_of(key, value)
    return event


def _as_json(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


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
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if console
        else structlog.processors.JSONRenderer(serializer=_as_json)
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
    root.setLevel(max(logging.getLevelName(level), logging.WARNING))
    for room in ROOMS:
        logging.getLogger(room).setLevel(level)
    logging.captureWarnings(capture=True)
