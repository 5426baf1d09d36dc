"""Syncs as people see them: ordered once, one live card, a report to whom it concerns."""

from datetime import date

import pytest

from domain.chat import Address, Channel
from domain.errors import Permanent, Temporary
from domain.reconcile import Difference, Findings, Kind
from handlers.sync.reconcile_report import Reconciled, _both
from handlers.sync.syncs import Counts, Report
from storage import Database, leases, work_orders
from tests.lab import MANAGERS_CHAT, open_lab


@pytest.fixture
async def lab(sqlite_url, clock, tmp_path):
    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path, forum=True, hotels=("GRAND", "PARK"))
    await database.close()


def executing(lab, report, *, steps=()):
    """Let the next orders end so, after telling how far they are."""

    async def execute(order, lease):
        for step in steps:
            await lab.syncs.progress(order, step)
            await lab.settle()
        if isinstance(report, Exception):
            raise report
        return report

    lab.syncs.execute = execute


def done(**counts):
    return Report(1, "GRAND", Counts(**counts), 74.0, fresh_at=None)


async def orders(lab):
    async with lab.db.reading() as tx:
        return await work_orders.pending(tx, lab.portal.id, "sync")


async def test_one_message_from_order_to_report(lab):
    marina, seen = lab.staff("4"), []
    await marina.writes("/sync GRAND")
    card = marina.last()
    seen.append(card.text)
    steps = (
        {"phase": "reading", "done": 120},
        {"phase": "deals", "done": 3, "total": 4},
        {"phase": "contacts", "done": 0, "total": 0},
    )

    async def execute(order, lease):
        for step in steps:
            await lab.syncs.progress(order, step)
            await lab.settle()
            seen.append(card.text)
        return done(fetched=120, created=5, updated=2, unchanged=112, failed=1, crm_calls=3)

    lab.syncs.execute = execute
    assert await lab.syncs.work() == 1
    await lab.settle()
    for text, wanted in zip(seen, ("в очеред", "120", "75", "0"), strict=True):
        assert wanted in text
    for wanted in ("120", "5", "2", "1 мин 14 с"):
        assert wanted in card.text.replace("\N{NO-BREAK SPACE}", " ")
    assert [shown.id for shown in marina.messages()] == [card.id]  # she watched, so no second report


async def test_managers_who_did_not_watch_get_the_report(lab):
    pyotr, marina = lab.staff("2"), lab.staff("4")
    await pyotr.writes("/sync GRAND")
    executing(lab, done(fetched=10, updated=3, unchanged=7))
    await lab.syncs.work()
    await lab.settle()
    assert "Отель GRAND" in marina.last().text
    assert "Отель GRAND" in lab.telegram.at(Address(Channel.TELEGRAM, MANAGERS_CHAT))[-1].text


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (done(fetched=10, unchanged=10), False),
        (done(fetched=100, updated=3, unchanged=97), False),
        (done(fetched=15, created=10, unchanged=5), True),
        (done(fetched=10, unchanged=9, failed=1), True),
        (done(fetched=10, unchanged=9, rejected=1), True),
        (Permanent("pms-refused"), True),
    ],
)
async def test_a_scheduled_run_speaks_only_when_it_has_something_to_say(lab, report, told):
    await lab.syncs.order_scheduled(lab.portal.id, lab.portal.hotels[0], "sync")
    executing(lab, report)
    await lab.syncs.work()
    await lab.settle()
    assert bool(lab.staff("4").messages()) is told


async def test_a_rehearsal_is_told_to_nobody_else(lab):
    pyotr = lab.staff("2")
    await pyotr.writes("/sync dry GRAND")
    executing(lab, Report(1, "GRAND", Counts(fetched=10, created=10), 2.0, dry=True))
    await lab.syncs.work()
    await lab.settle()
    assert "проверка без записи" in pyotr.last().text
    assert not lab.staff("4").messages()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("pms-unreachable", "Fidelio не отвечает"),
        ("bitrix-unreachable", "не отвечает"),
        ("what-is-this", "what-is-this"),
    ],
)
async def test_a_failed_run_says_why_in_plain_words(lab, code, words):
    marina = lab.staff("4")
    await marina.writes("/sync GRAND")
    executing(lab, Temporary(code))
    await lab.syncs.work()
    await lab.settle()
    assert words in marina.last().text
    assert not await orders(lab)


async def test_the_clock_orders_nothing_twice(lab):
    grand, park = lab.portal.hotels
    for _ in range(3):
        await lab.syncs.order_scheduled(lab.portal.id, grand, "sync")
    await lab.syncs.order_scheduled(lab.portal.id, park, "sync")
    assert [order.params["hotel_id"] for order in await orders(lab)] == [grand.id, park.id]


async def test_one_run_at_a_time_per_hotel_in_order(lab):
    grand, park = lab.portal.hotels
    marina, ran = lab.staff("4"), []
    for line in ("/sync GRAND", "/sync full GRAND", "/sync PARK"):
        await marina.writes(line)
    async with lab.db.transaction() as tx:  # another replica is at work on the first hotel
        lease = await leases.acquire(
            tx, lab.portal.id, f"sync:{grand.id}", "other", now=lab.clock.now, lease_s=90
        )

    async def execute(order, _lease):
        ran.append((order.params["hotel_id"], order.params["mode"]))
        return done(fetched=1, unchanged=1)

    lab.syncs.execute = execute
    while await lab.syncs.work():
        pass
    assert ran == [(park.id, "sync")]
    async with lab.db.transaction() as tx:
        await leases.release(tx, lease, now=lab.clock.now)
    while await lab.syncs.work():
        pass
    assert ran[1:] == [(grand.id, "sync"), (grand.id, "full")]


async def test_several_hotels_are_asked_for(lab):
    marina = lab.staff("4")
    await marina.writes("/sync")
    marina.reads("Какой отель обновляем?")
    await marina.presses("Отель PARK")
    assert [order.params["hotel_id"] for order in await orders(lab)] == [lab.portal.hotels[1].id]


@pytest.mark.parametrize(("user_id", "may"), [("1", True), ("2", True), ("4", True), ("5", False)])
async def test_who_may_sync(lab, user_id, may):
    person = lab.staff(user_id)
    await person.writes("/sync GRAND")
    await person.forges(f"s:sync:{lab.portal.hotels[0].id}")
    assert bool(await orders(lab)) is may


async def test_the_clocks_reconciliation_waits_behind_the_nightly_run(lab):
    grand = lab.portal.hotels[0]
    for mode in ("full", "reconcile", "reconcile", "sync"):
        await lab.syncs.order_scheduled(lab.portal.id, grand, mode)
    assert [order.params["mode"] for order in await orders(lab)] == ["full", "reconcile"]


@pytest.mark.parametrize(("user_id", "may"), [("2", True), ("4", True), ("5", False)])
async def test_who_may_put_right(lab, user_id, may):
    person, grand = lab.staff(user_id), lab.portal.hotels[0]
    await person.forges(f"s:repair:{grand.id}")
    assert [order.params["mode"] for order in await orders(lab)] == (["repair"] if may else [])
    if may:
        await lab.staff("4").forges(f"s:repair:{grand.id}")
        lab.staff("4").reads("Исправление уже идёт")
        assert len(await orders(lab)) == 1


async def test_managers_hear_of_differences_that_the_night_found(lab):
    grand, marina = lab.portal.hotels[0], lab.staff("4")
    found = Findings([Difference(Kind.MISSING, "deal", "4711")])
    found.pms("deal", "4711", {"stageId": "NEW"}, date(2026, 11, 24))

    def executed(kinds):
        both = _both(kinds, None, lambda entity, crm_id: f"https://portal/crm/{entity}/details/{crm_id}/")
        return Reconciled(3, "GRAND", Counts(), 2.0, dry=True, both=both)

    for what, told in ((Findings(), False), (found, True)):
        await lab.syncs.order_scheduled(lab.portal.id, grand, "reconcile")
        executing(lab, executed(what))
        await lab.syncs.work()
        await lab.settle()
        assert bool(marina.messages()) is told
    marina.reads("сверка нашла расхождения")
    for words in ("нет в CRM", "4711", "24.11.2026: 1 / 0"):
        assert words in marina.last().text
    await marina.presses("Исправить (1)")
    assert [order.params["mode"] for order in await orders(lab)] == ["repair"]
    assert "Исправляет: Марина Соколова" in marina.last().text
    assert len(marina.messages()) == 1  # the report became the repair's card
