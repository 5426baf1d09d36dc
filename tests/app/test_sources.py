"""Doors in the configuration: one model per kind, and every fault a readable line that names the key."""

import os

import pytest

from app import sources
from app.doors import doors_of
from app.settings import SettingsError, load_settings
from domain.doors import Fact, first_door

TWO = """
[[hotels]]
code = "GRAND"
name = "Гранд Отель"
[[hotels.sources]]
kind = "fias"
url = "tcp://10.0.0.6:5010"
[[hotels.sources]]
kind = "suite8"
url = "http://10.0.0.5/V8/x?ic=XX"
password = "из файла"
"""

SFTP = '{ host = "h", username = "u", host_key = "ssh-ed25519 AAAA" }'


@pytest.fixture(autouse=True)
def _nothing_but_the_file(monkeypatch):
    for name in [name for name in os.environ if name.startswith("CONCIERGE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def load(tmp_path):
    def read(text):
        file = tmp_path / "concierge.toml"
        file.write_text(text, encoding="utf-8")
        return load_settings(file)

    return read


def test_several_doors_of_one_hotel(load):
    hotel = load(TWO).hotels[0]
    doors = doors_of(hotel)
    assert [(door.name, door.live) for door in doors] == [("fias", True), ("suite8", False)]
    assert first_door(doors).name == "suite8"
    fias, xml = doors
    assert fias.authority < xml.authority
    assert Fact.INSTANT in fias.declared.facts
    assert not fias.declared.knows("profile", "birthday")
    assert xml.declared.knows("profile", "birthday")


def test_two_of_a_kind_have_names_of_their_own(load):
    more = '[[hotels.sources]]\nkind = "fias"\nurl = "tcp://10.0.0.7:5010"\n'
    assert [door.name for door in doors_of(load(TWO + more).hotels[0])] == ["fias", "suite8", "fias-2"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"fias"', '"fax"', "[[hotels]] 1 sources.1: kind = 'fax' is none of suite8, fias"),
        ('kind = "fias"\n', "", "[[hotels]] 1 sources.1: kind is missing"),
        ("tcp://", "http://", "[[hotels]] 1 sources.1.url: must be tcp://HOST:PORT"),
        ('"из файла"', '"x"\nvendr = "a"', "[[hotels]] 1 sources.2.vendr: no such key"),
        (":5010", ':5010"\nencoding = "latin-1', "[[hotels]] 1 sources.1.encoding: "),
        (":5010", ':5010"\nfields = { B0 = "profile.phone" }\npeer = "', "B0"),
        (":5010", ':5010"\nfields = { A0 = "profile.passport" }\npeer = "', "profile.passport"),
        ('url = "http://10.0.0.5/V8/x?ic=XX"\n', "", "[[hotels]] 1 sources.2.url: is missing"),
    ],
)
def test_a_fault_is_one_line_that_names_the_key(load, old, new, line):
    assert old in TWO
    with pytest.raises(SettingsError) as told:
        load(TWO.replace(old, new, 1))
    assert len(told.value.faults) == 1
    assert line in told.value.faults[0]
    assert "из файла" not in told.value.faults[0]


@pytest.mark.parametrize(
    ("table", "extra"),
    [
        ('kind = "opera_db"\ndsn = "h/V8"\nusername = "u"\nprofile = "suite8"', "oracle"),
        (f'kind = "exports"\npath = "x"\nmap = "m.toml"\nsftp = {SFTP}', "sftp"),
    ],
)
def test_a_kind_whose_library_is_missing_says_what_to_install(load, monkeypatch, table, extra):
    monkeypatch.setattr(sources, "find_spec", lambda _library: None)
    with pytest.raises(SettingsError) as told:
        load(f"{TWO}\n[[hotels.sources]]\n{table}\n")
    (line,) = told.value.faults
    assert line.startswith("[[hotels]] 1 sources.3")
    assert f"pip install 'concierge-b24[{extra}]'" in line


@pytest.mark.parametrize(
    "name",
    ["CONCIERGE_HOTELS__GRAND__SOURCES__SUITE8__PASSWORD", "CONCIERGE_HOTELS__1__SOURCES__2__PASSWORD"],
)
def test_a_secret_of_a_door_comes_from_the_environment(load, monkeypatch, name):
    monkeypatch.setenv(name, "из окружения")
    assert load(TWO).hotels[0].doors[1].password.get_secret_value() == "из окружения"


def test_the_only_door_s_too(load, monkeypatch):
    monkeypatch.setenv("CONCIERGE_HOTELS__GRAND__SOURCE__PASSWORD", "из окружения")
    one = '[[hotels]]\ncode = "GRAND"\nname = "Г"\n[hotels.source]\nkind = "suite8"\nurl = "http://h/x"\n'
    assert load(one).hotels[0].doors[0].password.get_secret_value() == "из окружения"


def test_a_variable_for_a_table_that_is_not_there_is_a_fault(load, monkeypatch):
    monkeypatch.setenv("CONCIERGE_HOTELS__PLAZA__SOURCE__PASSWORD", "тайна")
    with pytest.raises(SettingsError) as told:
        load(TWO)
    assert "CONCIERGE_HOTELS__PLAZA__SOURCE__PASSWORD" in told.value.faults[0]
    assert "тайна" not in told.value.faults[0]
