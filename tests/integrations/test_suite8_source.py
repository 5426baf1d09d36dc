"""The Suite 8 door against the stand-in hotel: nothing lost, nothing doubled, states and moments right."""

from collections import Counter
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.guests import Profile, ProfileKind
from domain.ports import SourceWindow
from domain.stays import Cursor, Posting, PostingKind, RowProblem, Stay, StayState
from sandbox.hotel import codes
from sandbox.hotel.oddities import erase
from tests.integrations.suite8_hotel import NOW, WHOLE, collect, open_house


@pytest.fixture(params=[True, False], ids=["packed", "plain"])
def packed(request):
    return request.param


@pytest.fixture
async def house():
    async with open_house() as house:
        yield house


def split(records):
    stays = {r.reservation_id: r for r in records if isinstance(r, Stay)}
    guests = {r.profile_id: r for r in records if isinstance(r, Profile)}
    problems = [r for r in records if isinstance(r, RowProblem)]
    return stays, guests, problems


def moment(house, wall_time):
    return wall_time.replace(tzinfo=ZoneInfo(house.hotel.config.zone)).astimezone(UTC) if wall_time else None


async def test_a_full_read_brings_every_stay_and_its_people_once(house, packed):
    records = await collect(house.door(packed=packed).changed_since(Cursor(), WHOLE))
    stays, guests, problems = split(records)
    assert problems == []
    assert len(records) == len(stays) + len(guests)
    assert set(stays) == {str(n) for n in house.hotel.reservations}
    for number, stay in stays.items():
        kept = house.hotel.reservations[int(number)]
        assert (stay.arrival, stay.departure, stay.room) == (kept.arrival, kept.departure, kept.room)
        assert (stay.adults, stay.children) == (kept.adults, kept.children + kept.babies)
        assert stay.updated_at == moment(house, kept.updated)
        assert stay.rate.amount == kept.rate
        assert stay.total.amount == house.hotel.total(kept)
        assert stay.rate.currency == "RUB"
        assert stay.profile_id in guests
        assert {stay.company_id, stay.agent_id, *stay.companion_ids} - {None} <= set(guests)


async def test_profiles_come_before_the_stays_that_name_them(house):
    known = set()
    async for record in house.door().changed_since(Cursor(), WHOLE):
        if isinstance(record, Profile):
            known.add(record.profile_id)
        elif isinstance(record, Stay):
            assert record.profile_id in known


async def test_states_follow_what_was_done(house):
    stays, _, _ = split(await collect(house.door().changed_since(Cursor(), WHOLE)))
    found = Counter()
    for number, stay in stays.items():
        kept = house.hotel.reservations[int(number)]
        if stay.financial_account:
            assert kept.type == "FA"
            continue
        if kept.checked_out:
            expected = StayState.CHECKED_OUT
        elif kept.no_avail:
            tentative = StayState.TENTATIVE
            expected = {1: tentative, 2: tentative, 3: StayState.CANCELLED, 4: StayState.NO_SHOW}[
                kept.no_avail
            ]
        elif kept.checked_in:
            expected = StayState.IN_HOUSE
        else:
            expected = StayState.TENTATIVE if kept.status == 0 else StayState.CONFIRMED
        assert stay.state is expected
        assert stay.checked_in_at == moment(house, kept.checked_in)
        assert stay.checked_out_at == moment(house, kept.checked_out)
        assert stay.pseudo_room == (kept.room_type == codes.PSEUDO_TYPE)
        found[expected] += 1
    assert set(found) == set(StayState)


async def test_people_are_read_as_they_stand(house):
    _, guests, _ = split(await collect(house.door().changed_since(Cursor(), WHOLE)))
    kinds = Counter(guest.kind for guest in guests.values())
    assert set(kinds) == {ProfileKind.INDIVIDUAL, ProfileKind.COMPANY, ProfileKind.AGENT}
    for number, guest in guests.items():
        kept = house.hotel.profiles[int(number)]
        assert guest.phones == tuple(dict.fromkeys(kept.phones))
        assert guest.emails == tuple(dict.fromkeys(mail.strip() for mail in kept.emails))
        if guest.kind is ProfileKind.INDIVIDUAL:
            assert (guest.last_name, guest.first_name) == (kept.last_name, kept.first_name)
            assert guest.birthday == kept.birthday
        else:
            assert (guest.company_name, guest.last_name) == (kept.last_name, "")
        assert (guest.vip, guest.no_emailing, guest.anonymised) == (
            kept.vip,
            kept.no_emailing,
            kept.anonymised,
        )


async def test_a_window_takes_arrivals_in_it_and_guests_present_at_its_begin(house):
    today = house.hotel.business_date
    window = SourceWindow(today, today + timedelta(days=20))
    stays, _, _ = split(await collect(house.door().changed_since(Cursor(), window)))
    expected = {
        str(r.id) for r in house.hotel.reservations.values()
        if window.first <= r.arrival <= window.last or (r.arrival < today <= r.departure)
    }  # fmt: skip
    assert set(stays) == expected
    assert {str(r.id) for r in house.hotel.in_house()} <= expected


async def test_an_increment_brings_what_changed_and_no_more(house, packed):
    door = house.door(packed=packed, overlap=timedelta(minutes=1))
    house.wall.pass_by(hours=1)
    cursor = Cursor(await door.source_time())
    assert await collect(door.changed_since(cursor, WHOLE)) == []
    house.wall.pass_by(minutes=5)
    moved = house.hotel.move(house.hotel.in_house()[0].id)
    cancelled = house.hotel.cancel(
        next(
            r.id
            for r in house.hotel.reservations.values()
            if r.expected and r.arrival > house.hotel.business_date
        )
    )
    person = next(p for p in house.hotel.profiles.values() if p.id not in (moved.profile, cancelled.profile))
    person.phones = ["+7 943 000-00-01"]
    house.hotel.put_profile(person)
    stays, guests, problems = split(await collect(door.changed_since(cursor, WHOLE)))
    assert problems == []
    assert set(stays) == {str(moved.id), str(cancelled.id)}
    assert stays[str(moved.id)].room == moved.room
    assert stays[str(cancelled.id)].state is StayState.CANCELLED
    assert guests[str(person.id)].phones == ("+7 943 000-00-01",)
    assert await door.source_time() == house.wall.now


async def test_an_old_cursor_is_read_day_by_day(house):
    door = house.door(overlap=timedelta())
    day = house.hotel.clock.now() - timedelta(days=10)
    cursor = Cursor(moment(house, day))
    await door.check()
    before = door.requests
    stays, _, _ = split(await collect(door.changed_since(cursor, WHOLE)))
    assert set(stays) == {str(r.id) for r in house.hotel.reservations.values() if r.updated >= day}
    assert door.requests - before > 20


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Almaty", "Europe/Rome", "UTC"])
@pytest.mark.parametrize("sign", ["inverted", "straight"])
async def test_the_meaning_of_the_shift_is_learnt(zone, sign):
    async with open_house(bookings=200, zone=zone) as house:
        house.hotel.switches.set("shift_sign", sign)
        house.wall.pass_by(hours=2)
        door = house.door(overlap=timedelta(seconds=5))
        cursor = Cursor(await door.source_time())
        stay = house.hotel.in_house()[0]
        house.hotel.touch(stay)
        stays, _, _ = split(await collect(door.changed_since(cursor, WHOLE)))
        assert set(stays) == {str(stay.id)}
        assert stays[str(stay.id)].updated_at == house.wall.now
        assert (await door.check()).ok


async def test_a_reopened_stay_goes_backwards(house):
    stay = house.hotel.in_house()[0]
    house.hotel.check_out(stay.id)
    door = house.door()
    cursor = Cursor(NOW)
    first, _, _ = split(await collect(door.changed_since(cursor, WHOLE)))
    house.hotel.undo_check_out(stay.id)
    second, _, _ = split(await collect(door.changed_since(cursor, WHOLE)))
    assert first[str(stay.id)].state is StayState.CHECKED_OUT
    assert second[str(stay.id)].state is StayState.IN_HOUSE


async def test_merged_and_erased_people(house):
    stay = house.hotel.in_house()[0]
    other = next(
        p for p in house.hotel.profiles.values() if p.phones and p.category == 4 and p.id != stay.profile
    )
    gone = stay.profile
    house.hotel.merge(gone, other.id)
    victim = next(
        p for p in house.hotel.profiles.values() if p.category == 4 and p.id not in (gone, other.id)
    )
    erase(victim, house.hotel.clock.now())
    house.hotel.put_profile(victim)
    stays, guests, _ = split(await collect(house.door().changed_since(Cursor(NOW), WHOLE)))
    assert guests[str(gone)].merged_into == str(other.id)
    assert guests[str(gone)].deleted
    assert str(other.id) in guests
    assert stays[str(stay.id)].profile_id == str(other.id)
    assert guests[str(victim.id)].anonymised


async def test_sharers_carry_one_key_and_only_the_main_guest_the_rate(house):
    stays, _, _ = split(await collect(house.door().changed_since(Cursor(), WHOLE)))
    sharing = [stay for stay in stays.values() if stay.share_key]
    by_key = Counter(stay.share_key for stay in sharing)
    assert by_key
    assert set(by_key.values()) == {2}


async def test_nights_show_the_room_move(house):
    door = house.door(with_nights=True)
    stays, _, problems = split(await collect(door.changed_since(Cursor(), WHOLE)))
    assert problems == []
    moved = next(r for r in house.hotel.reservations.values() if len(r.segments) > 1)
    nights = stays[str(moved.id)].nights
    assert [night.day for night in nights] == [moved.arrival + timedelta(days=n) for n in range(moved.nights)]
    assert [night.room for night in nights] == [moved.room_on(night.day)[0] for night in nights]


async def test_postings_with_their_signs_and_kinds(house):
    first, last = WHOLE.first, house.hotel.business_date
    lines = await collect(house.door().postings(first, last))
    assert all(isinstance(line, Posting) for line in lines)
    assert {line.posting_id for line in lines} == {str(n) for n in house.hotel.postings}
    assert {line.kind for line in lines} == {PostingKind.CHARGE, PostingKind.TAX, PostingKind.PAYMENT}
    for line in lines:
        assert line.amount.amount == house.hotel.postings[int(line.posting_id)].amount


async def test_postings_ride_along_when_wanted(house):
    records = await collect(house.door(with_postings=True).changed_since(Cursor(), WHOLE))
    assert sum(isinstance(r, Posting) for r in records) == len(house.hotel.postings)


@pytest.mark.parametrize("limit", [100, 128, 300])
async def test_a_hidden_limit_of_rows_is_cut_under(limit):
    async with open_house(bookings=4000) as house:
        house.hotel.switches.set("max_rows", limit)
        window = SourceWindow(house.hotel.business_date, house.hotel.business_date + timedelta(days=60))
        stays, _, problems = split(await collect(house.door().changed_since(Cursor(), window)))
        expected = {
            str(r.id) for r in house.hotel.reservations.values()
            if window.first <= r.arrival <= window.last or r.arrival < window.first <= r.departure
        }  # fmt: skip
        assert len(expected) > limit
        assert set(stays) == expected
        assert problems == []


async def test_bad_rows_are_told_and_the_rest_goes_on(packed):
    async with open_house(bookings=3000) as house:
        whole, _, _ = split(await collect(house.door().changed_since(Cursor(), WHOLE)))
        house.hotel.switches.set("bad_rows", True)
        stays, _, problems = split(await collect(house.door(packed=packed).changed_since(Cursor(), WHOLE)))
        codes_found = Counter(problem.code for problem in problems)
        assert {"row-bad-date", "row-missing-id", "row-mojibake"} <= set(codes_found)
        lost = sum(problem.entity == "stay" for problem in problems)
        assert len(stays) + lost == len(whole)
        for problem in problems:
            assert not any(char >= "А" for char in problem.detail)
            if problem.code == "row-bad-date":
                assert problem.key in whole


async def test_wrong_bytes_under_a_utf8_declaration_are_read_as_cp1251(house):
    _, sound, _ = split(await collect(house.door().changed_since(Cursor(), WHOLE)))
    house.hotel.switches.set("encoding", "cp1251")
    _, guests, problems = split(await collect(house.door().changed_since(Cursor(), WHOLE)))
    assert problems == []
    cyrillic = [n for n, guest in sound.items() if guest.last_name[:1] > "А"]
    assert cyrillic
    assert all(guests[n].last_name == sound[n].last_name for n in cyrillic)


async def test_the_check_tells_date_version_and_manner(house):
    status = await house.door().check()
    assert (status.ok, status.code) == (True, "ok")
    assert status.business_date == house.hotel.business_date
    assert status.version == house.hotel.config.version
    assert "UTC-180" in status.detail


async def test_a_named_profile_that_is_not_there_is_told(house):
    stay = house.hotel.in_house()[0]
    stay.company = 999_999
    house.hotel.touch(stay)
    _, _, problems = split(await collect(house.door().changed_since(Cursor(NOW), WHOLE)))
    assert [(p.entity, p.key, p.code) for p in problems] == [("profile", "999999", "row-profile-missing")]
