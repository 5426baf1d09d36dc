"""The demo's people and groups: a front desk clerk, a support engineer, a manager; a forum and a plain group."""

from __future__ import annotations

from sandbox.telegram.actions import add_person
from sandbox.telegram.state import Json, TelegramHub

SUPPORT_CHAT = -1002000000001
MANAGERS_CHAT = -1002000000002
OLGA, PYOTR, MARINA = 5001, 5002, 5003


def seed(hub: TelegramHub) -> None:
    """Fill an empty hub; one that has people already stays as it is. Nobody has started the bot yet."""
    if not hub.is_empty:
        return
    add_person(hub, {"id": OLGA, "first_name": "Ольга", "last_name": "Иванова", "username": "olga_front"})
    add_person(hub, {"id": PYOTR, "first_name": "Пётр", "last_name": "Ким", "username": "pyotr_support"})
    add_person(hub, {"id": MARINA, "first_name": "Марина", "last_name": "Соколова", "username": "marina_gm"})
    administrator: Json = {"status": "administrator"}
    add_group(
        hub,
        SUPPORT_CHAT,
        "Поддержка",
        {PYOTR: {"status": "creator"}, hub.bot_id: administrator},
        is_forum=True,
    )
    people: dict[int, Json] = {
        MARINA: {"status": "creator"},
        PYOTR: {"status": "member"},
        hub.bot_id: administrator,
    }
    add_group(hub, MANAGERS_CHAT, "Менеджеры", people)


def add_group(
    hub: TelegramHub,
    chat_id: int,
    title: str,
    members: dict[int, Json],
    *,
    is_forum: bool = False,
) -> None:
    """A supergroup with its members by user id (ChatMember fields)."""
    chat: dict[str, object] = {"id": chat_id, "type": "supergroup", "title": title}
    if is_forum:
        chat |= {"is_forum": True, "_topics": {}}
    chat["_members"] = {str(user_id): member for user_id, member in members.items()}
    hub.chats[chat_id] = chat
    hub.touch("chats", chat_id)
