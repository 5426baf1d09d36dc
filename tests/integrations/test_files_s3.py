"""One behaviour, two stores: a folder, and a bucket on a real S3-speaking server (moto) over its own protocol."""

import asyncio
import os
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from domain.errors import Permanent, Temporary
from integrations.files.both import BothFiles
from integrations.files.local import LocalFiles
from integrations.files.s3 import PART_BYTES, S3Files, S3Options
from tests.integrations.s3_server import SECRETS, s3, s3_process  # noqa: F401 - fixtures

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
NAME, TYPE = "Отчёт №5.pdf", "application/pdf"


def opened(server, **more) -> S3Files:
    return S3Files(S3Options(server.bucket, server.endpoint, **{**SECRETS, **more}))


@pytest.fixture(params=["local", "s3", "s3 below a prefix", "both"])
def store(request, tmp_path):
    if request.param == "local":
        return LocalFiles(tmp_path / "files")
    server = request.getfixturevalue("s3")
    remote = opened(server, prefix="hotel/files" if "prefix" in request.param else "")
    return BothFiles(remote, LocalFiles(tmp_path / "files")) if request.param == "both" else remote


async def listed(store, prefix: str) -> dict[str, int]:
    return {one.key: one.size async for pack in store.listed(prefix) for one in pack}


async def test_what_was_put_is_had(store):
    await store.put("1/2", b"first", NAME, TYPE)
    await store.put("1/2", b"second", NAME, TYPE)
    assert await store.get("1/2") == b"second"
    assert await store.size("1/2") == 6
    assert b"".join([piece async for piece in store.stream("1/2")]) == b"second"


async def test_what_is_not_there(store):
    for ask in (store.get("1/9"), anext(store.stream("1/9"))):
        with pytest.raises(Permanent, match="file-gone"):
            await ask
    assert await store.size("1/9") is None
    await store.delete("1/9")


async def test_deleted_and_listed_by_portal(store):
    for key in ("1/1", "1/2", "12/1"):
        await store.put(key, key.encode(), NAME, TYPE)
    assert await listed(store, "1/") == {"1/1": 3, "1/2": 3}
    await store.delete("1/1")
    assert await listed(store, "1/") == {"1/2": 3}
    assert await listed(store, "7/") == {}
    (one,) = [one async for pack in store.listed("12/") for one in pack]
    assert abs(one.at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("key", ["../1", "1/../2", "имя", "/etc/passwd", "1//2", "", "1/2\n"])
async def test_no_name_from_outside_becomes_a_key(store, key):
    with pytest.raises(Permanent, match="file-key"):
        await store.put(key, b"", NAME, TYPE)


async def test_an_empty_file(store):
    await store.put("1/3", b"", NAME, TYPE)
    assert (await store.get("1/3"), await store.size("1/3")) == (b"", 0)
    assert [piece async for piece in store.stream("1/3")] in ([], [b""])


# --- S3 alone -------------------------------------------------------------------------------------------------


async def test_a_large_file_goes_up_in_parts_and_comes_down_in_pieces(s3):  # noqa: F811
    store, data = opened(s3), os.urandom(2 * PART_BYTES + 12345)
    await store.put("1/4", data, NAME, TYPE)
    assert s3.raw("1/4").etag.strip('"').endswith("-3"), "S3 marks what came in three parts"
    assert s3.uploads() == 0
    got = largest = 0
    async for piece in store.stream("1/4"):
        assert piece == data[got : got + len(piece)]
        got, largest = got + len(piece), max(largest, len(piece))
    assert got == len(data)
    assert largest <= 1 << 20


async def test_a_presigned_link_saves_and_never_shows_and_ends(s3):  # noqa: F811
    store = opened(s3)
    await store.put("1/5", b"<script>alert(1)</script>", "зло.html", "text/html")
    link = await store.link("1/5", 60)
    assert "X-Amz-Expires=60" in link
    assert SECRETS["secret_key"] not in link
    async with aiohttp.ClientSession() as session, session.get(link) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert await answer.read() == b"<script>alert(1)</script>"


async def test_no_such_bucket_is_told_as_such(s3_process):  # noqa: F811
    store = S3Files(S3Options("nowhere", s3_process, **SECRETS))
    for ask in (store.put("1/1", b"x", NAME, TYPE), listed(store, "1/")):
        with pytest.raises(Permanent, match="files-bucket"):
            await ask


async def test_a_store_that_turns_us_away(aiohttp_server):
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", refuse)
    server = await aiohttp_server(app)
    store = S3Files(S3Options("files", f"http://127.0.0.1:{server.port}", **SECRETS))
    for ask in (
        store.put("1/1", b"x", NAME, TYPE),
        store.size("1/1"),
        store.delete("1/1"),
        listed(store, "1/"),
    ):
        with pytest.raises(Permanent, match="files-refused"):
            await ask


async def test_an_unreachable_store_is_temporary(unused_tcp_port):
    store = S3Files(S3Options("files", f"http://127.0.0.1:{unused_tcp_port}", **SECRETS))
    async with asyncio.timeout(30):
        with pytest.raises(Temporary, match="files-unavailable") as caught:
            await store.get("1/1")
    assert SECRETS["secret_key"] not in repr(caught.value) + repr(caught.value.__cause__)


async def test_old_files_are_found_where_they_were(s3, tmp_path):  # noqa: F811
    folder = LocalFiles(tmp_path)
    await folder.put("1/1", b"old", NAME, TYPE)
    store = BothFiles(opened(s3), folder)
    await store.put("1/2", b"new", NAME, TYPE)
    assert [await store.get("1/1"), await store.get("1/2")] == [b"old", b"new"]
    assert await folder.size("1/2") is None
    assert b"".join([piece async for piece in store.stream("1/1")]) == b"old"
    assert await listed(store, "1/") == {"1/1": 3, "1/2": 3}
    assert await store.link("1/1", 60) is None
    assert await store.link("1/2", 60)
    await store.delete("1/1")
    assert await store.size("1/1") is None
