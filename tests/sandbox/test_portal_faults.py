"""Everything that goes wrong on demand: what the caller sees, and whether the call was executed."""

import aiohttp
import pytest

from sandbox.portal.documents import tasks

ADD = ("tasks.task.add", {"fields": {"TITLE": "x", "RESPONSIBLE_ID": 2}})


@pytest.mark.parametrize(
    ("code", "http"),
    [
        ("QUERY_LIMIT_EXCEEDED", 503),
        ("OPERATION_TIME_LIMIT", 429),
        ("OVERLOAD_LIMIT", 503),
        ("expired_token", 401),
        ("ACCESS_DENIED", 403),
        ("PORTAL_DELETED", 500),
        ("SOMETHING_NEW", 400),
    ],
)
async def test_errors_by_name_once(rest, portal, code, http):
    portal.faults.add({"kind": "error", "method": "tasks.*", "code": code})
    assert (await rest.full(*ADD)).error == (http, code)
    assert len(tasks(portal)) == 0
    assert (await rest.full(*ADD)).status == 200


async def test_error_after_execution(rest, portal):
    portal.faults.add({"kind": "error_after", "method": "tasks.task.add"})
    assert (await rest.full(*ADD)).error == (500, "INTERNAL_SERVER_ERROR")
    assert len(tasks(portal)) == 1


@pytest.mark.parametrize(("kind", "executed"), [("html", 0), ("html_after", 1)])
async def test_html_bodies(client, portal, kind, executed):
    portal.faults.add({"kind": kind, "http": 502})
    path = f"/rest/1/{portal.config.webhook_code}/{ADD[0]}"
    async with client.post(path, json=ADD[1]) as response:
        assert (response.status, response.content_type) == (502, "text/html")
        assert "<html>" in await response.text()
    assert len(tasks(portal)) == executed


@pytest.mark.parametrize(("kind", "executed"), [("drop", 0), ("drop_after", 1)])
async def test_dropped_connections(rest, portal, kind, executed):
    portal.faults.add({"kind": kind})
    with pytest.raises(aiohttp.ClientConnectionError):
        await rest.full(*ADD)
    assert len(tasks(portal)) == executed
    assert (await rest.full(*ADD)).status == 200


async def test_late_execution_happens_after_the_connection_is_gone(rest, portal, time):
    portal.faults.add({"kind": "late", "seconds": 50})
    with pytest.raises(aiohttp.ClientConnectionError):
        await rest.full(*ADD)
    await portal.settle()
    assert time.slept == [50]
    assert len(tasks(portal)) == 1
    assert portal.requests[-1]["late"] is True


async def test_late_batches_execute_every_command(rest, portal):
    portal.faults.add({"kind": "late", "method": "batch", "seconds": 5})
    with pytest.raises(aiohttp.ClientConnectionError):
        await rest.full(
            "batch",
            {"cmd": {f"k{i}": "tasks.task.add?fields[TITLE]=t&fields[RESPONSIBLE_ID]=2" for i in range(3)}},
        )
    await portal.settle()
    assert len(tasks(portal)) == 3


async def test_a_closed_portal_forgets_what_was_late(portal, client, rest, config):
    import asyncio

    never = asyncio.Event()
    config.sleep = lambda _seconds: never.wait()
    portal.faults.add({"kind": "late", "seconds": 5})
    with pytest.raises(aiohttp.ClientConnectionError):
        await rest.full(*ADD)
    await client.close()
    assert not portal._tasks


async def test_delay_holds_the_answer(rest, portal, time):
    portal.faults.add({"kind": "delay", "seconds": 9})
    assert (await rest.full(*ADD)).status == 200
    assert time.slept == [9]


async def test_a_renamed_portal_redirects(client, portal):
    portal.faults.add({"kind": "moved", "location": "https://new.example"})
    path = f"/rest/1/{portal.config.webhook_code}/profile"
    async with client.post(path, json={}, allow_redirects=False) as response:
        assert response.status == 302
        assert response.headers["Location"] == f"https://new.example{path}"


async def test_commands_of_a_batch_fail_alone(rest, portal):
    portal.faults.add({"kind": "error", "method": "tasks.task.add", "code": "ERROR_CORE"})
    portal.faults.add({"kind": "error_after", "method": "tasks.task.add"})
    command = "tasks.task.add?fields[TITLE]=t&fields[RESPONSIBLE_ID]=2"
    answer = await rest("batch", {"cmd": {"a": command, "b": command, "c": command}})
    assert answer["result_error"]["a"]["error"] == "ERROR_CORE"
    assert answer["result_error"]["b"]["error"] == "INTERNAL_SERVER_ERROR"
    assert set(answer["result"]) == {"c"}
    assert len(tasks(portal)) == 2


async def test_times_probability_and_removal(rest, portal):
    rule = portal.faults.add({"kind": "error", "times": None, "probability": 0.5, "code": "ERROR_CORE"})
    statuses = [(await rest.full("server.time")).status for _ in range(60)]
    assert 10 < statuses.count(400) < 50
    portal.faults.remove(rule.id)
    assert portal.faults.as_json() == []
    portal.faults.add({"kind": "error", "times": 2})
    assert [(await rest.full("server.time")).status for _ in range(3)] == [500, 500, 200]


@pytest.mark.parametrize(
    "rule",
    [{"kind": "nothing"}, {"kind": "error", "times": 0}, {"kind": "moved"}, {"kind": "drop", "what": 1}],
)
def test_senseless_rules_are_refused(portal, rule):
    with pytest.raises(ValueError, match=r"kind|times|location|unknown"):
        portal.faults.add(rule)


async def test_requests_are_remembered(rest, portal):
    await rest("server.time")
    await rest.full("nope")
    await rest("batch", {"cmd": {"a": "profile", "b": "user.get?ID=1"}})
    log = [(entry["method"], entry["status"], entry["error"]) for entry in portal.requests]
    assert log == [("server.time", 200, None), ("nope", 404, "ERROR_METHOD_NOT_FOUND"), ("batch", 200, None)]
    assert portal.requests[-1]["commands"] == ["profile", "user.get"]


@pytest.mark.parametrize(("name", "value"), [("nothing", "x"), ("app_storage", "yes"), ("task_api", True)])
def test_switches_refuse_nonsense(portal, name, value):
    with pytest.raises(ValueError, match="switch"):
        portal.switches.set(name, value)
