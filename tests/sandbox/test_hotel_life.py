"""The desk's verbs and the living day."""

from datetime import timedelta

import pytest

from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig, NotPossible
from sandbox.hotel.life import Life
from tests.sandbox.hotel_lab import NOW, slept


class Wall:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def hotel(wall):
    return Hotel.open(config=HotelConfig(bookings=3000), wall=wall)


def test_check_in_gives_a_free_room_and_tells(hotel, wall):
    heard = []
    hotel.listen(heard.append)
    wall.now += timedelta(minutes=5)
    guest = next(r for r in hotel.due_in() if r.share is None)
    taken = {r.room for r in hotel.in_house()}
    stay = hotel.check_in(guest.id)
    assert stay.room in hotel.rooms
    assert stay.room not in taken
    assert stay.checked_in == stay.updated == hotel.clock.now()
    assert [(e.kind, e.guest_num, e.room) for e in heard] == [("checkin", stay.id, stay.room)]
    with pytest.raises(NotPossible):
        hotel.check_in(guest.id)


def test_a_move_keeps_the_past_nights_in_the_old_room(hotel):
    heard = []
    hotel.listen(heard.append)
    stay = next(r for r in hotel.in_house() if r.arrival < hotel.business_date and len(r.segments) == 1)
    old = stay.room
    hotel.move(stay.id)
    assert stay.room != old
    assert stay.room_on(hotel.business_date - timedelta(days=1))[0] == old
    assert stay.room_on(hotel.business_date)[0] == stay.room
    assert (heard[0].kind, heard[0].old_room) == ("move", old)
    with pytest.raises(NotPossible):
        hotel.move(stay.id, next(r.room for r in hotel.in_house() if r.id != stay.id))


def test_check_out_settles_the_bill_and_can_be_undone(hotel):
    stay = hotel.in_house()[0]
    hotel.check_out(stay.id)
    assert sum(p.amount if p.department_type != 3 else -p.amount for p in hotel.bill(stay.id)) == 0
    assert not stay.in_house
    hotel.undo_check_out(stay.id)
    assert stay.in_house


def test_a_cancelled_booking_can_come_back(hotel):
    stay = next(r for r in hotel.reservations.values() if r.expected and r.arrival > hotel.business_date)
    hotel.cancel(stay.id)
    assert (stay.no_avail, stay.status) == (3, 3)
    hotel.reinstate(stay.id)
    assert stay.expected
    with pytest.raises(NotPossible):
        hotel.cancel(hotel.in_house()[0].id)


def test_merge_moves_the_stays_and_keeps_a_pointer(hotel):
    stay = hotel.in_house()[0]
    other = next(p for p in hotel.profiles.values() if p.id != stay.profile)
    gone = stay.profile
    hotel.merge(gone, other.id)
    assert stay.profile == other.id
    assert hotel.profiles[gone].merged_to == other.id


def test_the_audit_posts_nights_marks_no_shows_and_rolls(hotel):
    before, present = hotel.business_date, len(hotel.in_house())
    missing = [r.id for r in hotel.due_in()]
    lines = len(hotel.postings)
    hotel.night_audit()
    assert hotel.business_date == before + timedelta(days=1)
    assert all(hotel.reservations[n].no_avail == 4 for n in missing)
    assert len(hotel.postings) > lines + present // 2
    assert hotel.clock.now().date() >= hotel.business_date


def test_life_is_the_same_from_the_same_seed_and_never_doubles_a_bed(wall):
    config = HotelConfig(bookings=3000)
    first, second = Hotel.open(config=config, wall=wall), Hotel.open(config=config, wall=wall)
    told = [Life(first).step("done") for _ in range(400)]
    assert told == [Life(second).step("done") for _ in range(400)]
    assert {line.split()[0] for line in told} >= {
        "checkin", "checkout", "move", "extend", "cancel", "booking", "profile", "posting", "audit",
    }  # fmt: skip
    assert [who for who in slept(first).values() if len(who) > 1] == []
    assert first.reservations == second.reservations


def test_by_the_calendar_the_audit_waits_for_midnight(hotel, wall):
    life = Life(hotel, roll="clock")
    day = hotel.business_date
    for _ in range(150):
        life.step()
    assert hotel.business_date == day
    wall.now += timedelta(days=1)
    for _ in range(150):
        life.step()
    assert hotel.business_date == day + timedelta(days=1)


def test_days_slept_through_are_lived_on_waking(hotel, wall):
    before = hotel.counts()
    wall.now += timedelta(days=5)
    assert Life(hotel).catch_up() == 5
    assert hotel.business_date == hotel.clock.now().date()
    assert hotel.counts().checked_out > before.checked_out
    assert [who for who in slept(hotel).values() if len(who) > 1] == []


def test_the_clock_never_goes_back(hotel, wall):
    first = hotel.clock.now()
    wall.now -= timedelta(hours=2)
    assert hotel.clock.now() == first
    hotel.clock.advance_to(first + timedelta(days=2))
    assert hotel.clock.now() >= first + timedelta(days=2) - timedelta(hours=2)
