"""The guess: a map for a file nobody has described, and what it refuses to guess."""

import tomllib

import pytest

from integrations.fidelio.exports.column_map import read_map
from integrations.fidelio.exports.guess import propose
from integrations.fidelio.exports.readers import BadFile
from tests.integrations.exports_files import BAD_DAY, FIXED, IVANOV, PETROVA, XML, csv_file, put


@pytest.fixture
def guess(tmp_path):
    return lambda name, text, encoding="utf-8": propose(put(tmp_path, name, text, encoding))


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "utf-8", "utf-8-sig", "utf-16"])
def test_a_delimited_file_in_every_code_page(guess, encoding):
    people = [
        f"{n};{n};{name};;;;23.11.2026;26.11.2026;{n};1000,00;Подтв.;"
        for n, name in enumerate(("Кузнецова Мария", "Смирнов Алексей", "Щербакова Юлия"), start=100)
    ]
    text = csv_file(IVANOV, PETROVA, *people)
    found = guess("arrivals_2026-11-23.csv", text, encoding)
    table = found.table
    assert table["encoding"] == encoding.removesuffix("-sig")
    assert (table["match"], table["delimiter"], table["dates"]) == ("arrivals_*.csv", ";", "DD.MM.YYYY")
    assert (table["birthdays"], table["decimal"]) == ("DD.MM.YY", ",")
    assert table["states"] == {"Подтв.": "confirmed", "Проживает": "in_house"}
    assert table["columns"]["profile.phones"] == ["Телефон", "Моб. телефон"]
    assert found.unused == ["Авто"]
    assert found.usable
    assert found.rows[0]["profile.last_name"] == "Иванов"


def test_what_is_proposed_is_a_map_that_can_be_used(guess):
    found = guess("arrivals.csv", csv_file(IVANOV, PETROVA), "cp1251")
    made = tomllib.loads(found.toml)
    assert made == {"files": [found.table]}
    assert read_map(made).of("arrivals.csv") is not None


def test_fixed_width_and_xml(guess):
    fixed = guess("inhouse.txt", FIXED, "cp866")
    assert (fixed.table["format"], fixed.table["encoding"]) == ("fixed", "cp866")
    assert fixed.table["columns"]["profile.name"] == "7-26"
    assert fixed.usable
    xml = guess("res.xml", XML)
    assert (xml.table["format"], xml.table["row"]) == ("xml", "ROW")
    assert xml.table["columns"]["stay.reservation_id"] == "@ID"
    assert any("by what stands there" in doubt for doubt in xml.doubts)


HEAD = "Res No,Guest Name,Arrival,Departure"


def test_days_that_read_both_ways_are_left_to_people(guess):
    both = guess("a.csv", f"{HEAD}\n1,Smith John,03/04/2026,05/04/2026\n2,Lee Ann,06/07/2026,08/07/2026\n")
    assert both.table["dates"] == ""
    assert "dates: DD/MM/YYYY or MM/DD/YYYY? Both fit: say which" in both.doubts
    assert not both.usable
    assert "# ? dates:" in both.toml
    one = guess("a.csv", f"{HEAD}\n1,Smith John,03/04/2026,05/14/2026\n2,Lee Ann,06/07/2026,08/07/2026\n")
    assert one.table["dates"] == "MM/DD/YYYY"


def test_a_mistyped_day_does_not_hide_the_format(guess):
    found = guess("arrivals.csv", csv_file(IVANOV, PETROVA, BAD_DAY), "cp1251")
    assert found.table["dates"] == "DD.MM.YYYY"
    assert "line 4: row-bad-date stay.arrival: no such day" in found.doubts


def test_columns_without_names_are_told_by_what_stands_in_them(guess):
    rows = "\n".join(
        f"{4000 + n};guest{n}@mail.ru;8 916 000-00-0{n};2026-11-2{n};2026-11-2{n + 1}" for n in range(1, 6)
    )
    found = guess("x.csv", rows)
    assert found.table["header"] is False
    assert found.table["columns"] == {
        "stay.reservation_id": 1,
        "profile.emails": 2,
        "profile.phones": 3,
        "stay.arrival": 4,
        "stay.departure": 5,
    }
    assert found.usable
    assert found.rows[0]["profile.emails"] == "guest1@mail.ru"


def test_an_unknown_state_is_asked_for(guess):
    found = guess("arrivals.csv", csv_file(IVANOV, PETROVA.replace("Проживает", "ХЗ")), "cp1251")
    assert any("what is 'ХЗ'?" in doubt for doubt in found.doubts)
    assert "ХЗ" not in found.table["states"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", ""), ("a.csv", "one line"), ("a.txt", "просто\nтекст\n"), ("a.xml", "<a>"), ("a.xml", "<a/>")],
)
def test_what_is_no_table_is_said_to_be_none(guess, name, text):
    with pytest.raises(BadFile):
        guess(name, text)
