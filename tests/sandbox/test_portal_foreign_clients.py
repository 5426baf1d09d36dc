"""Clients that others wrote, unchanged, against the stand-in portal.

fast_bitrix24 takes any URL. b24pysdk always speaks https and lets `requests` verify: it gets a server
with a certificate made for this test, trusted through REQUESTS_CA_BUNDLE.
"""

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from aiohttp import web
from b24pysdk import BitrixWebhook, Client
from b24pysdk.errors import BitrixAPIError
from fast_bitrix24 import BitrixAsync

from sandbox.portal import tasking
from sandbox.portal.app import build_app
from sandbox.portal.documents import tasks

CODE = "sandboxwebhook00"


@pytest.fixture
def fast(client) -> BitrixAsync:
    return BitrixAsync(str(client.make_url(f"/rest/1/{CODE}/")), verbose=False)


async def test_fast_bitrix24_reads_everything_page_by_page(fast, rest, portal):
    for number in range(120):
        await rest("tasks.task.add", {"fields": {"TITLE": f"t{number}", "RESPONSIBLE_ID": 2}})
    found = await fast.get_all("tasks.task.list", {"select": ["ID", "TITLE"]})
    assert len(found) == 120
    assert {task["title"] for task in found} == {f"t{number}" for number in range(120)}


async def test_fast_bitrix24_writes_in_batches(fast, portal):
    items = [
        {"fields": {"TITLE": f"Заявка & {n}=[б]", "RESPONSIBLE_ID": 2, "TAGS": ["a", "b"]}} for n in range(60)
    ]
    made = await fast.call("tasks.task.add", items)
    assert len(made) == 60
    assert sorted(task["title"] for task in tasks(portal)) == sorted(
        item["fields"]["TITLE"] for item in items
    )
    assert all(task["tags"] == ["a", "b"] for task in tasks(portal))


async def test_fast_bitrix24_finds_by_id(fast):
    found = await fast.get_by_ID("user.get", [2, 3])
    assert {key: value[0]["NAME"] for key, value in found.items()} == {"2": "Пётр", "3": "Дарья"}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.fixture
async def sdk(portal, certificate, monkeypatch):
    """The SDK's client of a portal behind TLS."""
    path, key = certificate
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, key)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    runner = web.AppRunner(build_app(portal))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    port = runner.addresses[0][1]
    yield Client(BitrixWebhook(domain=f"127.0.0.1:{port}", webhook_token=f"1/{CODE}"))
    await runner.cleanup()


def in_thread(work):
    return asyncio.to_thread(work)


async def test_b24pysdk_reads_and_writes(sdk, portal):
    profile = await in_thread(lambda: sdk.profile().result)
    assert (profile["ID"], profile["ADMIN"]) == ("1", True)
    people = await in_thread(lambda: sdk.user.get(filter={"ID": [2, 3]}).result)
    assert [user["NAME"] for user in people] == ["Пётр", "Дарья"]
    fields = {"TITLE": "Из SDK", "RESPONSIBLE_ID": 2}
    await in_thread(lambda: sdk.tasks.task.add(fields=fields).result)
    assert [task["title"] for task in tasks(portal)] == ["Из SDK"]


async def test_b24pysdk_batches_and_lists(sdk, portal):
    for number in range(120):
        tasking.create(portal, 1, {"title": f"t{number}", "responsible_id": 2})
    calls = {"me": sdk.user.current(), "all": sdk.user.get()}
    answer = await in_thread(lambda: sdk.call_batch(calls).result)
    assert answer.result["me"]["ID"] == "1"
    assert len(answer.result["all"]) == 6
    listed = await in_thread(lambda: list(sdk.tasks.task.list(select=["ID"]).as_list().result))
    assert {int(task["id"]) for task in listed} == set(range(1, 121))


async def test_b24pysdk_understands_errors(sdk):
    request = sdk.tasks.task.add(fields={"TITLE": "x"})
    with pytest.raises(BitrixAPIError):
        await in_thread(lambda: request.result)


async def test_b24pysdk_speaks_rest3(sdk, portal):
    third = Client(sdk.get_token(), prefer_version=3)
    fields = {"title": "Из SDK", "creatorId": 1, "responsibleId": 2}
    made = await in_thread(lambda: third.tasks.task.add(fields=fields).result)
    assert made["item"]["chatId"] == next(iter(tasks(portal)))["chat_id"]
