"""What stands around items: duplicates and merging, comments, product rows, and the older methods."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, LEAD
from tests.sandbox.crm_portal import CrmClient, crm_client


@pytest.fixture
async def crm() -> AsyncIterator[CrmClient]:
    async with crm_client() as client:
        yield client


def _phone(value: str) -> dict[str, str]:
    return {"typeId": "PHONE", "valueType": "MOBILE", "value": value}


async def test_duplicates_by_phone_and_mail(crm: CrmClient) -> None:
    await crm.add(CONTACT, name="A", fm=[_phone("8 (900) 123-45-67"), {"typeId": "EMAIL", "value": "A@x.ru"}])
    await crm.add(CONTACT, name="B", fm=[_phone("+7 900 123 45 67 доб. 12")])
    await crm.add(COMPANY, title="C", fm=[_phone("+79001234567")])

    async def find(**params: Any) -> Any:
        return await crm.call("crm.duplicate.findbycomm", **params)

    assert await find(type="PHONE", values=["+79001234567"]) == {"CONTACT": [1, 2], "COMPANY": [1]}
    assert await find(type="PHONE", values=["79001234567"], entity_type="COMPANY") == {"COMPANY": [1]}
    assert await find(type="EMAIL", values=["a@X.ru", "none@x.ru"]) == {"CONTACT": [1]}
    assert await find(type="EMAIL", values=["none@x.ru"]) == []


async def test_twenty_duplicates_of_one_type_hide_the_next_types(crm: CrmClient) -> None:
    await crm.add(COMPANY, title="C", fm=[_phone("+79001234567")])
    for number in range(21):
        await crm.add(CONTACT, name=f"N{number}", fm=[_phone("+79001234567")])
    found = await crm.call("crm.duplicate.findbycomm", type="PHONE", values=["+79001234567"])
    assert found == {"CONTACT": list(range(1, 21))}


async def test_duplicate_errors_are_sentences(crm: CrmClient) -> None:
    assert await crm.error("crm.duplicate.findbycomm") == (
        400,
        "Communication type is not defined",
        "Parameter 'type' is required.",
    )
    assert (await crm.error("crm.duplicate.findbycomm", type="FAX", values=["1"]))[1] == (
        "Communication type 'FAX' is not supported in current context"
    )
    assert (await crm.error("crm.duplicate.findbycomm", type="PHONE"))[
        1
    ] == "Communication values is not defined"


async def test_merging(crm: CrmClient) -> None:
    await crm.add(CONTACT, name="Анна", fm=[_phone("+79001234567")])
    await crm.add(CONTACT, name="Анна", post="Директор", fm=[_phone("+79001234567"), _phone("+79000000000")])
    await crm.add(CONTACT, name="Пётр")
    deal = await crm.add(DEAL, contactId=2)
    merged = await crm.call("crm.entity.mergeBatch", params={"entityTypeId": CONTACT, "entityIds": [1, 2]})
    assert merged == {"STATUS": "SUCCESS", "ENTITY_IDS": [2]}
    main = await crm.get(CONTACT, 1)
    assert (main["post"], [one["value"] for one in main["fm"]]) == (
        "Директор",
        ["+79001234567", "+79000000000"],
    )
    assert (await crm.get(DEAL, deal["id"]))["contactIds"] == [1]
    conflict = await crm.call("crm.entity.mergeBatch", params={"entityTypeId": CONTACT, "entityIds": [1, 3]})
    assert conflict["STATUS"] == "CONFLICT"
    one = {"entityTypeId": CONTACT, "entityIds": [1]}
    refusal = await crm.error("crm.entity.mergeBatch", params=one)
    assert refusal[2] == "The parameter entityIds must contains at least two elements."
    gone = {"entityTypeId": CONTACT, "entityIds": [1, 2]}
    assert (await crm.error("crm.entity.mergeBatch", params=gone))[2] == "Owner was not found"


async def test_comments(crm: CrmClient) -> None:
    await crm.add(DEAL, title="Бронь")
    fields = {"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": "Заезд перенесён"}
    key = await crm.call("crm.timeline.comment.add", fields=fields)
    comment = await crm.call("crm.timeline.comment.get", id=key)
    assert comment == {
        "ID": str(key),
        "ENTITY_ID": "1",
        "ENTITY_TYPE": "deal",
        "CREATED": "2026-11-20T12:00:00+03:00",
        "COMMENT": "Заезд перенесён",
        "AUTHOR_ID": "1",
        "FILES": {},
    }
    await crm.call("crm.timeline.comment.add", fields={**fields, "COMMENT": "Второй"})
    body = await crm.page(
        "crm.timeline.comment.list",
        filter={"ENTITY_ID": 1, "ENTITY_TYPE": "deal"},
        order={"ID": "DESC"},
        select=["COMMENT"],
    )
    assert (body["result"], body["total"]) == ([{"COMMENT": "Второй"}, {"COMMENT": "Заезд перенесён"}], 2)
    assert (await crm.error("crm.timeline.comment.add", fields={**fields, "COMMENT": " "}))[
        1
    ] == "INVALID_ARG_VALUE"
    assert (await crm.error("crm.timeline.comment.add", fields={**fields, "ENTITY_ID": 2}))[
        1
    ] == "OWNER_NOT_FOUND"
    assert (await crm.error("crm.timeline.comment.get", id=1))[1:] == ("", "Not found.")


async def test_product_rows_replace_each_other(crm: CrmClient) -> None:
    await crm.add(DEAL, title="Бронь")
    rows = [
        {"productName": "Проживание", "price": 1200, "quantity": 3, "taxRate": 20},
        {"productName": "Завтрак", "price": "500"},
    ]
    made = (await crm.call("crm.item.productrow.set", ownerType="D", ownerId=1, productRows=rows))[
        "productRows"
    ]
    assert [(row["price"], row["priceExclusive"], row["quantity"]) for row in made] == [
        (1200, 1000, 3),
        (500, 500, 1),
    ]
    assert (await crm.get(DEAL, 1))["opportunity"] == 4100
    await crm.call("crm.item.productrow.set", ownerType="D", ownerId=1, productRows=rows[:1])
    wanted = {"=ownerType": "D", "=ownerId": 1, ">price": 100}
    body = await crm.page("crm.item.productrow.list", filter=wanted)
    assert (len(body["result"]["productRows"]), body["total"]) == (1, 1)
    refusal = await crm.error("crm.item.productrow.set", ownerType="D", ownerId=2, productRows=[])
    assert refusal[1:] == ("OWNER_NOT_FOUND", "Owner was not found")
    assert (await crm.error("crm.item.productrow.list", filter={}))[1] == "100"


async def test_the_older_methods_speak_strings(crm: CrmClient) -> None:
    fields = {
        "NAME": "Анна",
        "LAST_NAME": "Каренина",
        "BIRTHDATE": "1850-05-01",
        "ORIGINATOR_ID": "concierge:GRAND",
        "ORIGIN_ID": "77",
        "PHONE": [{"VALUE": "+79001234567", "VALUE_TYPE": "MOBILE"}],
        "EMAIL": [{"VALUE": "anna@example.com", "VALUE_TYPE": "WORK"}],
        "NONSENSE": 1,
    }
    assert await crm.call("crm.contact.add", fields=fields, params={"REGISTER_SONET_EVENT": "N"}) == 1
    contact = await crm.call("crm.contact.get", id=1)
    assert (contact["ID"], contact["ASSIGNED_BY_ID"], contact["ORIGIN_ID"]) == ("1", "1", "77")
    assert (contact["DATE_CREATE"], contact["COMPANY_ID"]) == ("2026-11-20T12:00:00+03:00", None)
    phone = contact["PHONE"][0]
    assert (phone["VALUE"], phone["VALUE_TYPE"], phone["TYPE_ID"]) == ("+79001234567", "MOBILE", "PHONE")
    change = {"PHONE": [{"ID": phone["ID"], "VALUE": "+79007654321", "VALUE_TYPE": "WORK"}], "POST": "Мать"}
    assert await crm.call("crm.contact.update", id=1, fields=change) is True
    assert [one["value"] for one in (await crm.get(CONTACT, 1))["fm"]] == ["+79007654321", "anna@example.com"]
    assert await crm.call("crm.contact.delete", id=1) is True
    assert (await crm.error("crm.contact.get", id=1))[1:] == ("", "Not found")
    assert (await crm.error("crm.contact.get", id="x"))[2] == "ID is not defined or invalid."
    bad = {"EMAIL": [{"VALUE": "nonsense", "VALUE_TYPE": "WORK"}]}
    assert (await crm.error("crm.contact.add", fields=bad))[1] == "ERROR_CORE"
    assert (await crm.error("crm.contact.add", fields="x"))[2] == "Parameter 'fields' must be array."


async def test_the_older_lists(crm: CrmClient) -> None:
    for number in range(60):
        mail = [{"VALUE": f"n{number}@example.com", "VALUE_TYPE": "WORK"}]
        await crm.call(
            "crm.contact.add", fields={"NAME": f"N{number:02}", "ORIGIN_ID": number, "EMAIL": mail}
        )
    body = await crm.page("crm.contact.list", select=["ID", "NAME", "EMAIL"], order={"NAME": "DESC"})
    assert (len(body["result"]), body["total"], body["next"]) == (50, 60, 50)
    first = body["result"][0]
    assert (first["ID"], first["NAME"], first["EMAIL"][0]["VALUE"]) == ("60", "N59", "n59@example.com")
    by_mail = await crm.page("crm.contact.list", filter={"EMAIL": "n7@example.com", "logic": "OR", "FOO": 1})
    assert [one["ID"] for one in by_mail["result"]] == ["8"]
    assert "EMAIL" not in by_mail["result"][0]
    assert [one["ID"] for one in await crm.call("crm.contact.list", filter={"@ORIGIN_ID": ["3", "5"]})] == [
        "4",
        "6",
    ]
    rest = await crm.page("crm.contact.list", filter={">ID": "55"}, start=-1, select=["ID"])
    assert rest["result"] == [{"ID": str(key)} for key in range(56, 61)]
    assert "total" not in rest


async def test_older_names_of_deals_leads_and_companies(crm: CrmClient) -> None:
    await crm.call("crm.deal.add", fields={"TITLE": "Бронь", "OPPORTUNITY": 1000, "STAGE_ID": "EXECUTING"})
    deal = await crm.call("crm.deal.get", id=1)
    assert (deal["OPPORTUNITY"], deal["CATEGORY_ID"], deal["STAGE_ID"]) == ("1000.00", "0", "EXECUTING")
    await crm.call("crm.lead.add", fields={"NAME": "A", "STATUS_ID": "IN_PROCESS"})
    assert (await crm.get(LEAD, 1))["stageId"] == "IN_PROCESS"
    await crm.call("crm.company.add", fields={"TITLE": "ООО", "COMPANY_TYPE": "PARTNER"})
    assert (await crm.get(COMPANY, 1))["typeId"] == "PARTNER"
    fields = await crm.call("crm.deal.fields")
    assert fields["CATEGORY_ID"]["isImmutable"]
    assert fields["DATE_CREATE"]["isReadOnly"]
    assert (await crm.error("crm.deal.update", id=9, fields={}))[2] == "Deal is not found"
