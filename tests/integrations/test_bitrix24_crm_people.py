"""Whom the portal's CRM knows: found by phone and e-mail in bulk, rewritten exactly, united where the portal does it."""

from datetime import date

import pytest

from domain.mapping import KEYS_FIELD
from tests.integrations.bitrix24_crm import ORIGINATOR, a_contact, a_crm


@pytest.fixture
async def stand():
    async with a_crm() as made:
        yield made


async def typed(stand, *, phones=(), emails=(), **fields):
    fm = [{"typeId": "PHONE", "valueType": "WORK", "value": one} for one in phones]
    fm += [{"typeId": "EMAIL", "valueType": "WORK", "value": one} for one in emails]
    answer = await stand.by_hand("crm.item.add", entityTypeId=3, fields={**fields, "fm": fm})
    return answer["item"]["id"]


async def test_people_come_with_what_is_compared(stand):
    number = await typed(
        stand, name="Иван", lastName="Иванов", secondName="Петрович", birthdate="1980-05-17",
        phones=["8 (916) 123-45-01"], emails=["Ivan@Mail.ru"],
    )  # fmt: skip
    await typed(stand, name="Пётр", phones=["+79990000000"])
    (found,) = await stand.crm.by_contact("contact", ["+79161234501"], ["ivan@mail.ru"])
    assert (found.crm_id, found.last_name, found.first_name, found.middle_name) == (
        number, "Иванов", "Иван", "Петрович",
    )  # fmt: skip
    assert (found.phones, found.emails) == (("8 (916) 123-45-01",), ("Ivan@Mail.ru",))
    assert (found.birthday, found.originator, found.keys) == (date(1980, 5, 17), "", ())


async def test_whether_there_are_others_than_ours(stand):
    assert not await stand.crm.any_other("contact", [ORIGINATOR])
    await stand.apply([a_contact(1)])
    assert not await stand.crm.any_other("contact", [ORIGINATOR])
    assert await stand.crm.any_other("contact", ["concierge:PARK"])
    await typed(stand, name="Иван")
    assert await stand.crm.any_other("contact", [ORIGINATOR])


async def test_a_thousand_values_a_request(stand):
    for n in range(3):
        await typed(stand, name="Иван", phones=[f"+7916555{n * 400:04d}"])
    stand.forget()
    found = await stand.crm.by_contact("contact", [f"+7916555{n:04d}" for n in range(1000)], [])
    assert len(found) == 3
    assert stand.sent() == ["batch", "batch"]
    assert stand.commands().count("crm.duplicate.findbycomm") == 50


async def test_a_number_that_twenty_have_hides_nobody_else(stand):
    """A full answer tells neither all nor whose; the values are asked apart, and what twenty have is nobody's."""
    for n in range(25):
        await typed(stand, name=f"Гость {n}", phones=["+74951112233"])
    mine = await typed(stand, name="Иван", phones=["+79161234501"])
    found = await stand.crm.by_contact("contact", ["+74951112233", "+79161234501", "+79161234502"], [])
    assert [one.crm_id for one in found] == [mine]


async def test_rewriting_is_exact_and_repeatable(stand):
    results = await stand.apply(
        [a_contact(1, phones=("+79161234501", "+79161234502"), emails=("i@mail.ru",))]
    )
    number = results["1"].crm_id
    for _ in range(2):
        fields = {KEYS_FIELD: ["PARK:7"], "lastName": ""}
        assert await stand.crm.rewrite("contact", number, fields, drop=["8 916 123-45-01", "I@MAIL.RU"])
    assert stand.item("contact", number)["uf"][KEYS_FIELD] == ["PARK:7"]
    assert stand.item("contact", number)["lastName"] == ""
    assert stand.phones(number) == ["+79161234502"]
    assert await stand.crm.rewrite("contact", number, {}, drop=None)
    assert not stand.item("contact", number).get("fm")
    assert not await stand.crm.rewrite("contact", 999, {"name": "x"})


async def test_uniting_is_the_portals_or_nobodys(stand):
    one = await typed(stand, name="Иван", phones=["+79161234501"])
    same = await typed(stand, name="Иван", emails=["i@mail.ru"])
    other = await typed(stand, name="Пётр")
    assert await stand.crm.merge("contact", one, same)
    assert stand.item("contact", same) is None
    assert [entry["value"] for entry in stand.item("contact", one)["fm"]] == ["+79161234501", "i@mail.ru"]
    assert await stand.crm.merge("contact", one, same)  # once more, after a lost answer
    assert not await stand.crm.merge("contact", one, other)
    assert stand.item("contact", other)["name"] == "Пётр"


async def test_gone_people_are_absent(stand):
    number = await typed(stand, name="Иван")
    assert list(await stand.crm.people("contact", [number, 999])) == [number]
    assert await stand.crm.people("contact", []) == {}
