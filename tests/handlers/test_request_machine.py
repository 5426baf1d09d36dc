"""Random lives of requests, by everybody: no state outside the table, no lost line of history, no number twice."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Refused
from domain.requests import Action
from storage import Database, request_history
from storage import requests as rows
from storage.tables import outbox
from tests.conftest import FakeClock
from tests.handlers.desk import act, file
from tests.handlers.moves import TABLE
from tests.lab import open_lab

PARTS = {"2": {"support"}, "3": {"support"}, "4": set(), "5": {"requester", "representative"}, "6": set()}
ACTIONS = [action.value for action in Action]
STEP = st.tuples(st.sampled_from("2235556"), st.sampled_from(ACTIONS), st.sampled_from(["", "слова"]))


@pytest.fixture
def world(sqlite_url, tmp_path):
    """One loop and one database for all examples: each example is a request of its own."""
    with asyncio.Runner() as runner:
        database = Database.open(sqlite_url)
        lab = runner.run(open_lab(database, FakeClock(), tmp_path))
        yield runner, lab, set()
        runner.run(database.close())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=4, max_size=12))
def test_lives(world, steps):
    runner, lab, numbers = world
    number = runner.run(live(lab, steps))
    assert number not in numbers
    numbers.add(number)


async def live(lab, steps):
    request = await file(lab, await lab.known("5"))
    status, round_, facts, offered = "registered", 1, ["filed"], False
    for user_id, action, text in steps:
        before, allowed = request, TABLE.get((status, action), (set(), ""))
        may = {part.value for part in allowed[0]} & PARTS[user_id] and (action != "choose" or offered)
        wants_reason = action in {"object", "not_needed", "reopen"}
        try:
            request = await act(lab, request, user_id, action, text)
        except Refused as refusal:
            why = refusal.code
        else:
            why = ""
        if why:
            merged = why == "merged-stays-closed" and before.closed_as == "merged"
            assert not may or (wants_reason and not text) or merged, (status, user_id, action, why)
            async with lab.db.reading() as tx:
                assert await rows.load(tx, lab.portal.id, request.id) == before  # nothing has changed
            continue
        assert may, (status, user_id, action)
        status, offered = allowed[1], action == "offer"
        round_ += action in {"object", "reopen"}
        facts.append(action)
        check(request, status, round_)
    await compare(lab, request, facts)
    return request.number


def check(request, status, round_):
    assert (request.status, request.round) == (status, round_)
    assert (request.closed_as is not None) == (status == "closed")
    assert (request.closed_at is not None) == (status == "closed")
    assert (request.waiting_for is not None) == (status == "waiting")


async def compare(lab, request, facts):
    async with lab.db.transaction() as tx:
        stored = await rows.load(tx, lab.portal.id, request.id)
        history = await request_history.history(tx, lab.portal.id, request.id)
        await tx.execute(outbox.delete())  # what would be delivered is of no interest here
    assert stored == request
    assert len(history) == len(facts)
    assert history[0].what == "filed"
