import pytest

from domain.mapping import KEYS_FIELD
from domain.ports import CrmWrite
from tests.integrations.bitrix24_crm import ORIGINATOR, a_contact, a_crm


@pytest.fixture
async def hotel():
    async with a_crm() as hotel:
        yield hotel


async def by_hand(hotel, **fields):
    made = await hotel.by_hand("crm.item.add", entityTypeId=3, fields={"lastName": "Кто-то", **fields})
    return made["item"]["id"]


async def test_items_are_found_by_origin_and_by_the_keys_joined_into_them(hotel):
    own = await by_hand(hotel, originatorId=ORIGINATOR, originId="1")
    joined = await by_hand(
        hotel, originatorId="OTHER_SYSTEM", originId="A-7", ufCrmConciergeKeys=["GRAND:2", "GRAND:3"]
    )
    await by_hand(hotel, originatorId="concierge:PALACE", originId="4")
    await by_hand(hotel, ufCrmConciergeKeys=["PALACE:4"])
    found = await hotel.crm.find("contact", ORIGINATOR, ["1", "2", "3", "4", "5"])
    assert {key: item.crm_id for key, item in found.items()} == {"1": own, "2": joined, "3": joined}
    assert found["2"].key == "2"
    assert found["2"].fields["originatorId"] == "OTHER_SYSTEM"
    assert found["2"].fields[KEYS_FIELD] == ["GRAND:2", "GRAND:3"]


async def test_of_several_the_one_that_bears_the_origin_counts_then_the_oldest(hotel):
    await by_hand(hotel, ufCrmConciergeKeys=["GRAND:1"])
    own = await by_hand(hotel, originatorId=ORIGINATOR, originId="1")
    await by_hand(hotel, originatorId=ORIGINATOR, originId="1")
    older = await by_hand(hotel, ufCrmConciergeKeys=["GRAND:2"])
    await by_hand(hotel, ufCrmConciergeKeys=["GRAND:2"])
    found = await hotel.crm.find("contact", ORIGINATOR, ["1", "2"])
    assert {key: item.crm_id for key, item in found.items()} == {"1": own, "2": older}


async def test_a_thousand_keys_are_one_request(hotel):
    writes = [a_contact(number) for number in range(1000)]
    await hotel.apply(writes, first_load=True)
    hotel.forget()
    found = await hotel.crm.find("contact", ORIGINATOR, [str(number) for number in range(1000)])
    assert len(found) == 1000
    assert hotel.sent() == ["batch"]
    assert hotel.commands() == ["crm.item.list"] * 40


async def test_doubles_on_a_full_page_hide_no_key(hotel):
    for _ in range(60):
        await by_hand(hotel, originatorId=ORIGINATOR, originId="0")
    last = await by_hand(hotel, originatorId=ORIGINATOR, originId="1")
    found = await hotel.crm.find("contact", ORIGINATOR, ["0", "1"])
    assert found["1"].crm_id == last


async def test_nothing_asked_is_nothing_sent(hotel):
    assert await hotel.crm.find("deal", ORIGINATOR, []) == {}
    assert hotel.sent() == []


async def test_a_command_turned_away_inside_the_batch_goes_again(hotel):
    await hotel.apply([a_contact(1)])
    hotel.fault(kind="error", method="crm.item.list", times=1, code="QUERY_LIMIT_EXCEEDED")
    assert set(await hotel.crm.find("contact", ORIGINATOR, ["1"])) == {"1"}


async def test_notes_and_links(hotel):
    results = await hotel.apply([CrmWrite("company", "9", ORIGINATOR, {"title": "ООО «Ромашка»"})])
    crm_id = results["9"].crm_id
    await hotel.crm.note("company", crm_id, "<b>Слит</b> [url=http://x]тут[/url] &amp; там")
    (comment,) = await hotel.by_hand(
        "crm.timeline.comment.list", filter={"ENTITY_ID": crm_id, "ENTITY_TYPE": "company"}
    )
    assert comment["COMMENT"].startswith("[b]Слит[/b] [\u2060url=")
    assert hotel.crm.item_url("deal", 5).endswith("/crm/deal/details/5/")
    assert "/rest/" not in hotel.crm.item_url("deal", 5)
