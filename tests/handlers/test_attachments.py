"""Files: fetched once, kept under our own keys, limits told, names that can hurt nobody."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chat import Channel, FileRef
from domain.errors import Permanent, Refused, Temporary
from domain.files import safe_name
from handlers.desk.attachments import MAX_BYTES, Attachments
from storage import attachments as rows
from tests.fakes import FakeFiles
from tests.handlers.desk import file


async def kept(lab, *files):
    """The ids of files taken within a request."""
    request = await file(lab, await lab.known("5"))
    async with lab.scopes.writing(lab.portal.id) as scope:
        return [one.id for one in await lab.requests.attachments.keep_for(scope, request.id, files)]


@pytest.fixture
def attachments(lab):
    return Attachments(lab.scopes, FakeFiles(), lambda _id: lab.outside)


async def test_fetched_once_however_many_ask(lab, attachments):
    (attachment_id,) = await kept(lab, lab.bitrix.upload("лог.txt", b"log"))
    contents = await asyncio.gather(*(attachments.content(lab.portal.id, attachment_id) for _ in range(4)))
    assert {content.data for content in contents} == {b"log"}
    assert lab.bitrix.faults.calls.count("fetch_file") == 1
    assert list(attachments._store.kept) == [f"{lab.portal.id}/{attachment_id}"]
    async with lab.db.reading() as tx:
        row = await rows.load(tx, lab.portal.id, attachment_id)
    assert (row.state, row.size) == ("stored", 3)


async def test_nothing_is_kept_of_a_fetch_that_failed(lab, attachments):
    (attachment_id,) = await kept(lab, lab.bitrix.upload("лог.txt", b"log"))
    lab.bitrix.faults.fail(Temporary("bitrix-unreachable"), method="fetch_file")
    with pytest.raises(Temporary):
        await attachments.content(lab.portal.id, attachment_id)
    assert not attachments._store.kept
    assert (await attachments.content(lab.portal.id, attachment_id)).data == b"log"


async def test_a_file_that_is_gone(lab, attachments):
    ref = lab.bitrix.upload("лог.txt", b"log")
    lab.bitrix.files.clear()
    (attachment_id,) = await kept(lab, ref)
    for number in (attachment_id, 12345):
        with pytest.raises(Permanent, match="file-gone"):
            await attachments.content(lab.portal.id, number)


async def test_another_portals_file_is_nobodys(lab, attachments):
    (attachment_id,) = await kept(lab, lab.bitrix.upload("лог.txt", b"log"))
    with pytest.raises(Permanent, match=r"file-gone|portal-unknown"):
        await attachments.content(lab.portal.id + 1, attachment_id)


@pytest.mark.parametrize("channel", list(MAX_BYTES))
async def test_limits_of_each_messenger(lab, channel):
    limit = MAX_BYTES[channel]
    for size, refused in ((limit, False), (limit + 1, True), (None, False)):
        ref = FileRef(channel, "f", "x.bin", size)
        if refused:
            with pytest.raises(Refused) as caught:
                await kept(lab, ref)
            assert caught.value.params == {"name": "x.bin", "limit_mb": limit // 2**20}
        else:
            assert await kept(lab, ref)


async def test_a_size_the_messenger_did_not_tell_is_checked_when_fetched(lab, attachments, monkeypatch):
    monkeypatch.setitem(MAX_BYTES, Channel.BITRIX24, 2)
    (attachment_id,) = await kept(lab, lab.bitrix.upload("лог.txt", b"log", size=None))
    with pytest.raises(Refused, match="file-too-large"):
        await attachments.content(lab.portal.id, attachment_id)
    assert not attachments._store.kept


async def test_its_sender_is_told_once_and_an_operator_may_try_again(lab, monkeypatch):
    monkeypatch.setitem(MAX_BYTES, Channel.BITRIX24, 2)
    olga, attachments = lab.staff("5"), lab.requests.attachments
    request = await file(lab, await lab.known("5"))
    async with lab.scopes.writing(lab.portal.id) as scope:
        ref = lab.bitrix.upload("лог.txt", b"log", size=None)
        (one,) = await attachments.keep_for(scope, request.id, [ref], olga.home)
    for _ in range(2):
        with pytest.raises(Refused):
            await attachments.content(lab.portal.id, one.id)
    await lab.settle()
    assert [shown.text for shown in olga.messages() if "лог.txt" in shown.text][1:] == []
    olga.sees("Файл «лог.txt» больше")
    async with lab.db.reading() as tx:
        assert (await rows.load(tx, lab.portal.id, one.id)).state == "refused"
    monkeypatch.setitem(MAX_BYTES, Channel.BITRIX24, 20)
    assert (await attachments.content(lab.portal.id, one.id)).data == b"log"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("экран.png", "экран.png"),
        ("Отчёт №5 (копия).xlsx", "Отчёт №5 (копия).xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\отчёт.txt", "отчёт.txt"),
        ("a\r\nX-Header: 1.txt", "a_X-Header_ 1.txt"),
        ("<script>.html", "_script_.html"),
        ("...", "file"),
        ("", "file"),
        (".htaccess", "htaccess"),
    ],
)
def test_names_by_example(name, safe):
    assert safe_name(name) == safe


PIECES = st.sampled_from(
    [*"aя1 ._-()№/\\\0\r\n\t<>:\"|?*&'😀\u202e", "..", "../", ".exe", "имя", "long" * 40]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_names_are_safe_whatever_was_sent(name):
    safe = safe_name(name)
    assert 0 < len(safe) <= 120
    assert not set(safe) & set("/\\:\"'<>|?*\0\r\n\t")
    assert safe == safe.strip(" .")
    assert safe.isprintable()
    assert safe_name(safe) == safe
