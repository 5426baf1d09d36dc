"""`concierge source`: a map for a file nobody has described, and whether two doors number stays alike."""

import pytest

from app import commands
from app.cli import main
from app.settings import load_settings
from domain.stays import Stay, StayState
from handlers.sync.doors import Doors
from tests.app.schemas import faults
from tests.handlers.test_doors import CAME, LEAVES, checks_in, full_house
from tests.integrations.exports_files import IVANOV, PETROVA, csv_file, put

TWO = """
[service]
database_url = "sqlite+aiosqlite:///{folder}/c.db"
[[hotels]]
code = "GRAND"
name = "Гранд"
[[hotels.sources]]
kind = "suite8"
url = "http://127.0.0.1:9/x"
[[hotels.sources]]
kind = "fias"
url = "tcp://127.0.0.1:9"
"""


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "concierge.toml"
    file.write_text(TWO.format(folder=tmp_path), encoding="utf-8")
    return load_settings(file)


async def test_a_map_is_proposed_and_shown(settings, tmp_path):
    file = put(tmp_path, "arrivals.csv", csv_file(IVANOV, PETROVA), "cp1251")
    outcome = await commands.guess_source(settings, file)
    assert outcome.code == 0
    assert faults("source-guess", outcome.data) == []
    assert outcome.data["files"][0]["encoding"] == "cp1251"
    assert outcome.data["rows"][0]["stay.reservation_id"] == "4711"
    vague = put(tmp_path, "a.csv", "Res No,Arrival,Departure\n1,03/04/2026,05/04/2026\n", "utf-8")
    assert (await commands.guess_source(settings, vague)).code == 1


def test_on_a_terminal_it_is_a_file_to_save_and_rows_to_look_at(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    put(tmp_path, "arrivals.csv", csv_file(IVANOV, PETROVA), "cp1251")
    monkeypatch.setattr("sys.argv", ["concierge", "source", "guess", "arrivals.csv"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert '"stay.arrival" = "Заезд"' in shown
    assert "stay.guest_name=Иванов Иван Петрович" in shown


@pytest.mark.parametrize("name", ["nowhere.csv", "empty.csv"])
async def test_what_is_no_file_or_no_table_is_wrong_use(settings, tmp_path, name):
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(commands.UsageError):
        await commands.guess_source(settings, tmp_path / name)


async def test_the_probe_compares_what_both_doors_see(settings):
    from app.commands.base import records

    async with records(settings) as house:
        doors, hotel = Doors(house.scopes), house.portal.hotels[0]
        booked = [
            Stay(key, StayState.CONFIRMED, CAME, LEAVES, None, name, room=room)
            for key, room, name in full_house(5)
        ]
        async with house.scopes.writing(house.portal.id) as scope:
            await doors.stage(scope, hotel, "suite8", [], booked, run_id=1, read_at=scope.now)
        news = [checks_in(key, room, name, None) for key, room, name in full_house(4)]
        await doors.deliver(house.portal.id, hotel, hotel.door("fias"), news)
    outcome = await commands.probe_source(settings, "grand")
    assert faults("source-probe", outcome.data) == []
    (found,) = outcome.data["doors"]
    assert (found["same_ids"], found["in_force"], found["unmatched"]) == (True, True, 0)
    assert (found["compared"], found["agree"], found["contradict"]) == (4, 4, 0)
    with pytest.raises(commands.UsageError):
        await commands.probe_source(settings, "PLAZA")
