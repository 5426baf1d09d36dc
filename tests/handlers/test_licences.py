"""A licence as managers, operators and replicas meet it: told once per change, obeyed at once, the desk untouched."""

import asyncio
from datetime import date

import pytest

from domain.errors import Refused
from domain.licence import LicenceState, Terms
from handlers import licences
from handlers.licences import Licences
from storage import work_orders
from tests.handlers.desk import act, file
from tests.lab import MANAGERS_CHAT

PAID = date(2026, 12, 1)  # the lab's clock begins on 20 November 2026, noon in Moscow
TITLES = ("заканчивается", "остановлена", "закончилась 01.12.2026", "оплачена до", "без срока")


def of(lab) -> Licences:
    return Licences(lab.scopes)


async def told(lab) -> list[str]:
    """What the manager has read, each message by the words of its title."""
    await lab.settle()
    marina = lab.staff("4")
    return [next(t for t in TITLES if t in one.text) for one in marina.messages() if "ицензи" in one.text]


async def orders(lab) -> int:
    async with lab.db.reading() as tx:
        return len(await work_orders.pending(tx, lab.portal.id, "sync"))


async def ordered(lab, mode: str = "sync") -> None:
    async with lab.scopes.writing(lab.portal.id, await lab.known("4")) as scope:
        await lab.syncs.order(scope, lab.portal.hotels[0], mode)


async def test_each_change_is_told_once(lab):
    one = of(lab)
    await one.set(lab.portal.id, Terms(PAID, 7), by="test")
    assert await told(lab) == ["заканчивается"]  # eleven days are left
    for _ in range(3):
        await one.tick(lab.portal.id)
    lab.rewire()
    await of(lab).tick(lab.portal.id)
    assert len(await told(lab)) == 1
    lab.clock.push(days=12)
    await one.tick(lab.portal.id)
    await of(lab).tick(lab.portal.id)
    assert await told(lab) == ["заканчивается", "закончилась 01.12.2026"]
    lab.clock.push(days=7)
    await one.tick(lab.portal.id)
    await one.tick(lab.portal.id)
    assert (await told(lab))[2:] == ["остановлена"]
    await one.set(lab.portal.id, Terms(date(2027, 12, 1), 7), by="test")
    assert (await told(lab))[3:] == ["оплачена до"]
    await one.set(lab.portal.id, Terms(date(2028, 12, 1), 7), by="test")
    await one.tick(lab.portal.id)
    assert len(await told(lab)) == 4, "nothing changed for anybody"


async def test_replicas_tell_it_once(each_engine):
    lab = each_engine
    await of(lab).set(lab.portal.id, Terms(date(2027, 1, 1)), by="test")
    lab.clock.push(days=100)
    await asyncio.gather(*(of(lab).tick(lab.portal.id) for _ in range(8)))
    assert await told(lab) == ["остановлена"]
    (row,) = [
        one for one in await lab.outbox() if MANAGERS_CHAT in one.destination and "ицензи" in str(one.payload)
    ]
    assert row.state == "done"


async def test_a_day_begins_in_the_portals_own_zone(lab):
    await of(lab).set(lab.portal.id, Terms(PAID), by="test")
    lab.clock.now = lab.clock.now.replace(month=12, day=1, hour=20, minute=59)  # 23:59 in Moscow
    assert (await of(lab).show(lab.portal.id)).state is LicenceState.ACTIVE
    lab.clock.push(minutes=1)
    assert (await of(lab).show(lab.portal.id)).state is LicenceState.ENDED


async def test_without_a_record_everything_works_and_nobody_hears(lab):
    await of(lab).tick(lab.portal.id)
    await ordered(lab)
    assert (await of(lab).show(lab.portal.id)).state is LicenceState.NONE
    assert await told(lab) == []


async def test_ended_orders_no_sync_from_anywhere(lab):
    await of(lab).set(lab.portal.id, Terms(date(2026, 11, 1)), by="test")
    for mode in ("sync", "full", "dry", "reconcile", "retry", "apply", "repair"):
        with pytest.raises(Refused, match="licence-ended"):
            await ordered(lab, mode)
    hotel = lab.portal.hotels[0]
    for mode in ("sync", "full", "reconcile"):
        await lab.syncs.order_scheduled(lab.portal.id, hotel, mode)
    assert await orders(lab) == 0
    await ordered(lab, "erase")  # the law's order isn't the vendor's to stop
    assert await orders(lab) == 1
    await of(lab).set(lab.portal.id, Terms(date(2027, 11, 1)), by="test")
    await ordered(lab)
    assert await orders(lab) == 2


async def test_an_order_that_waited_too_long_is_not_begun(lab):
    lab.syncs.execute = None  # nobody may be asked to
    async with lab.scopes.writing(lab.portal.id, await lab.known("4")) as scope:
        order_id = await lab.syncs.order(scope, lab.portal.hotels[0], "sync")
    await of(lab).set(lab.portal.id, Terms(date(2026, 11, 1)), by="test")

    async def never(*_):
        raise AssertionError("a sync ran without a licence")

    lab.syncs.execute = never
    assert await lab.syncs.work() == 1
    async with lab.db.reading() as tx:
        assert (await work_orders.load(tx, order_id)).result["error"] == "licence-ended"


async def test_the_desk_never_stops(lab):
    await of(lab).set(lab.portal.id, Terms(date(2026, 11, 1)), by="test")
    request = await file(lab, await lab.known("5"), settle=True)
    request = await act(lab, request, "2", "take")
    assert request.status.value == "in_progress"


async def test_the_bot_says_it_where_syncs_are_asked_for(lab):
    marina = lab.staff("4")
    await marina.writes("/sync status")
    assert "Лицензия" not in marina.messages()[-1].text
    await of(lab).set(lab.portal.id, Terms(date(2026, 11, 1), 60), by="test")
    await marina.writes("/sync status")
    assert marina.messages()[-1].text.startswith("⚠️ Лицензия закончилась 01.11.2026")
    assert "31.12.2026" in marina.messages()[-1].text
    await of(lab).set(lab.portal.id, Terms(date(2026, 11, 1)), by="test")
    await marina.writes("/sync status")
    assert marina.messages()[-1].text.startswith("⛔ Лицензия закончилась 01.11.2026")
    await marina.writes("/sync")
    assert "Продлить можно у поставщика" in marina.messages()[-1].text
    assert await orders(lab) == 0


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_every_stage_has_its_words(lab, language):
    for day, days in ((date(2026, 11, 21), 0), (date(2026, 11, 19), 5), (date(2026, 11, 1), 0)):
        await of(lab).set(lab.portal.id, Terms(day, days), by="test")
        async with lab.scopes.reading(lab.portal.id) as scope:
            assert await licences.banner(scope.speaking(language))


async def test_terms_that_can_not_be(lab):
    for terms, code in ((Terms(date(1999, 1, 1)), "licence-days"), (Terms(PAID, 999), "licence-grace")):
        with pytest.raises(Refused, match=code):
            await of(lab).set(lab.portal.id, terms, by="test")
