"""The hotel's export files in the stock layouts: described by the guess, read by the door, equal to the books."""

from datetime import UTC, date, datetime

import pytest

from domain.guests import Profile
from domain.ports import SourceWindow
from domain.stays import Cursor, Stay
from integrations.fidelio.exports.guess import propose
from integrations.fidelio.exports.source import ExportsSource
from sandbox.exports.layouts import LAYOUTS, state_of
from sandbox.exports.writer import stays_of, write
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig

BOOKINGS = 400


@pytest.fixture(scope="module")
def hotel():
    made = Hotel.open(None, HotelConfig(bookings=BOOKINGS))
    yield made
    made.close()


async def read(folder, map_file):
    async def at_once(_seconds):
        pass

    door = ExportsSource(folder, map_file, sleep=at_once)
    window = SourceWindow(date(2020, 1, 1), date(2030, 1, 1))
    return [record async for record in door.changed_since(Cursor(), window)]


@pytest.mark.parametrize("kind", list(LAYOUTS))
async def test_a_stock_layout_is_guessed_and_read_whole(hotel, tmp_path, kind):
    (file,) = write(hotel, tmp_path / "in", [kind])
    assert not list((tmp_path / "in").glob("*.tmp"))
    found = propose(file)
    assert found.usable, found.doubts
    map_file = tmp_path / "map.toml"
    map_file.write_text(found.toml, encoding="utf-8")
    records = await read(tmp_path / "in", map_file)
    stays = {one.reservation_id: one for one in records if isinstance(one, Stay)}
    guests = {one.profile_id: one for one in records if isinstance(one, Profile)}
    assert len(records) == len([r for r in records if isinstance(r, Stay | Profile)])

    booked = [one for one in stays_of(hotel) if one.in_house or kind != "inhouse"]
    assert set(stays) == {str(one.id) for one in booked}
    for one in booked:
        stay = stays[str(one.id)]
        guest = hotel.profiles[one.profile]
        assert (stay.arrival, stay.departure, stay.room) == (one.arrival, one.departure, one.room)
        assert stay.rate_code == one.rate_code
        page = LAYOUTS[kind].encoding
        name = guests[stay.profile_id].last_name
        if kind == "inhouse":
            whole = f"{guest.last_name} {guest.first_name}"[:30].encode(page, "replace").decode(page)
            assert stay.guest_name == " ".join(whole.split())
        else:
            assert name == guest.last_name.encode(page, "replace").decode(page)
            assert stay.state.value == state_of(one)
            assert stay.profile_id == str(guest.id)
        if kind == "reservations":
            assert stay.total.amount == hotel.total(one)
            assert guests[stay.profile_id].birthday == guest.birthday
            wall = one.updated.replace(microsecond=0, tzinfo=hotel.clock.zone)
            assert stay.updated_at == wall.astimezone(UTC)


def test_a_written_file_has_its_moment_in_its_name(hotel, tmp_path):
    names = [path.name for path in write(hotel, tmp_path)]
    assert len(names) == len(LAYOUTS)
    assert all(f"{datetime.now(UTC):%Y}" in name for name in names)
