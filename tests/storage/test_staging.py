"""The staging store: only differences are written, each record counts once a run, lists find their guests."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select

from domain.guests import Profile, ProfileKind
from domain.portal import Hotel
from domain.stays import Cursor, Money, Night, Posting, PostingKind, Stay, StayState
from storage import Database, differences, run_items, runs, snapshots, staging, stays
from storage.erasure import Erased, erase_guest
from storage.snapshots import Snapshot
from storage.stays import arriving_between
from storage.tables import guest_docs, guest_spellings, profiles
from storage.tables import snapshots as snapshot_rows
from storage.tables import stays as stay_rows
from tests.conftest import FakeClock
from tests.storage.conftest import House

DAY = date(2026, 11, 20)
OLGA = Profile(
    "100",
    ProfileKind.INDIVIDUAL,
    last_name="Щербакова",
    first_name="Юлия",
    phones=("8 (916) 123-45-67, +7 495 123-45-68", "0000000"),
    emails=("Julia@Example-Hotel.ru; no@mail.ru",),
    birthday=date(1990, 2, 3),
    updated_at=datetime(2026, 11, 1, tzinfo=UTC),
    extra={"UDF": "x"},
)
STAY = Stay(
    "9001",
    StayState.IN_HOUSE,
    DAY - timedelta(days=1),
    DAY + timedelta(days=2),
    profile_id="100",
    confirmation="C-55",
    room="305",
    total=Money(Decimal("12345.60"), "RUB"),
    nights=(Night(DAY, "305", "DBL", "BAR", Money(Decimal("4115.20"), "RUB"), 2),),
    checked_in_at=datetime(2026, 11, 19, 12, 30, tzinfo=UTC),
)


def hotel(house: House) -> Hotel:
    return Hotel(house.hotel_id, "GRAND", "Гранд")


async def stage(
    db: Database,
    house: House,
    clock: FakeClock,
    *records: Profile | Stay | Posting,
    run_id: int = 1,
) -> int:
    async with db.transaction() as tx:
        return await staging.upsert(
            tx,
            house.portal_id,
            hotel(house),
            [one for one in records if isinstance(one, Profile)],
            [one for one in records if isinstance(one, Stay)],
            [one for one in records if isinstance(one, Posting)],
            run_id=run_id,
            now=clock.now,
        )


async def differing(db: Database, house: House, staged: str, mapping: str = "1") -> list[str]:
    async with db.reading() as tx:
        found = await differences.changed(tx, house.hotel_id, staged, mapping)
        assert await differences.count_changed(tx, house.hotel_id, staged, mapping) == len(found)
    return [one.key for one in found]


async def confirm(db: Database, house: House, clock: FakeClock, staged: str, mapping: str = "1") -> None:
    async with db.transaction() as tx:
        found = await differences.changed(tx, house.hotel_id, staged, mapping)
        done = [
            Snapshot(one.key, "contact", 7, "wanted", one.content_hash, mapping, {"NAME": "Щербакова"})
            for one in found
        ]
        await snapshots.confirm(tx, house.portal_id, house.hotel_id, staged, done, clock.now)


async def leave_out(db: Database, house: House, clock: FakeClock, staged: str, mapping: str = "1") -> None:
    async with db.transaction() as tx:
        found = await differences.changed(tx, house.hotel_id, staged, mapping)
        hashes = {one.key: one.content_hash for one in found}
        await snapshots.leave_out(tx, house.portal_id, house.hotel_id, staged, hashes, mapping, clock.now)


async def test_records_come_back_as_they_were(db: Database, house: House, clock: FakeClock) -> None:
    posting = Posting(
        "p1", "9001", PostingKind.TAX, "VAT", Money(Decimal("-0.10"), "RUB"), DAY, Decimal("1.5"), text="НДС"
    )
    assert await stage(db, house, clock, OLGA, STAY, posting) == 2
    async with db.reading() as tx:
        assert await stays.profiles_by_id(tx, house.hotel_id, ["100", "no"]) == {"100": OLGA}
        assert await stays.stays_of_profile(tx, house.hotel_id, "100") == [STAY]
        assert await stays.postings_of(tx, house.hotel_id, "9001") == [posting]


async def test_a_record_counts_once_a_run(db: Database, house: House, clock: FakeClock) -> None:
    assert await stage(db, house, clock, OLGA, OLGA, STAY) == 2
    assert await stage(db, house, clock, OLGA) == 0
    assert await stage(db, house, clock, replace(OLGA, vip="V1")) == 0
    assert await stage(db, house, clock, OLGA, run_id=2) == 1
    assert await stage(db, house, clock, OLGA, run_id=2) == 0


async def test_an_unchanged_record_is_not_written(sqlite_url: str, clock: FakeClock) -> None:
    """What stands still costs one look and one stamp, whatever the PMS's own time of change says."""
    db = Database.open(sqlite_url)
    async with db.transaction() as tx:
        from storage import portals

        portal_id = await portals.ensure(tx, "main", clock.now)
        hotel_id = await portals.ensure_hotel(tx, portal_id, "G", name="", timezone="", currency="")
    house = House(portal_id, hotel_id, 0)
    await stage(db, house, clock, OLGA, STAY)
    statements: list[str] = []
    writer = db._writer
    assert writer is not None

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement.split(maxsplit=1)[0])

    event.listen(writer._engine.sync_engine, "before_cursor_execute", note)
    touched = replace(OLGA, updated_at=datetime(2026, 11, 20, tzinfo=UTC))
    await stage(db, house, clock, touched, STAY, run_id=2)
    assert "INSERT" not in statements
    await stage(db, house, clock, replace(OLGA, vip="V1"), STAY, run_id=2)
    assert "INSERT" in statements
    await db.close()


async def test_packs_larger_than_one_statement(db: Database, house: House, clock: FakeClock) -> None:
    many = [replace(STAY, reservation_id=f"{n:05}") for n in range(2500)]
    assert await stage(db, house, clock, *many) == 2500
    assert await stage(db, house, clock, *many, run_id=2) == 2500
    keys: list[str] = []
    async with db.reading() as tx:
        while page := await differences.changed(
            tx, house.hotel_id, "stay", "1", after=keys[-1] if keys else "", limit=999
        ):
            keys += [one.key for one in page]
    assert keys == [stay.reservation_id for stay in many]


class TestChanged:
    async def test_what_was_confirmed_stands_still(
        self, db: Database, house: House, clock: FakeClock
    ) -> None:
        await stage(db, house, clock, OLGA, replace(OLGA, profile_id="101"), STAY)
        assert await differing(db, house, "profile") == ["100", "101"]
        assert await differing(db, house, "stay") == ["9001"]
        await confirm(db, house, clock, "profile")
        assert await differing(db, house, "profile") == []
        assert await differing(db, house, "stay") == ["9001"]
        await stage(db, house, clock, replace(OLGA, vip="V1"))
        assert await differing(db, house, "profile") == ["100"]
        await stage(db, house, clock, OLGA)  # and back again before anything was written
        assert await differing(db, house, "profile") == []

    async def test_a_new_mapping_makes_all_differ(self, db: Database, house: House, clock: FakeClock) -> None:
        await stage(db, house, clock, STAY)
        await confirm(db, house, clock, "stay")
        assert await differing(db, house, "stay", mapping="2") == ["9001"]
        await confirm(db, house, clock, "stay", mapping="2")
        assert await differing(db, house, "stay", mapping="2") == []

    async def test_a_forgotten_snapshot_makes_it_differ(
        self, db: Database, house: House, clock: FakeClock
    ) -> None:
        await stage(db, house, clock, OLGA)
        await confirm(db, house, clock, "profile")
        async with db.transaction() as tx:
            assert await snapshots.count(tx, house.hotel_id) == 1
            assert await snapshots.crm_ids(tx, house.hotel_id, "profile", ["100", "9"]) == {"100": 7}
            owner = await snapshots.by_crm_id(tx, house.hotel_id, "contact", 7)
            assert owner
            assert (await snapshots.load(tx, house.hotel_id, "profile", ["100"])) == {"100": owner}
            await snapshots.forget(tx, house.hotel_id, "profile", ["100"])
        assert await differing(db, house, "profile") == ["100"]

    async def test_what_stays_out_of_the_crm_is_decided_once(
        self, db: Database, house: House, clock: FakeClock
    ) -> None:
        await stage(db, house, clock, OLGA)
        await leave_out(db, house, clock, "profile")
        assert await differing(db, house, "profile") == []
        assert await differing(db, house, "profile", mapping="2") == ["100"]
        async with db.reading() as tx:  # no item, and no sign of one
            assert await snapshots.count(tx, house.hotel_id) == 0
            assert await snapshots.crm_ids(tx, house.hotel_id, "profile", ["100"]) == {}
            assert await snapshots.load(tx, house.hotel_id, "profile", ["100"]) == {}
        await stage(db, house, clock, replace(OLGA, vip="V1"))
        assert await differing(db, house, "profile") == ["100"]
        await confirm(db, house, clock, "profile")
        async with db.reading() as tx:
            assert await snapshots.crm_ids(tx, house.hotel_id, "profile", ["100"]) == {"100": 7}

    async def test_what_has_an_item_keeps_it_when_it_is_left_out(
        self, db: Database, house: House, clock: FakeClock
    ) -> None:
        await stage(db, house, clock, OLGA)
        await confirm(db, house, clock, "profile")
        await stage(db, house, clock, replace(OLGA, merged_into="101"))
        await leave_out(db, house, clock, "profile")
        assert await differing(db, house, "profile") == []
        async with db.reading() as tx:
            assert await snapshots.crm_ids(tx, house.hotel_id, "profile", ["100"]) == {"100": 7}

    async def test_stays_gone_in_the_pms_are_told(self, db: Database, house: House, clock: FakeClock) -> None:
        tomorrow = replace(STAY, reservation_id="9002", arrival=DAY + timedelta(days=1))
        cancelled = replace(STAY, reservation_id="9003", state=StayState.CANCELLED)
        later = replace(STAY, reservation_id="9004", arrival=DAY + timedelta(days=90))
        await stage(db, house, clock, STAY, tomorrow, cancelled, later)
        await stage(db, house, clock, STAY, run_id=2)
        async with db.reading() as tx:
            window = (DAY - timedelta(days=5), DAY + timedelta(days=5))
            assert await differences.unseen_stays(tx, house.hotel_id, 2, *window) == [tomorrow]


class TestLooking:
    @pytest.fixture(autouse=True)
    async def guests(self, db: Database, house: House, clock: FakeClock) -> None:
        ivan = Profile("200", ProfileKind.INDIVIDUAL, last_name="Иванов", first_name="Пётр")
        await stage(
            db,
            house,
            clock,
            OLGA,
            ivan,
            STAY,
            Stay("9002", StayState.CHECKED_OUT, DAY - timedelta(days=9), DAY, profile_id="100", room="99"),
            Stay("9003", StayState.CONFIRMED, DAY, DAY + timedelta(days=1), profile_id="200", room="1001"),
            Stay("9004", StayState.CONFIRMED, DAY + timedelta(days=3), DAY + timedelta(days=4), room="305"),
            Stay("9005", StayState.CANCELLED, DAY, DAY + timedelta(days=4), room="305"),
            Stay("9006", StayState.TENTATIVE, DAY, DAY, guest_name="Smith, John"),
        )

    async def test_a_room(self, db: Database, house: House) -> None:
        async with db.reading() as tx:
            found = await stays.stays_in_room(tx, house.hotel_id, "305", DAY)
            assert [stay.reservation_id for stay in found] == ["9001", "9004"]
            assert await stays.stays_in_room(tx, house.hotel_id + 1, "305", DAY) == []

    async def test_lists_of_a_day(self, db: Database, house: House) -> None:
        async with db.reading() as tx:
            came, count = await stays.arrivals(tx, house.hotel_id, DAY, 10)
            assert ([stay.reservation_id for stay in came], count) == (["9003", "9006"], 2)
            left, count = await stays.departures(tx, house.hotel_id, DAY, 1)
            assert ([stay.reservation_id for stay in left], count) == (["9002"], 2)
            here, count = await stays.in_house(tx, house.hotel_id, DAY, 10)
            assert ([stay.reservation_id for stay in here], count) == (["9001"], 1)

    async def test_counts_per_day(self, db: Database, house: House) -> None:
        days = [DAY + timedelta(days=n) for n in range(4)]
        async with db.reading() as tx:
            assert await stays.arrivals_per_day(tx, house.hotel_id, days) == (2, 0, 0, 1)
            assert await stays.in_house_per_day(tx, house.hotel_id, days) == (2, 1, 0, 1)
            assert await stays.in_house_per_day(tx, house.hotel_id, []) == ()

    async def test_all_that_arrive_in_a_span(self, db: Database, house: House) -> None:
        async with db.reading() as tx:
            found = await arriving_between(tx, house.hotel_id, DAY, DAY + timedelta(days=3), after="9003")
        assert [stay.reservation_id for stay in found] == ["9004", "9005", "9006"]

    async def test_a_merged_profile_leads_to_the_surviving_one(
        self, db: Database, house: House, clock: FakeClock
    ) -> None:
        gone = Profile("150", ProfileKind.INDIVIDUAL, merged_into="200")
        await stage(db, house, clock, gone, replace(STAY, reservation_id="9010", profile_id="150"))
        async with db.reading() as tx:
            found = await stays.profiles_by_id(tx, house.hotel_id, ["150"])
            assert found["150"].last_name == "Иванов"
            found_stays = await stays.stays_of_profile(tx, house.hotel_id, "200")
        assert [stay.reservation_id for stay in found_stays] == ["9003", "9010"]


async def test_cursors_per_door(db: Database, house: House, clock: FakeClock) -> None:
    async with db.transaction() as tx:
        assert await staging.cursor(tx, house.hotel_id, "suite8") == Cursor()
        await staging.set_cursor(tx, house.portal_id, house.hotel_id, "suite8", Cursor(clock.now, None))
        await staging.set_cursor(tx, house.portal_id, house.hotel_id, "suite8", Cursor(clock.now, clock.now))
        assert await staging.cursor(tx, house.hotel_id, "suite8") == Cursor(clock.now, clock.now)
        assert await staging.cursor(tx, house.hotel_id, "fias") == Cursor()


async def test_a_row_readable_again_is_no_failure(db: Database, house: House, clock: FakeClock) -> None:
    from domain.stays import RowProblem

    async with db.transaction() as tx:
        first = await runs.start(tx, house.portal_id, house.hotel_id, "sync", clock.now)
        bad = [
            RowProblem("stay", "9001", "row-dates", "departure before arrival"),
            RowProblem("stay", None, "x", ""),
        ]
        await run_items.add_rejected(tx, house.portal_id, house.hotel_id, first, bad)
        assert [one.key for one in await run_items.open_failures(tx, house.hotel_id, 10)] == ["", "9001"]
        second = await runs.start(tx, house.portal_id, house.hotel_id, "sync", clock.now)
    await stage(db, house, clock, STAY, run_id=second)
    async with db.reading() as tx:
        assert [one.key for one in await run_items.open_failures(tx, house.hotel_id, 10)] == [""]


async def test_an_erased_guest_leaves_no_word(db: Database, house: House, clock: FakeClock) -> None:
    merged = Profile("150", ProfileKind.INDIVIDUAL, last_name="Щербакова-Старая", merged_into="100")
    old_stay = replace(
        STAY, reservation_id="9002", profile_id="150", guest_name="Щербакова", notes="аллергия"
    )
    other = replace(STAY, reservation_id="9003", profile_id="300", guest_name="Другой")
    await stage(db, house, clock, OLGA, merged, STAY, old_stay, other)
    await confirm(db, house, clock, "profile")
    await confirm(db, house, clock, "stay")
    async with db.transaction() as tx:
        erased = await erase_guest(tx, house.hotel_id, "100")
    assert (erased.profiles, erased.stays) == (2, 2)
    assert {one.key for one in erased.crm_items} == {"100", "150", "9001", "9002"}
    async with db.reading() as tx:
        for table in (profiles, stay_rows, snapshot_rows, guest_docs, guest_spellings):
            found = [str(row) for row in (await tx.execute(select(table))).all()]
            rows = [row for row in found if "9003" not in row]  # the other guest's
            assert not any("Щербаков" in row or "аллергия" in row or "werbak" in row for row in rows)
    assert await differing(db, house, "stay") == ["9001", "9002"]
    async with db.transaction() as tx:
        assert await erase_guest(tx, house.hotel_id, "100") == Erased(0, 0, ())
