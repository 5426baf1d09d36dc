"""What is found out about a portal once: how it imports, how long a row takes; and whether robots are woken."""

import pytest

from integrations.bitrix24.crm.crm import BitrixCrm
from integrations.bitrix24.crm.learnt import REFUSED_FOR_S, Learnt
from sandbox.portal.crm_store import CONTACT, crm_of
from tests.integrations.bitrix24_crm import a_contact, a_crm


class Memory:
    def __init__(self):
        self.facts, self.times = {}, 0

    async def recall(self):
        return self.facts

    async def remember(self, facts):
        self.facts, self.times = dict(facts), self.times + 1


def again(hotel, memory, **more):
    """The service after a restart."""
    hotel.crm = BitrixCrm(hotel.stand.client, memory=memory, **more)


async def test_importing_in_batches_is_tried_once_per_portal():
    memory = Memory()
    async with a_crm() as hotel:
        again(hotel, memory)
        await hotel.apply([a_contact(number) for number in range(50)], first_load=True)
        assert memory.facts["import"]["batched"]["works"] is True
        again(hotel, memory)
        hotel.forget()
        await hotel.apply([a_contact(number) for number in range(100, 400)], first_load=True)
        writing = [one for one in hotel.portal.requests if "crm.item.batchImport" in one.get("commands", [])]
        assert len(writing) == 1  # no first small one, neither for the way nor for the pace


async def test_a_refused_way_is_remembered_and_tried_again_after_a_month():
    memory = Memory()
    async with a_crm() as hotel:
        again(hotel, memory)
        hotel.fault(
            kind="error", method="crm.item.batchImport", code="ERROR_BATCH_METHOD_NOT_ALLOWED", times=None
        )
        await hotel.apply([a_contact(number) for number in range(30)], first_load=True)
        assert memory.facts["import"]["batched"]["works"] is False
        again(hotel, memory)
        hotel.forget()
        await hotel.apply([a_contact(number) for number in range(100, 130)], first_load=True)
        assert "crm.item.batchImport" not in hotel.commands()
        assert len(hotel.items("contact")) == 60

    later = Learnt(memory, lambda: memory.facts["import"]["batched"]["at"] + REFUSED_FOR_S + 1)
    await later.load()
    assert later.works("batched") is None


async def test_what_is_known_is_not_written_again():
    memory = Memory()
    async with a_crm(call_seconds={"crm.item.add": 0.002}) as hotel:
        again(hotel, memory)
        await hotel.apply([a_contact(1)])
        assert memory.facts["row_s"]["crm.item.add"] >= 0.002
    learnt = Learnt(memory)
    await learnt.load()
    learnt.row_s["crm.item.add"] *= 1.2
    times = memory.times
    await learnt.keep()
    assert memory.times == times
    learnt.row_s["crm.item.add"] *= 2
    await learnt.keep()
    assert memory.times == times + 1


async def test_strange_facts_do_no_harm():
    memory = Memory()
    memory.facts = {"import": ["x"], "row_s": {"crm.item.add": "quick", "crm.item.update": -1}}
    learnt = Learnt(memory)
    await learnt.load()
    assert (learnt.works("batched"), learnt.row_s) == (None, {})


@pytest.mark.parametrize(("robots", "woken"), [(True, 3), (False, 0)])
async def test_live_creates_wake_robots_unless_told_otherwise(robots, woken):
    async with a_crm() as hotel:
        again(hotel, None, robots=robots)
        await hotel.apply([a_contact(number) for number in range(3)])
        assert len(hotel.items("contact")) == 3
        assert crm_of(hotel.portal).automation_starts[CONTACT, "add"] == woken


async def test_a_first_load_wakes_nobody():
    async with a_crm() as hotel:
        await hotel.apply([a_contact(number) for number in range(3)], first_load=True)
        assert crm_of(hotel.portal).automation_starts[CONTACT, "add"] == 0
