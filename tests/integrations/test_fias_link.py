"""The FIAS door against the stand-in IFC8, over real TCP."""

import asyncio
import contextlib
from datetime import timedelta

import pytest

from domain.doors import InHouse, RoomStatus
from domain.stays import StayState
from sandbox.hotel.names import SURNAMES
from tests.integrations.fias_house import NOW, QUICK, open_line, until


@pytest.fixture
async def line():
    async with open_line() as opened:
        yield opened


def same_house(line) -> bool:
    return line.store.in_house() == {str(r.id) for r in line.hotel.in_house()}


async def test_the_link_is_described_and_asks_for_what_is_mapped_only(line):
    async with line.running(fields={"A0": "profile.phone", "A3": "stay.rate_code"}):
        assert line.ifc8.asked["GI"] >= {"RN", "G#", "GS", "GN", "G+", "GA", "GD", "SF", "A0", "A3"}
        assert "A1" not in line.ifc8.asked["GI"]
        assert line.ifc8.asked["GC"] >= {"RN", "RO", "GS"}
        assert set(line.ifc8.asked) == {"GI", "GO", "GC", "NS", "NE"}
        names = [name for name, _ in line.ifc8.heard]
        assert names[0] == "LD"
        assert names[-1] == "LA"
        about = dict(line.ifc8.heard[0][1])
        assert about["IF"] == "MS"
        assert len(about["V#"]) <= 10


async def test_a_check_in_is_told_within_two_seconds(line):
    async with line.running():
        guest = line.guest_to_come()
        began = asyncio.get_running_loop().time()
        line.hotel.check_in(guest.id)
        await until(lambda: str(guest.id) in line.store.in_house(), 2)
        assert asyncio.get_running_loop().time() - began < 2
        stay = line.store.stays[str(guest.id)]
        assert stay["room"] == guest.room
        assert (stay["arrival"], stay["departure"]) == (guest.arrival, guest.departure)
        assert stay["profile_id"] == str(guest.profile)
        assert stay["checked_in_at"] - NOW < timedelta(seconds=1)
        profile = line.hotel.profiles[guest.profile]
        assert line.store.profiles[str(guest.profile)]["last_name"] == profile.last_name
        assert "phones" not in line.store.profiles[str(guest.profile)]
        assert "rate" not in stay


async def test_a_due_check_out_is_told_at_once_and_can_be_undone(line):
    async with line.running():
        guest = line.guest_here(days=1)
        line.hotel.extend(guest.id, -(guest.departure - line.hotel.business_date).days)
        line.hotel.check_out(guest.id)
        await until(lambda: line.store.states(guest.id)[-1:] == ["checked_out"])
        assert line.store.stays[str(guest.id)]["checked_out_at"] is not None
        line.hotel.undo_check_out(guest.id)
        await until(lambda: line.store.states(guest.id)[-1:] == ["in_house"])
        assert line.store.stays[str(guest.id)]["checked_out_at"] is None


async def test_an_early_check_out_waits_for_the_window_and_is_told_then(line):
    async with line.running(move_window_s=0.1):
        guest = line.guest_here(days=2)
        line.hotel.touch(guest)
        await until(lambda: str(guest.id) in line.store.in_house())
        line.ifc8._tell("GO", [("RN", guest.room), ("G#", str(guest.id)), ("GS", "N")])
        await until(lambda: line.store.states(guest.id)[-1] == "checked_out")


@pytest.mark.parametrize("moves", ["GC", "GO+GI", "GI+GO"])
async def test_a_move_is_one_stay_in_another_room(moves):
    async with open_line(moves=moves) as line, line.running():
        guest = line.guest_here(days=2)
        line.hotel.touch(guest)
        await until(lambda: str(guest.id) in line.store.stays)
        line.hotel.move(guest.id)
        await until(lambda: line.store.stays[str(guest.id)]["room"] == guest.room)
        await asyncio.sleep(0.2)  # longer than the window
        assert set(line.store.states(guest.id)) == {"in_house"}
        assert line.store.in_house() == {str(guest.id)}


async def test_every_check_in_of_a_day_arrives_in_segments_of_any_size(line):
    line.fault("split", times=40)
    line.fault("glue", times=30, after=40)
    line.fault("garbage", times=-1)
    line.fault("oversize", times=2, after=5)
    line.fault("duplicate", times=20)
    async with line.running() as source:
        guests = line.hotel.due_in()[:30]
        for guest in guests:
            line.hotel.check_in(guest.id)
        await until(lambda: line.store.in_house() >= {str(guest.id) for guest in guests})
        dropped = source.dropped()
        assert dropped["garbage"] > 0
        assert dropped["oversize"] == 2


async def test_first_start_takes_the_whole_house_and_closes_who_is_gone(line):
    line.store.stays["1"] = {"state": StayState.IN_HOUSE}
    async with line.running(last_told=None) as source:
        await until(lambda: any(isinstance(one, InHouse) for one in line.store.told))
        assert same_house(line)
        assert line.store.stays["1"]["state"] == StayState.CHECKED_OUT
        assert line.ifc8.counts["rude"] == 0
        assert all("checked_in_at" not in stay for stay in line.store.stays.values())
        source.resync()
        await until(lambda: line.ifc8.counts["swaps"] == 2)


async def test_live_records_in_the_middle_of_a_swap_win(line):
    line.ifc8.swap_pause_s = 0.1
    come, go = line.guest_to_come(), line.guest_here(days=2)
    async with line.running(last_told=None):
        await until(lambda: line.ifc8.swapping and len(line.store.stays) > 2)
        line.hotel.check_in(come.id)
        line.hotel.check_out(go.id)
        await until(lambda: any(isinstance(one, InHouse) for one in line.store.told))
        await until(lambda: same_house(line))
        assert str(come.id) in line.store.in_house()
        assert str(go.id) not in line.store.in_house()


async def test_a_cut_swap_closes_nobody_and_is_asked_again(line):
    line.fault("cut_swap", after=30)
    line.store.stays["1"] = {"state": StayState.IN_HOUSE}
    async with line.running(last_told=None):
        await until(lambda: any(isinstance(one, InHouse) for one in line.store.told))
        assert same_house(line)
        assert line.ifc8.counts["swaps"] == line.ifc8.counts["connections"] == 2
        assert line.store.told.index(next(one for one in line.store.told if isinstance(one, InHouse))) > 21
        assert sum(isinstance(one, InHouse) for one in line.store.told) == 1


async def test_a_silently_declined_swap_is_no_error(line):
    line.ifc8.switches.swap_allowed = False
    timings = QUICK
    async with line.running(last_told=None, timings=timings) as source:
        source.intake.resync._since -= 60  # its thirty seconds pass
        source.link.wake()
        await until(lambda: source.intake.resync.declined == 1)
        assert source.status().ok
        assert line.ifc8.counts["connections"] == 1
        assert line.ifc8.counts["heard_DR"] == 1


@pytest.mark.parametrize(("told_before", "swaps"), [(timedelta(hours=1), 0), (timedelta(hours=13), 1)])
async def test_a_start_asks_for_a_swap_after_a_long_outage_only(line, told_before, swaps):
    async with line.running(last_told=NOW - told_before):
        line.hotel.touch(line.guest_here())
        await until(lambda: line.store.told)
        await until(lambda: line.ifc8.counts["swaps"] == swaps)


async def test_what_happened_while_we_were_away_is_replayed(line):
    async with line.running():
        pass
    guests = line.hotel.due_in()[:5]
    for guest in guests:
        line.hotel.check_in(guest.id)
    assert len(line.ifc8.queue) == 5
    async with line.running():
        await until(lambda: line.store.in_house() == {str(guest.id) for guest in guests})
        assert line.ifc8.counts["swaps"] == 0


async def test_an_orderly_stop_says_le(line):
    async with line.running():
        pass
    await until(lambda: line.ifc8.counts["heard_LE"] == 1)


async def test_ls_in_mid_session_describes_the_link_again(line):
    async with line.running():
        line.ifc8.greet()
        await until(lambda: line.ifc8.up)
        assert line.ifc8.counts["heard_LD"] == 2
        guest = line.guest_to_come()
        line.hotel.check_in(guest.id)
        await until(lambda: str(guest.id) in line.store.in_house())


async def test_a_pms_that_does_not_greet_is_greeted(line):
    line.ifc8.switches.greets = False
    async with line.running():
        assert line.ifc8.heard[0][0] == "LS"


async def test_a_quiet_night_is_checked_with_ls_and_never_with_la(line):
    async with line.running() as source:
        await until(lambda: line.ifc8.counts["heard_LS"] >= 2)
        assert source.status().ok
        assert line.ifc8.counts["heard_LA"] == 1  # the end of the description
        assert line.ifc8.counts["connections"] == 1


async def test_silence_is_a_dead_link_and_the_link_comes_back(line):
    async with line.running() as source:
        line.fault("silence", times=-1)
        await until(lambda: not source.status().ok)
        guest = line.guest_to_come()
        line.hotel.check_in(guest.id)
        line.ifc8.faults.clear()
        await until(lambda: str(guest.id) in line.store.in_house())
        assert line.ifc8.counts["connections"] >= 2


async def test_after_le_and_after_a_closed_connection_it_connects_again(line):
    async with line.running() as source:
        line.ifc8.hang_up(orderly=True)
        await until(lambda: line.ifc8.counts["connections"] == 2 and source.status().ok)
        line.ifc8.hang_up()
        await until(lambda: line.ifc8.counts["connections"] == 3 and source.status().ok)


async def test_a_displaced_door_gives_way_and_tells(line):
    async with line.running() as source:
        others = []
        for _ in range(2):  # another client that also comes back at once
            await until(lambda: line.ifc8.up)
            others.append(await asyncio.open_connection("127.0.0.1", line.port))
            await until(lambda: not source.status().ok)
        await until(lambda: source.status().code == "fias-displaced")
        connections = line.ifc8.counts["connections"]
        assert "fias-displaced" in source.notices
        assert source.link.state.next_try_s > 3
        await asyncio.sleep(0.2)
        assert line.ifc8.counts["connections"] == connections
        for _, writer in others:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def test_the_night_audit_is_known_and_no_swap_is_asked_in_it(line):
    line.ifc8.faults.clear()
    async with line.running() as source:
        line.ifc8._tell("NS", [("DA", "261124"), ("TI", "020000")])
        await until(lambda: source.intake.session.audit)
        assert "night audit" in source.status().detail
        source.resync()
        line.hotel.touch(line.guest_here())
        await until(lambda: line.store.told)
        assert line.ifc8.counts["heard_DR"] == 0
        line.wall.pass_by(hours=14)
        line.ifc8._tell("NE", [("DA", "261124"), ("TI", "050000")])
        await until(lambda: line.ifc8.counts["swaps"] == 1)
        assert source.business_date() == NOW.date() + timedelta(days=1)


async def test_inverted_ifc8_calls_us(line):
    source = line.source(port=0, listen=True, peer="127.0.0.1")
    task = asyncio.create_task(source.run(line.store.deliver))
    try:
        await until(lambda: getattr(source.link.transport, "_server", None))
        port = source.link.transport.port
        await line.ifc8.call("127.0.0.1", port)
        await until(lambda: source.status().ok)
        guest = line.guest_to_come()
        line.hotel.check_in(guest.id)
        await until(lambda: str(guest.id) in line.store.in_house())
        line.ifc8.hang_up()
        await line.ifc8.call("127.0.0.1", port)  # it comes again, and the new connection counts
        await until(lambda: line.ifc8.up and source.status().ok)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_strangers_are_shown_the_door_when_a_peer_is_set(line):
    source = line.source(port=0, listen=True, peer="10.9.9.9")
    task = asyncio.create_task(source.run(line.store.deliver))
    try:
        await until(lambda: getattr(source.link.transport, "_server", None))
        reader, writer = await asyncio.open_connection("127.0.0.1", source.link.transport.port)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        assert source.link.transport.refused == 1
        writer.close()
        await writer.wait_closed()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "utf-8", "koi8-r"])
async def test_names_arrive_in_every_code_page(encoding):
    async with (
        open_line(encoding=encoding) as line,
        line.running(encoding=encoding, last_told=None) as source,
    ):
        await until(lambda: any(isinstance(one, InHouse) for one in line.store.told))
        for guest in line.hotel.in_house():
            profile = line.hotel.profiles[guest.profile]
            sent = profile.last_name.encode(encoding, "replace").decode(encoding)
            assert line.store.profiles[str(profile.id)]["last_name"] == sent
        assert source.notices == {}


async def test_the_wrong_code_page_is_told_with_the_right_one():
    async with open_line(encoding="cp866") as line, line.running(encoding="cp1251") as source:
        for guest, name in zip(line.hotel.in_house(), SURNAMES, strict=False):
            line.hotel.profiles[guest.profile].last_name = name
            line.hotel.put_profile(line.hotel.profiles[guest.profile])
        await until(lambda: "fias-codepage" in source.notices)
        assert source.notices["fias-codepage"] == "cp866"


async def test_room_status_is_asked_for_when_it_is_set(line):
    async with line.running(room_status=True) as source:
        assert "room_status" in source.capabilities
        guest = line.guest_here(days=1)
        line.hotel.check_out(guest.id)
        await until(lambda: any(isinstance(one, RoomStatus) for one in line.store.told))
        status = next(one for one in line.store.told if isinstance(one, RoomStatus))
        assert (status.room, status.condition, status.occupied) == (guest.room, "dirty", False)


async def test_a_changed_name_or_vip_code_arrives_as_a_change(line):
    async with line.running():
        guest = line.guest_here()
        profile = line.hotel.profiles[guest.profile]
        profile.vip, profile.last_name = "V3", "Переименованный"
        line.hotel.put_profile(profile)
        await until(lambda: str(profile.id) in line.store.profiles)
        assert line.store.profiles[str(profile.id)]["vip"] == "V3"
        assert line.store.stays[str(guest.id)]["guest_name"].startswith("Переименованный")


async def test_a_port_nobody_listens_on_is_told_and_tried_again(line):
    source = line.source(port=1)
    task = asyncio.create_task(source.run(line.store.deliver))
    try:
        await until(lambda: source.status().code == "pms-unreachable")
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_check_does_not_connect(line):
    assert (await line.source().check()).ok
    assert line.ifc8.counts["connections"] == 0


async def test_a_stop_stores_what_is_under_way_and_what_was_sent_before_le_was_heard(line):
    source, slow = line.source(), asyncio.Event()
    deliver = line.store.deliver

    async def slowly(news):
        slow.set()
        await asyncio.sleep(0.1)
        await deliver(news)

    task = asyncio.create_task(source.run(slowly))
    await until(lambda: source.status().ok)
    first, *others = line.hotel.due_in()[:5]
    line.hotel.check_in(first.id)
    await slow.wait()
    for guest in others:  # these wait in TCP while the first is stored
        line.hotel.check_in(guest.id)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert line.store.in_house() == {str(guest.id) for guest in (first, *others)}
    assert line.ifc8.counts["heard_LE"] == 1


async def test_what_came_before_the_connection_was_reset_is_stored(line):
    source, slow = line.source(), asyncio.Event()
    deliver = line.store.deliver

    async def slowly(news):
        slow.set()
        await asyncio.sleep(0.1)
        await deliver(news)

    task = asyncio.create_task(source.run(slowly))
    try:
        await until(lambda: source.status().ok)
        first, *others = line.hotel.due_in()[:5]
        line.hotel.check_in(first.id)
        await slow.wait()
        for guest in others:
            line.hotel.check_in(guest.id)
        line.ifc8.greet()  # wants an answer on a connection that is gone by then
        await asyncio.sleep(0.02)
        line.ifc8._line._writer.transport.abort()
        await until(lambda: line.store.in_house() == {str(guest.id) for guest in (first, *others)})
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_store_that_never_answers_does_not_keep_the_service_from_stopping(line):
    source = line.source()

    async def never(_news):
        await asyncio.Event().wait()

    task = asyncio.create_task(source.run(never))
    await until(lambda: source.status().ok)
    line.hotel.check_in(line.guest_to_come().id)
    await asyncio.sleep(0.02)
    task.cancel()
    async with asyncio.timeout(3):
        with contextlib.suppress(asyncio.CancelledError):
            await task
