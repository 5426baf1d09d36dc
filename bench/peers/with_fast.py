# mypy: ignore-errors
"""fast_bitrix24 at its defaults but for the stated rate."""

import asyncio

from cases import Watch, adds, asked, changed, lookups, split, told
from fast_bitrix24 import BitrixAsync


async def main(task):
    client = BitrixAsync(
        task["webhook"],
        verbose=False,
        requests_per_second=float(task["per_s"]),
        request_pool_size=50,
        ssl=False,
    )
    count, watch, done, error = task["count"], Watch(), 0, ""
    try:
        if task["case"] == "upsert":
            done = await upsert(client, count)
        else:
            done = len(await client.call("crm.item.add", adds(count)))
    except Exception as fault:  # noqa: BLE001 - whatever it raises is its account
        error = f"{type(fault).__name__}: {str(fault)[:80]}"
    told(done=done, seconds=watch.s, error=error)


async def upsert(client, count):
    keys = [str(number) for number in range(count)]
    rows = []
    for page in await client.call("crm.item.list", lookups(keys)):
        rows += page.get("items", [page]) if isinstance(page, dict) else page  # a page of one row comes bare
    ids = {row["originId"]: row["id"] for row in rows}
    standing = [number for number in range(split(count)) if str(number) in ids]
    done = len(await client.call("crm.item.update", [changed(ids[str(n)], n) for n in standing]))
    return done + len(await client.call("crm.item.add", adds(count)[split(count) :]))


asyncio.run(main(asked()))
