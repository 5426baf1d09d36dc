"""Rows that change at the cursor's very second, while a run reads and while it writes: none is missed.

The PMS tells the time by one clock and stamps rows by another, which may go wrong by most of an hour.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.stays import StayState
from tests.sync.house import guest, stay

GUESTS, STAYS = 24, 16
STATES = (StayState.CONFIRMED, StayState.IN_HOUSE, StayState.CHECKED_OUT, StayState.CANCELLED)


class Trials:
    """Changes rows at chosen moments; each change is a trial, and bears a value of its own."""

    def __init__(self, house, rng):
        self.house, self.rng = house, rng
        self.made: Counter[str] = Counter()
        self._number = 0

    def change(self, when: str, *, of: set[str] | None = None) -> None:
        """One row, or a new one, or one put back to what it was."""
        pms, rng = self.house.pms, self.rng
        self._number += 1
        self.made[when] += 1
        some = sorted(key for key in (*pms.profiles, *pms.stays) if of is None or key in of)
        key = rng.choice(some or sorted(pms.profiles))
        if self._number % 37 == 0:
            number = GUESTS + self._number
            pms.put(guest(number), stay(number, number))
        elif key in pms.profiles:
            pms.put(replace(pms.profiles[key], first_name=f"Иван{_letters(self._number)}"))
        else:
            pms.put(
                replace(pms.stays[key], room=str(100 + self._number), state=rng.choice(STATES)),
            )

    def during_the_read(self) -> None:
        """Rows already given in this read change, and rows that are still to come."""
        given: set[str] = set()
        pms = self.house.pms

        def before(key: str) -> None:
            if self.rng.random() < 0.25:
                pms.now += timedelta(seconds=self.rng.choice((0, 0, 0.2, 1, 40)))
            if given and self.rng.random() < 0.16:
                self.change("given already", of=given)
            elif self.rng.random() < 0.06:
                self.change("still to come")
            given.add(key)

        pms.each = before

    def quiet(self) -> None:
        self.house.pms.each = None


def _letters(number: int) -> str:
    """A number as a name would be written."""
    return "".join(chr(ord("а") + int(digit)) for digit in str(number))


def missed(house) -> list[tuple[str, object, object]]:
    """Records whose newest state isn't in the CRM."""
    contacts, deals = house.items("contact"), house.items("deal")
    found = [
        (key, one.first_name, contacts.get(key, {}).get("name"))
        for key, one in house.pms.profiles.items()
        if contacts.get(key, {}).get("name") != one.first_name
    ]
    for key, one in house.pms.stays.items():
        room = deals.get(key, {}).get("uf", {}).get("UF_CRM_CONCIERGE_ROOM")
        if room != one.room:
            found.append((key, one.room, room))
    return found


async def edge_trials(house, *, seed, behind, trials):
    rng = random.Random(seed)
    told = Trials(house, rng)
    house.pms.stamps_behind = behind
    house.pms.put(*(guest(n) for n in range(1, GUESTS + 1)), *(stay(n, n) for n in range(1, STAYS + 1)))
    layout = house.stand.crm.ensure_layout

    async def while_it_writes(*args, **more):
        for _ in range(rng.randint(0, 4)):
            told.change("while it writes")
        return await layout(*args, **more)

    house.stand.crm.ensure_layout = while_it_writes
    while sum(told.made.values()) < trials:
        house.pms.now += timedelta(seconds=rng.choice((0, 0.3, 0.7, 1, 2, 65, 900, 5000)))
        for _ in range(rng.randint(0, 3)):
            told.change("between the runs")
        told.during_the_read()
        await house.run("full" if rng.random() < 0.05 else "sync")
        told.quiet()
        for _ in range(rng.randint(1, 4)):  # the cursor stands at this second: the clock hasn't moved since
            told.change("the cursor's second")
        house.pms.now += timedelta(seconds=rng.choice((0, 0, 0.4, 30)))
        house.stand.crm.ensure_layout = layout
        await house.run()
        house.stand.crm.ensure_layout = while_it_writes
        assert missed(house) == [], sum(told.made.values())
    return told.made


BEHIND = [timedelta(0), timedelta(minutes=50), -timedelta(minutes=50)]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("behind", BEHIND, ids=["one clock", "stamps behind", "stamps ahead"])
async def test_no_change_is_missed(house, behind):
    made = await edge_trials(house, seed=7, behind=behind, trials=360)
    assert sum(made.values()) >= 360
    assert min(made.values()) >= 30, made


@pytest.mark.drill
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("behind", BEHIND, ids=["one clock", "stamps behind", "stamps ahead"])
@pytest.mark.parametrize("seed", range(3))
async def test_no_change_is_missed_in_thousands(house, behind, seed):
    made = await edge_trials(house, seed=seed, behind=behind, trials=2500)
    assert sum(made.values()) >= 2500
