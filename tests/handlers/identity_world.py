"""A lab whose CRM is the stand-in portal's over real HTTP and whose hotels are lists: syncs run as they do, people press."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date

from domain.guests import Profile, ProfileKind
from domain.mapping import KEYS_FIELD
from domain.stays import Cursor, Stay, StayState
from integrations.bitrix24.crm.crm import BitrixCrm
from sandbox.portal.crm_store import CONTACT, DEAL, crm_of
from storage import Database
from tests.integrations.bitrix24_portal import a_stand
from tests.lab import open_lab


@dataclass
class House:
    """A hotel's PMS as a list: every run reads all of it."""

    clock: object
    records: dict = field(default_factory=dict)
    name: str = "list"
    capabilities: frozenset = frozenset({"profiles", "stays"})

    def put(self, *records):
        for one in records:
            self.records[
                getattr(one, "profile_id", None) if isinstance(one, Profile) else one.reservation_id
            ] = one

    async def changed_since(self, cursor: Cursor, window):
        for one in list(self.records.values()):
            yield one

    async def business_date(self):
        return date(2026, 11, 20)

    async def source_time(self):
        return self.clock.now

    async def close(self):
        pass


@dataclass
class World:
    lab: object
    stand: object
    houses: dict
    crm: BitrixCrm

    @property
    def grand(self):
        return self.houses["GRAND"]

    def contacts(self):
        return list(crm_of(self.stand.portal).items(CONTACT).by_id())

    def contact(self, crm_id):
        return crm_of(self.stand.portal).items(CONTACT).get(crm_id)

    def deal(self, number=1):
        return list(crm_of(self.stand.portal).items(DEAL).by_id())[number - 1]

    def keys(self, crm_id):
        return self.contact(crm_id)["uf"].get(KEYS_FIELD, [])

    def phones(self, crm_id):
        return [one["value"] for one in self.contact(crm_id).get("fm", ()) if one["typeId"] == "PHONE"]

    async def by_hand(self, **fields):
        """What a person types into the CRM; returns the contact's id."""
        phones = [{"typeId": "PHONE", "valueType": "WORK", "value": one} for one in fields.pop("phones", ())]
        emails = [{"typeId": "EMAIL", "valueType": "WORK", "value": one} for one in fields.pop("emails", ())]
        sent = {**fields, "fm": [*phones, *emails]}
        answer = await self.stand.client.call("crm.item.add", {"entityTypeId": 3, "fields": sent})
        return answer["item"]["id"]

    async def runs(self, mode="sync", hotel="GRAND"):
        """One run from order to report, and what follows in the chats."""
        async with self.lab.scopes.writing(self.lab.portal.id) as scope:
            await self.lab.syncs.order(scope, self.lab.portal.hotel(hotel), mode)
        return await self.works()

    async def works(self):
        """Whatever was ordered; the reports."""
        reports = []

        async def execute(order, lease):
            reports.append(await self.lab.house.stays.execute(order, lease))
            return reports[-1]

        self.lab.syncs.execute = execute
        while await self.lab.syncs.work():
            pass
        await self.lab.settle()
        return reports[-1] if reports else None

    def asked(self, method):
        """How often a method was called, inside batches too."""
        names = [
            name
            for entry in self.stand.portal.requests
            for name in entry.get("commands") or [entry["method"]]
        ]
        return names.count(method)


@asynccontextmanager
async def a_world(url, clock, folder, *, hotels=("GRAND",)):
    database = Database.open(url)
    lab = await open_lab(database, clock, folder, forum=True, hotels=hotels)
    config = {"bucket_capacity": 10_000, "bucket_leak_per_s": 1e5, "operating_limit_s": 1e6}
    async with a_stand(**config) as stand:
        crm = BitrixCrm(stand.client, settle_s=0)
        houses = {code: House(clock) for code in hotels}
        sources = {code: (house,) for code, house in houses.items()}
        lab.outside = replace(lab.outside, crm=crm, sources=sources)
        lab.parties.outside = lab.outside
        yield World(lab, stand, houses, crm)
    await database.close()


def guest(number, last, first, phones=("+79161234501",), **more):
    kind = more.pop("kind", ProfileKind.INDIVIDUAL)
    return Profile(str(number), kind, last_name=last, first_name=first, phones=tuple(phones), **more)


def stay(number, profile, **more):
    first = date(2026, 11, 20)
    return Stay(
        reservation_id=str(number), state=StayState.CONFIRMED, arrival=first, departure=first.replace(day=22),
        profile_id=str(profile), guest_name="Гость", room="305", **more,
    )  # fmt: skip
