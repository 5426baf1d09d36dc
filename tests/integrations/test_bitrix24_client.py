import asyncio
import logging

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.errors import Permanent, Refused, Temporary, Unclear
from domain.ports import Lane
from integrations.bitrix24.batching import Command
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.decoder import Answer, Fault, decode
from integrations.bitrix24.encoding import Ref, encode_command
from integrations.bitrix24.errors import Replay, scrub, to_error
from integrations.bitrix24.limits import Limiter
from integrations.bitrix24.transport import Endpoint
from tests.integrations.bitrix24_portal import a_stand, quickly

SAFE, UNSAFE = Replay.SAFE, Replay.UNSAFE


@pytest.fixture
async def stand():
    async with a_stand(bucket_capacity=1000) as stand:
        yield stand


# --- pure ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "replay", "kind", "code"),
    [
        (503, b'{"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many"}', UNSAFE, Temporary, "bitrix-busy"),
        (429, b'{"error":"OPERATION_TIME_LIMIT"}', UNSAFE, Temporary, "bitrix-operating-limit"),
        (429, b"<html>slow down</html>", UNSAFE, Temporary, "bitrix-busy"),
        (503, b'{"error":"OVERLOAD_LIMIT"}', SAFE, Permanent, "bitrix-overload-limit"),
        (500, b'{"error":"INTERNAL_SERVER_ERROR"}', SAFE, Temporary, "bitrix-unavailable"),
        (500, b'{"error":"INTERNAL_SERVER_ERROR"}', UNSAFE, Unclear, "bitrix-unclear"),
        (502, b"<html>502</html>", UNSAFE, Unclear, "bitrix-unclear"),
        (502, b"<html>502</html>", SAFE, Temporary, "bitrix-unavailable"),
        (200, b"<html>maintenance</html>", UNSAFE, Unclear, "bitrix-unclear"),
        (200, b'{"error":"ERROR_ARGUMENT","error_description":"x"}', UNSAFE, Permanent, "bitrix-error-argument"),
        (400, b'{"error":"","error_description":"Field is required"}', UNSAFE, Permanent, "bitrix-refused-by-portal"),
        (400, b'{"error":100,"error_description":"no fields"}', UNSAFE, Permanent, "bitrix-100"),
        (400, b'{"error":0,"error_description":"wrong"}', UNSAFE, Permanent, "bitrix-0"),
        (404, b"<html>404</html>", UNSAFE, Permanent, "bitrix-http-404"),
        (401, b'{"error":"expired_token"}', SAFE, Permanent, "bitrix-expired-token"),
        (403, b'{"error":"ACCESS_DENIED"}', SAFE, Permanent, "bitrix-access-denied"),
        (500, b'{"error":"PORTAL_DELETED"}', UNSAFE, Temporary, "bitrix-portal-deleted"),
        (401, b'{"error":"METHOD_CONFIRM_WAITING"}', UNSAFE, Temporary, "bitrix-method-confirm-waiting"),
        (
            403,
            b'{"error":{"code":"BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION","message":"no"}}',
            UNSAFE,
            Permanent,
            "bitrix-access-denied",
        ),
        (
            429,
            b'{"error":{"code":"BITRIX_REST_V3_EXCEPTION_RATELIMITEXCEPTION","message":"no"}}',
            UNSAFE,
            Temporary,
            "bitrix-busy",
        ),
        (
            400,
            b'{"error":{"code":"BITRIX_REST_V3_REALISATION_EXCEPTION_FIELDNOTFOUNDEXCEPTION","message":"x"}}',
            UNSAFE,
            Permanent,
            "bitrix-fieldnotfound",
        ),
    ],
)  # fmt: skip
def test_every_answer_has_a_fate(status, body, replay, kind, code):
    fault = decode(status, body)
    assert isinstance(fault, Fault)
    error = to_error(fault, "x.y", replay)
    assert type(error) is kind
    assert error.code == code


@pytest.mark.parametrize(
    "body", [b'{"result":false}', b'{"result":[]}', b'{"result":0,"error":""}', b'{"result":null}']
)
def test_falsy_results_are_results(body):
    assert isinstance(decode(200, body), Answer)


def test_the_meter_of_a_portal_is_read_by_the_portals_clock():
    body = b'{"result":1,"time":{"finish":1000.5,"duration":0.2,"operating":3.5,"operating_reset_at":1060}}'
    answer = decode(200, body)
    assert (answer.timing.operating_s, answer.timing.reset_in_s, answer.timing.duration_s) == (3.5, 59.5, 0.2)
    assert decode(200, b'{"result":1,"time":{"start":1}}').timing.reset_in_s is None


def test_the_portals_words_are_scrubbed():
    text = scrub(
        "Bad <b>value</b> olga@hotel.ru, +7 (912) 345-67-89 at https://x.bitrix24.ru/rest/1/abc123/user.get"
    )
    assert text == "Bad value <e-mail>, <number> at <link>"
    assert "abc123" not in scrub("see /rest/1/abc123/user.get")


def test_commands_are_php_queries_and_outside_words_are_no_references():
    assert encode_command("user.get", {}) == "user.get"
    assert (
        encode_command("x", {"a": {"b": [1, True]}, "t": "a&b=c", "n": None, "r": Ref(0, ("ID",))})
        == "x?a[b][0]=1&a[b][1]=Y&t=a%26b%3Dc&n=&r=%24result%5Bc0%5D%5BID%5D"
    )
    assert "result%5B" not in encode_command("x", {"t": "$result[c0][ID]"})


@pytest.mark.parametrize(
    "url",
    [
        "http://hotel.bitrix24.ru/rest/1/abc/", "https://hotel.bitrix24.ru/", "https://h/rest/x/abc/", "ftp://h/rest/1/a/",
        "https://h/rest/1/abc/user.get", "",
    ],
)  # fmt: skip
def test_wrong_webhook_addresses_are_named_without_their_secret(url):
    with pytest.raises(Permanent) as caught:
        Endpoint.parse(url)
    assert caught.value.code == "bitrix-webhook-url"
    assert "abc" not in str(caught.value)


def test_the_webhooks_code_is_not_shown():
    endpoint = Endpoint.parse("https://hotel.bitrix24.ru/rest/1/s3cret/")
    assert "s3cret" not in repr(endpoint)
    assert endpoint.url("user.get") == "https://hotel.bitrix24.ru/rest/1/s3cret/user.get"
    assert (
        endpoint.url("tasks.task.add", v3=True)
        == "https://hotel.bitrix24.ru/rest/api/1/s3cret/tasks.task.add"
    )
    assert Endpoint.parse("http://127.0.0.1:1/p/rest/1/s/").url("x") == "http://127.0.0.1:1/p/rest/1/s/x"


# --- against the stand-in portal -----------------------------------------------------------------------------


async def test_a_call_answers_and_counts(stand):
    me = await stand.client.call("user.current", replay=SAFE)
    assert me["ID"] == "1"
    assert stand.client.requests == 1


@pytest.mark.parametrize(
    ("kind", "lost"), [("error_after", True), ("html_after", True), ("drop_after", True)]
)
async def test_lost_answers_of_writes_are_unclear_and_never_repeated(stand, kind, lost):
    stand.portal.faults.add({"kind": kind, "method": "im.message.add"})
    with pytest.raises(Unclear) as caught:
        await stand.client.call("im.message.add", {"DIALOG_ID": "2", "MESSAGE": "один"})
    assert stand.portal.config.webhook_code not in str(caught.value)
    assert len(stand.calls("im.message.add")) == 1
    assert [message["text"] for message in await stand.seen(1, 2)] == ["один"] * lost


@pytest.mark.parametrize("kind", ["error", "html", "drop"])
async def test_reads_are_repeated(stand, kind):
    stand.portal.faults.add({"kind": kind, "method": "user.current", "times": 2})
    assert (await stand.client.call("user.current", replay=SAFE))["ID"] == "1"


async def test_refused_writes_are_repeated_because_they_were_not_executed(stand):
    stand.portal.faults.add(
        {"kind": "error", "code": "QUERY_LIMIT_EXCEEDED", "method": "im.message.add", "times": 2}
    )
    stand.limiter.bucket.leak_per_s = 1e6  # the drained bucket fills at once
    assert await stand.client.call("im.message.add", {"DIALOG_ID": "2", "MESSAGE": "раз"})
    assert [message["text"] for message in await stand.seen(1, 2)] == ["раз"]
    assert stand.limiter.budget().refused == 2


async def test_nobody_there_is_temporary_even_for_writes():
    async with aiohttp.ClientSession() as session:
        client = BitrixClient(
            "http://127.0.0.1:9/rest/1/s3cret/", session=session, limiter=Limiter(), sleep=quickly
        )
        with pytest.raises(Temporary) as caught:
            await client.call("im.message.add")
        assert type(caught.value) is Temporary
        assert "s3cret" not in repr(caught.value)


async def test_a_moved_portal_gets_the_same_post_at_its_new_place(stand):
    heard = []
    async with a_stand() as other:
        client = BitrixClient(
            str(other.server.make_url(f"/rest/1/{other.portal.config.webhook_code}/")),
            session=other.session,
            limiter=Limiter(),
            on_moved=heard.append,
        )
        new_home = str(stand.server.make_url("")).rstrip("/")
        other.portal.faults.add({"kind": "moved", "location": new_home})
        assert await client.call("im.message.add", {"DIALOG_ID": "2", "MESSAGE": "переехали"})
        assert [message["text"] for message in await stand.seen(1, 2)] == ["переехали"]
        assert heard == [new_home]
        assert client.portal_url == new_home
        await client.call("user.current", replay=SAFE)
        assert len(other.calls()) == 1


async def test_a_redirect_elsewhere_is_not_followed():
    async def elsewhere(_request):
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/login"})

    app = web.Application()
    app.router.add_post("/{tail:.*}", elsewhere)
    server = TestServer(app)
    await server.start_server()
    async with aiohttp.ClientSession() as session:
        client = BitrixClient(str(server.make_url("/rest/1/s3cret/")), session=session, limiter=Limiter())
        with pytest.raises(Permanent) as caught:
            await client.call("user.current", replay=SAFE)
        assert caught.value.code == "bitrix-moved"
    await server.close()


async def test_a_batch_answers_per_command_in_order(stand):
    results = await stand.client.batch(
        [
            Command("user.current", {}, SAFE),
            Command("no.such.method", {}, SAFE),
            Command("user.get", {"FILTER": {"ID": 2}}, SAFE),
            Command("user.get", {"FILTER": {"ID": Ref(0, ("ID",))}}, SAFE),
        ]
    )
    assert results[0].result["ID"] == "1"
    assert results[1].error.code == "bitrix-method-not-found"
    assert results[2].result[0]["ID"] == "2"
    assert results[3].result[0]["ID"] == "1"
    assert stand.client.requests == 1


async def test_a_halted_batch_says_what_was_not_done(stand):
    results = await stand.client.batch(
        [Command("no.such.method"), Command("im.message.add", {"DIALOG_ID": "2", "MESSAGE": "нет"})],
        halt=True,
    )
    assert isinstance(results[0].error, Permanent)
    assert results[1].error.code == "bitrix-halted"
    assert await stand.seen(1, 2) == []


async def test_a_batch_of_nothing_but_errors_has_its_maps_as_lists(stand):
    results = await stand.client.batch([Command("no.such.method"), Command("no.such.either")])
    assert [type(result.error) for result in results] == [Permanent, Permanent]


async def test_a_lost_batch_with_writes_is_unclear(stand):
    stand.portal.faults.add({"kind": "drop_after", "method": "batch"})
    with pytest.raises(Unclear):
        await stand.client.batch([Command("user.current", {}, SAFE), Command("im.message.add")])


async def test_a_lost_batch_of_reads_is_repeated(stand):
    stand.portal.faults.add({"kind": "drop_after", "method": "batch"})
    results = await stand.client.batch([Command("user.current", {}, SAFE)])
    assert results[0].result["ID"] == "1"


async def test_too_many_commands_are_a_programming_error(stand):
    with pytest.raises(ValueError, match="51 commands"):
        await stand.client.batch([Command("user.current")] * 51)


@pytest.mark.parametrize("switch", ["inner", "outer"])
async def test_the_meter_learns_from_batches_too(stand, switch):
    stand.portal.switches.operating_in_batch = switch
    stand.portal.config.call_seconds["user.current"] = 0.01
    await stand.client.batch([Command("user.current", {}, SAFE)] * 10)
    used = stand.limiter.budget().operating["user.current" if switch == "inner" else "batch"]
    assert used * 480 == pytest.approx(0.1, rel=0.9)


async def test_calls_join_when_tokens_are_short():
    async with a_stand(limiter=Limiter(capacity=12, leak_per_s=20)) as stand:
        while not stand.limiter.short(Lane.REPLY):
            stand.limiter.bucket.take()
        texts = [f"строка {number}" for number in range(40)]
        ids = await asyncio.gather(
            *(
                stand.client.call("im.message.add", {"DIALOG_ID": "2", "MESSAGE": text}, lane=Lane.REPLY)
                for text in texts
            )
        )
        assert stand.client.requests <= 3
        assert sorted(ids) == ids
        assert [message["text"] for message in await stand.seen(1, 2)] == texts


async def test_a_steady_talk_does_not_starve_bulk_work():
    """Five replies every 50 ms would use up a leak of two: together they cost one, and the sync goes on."""
    async with a_stand(limiter=Limiter(capacity=12, leak_per_s=40), bucket_capacity=1000) as stand:
        while stand.limiter.bucket.take():
            pass
        bulk = asyncio.create_task(stand.client.call("user.current", replay=SAFE, lane=Lane.BULK))
        for _ in range(20):
            await asyncio.sleep(0.05)
            await asyncio.gather(
                *(stand.client.call("user.current", replay=SAFE, lane=Lane.REPLY) for _ in range(5))
            )
        assert bulk.done()


async def test_joined_calls_have_their_own_errors():
    async with a_stand(limiter=Limiter(capacity=12, leak_per_s=20)) as stand:
        while not stand.limiter.short(Lane.REPLY):
            stand.limiter.bucket.take()
        good, bad, lost = await asyncio.gather(
            stand.client.call("user.current", replay=SAFE, lane=Lane.REPLY),
            stand.client.call("no.such.method", lane=Lane.REPLY),
            stand.client.call("im.message.add", {"DIALOG_ID": "2", "MESSAGE": "$result[c0][NAME]"}),
            return_exceptions=True,
        )
        assert good["ID"] == "1"
        assert bad.code == "bitrix-method-not-found"
        assert isinstance(lost, int)
        assert "Анна" not in (await stand.seen(1, 2))[0]["text"]


async def test_joined_writes_of_a_lost_batch_are_unclear_and_reads_only_unlucky():
    async with a_stand(limiter=Limiter(capacity=12, leak_per_s=20)) as stand:
        stand.portal.faults.add({"kind": "drop_after", "method": "batch", "times": None})
        while not stand.limiter.short(Lane.REPLY):
            stand.limiter.bucket.take()
        read, write = await asyncio.gather(
            stand.client.call("user.current", replay=SAFE, lane=Lane.REPLY),
            stand.client.call("im.message.add", {"DIALOG_ID": "2", "MESSAGE": "x"}, lane=Lane.REPLY),
            return_exceptions=True,
        )
        assert type(read) is Temporary
        assert type(write) is Unclear


async def test_the_guard_runs_in_the_callers_own_context():
    def forbid():
        raise RuntimeError("a transaction is open")

    async with a_stand(guard=forbid) as stand:
        for call in (
            lambda: stand.client.call("user.current"),
            lambda: stand.client.batch([Command("user.current")]),
            lambda: stand.client.download("https://x/", max_bytes=1),
        ):
            with pytest.raises(RuntimeError, match="transaction"):
                await call()
        assert stand.client.requests == 0


async def test_secrets_stand_in_no_log_line(stand, caplog):
    caplog.set_level(logging.DEBUG, logger="integrations.bitrix24")
    stand.portal.faults.add({"kind": "drop", "method": "user.current", "times": None})
    with pytest.raises(Temporary):
        await stand.client.call("user.current", replay=SAFE)
    await stand.client.call("profile", replay=SAFE)
    assert caplog.records
    words = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert stand.portal.config.webhook_code not in words
    sent = [record for record in caplog.records if getattr(record, "method", "") == "profile"]
    assert sent[0].status == 200
    assert sent[0].ms >= 0


async def test_a_download_has_a_limit_and_a_name(stand):
    await stand.bot.ensure()
    sent = await stand.send_file(5, stand.bot.bot_id, "отчёт 1.txt", b"x" * 3000)
    link = await stand.client.call(
        "imbot.v2.File.download", stand.bot.params(fileId=sent["fileId"]), replay=SAFE
    )
    file = await stand.client.download(link["downloadUrl"], max_bytes=5000)
    assert (file.name, len(file.data)) == ("отчёт 1.txt", 3000)
    with pytest.raises(Permanent) as gone:  # the link is for one use
        await stand.client.download(link["downloadUrl"], max_bytes=5000)
    assert gone.value.code == "file-gone"
    link = await stand.client.call(
        "imbot.v2.File.download", stand.bot.params(fileId=sent["fileId"]), replay=SAFE
    )
    with pytest.raises(Refused) as refused:
        await stand.client.download(link["downloadUrl"], max_bytes=1000)
    assert refused.value.code == "file-too-large"
