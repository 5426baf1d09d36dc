"""crm.item.* over HTTP: shapes, defaults, links, stages, multifields, custom fields, errors."""

from collections.abc import AsyncIterator

import pytest

from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, LEAD
from sandbox.portal.methods.crm_schema import camel_uf
from tests.sandbox.crm_portal import CrmClient, crm_client, minutes


@pytest.fixture
async def crm() -> AsyncIterator[CrmClient]:
    async with crm_client() as client:
        yield client


async def test_a_new_deal_gets_the_documented_defaults(crm: CrmClient) -> None:
    deal = await crm.add(DEAL, opportunity="999.99", originatorId="concierge:GRAND", originId="77")
    assert deal["title"] == f"Deal #{deal['id']}"
    assert (deal["categoryId"], deal["stageId"], deal["stageSemanticId"]) == (0, "NEW", "P")
    assert (deal["opportunity"], deal["currencyId"], deal["isManualOpportunity"]) == (999.99, "RUB", "N")
    assert (deal["assignedById"], deal["createdBy"], deal["opened"]) == (1, 1, "Y")
    assert deal["createdTime"] == "2026-11-20T12:00:00+03:00"
    assert deal["begindate"] == "2026-11-20T03:00:00+03:00"  # UTC midnight told in the portal's zone
    assert deal["closedate"] == "2026-11-27T03:00:00+03:00"
    assert (deal["contactIds"], deal["contactId"], deal["isWon"]) == ([], None, None)
    assert (deal["entityTypeId"], deal["originId"]) == (2, "77")


async def test_unknown_and_read_only_fields_are_dropped_without_a_word(crm: CrmClient) -> None:
    contact = await crm.add(CONTACT, name="Анна", nickname="Ann", id=500, createdTime="2020-01-01")
    assert "nickname" not in contact
    assert contact["id"] != 500
    assert contact["createdTime"].startswith("2026")


async def test_long_strings_are_cut(crm: CrmClient) -> None:
    contact = await crm.add(
        CONTACT, name="я" * 80, post="p" * 300, fm=[{"typeId": "EMAIL", "value": "e" * 300}]
    )
    assert (len(contact["name"]), len(contact["post"]), len(contact["fm"][0]["value"])) == (50, 255, 250)


@pytest.mark.parametrize(
    ("entity_type_id", "fields", "name"),
    [
        (DEAL, {"opportunity": "much"}, "opportunity"),
        (DEAL, {"begindate": "soon"}, "begindate"),
        (DEAL, {"stageId": "C9:NEW"}, "stageId"),
        (DEAL, {"categoryId": 9}, "categoryId"),
        (DEAL, {"currencyId": "XXX"}, "currencyId"),
        (DEAL, {"contactId": 12345}, "contactId"),
        (CONTACT, {"birthdate": "1980-02-31"}, "birthdate"),
    ],
)
async def test_values_that_do_not_fit_are_refused(
    crm: CrmClient, entity_type_id: int, fields: dict[str, object], name: str
) -> None:
    refusal = await crm.error("crm.item.add", entityTypeId=entity_type_id, fields=fields)
    assert refusal == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{name}"')
    assert len(crm.crm.items(entity_type_id)) == 0


async def test_errors_of_addressing(crm: CrmClient) -> None:
    assert await crm.error("crm.item.add", entityTypeId=1048, fields={}) == (
        400,
        "NOT_FOUND",
        "Smart process not found",
    )
    assert (await crm.error("crm.item.list", entityTypeId=5))[1] == "ENTITY_TYPE_NOT_SUPPORTED"
    assert (await crm.error("crm.item.get", entityTypeId=2, id=1))[:2] == (400, "NOT_FOUND")
    assert (await crm.error("crm.item.add", entityTypeId=2))[:2] == (400, "100")
    assert (await crm.error("crm.item.get", id=1))[:2] == (400, "100")
    status, code, text = await crm.error("crm.item.add", entityTypeId=2, fields={"contactIds": "12"})
    assert (status, code) == (400, "100")
    assert text == "Expected iterable value for multiple field, but got string instead"


async def test_multifields_follow_the_odd_rules(crm: CrmClient) -> None:
    phone = {"typeId": "PHONE", "valueType": "MOBILE", "value": "+79001234567"}
    mail = {"typeId": "EMAIL", "valueType": "WORK", "value": "a@example.com"}
    contact = await crm.add(CONTACT, name="A", fm=[phone, mail])
    key, ids = contact["id"], [one["id"] for one in contact["fm"]]
    assert (contact["hasPhone"], contact["phoneMobile"], contact["email"]) == (
        "Y",
        "+79001234567",
        "a@example.com",
    )

    async def update(fm: object) -> list[dict[str, object]]:
        result = await crm.call("crm.item.update", entityTypeId=CONTACT, id=key, fields={"fm": fm})
        entries: list[dict[str, object]] = result["item"]["fm"]
        return entries

    assert len(await update([phone])) == 3  # an array never replaces: it adds again
    assert len(await update({str(ids[0]): {"value": ""}})) == 3  # no typeId, nothing happens
    after = await update(
        {
            str(ids[0]): {"typeId": "PHONE", "value": ""},
            str(ids[1]): {"typeId": "EMAIL", "valueType": "HOME", "value": "b@example.com"},
            "n0": {"typeId": "WEB", "valueType": "WORK", "value": "example.com"},
            "99999": {"typeId": "PHONE", "value": "+70000000000"},
        }
    )
    assert [(one["typeId"], one["value"]) for one in after] == [
        ("EMAIL", "b@example.com"),
        ("PHONE", "+79001234567"),
        ("WEB", "example.com"),
        ("PHONE", "+70000000000"),
    ]
    ignored = await crm.add(CONTACT, name="B", fm="+79001234567")
    assert (ignored["fm"], ignored["hasPhone"]) == ([], "N")


async def test_an_update_without_a_difference_saves_nothing(crm: CrmClient) -> None:
    deal = await crm.add(DEAL, title="Бронь", opportunity=100, originId="7")
    crm.now += minutes(5)
    fields = {"title": "Бронь", "opportunity": "100.0", "companyId": "", "comments": "", "stageId": "NEW"}
    same = await crm.call("crm.item.update", entityTypeId=DEAL, id=deal["id"], fields=fields)
    assert same["item"]["updatedTime"] == deal["updatedTime"]
    assert crm.crm.automation_starts[DEAL, "update"] == 0
    changed = await crm.call("crm.item.update", entityTypeId=DEAL, id=deal["id"], fields={"opportunity": 200})
    assert changed["item"]["updatedTime"] == "2026-11-20T12:05:00+03:00"
    assert crm.crm.automation_starts == {(DEAL, "add"): 1, (DEAL, "update"): 1}


async def test_links_keep_primary_and_list_in_step(crm: CrmClient) -> None:
    first, second = [(await crm.add(CONTACT, name=name))["id"] for name in "AB"]
    company = (await crm.add(COMPANY, title="Агентство"))["id"]
    deal = await crm.add(DEAL, contactIds=[second, first], companyId=company)
    assert (deal["contactId"], deal["contactIds"], deal["companyId"]) == (second, [second, first], company)
    assert await crm.ids(DEAL, filter={"contactId": second}) == [deal["id"]]
    assert await crm.ids(DEAL, filter={"companyId": company}) == [deal["id"]]
    await crm.call("crm.item.update", entityTypeId=DEAL, id=deal["id"], fields={"contactId": first})
    assert (await crm.get(DEAL, deal["id"]))["contactIds"] == [first]
    await crm.call("crm.item.delete", entityTypeId=CONTACT, id=first)
    left = await crm.get(DEAL, deal["id"])
    assert (left["contactId"], left["contactIds"]) == (0, [])


async def test_company_and_contacts_are_one_link_seen_from_two_sides(crm: CrmClient) -> None:
    contact = (await crm.add(CONTACT, name="A"))["id"]
    company = await crm.add(COMPANY, title="ООО", contactIds=[contact])
    assert company["contactIds"] == [contact]
    assert (await crm.get(CONTACT, contact))["companyIds"] == [company["id"]]
    fields = {"contactIds": []}
    await crm.call("crm.item.update", entityTypeId=COMPANY, id=company["id"], fields=fields)
    assert (await crm.get(CONTACT, contact))["companyId"] == 0


async def test_stages_belong_to_their_pipeline(crm: CrmClient) -> None:
    category = (await crm.call("crm.category.add", entityTypeId=DEAL, fields={"name": "Гранд"}))["category"][
        "id"
    ]
    deal = await crm.add(DEAL, title="Бронь", categoryId=category)
    assert (deal["stageId"], deal["isNew"]) == (f"C{category}:NEW", "Y")
    crm.now += minutes(1)
    won = await crm.call(
        "crm.item.update", entityTypeId=DEAL, id=deal["id"], fields={"stageId": f"C{category}:WON"}
    )
    item = won["item"]
    assert (item["stageSemanticId"], item["closed"], item["isNew"]) == ("S", "Y", "N")
    assert item["movedTime"] == "2026-11-20T12:01:00+03:00"
    refusal = await crm.error("crm.item.update", entityTypeId=DEAL, id=deal["id"], fields={"stageId": "WON"})
    assert refusal[1] == "CRM_FIELD_ERROR_VALUE_NOT_VALID"
    back = await crm.call("crm.item.update", entityTypeId=DEAL, id=deal["id"], fields={"categoryId": 0})
    assert (back["item"]["stageId"], back["item"]["closed"]) == ("NEW", "N")


@pytest.mark.parametrize(
    ("upper", "camel"),
    [
        ("UF_CRM_3_DIGIT", "ufCrm3Digit"),
        ("UF_CRM_3_1747309727", "ufCrm3_1747309727"),
        ("UF_CRM_3_DIGIT10", "ufCrm_3_DIGIT10"),
        ("UF_CRM_3_DIGIT_10", "ufCrm_3_DIGIT_10"),
        ("UF_CRM_1747309879", "ufCrm_1747309879"),
        ("UF_CRM_CONCIERGE_KEYS", "ufCrmConciergeKeys"),
        ("UF_CRM_10_DIGIT10", "ufCrm_10_DIGIT10"),
    ],
)
def test_names_of_custom_fields(upper: str, camel: str) -> None:
    assert camel_uf(upper) == camel


async def _field(crm: CrmClient, name: str, kind: str, **more: object) -> dict[str, object]:
    field = {"entityId": "CRM_DEAL", "fieldName": name, "userTypeId": kind, **more}
    added: dict[str, object] = (await crm.call("userfieldconfig.add", moduleId="crm", field=field))["field"]
    return added


async def test_custom_fields_by_type_and_by_both_names(crm: CrmClient) -> None:
    for name, kind, more in (
        ("UF_CRM_KEYS", "string", {"multiple": "Y"}),
        ("UF_CRM_NIGHTS", "integer", {}),
        ("UF_CRM_ARRIVAL", "date", {}),
        ("UF_CRM_VIP", "boolean", {}),
        ("UF_CRM_DEPOSIT", "money", {}),
        ("UF_CRM_ROOM2", "string", {}),
    ):
        await _field(crm, name, kind, **more)
    deal = await crm.add(
        DEAL,
        ufCrmKeys=["GRAND:1", "GRAND:2"],
        ufCrmNights="3",
        ufCrmArrival="2026-12-01",
        ufCrmVip="1",
        ufCrmDeposit="300|EUR",
        ufCrm_ROOM2="305",
        UF_CRM_NIGHTS=9,
    )
    assert deal["ufCrmKeys"] == ["GRAND:1", "GRAND:2"]
    assert (deal["ufCrmNights"], deal["ufCrmVip"], deal["ufCrmDeposit"]) == (3, "Y", "300|EUR")
    assert (deal["ufCrmArrival"], deal["ufCrm_ROOM2"]) == ("2026-12-01T03:00:00+03:00", "305")
    original = await crm.call(
        "crm.item.update",
        entityTypeId=DEAL,
        id=deal["id"],
        fields={"UF_CRM_NIGHTS": 4, "ufCrmVip": "N"},
        useOriginalUfNames="Y",
    )
    assert (original["item"]["UF_CRM_NIGHTS"], original["item"]["UF_CRM_VIP"]) == (4, "Y")
    assert "ufCrmNights" not in original["item"]
    refusal = await crm.error("crm.item.add", entityTypeId=DEAL, fields={"ufCrmKeys": "GRAND:1"})
    assert refusal[1] == "100"
    assert (await crm.error("crm.item.add", entityTypeId=DEAL, fields={"ufCrmNights": "three"}))[1] == (
        "CRM_FIELD_ERROR_VALUE_NOT_VALID"
    )
    empty = await crm.add(DEAL)
    assert (empty["ufCrmKeys"], empty["ufCrmNights"]) == ([], None)


async def test_an_enumeration_goes_by_the_ids_of_its_elements(crm: CrmClient) -> None:
    field = await _field(crm, "UF_CRM_BOARD", "enumeration", enum=[{"value": "BB"}, {"value": "HB"}])
    elements = field["enum"]
    assert isinstance(elements, list)
    key = int(elements[1]["id"])
    assert (await crm.add(DEAL, ufCrmBoard=key))["ufCrmBoard"] == key
    assert (await crm.error("crm.item.add", entityTypeId=DEAL, fields={"ufCrmBoard": 1}))[0] == 400


async def test_a_mandatory_custom_field_stops_adds(crm: CrmClient) -> None:
    await _field(crm, "UF_CRM_CONTRACT", "string", mandatory="Y", editFormLabel={"ru": "Договор"})
    refusal = await crm.error("crm.item.add", entityTypeId=DEAL, fields={"title": "x"})
    assert refusal[1:] == ("CRM_FIELD_ERROR_REQUIRED", 'The "Договор" field is required')
    await crm.add(DEAL, ufCrmContract="7")


async def test_fields_describe_system_and_custom_ones(crm: CrmClient) -> None:
    await _field(crm, "UF_CRM_NIGHTS", "integer")
    fields = (await crm.call("crm.item.fields", entityTypeId=DEAL))["fields"]
    assert fields["stageId"]["statusType"] == "DEAL_STAGE"
    assert fields["assignedById"]["upperName"] == "ASSIGNED_BY_ID"
    assert fields["id"]["isReadOnly"]
    assert (fields["ufCrmNights"]["isDynamic"], fields["ufCrmNights"]["upperName"]) == (True, "UF_CRM_NIGHTS")
    assert "isWon" not in fields


async def test_a_lead_has_its_own_stages(crm: CrmClient) -> None:
    lead = await crm.add(LEAD, name="A", stageId="CONVERTED")
    assert (lead["stageSemanticId"], lead["title"]) == ("S", f"Lead #{lead['id']}")


async def test_smart_processes_have_the_fields_their_settings_switch_on(crm: CrmClient) -> None:
    settings = {"title": "Обращения", "isStagesEnabled": "Y", "isAutomationEnabled": "N"}
    made = (await crm.call("crm.type.add", fields=settings))["type"]
    kind = made["entityTypeId"]
    assert kind >= 1030
    item = await crm.add(kind, xmlId="FB-1", opportunity=5, title="")
    assert (item["xmlId"], item["opportunity"]) == ("FB-1", None)  # products are switched off
    assert item["title"] == f"Обращения #{item['id']}"
    assert item["stageId"] == f"DT{kind}_{item['categoryId']}:NEW"
    assert await crm.ids(kind, filter={"=xmlId": "fb-1"}) == [item["id"]]
    assert (await crm.error("crm.item.list", entityTypeId=kind, filter={"opportunity": 5}))[1] == (
        "INVALID_ARG_VALUE"
    )
    assert crm.crm.automation_starts[kind, "add"] == 0
