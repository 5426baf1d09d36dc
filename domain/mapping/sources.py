"""What a mapping may take from: every fact of a profile, a stay, its guest and its folio, by name and kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from domain.contacts import display_name
from domain.guests import Profile
from domain.ledger import Totals
from domain.stays import Money, Stay

if TYPE_CHECKING:
    from domain.portal import Hotel


class Kind(StrEnum):
    """What sort of value it is."""

    TEXT = "text"
    TEXTS = "texts"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    MONEY = "money"
    BOOL = "bool"
    FIXED = "fixed"  # made by the sync itself: keys, stages, links


@dataclass(slots=True)
class Case:
    """One record being mapped: the hotel's facts beside its own."""

    hotel: "Hotel"
    profile: Profile | None = None
    stay: Stay | None = None
    ledger: Totals | None = None
    amount: Money | None = None
    departments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A fact by its name in the mapping. ``get`` gives None where it isn't known."""

    name: str
    kind: Kind
    get: Callable[[Case], Any]

    @property
    def of_guest(self) -> bool:
        return self.name.startswith("guest.")

    @property
    def of_ledger(self) -> bool:
        return self.name.startswith("ledger.")


FIXED: Mapping[str, frozenset[str]] = {
    "contact": frozenset({"key", "responsible"}),
    "company": frozenset({"key", "responsible"}),
    "deal": frozenset({"key", "responsible", "stage", "pipeline", "guests", "firm"}),
}
_HIDDEN = frozenset({"extra", "merged_into", "anonymised", "deleted", "companion_ids", "nights", "total"})


_KINDS: Mapping[type, Kind] = {
    datetime: Kind.MOMENT,
    date: Kind.DATE,
    bool: Kind.BOOL,
    int: Kind.NUMBER,
    Money: Kind.MONEY,
}


def _kind_of(annotation: Any) -> Kind:
    """``date | None`` → DATE, ``tuple[str, ...]`` → TEXTS; enumerations are texts."""
    plain = next((one for one in get_args(annotation) if one is not NoneType), annotation)
    if get_origin(annotation) is tuple:
        return Kind.TEXTS
    return _KINDS.get(plain, Kind.TEXT)


def _plain(record: type, of: Callable[[Case], Any], prefix: str = "") -> dict[str, Source]:
    """A source per field of a record, by its own type."""
    found = {}
    for one in fields(record):
        if one.name not in _HIDDEN:
            name = prefix + one.name
            found[name] = Source(name, _kind_of(one.type), _getter(of, one.name))
    return found


def _getter(of: Callable[[Case], Any], name: str) -> Callable[[Case], Any]:
    def get(case: Case) -> Any:
        return getattr(of(case), name, None)

    return get


def _profile(case: Case) -> Profile | None:
    return case.profile


def _stay(case: Case) -> Stay | None:
    return case.stay


def _profile_more(prefix: str = "") -> dict[str, Source]:
    more: dict[str, tuple[Kind, Callable[[Profile], Any]]] = {
        "full_name": (Kind.TEXT, lambda one: display_name(one.last_name, one.first_name)),
        "no_letters": (Kind.BOOL, lambda one: one.no_emailing or one.no_mailing),
    }

    def bound(read: Callable[[Profile], Any]) -> Callable[[Case], Any]:
        return lambda case: read(case.profile) if case.profile is not None else None

    return {prefix + name: Source(prefix + name, kind, bound(read)) for name, (kind, read) in more.items()}


def _stay_more() -> dict[str, Source]:
    more: dict[str, tuple[Kind, Callable[[Stay], Any]]] = {
        "nights": (Kind.NUMBER, lambda one: (one.departure - one.arrival).days),
        "room_nights": (Kind.NUMBER, lambda one: (one.departure - one.arrival).days * one.room_count),
        "day_use": (Kind.BOOL, lambda one: one.arrival == one.departure),
        "title": (Kind.TEXT, deal_title),
        "forecast": (Kind.MONEY, lambda one: one.total),
    }

    def bound(read: Callable[[Stay], Any]) -> Callable[[Case], Any]:
        return lambda case: read(case.stay) if case.stay is not None else None

    found = {name: Source(name, kind, bound(read)) for name, (kind, read) in more.items()}
    found["amount"] = Source("amount", Kind.MONEY, lambda case: case.amount)
    return found


def _ledger() -> dict[str, Source]:
    sums = ("gross", "net", "tax", "charges", "payments", "paid_outs", "balance")

    def summed(name: str) -> Callable[[Case], Any]:
        return lambda case: (
            case.ledger.money(getattr(case.ledger, name)) if _told(case) and case.ledger else None
        )

    found = {f"ledger.{name}": Source(f"ledger.{name}", Kind.MONEY, summed(name)) for name in sums}
    found["ledger.business_date"] = Source(
        "ledger.business_date", Kind.DATE, lambda case: case.ledger.last_day if case.ledger else None
    )
    found["ledger.departments"] = Source("ledger.departments", Kind.TEXTS, _departments)
    return found


def _departments(case: Case) -> tuple[str, ...] | None:
    """«Бар 1200.00» per department, by the names the mapping gives, or else the PMS."""
    if not _told(case) or case.ledger is None:
        return None
    names = {**case.ledger.names, **case.departments}
    return tuple(f"{names.get(code, code)} {amount:.2f}" for code, amount in case.ledger.departments.items())


def _told(case: Case) -> bool:
    return case.ledger is not None and case.ledger.lines > 0


def find(entity: str, name: str) -> Source | None:
    """A source by name; None when there is no such. ``extra.X`` and ``ledger.department.X`` take any X."""
    if name in FIXED[entity]:
        return Source(name, Kind.FIXED, lambda _case: None)
    if known := BY_ENTITY[entity].get(name):
        return known
    head, _, last = name.rpartition(".")
    if not last:
        return None
    if head == "extra":
        return Source(name, Kind.TEXT, lambda case: _extra(case.stay or case.profile, last))
    if head == "guest.extra" and entity == "deal":
        return Source(name, Kind.TEXT, lambda case: _extra(case.profile, last))
    if head == "ledger.department" and entity == "deal":
        return Source(name, Kind.MONEY, lambda case: _department(case, last))
    return None


def names(entity: str) -> list[str]:
    """All names for people to choose from."""
    more = ["extra.…", *(["ledger.department.…"] if entity == "deal" else [])]
    return [*sorted(FIXED[entity]), *BY_ENTITY[entity], *more]


def _extra(record: Profile | Stay | None, name: str) -> str:
    return record.extra.get(name, "") if record is not None else ""


def _department(case: Case, code: str) -> Money | None:
    if not _told(case) or case.ledger is None:
        return None
    return case.ledger.money(case.ledger.departments.get(code, Decimal(0)))


def deal_title(stay: Stay) -> str:
    """«Иванов Иван, 12.08–15.08.2026, № 305»."""
    parts = [
        display_name(stay.guest_name) or stay.reservation_id,
        f"{stay.arrival:%d.%m}–{stay.departure:%d.%m}.{stay.departure.year}",
    ]
    if stay.room:
        parts.append(f"№ {stay.room}")
    return ", ".join(parts)


def local(moment: datetime, hotel: "Hotel") -> datetime:
    """A moment on the hotel's clock."""
    return moment.astimezone(hotel.zone)


# --- the tables ----------------------------------------------------------------------------------------------

PROFILE = {**_plain(Profile, _profile), **_profile_more()}
STAY = {
    **_plain(Stay, _stay),
    **_stay_more(),
    **_plain(Profile, _profile, "guest."),
    **_profile_more("guest."),
    **_ledger(),
}
BY_ENTITY: Mapping[str, Mapping[str, Source]] = {"contact": PROFILE, "company": PROFILE, "deal": STAY}
