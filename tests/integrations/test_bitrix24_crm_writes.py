import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from domain.errors import Permanent, Temporary
from domain.mapping import FIELDS, KEYS_FIELD, STAGES
from domain.ports import CrmWrite
from integrations.bitrix24.crm.crm import BitrixCrm
from integrations.bitrix24.crm.fields import write_value
from integrations.bitrix24.limits import Limiter
from tests.integrations.bitrix24_crm import HOTEL, ORIGINATOR, Time, a_change, a_contact, a_crm, until


@pytest.fixture
async def hotel():
    async with a_crm() as hotel:
        yield hotel


def states(results):
    return {one.state for one in results.values()}


# --- what is written -----------------------------------------------------------------------------------------


async def test_a_contact_arrives_whole(hotel):
    write = a_contact(
        7,
        phones=("+79120000001", "+79120000002"),
        emails=("ivan@example.ru",),
        lastName="Ж" * 60,
        birthdate="1980-05-17",
        UF_CRM_CONCIERGE_VIP=" GOLD ",
        UF_CRM_CONCIERGE_NO_EMAIL=True,
    )
    result = (await hotel.apply([write]))["7"]
    assert result.state == "done"
    item = hotel.item("contact", result.crm_id)
    assert (item["originatorId"], item["originId"]) == (ORIGINATOR, "7")
    assert item["lastName"] == "Ж" * 50
    assert item["birthdate"] == "1980-05-17"
    assert item["uf"] == {
        "UF_CRM_CONCIERGE_KEYS": ["GRAND:7"],
        "UF_CRM_CONCIERGE_VIP": "GOLD",
        "UF_CRM_CONCIERGE_NO_EMAIL": "Y",
    }
    fm = [(one["typeId"], one["value"]) for one in item["fm"]]
    assert fm == [("PHONE", "+79120000001"), ("PHONE", "+79120000002"), ("EMAIL", "ivan@example.ru")]


@pytest.mark.parametrize("first_load", [False, True])
async def test_a_stay_becomes_a_deal_with_its_guests_and_firm(hotel, first_load):
    people = await hotel.apply([a_contact(1), a_contact(2)])
    firm = (await hotel.apply([CrmWrite("company", "3", ORIGINATOR, {"title": "ООО «Ромашка»"})]))["3"]
    guests = [people["1"].crm_id, people["2"].crm_id]
    fields = {
        "title": "Иванов Иван, 01.12–03.12.2026",
        "categoryId": hotel.layout.category_id,
        "stageId": hotel.layout.stages["IN_HOUSE"],
        "opportunity": Decimal("15000.50"),
        "currencyId": "RUB",
        "begindate": "2026-12-01",
        "contactIds": guests,
        "companyId": firm.crm_id,
        KEYS_FIELD: ["GRAND:100"],
        "UF_CRM_CONCIERGE_ARRIVAL": "2026-12-01",
        "UF_CRM_CONCIERGE_NIGHTS": 2,
        "UF_CRM_CONCIERGE_ROOM": "305",
    }
    write = CrmWrite("deal", "100", ORIGINATOR, fields)
    result = (await hotel.apply([write], first_load=first_load))["100"]
    deal = hotel.item("deal", result.crm_id)
    assert deal["contactIds"] == guests
    assert deal["companyId"] == firm.crm_id
    assert (deal["categoryId"], deal["stageId"]) == (
        hotel.layout.category_id,
        hotel.layout.stages["IN_HOUSE"],
    )
    assert deal["opportunity"] == 15000.5
    assert deal["uf"]["UF_CRM_CONCIERGE_NIGHTS"] == 2
    assert deal["uf"]["UF_CRM_CONCIERGE_ARRIVAL"] == "2026-12-01"


async def test_a_deal_that_somebody_moved_to_another_pipeline_can_still_change_its_stage(hotel):
    fields = {"title": "X", "stageId": hotel.layout.stages["CONFIRMED"]}
    crm_id = (await hotel.apply([CrmWrite("deal", "1", ORIGINATOR, fields)]))["1"].crm_id
    assert hotel.item("deal", crm_id)["categoryId"] == hotel.layout.category_id
    await hotel.by_hand("crm.item.update", entityTypeId=2, id=crm_id, fields={"categoryId": 0})
    change = a_change(1, crm_id, entity="deal", stageId=hotel.layout.stages["CHECKED_OUT"])
    assert (await hotel.apply([change]))["1"].state == "done"
    assert hotel.item("deal", crm_id)["stageId"] == hotel.layout.stages["CHECKED_OUT"]


async def test_an_update_sends_only_what_it_has_and_never_the_origin(hotel):
    crm_id = (await hotel.apply([a_contact(1)]))["1"].crm_id
    await hotel.by_hand("crm.item.update", entityTypeId=3, id=crm_id, fields={"post": "Директор"})
    change = a_change(1, crm_id, name="Пётр", originId="666", originatorId="evil")
    assert (await hotel.apply([change]))["1"].crm_id == crm_id
    item = hotel.item("contact", crm_id)
    assert (item["name"], item["post"], item["originId"]) == ("Пётр", "Директор", "1")
    assert item["originatorId"] == ORIGINATOR


async def test_anothers_item_is_adopted_without_taking_it_over(hotel):
    foreign = {"lastName": "Иванов", "originatorId": "1C", "originId": "A7", "originVersion": "55",
               "ufCrmConciergeKeys": ["GRAND:1"]}  # fmt: skip
    made = await hotel.by_hand("crm.item.add", entityTypeId=3, fields=foreign)
    crm_id = made["item"]["id"]
    found = await hotel.crm.find("contact", ORIGINATOR, ["1"])
    assert found["1"].crm_id == crm_id
    write = a_contact(1, crm_id=crm_id, phones=("+79120000001",))
    assert (await hotel.apply([write]))["1"].state == "done"
    item = hotel.item("contact", crm_id)
    assert (item["originatorId"], item["originId"], item["originVersion"]) == ("1C", "A7", "55")
    assert item["lastName"] == "Иванов 1"
    assert hotel.phones(crm_id) == ["+79120000001"]


async def test_records_joined_into_one_item_keep_all_their_keys(hotel):
    crm_id = (await hotel.apply([a_contact(1, phones=("+79120000001",))]))["1"].crm_id
    fields = {"ufCrmConciergeKeys": ["GRAND:1", "GRAND:2"]}
    await hotel.by_hand("crm.item.update", entityTypeId=3, id=crm_id, fields=fields)
    writes = [
        a_contact(number, crm_id=crm_id, phones=("+79120000001", "+79120000002")) for number in (1, 2, 3)
    ]
    results = await hotel.apply(writes)
    assert states(results) == {"done"}
    assert hotel.item("contact", crm_id)["uf"][KEYS_FIELD] == ["GRAND:1", "GRAND:2", "GRAND:3"]
    assert hotel.phones(crm_id) == ["+79120000001", "+79120000002"]


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("lastName", f" {'Ж' * 49} ЖЖ", "Ж" * 49),
        ("title", "т" * 300, "т" * 255),
        ("comments", " длинно " * 100, ("длинно  " * 100).strip()),
        ("ufCrmConciergeNoEmail", False, "N"),
        ("opportunity", Decimal("10.50"), "10.50"),
        ("birthdate", date(1980, 5, 17), "1980-05-17"),
        ("contactIds", [], [""]),
        ("contactIds", (1, 2), [1, 2]),
        ("companyId", None, None),
    ],
)
def test_values_are_written_as_the_portal_takes_them(name, value, written):
    assert write_value(name, value) == written


# --- phones and e-mails --------------------------------------------------------------------------------------


async def test_our_phone_is_changed_by_its_id_and_a_persons_own_stays(hotel):
    crm_id = (await hotel.apply([a_contact(1, phones=("+79120000001", "+79120000002"))]))["1"].crm_id
    fm = {"n0": {"typeId": "PHONE", "valueType": "WORK", "value": "+7 495 000-00-00"}}
    await hotel.by_hand("crm.item.update", entityTypeId=3, id=crm_id, fields={"fm": fm})
    before = {one["value"]: one["id"] for one in hotel.item("contact", crm_id)["fm"]}

    restarted = BitrixCrm(hotel.stand.client)  # nothing of this is remembered in the process
    change = a_change(1, crm_id, phones=("+79120000009", "+79120000002"))
    async for pack in restarted.apply([change], first_load=False):
        assert [one.state for one in pack] == ["done"]
    after = {one["value"]: one["id"] for one in hotel.item("contact", crm_id)["fm"]}
    assert after == {
        "+79120000009": before["+79120000001"],
        "+79120000002": before["+79120000002"],
        "+7 495 000-00-00": before["+7 495 000-00-00"],
    }
    await hotel.apply([a_change(1, crm_id, phones=("+79120000002",))])
    assert hotel.phones(crm_id) == ["+79120000002", "+7 495 000-00-00"]
    await hotel.apply([a_change(1, crm_id, phones=())])
    assert hotel.phones(crm_id) == ["+7 495 000-00-00"]


async def test_the_same_phone_in_another_spelling_is_not_doubled(hotel):
    fm = [{"typeId": "PHONE", "valueType": "MOBILE", "value": "8 (912) 000-00-01"}]
    made = await hotel.by_hand("crm.item.add", entityTypeId=3, fields={"lastName": "Кто-то", "fm": fm})
    crm_id = made["item"]["id"]
    await hotel.apply([a_change(1, crm_id, phones=("+79120000001",), emails=("A@b.ru",))])
    await hotel.apply([a_change(1, crm_id, phones=("+79120000001",), emails=("a@B.ru",))])
    values = [one["value"] for one in hotel.item("contact", crm_id)["fm"]]
    assert values == ["8 (912) 000-00-01", "A@b.ru"]


async def test_the_phones_of_another_hotels_guest_stay(hotel):
    write = CrmWrite("contact", "5", "concierge:PALACE", {"lastName": "Иванов"}, None, ("+79120000001",))
    crm_id = (await hotel.apply([write]))["5"].crm_id
    await hotel.apply([a_contact(1, crm_id=crm_id, phones=("+79120000002",))])
    await hotel.apply([a_change(1, crm_id, phones=("+79120000003",))])
    assert hotel.phones(crm_id)[0] == "+79120000001"
    assert "+79120000003" in hotel.phones(crm_id)


async def test_what_stands_already_costs_no_write(hotel):
    crm_id = (await hotel.apply([a_contact(1, phones=("+79120000001",))]))["1"].crm_id
    hotel.forget()
    change = CrmWrite("contact", "1", ORIGINATOR, {KEYS_FIELD: ["GRAND:1"]}, crm_id, ("+79120000001",))
    assert (await hotel.apply([change]))["1"].state == "done"
    assert hotel.commands() == ["crm.item.list"]


async def test_phones_none_are_left_alone(hotel):
    crm_id = (await hotel.apply([a_contact(1, phones=("+79120000001",))]))["1"].crm_id
    await hotel.apply([a_change(1, crm_id, emails=("a@b.ru",), name="Пётр")])
    await hotel.apply([a_change(1, crm_id, phones=("+79120000002",))])
    assert [one["value"] for one in hotel.item("contact", crm_id)["fm"]] == ["+79120000002", "a@b.ru"]


# --- how much it costs ---------------------------------------------------------------------------------------


async def test_a_first_load_of_2000_is_a_handful_of_requests(hotel):
    before = hotel.crm.calls
    results = await hotel.apply([a_contact(number) for number in range(2000)], first_load=True)
    assert states(results) == {"done"}
    assert len({one.crm_id for one in results.values()}) == 2000
    # a trial of 20, one item read back, 1,000 and 980
    assert len(hotel.sent()) == 4
    assert hotel.crm.calls - before == 4
    assert hotel.commands().count("crm.item.batchImport") == 100
    assert not hotel.commands().count("crm.item.add")
    hotel.forget()
    more = [a_contact(number) for number in range(2000, 3000)]
    assert states(await hotel.apply(more, first_load=True)) == {"done"}
    assert len(hotel.sent()) == 1


async def test_later_creates_and_changes_go_fifty_at_a_time(hotel):
    results = await hotel.apply([a_contact(number) for number in range(220)])
    assert hotel.commands().count("crm.item.add") == 220
    assert hotel.sent().count("batch") == 5 + 1  # 20, then 4 x 50, and one item read back
    hotel.forget()
    changes = [a_change(key, one.crm_id, name="Пётр") for key, one in results.items()]
    assert states(await hotel.apply(changes)) == {"done"}
    assert hotel.sent().count("batch") == 5
    assert {item["name"] for item in hotel.items("contact")} == {"Пётр"}


async def test_packs_of_a_slow_portal_stay_far_from_sixty_seconds():
    config = {"call_seconds": {"crm.item.add": 1.0}, "sleep_scale": 0}
    async with a_crm(**config) as hotel:
        real = hotel.stand.client.batch
        sizes = []

        async def batch(commands, **options):
            """The stand-in doesn't sleep here, so the second each command took is told on its behalf."""
            adds = [one for one in commands if one.method == "crm.item.add"]
            results = await real(commands, **options)
            if adds:
                sizes.append(len(adds))
                for one in results:
                    object.__setattr__(one.answer.timing, "duration_s", 1.0)
                    hotel.stand.limiter.operating.note("crm.item.add", one.answer.timing)
            return results

        hotel.stand.client.batch = batch
        assert states(await hotel.apply([a_contact(number) for number in range(100)])) == {"done"}
        assert sizes[0] == 20
        assert max(sizes[1:]) <= 15
        assert sum(sizes) == 100


@pytest.mark.parametrize(("limit_s", "most_refused"), [(480, 0), (300, 100)])
async def test_method_time_used_up_is_waited_out_without_loss(limit_s, most_refused):
    """The second portal allows less than documents say, and its refusals don't tell for how long."""
    time = Time()

    async def sleep(seconds):
        time.at += seconds
        await asyncio.sleep(0)

    def clock():
        return datetime(2026, 11, 20, tzinfo=UTC) + timedelta(seconds=time.at)

    limiter = Limiter(capacity=10_000, leak_per_s=1e5, now=time.now, sleep=sleep)
    portal = {"monotonic": time.now, "clock": clock, "sleep": sleep, "operating_limit_s": limit_s}
    async with a_crm(limiter=limiter, call_seconds={"crm.item.add": 5.0}, **portal) as hotel:
        results = await hotel.apply([a_contact(number) for number in range(150)])
        assert states(results) == {"done"}
        assert len(hotel.items("contact")) == 150
        assert 600 < time.at < 2100  # 750 s of work in windows of ten minutes
        assert hotel.commands().count("crm.item.add") - 150 <= most_refused


async def test_requests_are_on_their_way_together(hotel):
    await hotel.apply([a_contact(number) for number in range(20)])
    hotel.fault(kind="delay", method="batch", seconds=0.1, times=None)
    most = 0

    async def watch():
        nonlocal most
        while True:
            most = max(most, hotel.stand.limiter.budget().in_flight)
            await asyncio.sleep(0.005)

    watcher = asyncio.create_task(watch())
    results = await hotel.apply([a_contact(number) for number in range(100, 500)])
    watcher.cancel()
    assert states(results) == {"done"}
    assert most >= 4


# --- what goes wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("first_load", [False, True])
async def test_a_poison_row_fails_alone_with_its_reason(hotel, first_load):
    writes = [a_contact(number) for number in range(60)]
    writes[33] = a_contact(33, birthdate="thirteenth of May")
    results = await hotel.apply(writes, first_load=first_load)
    poison = results.pop("33")
    assert (poison.state, poison.code) == ("failed", "CRM_FIELD_ERROR_VALUE_NOT_VALID")
    assert "birthdate" in poison.reason
    assert states(results) == {"done"}
    assert len(hotel.items("contact")) == 59


async def test_a_change_to_an_item_that_is_gone_fails_with_its_reason(hotel):
    results = await hotel.apply([a_change(1, 99999, name="Пётр", phones=("+79120000001",))])
    assert (results["1"].state, results["1"].code) == ("failed", "bitrix-not-found")


@pytest.mark.parametrize("first_load", [False, True])
async def test_lost_answers_are_unclear_and_what_was_made_is_adopted(hotel, first_load):
    hotel.fault(kind="drop_after", method="batch")
    results = await hotel.apply([a_contact(1), a_contact(2)], first_load=first_load)
    assert states(results) == {"unclear"}
    found = await hotel.crm.settled("contact", ORIGINATOR, ["1", "2", "3"])
    assert set(found) == {"1", "2"}
    assert hotel.time.slept == [65]
    await hotel.crm.settled("contact", ORIGINATOR, ["1", "2"])
    assert hotel.time.slept == [65]


@pytest.mark.parametrize("kind", ["drop", "html", "error_after"])
async def test_unclear_ones_that_were_not_made_are_not_there(hotel, kind):
    hotel.fault(kind=kind, method="batch")
    results = await hotel.apply([a_contact(1)])
    assert states(results) == {"unclear"}
    found = await hotel.crm.settled("contact", ORIGINATOR, ["1"])
    assert len(found) == len(hotel.items("contact"))
    left = [one.write for one in results.values() if one.write.key not in found]
    await hotel.apply(left)
    assert len(hotel.items("contact")) == 1


async def test_what_is_executed_after_we_gave_up_is_waited_for(hotel):
    gate = asyncio.Event()

    async def late(_seconds):
        await gate.wait()

    hotel.portal.config.sleep = late
    hotel.fault(kind="late", method="batch", seconds=50)
    results = await hotel.apply([a_contact(1), a_contact(2)])
    assert states(results) == {"unclear"}
    assert hotel.items("contact") == []

    async def executed():
        gate.set()
        await until(lambda: len(hotel.items("contact")) == 2)

    hotel.time.meanwhile = executed
    found = await hotel.crm.find("contact", ORIGINATOR, ["1", "2"])
    assert hotel.time.slept == [65]
    assert set(found) == {"1", "2"}


async def test_after_a_restart_unknown_keys_count_as_just_sent(hotel):
    hotel.time.at += 20
    await hotel.crm.settled("contact", ORIGINATOR, ["1"])
    assert hotel.time.slept == [45]
    await hotel.crm.find("contact", ORIGINATOR, ["1"])
    assert hotel.time.slept == [45]


async def test_a_lost_answer_to_a_harmless_change_is_simply_asked_again(hotel):
    crm_id = (await hotel.apply([a_contact(1)]))["1"].crm_id
    hotel.fault(kind="drop_after", method="batch")
    assert states(await hotel.apply([a_change(1, crm_id, name="Пётр")])) == {"done"}
    assert hotel.item("contact", crm_id)["name"] == "Пётр"


async def test_a_harmless_change_whose_answers_are_lost_again_and_again_is_unclear(hotel):
    crm_id = (await hotel.apply([a_contact(1)]))["1"].crm_id
    hotel.fault(kind="drop", method="batch", times=3)
    results = await hotel.apply([a_change(1, crm_id, name="Пётр")])
    assert (results["1"].state, results["1"].crm_id) == ("unclear", crm_id)


async def test_a_lost_answer_to_a_new_phone_leaves_it_once(hotel):
    crm_id = (await hotel.apply([a_contact(1)]))["1"].crm_id
    change = a_change(1, crm_id, phones=("+79120000001",))
    take, armed = hotel.portal.faults.take, iter([False, True])

    def drop_second(method, *, in_batch=False):
        if method == "batch" and next(armed, False):
            hotel.fault(kind="drop_after", method="batch")
        return take(method, in_batch=in_batch)

    hotel.portal.faults.take = drop_second
    results = await hotel.apply([change])
    assert states(results) == {"unclear"}
    hotel.portal.faults.take = take
    await hotel.crm.settled("contact", ORIGINATOR, ["1"])
    assert states(await hotel.apply([change])) == {"done"}
    assert hotel.phones(crm_id) == ["+79120000001"]


async def test_an_error_of_the_server_inside_the_batch_is_unclear_for_that_row_only(hotel):
    hotel.fault(kind="error_after", method="crm.item.add", code="INTERNAL_SERVER_ERROR")
    results = await hotel.apply([a_contact(1), a_contact(2)])
    assert (results["1"].state, results["2"].state) == ("unclear", "done")
    assert set(await hotel.crm.settled("contact", ORIGINATOR, ["1", "2"])) == {"1", "2"}


async def test_when_nothing_works_the_rest_is_not_sent_and_the_reason_is_raised(hotel):
    await hotel.apply([a_contact(number) for number in range(20)])
    hotel.fault(kind="error", method="batch", times=None, code="INVALID_CREDENTIALS")
    with pytest.raises(Permanent) as caught:
        await hotel.apply([a_contact(number) for number in range(100, 3000)])
    assert caught.value.code == "bitrix-no-auth"
    assert len(hotel.items("contact")) == 20


async def test_a_portal_that_is_not_there_is_temporary_and_nothing_is_lost_track_of(hotel):
    await hotel.stand.server.close()
    with pytest.raises(Temporary):
        await hotel.apply([a_contact(1)])


async def test_a_consumer_that_leaves_ends_what_was_on_its_way(hotel):
    await hotel.apply([a_contact(number) for number in range(20)])
    hotel.fault(kind="delay", method="batch", seconds=0.05, times=None)
    packs = hotel.crm.apply([a_contact(number) for number in range(100, 400)], first_load=False)
    async for pack in packs:
        assert pack
        break
    await packs.aclose()
    await until(lambda: hotel.stand.limiter.budget().in_flight == 0)
    hotel.portal.faults.remove()
    await hotel.crm.find("contact", ORIGINATOR, [str(number) for number in range(100, 400)])
    assert hotel.time.slept == [65]


# --- importing where it doesn't work so ----------------------------------------------------------------------


async def test_where_imports_are_barred_from_batches_they_go_alone(hotel):
    hotel.fault(
        kind="error", method="crm.item.batchImport", times=1, code="ERROR_BATCH_METHOD_NOT_ALLOWED", http=405
    )
    results = await hotel.apply([a_contact(number) for number in range(100)], first_load=True)
    assert states(results) == {"done"}
    assert len(hotel.items("contact")) == 100
    assert hotel.sent().count("crm.item.batchImport") == 5


async def test_without_the_right_to_import_items_are_added(hotel):
    hotel.fault(kind="error", method="crm.item.batchImport", times=None, code="ACCESS_DENIED")
    results = await hotel.apply([a_contact(number) for number in range(100)], first_load=True)
    assert states(results) == {"done"}
    assert hotel.commands().count("crm.item.add") == 100
    hotel.forget()
    await hotel.apply([a_contact(number) for number in range(100, 150)], first_load=True)
    assert not hotel.commands().count("crm.item.batchImport")


async def test_an_import_refused_half_way_doubles_nothing(hotel):
    await hotel.apply([a_contact(number) for number in range(20)], first_load=True)
    hotel.fault(kind="error_after", method="crm.item.batchImport", times=1, code="CRM_ODD")
    results = await hotel.apply([a_contact(number) for number in range(100, 160)], first_load=True)
    assert states(results) == {"done"}
    assert len(hotel.items("contact")) == 80


# --- fields that vanish --------------------------------------------------------------------------------------


async def test_a_field_the_portal_drops_silently_is_named(hotel, caplog):
    write = a_contact(1, favouriteColour="blue", UF_CRM_CONCIERGE_VIP="GOLD")
    assert (await hotel.apply([write]))["1"].state == "done"
    assert "fields not kept" in caplog.text
    layout = await hotel.crm.ensure_layout(HOTEL, STAGES, FIELDS)
    assert layout.missing_fields == ("contact.favouriteColour",)
