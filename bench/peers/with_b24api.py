# mypy: ignore-errors
"""b24api at its defaults: a logical batch, sent one physical batch after another."""

import asyncio

from b24api import Bitrix24, ReplaySafety, Request, RouteKind
from b24api.contracts import Command, CommandSuccess
from cases import Watch, adds, asked, changed, lookups, split, told


async def batch(client, method, params, safety=ReplaySafety.UNSAFE):
    """Results, and how many commands it tells as not done or unknown."""
    commands = (
        Command(Request(method, one, safety, route=RouteKind.BARE), correlation=number)
        for number, one in enumerate(params)
    )
    found, others = [], 0
    async with client.batch_outcomes(commands) as stream:
        async for outcome in stream:
            if isinstance(outcome, CommandSuccess):
                found.append(outcome.result)
            else:
                others += 1
    return found, others


async def upsert(client, count):
    keys = [str(number) for number in range(count)]
    pages, _ = await batch(client, "crm.item.list", lookups(keys), ReplaySafety.SAFE)
    ids = {row["originId"]: row["id"] for page in pages for row in page["items"]}
    standing = [number for number in range(split(count)) if str(number) in ids]
    updates = [changed(ids[str(n)], n) for n in standing]
    updated, lost = await batch(client, "crm.item.update", updates, ReplaySafety.SAFE)
    added, unknown = await batch(client, "crm.item.add", adds(count)[split(count) :])
    return len(updated) + len(added), lost + unknown


async def main(task):
    watch, done, others, error = Watch(), 0, 0, ""
    try:
        async with Bitrix24.from_webhook(task["webhook"]) as client:
            if task["case"] == "upsert":
                done, others = await upsert(client, task["count"])
            else:
                found, others = await batch(client, "crm.item.add", adds(task["count"]))
                done = len(found)
    except Exception as fault:  # noqa: BLE001 - whatever it raises is its account
        error = f"{type(fault).__name__}: {str(fault)[:80]}"
    told(done=done, told=others, seconds=watch.s, error=error)


asyncio.run(main(asked()))
