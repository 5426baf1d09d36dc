"""The bucket of requests, the meter of execution time, the cap of one request."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.calls import RestError
from sandbox.portal.limits import Limits
from sandbox.portal.state import PortalConfig
from tests.sandbox.conftest import FakeTime


async def test_the_bucket_refuses_and_leaks(rest, portal, time):
    portal.config.bucket_capacity = 5
    statuses = [(await rest.full("server.time")).status for _ in range(7)]
    assert statuses == [200] * 5 + [503, 503]
    assert (await rest.full("server.time")).error == (503, "QUERY_LIMIT_EXCEEDED")
    time.push(0.9)
    assert (await rest.full("server.time")).status == 503
    time.push(0.1)
    statuses = [(await rest.full("server.time")).status for _ in range(3)]
    assert statuses == [200, 200, 503]


async def test_a_refused_request_did_nothing(rest, portal):
    portal.config.bucket_capacity = 1
    await rest("server.time")
    reply = await rest.full("tasks.task.add", {"fields": {"TITLE": "x", "RESPONSIBLE_ID": 2}})
    assert reply.status == 503
    assert len(portal.store("tasks")) == 0


async def test_a_batch_is_one_request(rest, portal):
    portal.config.bucket_capacity = 1
    answer = await rest("batch", {"cmd": {f"k{i}": "server.time" for i in range(20)}})
    assert len(answer["result"]) == 20


async def test_operating_time_blocks_one_method(rest, portal, time):
    portal.config.call_seconds = {"user.*": 200.0}
    portal.config.sleep_scale = 0
    for expected in (200, 400, 600):
        reply = await rest.full("user.get")
        assert reply.body["time"]["operating"] == pytest.approx(expected, abs=1)
        time.push(60)
    assert (await rest.full("user.get")).error == (429, "OPERATION_TIME_LIMIT")
    assert (await rest.full("department.get")).status == 200
    reset_at = reply.body["time"]["operating_reset_at"]
    assert reset_at == int(time.clock().timestamp()) - 180 + 600
    time.push(reset_at - time.clock().timestamp() + 0.1)
    assert (await rest.full("user.get")).status == 200


async def test_the_call_that_passes_the_limit_ends_well(rest, portal):
    portal.config.call_seconds = {"*": 500.0}
    portal.config.sleep_scale = 0
    assert (await rest.full("server.time")).status == 200
    assert (await rest.full("server.time")).status == 429


@pytest.mark.parametrize(("payer", "inner", "outer"), [("inner", 30, 0), ("outer", 0, 0)])
async def test_who_pays_in_a_batch(rest, portal, payer, inner, outer):
    portal.switches.set("operating_in_batch", payer)
    portal.config.call_seconds = {"server.time": 10.0, "batch": 7.0}
    portal.config.sleep_scale = 0
    await rest("batch", {"cmd": {f"k{i}": "server.time" for i in range(3)}})
    code = portal.config.webhook_code
    assert portal.limits.operating(code, "server.time")["operating"] == pytest.approx(inner, abs=0.1)
    charged = portal.limits.operating(code, "batch")["operating"]
    assert charged == pytest.approx(7, abs=0.1) if payer == "outer" else charged == outer


async def test_a_blocked_command_fails_alone(rest, portal):
    portal.config.call_seconds = {"server.time": 500.0}
    portal.config.sleep_scale = 0
    answer = await rest("batch", {"cmd": {"a": "server.time", "b": "server.time", "c": "profile"}})
    assert set(answer["result"]) == {"a", "c"}
    assert answer["result_error"]["b"]["error"] == "OPERATION_TIME_LIMIT"


async def test_simulated_seconds_are_slept(rest, portal, time):
    portal.config.call_seconds = {"server.time": 3.0, "*": 1.0}
    await rest("server.time")
    await rest("profile")
    assert time.slept == [3.0, 1.0]


async def test_longer_than_the_cap_is_html(client, portal, config):
    config.request_cap_s = 0.02
    config.call_seconds = {"server.time": 0.2}

    async def really(seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)

    config.sleep = really
    async with client.post(f"/rest/1/{config.webhook_code}/server.time", json={}) as response:
        assert response.status == 504
        assert response.content_type == "text/html"


def test_level_is_what_is_left(time):
    config = PortalConfig(clock=time.clock, monotonic=time.monotonic)
    limits = Limits(config)
    for _ in range(9):
        limits.take_request("a")
    limits.take_request("b")
    assert limits.level() == 9
    time.push(2)
    assert limits.level() == 5


@given(st.floats(0.5, 20), st.integers(2, 60), st.integers(1, 300))
def test_a_steady_caller_at_the_leak_is_never_refused(leak, capacity, calls):
    capacity = max(capacity, int(2 * leak) + 2)
    time = FakeTime()
    config = PortalConfig(
        clock=time.clock, monotonic=time.monotonic, bucket_leak_per_s=leak, bucket_capacity=capacity
    )
    limits = Limits(config)
    for _ in range(calls):
        limits.take_request("a")
        time.push(1.001 / leak)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=200))
def test_no_second_lets_more_through_than_it_leaks(pauses):
    time = FakeTime()
    config = PortalConfig(clock=time.clock, monotonic=time.monotonic, bucket_capacity=5, bucket_leak_per_s=2)
    limits, passed = Limits(config), 0
    for pause in pauses:
        time.push(pause)
        with suppress(RestError):
            limits.take_request("a")
            passed += 1
    assert passed <= 5 + 2 * (time.seconds + 1)
