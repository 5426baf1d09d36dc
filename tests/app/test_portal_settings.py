"""What holds for a portal: environment over file over database over default, and only the main one is in the file."""

import pytest

from app.portal_settings import PortalSettingsError, effective, fixed
from app.settings import load_settings

FILE = """
[service]
language = "en"
[bitrix24]
webhook_url = "http://127.0.0.1:9/rest/1/x/"
bot_token = "t"
support_users = [2]
poll_seconds = 7
[support]
prefix = "HB"
desk = "main"
[[people]]
user = 9
role = "manager"
[[hotels]]
code = "GRAND"
name = "Grand"
[hotels.source]
kind = "suite8"
url = "http://10.0.0.5/x"
[hotels.sync]
every_minutes = 20
"""


@pytest.fixture
def process(tmp_path):
    file = tmp_path / "concierge.toml"
    file.write_text(FILE, encoding="utf-8")
    return load_settings(file)


STORED = {
    "support": {"prefix": "ZZ", "hours": "Mon-Sun 08:00-20:00", "desk": "elsewhere"},
    "bitrix24": {"support_users": [5], "managers": [6], "webhook_url": "http://127.0.0.1:9/rest/1/stolen/"},
    "people": [{"user": 11, "role": "front_desk"}],
    "hotels": [
        {"code": "GRAND", "name": "Other", "rooms": 120, "sync": {"every_minutes": 5, "full_at": "02:00"},
         "sources": [{"kind": "oxi", "key": "a-secret-of-letters"}]},
        {"code": "PARK", "name": "Парк"},
    ],
}  # fmt: skip


def test_the_file_wins_and_the_database_fills(process):
    found = effective(process, STORED, is_main=True)
    assert (found.support.prefix, found.support.hours) == ("HB", "Mon-Sun 08:00-20:00")
    assert (found.bitrix24.support_users, found.bitrix24.managers) == ([2], [6])
    assert found.bitrix24.url.endswith("/x/")
    grand, park = found.hotels
    assert (grand.name, grand.rooms) == ("Grand", 120)
    assert (grand.sync.every_minutes, grand.sync.full_at) == (20, "02:00")
    assert [door.kind for door in grand.doors] == ["suite8"], "whoever names one door names them all"
    assert park.code == "PARK"
    assert [one.user for one in found.people] == [9, 11]


def test_another_portal_has_nothing_of_the_mains(process):
    found = effective(process, STORED, is_main=False)
    assert (found.support.prefix, found.bitrix24.support_users) == ("ZZ", [5])
    assert found.bitrix24.poll_seconds == 7, "how the service polls is the process's"
    assert not found.bitrix24.url, "neither its webhook nor one from the database"
    assert [hotel.code for hotel in found.hotels] == ["GRAND", "PARK"]
    assert found.hotels[0].name == "Other"
    assert [one.user for one in found.people] == [11]
    assert found.service.language == "en", "until its people choose"


def test_whose_desk_it_is_only_the_file_says(process):
    assert effective(process, STORED, is_main=False).support.desk == "main"
    assert effective(process, {}, is_main=False).support.desk == "main"


def test_what_is_fixed(process):
    assert {"support.prefix", "bitrix24.support_users", "hotels.GRAND.sync.every_minutes"} <= fixed(process)
    assert "hotels.GRAND.rooms" not in fixed(process)
    assert "support.hours" not in fixed(process)


def test_faults_name_their_place(process):
    with pytest.raises(PortalSettingsError) as caught:
        effective(
            process, {"support": {"hours": "never"}, "hotels": [{"code": "x y", "name": ""}]}, is_main=False
        )
    told = " ".join(caught.value.faults)
    assert "[support]" in told
    assert "[[hotels]] 1 code" in told
