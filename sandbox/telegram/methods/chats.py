"""What the bot may ask about chats and members, and the small gestures: typing, reactions, pins."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.access import (
    bot_right,
    find_message,
    readable_chat,
    writable_chat,
    writable_topic,
)
from sandbox.telegram.calls import Call, method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.posting import chat_object, post, render, user_object
from sandbox.telegram.state import Json

ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
)
REACTIONS = set(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾😡"
)
ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
    "can_send_welcome_messages",
)


def member_object(user: Json, member: Json) -> Json:
    """ChatMember of the Bot API: an administrator shows every right, a member none."""
    shown: Json = {"user": user_object(user), "status": member["status"]}
    if member["status"] == "administrator":
        shown |= {"can_be_edited": False, "is_anonymous": False}
        shown |= {right: bool(member.get(right, True)) for right in ADMIN_RIGHTS}
    elif member["status"] == "creator":
        shown["is_anonymous"] = False
    elif member["status"] == "kicked":
        shown["until_date"] = 0
    return shown


@method("getChat")
async def get_chat(call: Call) -> Json:
    chat = readable_chat(call)
    full: Json = {
        **chat_object(chat),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    pinned = call.hub.message(chat["id"], (chat.get("_pinned") or [0])[-1])
    if pinned is not None:
        full["pinned_message"] = render(call.hub, pinned)
    return full


@method("getChatMember")
async def get_chat_member(call: Call) -> Json:
    chat = readable_chat(call)
    user_id = call.number("user_id")
    user = call.hub.bot_user() if user_id == call.hub.bot_id else call.hub.users.get(user_id)
    if user is None:
        raise bad_request("invalid user_id specified")
    member = chat.get("_members", {}).get(str(user_id))
    if chat["type"] == "private":
        member = {"status": "member"} if user_id in (chat["id"], call.hub.bot_id) else None
    if member is None and chat["type"] == "private":
        raise bad_request("member not found")
    return member_object(user, member or {"status": "left"})


@method("getChatMemberCount", "getChatMembersCount")
async def get_chat_member_count(call: Call) -> int:
    chat = readable_chat(call)
    return 2 if chat["type"] == "private" else len(chat.get("_members", {}))


@method("getChatAdministrators")
async def get_chat_administrators(call: Call) -> list[Json]:
    chat = readable_chat(call)
    if chat["type"] == "private":
        raise bad_request("there are no administrators in the private chat")
    found = []
    for key, member in chat.get("_members", {}).items():
        if member["status"] in ("creator", "administrator"):
            user = call.hub.bot_user() if int(key) == call.hub.bot_id else call.hub.users[int(key)]
            found.append(member_object(user, member))
    return found


@method("leaveChat")
async def leave_chat(call: Call) -> bool:
    chat = readable_chat(call)
    if chat["type"] == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat["_members"][str(call.hub.bot_id)] = {"status": "left"}
    call.hub.touch("chats", chat["id"])
    return True


@method("sendChatAction")
async def send_chat_action(call: Call) -> bool:
    chat = writable_chat(call)
    action = call.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.hub.changed(
        "action", {"chat_id": chat["id"], "message_thread_id": writable_topic(call, chat), "action": action}
    )
    return True


@method("setMessageReaction")
async def set_message_reaction(call: Call) -> bool:
    chat = writable_chat(call)
    message = find_message(call, chat, "message to react")
    given: Any = call.objects("reaction", "ReactionType") or []
    for reaction in given:
        if str(reaction.get("emoji", "")).removesuffix("\ufe0f") not in REACTIONS:
            raise bad_request("REACTION_INVALID")
    if len(given) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    message["_reactions"] = {**message.get("_reactions", {}), str(call.hub.bot_id): given}
    call.hub.keep_message(message)
    call.hub.changed(
        "reaction", {"chat_id": chat["id"], "message_id": message["message_id"], "reaction": given}
    )
    return True


@method("pinChatMessage")
async def pin_chat_message(call: Call) -> bool:
    chat = _pinnable(call)
    message = find_message(call, chat, "message to pin")
    pinned = chat.setdefault("_pinned", [])
    if message["message_id"] in pinned:
        raise bad_request("CHAT_NOT_MODIFIED")
    pinned.append(message["message_id"])
    call.hub.touch("chats", chat["id"])
    content = {"pinned_message": render(call.hub, message, with_reply=False)}
    post(call.hub, chat, call.hub.bot_user(), content, thread_id=message.get("message_thread_id"))
    return True


@method("unpinChatMessage")
async def unpin_chat_message(call: Call) -> bool:
    chat = _pinnable(call)
    pinned = chat.get("_pinned") or []
    wanted = call.number("message_id") or (pinned[-1] if pinned else 0)
    if wanted not in pinned:
        raise bad_request("message to unpin not found")
    pinned.remove(wanted)
    call.hub.touch("chats", chat["id"])
    return True


def _pinnable(call: Call) -> Json:
    chat = writable_chat(call)
    if not bot_right(call.hub, chat, "can_pin_messages"):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat
