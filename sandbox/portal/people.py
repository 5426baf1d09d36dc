"""People, bots and departments of the portal; a bot is a user like the others, with `bot` set."""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import RestError
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document, Store

COLORS = ("#df532d", "#64a513", "#4ba984", "#4ba5c3", "#3e99ce", "#8474c8", "#1eb4aa", "#f76187")


def users(portal: Portal) -> Store:
    """{id, active, first_name, last_name, gender, position, email, departments[], admin, bot, color, …}."""
    return portal.store("users")


def departments(portal: Portal) -> Store:
    """{id, name, parent, head}."""
    return portal.store("departments")


def add_department(portal: Portal, department_id: int, name: str, parent: int | None, head: int) -> Document:
    return departments(portal).insert({"id": department_id, "name": name, "parent": parent, "head": head})


def add_user(
    portal: Portal,
    user_id: int | None = None,
    *,
    first_name: str,
    last_name: str = "",
    gender: str = "M",
    position: str = "",
    email: str = "",
    department_id: int | None = None,
    is_admin: bool = False,
    is_bot: bool = False,
    color: str = "",
) -> Document:
    """A new person (or a bot's face); without an id the next one."""
    document: dict[str, Any] = {} if user_id is None else {"id": user_id}
    document |= {
        "active": True,
        "first_name": first_name,
        "last_name": last_name,
        "gender": gender,
        "position": position,
        "email": email,
        "departments": [] if department_id is None else [department_id],
        "admin": is_admin,
        "bot": is_bot,
        "color": color,
        "registered_at": portal.now_iso(),
    }
    users(portal).insert(document)
    document["color"] = color or COLORS[document["id"] % len(COLORS)]
    return document


def get_user(portal: Portal, user_id: int) -> Document:
    """The person with this id. RestError ERROR_USER_NOT_FOUND."""
    user = users(portal).get(user_id)
    if user is None:
        raise RestError("ERROR_USER_NOT_FOUND", "User not found")
    return user


def full_name(user: Document) -> str:
    return f"{user['first_name']} {user['last_name']}".strip()


def is_admin(portal: Portal, user_id: int) -> bool:
    user = users(portal).get(user_id)
    return bool(user and user["admin"])
