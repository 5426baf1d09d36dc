import asyncio

import pytest

from domain.errors import Temporary
from domain.ports import Lane
from integrations.bitrix24.bucket import JITTER_S, TICK_S
from integrations.bitrix24.decoder import Timing
from integrations.bitrix24.limits import Limiter
from integrations.bitrix24.operating import OperatingMeter
from tests.integrations.bitrix24_time import VirtualTime


class StrictBucket:
    """The portal's side as documented: its counter goes down once per second; a call too many is refused."""

    def __init__(self, time, capacity=50, leak=2.0):
        self.time, self.capacity, self.leak = time, capacity, leak
        self.level, self.at, self.refused = 0.0, time.now(), 0

    def call(self):
        ticks = int(self.time.now() - self.at)
        self.level = max(0.0, self.level - ticks * self.leak)
        self.at += ticks
        if self.level + 1 > self.capacity:
            self.refused += 1
        else:
            self.level += 1


async def spend(limiter, lane, sent, time, took=0.0, method="crm.item.add"):
    async with limiter.slot(lane, [method]):
        sent.append((time.now(), lane))
        if took:
            await time.sleep(took)


def make(time, **kwargs):
    return Limiter(now=time.now, sleep=time.sleep, **kwargs)


@pytest.mark.parametrize(("capacity", "leak"), [(50, 2.0), (250, 5.0)])
async def test_a_burst_then_the_leak_and_nothing_is_refused(capacity, leak):
    time, sent = VirtualTime(), []
    limiter, portal = make(time, capacity=capacity, leak_per_s=leak), StrictBucket(time, capacity, leak)
    calls = capacity + 150

    async def one():
        async with limiter.slot(Lane.REPLY, ["x"]):
            sent.append(time.now())
            await time.sleep(0.05 * (len(sent) % 3))  # jitter on the way
            portal.call()

    await time.run(asyncio.gather(*(one() for _ in range(calls))))
    assert portal.refused == 0
    took = sent[-1] - sent[0]
    floor = 150 / leak
    assert floor <= took <= floor + TICK_S + JITTER_S + 0.6


async def test_bulk_leaves_a_reserve_and_replies_go_at_once():
    time, sent = VirtualTime(), []
    limiter = make(time)

    async def work():
        bulk = [asyncio.create_task(spend(limiter, Lane.BULK, sent, time, 0.1)) for _ in range(100)]
        await time.sleep(10)
        asked = time.now()
        await asyncio.gather(*(spend(limiter, Lane.REPLY, sent, time) for _ in range(3)))
        waited = time.now() - asked
        await asyncio.gather(*bulk)
        return waited

    assert await time.run(work()) == 0.0
    assert limiter.budget().sent == 103


async def test_lanes_go_in_order_when_nothing_is_left():
    time, sent = VirtualTime(), []
    limiter = make(time)
    limiter.refused()

    async def work():
        waiting = [
            asyncio.create_task(spend(limiter, lane, sent, time))
            for lane in (Lane.BULK, Lane.DESK, Lane.DESK, Lane.REPLY, Lane.REPLY)
        ]
        await asyncio.gather(*waiting)

    await time.run(work())
    assert [lane for _, lane in sent] == [Lane.REPLY, Lane.REPLY, Lane.DESK, Lane.DESK, Lane.BULK]
    assert limiter.budget().refused == 1


async def test_a_cancelled_waiter_blocks_nobody():
    time, sent = VirtualTime(), []
    limiter = make(time)
    limiter.refused()

    async def work():
        first = asyncio.create_task(spend(limiter, Lane.REPLY, sent, time))
        second = asyncio.create_task(spend(limiter, Lane.REPLY, sent, time))
        await time.sleep(0)
        first.cancel()
        await second
        await asyncio.gather(first, return_exceptions=True)

    await time.run(work())
    assert len(sent) == 1
    assert limiter.budget().waiting == {}


async def test_slow_batches_leave_the_bucket_the_only_limit():
    time = VirtualTime()
    limiter = make(time)
    most, now_flying = 0, 0

    async def one():
        nonlocal most, now_flying
        async with limiter.slot(Lane.BULK, ["crm.item.add"]):
            now_flying += 1
            most = max(most, now_flying)
            await time.sleep(2.8)
            now_flying -= 1

    await time.run(asyncio.gather(*(one() for _ in range(120))))
    assert most == limiter.window == 10
    floor = (120 - 50) / 2.0
    assert time.now() - 1000.0 <= (floor + 2.8) / 0.9


async def test_polling_takes_a_quarter_over_time():
    time = VirtualTime()
    limiter = make(time)
    share = limiter.share("poll", 0.25)

    async def work():
        taken = 0
        end = time.now() + 600
        while time.now() < end:
            await share.take()
            taken += 1
        return taken

    assert await time.run(work()) <= 600 * 2.0 * 0.25 + 8
    assert limiter.budget().shares["poll"] > 0.5


async def test_a_method_rests_at_ninety_percent_and_one_call_probes():
    time, sent = VirtualTime(), []
    limiter = make(time)
    limiter.operating.note("crm.item.update", Timing(0.5, operating_s=440.0, reset_in_s=120.0))
    assert limiter.budget().paused == {"crm.item.update": 120.0}

    async def work():
        start = time.now()
        bulk = [
            asyncio.create_task(spend(limiter, Lane.BULK, sent, time, 1.0, "crm.item.update"))
            for _ in range(2)
        ]
        await spend(limiter, Lane.BULK, sent, time, 0, "crm.item.add")  # another method goes on
        await asyncio.gather(*bulk)
        return [at - start for at, _ in sent]

    free, probe, second = await time.run(work())
    assert free == 0.0
    assert probe == pytest.approx(120.0)
    assert second >= probe + 1.0


async def test_people_are_told_to_come_back_instead_of_waiting_minutes():
    time = VirtualTime()
    limiter = make(time)
    limiter.operating.blocked("crm.item.list", Timing(reset_in_s=200.0))

    async def work(lane):
        async with limiter.slot(lane, ["crm.item.list"]):
            pass

    with pytest.raises(Temporary) as caught:
        await time.run(work(Lane.REPLY))
    assert caught.value.code == "bitrix-operating-limit"
    assert caught.value.retry_after_s == pytest.approx(200.0)


def test_a_person_may_use_the_last_tenth_of_a_methods_time():
    time = VirtualTime()
    meter = OperatingMeter(time.now)
    meter.note("crm.item.list", Timing(operating_s=450.0, reset_in_s=60.0))
    assert meter.delay(["crm.item.list"]) == pytest.approx(60.0)
    assert meter.delay(["crm.item.list"], urgent=True) == 0.0


def test_the_meter_forgives_absent_and_past_keys():
    time = VirtualTime()
    meter = OperatingMeter(time.now)
    meter.note("x", Timing())
    assert meter.delay(["x"]) == 0.0
    meter.note("x", Timing(operating_s=470.0, reset_in_s=-5.0))
    assert meter.delay(["x"]) == pytest.approx(60.0)


def test_packs_shrink_with_slow_commands_and_with_the_room_left():
    time = VirtualTime()
    meter = OperatingMeter(time.now)
    assert meter.pack_size("x") == 50
    meter.plan("x", 50)
    meter.plan("x", -50)
    meter.note("x", Timing(duration_s=1.0, operating_s=10.0, reset_in_s=60.0))
    assert meter.pack_size("x") == 15
    meter.note("x", Timing(duration_s=1.0, operating_s=468.0, reset_in_s=60.0))
    assert meter.pack_size("x") == 4
    meter.note("x", Timing(duration_s=1.0, operating_s=472.0, reset_in_s=60.0))
    assert meter.pack_size("x") == 1
    assert meter.delay(["x"]) == pytest.approx(60.0)


def test_packs_on_their_way_are_reckoned_with():
    time = VirtualTime()
    meter = OperatingMeter(time.now)
    meter.plan("x", 0)
    meter.note("x", Timing(duration_s=1.0, operating_s=460.0, reset_in_s=60.0))
    meter.plan("x", 10)
    assert meter.pack_size("x") == 2
    meter.plan("x", 2)
    assert meter.pack_size("x") == 0  # until one of them is back
    meter.plan("x", -12)
    assert meter.pack_size("x") == 12


def test_a_portal_that_allows_less_is_believed_and_rests_grow_while_it_refuses():
    time = VirtualTime()
    meter = OperatingMeter(time.now)
    meter.plan("x", 1)
    meter.note("x", Timing(duration_s=0.5, operating_s=24.0, reset_in_s=5.0))
    for _ in range(30):
        meter.blocked("x", Timing())  # all that flew at the same time: one refusal
    assert meter.delay(["x"]) == pytest.approx(5.0)  # as the last good answer told
    rests = []
    for _ in range(3):
        time.at += meter.delay(["x"])
        meter.blocked("x", Timing())
        rests.append(meter.delay(["x"]))
    assert rests == pytest.approx([20.0, 40.0, 80.0])
    time.at += 80
    meter.note("x", Timing(duration_s=0.5, operating_s=20.0, reset_in_s=5.0))
    assert meter.delay(["x"]) == 0.0
    assert meter.pack_size("x") <= 7  # 24 s were too much
