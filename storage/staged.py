"""How a profile and a stay are kept in the staging tables: where, in which columns, and what tells that one differs.

Storing them (``storage.staging``) and finding what the CRM doesn't hold yet (``storage.differences``) share it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Column, ColumnElement, Table

from domain.contacts import EmailKind, e164_list, name_key, parse_emails
from domain.guests import Profile
from domain.portal import Hotel
from domain.stays import Stay
from storage.tables import profiles, stays

_LONGEST_SEARCH_TEXT = 1000  # a longer one doesn't fit PostgreSQL's index
_VOLATILE = ("updated_at",)


@dataclass(frozen=True, slots=True)
class Kind:
    """How one sort of record is kept."""

    table: Table
    key: Column[Any]
    records: TypeAdapter[Any]
    version: ColumnElement[str]
    """What a snapshot is compared with."""


PROFILES = Kind(profiles, profiles.c.profile_id, TypeAdapter(Profile), profiles.c.content_hash)
STAYS = Kind(stays, stays.c.reservation_id, TypeAdapter(Stay), stays.c.content_hash + stays.c.ledger_hash)
KINDS: Mapping[str, Kind] = {"profile": PROFILES, "stay": STAYS}


def fingerprint_of(data: Mapping[str, Any]) -> str:
    """What tells that a record differs from the one staged; the PMS's own stamp doesn't count."""
    lasting = {name: value for name, value in data.items() if name not in _VOLATILE}
    return hashlib.blake2b(orjson.dumps(lasting, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _spaced(words: Iterable[str]) -> str:
    """Words with a blank around each, cut to what an index holds."""
    joined = " ".join(words)[:_LONGEST_SEARCH_TEXT]
    return f" {joined} " if joined else ""


def profile_row(profile: Profile, hotel: Hotel) -> dict[str, Any]:
    """The columns that a profile is found by."""
    phones = (number for raw in profile.phones for number in e164_list(raw, hotel.country))
    found = (email for raw in profile.emails for email in parse_emails(raw))
    emails = (email.address for email in found if email.kind in {EmailKind.REAL, EmailKind.ALIAS})
    return {
        "kind": profile.kind.value,
        "name_key": _spaced([name_key(profile.last_name, profile.first_name, profile.company_name)]),
        "phones": _spaced(dict.fromkeys(phones)),
        "emails": _spaced(dict.fromkeys(emails)),
        "source_updated_at": profile.updated_at,
    }


def stay_row(stay: Stay) -> dict[str, Any]:
    """The columns that a stay is found by."""
    return {
        "profile_id": stay.profile_id,
        "confirmation": stay.confirmation,
        "state": stay.state.value,
        "arrival": stay.arrival,
        "departure": stay.departure,
        "room": stay.room,
        "share_key": stay.share_key,
        "name_key": _spaced([name_key(stay.guest_name)]),
        "source_updated_at": stay.updated_at,
    }
