"""When a run will end and how much of the limits it uses: the pace, the words, the card."""

from datetime import UTC, datetime

import pytest

from domain.ports import Budget
from handlers.sync.budget import LEAST_S, WINDOW_S, Meter, told
from handlers.sync.freshness import said
from storage import work_orders

NOW = datetime(2026, 11, 20, 6, 40, tzinfo=UTC)


def paced(*seen):
    meter = Meter()
    for now, handled in seen:
        meter.note(now, handled)
    return meter


def test_the_end_follows_the_pace():
    assert paced((0, 0), (10, 100)).left_s(500) == pytest.approx(50)
    assert paced((0, 0), (10, 100)).left_s(0) == 0


@pytest.mark.parametrize("seen", [(), ((0, 0),), ((0, 0), (LEAST_S / 2, 50)), ((0, 10), (10, 10))])
def test_nothing_is_promised_before_the_pace_is_known(seen):
    assert paced(*seen).left_s(100) is None


def test_the_pace_of_the_last_half_minute_counts():
    slow_then_fast = paced((0, 0), (60, 60), (60 + WINDOW_S, 60 + 10 * WINDOW_S))
    assert slow_then_fast.left_s(100) == pytest.approx(10)


def test_nothing_is_promised_by_the_first_few():
    assert paced((0, 0), (20, 40)).left_s(1300) is None
    assert paced((0, 0), (20, 200)).left_s(1300) == pytest.approx(130)
    assert paced((0, 0), (100, 1000)).left_s(99_000) == pytest.approx(9900)


def test_progress_tells_end_and_limits():
    budget = Budget(0.823, 2.0, {"crm.item.add": 0.4, "crm.item.update": 0.75, "batch": 0.001}, {"x": 3.2})
    found = told(paced((0, 0), (10, 200)), budget, 1000, NOW)
    assert found["ends_at"] == "2026-11-20T06:40:50+00:00"
    assert found["budget"] == {
        "requests": 82,
        "calls_per_s": 2.0,
        "methods": {"crm.item.update": 75, "crm.item.add": 40},
        "resting": {"x": 4},
    }
    assert told(Meter(), budget, 1000, NOW)["ends_at"] is None


async def test_the_live_card_shows_both(lab):
    marina = lab.staff("4")
    await marina.writes("/sync")
    async with lab.db.reading() as tx:
        (order,) = await work_orders.pending(tx, lab.portal.id, "sync")
    pace = told(paced((0, 0), (20, 200)), Budget(0.6, 2.0, {"crm.item.add": 0.4}), 1000, NOW)
    await lab.syncs.progress(order, {"phase": "contacts", "done": 100, "total": 1100, **pace})
    await lab.settle()
    card = marina.reads("гости: 100 из 1")
    assert "закончу около 09:41" in card.text
    assert "Лимит портала: запросы 60%, время crm.item.add — 40%" in card.text
    assert "данных Fidelio ещё нет" in card.text
    await marina.writes("/sync status")
    assert "закончу около 09:41" in marina.reads("Сейчас: гости").text


async def test_freshness_in_words(lab):
    hotel = lab.portal.hotels[0]
    async with lab.scopes.reading(lab.portal.id) as scope:
        today = scope.now.replace(hour=6, minute=42)
        assert said(scope, hotel, today) == "данные Fidelio на 09:42"
        assert said(scope, hotel, today.replace(day=19)) == "данные Fidelio на 19.11 09:42 — это не сегодня"
        assert said(scope, hotel, None) == "данных Fidelio ещё нет"
        assert said(scope.speaking("en"), hotel, today) == "Fidelio data as of 09:42"
