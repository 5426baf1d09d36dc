"""What of a PMS record goes into which field of the CRM: the default mapping, as data and pure functions.

Individuals are contacts, firms and agencies companies, reservations deals in the hotel's own pipeline. OTA relay
addresses and dummies are kept out of the multifields, so that nobody is ever matched or mailed by them.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import orjson

from domain.contacts import EmailKind, display_name, e164_list, parse_emails
from domain.guests import Profile, ProfileKind
from domain.plan import ALL_OURS, Owners
from domain.portal import Hotel
from domain.ports import FieldSpec, StageSpec
from domain.stays import Stay, StayState

MAPPING_VERSION = "1"
KEYS_FIELD = "UF_CRM_CONCIERGE_KEYS"
NAME_LIMIT, TITLE_LIMIT = 50, 255


@dataclass(frozen=True, slots=True)
class Wanted:
    """A CRM item as it should be. ``links`` name PMS profiles whose CRM ids belong into a field:
    field name → (profile ids, whether the field holds a list).
    """

    entity: str  # contact | company | deal
    key: str
    fields: Mapping[str, object]
    phones: tuple[str, ...] | None = None
    emails: tuple[str, ...] | None = None
    links: Mapping[str, tuple[tuple[str, ...], bool]] = field(default_factory=dict)
    owners: Owners = ALL_OURS
    facts: Mapping[str, object] | None = None
    """What the timeline tells of when it changes."""


# --- the layout the mapping needs -----------------------------------------------------------------------------

STAGES: tuple[StageSpec, ...] = (
    StageSpec("TENTATIVE", "Предварительно", "process", 10, "#A5B1BD"),
    StageSpec("CONFIRMED", "Подтверждено", "process", 20, "#2FC6F6"),
    StageSpec("IN_HOUSE", "Проживает", "process", 30, "#7BD500"),
    StageSpec("CHECKED_OUT", "Выехал", "won", 40, "#35B85A"),
    StageSpec("CANCELLED", "Отменено", "lost", 50, "#F1361B"),
    StageSpec("NO_SHOW", "Не заехал", "lost", 60, "#8B5C2A"),
)


def _spec(entity: str, name: str, kind: str, ru: str, en: str, *, multiple: bool = False) -> FieldSpec:
    return FieldSpec(entity, f"CONCIERGE_{name}", kind, {"ru": ru, "en": en}, multiple)


FIELDS: tuple[FieldSpec, ...] = (
    *(
        _spec(entity, "KEYS", "string", "Ключи Fidelio", "Fidelio keys", multiple=True)
        for entity in ("contact", "company", "deal")
    ),
    _spec("contact", "VIP", "string", "VIP", "VIP"),
    _spec("contact", "LANGUAGE", "string", "Язык", "Language"),
    _spec("contact", "NATIONALITY", "string", "Гражданство", "Nationality"),
    _spec("contact", "NO_EMAIL", "boolean", "Без рассылок", "No mailings"),
    _spec("deal", "ARRIVAL", "date", "Заезд", "Arrival"),
    _spec("deal", "DEPARTURE", "date", "Выезд", "Departure"),
    _spec("deal", "NIGHTS", "integer", "Ночей", "Nights"),
    _spec("deal", "ROOM", "string", "Номер", "Room"),
    _spec("deal", "ROOM_TYPE", "string", "Категория номера", "Room type"),
    _spec("deal", "ADULTS", "integer", "Взрослых", "Adults"),
    _spec("deal", "CHILDREN", "integer", "Детей", "Children"),
    _spec("deal", "RATE_CODE", "string", "Тариф", "Rate code"),
    _spec("deal", "CONFIRMATION", "string", "Номер подтверждения", "Confirmation"),
    _spec("deal", "MARKET", "string", "Сегмент", "Market"),
    _spec("deal", "SOURCE", "string", "Источник", "Source"),
)

STATE_STAGE: Mapping[StayState, str] = {state: state.name for state in StayState}


# --- profiles -------------------------------------------------------------------------------------------------


def map_profile(profile: Profile, hotel: Hotel) -> Wanted | None:
    """A contact or a company; None for what stays out: merged-away, deleted and nameless profiles, employees."""
    if profile.merged_into or profile.deleted:
        return None
    match profile.kind:
        case ProfileKind.INDIVIDUAL:
            return _contact(profile, hotel)
        case ProfileKind.COMPANY | ProfileKind.AGENT | ProfileKind.SOURCE:
            return _company(profile, hotel)
        case _:
            return None


def _contact(profile: Profile, hotel: Hotel) -> Wanted | None:
    last, first = display_name(profile.last_name), display_name(profile.first_name)
    if not (last or first):
        return None
    fields: dict[str, object] = {
        "name": first[:NAME_LIMIT],
        "lastName": last[:NAME_LIMIT],
        KEYS_FIELD: [_key(hotel, profile.profile_id)],
        "UF_CRM_CONCIERGE_VIP": profile.vip,
        "UF_CRM_CONCIERGE_LANGUAGE": profile.language,
        "UF_CRM_CONCIERGE_NATIONALITY": profile.nationality,
        "UF_CRM_CONCIERGE_NO_EMAIL": profile.no_emailing or profile.no_mailing,
    }
    if profile.birthday:
        fields["birthdate"] = profile.birthday.isoformat()
    return Wanted(
        "contact", profile.profile_id, fields, _phones(profile.phones, hotel), _emails(profile.emails)
    )


def _company(profile: Profile, hotel: Hotel) -> Wanted | None:
    title = " ".join((profile.company_name or profile.last_name).split())
    if not title:
        return None
    fields: dict[str, object] = {"title": title[:TITLE_LIMIT], KEYS_FIELD: [_key(hotel, profile.profile_id)]}
    return Wanted(
        "company", profile.profile_id, fields, _phones(profile.phones, hotel), _emails(profile.emails)
    )


def _phones(raw: Iterable[str], hotel: Hotel) -> tuple[str, ...]:
    return tuple(dict.fromkeys(number for text in raw for number in e164_list(text, hotel.country)))


def _emails(raw: Iterable[str]) -> tuple[str, ...]:
    found = (email for text in raw for email in parse_emails(text))
    return tuple(dict.fromkeys(email.address for email in found if email.kind is EmailKind.REAL))


# --- stays ----------------------------------------------------------------------------------------------------


def map_stay(stay: Stay, hotel: Hotel, category_id: int, stages: Mapping[str, str]) -> Wanted | None:
    """A deal; None for financial accounts and pseudo rooms."""
    if stay.financial_account or stay.pseudo_room:
        return None
    total = stay.total
    fields: dict[str, object] = {
        "title": deal_title(stay)[:TITLE_LIMIT],
        "categoryId": category_id,
        "stageId": stages[STATE_STAGE[stay.state]],
        "opportunity": str(total.amount if total else Decimal(0)),
        "currencyId": total.currency if total else hotel.currency,
        "begindate": stay.arrival.isoformat(),
        "closedate": stay.departure.isoformat(),
        KEYS_FIELD: [_key(hotel, stay.reservation_id)],
        "UF_CRM_CONCIERGE_ARRIVAL": stay.arrival.isoformat(),
        "UF_CRM_CONCIERGE_DEPARTURE": stay.departure.isoformat(),
        "UF_CRM_CONCIERGE_NIGHTS": (stay.departure - stay.arrival).days,
        "UF_CRM_CONCIERGE_ROOM": stay.room,
        "UF_CRM_CONCIERGE_ROOM_TYPE": stay.room_type,
        "UF_CRM_CONCIERGE_ADULTS": stay.adults,
        "UF_CRM_CONCIERGE_CHILDREN": stay.children,
        "UF_CRM_CONCIERGE_RATE_CODE": stay.rate_code,
        "UF_CRM_CONCIERGE_CONFIRMATION": stay.confirmation,
        "UF_CRM_CONCIERGE_MARKET": stay.market,
        "UF_CRM_CONCIERGE_SOURCE": stay.source,
    }
    guests = tuple(dict.fromkeys(filter(None, (stay.profile_id, *stay.companion_ids))))
    firms = tuple(filter(None, (stay.company_id or stay.agent_id,)))
    return Wanted(
        "deal", stay.reservation_id, fields, links={"contactIds": (guests, True), "companyId": (firms, False)}
    )


def deal_title(stay: Stay) -> str:
    """«Иванов Иван, 12.08–15.08.2026, № 305»."""
    parts = [
        display_name(stay.guest_name) or stay.reservation_id,
        f"{_short(stay.arrival)}–{_short(stay.departure)}.{stay.departure.year}",
    ]
    if stay.room:
        parts.append(f"№ {stay.room}")
    return ", ".join(parts)


def _short(day: date) -> str:
    return f"{day:%d.%m}"


def _key(hotel: Hotel, number: str) -> str:
    return f"{hotel.code}:{number}"


def content_hash(*parts: object) -> str:
    """A short fingerprint of JSON-like content, the same for the same content."""
    packed = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.blake2b(packed, digest_size=16).hexdigest()
