"""Guests through the API: as much as the token's level shows, and every look-up in the journal."""

import pytest

from domain.api_tokens import ApiScope
from domain.people import Privacy, Role
from domain.privacy import FIELDS, visible
from storage import lookups, people

OF_FIELD = {
    "phones": lambda one: one["phones"] == ["+7 921 555-12-34"],
    "emails": lambda one: one["emails"] == ["ivan@guest.example"],
    "birthday": lambda one: one["birthday"] == "1980-11-21",
    "preferences": lambda one: one["preferences"] == ["high floor"],
    "comments": lambda one: one["comments"] == "allergic to nuts",
    "nationality": lambda one: one["nationality"] == "RU",
    "address": lambda one: one["address"] == "Лесная, 1",
    "vip": lambda one: one["vip"] == "GOLD7",
    "rate": lambda one: one["stays"][0]["rate"] == {"amount": "150.50", "currency": "EUR"},
    "amount": lambda one: one["stays"][0]["total"] == {"amount": "451.50", "currency": "EUR"},
}
"""What shows that a field is there, in the answer about one guest."""


@pytest.mark.parametrize("level", Privacy)
async def test_a_level_shows_its_fields_and_no_other(desk, level):
    program = await desk.program(ApiScope.GUESTS_READ, privacy=level)
    answer = await program.gets("/guests/GRAND/P1")
    assert answer.status == 200, answer.text
    shown = {name for name, there in OF_FIELD.items() if there(answer.body)}
    assert shown == visible(level) & set(OF_FIELD)
    withheld = set(answer.body["withheld"]) | set(answer.body["stays"][0]["withheld"])
    assert withheld == {name for name in FIELDS if name not in visible(level)} - {"folio"}
    assert "4510" not in answer.text
    found = await program.posts("/guests/search", {"query": "Ivanov"})
    assert {
        name
        for name, there in OF_FIELD.items()
        if name not in {"rate", "amount"} and there(found.body["items"][0])
    } == (visible(level) & set(OF_FIELD)) - {"rate", "amount"}
    assert "4510" not in found.text


async def test_contacts_are_masked_below_their_level(desk):
    program = await desk.program(ApiScope.GUESTS_READ)
    (one, *_) = (await program.posts("/guests/search", {"query": "Ivanov"})).body["items"]
    assert one["phones"] == ["+7 ••• •••-••-34"]
    assert one["emails"] == ["i•••@g•••.example"]
    assert one["stay"]["room"] == "305"


async def test_marketing_sees_contacts_of_those_who_agreed_only(desk):
    program = await desk.program(ApiScope.GUESTS_READ, role=Role.MARKETING, privacy=Privacy.CONTACT)
    agreed, refused = [(await program.gets(f"/guests/GRAND/{one}")).body for one in ("P1", "P2")]
    assert agreed["phones"] == ["+7 921 555-12-34"]
    assert "phones" not in agreed["withheld"]
    assert refused["phones"] == ["+7 ••• •••-••-99"]
    assert "phones" in refused["withheld"]


async def test_each_look_up_is_journalled_with_the_token_as_asker(each_desk):
    desk = each_desk
    program = await desk.program(ApiScope.GUESTS_READ, name="Лояльность")
    await program.posts("/guests/search", {"query": "Ivanov", "purpose": "начисление баллов"})
    await program.gets("/guests/grand/P1", purpose="сверка")
    await program.gets("/guests/GRAND/NOBODY")
    async with desk.lab.db.reading() as tx:
        card, search = await lookups.listed(tx, desk.lab.portal.id)
        shown = await lookups.shown_by(tx, [card.id, search.id])
        asker = await people.load(tx, desk.lab.portal.id, card.person_id)
    assert asker.name == "Лояльность"
    assert (card.kind, card.channel, card.purpose, card.hits) == ("card", "api", "сверка", 1)
    assert (search.kind, search.purpose) == ("search", "начисление баллов")
    assert card.chat == (await program.gets("/me")).body["prefix"]
    assert "GRAND:P1" in shown[search.id]
    assert "GRAND:P1" in shown[card.id]


async def test_a_search_is_paged(desk):
    program = await desk.program(ApiScope.GUESTS_READ)
    first = (await program.posts("/guests/search", {"query": "30", "limit": 1})).body
    seen = [one["name"] for one in first["items"]]
    page = first
    while page["next"]:
        page = (
            await program.posts("/guests/search", {"query": "30", "limit": 1, "cursor": page["next"]})
        ).body
        seen += [one["name"] for one in page["items"]]
    whole = (await program.posts("/guests/search", {"query": "30"})).body
    assert seen == [one["name"] for one in whole["items"]]
    other = await program.posts("/guests/search", {"query": "31", "cursor": first["next"] or "x"})
    assert (other.status, other.body["code"]) == (422, "bad-cursor")
