"""Records into stays and profiles: moves, sharers, code pages, A-fields, and any order of anything."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.doors import PROFILE_FIELDS, STAY_FIELDS, DoorRecord, InHouse
from domain.stays import StayState
from integrations.fidelio.fias.codepages import ENCODINGS, CodepageWatch
from integrations.fidelio.fias.frames import frame
from integrations.fidelio.fias.intake import Intake
from integrations.fidelio.fias.names import split_name
from integrations.fidelio.fias.options import Options
from integrations.fidelio.fias.source import declared
from sandbox.hotel.names import FEMALE, MALE, SURNAMES

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # noon in Moscow
PAGES = [page for page in ENCODINGS if page != "cp850"]


class Door:
    """An intake fed with records as text."""

    def __init__(self, **options) -> None:
        self.notices: list[str] = []
        self.now = 0.0
        self.intake = Intake(
            Options(**({"host": "x", "port": 1, "move_window_s": 3} | options)),
            lambda: NOW,
            lambda code, _detail: self.notices.append(code),
        )

    def hear(self, *records: str, after_s: float = 0.0) -> list:
        self.now += after_s
        encoding = self.intake._options.encoding
        return self.intake.take(b"".join(frame(one.encode(encoding)) for one in records), self.now).told

    def wait(self, seconds: float) -> list:
        self.now += seconds
        return self.intake.translator.due(self.now)


def stays(told) -> list:
    return [one for one in told if isinstance(one, DoorRecord) and one.entity == "stay"]


def profile(told):
    return next(one for one in told if isinstance(one, DoorRecord) and one.entity == "profile")


GI = "GI|RN305|G#200|GSN|GNИванов|GFИван|GTг-н|GLRU|GVV1|GGGR1|G+500|GA261123|GD261126|DA261123|TI115900|"


def test_a_check_in_says_what_it_knows_and_nothing_else():
    told = Door().hear(GI)
    [stay] = stays(told)
    assert (stay.key, stay.record.state, stay.record.room) == ("200", StayState.IN_HOUSE, "305")
    assert (stay.record.arrival, stay.record.departure) == (date(2026, 11, 23), date(2026, 11, 26))
    assert stay.record.checked_in_at == datetime(2026, 11, 23, 8, 59, tzinfo=UTC)
    assert stay.knows == {
        "state", "checked_out_at", "room", "arrival", "departure", "profile_id", "guest_name", "group", "share_key",
        "checked_in_at",
    }  # fmt: skip
    guest = profile(told)
    assert guest.knows == {"kind", "last_name", "first_name", "title", "language", "vip"}
    assert (guest.record.last_name, guest.record.first_name, guest.record.vip) == ("Иванов", "Иван", "V1")
    assert stay.knows <= STAY_FIELDS
    assert guest.knows <= PROFILE_FIELDS
    assert stay.received_at == NOW


def test_what_is_told_was_declared():
    options = {"fields": {"A0": "profile.phone", "A1": "stay.rate_code", "A2": "extra.car"}}
    told = Door(**options).hear(GI + "A0+79990000001|A1BAR|A2x|")
    can = declared(Options(host="x", port=1, **options))
    for one in told:
        assert one.knows <= (can.stay if one.entity == "stay" else can.profile)


def test_a_check_in_without_dates_does_not_invent_a_departure():
    [stay] = stays(Door().hear("GI|RN305|G#200|DA261123|TI115900|"))
    assert "departure" not in stay.knows
    assert stay.record.arrival == date(2026, 11, 23)
    assert "arrival" in stay.knows


def test_each_telling_is_later_than_the_one_before():
    told = Door().hear(GI, "GO|RN305|G#200|DA261123|TI115900|", GI, GI)
    moments = [one.at for one in stays(told)]
    assert moments == sorted(set(moments))


def test_a_date_far_ahead_is_not_believed():
    [stay] = stays(Door().hear("GI|RN1|G#2|GA261123|GD261124|DA991231|TI000000|"))
    assert stay.at == NOW


# --- leaving and moving --------------------------------------------------------------------------------------


def test_who_leaves_early_may_be_moving():
    door = Door()
    door.hear(GI)
    assert stays(door.hear("GO|RN305|G#200|DA261123|TI120000|")) == []
    assert door.wait(2.9) == []
    [left] = door.wait(0.2)
    assert left.record.state == StayState.CHECKED_OUT
    assert left.knows == {"state", "checked_out_at"}


def test_who_leaves_as_planned_leaves_at_once():
    door = Door()
    door.hear(GI.replace("GD261126", "GD261123"))
    [left] = stays(door.hear("GO|RN305|G#200|DA261123|TI120000|"))
    assert left.record.state == StayState.CHECKED_OUT


@pytest.mark.parametrize("order", [("GO", "GI"), ("GI", "GO")])
def test_go_and_gi_in_any_order_are_a_move(order):
    door = Door()
    door.hear(GI)
    halves = {
        "GO": "GO|RN305|G#200|DA261123|TI120000|",
        "GI": GI.replace("RN305", "RN401").replace("TI115900", "TI120000"),
    }
    told = door.hear(halves[order[0]]) + door.hear(halves[order[1]], after_s=1) + door.wait(10)
    assert {one.record.state for one in stays(told)} == {StayState.IN_HOUSE}
    assert stays(told)[-1].record.room == "401"
    assert all("checked_in_at" not in one.knows for one in stays(told))


def test_a_go_from_an_old_room_long_after_is_a_check_out():
    door = Door()
    door.hear(GI)
    door.hear(GI.replace("RN305", "RN401"))
    told = door.hear("GO|RN305|G#200|DA261123|TI130000|", after_s=60) + door.wait(5)
    assert [one.record.state for one in stays(told)] == [StayState.CHECKED_OUT]


def test_a_move_by_gc_frees_the_old_room():
    door = Door()
    door.hear(GI, "GC|RN401|GSN|RO305|GSN|G#200|GA261123|GD261126|DA261123|TI120000|")
    assert [here.reservation for here in door.intake.translator.house.in_room("401")] == ["200"]
    assert door.intake.translator.house.in_room("305") == []


def test_a_check_out_undone_keeps_the_moment_of_the_check_in():
    door = Door()
    door.hear(GI.replace("GD261126", "GD261123"), "GO|RN305|G#200|DA261123|TI120000|")
    [back] = stays(door.hear(GI))
    assert back.record.state == StayState.IN_HOUSE
    assert back.record.checked_out_at is None
    assert "checked_out_at" in back.knows
    assert "checked_in_at" not in back.knows


def test_gone_and_back_in_the_same_minute_are_two_events():
    door = Door(move_window_s=0)
    told = door.hear(GI, "GO|RN305|G#200|DA261123|TI115900|", GI)
    assert [one.record.state.value for one in stays(told)] == ["in_house", "checked_out", "in_house"]


def test_a_go_without_number_empties_a_room():
    door = Door(move_window_s=0)
    door.hear(GI, GI.replace("G#200", "G#201").replace("GSN", "GSY"))
    told = stays(door.hear("GO|RN305|GSN|DA261123|TI120000|"))
    assert {one.key for one in told} == {"200", "201"}
    assert door.hear("GO|RN305|GSN|DA261123|TI120000|") == []


def test_a_go_without_number_from_a_shared_room_says_of_nobody():
    door = Door(move_window_s=0)
    door.hear(GI, GI.replace("G#200", "G#201").replace("GSN", "GSY"))
    assert door.hear("GO|RN305|GSY|DA261123|TI120000|") == []
    assert door.intake.counts["bad"] == 1


def test_what_waits_is_told_when_the_link_closes():
    door = Door()
    door.hear(GI, "GO|RN305|G#200|DA261123|TI120000|")
    [left] = door.intake.translator.flush()
    assert left.record.state == StayState.CHECKED_OUT


def test_a_move_right_after_our_restart_is_no_check_in():
    for order in (("GO|RN305|G#200|DA261123|TI120000|", ""), ("", "GA261122")):
        door = Door()
        told = door.hear(order[0]) if order[0] else []
        told += door.hear(GI.replace("RN305", "RN401").replace("GA261123", order[1] or "GA261123"))
        assert all("checked_in_at" not in one.knows for one in stays(told))


def test_yesterdays_guest_who_comes_after_midnight_checks_in():
    [stay] = stays(Door().hear("GI|RN1|G#2|GA261122|GD261125|DA261123|TI013000|"))
    assert "checked_in_at" in stay.knows


# --- sharers -------------------------------------------------------------------------------------------------


def test_sharers_have_stays_of_their_own_and_one_key():
    door = Door()
    door.hear(GI)
    told = stays(door.hear(GI.replace("G#200", "G#201").replace("G+500", "G+501").replace("GSN", "GSY")))
    assert {one.key: one.record.share_key for one in told} == {"200": "200", "201": "200"}
    first = next(one for one in told if one.key == "200")
    assert first.knows == {"share_key"}
    told = stays(door.hear(GI.replace("G#200", "G#202").replace("G+500", "G+502").replace("GSN", "GSY")))
    assert {one.key: one.record.share_key for one in told} == {"202": "200"}


def test_who_is_alone_again_shares_no_more():
    door = Door()
    door.hear(GI, GI.replace("G#200", "G#201").replace("GSN", "GSY"))
    [alone] = stays(door.hear(GI.replace("GI|", "GC|")))
    assert "share_key" in alone.knows
    assert alone.record.share_key == ""


# --- the swap ------------------------------------------------------------------------------------------------


def test_a_whole_swap_tells_who_is_here():
    door = Door()
    door.hear(GI, GI.replace("G#200", "G#300").replace("RN305", "RN306"))
    told = door.hear("DS|", GI.replace("|DA", "|SF|DA"), "GO|RN306|SF|", "GI|RN1|G#9|", "DE|")
    [present] = [one for one in told if isinstance(one, InHouse)]
    assert present.keys == {"200", "9"}
    assert all(one.record.state == StayState.IN_HOUSE for one in stays(told))


def test_live_go_in_a_swap_wins_over_the_swap_record():
    door = Door(move_window_s=0)
    told = door.hear("DS|", GI.replace("|DA", "|SF|DA"), "GO|RN305|G#200|DA261123|TI120100|", "DE|")
    assert next(one for one in told if isinstance(one, InHouse)).keys == frozenset()


def test_a_swap_without_a_record_closes_nobody():
    door = Door()
    door.hear(GI)
    assert door.hear("DS|", "DE|") == []
    assert door.notices == ["fias-swap-empty"]


def test_de_without_ds_and_a_swap_begun_anew_close_nobody():
    door = Door()
    door.hear(GI)
    assert door.hear("DE|") == []
    told = door.hear("DS|", GI.replace("G#200", "G#9").replace("|DA", "|SF|DA"), "LS|", "DE|")
    assert not any(isinstance(one, InHouse) for one in told)


# --- A-fields, names, room status ----------------------------------------------------------------------------


def test_user_fields_go_where_the_setting_says():
    door = Door(
        fields={
            "A0": "profile.phone", "A1": "profile.phone", "A2": "stay.rate_code", "A3": "extra.car",
            "A4": "stay.adults", "A5": "profile.email",
        }
    )  # fmt: skip
    told = door.hear(GI + "A0+79990000001|A1|A2BAR|A3А 123 ВС|A4two|")
    guest, [stay] = profile(told), stays(told)
    assert guest.record.phones == ("+79990000001",)
    assert "emails" not in guest.knows
    assert (stay.record.rate_code, stay.record.extra) == ("BAR", {"car": "А 123 ВС"})
    assert "adults" not in stay.knows
    assert "extra" in stay.knows


def test_without_a_map_a_fields_mean_nothing():
    plain, with_user = Door().hear(GI), Door().hear(GI + "A0+79990000001|")
    assert [one.record for one in plain] == [one.record for one in with_user]


@pytest.mark.parametrize(
    ("form", "name", "first", "wanted"),
    [
        ("last", "Иванов", "Иван", ("Иванов", "Иван", "")),
        ("last first", "Иванов Иван Иванович", "", ("Иванов", "Иван Иванович", "")),
        ("first last", "Иван Иванович Иванов", "", ("Иванов", "Иван Иванович", "")),
        ("last, first", "Иванов, Иван", "", ("Иванов", "Иван", "")),
        ("last/first", "IVANOV/IVAN MR", "", ("IVANOV", "IVAN", "MR")),
        ("last first", "г-жа Иванова Анна", "", ("Иванова", "Анна", "г-жа")),
        ("last, first", "Иванов", "Иван", ("Иванов", "Иван", "")),
        ("first last", "Cher", "", ("Cher", "", "")),
        ("last/first", "", "", ("", "", "")),
    ],
)
def test_name_formats(form, name, first, wanted):
    assert split_name(name, first, form) == wanted


def test_room_status_codes():
    door = Door(room_status=True)
    told = door.hear("RE|RN305|RS1|", "RE|RN306|RS4|", "RE|RN307|RS6|", "RE|RN308|RS9|", "RE|RS1|")
    assert [(one.room, one.condition, one.occupied) for one in told] == [
        ("305", "dirty", False), ("306", "clean", True), ("307", "inspected", True),
    ]  # fmt: skip


def test_clocks_that_differ_are_told_once():
    door = Door()
    door.hear("LS|DA261123|TI115900|")
    assert door.notices == []
    door.hear("LS|DA261123|TI124000|", "LA|DA261123|TI124000|")
    assert door.notices == ["fias-clock"]


def test_records_that_can_not_be_read_are_told_when_they_are_many():
    door = Door()
    door.hear(*["GI|RN1|"] * 4)
    assert door.notices == []
    door.hear(*["GI|RN1|"] * 300)
    assert door.notices == ["fias-unreadable"]


def test_fields_a_site_never_sends_are_told_once():
    door = Door(fields={"A1": "profile.email"})
    for number in range(1, 100):
        door.hear(f"GI|RN{number}|G#{number}|G+{number}|GNx|GA261123|{'A1|' if number == 20 else ''}")
    assert door.notices == ["fias-missing"]
    whole = Door()
    for number in range(1, 100):
        whole.hear(GI.replace("G#200", f"G#{number}"))
    assert whole.notices == []


# --- code pages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [str.title, str.upper, str.lower])
@pytest.mark.parametrize("true", PAGES)
@pytest.mark.parametrize("set_to", ENCODINGS)
def test_a_wrong_code_page_is_told_once_and_a_right_one_never(true, set_to, case):
    watch, told = CodepageWatch(set_to), []
    for last, first in zip(SURNAMES, [*MALE, *FEMALE] * 3, strict=False):
        told += [
            found for found in [watch.look([case(last).encode(true), case(first).encode(true)])] if found
        ]
    assert told == ([] if true == set_to else [true])


def test_western_names_and_rare_ones_raise_no_alarm():
    west = (
        "Müller Çelik Álvarez Lefèvre Österreich Peñalver Benítez Grünwald Weißmann Dörfler Ibáñez Chloé Noël"
    )
    rare = "Цой Эшпай Юшкевич Фетхуллин Гюльназ Шамсутдинов Зульфия Объедков Съёмщиков Чжан Эльвира Жумабай Йылмаз"
    for page, names in [("cp850", west), ("utf-8", west), *((page, rare) for page in PAGES)]:
        watch = CodepageWatch(page)
        assert (
            watch.look([f"{name}{'' if n < 14 else n}".encode(page) for n, name in enumerate(names)]) is None
        )


# --- anything in any order -----------------------------------------------------------------------------------

records = st.one_of(
    st.builds(
        "{}|RN{}|G#{}|GS{}|GA2611{:02d}|GD2611{:02d}|{}DA261123|TI12{:02d}00|".format,
        st.sampled_from(["GI", "GC", "GO"]), st.integers(301, 304), st.integers(1, 6), st.sampled_from("YN"),
        st.integers(20, 23), st.integers(23, 28), st.sampled_from(["", "SF|"]), st.integers(0, 59),
    ),
    st.sampled_from(["DS|", "DE|", "LS|", "LA|", "LE|", "NS|", "NE|", "GO|RN301|SF|", "GO|RN302|GSN|", "XX|", "GI|RN1|"]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(records, st.floats(0, 5)), max_size=40))
def test_any_order_of_records_leaves_one_sound_house(stream):
    door, told = Door(encoding="cp1251"), []
    for text, pause in stream:
        told += door.hear(text, after_s=pause)
    told += door.wait(1e9)
    state: dict[str, str] = {}
    for one in told:
        if isinstance(one, InHouse):
            state |= dict.fromkeys((key for key in state if key not in one.keys), "checked_out")
        elif "state" in one.knows:
            state[one.key] = one.record.state.value
            assert one.record.departure >= one.record.arrival
    house = door.intake.translator.house
    present = set(house.present())
    assert present == {key for key, here in house._guests.items() if here.present}
    assert len(house.present()) == len(present)
    assert present <= {key for key, value in state.items() if value == "in_house"}
    moments = [one.at for one in told if isinstance(one, DoorRecord)]
    assert len(moments) == len(stays(told)) + sum(
        one.entity == "profile" for one in told if isinstance(one, DoorRecord)
    )


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=40), records.map(lambda text: frame(text.encode()))), max_size=30),
    st.sampled_from(ENCODINGS),
)
def test_no_bytes_break_the_intake(parts, encoding):
    door = Door(encoding=encoding)
    for part in parts:
        taken = door.intake.take(part, door.now)
        assert all(line[:2] in {"LS", "LD", "LR", "LA", "DR"} for line in taken.replies)
        door.now += 0.1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 7), max_size=30))
def test_the_cut_of_segments_changes_nothing(cuts):
    text = b"".join(
        frame(one.encode("cp1251")) for one in (GI, "DS|", GI.replace("|DA", "|SF|DA"), "DE|", GI)
    )
    whole, pieces = Door(), Door()
    told, start = [], 0
    for length in [*cuts, len(text)]:
        told += pieces.intake.take(text[start : start + length], 0.0).told
        start += length
    assert told == whole.intake.take(text, 0.0).told
