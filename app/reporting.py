"""Unforeseen failures to Sentry, if a DSN is configured: where it broke, and nothing of what it was about."""

from collections.abc import Callable, Mapping
from typing import Any

from app.logs import redact
from domain.errors import Permanent

_DROPPED = ("request", "user", "server_name", "breadcrumbs", "modules", "extra", "contexts")
"""Sections of an event in which people's data might stand."""
_OURS = "domain."
"""Exceptions of ours are free of personal data by their contract; the words of any other are left out."""


def start(dsn: str, version: str, *, transport: Any = None) -> Callable[[], None]:
    """Report from here on; returns what ends it and sends the rest.

    Permanent("observability-missing") when the extra isn't installed.
    """
    try:
        import sentry_sdk  # noqa: PLC0415 - half a second and ten megabytes, only for who wants it
        from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415
    except ImportError as error:
        raise Permanent("observability-missing", "pip install 'concierge-b24[observability]'") from error
    sentry_sdk.init(
        dsn=dsn,
        release=version,
        transport=transport,
        default_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=40)],
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        before_send=scrubbed,
        keep_alive=False,
    )

    def end() -> None:
        client = sentry_sdk.get_client()
        client.close(timeout=2.0)
        sentry_sdk.get_global_scope().set_client(None)

    return end


def scrubbed(event: Any, hint: Mapping[str, Any] | None = None) -> Any:
    """An event without people's data: types, places in the code, our own codes and ids."""
    told = {key: value for key, value in event.items() if key not in _DROPPED}
    for one in (told.get("exception") or {}).get("values") or ():
        if not str(one.get("module") or "").startswith(_OURS):
            one["value"] = ""
        for frame in (one.get("stacktrace") or {}).get("frames") or ():
            frame.pop("vars", None)
    told.pop("logentry", None)
    record = (hint or {}).get("log_record")
    told["message"] = _event_name(record.msg if record is not None else event.get("message", ""))
    return _plain(told)


def _event_name(words: Any) -> str:
    """Our loggers hand over a whole line of the log; its name is enough."""
    return str(words.get("event", "")) if isinstance(words, Mapping) else str(words).split("{", 1)[0][:200]


def _plain(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {key: _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
    return value
