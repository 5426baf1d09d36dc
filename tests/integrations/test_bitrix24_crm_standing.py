"""How items stand against what is wanted, lines in timelines, and layouts that use what people made."""

import pytest

from domain.mapping import FIELDS, KEYS_FIELD, STAGES
from domain.ports import FieldUse, StageSpec
from integrations.bitrix24.crm.standing import same
from tests.integrations.bitrix24_crm import HOTEL, a_contact, a_crm

UF = "UF_CRM_CONCIERGE_"


async def made(stand, *writes):
    return {key: one.crm_id for key, one in (await stand.apply(writes)).items()}


def wishes(**more):
    return {
        "name": "Иван", "lastName": "Иванов 1", "birthdate": "1990-02-03", KEYS_FIELD: ["GRAND:1"],
        f"{UF}VIP": "V1", f"{UF}NO_EMAIL": True, "phones": ["+79161234567"], "emails": [], **more,
    }  # fmt: skip


async def a_guest(stand):
    fields = {name: value for name, value in wishes().items() if name not in {"phones", "emails"}}
    write = a_contact(1, phones=("+79161234567",), **fields)
    return (await made(stand, write))["1"]


async def test_an_item_as_wanted_differs_in_nothing():
    async with a_crm() as stand:
        crm_id = await a_guest(stand)
        assert await stand.crm.drift("contact", {crm_id: wishes()}) == {crm_id: {}}


async def test_what_people_changed_is_told_with_what_stands():
    async with a_crm() as stand:
        crm_id = await a_guest(stand)
        fields = {"lastName": "Петров", "ufCrmConciergeVip": "", "post": "директор"}
        await stand.by_hand("crm.item.update", entityTypeId=3, id=crm_id, fields=fields)
        found = await stand.crm.drift("contact", {crm_id: wishes(emails=["a@b.ru"])})
        assert found == {crm_id: {"lastName": "Петров", f"{UF}VIP": "", "emails": []}}


async def test_items_that_are_gone_are_absent_and_a_thousand_take_one_request():
    async with a_crm() as stand:
        ids = await made(stand, *(a_contact(n) for n in range(120)))
        stand.forget()
        wanted = {crm_id: {"lastName": f"Иванов {key}"} for key, crm_id in ids.items()} | {
            10**6: {"name": "x"}
        }
        found = await stand.crm.drift("contact", wanted)
        assert set(found) == set(ids.values())
        assert not any(found.values())
        assert stand.sent() == ["batch"]


@pytest.mark.parametrize(
    ("name", "sent", "there", "alike"),
    [
        ("begindate", "2026-11-20", "2026-11-20T03:00:00+03:00", True),
        ("begindate", "2026-11-20", "2026-11-21T03:00:00+03:00", False),
        ("opportunity", "100.50", 100.5, True),
        ("opportunity", "0", "", True),
        ("UF", "300.00|EUR", "300|EUR", True),
        ("UF", "300.00|EUR", "300|USD", False),
        ("UF", "Y", True, True),
        ("UF", "N", "0", True),
        ("UF", "а  б", "а б", True),
        ("contactIds", [1, 2], ["2", "1"], True),
        (KEYS_FIELD, ["G:1"], ["H:7", "G:1"], True),
        (KEYS_FIELD, ["G:1"], ["H:7"], False),
        ("UF", ["a"], [], False),
    ],
)
def test_values_are_compared_as_people_would(name, sent, there, alike):
    assert same(name, sent, there) is alike


async def test_lines_are_written_in_one_request_and_found_again():
    async with a_crm() as stand:
        crm_id = await a_guest(stand)
        stand.forget()
        lines = [(crm_id, "Переезд: № 305 → № 410"), (10**6, "никому"), (crm_id, "Выезд")]
        assert await stand.crm.notes("contact", lines) == [True, False, True]
        assert stand.sent() == ["batch"]
        asked = [*lines, (crm_id, "чего не было")]
        assert await stand.crm.noted("contact", asked) == [True, False, True, False]


async def test_lines_whose_answer_was_lost_are_unclear_and_stand():
    async with a_crm() as stand:
        crm_id = await a_guest(stand)
        stand.fault(kind="drop_after", method="batch")
        lines = [(crm_id, "раз"), (crm_id, "два")]
        assert await stand.crm.notes("contact", lines) == [None, None]
        assert await stand.crm.noted("contact", lines) == [True, True]


async def test_what_is_to_be_used_and_is_not_there_is_named_and_nothing_is_made():
    async with a_crm(layout=False) as stand:
        stages = [*STAGES[1:], StageSpec("TENTATIVE", "Предоплата", "process", 10, use="Предоплата")]
        uses = [FieldUse("contact", "lastNam"), FieldUse("contact", "lastName"), FieldUse("deal", "UF_CRM_X")]
        layout = await stand.crm.ensure_layout(HOTEL, stages, FIELDS, uses)
        assert layout.unknown == ("contact.lastNam", "deal.UF_CRM_X", "stage.Предоплата")
        names = (await stand.by_hand("crm.category.list", entityTypeId=2))["categories"]
        assert HOTEL not in [one["name"] for one in names]


async def test_a_stage_of_the_peoples_is_used_as_it_is():
    async with a_crm() as stand:
        category = stand.layout.category_id
        row = {
            "ENTITY_ID": f"DEAL_STAGE_{category}",
            "STATUS_ID": "PREPAID",
            "NAME": "Предоплата",
            "SORT": 15,
        }
        await stand.by_hand("crm.status.add", fields=row)
        stages = [*STAGES[1:], StageSpec("TENTATIVE", "Другое имя", "process", 10, use="предоплата")]
        layout = await stand.crm.ensure_layout(HOTEL, stages, FIELDS)
        assert layout.stages["TENTATIVE"] == f"C{category}:PREPAID"
        found = await stand.by_hand("crm.status.list", filter={"ENTITY_ID": f"DEAL_STAGE_{category}"})
        assert "Предоплата" in [one["NAME"] for one in found]


async def test_a_look_makes_nothing_and_finds_no_fault_in_what_is_still_to_be_made():
    async with a_crm(layout=False) as stand:
        layout = await stand.crm.ensure_layout(HOTEL, STAGES, FIELDS, make=False)
        assert layout.unknown == layout.missing_fields == ()
        assert "crm.category.add" not in stand.commands()
