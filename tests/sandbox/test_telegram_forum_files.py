"""Topics that live and die, files up and down, albums."""

import pytest
from aiohttp import FormData

from tests.sandbox.telegram_lab import MANAGERS_CHAT, OLGA, PNG, PYOTR, SUPPORT_CHAT, open_lab

MB = 1024 * 1024


@pytest.fixture
async def lab():
    async with open_lab() as lab:
        yield lab


async def post(lab, method, data, **fields):
    form = FormData()
    for name, value in fields.items():
        form.add_field(name, str(value))
    for name, (filename, body) in data.items():
        form.add_field(name, body, filename=filename)
    async with lab.http.post(f"{lab.base}/bot123456:sandbox/{method}", data=form) as answer:
        return await answer.json()


async def test_a_topic_from_opening_to_deletion(lab):
    topic = await lab.ok("createForumTopic", chat_id=SUPPORT_CHAT, name="FB-1")
    place = {"chat_id": SUPPORT_CHAT, "message_thread_id": topic["message_thread_id"]}
    sent = await lab.ok("sendMessage", **place, text="слово")
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (topic["message_thread_id"], True)
    assert await lab.ok("editForumTopic", **place, name="FB-1 · Wi-Fi")
    assert await lab.refusal("editForumTopic", **place, name="FB-1 · Wi-Fi") == (
        400,
        "Bad Request: TOPIC_NOT_MODIFIED",
    )
    assert await lab.ok("closeForumTopic", **place)
    assert await lab.refusal("closeForumTopic", **place) == (400, "Bad Request: TOPIC_NOT_MODIFIED")
    assert await lab.ok("sendMessage", **place, text="администратор пишет и в закрытую")
    assert await lab.ok("reopenForumTopic", **place)
    assert await lab.ok("deleteForumTopic", **place)
    assert await lab.refusal("sendMessage", **place, text="x") == (
        400,
        "Bad Request: message thread not found",
    )
    for method in ("closeForumTopic", "deleteForumTopic"):
        assert await lab.refusal(method, **place) == (400, "Bad Request: TOPIC_ID_INVALID")
    assert await lab.refusal(
        "editMessageText", chat_id=SUPPORT_CHAT, message_id=sent["message_id"], text="x"
    ) == (400, "Bad Request: message to edit not found")


async def test_a_person_deletes_a_topic(lab):
    topic = await lab.ok("createForumTopic", chat_id=SUPPORT_CHAT, name="FB-1")
    place = {"chat_id": SUPPORT_CHAT, "message_thread_id": topic["message_thread_id"]}
    await lab.act("/topics/delete", **place)
    assert await lab.updates() == []
    await lab.act("/switches", deleted_topic="TOPIC_DELETED")
    assert await lab.refusal("sendMessage", **place, text="x") == (400, "Bad Request: TOPIC_DELETED")


async def test_topics_need_a_forum_and_the_right(lab):
    assert await lab.refusal("createForumTopic", chat_id=MANAGERS_CHAT, name="x") == (
        400,
        "Bad Request: the chat is not a forum",
    )
    await lab.act(
        "/bot_status", user_id=PYOTR, chat_id=SUPPORT_CHAT, status="administrator", can_manage_topics=False
    )
    assert await lab.refusal("createForumTopic", chat_id=SUPPORT_CHAT, name="x") == (
        400,
        "Bad Request: not enough rights to create a topic",
    )
    assert await lab.refusal("sendMessage", chat_id=SUPPORT_CHAT, message_thread_id=1, text="x") == (
        400,
        "Bad Request: message thread not found",
    )


async def test_general_topic_and_answers_find_their_topic(lab):
    topic = await lab.ok("createForumTopic", chat_id=SUPPORT_CHAT, name="FB-1")
    sent = await lab.ok("sendMessage", chat_id=SUPPORT_CHAT, text="общее")
    assert "message_thread_id" not in sent
    said = await lab.say(PYOTR, "в теме", SUPPORT_CHAT, message_thread_id=topic["message_thread_id"])
    sent = await lab.ok(
        "sendMessage", chat_id=SUPPORT_CHAT, text="x", reply_parameters={"message_id": said["message_id"]}
    )
    assert sent["message_thread_id"] == topic["message_thread_id"]


async def test_a_file_goes_down_and_up(lab):
    sent = await lab.upload(OLGA, ("отчёт.pdf", "application/pdf", b"%PDF-1"), caption="вот")
    document = sent["messages"][0]["document"]
    assert (document["file_name"], document["file_size"]) == ("отчёт.pdf", 6)
    file = await lab.ok("getFile", file_id=document["file_id"])
    async with lab.http.get(f"{lab.base}/file/bot123456:sandbox/{file['file_path']}") as answer:
        assert await answer.read() == b"%PDF-1"
    lab.clock.at += 3601
    async with lab.http.get(f"{lab.base}/file/bot123456:sandbox/{file['file_path']}") as answer:
        assert answer.status == 404
    again = await lab.ok("sendDocument", chat_id=OLGA, document=document["file_id"])
    assert again["document"]["file_id"] == document["file_id"]
    body = await post(
        lab,
        "sendDocument",
        {"document": ("a.txt", b"x")},
        chat_id=OLGA,
        caption="<i>я</i>",
        parse_mode="HTML",
    )
    assert body["result"]["caption_entities"][0]["type"] == "italic"


async def test_large_files(lab):
    sent = await lab.upload(OLGA, ("big.bin", "application/octet-stream", bytes(20 * MB + 1)))
    file_id = sent["messages"][0]["document"]["file_id"]
    assert await lab.refusal("getFile", file_id=file_id) == (400, "Bad Request: file is too big")
    await lab.act("/switches", max_upload_bytes=1000)
    body = await post(lab, "sendDocument", {"document": ("b.bin", bytes(1001))}, chat_id=OLGA)
    assert (body["error_code"], body["description"]) == (413, "Request Entity Too Large")
    assert await lab.refusal("getFile", file_id="nonsense") == (400, "Bad Request: invalid file_id")


async def test_photos_come_in_sizes(lab):
    sent = await lab.upload(OLGA, ("a.png", "image/png", PNG))
    assert [(p["width"], p["height"]) for p in sent["messages"][0]["photo"]] == [(1, 1)]
    body = await post(lab, "sendPhoto", {"photo": ("a.png", b"no picture")}, chat_id=OLGA)
    assert body["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    wide = PNG[:16] + (3000).to_bytes(4, "big") + (1500).to_bytes(4, "big") + PNG[24:]
    body = await post(lab, "sendPhoto", {"photo": ("a.png", wide)}, chat_id=OLGA)
    sizes = [(p["width"], p["height"]) for p in body["result"]["photo"]]
    assert sizes == [(90, 45), (320, 160), (800, 400), (1280, 640)]
    assert len({p["file_id"] for p in body["result"]["photo"]}) == 4


async def test_albums(lab):
    await lab.say(OLGA, "/start")
    media = '[{"type":"photo","media":"attach://a","caption":"вид"},{"type":"photo","media":"attach://b"}]'
    files = {"a": ("a.png", PNG), "b": ("b.png", PNG)}
    body = await post(lab, "sendMediaGroup", files, chat_id=OLGA, media=media)
    first, second = body["result"]
    assert first["media_group_id"] == second["media_group_id"]
    assert await lab.refusal("sendMediaGroup", chat_id=OLGA, media=[{"type": "photo", "media": "x"}]) == (
        400,
        "Bad Request: group send failed: there must be 2-10 items in the album",
    )
    mixed = [{"type": "photo", "media": "x"}, {"type": "document", "media": "y"}]
    assert await lab.refusal("sendMediaGroup", chat_id=OLGA, media=mixed) == (
        400,
        "Bad Request: can't use the media of the specified type in the album",
    )
