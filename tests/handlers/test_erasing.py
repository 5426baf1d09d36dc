"""A guest erased at his demand: CRM, staging, chats, requests and journal, once and once more."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Text, cast, select

from domain.chat import Address, Channel
from storage import links, lookups, snapshots, work_orders
from storage.tables import metadata
from tests.handlers.identity_world import a_world, guest, stay
from tests.lab import file_request

LEFT_OUT = {"inbox", "outbox", "conversations", "alembic_version"}
"""What empties itself within days: messages as they came and went."""


@pytest.fixture
async def world(sqlite_url, clock, tmp_path):
    async with a_world(sqlite_url, clock, tmp_path) as made:
        made.grand.put(
            guest(1, "Тайный", "Иван", emails=("secret@gmail.com",), birthday=date(1980, 5, 17), vip="V1"),
            replace(stay(901, 1), guest_name="Тайный Иван", notes="любит тишину"),
            guest(2, "Соседова", "Анна", ("+79161234502",)),
            replace(stay(902, 2), guest_name="Соседова Анна"),
        )
        await made.runs()
        yield made


async def erase(world, profile="1"):
    async with world.lab.scopes.writing(world.lab.portal.id) as scope:
        hotel = world.lab.portal.hotels[0]
        order_id = await world.lab.syncs.order(scope, hotel, "erase", profile=profile)
    await world.works()
    async with world.lab.db.reading() as tx:
        order = await work_orders.load(tx, order_id)
    assert order.state == "done", order.result
    return order.result["erased"]


async def tables_with(world, *words):
    """Which tables still hold a word, in any of their columns."""
    found = set()
    async with world.lab.db.reading() as tx:
        for table in metadata.sorted_tables:
            if table.name in LEFT_OUT:
                continue
            for row in (await tx.execute(select(*(cast(column, Text) for column in table.c)))).all():
                text = " ".join(filter(None, row)).casefold()
                text += text.encode().decode("unicode_escape", "ignore").casefold() if "\\u" in text else ""
                found |= {table.name for word in words if word.casefold() in text}
    return found


async def test_he_leaves_the_crm_the_store_and_the_chats(world):
    olga = world.lab.staff("5")
    await olga.writes("/guest Тайный // звонок из банка")
    olga.reads("Тайный Иван")
    before = world.contacts()[0]
    erased = await erase(world)
    assert (erased["profiles"], erased["stays"], erased["messages"]) == (1, 1, 1)
    after = world.contact(before["id"])
    assert (after["name"], after["lastName"]) == ("Гость удалён", "")
    assert not after.get("fm")
    assert not after.get("originatorId")
    assert world.keys(before["id"]) == []
    deal = world.deal()
    assert "Тайный" not in str(deal)
    assert "тишину" not in str(deal)
    assert "Соседова" in str(world.deal(2))
    assert olga.last().text == "Карточка скрыта: данные гостя удалены."
    assert not olga.last().buttons
    assert not await tables_with(world, "Тайный", "taynyy", "secret@", "9161234501", "тишину")
    async with world.lab.db.reading() as tx:
        who = await lookups.of_guest(tx, world.lab.portal.id, ["GRAND:1"])
    assert [(one.kind, one.purpose) for one in who] == [
        ("erase", ""), ("card", "звонок из банка"), ("search", "звонок из банка"),
    ]  # fmt: skip


async def test_alerts_of_him_are_overwritten(world):
    await world.lab.known("4")
    assert await world.lab.house.alerts.tick(world.lab.portal.id)
    await world.lab.settle()
    marina = world.lab.staff("4")
    assert "Тайный" in marina.last().text
    assert (await erase(world))["messages"] >= 1
    assert not [one for one in marina.messages() if "Тайный" in one.text]


async def test_once_more_does_no_harm(world):
    await erase(world)
    again = await erase(world)
    assert (again["profiles"], again["stays"]) == (0, 0)
    assert world.contacts()[1]["lastName"] == "Соседова"


async def test_the_words_of_requests_about_him_go_wherever_they_were_copied(world):
    lab = world.lab
    olga, pyotr = lab.staff("5"), lab.staff("2")
    await file_request(olga, "Гость Тайный Иван жалуется на шум в номере")
    await file_request(olga, "Не печатаются отчёты")
    async with lab.db.transaction() as tx:
        await links.put(tx, lab.portal.id, "guest", "request", "1", "GRAND:1")
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.writes("Тайный переселён в 412", to=thread)
    assert "Тайный" in olga.last().text
    erased = await erase(world)
    assert erased["requests"] == ["FB-2026-000001"]
    await lab.settle()
    request = await lab.request(1)
    assert (request.subject, request.description) == ("Обращение о госте (данные удалены)", "")
    assert (await lab.request(2)).description == "Не печатаются отчёты"
    assert await lab.history(1)  # what was done stays
    assert not await lab.outbox("dead")
    ours = [one for one in lab.bitrix.at(Address(Channel.BITRIX24, "5")) if "Тайный" in one.text]
    assert all("зарегистрировано" in one.text for one in ours), ours
    (task,) = [one for one in lab.tasks.kept.values() if "FB-2026-000001" in one.task.title]
    assert "Тайный" not in f"{task.task.title} {task.task.description}"
    assert "Тайный" not in lab.bitrix.threads[thread]
    assert not [one for one in lab.bitrix.at(thread) if "Тайный" in one.text]
    assert not await tables_with(world, "Тайный")


async def test_a_contact_that_people_made_keeps_what_is_theirs(sqlite_url, clock, tmp_path):
    async with a_world(sqlite_url, clock, tmp_path) as world:
        theirs = await world.by_hand(name="Иван", lastName="Тайный", phones=["+79161234501"])
        world.grand.put(guest(1, "Тайный", "Иван", ("+79161234501", "+79161234599")), stay(900, 1))
        await world.runs()
        await erase(world)
        contact = world.contact(theirs)
        assert (contact["lastName"], world.phones(theirs), world.keys(theirs)) == (
            "Тайный", ["+79161234501"], [],
        )  # fmt: skip
        async with world.lab.db.reading() as tx:
            assert not await snapshots.load(tx, world.lab.portal.hotels[0].id, "profile", ["1"])


async def test_an_erasure_before_the_first_load_leaves_that_a_first_load(sqlite_url, clock, tmp_path):
    async with a_world(sqlite_url, clock, tmp_path) as world:
        await erase(world, "77")
        world.grand.put(guest(1, "Тайный", "Иван"))
        assert (await world.runs()).counts.created == 1
