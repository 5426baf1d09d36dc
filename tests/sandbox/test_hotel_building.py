"""The hotel is built from the real bookings: nothing lost, nothing twice in a bed, the same again from the file."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from sandbox.hotel import bookings
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig
from sandbox.hotel.records import CANCELLED, DEBIT, INDIVIDUAL, NO_SHOW
from tests.sandbox.hotel_lab import NOW, slept


@pytest.fixture(scope="module")
def hotel():
    return Hotel.open(wall=lambda: NOW)


def test_every_real_booking_is_there_and_quickly(hotel):
    started = time.perf_counter()
    again = Hotel.open(wall=lambda: NOW)
    assert time.perf_counter() - started < 3
    assert hotel.counts().bookings == 10_198
    assert again.reservations == hotel.reservations
    assert again.profiles == hotel.profiles
    assert again.postings == hotel.postings


def test_dates_move_by_whole_weeks_and_surround_today(hotel):
    rows = bookings.read()
    moved = {hotel.reservations[200_001 + n].arrival - row.arrival for n, row in enumerate(rows)}
    assert len(moved) == 1
    assert moved.pop().days % 7 == 0
    arrivals = [r.arrival for r in hotel.reservations.values() if r.origin == "booking"]
    today = NOW.date()
    assert min(arrivals) < today - timedelta(days=200)
    assert max(arrivals) > today + timedelta(days=200)


def test_there_is_something_of_every_kind(hotel):
    counts = hotel.counts()
    assert counts.in_house > 30
    assert min(counts.due_in, counts.future, counts.checked_out, counts.cancelled, counts.no_show) > 0
    kinds = Counter(r.origin for r in hotel.reservations.values())
    assert set(kinds) == {"booking", "sharer", "account", "pseudo", "waitlist", "offer"}
    stays = Counter(r.profile for r in hotel.reservations.values())
    assert max(stays.values()) >= 3  # returning guests
    profiles = hotel.profiles.values()
    assert any(p.merged_to and p.deleted for p in profiles)
    assert any(p.anonymised and not p.phones for p in profiles)


def test_what_is_over_in_the_source_is_over_here(hotel):
    today = hotel.business_date
    for stay in hotel.reservations.values():
        if stay.origin != "booking":
            continue
        if stay.arrival < today and stay.plan == "No-Show":
            assert stay.no_avail == NO_SHOW
        if stay.plan == "Canceled" and stay.plan_day < today:
            assert stay.no_avail == CANCELLED
        if stay.plan == "Check-Out" and stay.departure < today:
            assert stay.checked_in <= stay.checked_out
        assert stay.created <= stay.updated <= hotel.clock.now()


def test_no_room_is_given_twice(hotel):
    beds = slept(hotel)
    assert len(beds) > 10_000
    assert {room for room, _ in beds} <= set(hotel.rooms)
    assert [who for who in beds.values() if len(who) > 1] == []


def test_some_guests_changed_rooms(hotel):
    assert sum(len(r.segments) > 1 for r in hotel.reservations.values()) > 50


def test_bills_follow_the_rate_and_are_settled(hotel):
    checked = 0
    for stay in hotel.reservations.values():
        if stay.checked_out is None or stay.origin != "booking":
            continue
        lines = hotel.bill(stay.id)
        nights = [p for p in lines if p.department == "1000"]
        assert sum(p.amount for p in nights) == stay.rate * stay.nights * stay.rooms
        balance = sum(p.amount if p.department_type != 3 else -p.amount for p in lines)
        assert balance == 0
        checked += 1
    assert checked > 2_000
    assert any(p.quantity < 0 for p in hotel.postings.values() if p.department_type == DEBIT)


def test_contacts_are_as_untidy_as_in_life(hotel):
    guests = [p for p in hotel.profiles.values() if p.category == INDIVIDUAL]
    mails = [mail for p in guests for mail in p.emails]
    phones = [phone for p in guests for phone in p.phones]
    assert sum("guest.booking.com" in mail for mail in mails) > 100
    assert "no@mail.ru" in mails
    assert "0000000" in phones
    for start in ("8", "+7", "7", "+44", "00"):
        assert any(phone.startswith(start) for phone in phones), start
    assert any("," in phone for phone in phones)
    assert any("доб." in phone for phone in phones)
    assert any(p.last_name[:1] > "А" for p in guests)
    assert any(p.country == "RUS" and p.last_name.isascii() for p in guests)


def test_a_restart_is_the_same_hotel(tmp_path):
    config = HotelConfig(bookings=400)
    first = Hotel.open(tmp_path / "hotel.db", config, wall=lambda: NOW)
    moved = first.move(first.in_house()[0].id)
    first.night_audit()
    first.close()
    later = Hotel.open(tmp_path / "hotel.db", config, wall=lambda: NOW + timedelta(hours=1))
    try:
        assert later.reservations == first.reservations
        assert later.profiles == first.profiles
        assert later.postings == first.postings
        assert later.rooms == first.rooms
        assert later.business_date == first.business_date == NOW.date() + timedelta(days=1)
        assert later.clock.now() > first.clock.now()
        assert later.reservations[moved.id].room == moved.room
    finally:
        later.close()
