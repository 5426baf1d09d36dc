"""A Fidelio sync fills the CRM: by /sync with a live card, reported to managers, and quiet when nothing changed."""

import pytest

from domain.mapping import MAPPING_VERSION
from storage import differences, identity
from tests.stories.test_telegram import TelegramPerson

MANAGERS_CHAT = -1002000000002


async def finished(person, text="данные обновлены"):
    """The report of a sync the person watched."""
    return await person.stage.until(lambda: _seen(person, text), f"«{text}»", patience_s=40)


async def _seen(person, text):
    return next((m for m in reversed(await person.messages()) if text in m["text"]), None)


async def crm_count(stage, kind):
    return (await stage.get("_sandbox/counts"))[kind]


async def test_the_first_sync_fills_the_crm_and_the_second_writes_nothing(stage):
    marina = stage.person(4)
    await marina.writes("/sync")
    report = await finished(marina)
    assert "Гранд Отель" in report["text"]
    assert "новых" in report["text"]
    deals, contacts = await crm_count(stage, "deals"), await crm_count(stage, "contacts")
    assert deals > 100
    assert contacts > 100

    shown = await stage.get("_sandbox/crm/pipelines")
    assert "Гранд Отель" in [one["name"] for one in shown["categories"]]
    names = [one["name"] for one in shown["pipeline"]["stages"]]
    assert names == ["Предварительно", "Подтверждено", "Проживает", "Выехал", "Отменено", "Не заехал"]

    before = await crm_writes(stage)
    assert before > 3
    guests, stays = await undecided(stage)
    waiting = await asked(stage)
    assert {row.key for row in guests} == waiting  # for a person's word: one guest or two?
    assert all({row.record.profile_id, *row.record.companion_ids} & waiting for row in stays)
    await marina.writes("/sync")
    await finished(marina, "ничего нового")
    assert await crm_writes(stage) == before
    assert (await crm_count(stage, "deals"), await crm_count(stage, "contacts")) == (deals, contacts)


async def undecided(stage):
    """Guests and stays the next run would look at again, those without a place in the CRM included."""
    hotel = stage.house.portal.hotels[0]
    async with stage.house.db.reading() as tx:
        return [
            await differences.changed(tx, hotel.id, sort, MAPPING_VERSION) for sort in ("profile", "stay")
        ]


async def asked(stage):
    """Profiles held back until somebody says whose they are."""
    async with stage.house.db.reading() as tx:
        cases = await identity.listed(tx, stage.house.portal.id, states=(identity.OPEN,))
    return {case.profile_id for case in cases}


async def crm_writes(stage):
    """How many requests wrote to the CRM so far: plain calls and batches that hold one."""
    calls = (await stage.get("_sandbox/requests?limit=1000"))["requests"]
    return sum(any(_writes(name) for name in call.get("commands") or [call["method"]]) for call in calls)


def _writes(method):
    room, *_, verb = method.lower().split(".")
    return room == "crm" and verb in {"add", "update", "import", "batchimport", "delete"}


async def test_a_change_in_the_hotel_reaches_the_deal(stage):
    marina = stage.person(4)
    await marina.writes("/sync")
    await finished(marina)
    due = (await stage.get("hotel/_sandbox/reservations?status=in_house&limit=1"))["reservations"][0]
    number = due.get("guestNum") or due["id"]
    await stage.post("hotel/_sandbox/change", {"kind": "checkout", "guestNum": number})
    await marina.writes("/sync")

    report = await stage.until(lambda: _seen(marina, "изменено 1"), "one change", patience_s=40)
    assert "новых 0" in report["text"]


async def test_the_report_goes_to_the_managers_in_both_messengers(both):
    pyotr, marina = both.person(2), both.person(4)
    await pyotr.writes("синхронизация")
    await finished(pyotr)
    await finished(marina)
    managers = TelegramPerson(both, 5003)
    await managers.sees("данные обновлены", MANAGERS_CHAT)

    async def pictured():
        return any(message.get("photo") for message in await managers.messages(MANAGERS_CHAT))

    await both.until(pictured, "the picture in the managers' chat", patience_s=30)


@pytest.mark.drill  # told by quicker tests, too
async def test_the_front_desk_is_told_who_may_sync(stage):
    olga = stage.person(5)
    await olga.writes("/sync")
    await olga.sees("Синхронизацию запускают управляющие и поддержка")
    assert await crm_count(stage, "deals") == 0


@pytest.mark.drill  # told by quicker tests, too
async def test_a_dry_run_counts_and_writes_nothing(stage):
    marina = stage.person(4)
    await marina.writes("/sync dry")
    report = await finished(marina, "проверка без записи")
    assert "новых" in report["text"]
    assert await crm_count(stage, "deals") == 0


@pytest.mark.drill  # told by quicker tests, too
async def test_guests_can_be_asked_after_a_sync(stage):
    marina, olga = stage.person(4), stage.person(5)
    await marina.writes("/sync")
    await finished(marina)
    here = (await stage.get("hotel/_sandbox/reservations?status=in_house&limit=1"))["reservations"][0]
    await olga.writes(f"номер {here['room']}")
    found = await olga.sees(f"Номер {here['room']}")
    assert "проживает" in found["text"]
    assert "тел.:" not in found["text"]  # the front desk sees the basic level
    await olga.writes("/arrivals")
    await olga.sees("Заезды")
