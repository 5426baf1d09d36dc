"""What an operator may switch on to watch the service from elsewhere: traces and reports of failures."""

from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator

from app.sections import Section
from app.sources import LOOPBACK


class Observability(Section):
    """``[observability]``: nothing is loaded and nothing leaves unless an address stands here."""

    otlp_endpoint: str = ""
    sentry_dsn: SecretStr = SecretStr("")

    @field_validator("otlp_endpoint")
    @classmethod
    def _address(cls, address: str) -> str:
        parts = urlsplit(address)
        if address and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("must look like http://collector:4318")
        return address

    @field_validator("sentry_dsn")
    @classmethod
    def _dsn(cls, secret: SecretStr) -> SecretStr:
        parts = urlsplit(secret.get_secret_value())
        if secret.get_secret_value() and not (parts.username and parts.hostname and parts.path.strip("/")):
            raise ValueError("must look like https://KEY@HOST/PROJECT")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must be https:// (http only towards this machine)")
        return secret


def ours() -> str:
    """The installed version."""
    try:
        return version_of("concierge-b24")
    except PackageNotFoundError:
        return "0.0.0"


def start(section: Observability) -> Callable[[], None]:
    """Begin what is configured, before the database is opened; returns what ends it and sends the rest."""
    stack, version = ExitStack(), ours()
    if section.otlp_endpoint:
        from app import tracing  # noqa: PLC0415 - not loaded when not configured

        stack.callback(tracing.start(section.otlp_endpoint, version))
    if dsn := section.sentry_dsn.get_secret_value():
        from app import reporting  # noqa: PLC0415

        stack.callback(reporting.start(dsn, version))
    return stack.close
