"""Traces and reports of failures: against collectors of our own, with nothing secret in them, and not loaded unasked."""

import asyncio
import subprocess
import sys
from contextlib import suppress

import aiohttp
import pytest
import sentry_sdk
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sentry_sdk.transport import Transport
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import observability, reporting, tracing
from app.calls import Calls
from app.observability import Observability
from app.settings import Settings
from domain import spans
from domain.causes import Cause
from domain.errors import Permanent
from handlers.following import work
from storage import Database
from storage.tables import portals
from web import access

SECRET = "sEcReTcOdE99"


class Collector:
    """An OTLP/HTTP receiver."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []

    async def receive(self, request: web.Request) -> web.Response:
        self.requests.append(ExportTraceServiceRequest.FromString(await request.read()))
        return web.Response(body=b"", content_type="application/x-protobuf")

    @property
    def spans(self):
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name):
        return [span for span in self.spans if span.name == name]


def attributes(span):
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


@pytest.fixture
async def collector():
    """A collector, and the address it listens at."""
    found = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", found.receive)
    async with TestServer(app) as server:
        found.url = str(server.make_url("")).rstrip("/")
        yield found


async def test_one_event_is_one_trace_down_to_its_statements_and_calls(collector, sqlite_url):
    end = observability.start(Observability(otlp_endpoint=collector.url))
    try:
        await a_piece_of_work(collector, sqlite_url)
    finally:
        await asyncio.to_thread(end)
    (event,) = collector.named("event")
    (call,) = collector.named("http client")
    statements = [span for span in collector.spans if span.name == "sql SELECT"]
    assert statements
    for below in (call, *statements):
        assert (below.trace_id, below.parent_span_id) == (event.trace_id, event.span_id)
    assert attributes(event) == {"cause": "e17", "portal": 1}
    assert attributes(call) == {"host": "127.0.0.1", "verb": "POST", "cause": "e17"}
    told = "".join(map(str, collector.requests))
    assert SECRET not in told
    assert "Ольга" not in told
    assert "service.name" in told
    assert not spans.on()


async def a_piece_of_work(collector, sqlite_url):
    calls, heard = Calls(), []
    calls.heard.append(lambda *one: heard.append(one[:2]))
    db = Database.open(sqlite_url)
    with work("event", Cause("e17"), portal=1):
        async with db.reading() as tx:
            await tx.execute(select(portals).where(portals.c.name == "Ольга"))
        with suppress(SQLAlchemyError):
            async with db.reading() as tx:
                await tx.exec_driver_sql("SELECT nothing FROM nowhere")
        async with aiohttp.ClientSession(trace_configs=[calls.trace]) as session:
            address = f"{collector.url}/rest/1/{SECRET}/crm.item.add?auth={SECRET}"
            async with session.post(address, data="Ольга") as answer:
                assert answer.status == 404
    await db.close()
    assert heard == [(f"/rest/1/{SECRET}/crm.item.add", 404)]


async def test_a_call_that_gets_no_answer_is_heard_of_too():
    calls, heard = Calls(), []
    calls.heard.append(lambda path, status, _seconds: heard.append((path, status)))
    async with aiohttp.ClientSession(trace_configs=[calls.trace]) as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get("http://127.0.0.1:9/rest/profile")
    assert heard == [("/rest/profile", None)]


# --- Sentry ------------------------------------------------------------------------------------------------


class Caught(Transport):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events = []

    def capture_envelope(self, envelope) -> None:
        self.events.append(envelope.get_event())


@pytest.fixture
def caught():
    transport = Caught()
    end = reporting.start("https://key@sentry.invalid/1", "0.1.0", transport=transport)
    yield transport
    end()
    assert not sentry_sdk.is_initialized()


def broken(phone):
    guest = {"name": "Сидорчук", "phone": phone}
    raise ValueError(f"can't read {guest}")


def test_a_failure_is_told_by_its_place_and_without_anybodys_data(caught, logged):
    try:
        broken("+7 916 555-44-33")
    except ValueError:
        logged.exception("event failed", guest="Сидорчук", portal=1)
    (event,) = caught.events
    (failure,) = event["exception"]["values"]
    assert failure["type"] == "ValueError"
    assert [frame["function"] for frame in failure["stacktrace"]["frames"]][-1] == "broken"
    whole = str(event)
    for word in ("Сидорчук", "916", "555", "user", "vars", "127.0.0.1"):
        assert word not in whole, word
    assert event["message"] == "event failed"
    assert event["release"] == "0.1.0"


def refuse():
    raise Permanent("bitrix-webhook-url", "http is only for loopback addresses")


def test_our_own_errors_keep_their_words(caught, logged):
    try:
        refuse()
    except Permanent:
        logged.exception("a job broke")
    (event,) = caught.events
    assert event["exception"]["values"][0]["value"].startswith("http is only")


@pytest.fixture
def logged():
    """Logs as the service has them."""
    import logging

    import structlog

    from app.logs import configure

    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure("json", "INFO")
    root.handlers[0].setStream(open("/dev/null", "w"))  # noqa: SIM115, PTH123
    yield structlog.get_logger("app.test")
    root.handlers[0].stream.close()
    root.handlers[:], root.level = before[0], before[1]
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


WORDS = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)
PHONES = st.from_regex(r"\+7 ?\(?9\d\d\)? ?\d{3}[- ]?\d\d[- ]?\d\d", fullmatch=True)


@given(WORDS, PHONES, WORDS)
def test_no_phone_survives_wherever_it_stands(before, phone, after):
    digits = "".join(filter(str.isdigit, phone))
    event = {
        "message": f"{before} {phone} {after}",
        "tags": {"x": [phone, {"y": phone}]},
        "user": {"name": phone},
        "exception": {"values": [{"module": "domain.errors", "value": f"a {phone}", "stacktrace": {}}]},
    }
    told = reporting.scrubbed(event)
    assert phone not in str(told)
    assert digits[-7:] not in "".join(filter(str.isdigit, str(told["tags"])))


# --- switched off ------------------------------------------------------------------------------------------


def test_neither_is_loaded_when_neither_is_configured():
    code = (
        "import sys; from app import observability; from app.settings import Settings;"
        "observability.start(Settings().observability)();"
        "print([m for m in sys.modules if m.split('.')[0] in ('opentelemetry', 'sentry_sdk')])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_an_extra_that_is_missing_is_a_clear_fault(monkeypatch):
    for module in ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "sentry_sdk"):
        monkeypatch.setitem(sys.modules, module, None)
    for start in (tracing.start, reporting.start):
        with pytest.raises(Permanent, match="observability"):
            start("http://127.0.0.1:4318", "0")


@pytest.mark.parametrize(
    "wrong",
    [{"otlp_endpoint": "collector"}, {"sentry_dsn": "https://sentry.io/1"}, {"sentry_dsn": "http://k@h/1"}],
)
def test_wrong_addresses_are_faults_of_the_settings(wrong):
    with pytest.raises(ValueError, match="must"):
        Settings(observability=wrong)


# --- our own HTTP ------------------------------------------------------------------------------------------


@pytest.fixture
async def client():
    """A small site behind the middleware; what was served, and the causes its handlers saw."""
    served, causes_seen = [], []

    async def page(request: web.Request) -> web.Response:
        from domain.causes import current

        causes_seen.append(current().id)
        if request.match_info["key"] == "broken":
            raise web.HTTPForbidden
        return web.Response(text="ok")

    app = web.Application(middlewares=[access.middleware(lambda *one: served.append(one[:2]))])
    app.router.add_get("/oxi/{key}", page)
    async with TestClient(TestServer(app)) as made:
        made.served, made.causes = served, causes_seen
        yield made


async def test_each_request_has_an_id_that_goes_on(client):
    first = await client.get(f"/oxi/{SECRET}", headers={"X-Request-ID": "from-the-proxy-1"})
    second = await client.get("/oxi/broken", headers={"X-Request-ID": "bad id\twith <script>"})
    third = await client.get("/nowhere")
    assert first.headers["X-Request-ID"] == "from-the-proxy-1"
    assert client.causes[0] == "hfrom-the-proxy-1"
    assert len(second.headers["X-Request-ID"]) == len(third.headers["X-Request-ID"]) == 16
    assert client.served == [("/oxi/{key}", 200), ("/oxi/{key}", 403), ("-", 404)]
