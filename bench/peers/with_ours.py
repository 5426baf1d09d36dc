# mypy: ignore-errors
"""Our own way to the CRM, as the sync uses it: what differs from the last confirmed snapshot is written."""

import asyncio

import aiohttp
from cases import ORIGINATOR, Watch, asked, is_changed, split, told

from domain.errors import ConciergeError
from domain.ports import CrmWrite
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.crm.crm import BitrixCrm
from integrations.bitrix24.limits import Limiter


def write(number, crm_id=None):
    """A guest to be made, or one whose name has changed."""
    if crm_id is not None:
        return CrmWrite("contact", str(number), ORIGINATOR, {"name": "Пётр"}, crm_id)
    fields = {"name": "Иван", "lastName": f"Иванов {number}"}
    phones, emails = (f"+7912{number:07}",), (f"guest{number}@example.ru",)
    return CrmWrite("contact", str(number), ORIGINATOR, fields, None, phones, emails)


async def apply(crm, writes):
    """All results; what an answer was lost for is looked up by key after its rest and sent once more."""
    results = {}
    async for pack in crm.apply(writes, first_load=False):
        results |= {one.write.key: one for one in pack}
    for _ in range(5):
        unclear = [one.write for one in results.values() if one.state == "unclear"]
        if not unclear:
            break
        found = await crm.settled("contact", ORIGINATOR, [one.key for one in unclear])
        for one in unclear:
            if one.crm_id is None and one.key in found:
                del results[one.key]
        async for pack in crm.apply([one for one in unclear if one.key in results], first_load=False):
            results |= {one.write.key: one for one in pack}
    return results


async def main(task):
    limiter, count = Limiter(capacity=50, leak_per_s=float(task["per_s"])), task["count"]
    async with aiohttp.ClientSession() as session:
        client = BitrixClient(task["webhook"], session=session, limiter=limiter)
        crm = BitrixCrm(client, settle_s=1.0)
        writes = [write(number) for number in range(count)]
        if task["case"] == "upsert":  # the snapshots: which item is whose, and what it holds
            old = range(split(count))
            writes = [write(n, task["first_id"] + n) for n in old if is_changed(n)] + writes[split(count) :]
        watch, done, others, error = Watch(), 0, 0, ""
        try:
            results = await apply(crm, writes)
            others = sum(one.state != "done" for one in results.values())
            done = len(writes) - others
        except ConciergeError as fault:
            error = fault.code
        told(done=done, told=others, seconds=watch.s, error=error)
        await client.close()


asyncio.run(main(asked()))
