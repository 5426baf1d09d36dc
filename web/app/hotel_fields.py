"""The fields of a hotel and of each kind of door, as the pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.settings.settings import View
from web.app.forms import Field
from web.app.visits import Visit

KINDS = ("suite8", "fias", "exports", "opera_db", "opera_cloud", "oxi")


def hotel_fields(code: str, *, new: bool) -> list[Field]:
    """Of one hotel; the code itself is only given to a new one."""
    root = f"hotels.{code}"

    def field(name: str, kind: str = "text", **more: Any) -> Field:
        label = "field-hotel-" + name.rpartition(".")[2].replace("_", "-")
        return Field(f"{root}.{name}", kind, label, form=name, **more)

    first = [Field(f"{root}.code", "text", "field-hotel-code", form="code", required=True)] if new else []
    return [
        *first,
        field("name", required=True),
        field("timezone", default="Europe/Moscow", required=True),
        field("currency", default="RUB", required=True),
        field("country", default="RU"),
        field("rooms", "number"),
        field("own_contacts", "lines"),
        field("sync.every_minutes", "number", default=15, required=True),
        field("sync.full_at", "time", default="04:30", required=True),
        field("sync.days_back", "number", default=30, required=True),
        field("sync.days_ahead", "number", default=365, required=True),
        field("morning_at", "time"),
        field("sync.pause_after", "number", default=5),
        field("sync.remake_deleted", "flag", default=True),
    ]


@dataclass(frozen=True, slots=True)
class DoorField:
    """One setting of a door. ``choices``: plain values that need no words."""

    name: str
    kind: str = "text"
    choices: Sequence[str] = ()
    default: Any = None
    required: bool = False


_D = DoorField
DOOR_FIELDS: Mapping[str, Sequence[DoorField]] = {
    "suite8": (
        _D("url", required=True),
        _D("username"),
        _D("password", "secret"),
        _D("vendor", default="Suite8"),
        _D("packed", "flag", default=True),
        _D("postings", "flag"),
        _D("nights", "flag"),
    ),
    "fias": (
        _D("url", required=True),
        _D("encoding", "choice", ("cp1251", "cp866", "utf-8", "koi8-r", "cp850"), "cp1251"),
        _D("listen", "flag"),
        _D("peer"),
        _D("room_status", "flag"),
        _D("resync", "choice", ("auto", "never"), "auto"),
    ),
    "exports": (
        _D("path", required=True),
        _D("map", required=True),
        _D("keep_days", "number", default=30),
    ),
    "opera_db": (
        _D("dsn", required=True),
        _D("username", required=True),
        _D("password", "secret"),
        _D("profile", "choice", ("suite8", "opera5"), "suite8"),
        _D("resort"),
        _D("owner"),
        _D("server_timezone"),
    ),
    "opera_cloud": (
        _D("url", required=True),
        _D("client_id", required=True),
        _D("client_secret", "secret"),
        _D("app_key", "secret"),
        _D("hotel_id", required=True),
        _D("external_system"),
        _D("enterprise_id"),
        _D("scope"),
        _D("username"),
        _D("password", "secret"),
    ),
    "oxi": (_D("key", "secret", required=True),),
}
SAME_IDS = {"": None, "yes": True, "no": False}


def door_form_fields(visit: Visit, kind: str) -> list[Field]:
    """The fields of one kind of door; their names in the form bear the kind, so that all kinds can stand on one page."""
    return [
        Field(
            f"{kind}.{one.name}",
            one.kind,
            f"field-door-{one.name.replace('_', '-')}",
            [(value, value) for value in one.choices],
            required=one.required,
            default=one.default,
        )
        for one in DOOR_FIELDS[kind]
    ] + [
        Field(
            f"{kind}.same_ids",
            "choice",
            "field-door-same-ids",
            [(value, visit.text(f"same-ids-{value or 'auto'}")) for value in SAME_IDS],
            default="",
        )
    ]


def door_view(view: View, kind: str, door: Mapping[str, Any]) -> View:
    """A view in which the door's values stand under its kind."""
    same = {None: "", True: "yes", False: "no"}[door.get("same_ids")]
    return replace(view, effective={kind: {**door, "same_ids": same}}, fixed=frozenset())


def names_of(doors: Sequence[Mapping[str, Any]]) -> list[str]:
    """A name per door as the service calls them: its kind, numbered from the second of a kind on."""
    counts: dict[str, int] = {}
    names = []
    for door in doors:
        kind = str(door.get("kind", ""))
        counts[kind] = counts.get(kind, 0) + 1
        names.append(kind if counts[kind] == 1 else f"{kind}-{counts[kind]}")
    return names
