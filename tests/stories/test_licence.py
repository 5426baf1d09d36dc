"""A licence runs out and is renewed beside a running service: syncs stop and go on, the desk doesn't notice."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from app import commands
from app.commands import LicenceWish
from tests.stories.stage import staged
from tests.stories.test_filing import file_request
from tests.stories.test_sync import crm_count, finished

MANAGER, FRONT_DESK = 4, 5
STOPPED = "Синхронизация с Fidelio остановлена: лицензия"


def day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


async def said(stage, **wish) -> dict:
    """`concierge licence` at the terminal, while the service runs."""
    outcome = await commands.licence(stage.settings, None, LicenceWish(**wish))
    stage.house.deliveries.added.set()  # it looks every few seconds; the story has no time
    (one,) = outcome.data["licences"]
    return one


async def typed(stage, *words: str) -> tuple[int, str]:
    """A command in a process of its own: exit code and stderr."""
    config = stage.settings.service.files.parent / "concierge.toml"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", *words, "--config", str(config),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, err = await process.communicate()
    return process.returncode or 0, err.decode()


async def test_it_runs_out_and_is_renewed(tmp_path):
    async with staged(tmp_path, days=1) as stage:
        marina, olga = stage.person(MANAGER), stage.person(FRONT_DESK)
        assert (await said(stage, paid_until=day(-2), grace=30))["state"] == "grace"
        await marina.sees("Всё пока работает")
        await marina.writes("/sync status")
        await marina.sees("⚠️ Лицензия закончилась")

        assert (await said(stage, paid_until=day(-2), grace=0))["state"] == "ended"
        await marina.sees(STOPPED)
        await marina.writes("/sync")
        await marina.sees("Продлить можно у поставщика")
        code, err = await typed(stage, "sync", "GRAND")
        assert (code, len(err.strip().splitlines())) == (2, 1)
        assert "лицензии" in err
        await file_request(olga)  # the desk goes on

        await stage.stop()
        await stage.start()
        await stage.house.licences.tick(stage.house.portal.id)
        await marina.writes("/sync status")
        await marina.sees("⛔ Лицензия закончилась")
        assert sum(STOPPED in message["text"] for message in await marina.messages()) == 1
        assert await crm_count(stage, "deals") == 0

        assert (await said(stage, paid_until=day(400)))["state"] == "active"
        await marina.sees("оплачена до")
        await marina.writes("/sync")
        await finished(marina)
        assert await crm_count(stage, "deals") > 0
