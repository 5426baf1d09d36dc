"""Roles and privacy levels as a page shows them: one list over all the places settings keep them in.

Support, managers and representatives of the whole portal stand in lists of their own (`[bitrix24]`), everything else in
`[[people]]`; whoever looks needn't know.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from domain.chat import Channel
from domain.errors import ConciergeError, Permanent
from domain.people import DEFAULT_PRIVACY, Privacy, Role
from domain.ports import Directory
from handlers.scope import Scope
from handlers.settings.settings import View
from storage import people

LISTS: Mapping[Role, str] = {
    Role.SUPPORT: "bitrix24.support_users",
    Role.MANAGER: "bitrix24.managers",
    Role.REPRESENTATIVE: "bitrix24.representatives",
}
GIVEN = (Role.ADMIN, Role.SUPPORT, Role.MANAGER, Role.FRONT_DESK, Role.MARKETING, Role.REPRESENTATIVE)
"""Roles that can be given; everybody is staff."""
FOUND_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One role given. ``key``: what takes it back; ``fixed``: file or environment gives it."""

    key: str
    kind: str  # user | department
    id: str
    role: Role
    hotels: Sequence[str]
    privacy: Privacy | None
    fixed: bool

    @property
    def level(self) -> Privacy:
        """How much of a guest the role shows."""
        return self.privacy or DEFAULT_PRIVACY[self.role]


def rows(view: View) -> list[Row]:
    """Every role that settings give, in the order of :data:`GIVEN`."""
    found = [
        Row(f"{path}:{user}", "user", str(user), role, (), None, view.is_fixed(path))
        for role, path in LISTS.items()
        for user in view.value(path) or ()
    ]
    given: Sequence[Mapping[str, Any]] = view.value("people") or ()
    of_file = len(given) - len(view.stored.get("people") or ())
    for place, one in enumerate(given):
        kind = "user" if one.get("user") is not None else "department"
        key, privacy = f"people:{place - of_file}:{one[kind]}", one.get("privacy")
        held = Privacy(privacy) if privacy else None
        found.append(
            Row(key, kind, str(one[kind]), Role(one["role"]), one.get("hotels") or (), held, place < of_file)
        )
    return sorted(
        found, key=lambda row: (GIVEN.index(row.role) if row.role in GIVEN else 99, row.kind, int(row.id))
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """A role to be given."""

    kind: str
    id: int
    role: Role
    hotels: Sequence[str] = ()
    privacy: Privacy | None = None


def given(view: View, wish: Wish) -> dict[str, Any]:
    """The changes that give it; empty when it is given already."""
    path = LISTS.get(wish.role)
    plain = wish.kind == "user" and not wish.hotels and wish.privacy is None
    if path is not None and plain and not view.is_fixed(path):
        held = list(view.value(path) or ())
        return {} if wish.id in held else {path: [*held, wish.id]}
    one: dict[str, Any] = {wish.kind: wish.id, "role": wish.role.value}
    if wish.hotels:
        one["hotels"] = list(wish.hotels)
    if wish.privacy is not None:
        one["privacy"] = wish.privacy.value
    stored = [dict(other) for other in view.stored.get("people") or ()]
    if one in stored:
        return {}
    same = {wish.kind: wish.id, "role": wish.role.value}.items()
    kept = [other for other in stored if not same <= other.items()]
    return {"people": [*kept, one]}


def taken(view: View, key: str) -> dict[str, Any]:
    """The changes that take a role back; empty when it isn't there, or isn't ours to take."""
    row = next((one for one in rows(view) if one.key == key and not one.fixed), None)
    if row is None:
        return {}
    if key.startswith("people:"):
        stored = list(view.stored.get("people") or ())
        place = int(key.split(":")[1])
        return {"people": [one for at, one in enumerate(stored) if at != place] or None}
    path = LISTS[row.role]
    return {path: [user for user in view.value(path) if str(user) != row.id]}


# --- whom the portal knows ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody (or a department) that can be picked."""

    kind: str
    id: str
    name: str
    more: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


async def names(scope: Scope, listed: Sequence[Row]) -> dict[tuple[str, str], str]:
    """Names of the users we have met, by kind and id; the others are asked of the portal, see :func:`more_names`."""
    found = {}
    for row in listed:
        if row.kind == "user":
            person = await people.find_by_account(scope.tx, scope.portal.id, Channel.BITRIX24, row.id)
            if person is not None and person.name:
                found[row.kind, row.id] = person.name
    return found


async def more_names(
    directory: Directory, listed: Sequence[Row], known: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], str]:
    """With the portal's own names of departments and of people we haven't met; without them where it is away."""
    found = dict(known)
    try:
        if any(row.kind == "department" for row in listed):
            departments = await directory.departments()
            found |= {("department", one): name for one, name in departments.items()}
        strangers = {row.id for row in listed if row.kind == "user" and ("user", row.id) not in found}
        for user_id in sorted(strangers)[:FOUND_SHOWN]:
            if (user := await directory.user(user_id)) is not None:
                found["user", user_id] = user.name
    except ConciergeError:
        return found
    return found


async def search(directory: Directory, words: str) -> list[Found]:
    """Colleagues and departments that fit the words; by its number, too. Temporary: the portal is away."""
    words = " ".join(words.split())
    if not words:
        return []
    departments = {}
    with suppress(Permanent):  # no right to departments: people alone
        departments = dict(await directory.departments())
    found = [
        Found("department", one, name)
        for one, name in departments.items()
        if words.casefold() in name.casefold()
    ]
    users = list(await directory.search(words))
    if words.isdigit() and (one := await directory.user(words)) is not None:
        users.insert(0, one)
    for user in users:
        its = ", ".join(filter(None, (departments.get(one, "") for one in user.department_ids)))
        found.append(Found("user", user.user_id, user.name, its or user.email or ""))
    unique = {one.key: one for one in found}
    return list(unique.values())[:FOUND_SHOWN]
