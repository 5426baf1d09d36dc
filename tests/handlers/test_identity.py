"""Identity from the PMS's rows to the CRM's contacts and the managers' cards, and back."""

from dataclasses import replace
from datetime import date

import pytest

from domain.chat import Address, Channel
from domain.errors import Temporary
from domain.guests import ProfileKind
from storage import identity, identity_values, snapshots
from tests.handlers.identity_world import a_world, guest, stay
from tests.lab import MANAGERS_CHAT

TELEGRAM = Address(Channel.TELEGRAM, MANAGERS_CHAT)
PHONE = "+79161234501"


@pytest.fixture
async def world(sqlite_url, clock, tmp_path):
    async with a_world(sqlite_url, clock, tmp_path) as made:
        yield made


@pytest.fixture
async def two_hotels(sqlite_url, clock, tmp_path):
    async with a_world(sqlite_url, clock, tmp_path, hotels=("GRAND", "PARK")) as made:
        yield made


async def cases(world, *states):
    async with world.lab.db.reading() as tx:
        return await identity.listed(tx, world.lab.portal.id, states=states)


# --- joining -------------------------------------------------------------------------------------------------


async def test_a_contact_typed_by_hand_is_found_and_stays_its_makers(world):
    theirs = await world.by_hand(name="Иван", lastName="Иванов", phones=["8 916 123-45-01"])
    world.grand.put(guest(1, "IVANOV", "IVAN", emails=("ivan@gmail.com",)), stay(900, 1))
    report = await world.runs()
    assert (report.counts.created, report.counts.updated) == (1, 1)  # the deal, the contact
    (contact,) = world.contacts()
    assert contact["id"] == theirs
    assert world.keys(theirs) == ["GRAND:1"]
    assert not contact.get("originatorId")
    assert world.deal()["contactIds"] == [theirs]
    assert [one["value"] for one in contact["fm"]] == ["8 916 123-45-01", "ivan@gmail.com"]
    assert (await world.runs()).counts.updated == 0


async def test_before_a_first_load_an_empty_crm_is_asked_once(world):
    world.grand.put(*(guest(n, f"Гостев{n}", "Иван", (f"+7916555{n:04d}",)) for n in range(120)))
    await world.runs()
    assert world.asked("crm.duplicate.findbycomm") == 0
    assert len(world.contacts()) == 120


async def test_many_are_looked_up_in_bulk(world):
    await world.by_hand(name="Пётр", lastName="Чужой", phones=["+79990000001"])
    world.grand.put(*(guest(n, f"Гостев{n}", "Иван", (f"+7916555{n:04d}",)) for n in range(400)))
    before = world.crm.calls
    await world.runs()
    assert world.asked("crm.duplicate.findbycomm") == 20
    assert world.crm.calls - before < 40
    assert len(world.contacts()) == 401


async def test_two_profiles_of_one_page_become_one_contact_found_by_either(world):
    world.grand.put(guest(1, "Иванов", "Иван"), guest(2, "IVANOV", "IVAN", (PHONE, "+79161234502")))
    world.grand.put(stay(901, 1), stay(902, 2))
    await world.runs()
    (contact,) = world.contacts()
    assert world.keys(contact["id"]) == ["GRAND:1", "GRAND:2"]
    assert contact["lastName"] == "Иванов"
    assert sorted(world.phones(contact["id"])) == [PHONE, "+79161234502"]
    found = await world.crm.find("contact", "concierge:GRAND", ["1", "2"])
    assert {one.crm_id for one in found.values()} == {contact["id"]}
    assert [world.deal(n)["contactIds"] for n in (1, 2)] == [[contact["id"]]] * 2
    calls = world.crm.calls
    report = await world.runs()
    assert report.counts.updated == 0
    assert world.crm.calls - calls <= 2  # the layout, and nothing else


async def test_joined_profiles_neither_fight_over_the_name_nor_lose_phones(world):
    world.grand.put(guest(1, "Иванов", "Иван"), guest(2, "IVANOV", "IVAN", (PHONE, "+79161234502")))
    await world.runs()
    world.grand.put(guest(1, "Иванов", "Иван", (PHONE, "+79161234503")))
    await world.runs()
    (contact,) = world.contacts()
    assert sorted(world.phones(contact["id"])) == [PHONE, "+79161234502", "+79161234503"]
    await world.runs("full")
    report = await world.runs("full")
    assert (report.counts.created, report.counts.updated) == (0, 0)
    assert world.contacts()[0]["lastName"] == "Иванов"
    world.grand.put(guest(2, "IVANOV", "IVAN"))
    await world.runs()
    assert sorted(world.phones(contact["id"])) == [PHONE, "+79161234503"]


async def test_two_hotels_share_a_contact_and_both_find_it(two_hotels):
    world = two_hotels
    world.grand.put(guest(1, "Иванов", "Иван"))
    world.houses["PARK"].put(guest(77, "Ivanov", "Ivan"))
    await world.runs()
    await world.runs(hotel="PARK")
    (contact,) = world.contacts()
    assert (contact["originatorId"], contact["originId"]) == ("concierge:GRAND", "1")
    assert world.keys(contact["id"]) == ["GRAND:1", "PARK:77"]
    for hotel, key in (("GRAND", "1"), ("PARK", "77")):
        assert (await world.crm.find("contact", f"concierge:{hotel}", [key]))[key].crm_id == contact["id"]


async def test_relatives_agencies_and_relays_stay_apart(world):
    agency = "+74951112233"
    world.grand.put(
        guest(1, "Петров", "Олег"),
        guest(2, "Петрова", "Анна"),
        guest(3, "Сидоров", "Иван", (agency,)),
        guest(4, "Сидоров", "Иван", (agency,)),
        guest(5, "ООО Тур", "", (agency,), kind=ProfileKind.AGENT, company_name="ООО Тур"),
        guest(6, "Ким", "Яна", (), emails=("1@guest.booking.com",)),
        guest(7, "Ким", "Яна", (), emails=("1@guest.booking.com",)),
        *(
            guest(
                10 + n,
                "Волков",
                "Пётр" if n > 4 else ("Анна", "Ольга", "Юрий", "Семён", "Глеб")[n],
                ("+79160000077",),
            )
            for n in range(7)
        ),
    )
    await world.runs()
    people = [one["lastName"] for one in world.contacts()]
    assert len(people) == 13
    assert not await cases(world, "open", "joined")


async def test_the_hotels_own_contacts_are_nobodys(world):
    own = replace(world.lab.portal.hotels[0], own_contacts=("8 (495) 000-01-00",))
    with_own = replace(world.lab.portal, hotels=(own,))
    world.lab.scopes.portals = lambda _portal_id: with_own
    world.grand.put(
        guest(1, "Иванов", "Иван", ("+74950000100",)), guest(2, "Иванов", "Иван", ("+74950000100",))
    )
    await world.runs()
    assert len(world.contacts()) == 2


# --- asking --------------------------------------------------------------------------------------------------


@pytest.fixture
async def asked(world):
    """A contact typed by hand, and a guest with an initial only: somebody has to say."""
    world.theirs = await world.by_hand(name="Иван", lastName="Иванов", secondName="Петрович", phones=[PHONE])
    world.grand.put(
        guest(1, "Иванов", "И.", (PHONE, "+79161234599"), birthday=date(1980, 5, 17)), stay(900, 1)
    )
    world.report = await world.runs()
    return world


async def test_a_question_holds_the_record_back_and_shows_both_sides(asked):
    assert len(asked.contacts()) == 1
    assert not asked.deal().get("contactIds")
    card = asked.lab.staff("4").sees("Это один гость?")
    for part in ("Иванов И.", "Иванов Иван Петрович", PHONE, "телефон совпал", "имя неполное", "+45", "+20"):
        assert part in card.text
    assert "1980" not in card.text  # a manager's level doesn't hold birthdays
    assert card.labels == ["Объединить", "Не объединять", "Позже"]
    (told,) = [one for one in asked.lab.telegram.at(TELEGRAM) if "Это один гость?" in one.text]
    assert PHONE not in told.text
    assert "Петрович" not in told.text
    assert told.labels == card.labels
    await asked.runs()
    assert len([m for m in asked.lab.staff("4").messages() if "Это один" in m.text]) == 1


async def test_why_a_guest_is_not_in_the_crm_is_that_question(asked):
    marina = asked.lab.staff("4")
    await marina.writes("/sync why Иванов")
    assert "жду ответа управляющих" in marina.last().text


async def test_joined_by_a_press_and_taken_back(asked):
    world, marina = asked, asked.lab.staff("4")
    await marina.presses("Объединить")
    assert "Марина Соколова" in marina.sees("Объединено").text
    (told,) = [one for one in world.lab.telegram.at(TELEGRAM) if "Это один гость?" in one.text]
    assert told.labels == ["Отменить решение"]
    await world.works()
    assert world.keys(world.theirs) == ["GRAND:1"]
    assert world.deal()["contactIds"] == [world.theirs]
    assert world.phones(world.theirs) == [PHONE, "+79161234599"]

    await marina.presses("Отменить решение")
    assert "Разъединяем" in marina.sees("Разъединяем").text
    await world.works()
    theirs, own = world.contacts()
    assert world.keys(theirs["id"]) == []
    assert (theirs["name"], theirs["lastName"], theirs["secondName"]) == ("Иван", "Иванов", "Петрович")
    assert not theirs.get("birthdate")
    assert world.phones(theirs["id"]) == [PHONE]
    assert world.keys(own["id"]) == ["GRAND:1"]
    assert world.deal()["contactIds"] == [own["id"]]
    assert "разные гости" in marina.sees("Это один гость?").text
    await world.runs("full")
    assert len(world.contacts()) == 2  # never joined again


async def test_kept_apart_by_a_press_and_joined_after_all(asked):
    world, marina = asked, asked.lab.staff("4")
    await marina.presses("Не объединять")
    marina.sees("разные гости")
    await world.works()
    own = world.contacts()[1]
    assert world.deal()["contactIds"] == [own["id"]]

    await marina.presses("Отменить решение")
    await world.works()
    assert set(world.keys(world.theirs)) == {"GRAND:1"}
    assert world.deal()["contactIds"] == [world.theirs]
    (case,) = await cases(world, "joined")
    assert case.crm_id == world.theirs
    assert all("GRAND:1" not in world.keys(one["id"]) for one in world.contacts()[1:])


async def test_only_managers_decide_and_only_once(asked):
    olga, marina, anna = (asked.lab.staff(user) for user in ("5", "4", "1"))
    (case,) = await cases(asked, "open")
    await olga.forges(f"i:join:{case.id}")
    assert "управляющ" in olga.last().text
    assert (await cases(asked, "open")) == [case]
    await olga.writes("сверка гостей")
    assert "управляющ" in olga.last().text
    await anna.forges(f"i:apart:{case.id}")
    await marina.forges(f"i:join:{case.id}")
    assert "уже решено" in marina.last().text
    await marina.forges("i:join:999")
    assert "больше нет" in marina.last().text
    await marina.forges("i:what:1")
    assert (await cases(asked, "apart"))[0].decided_by == (await asked.lab.person("1")).id


async def test_put_off_and_asked_again_later(asked):
    marina = asked.lab.staff("4")
    await marina.presses("Позже")
    marina.sees("Отложено")
    assert len(await cases(asked, "open")) == 1
    before = marina.sees("Это один гость?")
    asked.lab.clock.push(days=4)
    await asked.runs()
    again = marina.sees("Это один гость?")
    assert again.id != before.id
    assert "Отложено" not in again.text
    assert again.labels
    assert not before.labels


async def test_a_decision_can_be_taken_back_for_thirty_days(asked):
    marina = asked.lab.staff("4")
    await marina.presses("Объединить")
    await asked.works()
    (case,) = await cases(asked, "joined")
    asked.lab.clock.push(days=31)
    await marina.forges(f"i:undo:{case.id}")
    assert "срок прошёл" in marina.last().text
    await asked.runs()
    assert (await cases(asked, "joined"))[0].theirs is None  # not kept longer than needed


async def test_many_questions_are_not_a_flood(world):
    for n in range(8):
        await world.by_hand(name="Иван", lastName=f"Гостев{n}", phones=[f"+7916555000{n}"])
    world.grand.put(*(guest(n + 1, f"Гостев{n}", "И.", (f"+7916555000{n}",)) for n in range(8)))
    report = await world.runs()
    assert report.counts.failed == 0
    marina = world.lab.staff("4")
    assert len([one for one in marina.messages() if "Это один гость?" in one.text]) == 5
    assert "ещё 3" in marina.sees("ждут вашего решения").text
    await marina.presses("Показать по одному")
    first = marina.last()
    await marina.presses("Не объединять")
    second = marina.last()
    assert "Гостев1" in second.text
    assert second.id != first.id
    await marina.writes("/sync asks")
    assert "Ждут решения: 7" in marina.last().text


async def test_what_was_joined_unasked_can_be_taken_back_too(world):
    theirs = await world.by_hand(name="Иван", lastName="Иванов", phones=[PHONE])
    world.grand.put(guest(1, "Иванов", "Иван"), stay(900, 1))
    await world.runs()
    marina = world.lab.staff("4")
    await marina.writes("сверка гостей")
    await marina.presses("Последние объединения")
    await marina.presses("Отменить решение")
    await world.works()
    assert world.keys(theirs) == []
    assert world.deal()["contactIds"] == [world.contacts()[1]["id"]]


async def test_a_question_whose_other_side_is_gone_is_dropped(asked):
    await asked.stand.client.call("crm.item.delete", {"entityTypeId": 3, "id": asked.theirs})
    await asked.runs("full")
    assert not await cases(asked, "open")
    assert asked.deal()["contactIds"] == [asked.contacts()[0]["id"]]


# --- the PMS's own doings ------------------------------------------------------------------------------------


async def test_a_merger_in_the_pms_unites_the_contacts(world):
    world.grand.put(guest(1, "Иванов", "Иван"), guest(2, "Иванова", "Анна", ("+79161234599",)))
    world.grand.put(stay(901, 1), stay(902, 2))
    await world.runs()
    ids = {
        key: one.crm_id
        for key, one in (await world.crm.find("contact", "concierge:GRAND", ["1", "2"])).items()
    }
    world.grand.put(replace(world.grand.records["2"], merged_into="1"))
    await world.runs()
    assert world.keys(ids["1"]) == ["GRAND:1", "GRAND:2"]
    assert world.deal(2)["contactIds"] == [ids["1"]]
    orphan = world.contact(ids["2"])  # other names: the portal leaves that to people
    assert f"(дубль, см. № {ids['1']})" in orphan["lastName"]
    assert world.keys(ids["2"]) == []
    assert not orphan.get("originatorId")
    assert (await world.crm.find("contact", "concierge:GRAND", ["2"]))["2"].crm_id == ids["1"]
    assert (await world.runs()).counts.updated == 0


async def test_a_merger_of_equal_contacts_is_left_to_the_portal(world):
    world.grand.put(
        guest(1, "Иванов", "Иван", ("+79161234511",)), guest(2, "Иванов", "Иван", ("+79161234522",))
    )
    world.grand.put(stay(902, 2))
    await world.runs()
    assert len(world.contacts()) == 2
    world.grand.put(replace(world.grand.records["2"], merged_into="1"))
    await world.runs()
    (contact,) = world.contacts()
    assert world.keys(contact["id"]) == ["GRAND:1", "GRAND:2"]
    assert world.deal()["contactIds"] == [contact["id"]]


async def test_a_survivor_that_is_new_takes_the_item_over(world):
    world.grand.put(guest(1, "Иванов", "Иван"), stay(901, 1))
    await world.runs()
    world.grand.put(
        replace(world.grand.records["1"], merged_into="9"), guest(9, "Сергеев", "Пётр", ("+79165550000",))
    )
    await world.runs()
    (contact,) = world.contacts()
    assert world.keys(contact["id"]) == ["GRAND:1", "GRAND:9"]
    (case,) = await cases(world, "joined")
    assert case.how == "pms"
    marina = world.lab.staff("4")
    await marina.forges(f"i:undo:{case.id}")
    assert "не отменяется" in marina.last().text


async def test_an_erased_guest_is_nobody_in_the_crm_too(world):
    world.grand.put(guest(1, "Иванов", "Иван", emails=("i@gmail.com",), birthday=date(1980, 5, 17), vip="V1"))
    world.grand.put(stay(901, 1))
    await world.runs()
    (before,) = world.contacts()
    world.grand.put(replace(guest(1, "", "", ()), anonymised=True))
    await world.runs()
    after = world.contact(before["id"])
    assert (after["name"], after["lastName"]) == ("Гость удалён", "")
    assert not after.get("fm")
    assert not after.get("birthdate")
    assert not after["uf"].get("UF_CRM_CONCIERGE_VIP")
    async with world.lab.db.reading() as tx:
        hotel = world.lab.portal.hotels[0].id
        assert not await identity_values.values_of(tx, hotel, ["1"])
        assert (await snapshots.load(tx, hotel, "profile", ["1"]))["1"].fields == {}
    assert (await world.runs("full")).counts.updated == 0
    assert world.contact(before["id"])["name"] == "Гость удалён"


async def test_what_people_typed_about_an_erased_guest_is_theirs(world):
    theirs = await world.by_hand(name="Иван", lastName="Иванов", phones=[PHONE])
    world.grand.put(guest(1, "Иванов", "Иван", (PHONE, "+79161234599")))
    await world.runs()
    world.grand.put(replace(guest(1, "", "", ()), anonymised=True))
    await world.runs()
    contact = world.contact(theirs)
    assert (contact["name"], world.phones(theirs), world.keys(theirs)) == ("Иван", [PHONE], [])


async def test_a_run_cut_off_while_parting_does_it_again(asked):
    world, marina = asked, asked.lab.staff("4")
    await marina.presses("Объединить")
    await world.works()
    await marina.presses("Отменить решение")
    rewrite = world.crm.rewrite

    async def breaks(*told, **more):
        await rewrite(*told, **more)
        raise Temporary("bitrix-unreachable")

    world.crm.rewrite = breaks
    assert await world.works() is None  # no report: the run failed
    assert await cases(world, "splitting")
    world.crm.rewrite = rewrite
    await world.runs()
    assert world.keys(world.theirs) == []
    assert len(world.contacts()) == 2
    assert world.deal()["contactIds"] == [world.contacts()[1]["id"]]
