"""user.*, profile and department.get as a webhook sees them."""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, method
from sandbox.portal.people import get_user


@method("profile")
def profile(call: Call) -> dict[str, Any]:
    """{ID, ADMIN: bool, NAME, LAST_NAME, PERSONAL_GENDER, TIME_ZONE} of the webhook's owner."""
    user = get_user(call.portal, call.user_id)
    return {
        "ID": str(user["id"]),
        "ADMIN": user["admin"],
        "NAME": user["first_name"],
        "LAST_NAME": user["last_name"],
        "PERSONAL_GENDER": user["gender"],
        "TIME_ZONE": "",
    }


@method("user.current", scope="user_brief")
def user_current(call: Call) -> dict[str, Any]:
    user = get_user(call.portal, call.user_id)
    return {"ID": str(user["id"]), "NAME": user["first_name"], "LAST_NAME": user["last_name"]}
