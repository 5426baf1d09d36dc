"""A portal with a hotel and a person, for every storage test."""

from dataclasses import dataclass

import pytest

from storage import Database, portals
from storage.tables import people
from tests.conftest import FakeClock


@dataclass(frozen=True)
class House:
    portal_id: int
    hotel_id: int
    person_id: int


@pytest.fixture
async def house(db: Database, clock: FakeClock) -> House:
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", clock.now)
        hotel_id = await portals.ensure_hotel(
            tx, portal_id, "GRAND", name="Гранд", timezone="Europe/Moscow", currency="RUB"
        )
        values = {"portal_id": portal_id, "name": "Ольга", "department_ids": [1], "blocked_channels": []}
        result = await tx.execute(people.insert().values(created_at=clock.now, **values))
        return House(portal_id, hotel_id, result.inserted_primary_key[0])
