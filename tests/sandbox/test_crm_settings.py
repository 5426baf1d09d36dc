"""Pipelines, directories, custom fields, smart processes and currencies over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.portal.crm_store import CONTACT, DEAL, LEAD
from tests.sandbox.crm_portal import NOT_AN_ADMIN, CrmClient, crm_client


@pytest.fixture
async def crm() -> AsyncIterator[CrmClient]:
    async with crm_client() as client:
        yield client


async def test_pipelines_of_deals(crm: CrmClient) -> None:
    made = (await crm.call("crm.category.add", entityTypeId=DEAL, fields={"name": "Гранд", "sort": -5}))[
        "category"
    ]
    assert made == {
        "id": 1,
        "name": "Гранд",
        "sort": 0,
        "entityTypeId": 2,
        "isDefault": "N",
        "originId": "",
        "originatorId": "",
    }
    body = await crm.page("crm.category.list", entityTypeId=DEAL)
    assert [one["id"] for one in body["result"]["categories"]] == [1, 0]
    assert (body["total"], body["result"]["categories"][1]["isDefault"]) == (2, "Y")
    renamed = await crm.call("crm.category.update", entityTypeId=DEAL, id=1, fields={"name": "Плаза"})
    assert renamed["category"]["name"] == "Плаза"
    await crm.add(DEAL, categoryId=1)
    assert (await crm.error("crm.category.delete", entityTypeId=DEAL, id=1))[1] == "0"
    await crm.call("crm.item.delete", entityTypeId=DEAL, id=1)
    assert await crm.call("crm.category.delete", entityTypeId=DEAL, id=1) is None
    assert await crm.call("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1"}) == []
    assert (await crm.error("crm.category.get", entityTypeId=DEAL, id=1))[1] == "NOT_FOUND"
    assert (await crm.error("crm.category.delete", entityTypeId=DEAL, id=0))[2] == (
        "Default deal category cannot be deleted"
    )


async def test_refusals_of_pipelines(crm: CrmClient) -> None:
    assert (await crm.error("crm.category.list", entityTypeId=LEAD))[1] == "ENTITY_TYPE_NOT_SUPPORTED"
    assert (await crm.error("crm.category.add", entityTypeId=DEAL, fields={"name": " "}))[2] == (
        "Field 'NAME' is required"
    )
    refusal = await crm.error(
        "crm.category.add", user_id=NOT_AN_ADMIN, entityTypeId=DEAL, fields={"name": "x"}
    )
    assert refusal == (400, "ACCESS_DENIED", "Access denied")
    fields = {"name": "x", "isDefault": "Y"}
    assert (await crm.error("crm.category.add", entityTypeId=CONTACT, fields=fields))[1] == "0"


async def test_stages_get_the_prefix_of_their_pipeline(crm: CrmClient) -> None:
    await crm.call("crm.category.add", entityTypeId=DEAL, fields={"name": "Гранд"})
    fields = {"ENTITY_ID": "DEAL_STAGE_1", "STATUS_ID": "IN_HOUSE", "NAME": "Проживает", "SORT": 45}
    key = await crm.call("crm.status.add", fields=fields)
    assert isinstance(key, int)
    status = await crm.call("crm.status.get", id=key)
    assert (status["ID"], status["STATUS_ID"], status["SORT"]) == (str(key), "C1:IN_HOUSE", "45")
    assert status["CATEGORY_ID"] == "1"
    listed = await crm.page("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1"}, order={"SORT": "ASC"})
    codes = [one["STATUS_ID"] for one in listed["result"]]
    assert codes[4:6] == ["C1:IN_HOUSE", "C1:FINAL_INVOICE"]
    assert listed["total"] == 9
    assert (await crm.error("crm.status.add", fields=fields))[1] == "ERROR_CORE"
    again = {**fields, "STATUS_ID": "C1:NO_SHOW", "SEMANTICS": "F", "SORT": 90}
    await crm.call("crm.status.add", fields=again)
    assert (await crm.add(DEAL, categoryId=1, stageId="C1:NO_SHOW"))["stageSemanticId"] == "F"
    late = {**fields, "STATUS_ID": "LATE", "SORT": 100}
    assert "final successful stage" in (await crm.error("crm.status.add", fields=late))[2]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "The field ENTITY_ID is required.\nThe field STATUS_ID is required."),
        ({"ENTITY_ID": "SOURCE", "STATUS_ID": "X"}, "The field Title is required."),
        (
            {"ENTITY_ID": "DEAL_STAGE_9", "STATUS_ID": "X", "NAME": "x"},
            "Specified entity type is not supported.",
        ),
    ],
)
async def test_refusals_of_directories(crm: CrmClient, fields: dict[str, Any], text: str) -> None:
    assert await crm.error("crm.status.add", fields=fields) == (400, "", text)


async def test_system_stages_go_only_by_force_and_stages_in_use_stay(crm: CrmClient) -> None:
    stages = await crm.call("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE"})
    by_code = {one["STATUS_ID"]: one for one in stages}
    assert by_code["WON"]["EXTRA"] == {"SEMANTICS": "success", "COLOR": "#7BD500"}
    assert "FORCED" in (await crm.error("crm.status.delete", id=by_code["LOSE"]["ID"]))[2]
    assert await crm.call("crm.status.delete", id=by_code["LOSE"]["ID"], params={"FORCED": "Y"})
    await crm.add(DEAL, stageId="EXECUTING")
    assert (await crm.error("crm.status.delete", id=by_code["EXECUTING"]["ID"]))[2] == (
        "There are active items in this status."
    )
    await crm.call("crm.status.update", id=by_code["NEW"]["ID"], fields={"NAME": "Бронь", "STATUS_ID": "X"})
    changed = await crm.call("crm.status.get", id=by_code["NEW"]["ID"])
    assert (changed["NAME"], changed["STATUS_ID"]) == ("Бронь", "NEW")


async def test_custom_fields_are_configured(crm: CrmClient) -> None:
    field = {
        "entityId": "CRM_CONTACT",
        "fieldName": "UF_CRM_CONCIERGE_VIP",
        "userTypeId": "enumeration",
        "editFormLabel": {"ru": "VIP", "en": "VIP level"},
        "listColumnLabel": {"ru": "ignored"},
        "enum": [{"value": "1", "xmlId": "one"}, {"value": "2", "def": "Y"}, {"value": ""}],
    }
    made = (await crm.call("userfieldconfig.add", moduleId="crm", field=field))["field"]
    assert [one["xmlId"] == "one" for one in made["enum"]] == [True, False]
    assert (made["editFormLabel"]["ru"], made["listColumnLabel"]["ru"]) == ("VIP", None)
    assert (await crm.call("userfieldconfig.get", moduleId="crm", id=made["id"]))["field"] == made
    body = await crm.page(
        "userfieldconfig.list",
        moduleId="crm",
        select={"0": "*", "language": "ru"},
        filter={"entityId": "CRM_CONTACT", "fieldName": "UF_CRM_CONCIERGE_VIP"},
    )
    assert body["total"] == 1
    assert body["result"]["fields"][0]["editFormLabel"] == {"ru": "VIP"}
    again = await crm.error("userfieldconfig.add", moduleId="crm", field=field)
    assert again[:2] == (400, "")
    assert "already exists" in again[2]
    await crm.add(CONTACT, ufCrmConciergeVip=made["enum"][0]["id"])
    assert await crm.call("userfieldconfig.delete", moduleId="crm", id=made["id"]) is None
    assert "ufCrmConciergeVip" not in await crm.get(CONTACT, 1)
    assert (await crm.error("userfieldconfig.delete", moduleId="crm", id=made["id"]))[2] == (
        "You cannot delete the user field"
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ({"entityId": "CRM_DEAL", "userTypeId": "string"}, "The 'FIELD_NAME' field is not found."),
        ({"entityId": "CRM_DEAL", "fieldName": "UF_CRM_X"}, "The 'USER_TYPE_ID' field is not found."),
        (
            {"entityId": "CRM_99", "fieldName": "UF_CRM_99_X", "userTypeId": "string"},
            "You cannot create custom fields",
        ),
        (
            {"entityId": "CRM_DEAL", "fieldName": "X", "userTypeId": "string"},
            "You cannot create custom fields",
        ),
        (
            {"entityId": "CRM_DEAL", "fieldName": "UF_CRM_" + "X" * 44, "userTypeId": "string"},
            "Fail to create new user field",
        ),
    ],
)
async def test_refusals_of_custom_fields(crm: CrmClient, field: dict[str, Any], text: str) -> None:
    assert await crm.error("userfieldconfig.add", moduleId="crm", field=field) == (400, "", text)


async def test_the_older_custom_fields_add_their_prefix(crm: CrmClient) -> None:
    fields = {"FIELD_NAME": "guest_kind", "USER_TYPE_ID": "string", "MULTIPLE": "Y", "LABEL": "Вид гостя"}
    key = await crm.call("crm.contact.userfield.add", fields=fields)
    body = await crm.page("crm.contact.userfield.list", filter={"LANG": "ru"})
    assert body["result"][0]["FIELD_NAME"] == "UF_CRM_GUEST_KIND"
    assert (body["result"][0]["ID"], body["result"][0]["EDIT_FORM_LABEL"]) == (str(key), "Вид гостя")
    assert (await crm.call("crm.deal.userfield.list")) == []
    problems = await crm.error("crm.deal.userfield.add", fields={})
    assert problems[2] == "The 'USER_TYPE_ID' field is not found.\nThe 'FIELD_NAME' field is not found."
    bad = {"FIELD_NAME": "вид", "USER_TYPE_ID": "string"}
    assert (await crm.error("crm.deal.userfield.add", fields=bad))[1] == "ERROR_CORE"


async def test_smart_processes(crm: CrmClient) -> None:
    fields = {"title": "Обращения", "isStagesEnabled": "Y", "relations": {"parent": [
        {"entityTypeId": 3, "isChildrenListEnabled": "true"}, {"entityTypeId": 4, "isChildrenListEnabled": "Y"},
    ]}}  # fmt: skip
    made = (await crm.call("crm.type.add", fields=fields))["type"]
    assert made["entityTypeId"] == 1030
    assert [one["isChildrenListEnabled"] for one in made["relations"]["parent"]] == ["Y", "N"]
    found = await crm.call("crm.type.getByEntityTypeId", entityTypeId=1030)
    assert found["type"] == made
    assert (await crm.error("crm.type.getByEntityTypeId", entityTypeId=1032))[1] == "0"
    for wrong in (1031, 200, 1030):
        refusal = await crm.error("crm.type.add", fields={"title": "x", "entityTypeId": wrong})
        assert refusal[1] == "INVALID_ARG_VALUE"
    assert (await crm.call("crm.type.add", fields={"title": "x", "entityTypeId": 130}))["type"]["id"] == 2
    body = await crm.page("crm.type.list", order={"entityTypeId": "DESC"})
    assert [one["entityTypeId"] for one in body["result"]["types"]] == [1030, 130]
    field = {
        "entityId": f"CRM_{made['id']}",
        "fieldName": f"UF_CRM_{made['id']}_HOTEL",
        "userTypeId": "string",
    }
    await crm.call("userfieldconfig.add", moduleId="crm", field=field)
    assert (await crm.add(1030, ufCrm1Hotel="GRAND"))["ufCrm1Hotel"] == "GRAND"


async def test_currencies(crm: CrmClient) -> None:
    assert await crm.call("crm.currency.base.get") == "RUB"
    assert (
        await crm.call("crm.currency.add", fields={"CURRENCY": "chf", "AMOUNT": 105, "AMOUNT_CNT": 1})
        == "CHF"
    )
    body = await crm.page("crm.currency.list")
    assert ([one["CURRENCY"] for one in body["result"]], body["total"]) == (["RUB", "CHF", "USD", "EUR"], 0)
    assert (await crm.add(DEAL, currencyId="CHF"))["currencyId"] == "CHF"
    await crm.call("crm.currency.base.set", id="EUR")
    assert (await crm.add(DEAL))["currencyId"] == "EUR"
    assert (await crm.error("crm.currency.add", fields={"CURRENCY": "JPY"}))[1] == "ERROR_CORE"
