"""Filing: numbers without duplicates or holes, history, what follows in the outbox; and the life of a request."""

import asyncio
from datetime import timedelta

import pytest

from domain.chat import Channel
from domain.errors import Refused
from domain.requests import Action, RequestType
from storage import request_history
from storage import requests as rows
from tests.handlers.desk import act, file, form
from tests.handlers.moves import ACTORS, TABLE


async def test_numbers_run_on_without_duplicates_or_holes(each_engine):
    lab = each_engine
    olga = await lab.known("5")

    async def one(n):
        async with lab.scopes.writing(lab.portal.id, olga) as scope:
            request = await lab.requests.file(scope, form(f"№ {n}"))
            if n % 3 == 0:
                raise Refused("no-such-request", number="")  # a filing that is undone takes no number
        return request.number

    ended = await asyncio.gather(*(one(n) for n in range(1, 22)), return_exceptions=True)
    filed = [number for number in ended if isinstance(number, str)]
    assert len(filed) == 14
    assert sorted(filed) == [f"FB-2026-{n:06d}" for n in range(1, 15)]


async def test_a_new_year_begins_at_one_in_the_desks_zone(lab):
    olga = await lab.known("5")
    await file(lab, olga)
    lab.clock.now = lab.clock.now.replace(month=12, day=31, hour=20, minute=59)
    assert (await file(lab, olga)).number == "FB-2026-000002"
    lab.clock.push(minutes=1)  # midnight in Moscow
    assert (await file(lab, olga)).number == "FB-2027-000001"


async def test_filing_writes_history_and_outbox_in_one_transaction(each_engine):
    lab = each_engine
    request = await file(lab, await lab.known("5"))
    assert [(row.kind, row.destination) for row in await lab.outbox()] == [
        ("task.create", f"task:{request.id}"),
        ("thread.create", f"thread:bitrix24:{request.id}"),
        ("thread.create", f"thread:telegram:{request.id}"),
    ]
    assert await lab.history() == ["filed"]
    await lab.settle()
    assert lab.bitrix.thread(request.number)
    assert lab.telegram.thread(request.number)
    assert lab.tasks.only.task.key.endswith(request.number)


async def test_related_requests_know_each_other(lab):
    olga = await lab.known("5")
    first = await file(lab, olga)
    second = await file(lab, olga, related=(first.id,))
    third = await file(lab, olga, related=(first.id, second.id))
    async with lab.db.reading() as tx:
        for one, others in ((first, {second.id, third.id}), (third, {first.id, second.id})):
            assert set(await rows.related(tx, lab.portal.id, one.id)) == others


@pytest.mark.parametrize(
    ("kind", "priority"),
    [("problem", "critical"), ("incident", "high"), ("service", "normal"), ("development", "low")],
)
async def test_priority_and_deadlines_from_the_type(lab, kind, priority):
    request = await file(lab, await lab.known("5"), type=RequestType(kind))
    assert request.priority == priority
    assert lab.clock.now < request.due.first_reply <= request.due.solution
    steps = request.due.derivation["solution"]["steps"]
    assert sum(step["minutes"] for step in steps) == request.due.derivation["solution"]["minutes"]


async def test_a_caller_without_account(lab):
    request = await file(lab, None, channel=Channel.CALLBACK, settle=True)
    assert request.requester_id is None
    assert lab.tasks.only
    assert not await lab.outbox("dead")


WAY = {
    "registered": [],
    "in_progress": [("2", "take")],
    "waiting": [("2", "offer")],
    "answered": [("2", "answer")],
    "completed": [("2", "answer"), ("5", "confirm")],
    "closed": [("5", "withdraw")],
}


async def test_every_move_by_every_part_from_every_state(represented):
    lab = represented
    for status, way in WAY.items():
        request = await file(lab, await lab.known("5"))
        for user_id, action in way:
            request = await act(lab, request, user_id, action)
        assert request.status == status
        for part, user_id in ACTORS.items():
            async with lab.scopes.writing(lab.portal.id, await lab.known(user_id)) as scope:
                for action in Action:
                    allowed, target = TABLE.get((status, action.value), (set(), None))
                    expected = target if part in allowed else None
                    assert await tried(lab, scope, request, action) == expected, (status, part, action)
        assert len(await lab.history(int(request.number[-6:]))) == 1 + len(way)


async def tried(lab, scope, request, action):
    """Where a move would lead, undone again; None when it is refused."""
    undone = await scope.tx.begin_nested()
    try:
        return (await lab.requests.act(scope, request.id, action, "слова")).status
    except Refused:
        return None
    finally:
        await undone.rollback()


async def test_a_refused_move_tells_what_is_possible(lab):
    request = await file(lab, await lab.known("5"))
    with pytest.raises(Refused) as caught:
        await act(lab, request, "5", "confirm")
    assert caught.value.code == "move-not-allowed"
    assert caught.value.params["possible"] == ["withdraw"]
    with pytest.raises(Refused) as caught:
        await act(lab, request, "6", "withdraw")
    assert caught.value.code in {"not-your-move", "no-such-request"}


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
async def test_reasons_are_obligatory(lab, reason):
    request = await file(lab, await lab.known("5"))
    await act(lab, request, "2", "answer")
    for user_id, action in (("5", "object"), ("2", "not_needed")):
        with pytest.raises(Refused, match="reason-needed"):
            await act(lab, request, user_id, action, reason)
    await act(lab, request, "5", "withdraw", "")
    with pytest.raises(Refused, match="reason-needed"):
        await act(lab, request, "5", "reopen", reason)


async def test_reopening_has_its_time(lab):
    request = await file(lab, await lab.known("5"))
    await act(lab, request, "5", "withdraw")
    lab.clock.push(days=14)
    reopened = await act(lab, request, "5", "reopen")
    assert (reopened.round, reopened.closed_as) == (2, None)
    assert reopened.due.solution > lab.clock.now
    await act(lab, request, "5", "withdraw")
    lab.clock.now += timedelta(days=14, seconds=1)
    with pytest.raises(Refused, match="too-late-to-reopen"):
        await act(lab, request, "5", "reopen")


async def test_secrets_in_words_are_blanked(lab):
    request = await file(lab, await lab.known("5"))
    await act(lab, request, "2", "answer", "пароль: qwerty123")
    async with lab.db.reading() as tx:
        facts = await request_history.history(tx, lab.portal.id, request.id)
    assert not any("qwerty123" in fact.text for fact in facts)
    await lab.settle()
    assert not any("qwerty123" in shown.text for shown in lab.bitrix.messages.values())


async def test_the_task_follows_the_request(lab):
    request = await file(lab, await lab.known("5"), settle=True)
    seen = [lab.tasks.only.status]
    for user_id, action in (("3", "take"), ("3", "answer"), ("5", "confirm"), ("5", "close")):
        request = await act(lab, request, user_id, action)
        await lab.settle()
        seen.append(lab.tasks.only.status)
    assert seen == ["pending", "in_progress", "awaiting_control", "awaiting_control", "completed"]
    assert lab.tasks.only.responsible_id == "3"
    assert not await lab.outbox("dead")


async def test_a_withdrawn_task_is_tagged(lab):
    request = await file(lab, await lab.known("5"), settle=True)
    await act(lab, request, "5", "withdraw")
    await lab.settle()
    assert "withdrawn" in lab.tasks.only.tags


async def test_representatives_are_asked_to_close(represented):
    lab = represented
    marina, olga = lab.staff("4"), lab.staff("5")
    request = await file(lab, await lab.known("5"), settle=True)
    for user_id, action in (("2", "answer"), ("5", "confirm")):
        await act(lab, request, user_id, action)
    await lab.settle()
    with pytest.raises(Refused):
        await act(lab, request, "5", "close")
    await marina.presses("Закрыть")
    assert (await lab.request()).closed_as == "confirmed"
    olga.reads("закрыто. Спасибо")
