"""The small parts of the Suite 8 door: moments, conditions, packs, mojibake, contacts, hostile documents."""

import base64
import contextlib
import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from domain.stays import RowProblem, StayState
from integrations.fidelio.mojibake import is_mojibake
from integrations.fidelio.suite8 import packing, parse, queries, windows
from integrations.fidelio.suite8.answers import NotXml, Row, read
from integrations.fidelio.suite8.moments import BadMoment, Stamps, learn, parse_day
from integrations.fidelio.suite8.queries import Condition, Credentials, all_of, any_of
from integrations.fidelio.suite8.values import Reading

MOSCOW, ROME, ALMATY = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Rome"), ZoneInfo("Asia/Almaty")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
READING = Reading(
    Stamps(MOSCOW, "wall", "UTC-180"), "RUB", {"DOL": "USD"}, frozenset({"PM"}), frozenset({"anonymized"})
)


def row(*fields, **plain):
    return Row([*((name, {}, value) for name, value in plain.items()), *fields])


def test_a_shift_of_the_zones_own_size_is_an_echo():
    """Seen live: an Italian server in July wrote its wall clock with the winter shift, sign turned."""
    stamps = learn("13.07.2026 22:24:15.000 UTC-60", ROME, NOW)
    assert stamps.parse("13.07.2026 22:24:15.000 UTC-60") == datetime(2026, 7, 13, 20, 24, 15, tzinfo=UTC)
    assert stamps.write(datetime(2026, 7, 13, 20, 24, 15, tzinfo=UTC)) == "13.07.2026 22:24:15.000 UTC-60"


@pytest.mark.parametrize("suffix", ["UTC-180", "UTC+180"])
def test_moscow_is_read_alike_under_either_sign(suffix):
    stamps = learn(f"23.11.2026 14:59:00.000 {suffix}", MOSCOW, NOW)
    assert stamps.parse(f"23.11.2026 14:59:00.000 {suffix}") == NOW - timedelta(minutes=1)


def test_a_foreign_shift_is_believed_with_the_sign_that_is_not_in_the_future():
    straight = learn("23.11.2026 16:59:00.000 UTC+300", MOSCOW, NOW)
    assert straight.meaning == "straight"
    assert straight.parse("23.11.2026 16:59:00.000 UTC+300") == NOW - timedelta(minutes=1)
    turned = learn("23.11.2026 16:59:00.000 UTC-300", MOSCOW, NOW)
    assert turned.meaning == "inverted"
    assert turned.parse("23.11.2026 16:59:00.000 UTC-300") == NOW - timedelta(minutes=1)
    utc = learn("23.11.2026 11:59:00.000 UTC+0", MOSCOW, NOW)
    assert utc.parse("23.11.2026 11:59:00.000 UTC+0") == NOW - timedelta(minutes=1)


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
        lambda m: m.replace(microsecond=0, tzinfo=UTC)
    ),
    suffix=st.sampled_from(["UTC-180", "UTC+180", "UTC+300", "UTC-300", "UTC+0", ""]),
)
def test_what_is_written_is_read_back(moment, suffix):
    stamps = learn(f"23.11.2026 11:00:00 {suffix}", MOSCOW, NOW)
    assert stamps.parse(stamps.write(moment)) == moment


@pytest.mark.parametrize(
    "text", ["31.02.2026", "2026-01-01", "1.1.26", "12/31/2026", "01.01.2026 25:00:00", "x"]
)
def test_no_guessing_at_dates(text):
    with pytest.raises(BadMoment):
        parse_day(text)


def test_a_calendar_day_is_never_shifted():
    assert parse_day("01.06.2026 00:30:00.000 UTC-180") == date(2026, 6, 1)
    assert parse_day("  ") is None


def test_conditions_nest_to_the_right_as_the_interface_wants():
    tree = any_of("GuestNum", [1, 2, 3])
    element = fromstring(f"<conditions>{tree.xml}</conditions>")
    depth, numbers = 0, []
    while element is not None:
        assert [part.tag for part in element] in (["condition"], ["condition", "link"])
        numbers.append(element[0].text)
        link = element.find("link")
        element = link[0] if link is not None else None
        depth += 1
    assert (depth, numbers) == (3, ["1", "2", "3"])


def test_values_and_secrets_are_escaped_in_the_document():
    who = Credentials('A"B', "p<&>'\"", "V")
    condition = all_of(Condition.of("GuestName", "like", "O'N<&%"), Condition.of("City", "eq", "x"))
    root = fromstring(queries.document(who, "Profile", ["ProfileID"], condition))
    request = root.find("request")
    assert (request.get("UserName"), request.get("Password"), request.get("Vendor")) == (
        'A"B',
        "p<&>'\"",
        "V",
    )
    assert request.find("query/conditions/condition").text == "O'N<&%"
    assert "p<&>" not in repr(who)


def test_passports_are_not_asked_for():
    assert "PersonalDocument" not in queries.PROFILE_FIELDS


@given(st.binary(max_size=200))
def test_packs_round_trip_and_garbage_is_told(data):
    assert packing.unpack(packing.pack(data)) == data
    with contextlib.suppress(packing.BrokenPack):
        packing.unpack(data)


def test_an_empty_zip_and_a_bomb_are_refused(monkeypatch):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w"):
        pass
    with pytest.raises(packing.BrokenPack):
        packing.unpack(base64.b64encode(buffer.getvalue()))
    monkeypatch.setattr(packing, "MAX_BYTES", 1000)
    with pytest.raises(packing.BrokenPack):
        packing.unpack(packing.pack(b"0" * 1001))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Server Error</body></html>",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><fidelio><response Status="OK">&a;</response></fidelio>',
        b"<fidelio/>",
        b'<fidelio><response Status="OK"><rows><row></fidelio>',
    ],
)
def test_what_is_no_answer_is_refused(body):
    with pytest.raises(NotXml):
        read(body)


def test_repeated_fields_keep_their_order_and_attributes():
    answer = read(
        '<?xml version="1.0" encoding="windows-1251"?><fidelio xmlns="V8XMLInterface"><response ID="" Status="OK">'
        '<queryResponse Name="P"><rows><row><fields><field name="Email">a@b.example</field><field name="Email" attr="EMA" '
        'Primary="1">c@d.example</field><field name="City">Тверь</field></fields></row></rows></queryResponse></response>'
        "</fidelio>".encode("cp1251")
    )
    (found,) = answer.rows
    assert answer.encoding == "cp1251"
    assert found.text("City") == "Тверь"
    assert [text for _, text in found.every("Email")] == ["a@b.example", "c@d.example"]
    assert parse.contacts(found) == ((), ("c@d.example", "a@b.example"))


@pytest.mark.parametrize("page", ["latin-1", "cp1251"])
@pytest.mark.parametrize("name", ["Иванова", "Щукин Юрий", "Ёлкин"])
def test_mojibake_is_told_from_sound_names(name, page):
    try:
        wrong = name.encode().decode(page)
    except UnicodeDecodeError:
        pytest.skip("that page can't even show it")
    assert is_mojibake(wrong)
    assert not is_mojibake(name)


@pytest.mark.parametrize(
    "name", ["Müller", "Ågren", "Łukasik", "Peñalver", "Ñandú Ü", "Чёрный", "O'Neil", "", "РС"]
)
def test_sound_foreign_names_are_no_mojibake(name):
    assert not is_mojibake(name)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, StayState.CONFIRMED),
        ({"ReservationStatus": "0"}, StayState.TENTATIVE),
        ({"NoAvailReason": "1", "ReservationStatus": "3"}, StayState.TENTATIVE),
        ({"NoAvailReason": "2", "ReservationStatus": "3"}, StayState.TENTATIVE),
        ({"NoAvailReason": "3", "ReservationStatus": "3"}, StayState.CANCELLED),
        ({"NoAvailReason": "4", "ReservationStatus": "3"}, StayState.NO_SHOW),
        ({"CheckinDateTime": "x"}, StayState.IN_HOUSE),
        ({"CheckinDateTime": "x", "CheckoutDateTime": "x"}, StayState.CHECKED_OUT),
        ({"CheckinDateTime": "x", "ReservationState": "0"}, StayState.IN_HOUSE),
        ({"ReservationState": "2"}, StayState.CONFIRMED),
        ({"ReservationStatus": "3", "ReservationState": "4"}, StayState.NO_SHOW),
    ],
)
def test_the_state_never_rests_on_reservation_state_alone(fields, state):
    assert parse.state(row(**fields)) is state


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"GuestNum": ""}, "row-missing-id"),
        ({"GuestNum": "0"}, "row-missing-id"),
        ({"GuestNum": "12a"}, "row-missing-id"),
        ({"GuestArrival": ""}, "row-bad-date"),
        ({"GuestDeparture": "01.01.2020"}, "row-bad-date"),
        ({"CheckinDateTime": "yesterday"}, "row-bad-date"),
        ({"RateValue": "12,50"}, "row-bad-number"),
        ({"TotalStay": "NaN"}, "row-bad-number"),
        ({"NoOfAdults": "two"}, "row-bad-number"),
        ({"GuestName": "Иванова".encode().decode("latin-1")}, "row-mojibake"),
    ],
)
def test_a_bad_row_names_the_field_and_not_its_content(change, code):
    good = {
        "GuestNum": "7",
        "GuestArrival": "01.06.2026",
        "GuestDeparture": "01.06.2026",
        "GuestName": "Иванова",
    }
    assert not isinstance(parse.stay(row(**good), READING), RowProblem)
    found = parse.stay(row(**(good | change)), READING)
    assert isinstance(found, RowProblem)
    assert (found.entity, found.code) == ("stay", code)
    assert next(iter(change)) in found.detail


@given(
    st.lists(
        st.tuples(st.sampled_from(queries.RESERVATION_FIELDS + queries.PROFILE_FIELDS), st.text(max_size=12))
    )
)
def test_no_row_whatever_raises(fields):
    found = Row([(name, {}, text) for name, text in fields])
    for reader in (parse.stay, parse.profile, partial(parse.posting, names={}), parse.night):
        reader(found, READING)


def test_a_bad_birthday_costs_the_birthday_only():
    found = parse.profile(
        row(ProfileID="5", ProfileCategory="4", GuestName="Ким", Birthday="00.00.1980"), READING
    )
    assert found.birthday is None
    assert found.last_name == "Ким"


def test_addresses_typed_into_phone_lines_and_faxes():
    found = row(
        ("Telephone", {"CommType": "4", "Primary": "0"}, "8 943 1112233"),
        ("Telephone", {"CommType": "4", "Primary": "1"}, "x@y.example"),
        ("Fax", {"CommType": "2"}, "84951112233"),
        ("Communications", {"CommType": "1"}, "z@y.example"),
        Telephone="8 943 1112233",
    )
    assert parse.contacts(found) == (("8 943 1112233",), ("x@y.example", "z@y.example"))


@given(st.dates(date(2020, 1, 1), date(2029, 1, 1)), st.integers(0, 900), st.integers(1, 40))
def test_day_windows_cover_every_day_once(first, length, days):
    last = first + timedelta(days=length)
    found = [
        a + timedelta(days=n)
        for a, b in windows.day_windows(first, last, days)
        for n in range((b - a).days + 1)
    ]
    assert found == [first + timedelta(days=n) for n in range(length + 1)]


@given(st.integers(0, 10**7))
def test_change_windows_touch_and_the_last_is_open(seconds):
    since = NOW - timedelta(seconds=seconds)
    found = list(windows.change_windows(since, NOW))
    assert found[0][0] == since
    assert found[-1][1] is None
    assert all(one[1] == two[0] for one, two in pairwise(found))
