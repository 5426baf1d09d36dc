"""The link's talk by an injected clock: who says what when, and how long anybody waits."""

from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.fidelio.fias.options import BadOptions, Options, Timings, read_url
from integrations.fidelio.fias.patience import Patience
from integrations.fidelio.fias.records import parse
from integrations.fidelio.fias.resync import Resync
from integrations.fidelio.fias.session import LinkDead, Session

WALL = datetime(2026, 11, 22, 14, 5)


def make(swap: Resync | None = None, *, described: bool = False, **options) -> Session:
    settings = {"host": "x", "port": 1, **options}
    return Session(Options(**settings), swap or Resync(), lambda: WALL, 0.0, described=described)


def hear(session: Session, text: str, now: float) -> list[str]:
    return session.receive(parse(text.encode(), "ascii"), now)


def up(resync: Resync | None = None, **options) -> Session:
    session = make(resync, **options)
    hear(session, "LS|DA261122|TI140500|", 0.1)
    hear(session, "LA|DA261122|TI140501|", 0.2)
    assert session.state == "up"
    return session


def test_the_start_of_a_link_as_the_specification_has_it():
    session = make(room_status=True, fields={"A1": "profile.email"})
    said = hear(session, "LS|DA261122|TI140500|", 1.0)
    assert said[0] == "LD|DA261122|TI140500|V#1.0|IFMS|RL2000|"
    assert said[1] == "LR|RIGI|FLRNG#GSGNGFGTGLGVGGG+GAGDA1SFDATI|"
    assert said[2] == "LR|RIGO|FLRNG#GSSFDATI|"
    assert said[3] == "LR|RIGC|FLRNROG#GSGNGFGTGLGVGGG+GAGDA1DATI|"
    assert said[4:7] == ["LR|RINS|FLDATI|", "LR|RINE|FLDATI|", "LR|RIRE|FLRNRS|"]
    assert said[7] == "LA|DA261122|TI140500|"
    assert session.state == "describing"
    assert hear(session, "LA|DA261122|TI140501|", 2.0) == []
    assert session.state == "up"


def test_without_ls_for_three_seconds_we_begin():
    session = make(described=True)
    assert session.tick(2.9) == []
    assert session.tick(3.0) == ["LS|DA261122|TI140500|"]
    assert hear(session, "LA|", 3.1) == []
    assert session.state == "up"


def test_an_la_to_our_first_ls_is_not_trusted_with_settings_it_never_heard():
    session = make()
    session.tick(3.0)
    said = hear(session, "LA|", 3.1)
    assert said[0].startswith("LD|")
    hear(session, "LA|", 3.2)
    assert session.state == "up"


def test_nobody_answers_our_ls():
    session = make()
    session.tick(3.0)
    session.tick(32.9)
    with pytest.raises(LinkDead):
        session.tick(33.0)


def test_nobody_answers_the_description():
    session = make()
    hear(session, "LS|", 0.0)
    with pytest.raises(LinkDead):
        session.tick(30.0)


def test_a_silent_link_is_asked_after_five_minutes_and_not_before():
    session = up()
    assert session.next_deadline() == pytest.approx(300.2)
    assert session.tick(300.1) == []
    assert session.tick(300.2) == ["LS|DA261122|TI140500|"]
    assert session.tick(310) == []
    assert hear(session, "LA|", 311) == []
    assert session.next_deadline() == 611
    session.tick(611)
    with pytest.raises(LinkDead):
        session.tick(641)


def test_any_record_answers_the_question_whether_it_lives():
    session = up()
    session.tick(300.2)
    hear(session, "GI|RN1|G#1|", 301)
    assert session.tick(331) == []


def test_a_busy_link_is_never_asked():
    session = up()
    for minute in range(1, 100):
        hear(session, "GI|RN1|G#1|", minute * 60.0)
        assert session.tick(minute * 60.0 + 59) == []


def test_le_ends_the_link():
    session = up()
    hear(session, "LE|", 5)
    assert session.state == "over"
    assert session.farewell() == []


# --- the swap ------------------------------------------------------------------------------------------------


def test_nothing_is_sent_between_dr_and_de():
    resync = Resync()
    resync.want("asked")
    session = make(resync)
    hear(session, "LS|", 0.1)
    assert hear(session, "LA|", 0.2) == ["DR|DA261122|TI140500|"]
    assert session.tick(20) == []
    assert hear(session, "DS|", 21) == []
    resync.saw("1", 100, swap=True)
    assert session.tick(219) == []
    resync.saw("2", 219, swap=True)
    assert session.tick(330) == []
    assert resync.state == "running"


def test_a_dr_without_ds_is_forgotten_and_no_error():
    resync = Resync()
    resync.want("first")
    session = up(resync)
    assert session.tick(30.2) == []
    assert (resync.state, resync.wanted, resync.declined) == ("idle", "", 1)
    assert session.state == "up"


def test_a_swap_that_falls_silent_is_cut_and_asked_again_three_times_in_all():
    resync = Resync()
    resync.want("first")
    session = up(resync)
    asked, now = 1, 1.0
    for _ in range(6):
        hear(session, "DS|", now)
        said = session.tick(now + 120)
        asked += len(said)
        now += 121
    assert asked == 3
    assert resync.wanted == ""


def test_no_swap_in_the_night_audit():
    resync = Resync()
    session = up(resync)
    hear(session, "NS|DA261123|TI020000|", 1)
    resync.want("asked")
    assert session.tick(2) == []
    assert hear(session, "GI|RN1|G#1|", 3) == []
    assert hear(session, "NE|DA261123|TI030000|", 4) == ["DR|DA261122|TI140500|"]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("LS", "LA", "LE", "LC", "DS", "DE", "NS", "NE", "GI", "GO", "GC", "XX", "RE")),
            st.floats(0, 400),
        ),
        max_size=40,
    )
)
def test_no_order_of_records_breaks_the_talk(steps):
    resync = Resync()
    resync.want("first")
    session, now = make(resync), 0.0
    for name, pause in steps:
        now += pause
        try:
            said = session.tick(now) + session.receive(parse(f"{name}|".encode(), "ascii"), now)
        except LinkDead:
            return
        assert all(line[:2] in {"LS", "LD", "LR", "LA", "DR"} for line in said)
        assert session.state == "over" or session.next_deadline() >= now
        if name == "DE":
            resync.ended()


# --- patience ------------------------------------------------------------------------------------------------


def test_pauses_grow_to_a_minute_with_jitter():
    patience = Patience(Timings(), Random(3))
    pauses = [patience.failed() for _ in range(10)]
    assert 0.7 <= pauses[0] <= 1.3
    assert all(42 <= pause <= 78 for pause in pauses[7:])
    assert len(set(pauses)) == 10


def test_two_short_sessions_that_the_other_end_closed_are_another_client():
    patience = Patience(Timings(), Random(3))
    assert patience.closed(3600) < 2
    assert patience.displaced == 0
    assert patience.closed(20) > 200
    assert patience.displaced == 1
    pauses = [patience.closed(20) for _ in range(5)]
    assert pauses == sorted(pauses[:2]) + pauses[2:]
    assert max(pauses) <= 1800 * 1.3
    patience.held(121)
    assert patience.displaced == 0


def test_a_server_that_restarts_is_no_other_client():
    patience = Patience(Timings(), Random(3))
    patience.closed(3600)
    patience.failed()
    patience.closed(20)
    assert patience.displaced == 0


# --- settings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"encoding": "cp1252"}, {"family": "XX"}, {"name_format": "any"}, {"resync": "daily"},
        {"fields": {"A10": "stay.notes"}}, {"fields": {"A1": "profile.passport"}}, {"fields": {"A1": "extra.Пас"}},
    ],
)  # fmt: skip
def test_settings_that_can_not_be_used_are_named(wrong):
    with pytest.raises(BadOptions) as refused:
        make(**wrong)
    assert next(iter(wrong)) in str(refused.value)


def test_the_address():
    assert read_url("tcp://10.0.0.5:5010") == ("10.0.0.5", 5010)
    for wrong in ("http://x:1", "tcp://x", "tcp://:5", "tcp://x:99999", "tcp://x:5/path"):
        with pytest.raises(BadOptions):
            read_url(wrong)
