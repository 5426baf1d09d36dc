"""`concierge identities`: what it lists fits its schema, a word from the terminal decides and orders the sync."""

import pytest

from app import commands
from app.commands.base import opened
from domain.guests import Profile, ProfileKind
from storage import identity, staging, work_orders
from tests.app.schemas import faults
from tests.app.test_commands_json import portal_port, printed, settings

__all__ = ["portal_port", "settings"]  # fixtures


@pytest.fixture
async def case_id(settings):
    """A guest and a contact that somebody has to compare."""
    async with opened(settings) as house, house.scopes.writing(house.portal.id) as scope:
        hotel = house.portal.hotels[0]
        guest = Profile("7", ProfileKind.INDIVIDUAL, last_name="Иванов", first_name="И.")
        await staging.upsert(scope.tx, house.portal.id, hotel, [guest], [], run_id=1, now=scope.now)
        marks = [("phone", "equal", 45), ("name", "initial", 20)]
        return await identity.put(
            scope.tx, house.portal.id, hotel.id, "7", 55,
            state=identity.OPEN, how="points", points=65, marks=marks, theirs=None, now=scope.now,
        )  # fmt: skip


async def test_listed_and_decided(settings, case_id):
    found = printed(await commands.identities(settings, "grand"))
    assert faults("identities", found) == []
    (one,) = found["items"]
    assert (one["id"], one["state"], one["name"], one["contact"]) == (case_id, "open", "Иванов И.", 55)

    after = printed(await commands.decide_identity(settings, "GRAND", case_id, "join"))
    assert faults("identities", after) == []
    assert (after["items"][0]["state"], after["items"][0]["how"]) == ("joined", "person")
    assert printed(await commands.decide_identity(settings, "GRAND", case_id, "apart"))["items"][0][
        "state"
    ] == ("splitting")
    async with opened(settings) as house, house.db.reading() as tx:
        assert len(await work_orders.waiting(tx, "sync")) == 1


@pytest.mark.parametrize(
    ("number", "word", "said"), [(999, "join", "no such pair"), (None, "maybe", "join or apart")]
)
async def test_wrong_words(settings, case_id, number, word, said):
    with pytest.raises(commands.UsageError, match=said):
        await commands.decide_identity(settings, "GRAND", number or case_id, word)


async def test_what_is_decided_is_not_decided_again(settings, case_id):
    await commands.decide_identity(settings, "GRAND", case_id, "join")
    with pytest.raises(commands.UsageError, match="уже решено"):
        await commands.decide_identity(settings, "GRAND", case_id, "join")
