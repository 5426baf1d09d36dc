"""Frames and records of FIAS: the parser is strict, loses nothing whole, and never raises."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.fidelio.fias.frames import ETX, STX, FrameReader, frame
from integrations.fidelio.fias.records import BadRecord, guest, parse, read_day, write

LIMIT = 64


def whole_frames(stream: bytes, limit: int) -> list[bytes]:
    """The definition: STX, anything but STX and ETX, ETX; told by a walk over single bytes."""
    found, text = [], None
    for byte in stream:
        if byte == STX[0]:
            text = bytearray()
        elif byte == ETX[0]:
            if text is not None and len(text) <= limit:
                found.append(bytes(text))
            text = None
        elif text is not None:
            text.append(byte)
    return found


pieces = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.just(STX),
        st.just(ETX),
        st.binary(max_size=LIMIT + 6).map(frame),
        st.just(b"GI|RN305|G#1|GNPetrov|").map(frame),
    ),
    max_size=30,
)


@settings(max_examples=400, deadline=None)
@given(pieces, st.lists(st.integers(1, 90), max_size=40))
def test_every_whole_frame_comes_out_whatever_the_segmentation(parts, cuts):
    stream = b"".join(parts)
    reader, found, start = FrameReader(LIMIT), [], 0
    for length in [*cuts, len(stream)]:
        found += reader.feed(stream[start : start + length])
        assert reader.held <= LIMIT
        start += length
    assert found == whole_frames(stream, LIMIT)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["cp1251", "cp866", "utf-8", "koi8-r", "cp850"]))
def test_any_frame_is_a_record_or_a_bad_one(text, encoding):
    try:
        record = parse(text, encoding)
        guest(record)
    except BadRecord:
        return
    assert len(record.id) == 2


def test_an_endless_frame_takes_no_memory():
    reader = FrameReader()
    reader.feed(STX)
    for _ in range(1000):
        reader.feed(b"x" * 65536)
        assert reader.held <= 8192
    assert reader.oversize == 1
    assert reader.feed(frame(b"LA|")) == [b"LA|"]


def test_what_was_lost_is_counted():
    reader = FrameReader()
    assert reader.feed(b"noise" + STX + b"cut" + frame(b"LA|") + b"\x06") == [b"LA|"]
    assert (reader.garbage, reader.cut) == (6, 1)


def test_a_record_of_two_thousand_characters_in_every_code_page():
    name = "Щ" * 1900
    for encoding in ("cp1251", "cp866", "utf-8", "koi8-r"):
        [text] = FrameReader().feed(frame(f"GI|RN1|G#7|GN{name}|".encode(encoding)))
        assert parse(text, encoding).get("GN") == name


def read(text: str):
    return guest(parse(text.encode("cp1251"), "cp1251"))


def test_a_move_carries_gs_twice_and_each_is_told_apart():
    moved = read("GC|RN401|GSN|RO305|GSY|G#77|")
    assert (moved.room, moved.old_room, moved.shares, moved.old_shares) == ("401", "305", False, True)
    turned = read("GC|RO305|GSY|RN401|GSN|G#77|")
    assert (turned.shares, turned.old_shares) == (False, True)


def test_order_of_fields_has_no_meaning_and_unknown_ones_are_ignored():
    one, two = read("GI|RN305|G#77|GNИванов|"), read("GI|ZZx|GNИванов|G#77||Q|RN305|")
    assert (one.room, one.reservation, one.fields["GN"]) == (two.room, two.reservation, two.fields["GN"])


def test_an_empty_field_is_known_to_be_empty_an_absent_one_is_not():
    record = read("GI|RN305|G#77|GV|GA|")
    assert record.fields["GV"] == ""
    assert "GT" not in record.fields
    assert record.arrival is None


def test_leading_zeros_and_blanks_count_in_values_but_not_in_numbers():
    record = read("GI|RN 0305|G#0000077|G+0005|")
    assert record.room == " 0305"
    assert record.reservation == "77"


@pytest.mark.parametrize(
    "text",
    ["GI|RN305|", "GI|RN305|G#0|", "GI|RN305|G#7;8|", "GI|RN1|G#7|GA261332|", "GI|RN1|G#7|DA261123|TI25|"],
)
def test_what_can_not_be_told_of_anybody_is_refused_by_the_field_name(text):
    with pytest.raises(BadRecord) as refused:
        read(text)
    assert str(refused.value) in {"G#", "GA", "DA TI"}


@pytest.mark.parametrize(
    "text", [b"", b"|", b"G|RN1|", b"\xc8\xc2|RN1|", b"GI\x00|RN1|", b"GI|RN1\n|", b"G I|x|"]
)
def test_no_record(text):
    with pytest.raises(BadRecord):
        parse(text, "cp1251")


def test_a_go_may_lack_its_number():
    assert read("GO|RN305|SF|").reservation == ""


def test_the_year_rolls():
    assert read("GI|RN1|G#7|GA261231|GD270101|DA261231|TI235959|").departure == date(2027, 1, 1)
    assert read("GI|RN1|G#7|DA261231|TI235959|").at == datetime(2026, 12, 31, 23, 59, 59)
    with pytest.raises(ValueError, match="YYMMDD"):
        read_day("²61231")


def test_a_written_value_can_not_open_a_field():
    assert write("XX", [("GN", "a|G#1\x03\x02b")]) == "XX|GNaG#1b|"
