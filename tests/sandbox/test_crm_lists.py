"""crm.item.list: prefixes, groups, orders, pages, and that look-ups by key do not read everything."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.portal.crm_store import CONTACT, DEAL
from sandbox.portal.methods import crm_filters
from tests.sandbox.crm_portal import CrmClient, crm_client, minutes, query

DEALS = (
    {"title": "Молоко", "opportunity": 100, "originId": "A1", "comments": "vip"},
    {"title": "молния", "opportunity": 200, "originId": "A2"},
    {"title": "Камень", "opportunity": 300, "originId": "A3", "begindate": "2026-12-24"},
    {"title": "Вода", "opportunity": None, "originId": "B1", "originatorId": "other"},
)


@pytest.fixture
async def crm() -> AsyncIterator[CrmClient]:
    async with crm_client() as client:
        for fields in DEALS:
            await client.add(DEAL, **fields)
            client.now += minutes(1)
        yield client


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({"title": "МОЛОКО"}, [1]),
        ({"!title": "Молоко"}, [2, 3, 4]),
        ({"!=comments": "vip"}, [2, 3, 4]),  # rows without a value stay
        ({">opportunity": 100}, [2, 3]),
        ({">=opportunity": "100", "<opportunity": 300}, [1, 2]),
        ({"<=opportunity": 100}, [1]),
        ({"@id": [1, 3, 99]}, [1, 3]),
        ({"!@id": [1, 3]}, [2, 4]),
        ({"id": [2, 4]}, [2, 4]),
        ({"%title": "мол"}, [1, 2]),
        ({"!%title": "мол"}, [3, 4]),
        ({"=%title": "мол%"}, [1, 2]),
        ({"%=title": "%а"}, [4]),
        ({"!=%title": "%о%"}, [3]),
        ({"opportunity": None}, [4]),
        ({"!opportunity": ""}, [1, 2, 3]),
        ({"!=originatorId": ""}, [4]),
        ({"originId": "a2"}, [2]),
        ({"begindate": "2026-12-24"}, [3]),
        ({">=createdTime": "2026-11-20T12:02:00+03:00"}, [3, 4]),
        ({">updatedTime": "2026-11-20 12:01:00"}, [3, 4]),
        ({">=updatedTime": "2026-11-20T09:01:00+00:00", "<updatedTime": "2026-11-20T12:03:00+03:00"}, [2, 3]),
        ({"logic": "OR", "originId": "A1", "%title": "кам"}, [1, 3]),
        ({"opened": "Y", "0": {"logic": "OR", "0": {"id": 1}, "1": {">opportunity": 250}}}, [1, 3]),
        ({"0": {"logic": "OR", "=originId": ["A1", "B1"], "@id": [2]}, "!id": 2}, [1, 4]),
    ],
)
async def test_filters(crm: CrmClient, wanted: dict[str, Any], ids: list[int]) -> None:
    assert await crm.ids(DEAL, filter=wanted) == ids


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"filter": {"nickname": 1}}, "Invalid filter: field 'nickname' is not allowed in filter"),
        ({"filter": {"fm": "1"}}, "Invalid filter: field 'fm' is not allowed in filter"),
        ({"filter": {">opportunity": "x"}}, "Invalid filter: field 'opportunity' has invalid value"),
        ({"filter": {"<begindate": "soon"}}, "Invalid filter: field 'begindate' has invalid value"),
        ({"order": {"nickname": "ASC"}}, "Invalid order: field 'nickname' is not allowed in order"),
        (
            {"order": {"id": "UP"}},
            "Invalid order: allowed sort directions are `ASC, DESC`. But got 'UP' for field 'id'",
        ),
    ],
)
async def test_refusals(crm: CrmClient, params: dict[str, Any], text: str) -> None:
    refusal = await crm.error("crm.item.list", entityTypeId=DEAL, **params)
    assert refusal == (400, "INVALID_ARG_VALUE", text)


async def test_orders(crm: CrmClient) -> None:
    assert await crm.ids(DEAL, order={"opportunity": "DESC"}) == [3, 2, 1, 4]
    assert await crm.ids(DEAL, order={"opportunity": "asc", "id": "ASC"}) == [4, 1, 2, 3]
    assert await crm.ids(DEAL, order={"id": "DESC"}) == [4, 3, 2, 1]
    await crm.call("crm.item.update", entityTypeId=DEAL, id=1, fields={"title": "Новое"})
    assert await crm.ids(DEAL, order={"updatedTime": "DESC"}) == [1, 4, 3, 2]


async def test_select_and_multifields(crm: CrmClient) -> None:
    mail = {"typeId": "EMAIL", "valueType": "WORK", "value": "a@example.com"}
    await crm.add(CONTACT, name="A", fm=[mail])
    listed = await crm.call("crm.item.list", entityTypeId=CONTACT, select=["id", "name", "fm", "nothing"])
    assert listed["items"] == [{"id": 1, "name": "A"}]
    listed = await crm.call("crm.item.list", entityTypeId=CONTACT, select=["*"])
    assert listed["items"][0]["fm"][0]["value"] == "a@example.com"


async def test_rows_come_empty_with_select_and_original_names(crm: CrmClient) -> None:
    params = {"entityTypeId": DEAL, "select": ["id"], "useOriginalUfNames": "Y"}
    assert (await crm.call("crm.item.list", **params))["items"] == [[], [], [], []]
    crm.crm.empty_rows_with_original_names = False
    assert len((await crm.call("crm.item.list", **params))["items"][0]) == 1


async def _fill(crm: CrmClient, count: int) -> None:
    for first in range(0, count, 50):
        commands = {
            f"k{i}": "crm.item.add?"
            + query({"entityTypeId": CONTACT, "fields": {"name": f"N{i}", "originId": i}})
            for i in range(first, first + 50)
        }
        body = await crm.call("batch", halt=0, cmd=commands)
        assert body["result_error"] == []


async def test_pages(crm: CrmClient) -> None:
    await _fill(crm, 150)
    first = await crm.page("crm.item.list", entityTypeId=CONTACT)
    assert (len(first["result"]["items"]), first["total"], first["next"]) == (50, 150, 50)
    last = await crm.page("crm.item.list", entityTypeId=CONTACT, start=100)
    assert (last["result"]["items"][0]["id"], "next" in last) == (101, False)
    sorted_page = await crm.page("crm.item.list", entityTypeId=CONTACT, start=50, order={"id": "DESC"})
    assert (sorted_page["result"]["items"][0]["id"], sorted_page["next"]) == (100, 100)
    uncounted = await crm.page("crm.item.list", entityTypeId=CONTACT, start=-1, filter={">id": 70})
    assert uncounted["result"]["items"][0]["id"] == 71
    assert not {"total", "next"} & set(uncounted)


async def test_walking_by_id_sees_every_item_once(crm: CrmClient) -> None:
    await _fill(crm, 150)
    seen: list[int] = []
    while True:
        last = seen[-1] if seen else 0
        rows = await crm.ids(CONTACT, filter={">id": last}, order={"id": "ASC"}, start=-1)
        seen += rows
        if len(rows) < 50:
            break
    assert seen == list(range(1, 151))


async def test_look_ups_by_key_do_not_scan(crm: CrmClient, monkeypatch: pytest.MonkeyPatch) -> None:
    field = {"entityId": "CRM_CONTACT", "fieldName": "UF_CRM_KEYS", "userTypeId": "string", "multiple": "Y"}
    await crm.call("userfieldconfig.add", moduleId="crm", field=field)
    await crm.add(CONTACT, originId="7", ufCrmKeys=["GRAND:7", "PLAZA:1"])

    def no_scan(*_args: object) -> None:
        raise AssertionError("scanned")

    monkeypatch.setattr(crm_filters, "scan", no_scan)
    for wanted in (
        {"=originId": "7", "=originatorId": None},
        {"@originId": ["7", "8"]},
        {"id": 1},
        {"ufCrmKeys": "grand:7"},
        {"logic": "OR", "@originId": ["9"], "@ufCrmKeys": ["PLAZA:1"]},
    ):
        assert await crm.ids(CONTACT, filter=wanted) == [1]
