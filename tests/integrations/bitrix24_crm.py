"""The CRM of the stand-in portal on a real socket, seen from both sides."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from domain.mapping import FIELDS, KEYS_FIELD, STAGES
from domain.ports import CrmWrite
from integrations.bitrix24.crm.crm import BitrixCrm
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, crm_of
from tests.integrations.bitrix24_portal import Stand, a_stand

ORIGINATOR = "concierge:GRAND"
HOTEL = "Гранд Отель"
TYPES = {"deal": DEAL, "contact": CONTACT, "company": COMPANY}


@dataclass
class Time:
    """Stands until somebody sleeps; ``meanwhile`` happens in that time."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)
    meanwhile: object = None

    def now(self):
        return self.at

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += seconds
        if self.meanwhile is not None:
            await self.meanwhile()


@dataclass
class CrmStand:
    stand: Stand
    crm: BitrixCrm
    time: Time
    layout: object = None

    @property
    def portal(self):
        return self.stand.portal

    def items(self, entity):
        """All kept items of one sort, oldest first."""
        return list(crm_of(self.portal).items(TYPES[entity]).by_id())

    def item(self, entity, crm_id):
        return crm_of(self.portal).items(TYPES[entity]).get(crm_id)

    def phones(self, crm_id, entity="contact"):
        return [one["value"] for one in self.item(entity, crm_id).get("fm", ()) if one["typeId"] == "PHONE"]

    async def by_hand(self, method, **params):
        """What a person (or another system) does in the portal."""
        return await self.stand.client.call(method, params)

    async def apply(self, writes, *, first_load=False):
        """All results, by key."""
        results = {}
        async for pack in self.crm.apply(writes, first_load=first_load):
            results |= {one.write.key: one for one in pack}
        return results

    def fault(self, **rule):
        self.portal.faults.add(rule)

    def sent(self):
        """HTTP requests since the last :meth:`forget`."""
        return [entry["method"] for entry in self.portal.requests]

    def commands(self):
        """Methods as they were executed, those inside batches among them."""
        return [name for entry in self.portal.requests for name in entry.get("commands", [entry["method"]])]

    def forget(self):
        self.portal.requests.clear()


@asynccontextmanager
async def a_crm(*, layout=True, **config):
    config = {"bucket_capacity": 10_000, "bucket_leak_per_s": 1e5, "operating_limit_s": 1e6, **config}
    async with a_stand(**config) as stand:
        time = Time()
        crm = BitrixCrm(stand.client, settle_s=65, now=time.now, sleep=time.sleep)
        crm_stand = CrmStand(stand, crm, time)
        if layout:
            crm_stand.layout = await crm.ensure_layout(HOTEL, STAGES, FIELDS)
            crm_stand.forget()
        yield crm_stand


def a_contact(number, *, crm_id=None, phones=None, emails=None, **fields):
    key = str(number)
    fields = {"name": "Иван", "lastName": f"Иванов {key}", KEYS_FIELD: [f"GRAND:{key}"], **fields}
    return CrmWrite("contact", key, ORIGINATOR, fields, crm_id, phones, emails)


def a_change(number, crm_id, *, phones=None, emails=None, entity="contact", **fields):
    return CrmWrite(entity, str(number), ORIGINATOR, fields, crm_id, phones, emails)


async def until(condition):
    for _ in range(400):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came")
