"""Who owns a field: what people typed survives, what the PMS owns comes back, and a stay tells its story in its deal."""

import pytest

from tests.stories.stage import staged
from tests.stories.test_sync import finished

MAPPING = """
[contact.lastName]
owner = "if_new"

[contact.comments]
template = "{last_name} из Fidelio"
owner = "if_empty"

[contact.UF_CRM_CONCIERGE_CITY]
from = "city"
title = "Город"

[deal.UF_CRM_CONCIERGE_BAR]
from = "ledger.department.2000"
title = "Бар"

[[responsible]]
when = { state = "in_house" }
user = 5

[[responsible]]
user = 4
"""


@pytest.fixture
async def mapped(tmp_path):
    """A hotel with a mapping of its own and a door that also gives folios."""
    file = tmp_path / "mapping-grand.toml"
    file.write_text(MAPPING, encoding="utf-8")
    async with staged(tmp_path, hotel=f'mapping = "{file}"', source="postings = true") as opened:
        yield opened


async def crm(stage, method, **params):
    """What a person (or another program) asks or does in the CRM."""
    async with stage.http.post(f"{stage.base}rest/1/sandboxwebhook00/{method}", json=params) as answer:
        body = await answer.json()
        assert answer.status == 200, body
        return body["result"]


async def deal_of(stage, number):
    found = await crm(
        stage, "crm.item.list", entityTypeId=2, filter={"originId": str(number)}, select=["*", "ufCrm*"]
    )
    assert len(found["items"]) == 1, found
    return found["items"][0]


async def comments(stage, deal):
    rows = await crm(
        stage,
        "crm.timeline.comment.list",
        filter={"ENTITY_ID": deal["id"], "ENTITY_TYPE": "deal"},
        select=["ID", "COMMENT"],
    )
    return [row["COMMENT"] for row in rows]


async def sync(stage, words="/sync", until="данные обновлены"):
    """A sync from chat to its report. Each report is awaited anew."""
    marina = stage.person(4)
    before = len([m for m in await marina.messages() if until in m["text"]])
    await marina.writes(words)

    async def another():
        seen = [m for m in await marina.messages() if until in m["text"]]
        return seen[-1] if len(seen) > before else None

    return await stage.until(another, f"another «{until}»", patience_s=60)


async def full(stage):
    """A nightly run, as the clock orders it."""
    house = stage.house
    async with house.scopes.writing(house.portal.id) as scope:
        order = await house.syncs.order(scope, house.portal.hotels[0], "full")
    from storage import work_orders

    async def done():
        async with house.db.reading() as tx:
            found = await work_orders.load(tx, order)
        return found if found.result is not None else None

    result = (await stage.until(done, "the full run", patience_s=60)).result
    assert not result["error"], result
    return result


async def in_house(stage):
    return (await stage.get("hotel/_sandbox/reservations?status=in_house&limit=30"))["reservations"]


async def test_what_people_typed_survives_and_what_the_pms_owns_comes_back(mapped):
    stage = mapped
    await sync(stage)
    stay = next(one for one in await in_house(stage) if not one.get("companions"))
    deal = await deal_of(stage, stay["id"])
    assert deal["assignedById"] == 5
    contact = (await crm(stage, "crm.item.get", entityTypeId=3, id=deal["contactIds"][0]))["item"]
    assert contact["comments"].endswith("из Fidelio")

    await crm(
        stage,
        "crm.item.update",
        entityTypeId=3,
        id=contact["id"],
        fields={
            "lastName": "Людьми-Правленный",
            "comments": "любит тишину",
            "name": "Чужое",
            "post": "директор",
        },
    )
    await crm(
        stage,
        "crm.item.update",
        entityTypeId=2,
        id=deal["id"],
        fields={"ufCrmConciergeRoom": "999", "assignedById": 3, "opportunity": 1},
    )
    result = await full(stage)
    assert result["updated"] == 2
    again = (await crm(stage, "crm.item.get", entityTypeId=3, id=contact["id"]))["item"]
    assert again["lastName"] == "Людьми-Правленный"  # if_new
    assert again["comments"] == "любит тишину"  # if_empty
    assert again["post"] == "директор"  # not ours at all
    assert again["name"] == contact["name"]  # the PMS's
    assert [one["value"] for one in again["fm"]] == [one["value"] for one in contact["fm"]]
    back = await deal_of(stage, stay["id"])
    assert back["ufCrmConciergeRoom"] == stay["room"]
    assert float(back["opportunity"]) == float(deal["opportunity"])
    assert back["assignedById"] == 3

    await crm(stage, "crm.item.update", entityTypeId=3, id=contact["id"], fields={"comments": ""})
    await full(stage)
    filled = (await crm(stage, "crm.item.get", entityTypeId=3, id=contact["id"]))["item"]
    assert filled["comments"] == contact["comments"]
    assert (await full(stage))["updated"] == 0


async def test_moves_and_undone_deeds_stand_in_the_deals_timeline_once(mapped):
    stage = mapped
    await sync(stage)
    stay = (await in_house(stage))[0]
    deal = await deal_of(stage, stay["id"])
    assert await comments(stage, deal) == []
    moved = await stage.post("hotel/_sandbox/change", {"kind": "move", "guestNum": stay["id"]})
    await sync(stage, until="изменено 1")
    (line,) = await comments(stage, deal)
    assert f"№ {stay['room']} → № {moved['room']}" in line
    assert "Бизнес-дата" in line

    await stage.post("hotel/_sandbox/change", {"kind": "checkout", "guestNum": stay["id"]})
    await sync(stage, until="изменено 1")
    gone = await deal_of(stage, stay["id"])
    await stage.post("hotel/_sandbox/change", {"kind": "undo_checkout", "guestNum": stay["id"]})
    await sync(stage, until="изменено 1")
    back = await deal_of(stage, stay["id"])
    assert back["id"] == gone["id"] == deal["id"]
    assert gone["stageId"] != back["stageId"] == deal["stageId"]  # a won deal is open again
    told = "\n".join(await comments(stage, deal))
    assert "Выезд отменён" in told
    count = len(await comments(stage, deal))
    await full(stage)
    assert len(await comments(stage, deal)) == count


@pytest.mark.drill  # told by quicker tests, too
async def test_revenue_by_department_comes_from_the_folio_and_payments_stand_apart(mapped):
    stage = mapped
    await sync(stage)
    first, second = (await in_house(stage))[:2]
    before = await deal_of(stage, first["id"])
    assert before["ufCrmConciergeForecast"].endswith("|RUB")

    async def post(**line):
        await stage.post("hotel/_sandbox/change", {"kind": "post", "department": "2000", **line})

    async def bar(number):
        return await deal_of(stage, number)

    was = float((before["ufCrmConciergeBar"] or "0|").split("|")[0])
    await post(guestNum=first["id"], price=700)
    await post(guestNum=first["id"], price=700, quantity=-1)  # a correction
    await post(guestNum=first["id"], price=300, quantity=2)
    await post(guestNum=second["id"], price=500, origin=first["id"])  # routed: the first caused it
    await stage.post(
        "hotel/_sandbox/change",
        {"kind": "post", "guestNum": first["id"], "department": "9010", "price": 1000},
    )
    await sync(stage)
    after = await bar(first["id"])
    assert float(after["ufCrmConciergeBar"].split("|")[0]) == was + 600 + 500
    paid = float((after["ufCrmConciergePaid"] or "0|").split("|")[0])
    assert paid == float((before["ufCrmConciergePaid"] or "0|").split("|")[0]) + 1000
    assert "Бар " in after["ufCrmConciergeRevenue"]
    assert "Банковская карта" not in after["ufCrmConciergeRevenue"]
    assert after["opportunity"] == before["opportunity"]  # still in house: the forecast counts
    await full(stage)
    assert (await bar(first["id"]))["ufCrmConciergeBar"] == after["ufCrmConciergeBar"]


@pytest.mark.drill  # told by quicker tests, too
async def test_a_field_the_portal_does_not_have_stops_the_run_by_name(tmp_path):
    file = tmp_path / "mapping-grand.toml"
    file.write_text(
        '[contact.lastNam]\nfrom = "last_name"\n[stages.confirmed]\nuse = "Предоплата"\n', encoding="utf-8"
    )
    async with staged(tmp_path, hotel=f'mapping = "{file}"') as stage:
        marina = stage.person(4)
        await marina.writes("/sync")
        report = await finished(marina, "mapping-grand.toml")
        assert "contact.lastNam]" in report["text"]
        assert "stages.confirmed] use = Предоплата" in report["text"]
        assert (await stage.get("_sandbox/counts"))["contacts"] == 0
