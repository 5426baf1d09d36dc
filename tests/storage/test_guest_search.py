"""Guests are found by whatever is known of them, from the index, which follows what is staged; on both engines."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select, text

from bench.made_guests import TODAY, guests, questions
from domain.guests import Profile, ProfileKind
from domain.portal import Hotel
from domain.stays import Stay, StayState
from handlers.guests.search import find_guests
from storage import Database, erasure, guest_search, migrate, portals, staging
from storage.tables import guest_docs, guest_spellings
from tests.conftest import FakeClock

IVANOV = Profile(
    "P1", ProfileKind.INDIVIDUAL, last_name="IVANOV", first_name="SERGEI", phones=("8 (921) 555-12-34",),
    emails=("s.ivanov@guest.example",),
)  # fmt: skip
ANNA = Profile("P2", ProfileKind.INDIVIDUAL, last_name="Щербакова", first_name="Анна")
FIRM = Profile("P3", ProfileKind.COMPANY, company_name="ООО «Северный Берег»")
STAYS = [
    Stay("R1", StayState.IN_HOUSE, date(2026, 11, 20), date(2026, 11, 25), "P1", "IVANOV SERGEI", "CRS-77", "305"),
    Stay("R0", StayState.CHECKED_OUT, date(2025, 1, 2), date(2025, 1, 5), "P1", "IVANOV SERGEI", room="101"),
    Stay("R2", StayState.CONFIRMED, date(2026, 12, 1), date(2026, 12, 3), "P2", "Щербакова Анна", company_id="P3",
         group="КОНФ-2026"),
    Stay("R9", StayState.CONFIRMED, date(2026, 12, 1), date(2026, 12, 3), None, "Walk-in Guest"),
]  # fmt: skip


async def opened(db: Database, clock: FakeClock, code: str = "GRAND") -> Hotel:
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", clock.now)
        place = {"name": code, "timezone": "Europe/Moscow", "currency": "RUB"}
        return Hotel(await portals.ensure_hotel(tx, portal_id, code, **place), code, **place)


async def stage(
    db: Database, hotel: Hotel, clock: FakeClock, profiles: list[Profile], stays: list[Stay]
) -> None:
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", clock.now)
        await staging.upsert(tx, portal_id, hotel, profiles, stays, run_id=1, now=clock.now)


async def found(db: Database, hotel: Hotel, query: str) -> list[str]:
    """Profile and reservation of what is found, best first."""
    async with db.reading() as tx:
        rows = await find_guests(tx, hotel.id, query, TODAY, 10)
    return [f"{one.profile_id or '-'}/{one.stay.reservation_id if one.stay else '-'}" for one in rows]


@pytest.fixture
async def hotel(db: Database, clock: FakeClock) -> Hotel:
    hotel = await opened(db, clock)
    await stage(db, hotel, clock, [IVANOV, ANNA, FIRM], STAYS)
    return hotel


@pytest.mark.parametrize(
    "query",
    ["Иванов", "ivanov sergey", "Сергей ИВАНОВ", "ива", "bdfyjd", "Ивонов Сергей", "серёжа иванов", "Иванов С.",
     "Иванов Сергей Петрович", "+7 921 555-12-34", "89215551234", "555 12 34", "1234", "иванов 1234",
     "S.Ivanov@guest.example", "s.ivanov@", "R1", "crs77", "CRS-77", "305", "номер 305", "иванов 305", "Iwanow",
     "Ivanoff"],
)  # fmt: skip
async def test_one_guest_by_many_ways(db: Database, hotel: Hotel, query: str) -> None:
    assert (await found(db, hotel, query))[:1] == ["P1/R1"], query


async def test_found_by_firm_group_and_without_a_profile(db: Database, hotel: Hotel) -> None:
    assert await found(db, hotel, "северный берег") == ["P3/-", "P2/R2"]
    assert await found(db, hotel, "конф-2026") == ["P2/R2"]
    assert await found(db, hotel, "walk-in") == ["-/R9"]
    assert await found(db, hotel, "R0") == ["P1/R0"]


@pytest.mark.parametrize(
    "query",
    ["", "  ", "-", "Пушкин", "99999", "no@where.example", '"', "' OR 1=1 --", "NEAR(", "*", "а" * 3000],
)
async def test_nobody_and_nothing_breaks(db: Database, hotel: Hotel, query: str) -> None:
    assert await found(db, hotel, query) == []


async def test_who_is_here_comes_before_who_was(db: Database, hotel: Hotel, clock: FakeClock) -> None:
    more, stays = [], []
    for n, (state, arrival) in enumerate(
        [(StayState.CHECKED_OUT, date(2024, 1, 1)), (StayState.CONFIRMED, date(2026, 11, 26)),
         (StayState.CHECKED_OUT, date(2026, 11, 10)), (StayState.CANCELLED, date(2026, 11, 24))]
    ):  # fmt: skip
        more.append(replace(IVANOV, profile_id=f"Q{n}", phones=(), emails=()))
        stays.append(
            Stay(f"S{n}", state, arrival, arrival.replace(day=arrival.day + 2), f"Q{n}", "IVANOV SERGEI")
        )
    await stage(db, hotel, clock, more, stays)
    assert await found(db, hotel, "иванов сергей") == ["P1/R1", "Q1/S1", "Q2/S2", "Q0/S0", "Q3/S3"]


async def test_the_index_follows_what_is_staged(db: Database, hotel: Hotel, clock: FakeClock) -> None:
    await stage(
        db,
        hotel,
        clock,
        [replace(IVANOV, last_name="Петров")],
        [replace(STAYS[0], guest_name="Петров Сергей", room="412")],
    )
    assert await found(db, hotel, "петров") == ["P1/R1"]
    assert await found(db, hotel, "305") == []
    assert await found(db, hotel, "412") == ["P1/R1"]
    gone = replace(ANNA, merged_into="P1")
    await stage(db, hotel, clock, [gone], [])
    assert await found(db, hotel, "щербакова") == ["P1/R2"]  # her stay goes on under the surviving number


async def test_an_erased_guest_is_found_by_nothing(db: Database, hotel: Hotel) -> None:
    async with db.transaction() as tx:
        await erasure.erase_guest(tx, hotel.id, "P1")
    for query in ("Иванов", "1234", "s.ivanov@guest.example", "R1", "305"):
        assert await found(db, hotel, query) == []
    async with db.reading() as tx:
        words = set((await tx.execute(select(guest_spellings.c.word))).scalars())
    assert "ivanov" not in words
    assert "werbakova" in words


async def test_an_index_written_anew_is_the_same(db: Database, hotel: Hotel) -> None:
    async def rows() -> list[object]:
        async with db.reading() as tx:
            docs = (
                await tx.execute(
                    select(guest_docs.c.kind, guest_docs.c.key, guest_docs.c.tokens).order_by(
                        guest_docs.c.kind, guest_docs.c.key
                    )
                )
            ).all()
            words = (await tx.execute(select(guest_spellings).order_by(*guest_spellings.c))).all()
        return [*docs, *words]

    before = await rows()
    async with db.transaction() as tx:
        await guest_search.forget(tx, hotel.id)
    assert await found(db, hotel, "иванов") == []
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", FakeClock().now)
        assert await staging.reindex(tx, portal_id, hotel) == 3 + len(STAYS)
    assert await rows() == before
    assert await found(db, hotel, "иванов") == ["P1/R1"]


async def test_a_transaction_undone_leaves_no_trace(db: Database, hotel: Hotel, clock: FakeClock) -> None:
    async def stage_and_fail() -> None:
        async with db.transaction() as tx:
            pushkina = replace(ANNA, profile_id="P7", last_name="Пушкина")
            await staging.upsert(tx, 1, hotel, [pushkina], [], run_id=1, now=clock.now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stage_and_fail()
    assert await found(db, hotel, "пушкина") == []


async def test_each_hotel_is_searched_by_itself(db: Database, hotel: Hotel, clock: FakeClock) -> None:
    other = await opened(db, clock, "PARK")
    assert await found(db, other, "Иванов") == []
    await stage(db, other, clock, [replace(ANNA, profile_id="P1")], [])
    assert await found(db, other, "щербакова") == ["P1/-"]
    assert await found(db, hotel, "щербакова") == ["P2/R2"]


async def test_the_engine_reads_the_index_and_not_the_table(db: Database, hotel: Hotel) -> None:
    if db.dialect == "sqlite":
        async with db.reading() as tx:
            values = guest_search.parameters(hotel.id, ("x", "x"), TODAY) | {"soon": "", "lately": ""}
            explained = await tx.execute(
                text(f"EXPLAIN QUERY PLAN {guest_search.statement('sqlite')}"), values
            )
            plan = [row.detail for row in explained.all()]
            version = (await tx.execute(select(func.sqlite_version()))).scalar_one()
        assert tuple(map(int, version.split("."))) >= (3, 40)
        assert not [
            step for step in plan if step.startswith("SCAN") and step.split()[1] in {"d", "s", "p", "a"}
        ], plan
        assert [step for step in plan if "VIRTUAL TABLE" in step]
    else:
        async with db.transaction() as tx:
            await tx.execute(text("SET LOCAL enable_seqscan = off"))
            rows = (
                await tx.execute(
                    text(
                        "EXPLAIN SELECT id FROM guest_docs WHERE array_to_tsvector(string_to_array(tokens, ' ')) @@ CAST('x' AS tsquery)"
                    )
                )
            ).scalars()
            assert "ix_guest_docs_tokens" in "\n".join(rows)


async def test_the_right_guest_is_among_the_first_three(sqlite_url: str, clock: FakeClock) -> None:
    """The labelled set: three hundred questions and more, every kind of what people get wrong."""
    db = Database.open(sqlite_url)
    try:
        hotel = await opened(db, clock)
        known = list(guests(3000))
        await stage(db, hotel, clock, [one.profile for one in known], [one.stay for one in known if one.stay])
        asked, right = questions(known, 300), Counter()
        async with db.reading() as tx:
            for one in asked:
                rows = await find_guests(tx, hotel.id, one.text, TODAY, 10)
                right[one.kind] += one.profile_id in [row.profile_id for row in rows[:3]]
    finally:
        await db.close()
    assert len(asked) >= 300
    of_kind = Counter(one.kind for one in asked)
    missed = {kind: f"{right[kind]}/{count}" for kind, count in of_kind.items() if right[kind] < count}
    assert right.total() / len(asked) >= 0.98, missed
    assert all(right[kind] / count >= 0.85 for kind, count in of_kind.items()), missed


async def test_migrating_a_filled_store_makes_it_findable_by_reindex(tmp_path, clock: FakeClock) -> None:
    """A store of the version before has records and no index: the first start after the migration fills it."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"
    await migrate(url)
    db = Database.open(url)
    try:
        hotel = await opened(db, clock)
        await stage(db, hotel, clock, [IVANOV], [])
        async with db.transaction() as tx:
            await tx.execute(guest_docs.delete())
        async with db.reading() as tx:
            assert await guest_search.is_behind(tx, hotel.id)
        async with db.transaction() as tx:
            await staging.reindex(tx, 1, hotel)
        async with db.reading() as tx:
            assert not await guest_search.is_behind(tx, hotel.id)
    finally:
        await db.close()
