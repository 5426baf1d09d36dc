"""The portal's own list of people and departments (domain.ports.Directory).

Documents: ``api-reference/user/{user-get,user-current,user-search}.md``, ``common/users/profile.md``,
``departments/department-get.md``. Which fields a user has depends on the webhook's scope (user_brief < user).
"""

from collections.abc import Mapping
from typing import Any

from domain.ports import Lane, PortalUser
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.decoder import as_bool, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay

PAGES_MAX = 200
_PHONES = ("PERSONAL_MOBILE", "PERSONAL_PHONE", "WORK_PHONE")


class BitrixDirectory:
    """People as the webhook's owner may see them."""

    def __init__(self, client: BitrixClient) -> None:
        self._client = client

    async def user(self, user_id: str) -> PortalUser | None:
        """One colleague; None for bots, unknown ids and people the webhook can't see."""
        found = await self._client.call("user.get", {"FILTER": {"ID": user_id}}, replay=Replay.SAFE)
        return next((read_user(item) for item in as_list(found) if as_text(item.get("ID")) == user_id), None)

    async def me(self) -> PortalUser:
        """The webhook's owner; whether he is an administrator only ``profile`` tells."""
        current = as_map(await self._client.call("user.current", replay=Replay.SAFE))
        profile = as_map(await self._client.call("profile", replay=Replay.SAFE))
        return read_user({**profile, **current, "ADMIN": profile.get("ADMIN")})

    async def members(self, department_id: str) -> list[PortalUser]:
        """The active colleagues of one department."""
        found: list[PortalUser] = []
        wanted = {"UF_DEPARTMENT": department_id, "ACTIVE": True}
        start = 0
        for _ in range(PAGES_MAX):
            answer = await self._client.ask(
                "user.get", {"FILTER": wanted, "start": start}, lane=Lane.DESK, replay=Replay.SAFE
            )
            found += [read_user(item) for item in as_list(answer.result)]
            if answer.next is None or answer.next <= start:
                break
            start = answer.next
        return [one for one in found if one.active and department_id in one.department_ids]

    async def search(self, words: str) -> list[PortalUser]:
        """Active colleagues found by name, position or department."""
        wanted = {"FIND": words}
        found = await self._client.call("user.search", {"FILTER": wanted}, lane=Lane.DESK, replay=Replay.SAFE)
        return [one for one in map(read_user, as_list(found)) if one.active]

    async def departments(self) -> Mapping[str, str]:
        """Names of departments by id."""
        names: dict[str, str] = {}
        start = 0
        for _ in range(PAGES_MAX):
            answer = await self._client.ask(
                "department.get", {"start": start}, lane=Lane.DESK, replay=Replay.SAFE
            )
            for item in as_list(answer.result):
                names[as_text(item.get("ID"))] = as_text(item.get("NAME"))
            if answer.next is None or answer.next <= start:
                break
            start = answer.next
        return names


def read_user(item: Mapping[str, Any]) -> PortalUser:
    """A user as ``user.get`` writes him. ``ACTIVE`` may be true/"Y"/absent."""
    name = " ".join(part for part in (as_text(item.get("NAME")), as_text(item.get("LAST_NAME"))) if part)
    user_id = as_text(item.get("ID"))
    return PortalUser(
        user_id=user_id,
        name=name or as_text(item.get("EMAIL")) or user_id,
        email=as_text(item.get("EMAIL")) or None,
        department_ids=tuple(as_text(number) for number in as_list(item.get("UF_DEPARTMENT"))),
        is_admin=as_bool(item.get("ADMIN")),
        active=as_bool(item.get("ACTIVE", True)),
        phones=tuple(filter(None, (as_text(item.get(name)) for name in _PHONES))),
    )
