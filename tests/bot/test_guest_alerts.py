"""Alerts of coming guests: told once before they arrive, to those who care, taken on by one, done everywhere."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerts import AlertKind, Facts, reasons
from domain.chat import Address, Channel
from domain.guests import Profile, ProfileKind
from domain.stays import Stay, StayState
from tests.handlers.guest_world import IVANOV, TODAY, filled, stage
from tests.lab import HOTEL_GROUP, MANAGERS_CHAT, file_request

TOMORROW = TODAY + timedelta(days=1)
COMING = Stay("900", StayState.CONFIRMED, TOMORROW, TOMORROW + timedelta(days=2), "V1", "Белова Вера")
VERA = Profile("V1", ProfileKind.INDIVIDUAL, last_name="Белова", first_name="Вера", vip="GOLD")


@pytest.fixture
async def hotel(lab):
    return await filled(lab)


async def look(lab) -> int:
    """The minute strikes, later than the last look."""
    lab.clock.push(minutes=11)
    made = await lab.house.alerts.tick(lab.portal.id)
    await lab.settle()
    return made


async def tell(lab, profile=VERA, stay=COMING):
    """Only this guest is news: the others of the world have been told."""
    await look(lab)
    await stage(lab, [profile], [stay])
    return await look(lab)


async def test_a_vip_is_told_to_managers_once_before_the_arrival(hotel):
    manager, chat = hotel.staff("4"), Address(Channel.TELEGRAM, MANAGERS_CHAT)
    await hotel.known("4")
    assert await tell(hotel) == 1
    card = manager.reads("Скоро гость")
    assert "Белова Вера" in card.text
    assert "VIP GOLD" in card.text
    assert card.labels == ["Беру", "Сделано"]
    assert await look(hotel) == 0
    assert len([one for one in manager.messages() if "Белова" in one.text]) == 1
    assert not [one for one in hotel.telegram.at(chat) if "Белова" in one.text]  # no forum in this lab


async def test_who_takes_it_is_named_and_done_ends_it(hotel):
    manager = hotel.staff("4")
    await hotel.known("4")
    await tell(hotel)
    await manager.presses("Беру")
    assert "Занимается" in manager.reads("Белова").text
    assert manager.reads("Белова").labels == ["Сделано"]
    await manager.presses("Сделано")
    done = manager.reads("Белова")
    assert "Сделано:" in done.text
    assert done.labels == []
    await manager.writes("/alerts")
    manager.never_saw("alert-")


async def test_many_at_once_are_one_list_that_opens_them(hotel):
    manager = hotel.staff("4")
    await hotel.known("4")
    await look(hotel)
    many = [replace(VERA, profile_id=f"V{n}", first_name=f"Вера{n}") for n in range(6)]
    stays = [
        replace(COMING, reservation_id=str(900 + n), profile_id=f"V{n}", guest_name="") for n in range(6)
    ]
    bad = replace(VERA, profile_id="B", first_name="Злата", vip="", blacklisted=True)
    await stage(
        hotel, [*many, bad], [*stays, replace(COMING, reservation_id="999", profile_id="B", guest_name="")]
    )
    before = len(manager.messages())
    assert await look(hotel) == 7
    assert len(manager.messages()) == before + 3  # two cards and the list
    assert "чёрном списке" in manager.messages()[before].text
    listed = manager.reads("Кого встретить особо")
    assert "чёрный список" in listed.text
    number = next(line.partition(".")[0] for line in listed.text.split("\n") if "Вера4" in line)
    await manager.presses(number)
    assert "Вера4" in manager.reads("Скоро гость").text
    await manager.presses("Сделано")
    await manager.writes("/alerts")
    assert "Вера4" not in manager.reads("Кого встретить особо").text


async def test_a_forged_button_does_nothing(hotel, olga):
    await hotel.known("4")
    await tell(hotel)
    before = hotel.staff("4").reads("Белова").labels
    for payload in (
        "a:open:999999",
        "a:take:1",
        "a:done:999999",
        "a:take:x",
        "a:drop:1",
        "a:done:" + "9" * 40,
    ):
        await olga.forges(payload)
    assert hotel.staff("4").reads("Белова").labels == before


async def test_something_new_about_the_same_guest_is_told_alone(hotel):
    manager = hotel.staff("4")
    await hotel.known("4")
    await tell(hotel)
    await stage(hotel, [replace(VERA, birthday=date(1990, TOMORROW.month, TOMORROW.day))], [])
    assert await look(hotel) == 1
    card = manager.reads("День рождения во время проживания")
    assert "VIP GOLD" not in card.text.split("\n", 2)[2]
    assert f"{TOMORROW:%d.%m}" not in card.text.split("\n", 2)[2]  # the date is for those who may see it


async def test_the_black_list_is_for_managers_eyes(hotel, olga):
    manager = hotel.staff("4")
    await hotel.known("4")
    await tell(hotel, replace(VERA, vip="", blacklisted=True))
    manager.reads("В чёрном списке")
    await olga.writes("/alerts")
    olga.never_saw("чёрном списке")


async def test_a_complaint_of_the_last_stay_is_named(hotel, olga):
    manager = hotel.staff("4")
    await hotel.known("4")
    await file_request(olga, "В номере 512 у гостя Белова Вера не работает кондиционер, она очень недовольна")
    last = Stay(
        "800", StayState.CHECKED_OUT, TODAY - timedelta(days=1), TOMORROW, "V1", "Белова Вера", room="512"
    )
    await look(hotel)
    await stage(hotel, [replace(VERA, vip="")], [last, COMING])
    await look(hotel)
    card = manager.reads("Скоро гость")
    assert "были обращения: FB-2026-000001" in card.text
    assert "Был у нас раньше" in card.text


async def test_chats_of_the_hotel_replace_the_managers(hotel):
    place = replace(hotel.portal.hotels[0], alert_chats=(f"bitrix24:{HOTEL_GROUP.chat}",))
    object.__setattr__(hotel.portal, "hotels", (place,))
    await hotel.known("4")
    await tell(hotel)
    assert "VIP GOLD" in hotel.bitrix.at(HOTEL_GROUP)[-1].text
    hotel.staff("4").never_saw("Белова")


async def test_who_does_not_come_is_not_told(hotel):
    await hotel.known("4")
    gone = replace(COMING, state=StayState.CANCELLED)
    later = replace(
        COMING, reservation_id="901", arrival=TODAY + timedelta(days=9), departure=TODAY + timedelta(days=12)
    )
    pseudo = replace(COMING, reservation_id="902", pseudo_room=True)
    await look(hotel)
    await stage(hotel, [VERA], [gone, later, pseudo])
    assert await look(hotel) == 0


# --- the rule itself -------------------------------------------------------------------------------------------

PROFILES = st.builds(
    Profile, st.just("P"), st.just(ProfileKind.INDIVIDUAL), vip=st.sampled_from(["", "A"]), blacklisted=st.booleans(),
    birthday=st.none() | st.dates(date(1930, 1, 1), date(2010, 1, 1)),
)  # fmt: skip


@given(
    PROFILES,
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.integers(0, 20),
    st.lists(st.just("FB-1"), max_size=1),
)
def test_each_reason_has_its_fact(profile, arrival, nights, complaints):
    stay = Stay("1", StayState.CONFIRMED, arrival, arrival + timedelta(days=nights), "P")
    found = reasons(Facts(stay, profile, (), tuple(complaints)))
    assert list(found) == sorted(found, key=list(AlertKind).index)
    assert (AlertKind.VIP in found) == bool(profile.vip)
    assert (AlertKind.BLACKLIST in found) == profile.blacklisted
    assert (AlertKind.COMPLAINT in found) == bool(complaints)
    assert AlertKind.RETURNING not in found
    days = [(arrival + timedelta(days=n)) for n in range(nights + 1)]
    if profile.birthday and (profile.birthday.month, profile.birthday.day) != (2, 29):
        same = [day for day in days if (day.month, day.day) == (profile.birthday.month, profile.birthday.day)]
        assert (AlertKind.BIRTHDAY in found) == bool(same)


def test_nothing_is_known_of_a_guest_without_a_profile():
    assert reasons(Facts(COMING, None)) == ()
    assert IVANOV.vip
