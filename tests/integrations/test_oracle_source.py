"""The Oracle door against the surrogate: both schemas, the same hotel. Nothing here has met a real Oracle."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.errors import Permanent, Temporary
from domain.guests import Profile, ProfileKind
from domain.ports import SourceWindow
from domain.stays import Cursor, Posting, PostingKind, RowProblem, Stay, StayState
from integrations.fidelio.oracle.database import Driver
from integrations.fidelio.oracle.source import OracleSource
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig
from sandbox.hotel.records import AGENT, COMPANY, SOURCE, Reservation
from sandbox.oracle.surrogate import Surrogate
from tests.integrations.suite8_hotel import WHOLE, Wall, collect

FULL = Cursor()


@pytest.fixture(scope="module")
def hotel() -> Hotel:
    """Read by many tests, changed by none."""
    return Hotel.open(config=HotelConfig(bookings=400), wall=Wall())


@pytest.fixture(params=["opera5", "suite8"])
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def base(hotel: Hotel, profile: str) -> Iterator[Surrogate]:
    surrogate = Surrogate(hotel, profile)
    yield surrogate
    surrogate.close()


def door(base: Surrogate, profile: str) -> OracleSource:
    driver = Driver(base.connect, base.error)
    return OracleSource(driver, profile=profile, resort="GRAND", currency="RUB")


async def read(base: Surrogate, profile: str, cursor: Cursor = FULL, window: SourceWindow = WHOLE) -> list:
    source = door(base, profile)
    try:
        return await collect(source.changed_since(cursor, window))
    finally:
        await source.close()


def expected_state(stay: Reservation) -> StayState:
    if stay.checked_out:
        return StayState.CHECKED_OUT
    if stay.no_avail:
        left = {3: StayState.CANCELLED, 4: StayState.NO_SHOW}
        return left.get(stay.no_avail, StayState.TENTATIVE)
    if stay.checked_in:
        return StayState.IN_HOUSE
    return StayState.CONFIRMED if stay.status else StayState.TENTATIVE


async def test_every_reservation_of_the_books_comes_as_it_is(base, profile, hotel):
    found = {one.reservation_id: one for one in await read(base, profile) if isinstance(one, Stay)}
    books = {str(stay.id): stay for stay in hotel.reservations.values() if stay.type == "RES"}
    assert found.keys() == books.keys()
    for key, stay in books.items():
        told = found[key]
        assert (told.arrival, told.departure, told.profile_id) == (
            stay.arrival,
            stay.departure,
            str(stay.profile),
        )
        assert told.state is expected_state(stay), key
        assert told.companion_ids == tuple(str(number) for number in stay.companions)
        assert told.share_key == (str(stay.share) if stay.share else "")
        assert told.adults == stay.adults
        book = hotel.profiles[stay.profile]
        assert told.guest_name == " ".join(f"{book.last_name} {book.first_name}".split())
        assert len(told.nights) == max(stay.nights, 1)
        assert [night.room for night in told.nights] == [stay.room_on(night.day)[0] for night in told.nights]
    rooms = {key: stay.room for key, stay in books.items() if stay.in_house}
    assert {key: found[key].room for key in rooms} == rooms


async def test_a_guest_comes_before_the_stay_that_names_him_and_once(base, profile):
    known: set[str] = set()
    for record in await read(base, profile):
        if isinstance(record, Profile):
            assert record.profile_id not in known
            known.add(record.profile_id)
        elif isinstance(record, Stay):
            assert record.profile_id in known
            assert known.issuperset(record.companion_ids)


async def test_guests_and_firms_are_told_apart_with_their_contacts(base, profile, hotel):
    found = {one.profile_id: one for one in await read(base, profile) if isinstance(one, Profile)}
    for key, told in found.items():
        book = hotel.profiles[int(key)]
        firm = book.category in {COMPANY, AGENT, SOURCE}
        assert (told.kind is not ProfileKind.INDIVIDUAL) == firm
        assert set(told.phones) == {" ".join(phone.split()) for phone in book.phones}
        assert set(told.emails) == {" ".join(email.split()) for email in book.emails}
        if not firm:
            assert told.last_name == " ".join(book.last_name.split())
            assert told.birthday == book.birthday


async def test_revenue_and_payments_are_told_apart(base, profile, hotel):
    lines = [one for one in await read(base, profile) if isinstance(one, Posting)]
    known = {str(line.id): line for line in hotel.postings.values() if WHOLE.first <= line.day <= WHOLE.last}
    assert {line.posting_id for line in lines} == known.keys()
    for line in lines:
        book = known[line.posting_id]
        assert (line.kind is PostingKind.PAYMENT) == (book.department_type == 3)
        assert round(line.amount.amount, 2) == round(book.amount, 2)
        assert line.day == book.day


async def test_the_business_date_is_the_open_one(base, profile, hotel):
    source = door(base, profile)
    assert await source.business_date() == hotel.business_date
    await source.close()


async def test_an_increment_brings_what_changed_and_no_more(profile):
    wall = Wall()
    hotel = Hotel.open(config=HotelConfig(bookings=300), wall=wall)
    base = Surrogate(hotel, profile)
    wall.pass_by(hours=3)
    since = wall.now
    wall.pass_by(minutes=30)
    came = hotel.check_in(hotel.due_in()[0].id)
    gone = hotel.check_out(hotel.due_out()[0].id) if hotel.due_out() else None
    base.refresh()
    stays = {s.reservation_id: s for s in await read(base, profile, Cursor(since)) if isinstance(s, Stay)}
    assert stays[str(came.id)].state is StayState.IN_HOUSE
    if gone:
        assert stays[str(gone.id)].state is StayState.CHECKED_OUT
    assert set(stays) == {
        str(stay.id)
        for stay in hotel.reservations.values()
        if stay.type == "RES"
        and stay.updated > (since - timedelta(minutes=10) + timedelta(hours=3)).replace(tzinfo=None)
    }
    base.close()


async def test_a_stay_present_at_the_begin_of_the_window_belongs_to_it(base, profile, hotel):
    present = next(stay for stay in hotel.in_house() if stay.arrival < hotel.business_date)
    window = SourceWindow(hotel.business_date, hotel.business_date)
    found = {one.reservation_id for one in await read(base, profile, window=window) if isinstance(one, Stay)}
    assert str(present.id) in found


async def test_pages_follow_one_another_without_a_gap(base, profile, hotel, monkeypatch):
    monkeypatch.setattr("integrations.fidelio.oracle.database.PAGE", 7)
    monkeypatch.setattr("integrations.fidelio.oracle.database.Database.rows.__kwdefaults__", {"cap": 7})
    found = [one.reservation_id for one in await read(base, profile) if isinstance(one, Stay)]
    assert len(found) == len(set(found)) == sum(stay.type == "RES" for stay in hotel.reservations.values())


# --- the account, the columns, the faults ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("privilege", "table", "role"),
    [
        ("UPDATE ANY TABLE", "", ""),
        ("CREATE TABLE", "", ""),
        ("UPDATE", "NAME", ""),
        ("DELETE", "YRES", "HOTEL_ROLE"),
        ("EXECUTE", "PMS_P", ""),
    ],
)
async def test_an_account_that_can_write_is_refused(base, profile, privilege, table, role):
    base.grant(privilege, table, role=role)
    source = door(base, profile)
    status = await source.check()
    assert (status.ok, status.code) == (False, "oracle-can-write")
    assert privilege in status.detail
    with pytest.raises(Permanent, match="oracle-can-write"):
        await collect(source.changed_since(FULL, WHOLE))
    await source.close()
    assert not [text for text in base.statements if " from RESERVATION_NAME" in text or " from YRES" in text]


async def test_an_account_that_reads_everything_is_told_and_works(base, profile):
    base.grant("SELECT ANY TABLE")
    source = door(base, profile)
    status = await source.check()
    assert status.ok
    assert "SELECT ANY TABLE" in status.detail
    await source.close()


@pytest.mark.parametrize(
    ("profile", "gone"),
    [("opera5", "NAME.LAST"), ("suite8", "YRES.YRES_EXPARRTIME"), ("opera5", "NAME_PHONE")],
)
async def test_a_missing_column_is_named(hotel, profile, gone):
    base = Surrogate(hotel, profile, without=[gone])
    source = door(base, profile)
    status = await source.check()
    assert (status.ok, status.code) == (False, "oracle-columns")
    assert gone in status.detail
    await source.close()
    base.close()


@pytest.mark.parametrize(
    ("profile", "gone"),
    [("opera5", ["NAME.XLAST_NAME", "NAME_ADDRESS"]), ("suite8", ["YCLN", "YDET.YDET_SHARENUM"])],
)
async def test_what_it_can_do_without_is_read_as_nothing(hotel, profile, gone):
    base = Surrogate(hotel, profile, without=gone)
    source = door(base, profile)
    status = await source.check()
    assert status.ok
    assert all(word.partition(".")[2] in status.detail for word in gone)
    stays = [one for one in await collect(source.changed_since(FULL, WHOLE)) if isinstance(one, Stay)]
    assert len(stays) == sum(stay.type == "RES" for stay in hotel.reservations.values())
    await source.close()
    base.close()


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("ORA-01017: invalid credential or not authorized; logon denied", Permanent, "pms-refused"),
        (
            "DPY-3010: connections to this database server version are not supported",
            Permanent,
            "oracle-needs-thick",
        ),
        ("DPY-6005: cannot connect to database. Connection refused", Temporary, "pms-unreachable"),
        ("ORA-12541: TNS:no listener", Temporary, "pms-unreachable"),
        ("DPY-4024: call timeout of 30000 ms exceeded", Temporary, "pms-timeout"),
        ("ORA-00600: internal error code", Temporary, "pms-answer"),
    ],
)
async def test_faults_by_their_numbers(base, profile, fault, kind, code):
    base.fault = fault
    source = door(base, profile)
    with pytest.raises(kind, match=code):
        await source.source_time()
    base.fault = ""
    assert isinstance(await source.source_time(), datetime)  # the next call opens a session anew
    await source.close()


async def test_every_statement_is_a_capped_select_in_a_read_only_transaction(base, profile):
    await read(base, profile)
    assert base.statements
    for before, text in zip(base.statements, base.statements[1:], strict=False):
        if text != "set transaction read only":
            assert before == "set transaction read only"
            assert text.startswith("select * from (select ")
            assert text.endswith("where rownum <= :row_cap")
    assert len(set(base.statements)) < 25  # fixed texts: only binds change


async def test_a_bad_row_is_listed_and_the_rest_comes(hotel):
    base = Surrogate(hotel, "opera5")
    stay = next(one for one in hotel.reservations.values() if one.type == "RES")
    base.change("UPDATE RESERVATION_NAME SET RESV_STATUS = 'STRANGE' WHERE RESV_NAME_ID = :id", id=stay.id)
    records = await read(base, "opera5")
    problems = [one for one in records if isinstance(one, RowProblem)]
    assert [(one.entity, one.key, one.code) for one in problems] == [("stay", str(stay.id), "row-bad-state")]
    assert (
        sum(isinstance(one, Stay) for one in records)
        == len(hotel.reservations) - sum(one.type != "RES" for one in hotel.reservations.values()) - 1
    )
    base.close()


async def test_the_watermark_lies_an_hour_earlier_after_the_clock_was_put_back(hotel):
    base = Surrogate(hotel, "opera5")
    source = OracleSource(
        Driver(base.connect, base.error), profile="opera5", resort="GRAND", timezone="Europe/Berlin"
    )
    before = datetime(2026, 10, 25, 0, 55, tzinfo=UTC)  # 02:55, an hour before the second 02:55
    assert source._since(before, datetime(2026, 10, 25, 2, 30)) <= datetime(2026, 10, 25, 1, 45)
    assert source._since(before, datetime(2026, 10, 25, 2, 30, fold=1)) <= datetime(2026, 10, 25, 1, 45)
    await source.close()
    base.close()


async def test_a_date_is_never_moved_by_a_time_zone(base, profile, hotel):
    source = OracleSource(
        Driver(base.connect, base.error), profile=profile, resort="GRAND", timezone="Pacific/Auckland"
    )
    stays = [one for one in await collect(source.changed_since(FULL, WHOLE)) if isinstance(one, Stay)]
    assert {one.reservation_id: one.arrival for one in stays} == {
        str(stay.id): stay.arrival for stay in hotel.reservations.values() if stay.type == "RES"
    }
    assert all(type(one.arrival) is date for one in stays)
    await source.close()
