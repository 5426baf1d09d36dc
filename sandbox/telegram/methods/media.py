"""Sending files: one by one and as albums of two to ten."""

from __future__ import annotations

from sandbox.telegram.access import writable_chat
from sandbox.telegram.calls import Call, method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.files import content_for, incoming_file
from sandbox.telegram.posting import caption_of, post_by_bot, render
from sandbox.telegram.state import Json

ALBUM_KINDS = ("photo", "video", "document", "audio")


async def _send(call: Call, kind: str) -> Json:
    chat = writable_chat(call)
    record = incoming_file(call, kind, call.params.get(kind), kind)
    content = {**content_for(call.hub, kind, record), **caption_of(call)}
    (message,) = post_by_bot(call, chat, [content])
    return render(call.hub, message)


@method("sendPhoto")
async def send_photo(call: Call) -> Json:
    return await _send(call, "photo")


@method("sendDocument")
async def send_document(call: Call) -> Json:
    return await _send(call, "document")


@method("sendVideo")
async def send_video(call: Call) -> Json:
    return await _send(call, "video")


@method("sendAudio")
async def send_audio(call: Call) -> Json:
    return await _send(call, "audio")


@method("sendVoice")
async def send_voice(call: Call) -> Json:
    return await _send(call, "voice")


@method("sendMediaGroup")
async def send_media_group(call: Call) -> list[Json]:
    chat = writable_chat(call)
    items = call.objects("media", "InputMedia") or []
    if len(items) < 2:
        raise bad_request("group send failed: there must be 2-10 items in the album")
    if len(items) > 10:
        raise bad_request("too many messages to send as an album")
    kinds = {str(item.get("type")) for item in items}
    if not kinds <= set(ALBUM_KINDS) or ("document" in kinds and kinds != {"document"}):
        raise bad_request("can't use the media of the specified type in the album")
    if "audio" in kinds and kinds != {"audio"}:
        raise bad_request("can't use the media of the specified type in the album")
    group = str(10**16 + call.hub.next_number("media_group"))
    contents = []
    for item in items:
        kind = str(item["type"])
        record = incoming_file(call, "", item.get("media"), kind)
        contents.append(
            {"media_group_id": group, **content_for(call.hub, kind, record), **caption_of(call, item)}
        )
    return [render(call.hub, message) for message in post_by_bot(call, chat, contents)]
