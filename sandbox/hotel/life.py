"""The living day: due guests come and go, some move or stay longer, bookings and cancellations arrive, the audit runs.

Every step is drawn from the seed and the number of the step, so that the same steps make the same hotel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Literal

from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import NotPossible
from sandbox.hotel.people import People
from sandbox.hotel.records import DEFINITE, INDIVIDUAL, Reservation

Roll = Literal["clock", "done"]
"""When the night audit runs: as the calendar day is over ("clock"), or as soon as nothing is due ("done")."""
DUE_SHARE = 0.6


class Life:
    """Moves the hotel on. ``pace_s`` is the time between two steps of :meth:`run`; 0 = stands still."""

    def __init__(self, hotel: Hotel, pace_s: float = 0.0, roll: Roll = "clock") -> None:
        self.hotel, self.pace_s, self.roll = hotel, pace_s, roll
        self._woken = asyncio.Event()

    def set_pace(self, pace_s: float) -> None:
        """Change the pace of a running life at once."""
        self.pace_s = max(0.0, pace_s)
        self._woken.set()

    async def run(self) -> None:
        """Live at the pace until cancelled."""
        while True:
            self._woken.clear()
            try:
                async with asyncio.timeout(self.pace_s or None):
                    await self._woken.wait()
            except TimeoutError:
                self.step()

    def step(self, roll: Roll | None = None) -> str:
        """One event; returns what it was (kind and reservation number, no names)."""
        rng = self._rng()
        due = self._due()
        late = self.hotel.clock.now().date() > self.hotel.business_date
        if due and (late or rng.random() < DUE_SHARE):
            return self._do(rng.choice(due), rng)
        if not due and (late or (roll or self.roll) == "done"):
            return f"audit {self.hotel.night_audit()}"
        return self._something(rng)

    def finish_day(self) -> None:
        """All that is due today, then the audit."""
        rng = self._rng()
        for stay in self._due():
            self._do(stay, rng)
        self.hotel.night_audit()

    def catch_up(self) -> int:
        """After the machine slept for days: live through them until the business date is the calendar's."""
        days = 0
        while self.hotel.business_date < self.hotel.clock.now().date():
            self.finish_day()
            days += 1
        return days

    # --- what is due -----------------------------------------------------------------------------------------

    def _rng(self) -> Random:
        number = int(self.hotel.extra.get("life_steps", 0)) + 1
        self.hotel.extra["life_steps"] = number
        return Random(f"{self.hotel.config.seed}/{number}")

    def _due(self) -> list[Reservation]:
        today = self.hotel.business_date
        due = []
        for stay in self.hotel.reservations.values():
            leaves = stay.in_house and stay.departure <= today and stay.origin != "pseudo"
            comes = stay.expected and stay.arrival <= today and stay.plan == "Check-Out"
            calls_off = stay.expected and stay.plan == "Canceled" and (stay.plan_day or today) <= today
            if leaves or comes or calls_off:
                due.append(stay)
        return due

    def _do(self, stay: Reservation, rng: Random) -> str:
        hotel = self.hotel
        if stay.in_house:
            if rng.random() < 0.04:
                try:
                    hotel.extend(stay.id)
                except NotPossible:
                    pass
                else:
                    return f"extend {stay.id}"
            hotel.check_out(stay.id)
            return f"checkout {stay.id}"
        if stay.plan == "Canceled":
            hotel.cancel(stay.id)
            return f"cancel {stay.id}"
        try:
            hotel.check_in(stay.id)
        except NotPossible:  # the house is full: walked to another hotel
            hotel.cancel(stay.id)
            return f"walked {stay.id}"
        return f"checkin {stay.id}"

    # --- what may happen -------------------------------------------------------------------------------------

    def _something(self, rng: Random) -> str:
        kinds: tuple[tuple[float, Callable[[Random], str]], ...] = (
            (0.40, self._book),
            (0.55, self._bar),
            (0.70, self._profile),
            (0.82, self._move),
            (0.92, self._extend),
            (1.00, self._call_off),
        )
        dice = rng.random()
        verb = next(verb for limit, verb in kinds if dice < limit)
        try:
            return verb(rng)
        except NotPossible:
            return self._book(rng)

    def _present(self, rng: Random) -> Reservation:
        present = self.hotel.in_house()
        if not present:
            raise NotPossible("an empty house")
        return rng.choice(present)

    def _book(self, rng: Random) -> str:
        """A new booking like one of the real ones, for one of the next weeks, half the time by a known guest."""
        hotel = self.hotel
        like = rng.choice([r for r in hotel.reservations.values() if r.origin == "booking" and r.rooms == 1])
        arrival = hotel.business_date + timedelta(days=min(int(rng.expovariate(1 / 21)), 200))
        guest = like.profile
        if rng.random() < 0.5:
            people = People(rng, hotel.next_profile_id)
            known = hotel.profiles[like.profile]
            guest = hotel.put_profile(people.guest(known.country, hotel.clock.now())).id
        stay = hotel.add_reservation(
            replace(
                like,
                profile=guest,
                arrival=arrival,
                departure=arrival + timedelta(days=like.nights),
                origin="life",
                status=DEFINITE,
                no_avail=0,
                room="",
                segments=[],
                checked_in=None,
                checked_out=None,
                cancelled=None,
                share=None,
                companions=[],
                plan="Check-Out" if rng.random() < 0.8 else "Canceled",
                plan_day=arrival - timedelta(days=rng.randrange(0, 5)),
            )
        )
        return f"booking {stay.id}"

    def _bar(self, rng: Random) -> str:
        return f"posting {self.hotel.post_extra(self._present(rng).id, rng).id}"

    def _profile(self, rng: Random) -> str:
        """Somebody at the desk writes down a phone or an e-mail."""
        profile = self.hotel.profiles[self._present(rng).profile]
        if profile.category != INDIVIDUAL or profile.anonymised:
            raise NotPossible("not a person")
        people = People(rng, self.hotel.next_profile_id)
        if rng.random() < 0.5 or not profile.phones:
            profile.phones = [people.phone(profile.country)]
        else:
            profile.emails = [people.email(profile.first_name, profile.last_name)]
        self.hotel.put_profile(profile)
        return f"profile {profile.id}"

    def _move(self, rng: Random) -> str:
        return f"move {self.hotel.move(self._present(rng).id).id}"

    def _extend(self, rng: Random) -> str:
        return f"extend {self.hotel.extend(self._present(rng).id).id}"

    def _call_off(self, rng: Random) -> str:
        today = self.hotel.business_date
        coming = [r for r in self.hotel.reservations.values() if r.expected and r.arrival > today]
        if not coming:
            raise NotPossible("nobody is coming")
        return f"cancel {self.hotel.cancel(rng.choice(coming).id).id}"
