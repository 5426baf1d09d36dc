"""A profile or a stay as the CRM item it should be, by the hotel's mapping. Pure.

Individuals are contacts, firms and agencies companies, reservations deals in the hotel's own pipeline. Merged-away,
deleted and nameless profiles and employees stay out, and so do the accounts and rooms that the mapping leaves out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from domain.guests import Profile, ProfileKind
from domain.ledger import Totals
from domain.mapping.lines import MULTIFIELDS, Line
from domain.mapping.mapping import FieldMapping
from domain.mapping.sources import Case, local
from domain.plan import ALL_OURS, Owners
from domain.stays import Money, Stay, StayState

if TYPE_CHECKING:
    from domain.portal import Hotel


@dataclass(frozen=True, slots=True)
class Wanted:
    """A CRM item as it should be. ``links`` name PMS profiles whose CRM ids belong into a field:
    field name → (profile ids, whether the field holds a list). ``facts``: what the timeline tells of when it changes.
    """

    entity: str  # contact | company | deal
    key: str
    fields: Mapping[str, object]
    phones: tuple[str, ...] | None = None
    emails: tuple[str, ...] | None = None
    links: Mapping[str, tuple[tuple[str, ...], bool]] = field(default_factory=dict)
    owners: Owners = ALL_OURS
    facts: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to a stay and isn't in its record: the main guest, the folio's sums, who shares the room."""

    guest: Profile | None = None
    ledger: Totals | None = None
    sharers: Sequence[str] = ()


ALONE = Beside()


def entity_of(profile: Profile) -> str | None:
    """Contact or company; None for what stays out."""
    if profile.merged_into or profile.deleted or profile.anonymised:
        return None
    match profile.kind:
        case ProfileKind.INDIVIDUAL if (profile.last_name + profile.first_name).strip():
            return "contact"
        case ProfileKind.COMPANY | ProfileKind.AGENT | ProfileKind.SOURCE if (
            profile.company_name + profile.last_name
        ).strip():
            return "company"
        case _:
            return None


def map_profile(profile: Profile, hotel: "Hotel") -> Wanted | None:
    """A contact or a company; None for what stays out."""
    entity = entity_of(profile)
    if entity is None:
        return None
    mapping, case = hotel.mapping, Case(hotel, profile=profile)
    fields = _fields(mapping, entity, case)
    for line in mapping.lines[entity]:
        if line.fixed == "key":
            fields[line.field] = [_key(hotel, profile.profile_id)]
    phones, emails = (_multi(fields, name) for name in ("phones", "emails"))
    return Wanted(entity, profile.profile_id, fields, phones, emails, owners=mapping.owners[entity])


def map_stay(
    stay: Stay, hotel: "Hotel", category_id: int, stages: Mapping[str, str], beside: Beside = ALONE
) -> Wanted | None:
    """A deal; None for what the mapping leaves out."""
    mapping = hotel.mapping
    if not mapping.wants(stay):
        return None
    case = case_of(stay, hotel, beside)
    fields = _fields(mapping, "deal", case)
    links: dict[str, tuple[tuple[str, ...], bool]] = {}
    for line in mapping.lines["deal"]:
        match line.fixed:
            case "key":
                fields[line.field] = [_key(hotel, stay.reservation_id)]
            case "pipeline":
                fields[line.field] = category_id
            case "stage":
                fields[line.field] = stages[mapping.stage_of[stay.state]]
            case "guests":
                sharers = beside.sharers if mapping.rules.link_sharers else ()
                linked = (stay.profile_id, *stay.companion_ids, *sharers)
                links[line.field] = (tuple(dict.fromkeys(filter(None, linked))), True)
            case "firm":
                links[line.field] = (tuple(filter(None, (stay.company_id or stay.agent_id,))), False)
    told = facts(stay) if mapping.rules.timeline else None
    return Wanted("deal", stay.reservation_id, fields, None, None, links, mapping.owners["deal"], told)


def case_of(stay: Stay, hotel: "Hotel", beside: Beside) -> Case:
    """A stay with all that belongs to it."""
    rules = hotel.mapping.rules
    worth = amount(hotel.mapping, stay, beside.ledger) or Money(Decimal(0), hotel.currency)
    return Case(hotel, beside.guest, stay, beside.ledger, worth, rules.departments)


def amount(mapping: FieldMapping, stay: Stay, ledger: Totals | None) -> Money | None:
    """What the deal is worth, by the mapping's rule."""
    actual = ledger.money(ledger.gross) if ledger is not None and ledger.lines else None
    match mapping.rules.amount:
        case "forecast":
            return stay.total
        case "actual":
            return actual
        case "actual_else_forecast":
            return actual or stay.total
        case _:
            return (actual if stay.state is StayState.CHECKED_OUT else None) or stay.total


def facts(stay: Stay) -> dict[str, object]:
    """What is told in the timeline when it changes."""
    return {
        "state": stay.state.value,
        "room": stay.room,
        "room_type": stay.room_type,
        "arrival": stay.arrival.isoformat(),
        "departure": stay.departure.isoformat(),
    }


def _fields(mapping: FieldMapping, entity: str, case: Case) -> dict[str, object]:
    """Every mapped field with its value; what isn't known is left alone."""
    found: dict[str, object] = {}
    for line in mapping.lines[entity]:
        value = mapping.responsible_for(entity, case) if line.fixed == "responsible" else _value(line, case)
        if value is not None:
            found[line.field] = value
    return found


def _value(line: Line, case: Case) -> object:
    return None if line.fixed else plain(line.get(case), case)


def plain(value: Any, case: Case) -> object:
    """A value as the CRM's fields hold it: days and moments as ISO (moments on the hotel's clock), money with its

    currency.
    """
    match value:
        case Money(amount=number, currency=currency):
            return f"{number:.2f}|{currency}"
        case datetime():
            return local(value, case.hotel).replace(microsecond=0).isoformat()
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case tuple():
            return list(value)
    return str(value) if isinstance(value, str) else value


def _multi(fields: dict[str, object], name: str) -> tuple[str, ...] | None:
    assert name in MULTIFIELDS
    values = fields.pop(name, None)
    return tuple(map(str, values)) if isinstance(values, list) else None


def _key(hotel: "Hotel", number: str) -> str:
    return f"{hotel.code}:{number}"
