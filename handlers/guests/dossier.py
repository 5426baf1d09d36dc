"""What lies where about a guest: the answer to his access request (152-FZ article 14), but for passports.

Documents' numbers are named and not shown: they belong into nobody's terminal. Who looked is added by the caller.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from domain.guests import Profile
from domain.item_privacy import HIDDEN
from domain.portal import Hotel
from domain.privacy import NEVER
from domain.stays import Stay
from handlers.scope import Scope
from storage import door_records, erasure, guest_cards, identity, lookups, snapshots
from storage import requests as request_rows
from storage.guest_lists import load as load_stays
from storage.stays import postings_of, profiles_by_id

REPORT = "report"
"""The kind of look-up in the journal."""
_PROFILE, _STAY = TypeAdapter(Profile), TypeAdapter(Stay)


@dataclass(frozen=True, slots=True)
class Summary:
    """How much there is."""

    profiles: int
    stays: int
    crm_items: int
    requests: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """``keys``: as look-ups and requests name him; ``data``: the report, ready for JSON."""

    keys: tuple[str, ...]
    summary: Summary
    data: dict[str, Any]


async def gather(scope: Scope, hotel: Hotel, profile_id: str) -> Dossier | None:
    """Everything here about a guest by his profile's number; None when nothing is stored of him."""
    tx, portal_id = scope.tx, scope.portal.id
    survivor = await identity.survivor_of(tx, hotel.id, profile_id)
    ids, reservations = await erasure.whereabouts(tx, hotel.id, survivor)
    ids = list(dict.fromkeys([*ids, profile_id]))
    keys = [f"{hotel.code}:{one}" for one in ids]
    keys += [f"{hotel.code}:reservation:{one}" for one in reservations]
    profiles = await profiles_by_id(tx, hotel.id, ids)
    stays = await load_stays(tx, hotel.id, reservations)
    found = [*(await snapshots.load(tx, hotel.id, "profile", ids)).values()]
    found += (await snapshots.load(tx, hotel.id, "stay", reservations)).values()
    request_ids = await erasure.requests_about(tx, portal_id, keys)
    cards = await guest_cards.of_guest(tx, portal_id, keys)
    if not (profiles or stays or found or request_ids):
        return None
    unique = {one.profile_id: one for one in profiles.values()}
    data: dict[str, Any] = {
        "hotel": hotel.code,
        "profile": survivor,
        "numbers": ids,
        "profiles": [
            _told(_PROFILE.dump_python(one, mode="json", exclude_defaults=True)) for one in unique.values()
        ],
        "stays": [await _stay(scope, hotel, one) for one in stays.values()],
        "doors": await _doors(scope, hotel, ids, reservations),
        "crm": [
            {"item": f"{one.crm_entity} {one.crm_id}", "of": one.key, "fields": _told(dict(one.fields))}
            for one in found
        ],
        "requests": [await _request(scope, one) for one in request_ids],
        "messages": [
            {"place": str(card.ref.address), "shown_at": card.shown_at.isoformat()} for card in cards
        ],
    }
    return Dossier(tuple(keys), Summary(len(unique), len(stays), len(found), len(request_ids)), data)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """As stored; of what must never be shown only that it is there."""
    told: dict[str, Any] = {}
    for name, value in values.items():
        if name == "extra":
            told[name] = {key: HIDDEN if _is_document(key) else one for key, one in value.items()}
        else:
            told[name] = HIDDEN if _is_document(name) else value
    return told


def _is_document(name: str) -> bool:
    return any(word in name.casefold() for word in NEVER - {"extra"})


async def _stay(scope: Scope, hotel: Hotel, stay: Stay) -> dict[str, Any]:
    lines = await postings_of(scope.tx, hotel.id, stay.reservation_id)
    return {**_told(_STAY.dump_python(stay, mode="json", exclude_defaults=True)), "postings": len(lines)}


async def _doors(scope: Scope, hotel: Hotel, ids: list[str], reservations: list[str]) -> list[dict[str, Any]]:
    """What each door of the hotel told, by field."""
    found = []
    for entity, numbers in (("profile", ids), ("stay", reservations)):
        for key, doors in (await door_records.of_keys(scope.tx, hotel.id, entity, numbers)).items():
            for name, kept in doors.items():
                cells = {field: cell.value for field, cell in kept.cells.items()}
                found.append({"door": name, "entity": entity, "key": key, "fields": _told(cells)})
    return found


async def _request(scope: Scope, request_id: int) -> dict[str, Any]:
    request = await request_rows.load(scope.tx, scope.portal.id, request_id)
    if request is None:
        return {"number": str(request_id)}
    return {"number": request.number, "status": str(request.status), "subject": request.subject}


async def journal(scope: Scope, hotel: Hotel, found: Dossier) -> None:
    """The report was given: a look-up like any other."""
    await lookups.record(
        scope.tx,
        portal_id=scope.portal.id,
        person_id=scope.actor.id if scope.actor else None,
        kind=REPORT,
        query_hash=await lookups.fingerprint(scope.tx, scope.portal.id, found.keys[0], scope.now),
        channel="terminal",
        chat="",
        hits=1,
        now=scope.now,
        hotel_id=hotel.id,
        guests=found.keys,
    )
