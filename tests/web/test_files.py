"""Links to files over real HTTP: good for their time, for nobody who forges one, and never shown by a browser."""

from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.texts import text
from domain.errors import Refused, Temporary
from handlers.desk.attachments import Attachments
from handlers.desk.file_links import FileLinks
from handlers.desk.file_tidying import FileTidying, erase_files
from integrations.files.local import LocalFiles
from storage import attachments as rows
from tests.handlers.desk import file
from web import files


@pytest.fixture
def store(tmp_path):
    return LocalFiles(tmp_path / "store")


@pytest.fixture
def links(lab, store):
    return FileLinks(lab.scopes, store, "https://concierge.example/", timedelta(hours=2))


@pytest.fixture
def kept(lab, store, links):
    return Attachments(lab.scopes, store, lambda _id: lab.outside, links)


@pytest.fixture
async def site(links):
    app = web.Application()
    files.setup(app, links, text)
    async with TestClient(TestServer(app)) as client:
        yield client


async def stored(lab, kept, name: str, data: bytes) -> int:
    """A file of a request that lies in our store."""
    request = await file(lab, await lab.known("5"))
    async with lab.scopes.writing(lab.portal.id) as scope:
        (one,) = await kept.keep_for(scope, request.id, [lab.bitrix.upload(name, data)])
    await kept.content(lab.portal.id, one.id)
    return one.id


def path(link: str) -> str:
    return link.removeprefix("https://concierge.example")


async def test_a_link_is_good_for_its_time(lab, kept, links, site):
    data = b"%PDF-1.7" + bytes(range(256)) * 4096
    one = await stored(lab, kept, "Отчёт №5.pdf", data)
    link = path(await links.link(lab.portal.id, one))
    async with site.get(link) as answer:
        assert answer.status == 200
        assert await answer.read() == data
        assert int(answer.headers["Content-Length"]) == len(data)
        assert answer.content_type == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    async with site.head(link) as answer:
        assert (answer.status, int(answer.headers["Content-Length"])) == (200, len(data))
    lab.clock.push(hours=2, seconds=1)
    async with site.get(link) as answer:
        assert answer.status == 410


async def test_a_page_of_a_stranger_is_handed_out_as_text(lab, kept, links, site):
    one = await stored(lab, kept, "экран.html", b"<html><script>alert(1)</script>")
    async with site.get(path(await links.link(lab.portal.id, one))) as answer:
        assert answer.content_type == "text/plain"


async def test_forged_links_open_nothing(lab, kept, links, site):
    one, other = await stored(lab, kept, "a.txt", b"one"), await stored(lab, kept, "b.txt", b"two")
    good = path(await links.link(lab.portal.id, one))
    portal, _, until, mac = good.removeprefix("/files/").split(".")
    forged = [
        f"{portal}.{other}.{until}.{mac}",
        f"{portal}.{one}.{int(until) + 1}.{mac}",
        f"{int(portal) + 1}.{one}.{until}.{mac}",
        f"{portal}.{one}.{until}.{mac[:-1]}{'0' if mac[-1] != '0' else '1'}",
        f"{portal}.{one}.{until}.{mac.upper()}" if mac.upper() != mac else "x",
        "x",
        "%2e%2e%2fconcierge.db",
    ]
    for token in forged:
        async with site.get(f"/files/{token}") as answer:
            assert answer.status in {403, 404}, token
            assert b"one" not in await answer.read()


async def test_no_link_without_an_address_or_a_file(lab, kept, store, links):
    one = await stored(lab, kept, "a.txt", b"one")
    assert await FileLinks(lab.scopes, store, "", timedelta(hours=1)).link(lab.portal.id, one) is None
    assert await links.link(lab.portal.id, 999) is None


async def test_a_store_that_is_away_says_so(lab, kept, links, site, monkeypatch):
    link = path(await links.link(lab.portal.id, await stored(lab, kept, "a.txt", b"one")))

    async def away(_key):
        raise Temporary("files-unavailable")

    monkeypatch.setattr(links._store, "size", away)
    async with site.get(link) as answer:
        assert answer.status == 503


async def test_too_large_for_the_messenger_comes_as_a_link(lab, kept):
    one = await stored(lab, kept, "запись.mp4", b"\0\0\0\x18ftypisom")
    lab.telegram.faults.fail(Refused("file-too-large", limit_mb=50), method="send_file")
    olga = lab.caller("5001", "Ольга")
    async with kept.held(lab.portal.id, one) as content:
        await kept.send(lab.telegram, olga.home, lab.portal.id, one, content)
    shown = olga.messages()[-1]
    assert "запись.mp4" in shown.text
    assert "2 ч" in shown.text


# --- the store is neither short of a file nor holds one too many ----------------------------------------------


async def test_killed_between_the_upload_and_the_row(lab, kept, store, monkeypatch):
    """Nothing is lost even when the messenger has forgotten the file meanwhile, and nothing lies there twice."""
    request = await file(lab, await lab.known("5"))
    async with lab.scopes.writing(lab.portal.id) as scope:
        (one,) = await kept.keep_for(scope, request.id, [lab.bitrix.upload("лог.txt", b"log")])

    async def killed(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(rows, "mark_stored", killed)
    with pytest.raises(KeyboardInterrupt):
        await kept.content(lab.portal.id, one.id)
    monkeypatch.undo()
    lab.bitrix.files.clear()
    assert (await kept.content(lab.portal.id, one.id)).data == b"log"
    lab.clock.push(days=2)
    assert await FileTidying(lab.scopes, store).sweep(lab.portal.id) == 0
    assert (await kept.content(lab.portal.id, one.id)).data == b"log"


async def test_orphans_are_swept_once_they_can_not_be_on_their_way(lab, kept, store, tmp_path):
    one = await stored(lab, kept, "a.txt", b"one")
    tidying, mine = FileTidying(lab.scopes, store), f"{lab.portal.id}"
    await store.put(f"{mine}/777", b"orphan", "x", "text/plain")
    (tmp_path / "store" / mine / "778.part").write_bytes(b"half")
    lab.clock.now = lab.clock.now.replace(year=2000)  # the files are of today, by the disk's own clock
    assert await tidying.sweep(lab.portal.id) == 0
    lab.clock.now = lab.clock.now.replace(year=2100)
    assert await tidying.sweep(lab.portal.id) == 2
    assert await store.size(f"{mine}/777") is None
    assert (await kept.content(lab.portal.id, one)).data == b"one"
    assert [item.name for item in (tmp_path / "store" / mine).iterdir()] == [str(one)]


async def test_an_erased_request_takes_its_files_along(lab, kept, store, links):
    one = await stored(lab, kept, "паспорт.png", b"\x89PNG\r\n\x1a\n")
    request = await lab.request()
    async with lab.scopes.writing(lab.portal.id) as scope:
        assert await erase_files(scope, request.id) == 1
        assert await erase_files(scope, request.id) == 0
    (row,) = [one for one in await lab.outbox() if one.kind == "file.delete"]
    await FileTidying(lab.scopes, store).kinds()["file.delete"](row)
    assert await store.size(f"{lab.portal.id}/{one}") is None
    with pytest.raises(Exception, match="file-gone"):
        await kept.content(lab.portal.id, one)
    assert await links.link(lab.portal.id, one) is None
    async with lab.db.reading() as tx:
        (left,) = await rows.of_request(tx, request.id)
    assert (left.name, left.source, left.store_key) == ("файл удалён", {}, None)
