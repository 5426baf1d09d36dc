import pytest

from domain.errors import Permanent
from domain.mapping import FIELDS, STAGES
from domain.ports import FieldSpec
from integrations.bitrix24.crm.crm import BitrixCrm
from integrations.bitrix24.crm.fields import guessed_upper
from tests.integrations.bitrix24_crm import HOTEL, a_contact, a_crm

READS = {"crm.category.list", "crm.status.list", "crm.item.fields"}


async def stages_of(hotel, category):
    rows = await hotel.by_hand(
        "crm.status.list", filter={"ENTITY_ID": f"DEAL_STAGE_{category}"}, order={"SORT": "ASC"}
    )
    return [(row["STATUS_ID"], row["NAME"], row["SEMANTICS"]) for row in rows]


async def test_a_new_hotel_gets_its_pipeline_with_exactly_our_stages_and_all_fields():
    async with a_crm() as hotel:
        layout = hotel.layout
        prefix = f"C{layout.category_id}:"
        assert layout.missing_fields == ()
        assert layout.stages == {
            "TENTATIVE": f"{prefix}NEW",
            "CONFIRMED": f"{prefix}CONFIRMED",
            "IN_HOUSE": f"{prefix}IN_HOUSE",
            "CHECKED_OUT": f"{prefix}WON",
            "CANCELLED": f"{prefix}LOSE",
            "NO_SHOW": f"{prefix}NO_SHOW",
        }
        assert await stages_of(hotel, layout.category_id) == [
            (f"{prefix}NEW", "Предварительно", None),
            (f"{prefix}CONFIRMED", "Подтверждено", None),
            (f"{prefix}IN_HOUSE", "Проживает", None),
            (f"{prefix}WON", "Выехал", "S"),
            (f"{prefix}LOSE", "Отменено", "F"),
            (f"{prefix}NO_SHOW", "Не заехал", "F"),
        ]
        shown = await hotel.by_hand("crm.item.fields", entityTypeId=3)
        assert shown["fields"]["ufCrmConciergeVip"]["title"] == "VIP"
        assert shown["fields"]["ufCrmConciergeLanguage"]["title"] == "Язык"
        assert shown["fields"]["ufCrmConciergeKeys"]["isMultiple"]


async def test_the_second_look_is_one_request_that_writes_nothing():
    async with a_crm() as hotel:
        again = await hotel.crm.ensure_layout(HOTEL, STAGES, FIELDS)
        assert again == hotel.layout
        assert hotel.sent() == ["batch"]
        assert set(hotel.commands()) == READS
        hotel.forget()
        restarted = BitrixCrm(hotel.stand.client)
        assert await restarted.ensure_layout(HOTEL, STAGES, FIELDS) == hotel.layout
        assert hotel.sent() == ["batch"]
        assert set(hotel.commands()) == READS


async def test_what_people_renamed_or_added_stays():
    async with a_crm() as hotel:
        category = hotel.layout.category_id
        rows = await hotel.by_hand("crm.status.list", filter={"ENTITY_ID": f"DEAL_STAGE_{category}"})
        won = next(row for row in rows if row["STATUS_ID"].endswith(":WON"))
        await hotel.by_hand("crm.status.update", id=won["ID"], fields={"NAME": "Уехал довольным"})
        own = {"ENTITY_ID": f"DEAL_STAGE_{category}", "STATUS_ID": "VIP", "NAME": "VIP", "SORT": 35}
        await hotel.by_hand("crm.status.add", fields=own)
        await hotel.by_hand(
            "crm.category.update", entityTypeId=2, id=category, fields={"name": "Гранд Отель (новый)"}
        )
        again = await hotel.crm.ensure_layout(HOTEL, STAGES, FIELDS)
        assert again == hotel.layout
        names = [name for _, name, _ in await stages_of(hotel, category)]
        assert names == ["Предварительно", "Подтверждено", "Проживает", "VIP", "Уехал довольным", "Отменено", "Не заехал"]  # fmt: skip


async def test_a_stage_that_people_took_away_comes_back_and_a_taken_over_name_stays():
    async with a_crm() as hotel:
        category = hotel.layout.category_id
        rows = await hotel.by_hand("crm.status.list", filter={"ENTITY_ID": f"DEAL_STAGE_{category}"})
        by_code = {row["STATUS_ID"].partition(":")[2]: row for row in rows}
        await hotel.by_hand("crm.status.delete", id=by_code["IN_HOUSE"]["ID"])
        await hotel.by_hand("crm.status.update", id=by_code["NEW"]["ID"], fields={"NAME": "Запрос"})
        assert await hotel.crm.ensure_layout(HOTEL, STAGES, FIELDS) == hotel.layout
        names = [name for _, name, _ in await stages_of(hotel, category)]
        assert names[:3] == ["Запрос", "Подтверждено", "Проживает"]


async def test_a_lost_answer_to_the_new_pipeline_makes_no_second_one():
    async with a_crm(layout=False) as hotel:
        hotel.fault(kind="drop_after", method="crm.category.add")
        layout = await hotel.crm.ensure_layout(HOTEL, STAGES, FIELDS)
        categories = (await hotel.by_hand("crm.category.list", entityTypeId=2))["categories"]
        assert [one["id"] for one in categories if one["name"] == HOTEL] == [layout.category_id]
        assert hotel.time.slept == [65]
        assert len(await stages_of(hotel, layout.category_id)) == 6


@pytest.mark.parametrize("kind", ["drop_after", "drop"])
async def test_a_lost_answer_while_stages_and_fields_are_made_is_made_good(kind):
    async with a_crm(layout=False) as hotel:
        # the first three requests: look, new pipeline, look; the fourth makes stages and fields
        count = 0
        original = hotel.portal.faults.take

        def take(method, *, in_batch=False):
            nonlocal count
            if not in_batch:
                count += 1
                if count == 4:
                    hotel.fault(kind=kind, method=method)
            return original(method, in_batch=in_batch)

        hotel.portal.faults.take = take
        layout = await hotel.crm.ensure_layout(HOTEL, STAGES, FIELDS)
        assert count > 4
        assert layout.missing_fields == ()
        assert len(await stages_of(hotel, layout.category_id)) == 6


async def test_fields_that_cannot_be_made_are_named_and_not_sent():
    async with a_crm(layout=False) as hotel:
        hotel.fault(kind="error", method="crm.contact.userfield.add", times=None, code="ACCESS_DENIED")
        hotel.fault(kind="error", method="userfieldconfig.add", times=None, code="insufficient_scope")
        layout = await hotel.crm.ensure_layout(HOTEL, STAGES, FIELDS)
        assert layout.missing_fields == tuple(
            f"contact.UF_CRM_{spec.name}" for spec in FIELDS if spec.entity == "contact"
        )
        results = await hotel.apply([a_contact(1, UF_CRM_CONCIERGE_VIP="GOLD")])
        assert results["1"].state == "done"
        assert await hotel.crm.find("contact", "concierge:GRAND", ["1"])


async def test_where_the_older_way_is_refused_the_newer_makes_the_fields():
    async with a_crm(layout=False) as hotel:
        for entity in ("contact", "company", "deal"):
            hotel.fault(
                kind="error", method=f"crm.{entity}.userfield.add", times=None, code="ERROR_METHOD_NOT_FOUND"
            )
        layout = await hotel.crm.ensure_layout(HOTEL, STAGES, FIELDS)
        assert layout.missing_fields == ()
        assert hotel.commands().count("userfieldconfig.add") == len(FIELDS)


async def test_a_field_of_another_type_is_left_alone_and_named():
    async with a_crm(layout=False) as hotel:
        fields = {"FIELD_NAME": "CONCIERGE_NIGHTS", "USER_TYPE_ID": "string", "LABEL": "Ночей"}
        await hotel.by_hand("crm.deal.userfield.add", fields=fields)
        layout = await hotel.crm.ensure_layout(HOTEL, STAGES, FIELDS)
        assert layout.missing_fields == ("deal.UF_CRM_CONCIERGE_NIGHTS",)


async def test_somebody_without_rights_is_told_so():
    async with a_crm(layout=False) as hotel:
        hotel.fault(kind="error", method="crm.category.add", times=None, code="ACCESS_DENIED")
        with pytest.raises(Permanent) as caught:
            await hotel.crm.ensure_layout(HOTEL, STAGES, FIELDS)
        assert caught.value.code == "bitrix-access-denied"


async def test_new_fields_of_a_later_version_are_added_alone():
    async with a_crm() as hotel:
        more = [*FIELDS, FieldSpec("deal", "CONCIERGE_BOARD", "string", {"ru": "Питание", "en": "Board"})]
        layout = await hotel.crm.ensure_layout(HOTEL, STAGES, more)
        assert layout.missing_fields == ()
        writes = [name for name in hotel.commands() if name not in READS]
        assert writes == ["crm.deal.userfield.add"]


@pytest.mark.parametrize(
    ("rest", "upper"),
    [
        ("ufCrmConciergeRoomType", "UF_CRM_CONCIERGE_ROOM_TYPE"),
        ("ufCrm_CONCIERGE_X1", "UF_CRM_CONCIERGE_X1"),
    ],
)
def test_names_of_fields_can_be_read_back_where_the_portal_tells_none(rest, upper):
    assert guessed_upper(rest) == upper


async def test_pipelines_are_listed_as_people_set_them_up():
    async with a_crm() as hotel:
        listed = await hotel.crm.pipelines()
        made = next(one for one in listed if one.name == HOTEL)
        assert made.id == hotel.layout.category_id
        assert [(one.code, one.name, one.semantics) for one in made.stages] == [
            ("NEW", "Предварительно", "process"),
            ("CONFIRMED", "Подтверждено", "process"),
            ("IN_HOUSE", "Проживает", "process"),
            ("WON", "Выехал", "won"),
            ("LOSE", "Отменено", "lost"),
            ("NO_SHOW", "Не заехал", "lost"),
        ]
        assert len(listed) > 1
