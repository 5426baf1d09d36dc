"""Traces to an OpenTelemetry collector, over OTLP/HTTP; the libraries are loaded only when an endpoint is configured.

Our own spans only: the instrumentation of SQLAlchemy refuses 2.1, that of aiohttp's client would tell whole addresses,
and a webhook's address is a secret.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from domain import causes, spans
from domain.errors import Permanent

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

SERVICE = "concierge"


def start(endpoint: str, version: str, owner: str = "") -> Callable[[], None]:
    """Send spans to ``endpoint`` (``http://collector:4318``) from here on; returns what ends it and sends the rest.

    Permanent("observability-missing") when the extra isn't installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - see the docstring
            OTLPSpanExporter,
        )
    except ImportError as error:
        raise Permanent("observability-missing", "pip install 'concierge-b24[observability]'") from error
    return use(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=10), version, owner)


def use(exporter: "SpanExporter", version: str, owner: str = "") -> Callable[[], None]:
    """As :func:`start`, with an exporter at hand."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = {"service.name": SERVICE, "service.version": version, "service.instance.id": owner}
    provider = TracerProvider(resource=Resource.create(resource), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer(SERVICE)

    def open_span(name: str, attributes: Mapping[str, Any]) -> AbstractContextManager[object]:
        cause = causes.current()
        told = {**attributes, "cause": cause.id} if cause else dict(attributes)
        # An exception's words may tell more than they should: the span learns its status alone.
        return tracer.start_as_current_span(name, attributes=told, record_exception=False)

    def end() -> None:
        spans.use(None)
        provider.shutdown()

    spans.use(open_span)
    return end
