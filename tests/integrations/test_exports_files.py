"""The exports door on a real folder: formats, code pages, dates, bad rows, half-written and repeated files."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.doors import Fact
from domain.errors import Permanent, Temporary
from domain.guests import Profile, ProfileKind
from domain.ports import Consuming, SourceWindow
from domain.stays import Cursor, Money, RowProblem, Stay, StayState
from integrations.fidelio.exports.column_map import BadMap, load_map, read_map
from integrations.fidelio.exports.dates import BadDate, check_format, read_day, read_moment
from integrations.fidelio.exports.source import ExportsSource
from tests.integrations.exports_files import (
    BAD_DAY,
    FIXED,
    HEAD,
    IVANOV,
    MAP,
    PETROVA,
    XML,
    csv_file,
    put,
)

NOON = datetime(2026, 11, 23, 9, tzinfo=UTC)
WINDOW = SourceWindow(date(2026, 11, 1), date(2026, 12, 31))


class Exports:
    """A folder, its map, and the door; ``meanwhile`` happens while the door looks on."""

    def __init__(self, folder):
        self.folder = folder / "in"
        self.folder.mkdir()
        self.map = folder / "map.toml"
        self.map.write_text(MAP, encoding="utf-8")
        self.now = NOON
        self.meanwhile = []
        self.door = self.open()

    def open(self):
        return ExportsSource(self.folder, self.map, clock=lambda: self.now, sleep=self._sleep)

    async def _sleep(self, _seconds):
        while self.meanwhile:
            self.meanwhile.pop()()

    def put(self, name, text, encoding="cp1251", at=NOON):
        return put(self.folder, name, text, encoding, at=at.timestamp())

    async def read(self, *, confirm=True):
        found = [record async for record in self.door.changed_since(Cursor(), WINDOW)]
        if confirm:
            await self.door.confirm()
        return found

    async def stays(self, **options):
        return [one for one in await self.read(**options) if isinstance(one, Stay)]

    def files(self, place):
        return sorted(path.name for path in (self.folder / place).rglob("*") if path.is_file())


@pytest.fixture
def exports(tmp_path):
    return Exports(tmp_path)


# --- formats -------------------------------------------------------------------------------------------------


async def test_a_delimited_file_becomes_guests_and_stays(exports):
    exports.put("arrivals_1.csv", csv_file(IVANOV, PETROVA))
    guest, stay, second_guest, second = await exports.read()
    assert guest == Profile(
        "900", ProfileKind.INDIVIDUAL, "Иванов", "Иван Петрович",
        phones=("8 (495) 123-45-67", "+7 916 000-00-01"), birthday=date(1981, 4, 3), updated_at=NOON,
    )  # fmt: skip
    assert stay == Stay(
        "4711", StayState.CONFIRMED, date(2026, 11, 23), date(2026, 11, 26), "900", "Иванов Иван Петрович",
        room="305", total=Money(Decimal("12500.50"), "RUB"), updated_at=NOON, extra={"car": "А123ВС"},
    )  # fmt: skip
    assert second_guest.last_name == "Петрова"
    assert second.state is StayState.IN_HOUSE
    assert second.total.amount == 8000


async def test_fixed_width_in_the_dos_code_page_with_states_by_dates(exports):
    exports.put("inhouse.txt", FIXED, "cp866")
    stays = await exports.stays()
    assert [(one.reservation_id, one.guest_name, one.state) for one in stays] == [
        ("4711", "Иванов Иван", StayState.IN_HOUSE),
        ("4712", "Щукина Ёлка", StayState.CONFIRMED),
        ("4000", "Давно Уехал", StayState.CHECKED_OUT),
    ]


async def test_xml_counts_by_the_map_whatever_its_declaration_says(exports):
    exports.put("res.xml", XML, "utf-8")
    guest, stay, second_guest, second = await exports.read()
    assert (guest.profile_id, guest.last_name, guest.no_emailing) == ("R4711", "Иванов", True)
    assert (stay.arrival, stay.profile_id) == (date(2026, 11, 23), "R4711")
    assert second.departure == date(2026, 11, 26)
    assert not second_guest.no_emailing


async def test_a_byte_order_mark_wins(exports):
    exports.put("arrivals.csv", csv_file(IVANOV), "utf-8-sig")
    assert [one.reservation_id for one in await exports.stays()] == ["4711"]


# --- what is wrong -------------------------------------------------------------------------------------------


async def test_a_bad_row_goes_to_quarantine_and_the_others_are_read(exports):
    exports.put("arrivals.csv", csv_file(IVANOV, BAD_DAY, "4714;5", PETROVA))
    found = await exports.read()
    assert [one.reservation_id for one in found if isinstance(one, Stay)] == ["4711", "4712"]
    problems = [one for one in found if isinstance(one, RowProblem)]
    assert [one.code for one in problems] == ["row-bad-date", "row-columns"]
    assert "line 3: stay.arrival: no such day" in problems[0].detail
    assert "Сидоров" not in str(problems)
    (name,) = exports.files("quarantine")
    kept = (exports.folder / "quarantine" / name).read_text(encoding="utf-8-sig").splitlines()
    assert kept[1].startswith("3;row-bad-date;stay.arrival: no such day;")
    assert "Сидоров" in kept[1]
    assert exports.files("archive") == ["arrivals.csv"]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (6, "11/23/2026", "row-bad-date"),
        (6, "", "row-bad-date"),
        (7, "20.11.2026", "row-bad-date"),
        (9, "12,500.50", "row-bad-number"),
        (9, "1.2500,00", "row-bad-number"),
        (9, "NaN", "row-bad-number"),
        (10, "???", "row-bad-state"),
        (0, "", "row-missing-id"),
        (2, "Петров".encode().decode("cp1251"), "row-mojibake"),
    ],
)
async def test_what_can_not_be_read_is_named_and_never_guessed(exports, column, value, code):
    cells = IVANOV.split(";")
    cells[column] = value
    exports.put("arrivals.csv", csv_file(";".join(cells), PETROVA))
    assert [one.code for one in await exports.read() if isinstance(one, RowProblem)] == [code]


@pytest.mark.parametrize("wrong", ["cp866", "koi8-r", "utf-8"])
async def test_another_code_page_than_the_map_s_is_refused_whole(exports, wrong):
    people = [
        f"{n};{n};{name};;;;23.11.2026;26.11.2026;{n};1;Подтв.;"
        for n, name in enumerate(
            ("Кузнецова Мария", "Смирнов Алексей", "Щербакова Юлия", "Воробьёв Пётр"), start=10
        )
    ]
    text = csv_file(*people).replace("№", "N")
    exports.put("arrivals.csv", text, wrong)
    (problem,) = await exports.read()
    assert problem.code == "row-file"
    assert f"looks like {wrong}, the map says cp1251" in problem.detail
    assert exports.files("quarantine") == ["arrivals.csv", "arrivals.csv.why.txt"]
    assert exports.files("work") == []


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("other.pdf", "x", "no [[files]] of the map takes a file of this name"),
        ("a.xml", "<REPORT><ROW ID='1'>", "malformed XML"),
        ("a.xml", '<!DOCTYPE x [<!ENTITY a "b">]><REPORT><ROW/></REPORT>', "malformed XML"),
        ("a.xml", "<REPORT/>", "no element 'ROW'"),
        ("arrivals.csv", csv_file(IVANOV, head=HEAD.replace("Заезд", "Приезд")), "no column 'Заезд'"),
        ("arrivals.csv", csv_file(BAD_DAY), "no row can be used"),
        ("arrivals.csv", "\0" * 50, "zero bytes"),
    ],
)
async def test_a_file_that_can_not_be_used_goes_away_with_its_reason(exports, name, text, why):
    exports.put(name, text, "cp1251" if name.endswith("csv") else "utf-8")
    (problem,) = await exports.read()
    assert problem.code == "row-file"
    assert why in problem.detail
    assert why in (exports.folder / "quarantine" / f"{name}.why.txt").read_text(encoding="utf-8")


# --- taking and putting away ---------------------------------------------------------------------------------


async def test_a_file_that_grows_is_left_alone_until_it_is_whole(exports):
    path = exports.put("arrivals.csv", csv_file(IVANOV)[:60])

    def grows():
        path.write_bytes(csv_file(IVANOV, PETROVA).encode("cp1251"))

    exports.meanwhile.append(grows)
    assert await exports.read() == []
    assert path.exists()
    assert len(await exports.stays()) == 2
    assert not path.exists()


async def test_a_file_under_a_passing_name_is_none_yet(exports):
    for name in ("arrivals.csv.part", "arrivals.csv.tmp", ".arrivals.csv", "empty_arrivals.csv"):
        exports.put(name, "" if name.startswith("empty") else csv_file(IVANOV))
    assert await exports.read() == []
    assert len(list(exports.folder.glob("*arrivals*"))) == 4


async def test_nothing_is_put_away_before_all_is_confirmed(exports):
    exports.put("arrivals.csv", csv_file(IVANOV))
    assert len(await exports.stays(confirm=False)) == 1
    exports.door = exports.open()  # the process died after the read
    assert len(await exports.stays()) == 1
    assert exports.files("archive") == ["arrivals.csv"]
    assert await exports.read() == []


async def test_the_same_file_again_has_no_effect(exports):
    exports.put("arrivals_1.csv", csv_file(IVANOV))
    assert len(await exports.stays()) == 1
    exports.put("arrivals_2.csv", csv_file(IVANOV.replace(";305;", ";401;")))
    assert [one.room for one in await exports.stays()] == ["401"]
    exports.put("arrivals_1.csv", csv_file(IVANOV))  # somebody copies everything once more
    exports.put("arrivals_2.csv", csv_file(IVANOV.replace(";305;", ";401;")))
    exports.door = exports.open()
    assert await exports.read() == []
    assert exports.files("archive") == [
        "arrivals_1-2.csv",
        "arrivals_1.csv",
        "arrivals_2-2.csv",
        "arrivals_2.csv",
    ]


async def test_files_are_read_oldest_first(exports):
    exports.put("arrivals_b.csv", csv_file(IVANOV.replace(";305;", ";401;")), at=NOON - timedelta(hours=2))
    exports.put("arrivals_a.csv", csv_file(IVANOV), at=NOON - timedelta(hours=1))
    stays = await exports.stays()
    assert [one.room for one in stays] == ["401", "305"]
    assert stays[1].updated_at == NOON - timedelta(hours=1)


async def test_two_files_of_the_same_name_at_once_lose_nothing(exports):
    exports.put("arrivals.csv", csv_file(IVANOV))
    await exports.stays(confirm=False)
    exports.put("arrivals.csv", csv_file(PETROVA), at=NOON + timedelta(minutes=1))
    assert [one.reservation_id for one in await exports.stays()] == ["4711", "4712"]
    assert exports.files("archive") == ["arrivals-2.csv", "arrivals.csv"]


async def test_the_archive_is_kept_as_long_as_it_should_be(exports):
    exports.put("arrivals.csv", csv_file(IVANOV, BAD_DAY))
    await exports.read()
    exports.now = datetime.now(UTC) + timedelta(days=29)
    await exports.read()
    assert exports.files("archive") == ["arrivals.csv"]
    exports.now = datetime.now(UTC) + timedelta(days=31)
    await exports.read()
    assert exports.files("archive") == exports.files("quarantine") == []


async def test_a_folder_that_is_away_is_a_passing_fault(exports):
    exports.folder.rename(exports.folder.with_name("gone"))
    with pytest.raises(Temporary) as told:
        await exports.read()
    assert told.value.code == "exports-folder"
    status = await exports.door.check()
    assert (status.ok, status.code) == (False, "exports-folder")


async def test_check_tells_how_it_is(exports):
    exports.put("arrivals.csv", csv_file(IVANOV))
    status = await exports.door.check()
    assert (status.ok, status.detail) == (True, "3 [[files]], 1 to read")
    exports.map.write_text("[[files]]\nmatch = '*'", encoding="utf-8")
    status = await exports.door.check()
    assert (status.code, status.detail) == ("exports-map", "[[files]] 1 format: is missing")
    with pytest.raises(Permanent):
        await exports.read()
    assert isinstance(exports.door, Consuming)


# --- the map and its dates -----------------------------------------------------------------------------------


def test_what_the_columns_give_is_declared(exports):
    known = load_map(exports.map).declared
    assert known.knows("profile", "phones")
    assert not known.knows("profile", "vip")
    assert known.knows("stay", "state")
    assert Fact.BOOKINGS in known.facts
    assert Fact.CANCELLATIONS not in known.facts


GOOD = {
    "match": "*.csv",
    "format": "delimited",
    "encoding": "cp1251",
    "dates": "DD.MM.YYYY",
    "columns": {"stay.reservation_id": "A", "stay.arrival": "B", "stay.departure": "C"},
    "constants": {"stay.state": "confirmed"},
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dates": "DD.MM"}, "dates: 'DD.MM' must have DD, MM (or MON) and YYYY"),
        ({"dates": "DD.MM.YY MON"}, "the month or the year twice"),
        ({"dates": ""}, "dates: is missing"),
        ({"encoding": "latin-1"}, "encoding: 'latin-1' is none of utf-8"),
        ({"colour": 1}, "colour: no such key"),
        ({"columns": {"stay.reservation_id": "A"}}, "stay.arrival is missing"),
        ({"columns": {**GOOD["columns"], "profile.passport": "D"}}, "'profile.passport' is no field"),
        ({"constants": {}}, "whence is a stay's state?"),
        ({"constants": {"stay.state": "asleep"}}, "'asleep' is none of"),
        ({"format": "xml"}, "row: name the element"),
        ({"decimal": "'"}, "decimal"),
    ],
)
def test_a_map_that_can_not_be_used_says_where(change, says):
    assert read_map({"files": [GOOD]})
    with pytest.raises(BadMap) as told:
        read_map({"files": [{**GOOD, **change}]})
    assert says in str(told.value)


@given(day=st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_day_written_in_a_format_is_read_back(day):
    assert read_day(f"{day:%d.%m.%Y}", "DD.MM.YYYY") == day
    assert read_day(f"{day:%m/%d/%y}", "MM/DD/YY") == day
    assert read_day(f"{day:%Y%m%d}", "YYYYMMDD") == day
    assert read_moment(f"{day:%d.%m.%Y} 23:59", "DD.MM.YYYY HH:mm") == datetime(
        day.year, day.month, day.day, 23, 59
    )


def test_days_that_are_none():
    assert read_day("  ", "DD.MM.YYYY") is None
    assert read_day("00.00.0000", "DD.MM.YYYY") is None
    assert read_moment("24.11.2026 24:00", "DD.MM.YYYY HH:mm") == datetime(2026, 11, 25)
    assert read_day("03.04.81", "DD.MM.YY", past=date(2026, 11, 23)) == date(1981, 4, 3)
    assert read_day("03.04.21", "DD.MM.YY", past=date(2026, 11, 23)) == date(2021, 4, 3)
    for text, form in (
        ("23.11.2026", "DD.MM.YY"),
        ("2026-11-23", "DD.MM.YYYY"),
        ("23-ABC-26", "DD-MON-YY"),
        ("11/23/2026", "DD/MM/YYYY"),
    ):
        with pytest.raises(BadDate):
            read_day(text, form)
    with pytest.raises(BadDate):
        check_format("DD.DD.YYYY")


def test_a_map_is_not_changed_by_reading_it():
    one = read_map({"files": [GOOD]}).files[0]
    assert replace(one) == one
