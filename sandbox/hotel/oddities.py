"""What every real PMS also holds: sharers, companions, duplicates, merged and erased profiles, waitlist, offers,

house accounts and pseudo rooms. In small numbers, each marked by ``Reservation.origin`` so that counts can be told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from sandbox.hotel import codes
from sandbox.hotel.people import People
from sandbox.hotel.records import (
    COMPANY,
    INDIVIDUAL,
    NOT_COUNTING,
    OFFER,
    WAITLIST,
    Profile,
    Reservation,
    Segment,
)

if TYPE_CHECKING:
    from sandbox.hotel.build import Ledger

SHARERS, COMPANIONS, DUPLICATES, MERGED, ERASED = 40, 300, 60, 12, 6
ERASED_NAME = "Anonymized"
_ACCOUNTS = ("Городской счёт", "Ресторан", "Конференции", "Утерянные вещи", "Аренда", "Служебный")


def add_oddities(ledger: Ledger, people: People, rng: Random, now: datetime) -> None:
    """Add them all; small hotels (few bookings) get proportionally few."""
    share = min(1.0, len(ledger.reservations) / 5000)
    numbers = {
        name: max(1, int(count * share))
        for name, count in (
            ("sharers", SHARERS),
            ("companions", COMPANIONS),
            ("duplicates", DUPLICATES),
            ("merged", MERGED),
            ("erased", ERASED),
        )
    }
    bookings = list(ledger.reservations.values())
    _sharers(ledger, people, rng, bookings, numbers["sharers"])
    _companions(ledger, people, rng, bookings, numbers["companions"])
    _profiles(ledger, people, rng, now, numbers)
    _unplaced(ledger, rng, now, bookings)
    _accounts(ledger, now)


def _next_id(ledger: Ledger) -> int:
    return max(ledger.reservations) + 1


def _couples(bookings: list[Reservation]) -> list[Reservation]:
    return [r for r in bookings if r.adults == 2 and r.rooms == 1 and r.room_type != codes.PSEUDO_TYPE]


def _relative(ledger: Ledger, people: People, stay: Reservation) -> Profile:
    main = ledger.profiles[stay.profile]
    profile = people.guest(main.country, stay.created)
    ledger.profiles[profile.id] = profile
    return profile


def _sharers(ledger: Ledger, people: People, rng: Random, bookings: list[Reservation], count: int) -> None:
    """The second guest of a room with a reservation of his own, without a rate; some are in house now."""
    couples = _couples([r for r in bookings if r.plan == "Check-Out" and r.room])
    present = [r for r in couples if r.in_house]
    chosen = present[: count // 4] + rng.sample(couples, min(len(couples), count))
    for main in {r.id: r for r in chosen[:count]}.values():
        sharer = replace(
            main,
            id=_next_id(ledger),
            profile=_relative(ledger, people, main).id,
            origin="sharer",
            adults=1,
            children=0,
            babies=0,
            rate=main.rate * 0,
            share=main.id,
            parking=0,
            crs_system="",
            crs_number="",
            segments=[Segment(s.day, s.room, s.room_type) for s in main.segments],
            companions=[],
        )
        main.share, main.adults = main.id, 1
        ledger.reservations[sharer.id] = sharer


def _companions(ledger: Ledger, people: People, rng: Random, bookings: list[Reservation], count: int) -> None:
    couples = [r for r in _couples(bookings) if r.share is None]
    for stay in rng.sample(couples, min(len(couples), count)):
        stay.companions = [_relative(ledger, people, stay).id]


def _profiles(ledger: Ledger, people: People, rng: Random, now: datetime, numbers: dict[str, int]) -> None:
    """Duplicates, profiles merged away (DeleteCode and the id of the survivor), and persons erased on demand."""
    guests = [p for p in ledger.profiles.values() if p.category == INDIVIDUAL and p.phones]
    with_stays = {r.profile for r in ledger.reservations.values()}
    for original in rng.sample(guests, min(len(guests), numbers["duplicates"])):
        twin = people.duplicate(original, now - timedelta(days=rng.randrange(2, 200)))
        ledger.profiles[twin.id] = twin
    for survivor in rng.sample(guests, min(len(guests), numbers["merged"])):
        gone = people.duplicate(survivor, now - timedelta(days=rng.randrange(30, 300)))
        gone.deleted, gone.merged_to = True, survivor.id
        gone.updated = now - timedelta(days=rng.randrange(1, 30))
        ledger.profiles[gone.id] = gone
    past = [p for p in guests if p.id in with_stays]
    for profile in rng.sample(past, min(len(past), numbers["erased"])):
        erase(profile, now - timedelta(days=rng.randrange(1, 90)))


def erase(profile: Profile, moment: datetime) -> None:
    """De-identify a guest as Suite 8 does on demand: the number stays, the person goes."""
    profile.last_name, profile.first_name, profile.name2, profile.title = ERASED_NAME, "", "", ""
    profile.phones, profile.emails, profile.birthday = [], [], None
    profile.city = profile.street = profile.postcode = profile.notes = profile.membership = ""
    profile.vip, profile.preferences, profile.gender = "", [], ""
    profile.anonymised, profile.updated = True, max(profile.updated, moment)


def _unplaced(ledger: Ledger, rng: Random, now: datetime, bookings: list[Reservation]) -> None:
    """Waitlist and offers: wishes without a room, all in the future."""
    future = [r for r in bookings if r.expected and r.arrival > now.date()]
    chosen = rng.sample(future, min(len(future), 16))
    for index, like in enumerate(chosen):
        kind = WAITLIST if index % 2 else OFFER
        copy = replace(
            like,
            id=_next_id(ledger),
            no_avail=kind,
            status=NOT_COUNTING,
            origin="waitlist" if kind == WAITLIST else "offer",
            room="",
            segments=[],
            companions=[],
            share=None,
            crs_system="",
            crs_number="",
            plan="Canceled",
            plan_day=like.arrival,
        )
        ledger.reservations[copy.id] = copy


def _accounts(ledger: Ledger, now: datetime) -> None:
    """Financial accounts (no guest at all) and group masters in a pseudo room."""
    firms = [p for p in ledger.profiles.values() if p.category == COMPANY]
    owner = firms[0].id if firms else next(iter(ledger.profiles))
    opened = now - timedelta(days=300)
    for index, title in enumerate(_ACCOUNTS):
        account = index < 4
        number = _next_id(ledger)
        ledger.reservations[number] = Reservation(
            id=number,
            profile=owner,
            arrival=opened.date(),
            departure=now.date() + timedelta(days=400),
            created=opened,
            updated=opened,
            room_type="" if account else codes.PSEUDO_TYPE,
            booked_type="" if account else codes.PSEUDO_TYPE,
            origin="account" if account else "pseudo",
            type="FA" if account else "RES",
            room="" if account else f"9{index:03d}",
            checked_in=opened,
            comment=title,
        )
