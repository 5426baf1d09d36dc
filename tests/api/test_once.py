"""Idempotency keys: a call is carried out once, however often and however parallel it is sent. Cursors lead back to where they came from."""

import asyncio
import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refused
from handlers.api import paging
from handlers.api.paging import Cursor
from storage import api_answers

STORY = {"type": "incident", "description": "Не печатает счёт"}


async def test_a_call_sent_again_is_answered_again_and_done_once(each_desk):
    program = await each_desk.program()
    first = await program.posts("/requests", STORY, Idempotency_Key="k1")
    again = await program.posts("/requests", STORY, Idempotency_Key="k1")
    assert (first.status, again.status) == (201, 201)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.body == first.body
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["ETag"] == first.headers["ETag"]
    assert len((await program.gets("/requests")).body["items"]) == 1


async def test_parallel_calls_with_one_key_are_done_once(each_desk):
    program = await each_desk.program()
    answers = await asyncio.gather(
        *(program.posts("/requests", STORY, Idempotency_Key="same") for _ in range(8))
    )
    assert {one.status for one in answers} == {201}
    assert len({one.body["number"] for one in answers}) == 1
    assert sorted(one.headers.get("Idempotent-Replayed", "") for one in answers) == ["", *["true"] * 7]
    assert len((await program.gets("/requests")).body["items"]) == 1


async def test_a_key_is_good_for_one_body_one_path_one_token_one_day(desk):
    program, other = await desk.program(), await desk.program()
    number = (await program.posts("/requests", STORY, Idempotency_Key="k")).body["number"]
    different = await program.posts("/requests", {**STORY, "description": "Другое"}, Idempotency_Key="k")
    assert (different.status, different.body["code"]) == (422, "idempotency-key-reused")
    spelt = orjson.dumps(STORY, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    same = await program.calls(
        "POST", "/requests", data=spelt, headers={"Content-Type": "application/json", "Idempotency-Key": "k"}
    )
    assert same.body["number"] == number  # written otherwise, it says the same
    moved = await program.posts(f"/requests/{number}/moves", {"action": "withdraw"}, Idempotency_Key="k")
    assert moved.body["status"] == "closed"
    assert (await other.posts("/requests", STORY, Idempotency_Key="k")).body["number"] != number
    desk.lab.clock.push(hours=24, seconds=1)
    assert (await program.posts("/requests", STORY, Idempotency_Key="k")).body["number"] != number


async def test_a_refused_call_leaves_its_key_free(desk):
    program = await desk.program()
    number = await desk.filed(program)
    for _ in range(2):
        refused = await program.posts(f"/requests/{number}/moves", {"action": "confirm"}, Idempotency_Key="k")
        assert refused.body["code"] == "move-not-allowed"
    closed = await program.posts(f"/requests/{number}/moves", {"action": "withdraw"}, Idempotency_Key="k")
    assert closed.status == 200


async def test_a_secret_in_a_kept_answer_is_sealed(desk):
    program = await desk.program()
    body = {"url": "https://hooks.example/x"}
    first = await program.posts("/webhooks", body, Idempotency_Key="k")
    async with desk.lab.db.reading() as tx:
        from sqlalchemy import select

        from storage.tables import api_answers as table

        (kept,) = (await tx.execute(select(table.c.body))).scalars()
    assert first.body["secret"] not in kept
    assert (await program.posts("/webhooks", body, Idempotency_Key="k")).body == first.body


async def test_kept_answers_are_forgotten(desk):
    program = await desk.program()
    await program.posts("/requests", STORY, Idempotency_Key="k")
    await desk.lab.house.clockwork.tidy()
    desk.lab.clock.push(hours=25)
    await desk.lab.house.clockwork.tidy()
    async with desk.lab.db.transaction() as tx:
        assert await api_answers.purge(tx, before=desk.lab.clock.now) == 0


@pytest.mark.parametrize("key", ["", "x" * 129, "with blank", "ключ"])
async def test_a_key_that_is_none_is_refused(desk, key):
    program = await desk.program()
    answer = await program.calls("POST", "/requests", STORY, headers={"Idempotency-Key": key})
    assert answer.status == 422


# --- cursors -------------------------------------------------------------------------------------------------

IDS = st.integers(min_value=1, max_value=2**62 - 1)
LISTS = st.builds(lambda name, hotel: paging.list_id(name, hotel=hotel), st.text(max_size=10), st.integers())


@given(LISTS, IDS)
def test_a_cursor_leads_back(which, after):
    assert paging.read(Cursor(which, after).text(), which) == after


@given(LISTS, LISTS, IDS)
def test_a_cursor_of_another_list_is_refused(one, other, after):
    if one != other:
        with pytest.raises(Refused, match="bad-cursor"):
            paging.read(Cursor(one, after).text(), other)


@given(
    st.text(max_size=250) | st.binary(max_size=100).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
)
def test_anything_else_is_refused_and_breaks_nothing(text):
    with pytest.raises(Refused, match="bad-cursor"):
        paging.read(text, "requests-list")


@given(st.lists(IDS, unique=True, max_size=40), st.integers(1, 10))
def test_pages_hold_everything_once(ids, limit):
    rows, seen, after = sorted(ids, reverse=True), [], None
    while True:
        found = [one for one in rows if after is None or one < after][: limit + 1]
        shown, following = paging.page(found, limit, "rows", lambda one: one)
        seen += shown
        if following is None:
            break
        after = paging.read(following, "rows")
    assert seen == rows
