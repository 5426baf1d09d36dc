"""A copy is put back after the portal has gone on: no task twice, no number twice, and the operator has the last word."""

import asyncio
import re

import pytest

from tests.app.test_logs import _bot, _presses, _says, _until
from tests.app.world import Running
from tests.app.world import world as opened

FILING = ("Инцидент", "Оставить", "Пропустить", "Пропустить", "Мой логин", "Этот портал", "Отправить")


@pytest.fixture
async def offices(tmp_path):
    async with opened(tmp_path, hotel=False) as made:
        yield made


async def files_a_request(world, bot, trouble):
    for text in ("/new", trouble):
        await _says(world, bot, text)
        await asyncio.sleep(0.2)
    await _presses(world, bot, FILING)


async def tasks(world):
    return [one["title"] for one in (await world.get("_sandbox/tasks"))["tasks"]]


async def task_of(world, trouble):
    return next((title for title in await tasks(world) if trouble in title), None)


def number_in(title):
    return int(re.search(r"FB-\d{4}-(\d+)", title)[1])


async def waits(world):
    """The kinds of deliveries that wait."""
    found = (await world.concierge("deliveries", "--json")).json["deliveries"]
    return [one["kind"] for one in found if one["state"] == "waiting"]


@pytest.mark.drill
@pytest.mark.timeout(240)
async def test_what_the_copy_still_meant_to_do_is_not_done_again(offices):
    world, copy = offices, offices.folder / "copy.db"
    first = await Running.start(world.config)
    try:
        bot = await _until(lambda: _bot(world), "the bot")
        for method in ("tasks.task.add", "batch"):
            await world.fault(
                kind="error", code="ACCESS_DENIED_TEMPORARY", http=503, method=method, times=None
            )
        await files_a_request(world, bot, "Не печатает принтер")

        async def waiting():
            return "task.create" in await waits(world)

        await _until(waiting, "a task that waits")
        assert (await world.concierge("backup", str(copy))).code == 0
        await world.mend()
        number = number_in(await _until(lambda: task_of(world, "принтер"), "the task", 60.0))
        assert await first.stop() == 0
    finally:
        await first.kill()
    before = await tasks(world)
    assert len(before) == 1

    done = await world.concierge("restore", str(copy), "--json")
    assert done.code == 0, done.err
    assert done.json["deliveries"] >= 1
    second = await Running.start(world.config)
    try:
        await asyncio.sleep(3)
        assert await tasks(world) == before
        assert await waits(world) == []
        dropped = await world.concierge("restore", "--drop", "--json")
        assert dropped.json["deliveries"] == done.json["deliveries"]
        await files_a_request(world, bot, "Не открывается отчёт")
        title = await _until(lambda: task_of(world, "отчёт"), "the second task", 60.0)
        assert await second.stop() == 0
    finally:
        await second.kill()
    assert len(await tasks(world)) == 2
    assert number_in(title) >= number + 100
