"""Import: quiet, mixed and in order; history by an administrator; and everything survives a restart."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.portal.crm_store import CONTACT, DEAL
from tests.sandbox.crm_portal import NOT_AN_ADMIN, CrmClient, crm_client, minutes


@pytest.fixture
async def crm() -> AsyncIterator[CrmClient]:
    async with crm_client() as client:
        yield client


async def test_a_batch_answers_in_order_and_starts_no_robots(crm: CrmClient) -> None:
    rows = [{"title": "a"}, {"title": "b", "opportunity": "x"}, {"title": "c"}]
    items = (await crm.call("crm.item.batchImport", entityTypeId=DEAL, data=rows))["items"]
    assert items[0] == {"item": {"id": 1}}
    assert items[1]["error"] == "CRM_FIELD_ERROR_VALUE_NOT_VALID"
    assert items[2] == {"item": {"id": 2}}
    assert not crm.crm.automation_starts
    assert await crm.call("crm.item.import", entityTypeId=DEAL, fields={"title": "d"}) == {"item": {"id": 3}}
    await crm.add(DEAL, title="e")
    assert crm.crm.automation_starts == {(DEAL, "add"): 1}


async def test_a_batch_has_at_most_twenty(crm: CrmClient) -> None:
    refusal = await crm.error("crm.item.batchImport", entityTypeId=DEAL, data=[{}] * 21)
    assert refusal[:2] == (400, "MAX_IMPORT_BATCH_SIZE_EXCEEDED")
    assert len(crm.crm.items(DEAL)) == 0


async def test_an_administrator_brings_history(crm: CrmClient) -> None:
    fields = {
        "title": "old",
        "createdTime": "2024-01-10T10:00:00+03:00",
        "updatedTime": "2024-02-01T10:00:00+03:00",
        "movedTime": "2024-01-20T10:00:00+03:00",
        "createdBy": 4,
    }
    key = (await crm.call("crm.item.import", entityTypeId=DEAL, fields=fields))["item"]["id"]
    item = await crm.get(DEAL, key)
    assert {name: item[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"createdTime": "2023-12-31T00:00:00+03:00"}, "createdTime"),  # older than what is there
        ({"createdTime": "2027-01-01T00:00:00+03:00"}, "createdTime"),
        (
            {"createdTime": "2024-06-02T00:00:00+03:00", "updatedTime": "2024-06-01T00:00:00+03:00"},
            "updatedTime",
        ),
        ({"createdTime": "2024-06-02T00:00:00+03:00", "movedTime": "2024-06-01T00:00:00+03:00"}, "movedTime"),
    ],
)
async def test_rules_of_dates(crm: CrmClient, fields: dict[str, str], name: str) -> None:
    await crm.call("crm.item.import", entityTypeId=DEAL, fields={"createdTime": "2024-01-01T00:00:00+03:00"})
    refusal = await crm.error("crm.item.import", entityTypeId=DEAL, fields=fields)
    assert refusal[1:] == ("CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{name}"')


async def test_history_is_for_administrators(crm: CrmClient) -> None:
    fields = {"createdTime": "2024-01-01T00:00:00+03:00"}
    refusal = await crm.error("crm.item.import", user_id=NOT_AN_ADMIN, entityTypeId=DEAL, fields=fields)
    assert refusal[1] == "CRM_FIELD_ERROR_VALUE_NOT_VALID"
    status, body = await crm.raw(
        "crm.item.import", {"entityTypeId": DEAL, "fields": {}}, user_id=NOT_AN_ADMIN
    )
    assert (status, body["result"]) == (200, {"item": {"id": 1}})


async def test_a_restarted_portal_is_the_same_portal(tmp_path: Path) -> None:
    path = tmp_path / "portal.db"
    mail = {"typeId": "EMAIL", "valueType": "WORK", "value": "a@example.com"}
    async with crm_client(path) as before:
        category = await before.call("crm.category.add", entityTypeId=DEAL, fields={"name": "Гранд"})
        contact = await before.add(CONTACT, name="A", originId="7", fm=[mail])
        await before.add(DEAL, contactId=contact["id"], categoryId=category["category"]["id"])
        await before.call("crm.item.delete", entityTypeId=CONTACT, id=(await before.add(CONTACT))["id"])
    async with crm_client(path) as after:
        after.now += minutes(1)
        assert await after.get(CONTACT, contact["id"]) == contact
        assert await after.ids(CONTACT, filter={"originId": "7"}) == [1]
        assert await after.ids(DEAL, filter={"contactId": 1, "categoryId": 1}) == [1]
        found = await after.call("crm.duplicate.findbycomm", type="EMAIL", values=["A@example.com"])
        assert found == {"CONTACT": [1]}
        assert (await after.add(CONTACT, name="C"))["id"] == 3
        stages = await after.call("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1"})
        assert len(stages) == 8
