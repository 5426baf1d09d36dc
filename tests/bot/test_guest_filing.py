"""From a guest to a request: the card's button, and guests recognised by a pasted number or link."""

from dataclasses import replace

import pytest

from domain.chat import Address, Channel
from storage import links, lookups, runs, snapshots
from storage.snapshots import Snapshot
from tests.handlers import guest_world as world
from tests.handlers.guest_world import filled

GROUP = Address(Channel.BITRIX24, "-2001")
REST = ("Инцидент", "Оставить", "Пропустить", "Пропустить", "Мой логин", "Этот портал")


@pytest.fixture
async def hotel(lab):
    await filled(lab)
    (grand,) = lab.portal.hotels
    async with lab.db.transaction() as tx:
        for staged, key, entity, number in (("stay", "R1", "deal", 71), ("profile", "P2", "contact", 72)):
            one = Snapshot(key, entity, number, "h", "s", "m", {})
            await snapshots.confirm(tx, lab.portal.id, grand.id, staged, [one], lab.clock.now)
        run_id = await runs.start(tx, lab.portal.id, grand.id, "sync", lab.clock.now)
        await runs.finish(tx, run_id, state="failed", counts={}, seconds=1.0, now=lab.clock.now)
    return lab


async def files(person, *labels):
    for label in labels:
        await person.presses(label)
    review = person.reads("Проверьте, пожалуйста").text
    await person.presses("Отправить")
    return review


async def tied(lab, number=1):
    request = await lab.request(number)
    async with lab.db.reading() as tx:
        return request, await links.get(tx, lab.portal.id, "guest", "request", str(request.id))


async def test_a_request_from_a_card_carries_the_masked_card_and_the_sync(hotel, olga):
    await olga.writes("/guest R1")
    await olga.presses("Обращение")
    assert "О госте: Ivanov Ivan" in olga.reads("шаг 1").text
    await olga.writes("Телевизор не включается, гость недоволен")
    review = await files(olga, *REST)
    request, link = await tied(hotel)
    for told in (review, request.conditions):
        assert "· 305 ·" in told
        assert "CRS1" in told
        assert "+7 ••• •••-••-34" in told
        assert "последняя синхронизация: с ошибкой, 20.11 12:00" in told
        for secret in ("555-12-34", "ivan@guest.example", "451", "150", "4510", "nuts"):
            assert secret not in told.replace("CRS1", "")
    assert (link.external_id, request.hotel_id) == ("GRAND:P1", hotel.portal.hotels[0].id)
    await olga.writes("/guest R1")
    assert "FB-2026-000001" in olga.reads("Обращения:").text


async def test_a_begun_draft_becomes_his(hotel, olga):
    await olga.writes("/new")
    await olga.writes("Телевизор не включается, гость недоволен")
    await olga.writes("/guest R1")
    await olga.presses("Обращение")
    shown = olga.reads("Ваш черновик теперь о госте")
    assert "шаг 2" in shown.text
    await files(olga, *REST)
    assert (await tied(hotel))[1].external_id == "GRAND:P1"


async def test_only_who_was_shown_the_card_and_only_alone(hotel, olga):
    await olga.writes("/guest R1")
    card = olga.last()
    igor = hotel.staff("6")
    button = next(one for one in card.buttons if one.label == "Обращение")
    await igor.forges(button.action, message_id=card.id)
    igor.never_saw("шаг 1")
    await olga.writes("/guest R1", to=GROUP)
    assert "Обращение" not in olga.last(at=GROUP).labels
    await olga.forges(button.action, at=GROUP)
    assert "шаг 1" not in str(olga.messages(GROUP))
    await olga.forges(button.action.replace(":rR1", ":rNONE"))
    olga.never_saw("шаг 1")


@pytest.mark.parametrize(
    ("words", "key", "name"),
    [
        ("Не печатается счёт, бронь CRS12345", "GRAND:P1", "Ivanov"),
        ("https://hotel.bitrix24.ru/crm/deal/details/71/ не та сумма", "GRAND:P1", "Ivanov"),
        ("Сделка /crm/type/2/details/71/ не та сумма", "GRAND:P1", "Ivanov"),
        ("нет телефона у https://hotel.bitrix24.ru/crm/contact/details/72/", "GRAND:P2", "Petrova"),
    ],
)
async def test_a_pasted_number_or_link_is_recognised(hotel, olga, words, key, name):
    (grand,) = hotel.portal.hotels
    await world.stage(hotel, [], [replace(world.STAYS[0], confirmation="CRS12345")])
    await olga.writes("/new")
    await olga.writes(words)
    assert f"О госте: {name}" in olga.reads("шаг 2").text
    await files(olga, *REST)
    assert (await tied(hotel))[1].external_id == key
    async with hotel.db.reading() as tx:
        found = await lookups.of_guest(tx, hotel.portal.id, [key])
    assert [one.kind for one in found] == ["recognised"]
    assert grand.id == found[0].hotel_id


async def test_not_about_him(hotel, olga):
    await olga.writes("/new")
    await olga.writes("Сделка /crm/deal/details/71/ не открывается")
    await olga.presses("Не об этом госте")
    assert "О госте" not in olga.reads("шаг 2").text
    await files(olga, *REST)
    request, link = await tied(hotel)
    assert (link, request.conditions) == (None, "")


@pytest.mark.parametrize(
    "words",
    [
        "https://other.bitrix24.ru/crm/deal/details/71/ не открывается",
        "Номер 305 и 2026-11-20, звонить +79215551234, FB-2026-000001",
        "Сделка /crm/deal/details/7100/ не открывается",
    ],
)
async def test_what_means_nobody_here(hotel, olga, words):
    await olga.writes("/new")
    await olga.writes(words)
    assert "О госте" not in olga.reads("шаг 2").text


async def test_plain_words_outside_a_dialog_offer_the_card(hotel, olga):
    await olga.writes("https://hotel.bitrix24.ru/crm/deal/details/71/")
    olga.sees_button("Карточка гостя")
    await olga.presses("Карточка гостя")
    olga.reads("<b>Ivanov Ivan</b>")
    await olga.writes("просто слова")
    assert "Карточка гостя" not in olga.last().labels
