"""Guest records into what the store keeps: stays and profiles that say which of their fields they know.

A FIAS link speaks of the moment only: who is in which room from when to when. What it does not say stays unknown.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.doors import DoorRecord, RoomStatus, Told
from domain.guests import Profile, ProfileKind
from domain.stays import Stay, StayState
from integrations.fidelio.fias.house import Here, House
from integrations.fidelio.fias.names import split_name
from integrations.fidelio.fias.options import Options
from integrations.fidelio.fias.records import BadRecord, Guest, Record, number
from integrations.fidelio.fias.usermap import user_values

FUTURE = timedelta(hours=24)
"""A moment further ahead of our own clock is none: the PMS's date is wrong, our own moment is taken."""
NIGHT = timedelta(hours=6)
"""So far into the calendar's next day yesterday's arrivals still come."""
_CONDITIONS = {"1": "dirty", "2": "dirty", "3": "clean", "4": "clean", "5": "inspected", "6": "inspected"}


class Moments:
    """DA and TI as moments in UTC, each later than the one before: the order of the stream is the truth."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._last = datetime.min.replace(tzinfo=UTC)

    def next(self, wall: datetime | None, received_at: datetime) -> datetime:
        """The moment of a record; without one, or with one far ahead, when it was received."""
        at = received_at if wall is None else wall.replace(tzinfo=self._zone).astimezone(UTC)
        if at > received_at + FUTURE:
            at = received_at
        self._last = max(at, self._last + timedelta(microseconds=1))
        return self._last

    def wall(self, moment: datetime) -> datetime:
        """The hotel's local time, naive."""
        return moment.astimezone(self._zone).replace(tzinfo=None)


@dataclass(slots=True)
class Held:
    """A check-out that may turn out to be the first half of a move."""

    record: DoorRecord
    due: float


@dataclass(slots=True)
class Translator:
    """Keeps the house's state over the whole life of the link, across reconnections."""

    options: Options
    moments: Moments
    house: House = field(default_factory=House)
    held: dict[str, Held] = field(default_factory=dict)

    def guest(self, guest: Guest, received_at: datetime, now: float) -> list[Told]:
        """What a GI, GO or GC tells. BadRecord when it can't be told of anybody."""
        at = self.moments.next(guest.at, received_at)
        if guest.kind == "GO":
            return list(self._left(guest, at, received_at, now))
        return list(self._here(guest, at, received_at, now))

    def due(self, now: float) -> list[Told]:
        """Check-outs that no GI has made a move of in time."""
        ripe = [key for key, held in self.held.items() if held.due <= now]
        return [self.held.pop(key).record for key in ripe]

    def flush(self) -> list[Told]:
        """All check-outs that still wait: the link is closing."""
        return self.due(float("inf"))

    def next_due(self) -> float | None:
        return min((held.due for held in self.held.values()), default=None)

    def room_status(self, record: Record, received_at: datetime) -> list[Told]:
        """RE with RS: 1, 2 dirty, 3, 4 clean, 5, 6 inspected; even ones occupied. Other codes are a site's own."""
        room, code = record.get("RN"), record.get("RS")
        condition = _CONDITIONS.get(code)
        if not room or condition is None:
            return []
        at = self.moments.next(None, received_at)
        return [RoomStatus(room, condition, occupied=int(code) % 2 == 0, at=at)]

    # --- GI, GC ----------------------------------------------------------------------------------------------

    def _here(self, guest: Guest, at: datetime, received_at: datetime, now: float) -> Iterator[Told]:
        if guest.arrival and guest.departure and guest.departure < guest.arrival:
            raise BadRecord("GD before GA")
        self.held.pop(guest.reservation, None)  # it was a move
        before = self.house.get(guest.reservation)
        came = before is None and self._checks_in(guest, at)
        if before is not None and before.present and before.room != guest.room:
            before.moved = now
        here = self.house.place(guest.reservation, guest.room)
        here.arrival = guest.arrival or here.arrival
        here.departure = guest.departure or here.departure
        here.profile = number(guest.fields, "G+") or here.profile
        yield from self._profile(guest, here, at, received_at)
        yield from self._sharers(guest, here, at, received_at)
        yield self._stay(guest, here, at, received_at, came=came)

    def _checks_in(self, guest: Guest, at: datetime) -> bool:
        """A GI may also bring back or move somebody; who arrived days ago does not check in now."""
        if guest.kind != "GI" or guest.swap or guest.at is None:
            return False
        return guest.arrival is None or guest.arrival >= (self.moments.wall(at) - NIGHT).date()

    def _stay(
        self, guest: Guest, here: Here, at: datetime, received_at: datetime, *, came: bool
    ) -> DoorRecord:
        fields = guest.fields
        knows = {"state", "checked_out_at"}  # who is here has not left
        if here.room:
            knows.add("room")
        for name, value in (("arrival", here.arrival), ("departure", here.departure)):
            if value is not None:
                knows.add(name)
        day = self.moments.wall(at).date()
        stay = Stay(
            reservation_id=here.reservation,
            state=StayState.IN_HOUSE,
            arrival=here.arrival or day,
            departure=max(here.departure or day, here.arrival or day),
            room=here.room,
        )
        if here.profile:
            stay, knows = replace(stay, profile_id=here.profile), knows | {"profile_id"}
        if here.guest_name:
            stay, knows = replace(stay, guest_name=here.guest_name), knows | {"guest_name"}
        if "GG" in fields:
            stay, knows = replace(stay, group=fields["GG"].strip()), knows | {"group"}
        if here.share_key or guest.shares is False:
            stay, knows = replace(stay, share_key=here.share_key), knows | {"share_key"}
        if came:
            stay, knows = replace(stay, checked_in_at=at), knows | {"checked_in_at"}
            if here.arrival is None:  # GA isn't sent: who checks in arrives that day
                knows |= {"arrival"}
        changes, known = user_values(fields, self.options.fields, "stay")
        return self._told("stay", replace(stay, **changes), knows | known, at, received_at)

    def _profile(self, guest: Guest, here: Here, at: datetime, received_at: datetime) -> Iterator[Told]:
        fields = guest.fields
        last, first, title = split_name(fields.get("GN", ""), fields.get("GF", ""), self.options.name_format)
        here.guest_name = f"{last} {first}".strip() or here.guest_name
        if not here.profile:
            return
        knows = {"kind"}
        if last:
            knows |= {"last_name"} | ({"first_name"} if first or "GF" in fields else set())
        profile = Profile(here.profile, ProfileKind.INDIVIDUAL, last_name=last, first_name=first)
        told: dict[str, Any] = {}
        for code, name, value in (("GT", "title", title), ("GL", "language", ""), ("GV", "vip", "")):
            if code in fields or value:
                told[name] = fields.get(code, "").strip() or value
        changes, known = user_values(fields, self.options.fields, "profile")
        yield self._told(
            "profile", replace(profile, **told, **changes), knows | set(told) | known, at, received_at
        )

    def _sharers(self, guest: Guest, here: Here, at: datetime, received_at: datetime) -> Iterator[Told]:
        """Guests of one room get one key, the lowest G# among them; who is alone again has none."""
        if guest.shares is False:
            here.share_key = ""
            return
        others = [other for other in self.house.in_room(here.room) if other is not here] if here.room else []
        if not guest.shares or not others:
            return
        keys = [other.share_key for other in others if other.share_key]
        here.share_key = (
            keys[0] if keys else min((here, *others), key=lambda one: one.reservation).reservation
        )
        for other in others:
            if other.share_key != here.share_key and other.arrival and other.departure:
                other.share_key = here.share_key
                stay = Stay(other.reservation, StayState.IN_HOUSE, other.arrival, other.departure)
                stay = replace(stay, share_key=here.share_key)
                yield self._told("stay", stay, {"share_key"}, at, received_at)

    # --- GO --------------------------------------------------------------------------------------------------

    def _left(self, guest: Guest, at: datetime, received_at: datetime, now: float) -> Iterator[Told]:
        """A swap's GO tells nothing by itself: absentees are closed by its DE, and by no cut swap."""
        if guest.swap:
            if guest.reservation:
                self.house.leave(guest.reservation)
            return
        for reservation in self._leavers(guest):
            here = self.house.get(reservation)
            if here is not None and self._has_just_moved(here, guest.room, now):
                continue  # the second half of a move that began with the GI
            here = self.house.leave(reservation)
            record = self._gone(reservation, here, at, received_at, timed=guest.at is not None)
            if self._may_be_a_move(here, at):
                self.held[reservation] = Held(record, now + self.options.move_window_s)
            else:
                yield record

    def _has_just_moved(self, here: Here, left_room: str, now: float) -> bool:
        window_s = self.options.move_window_s
        return here.present and here.room != left_room and now - here.moved <= window_s

    def _leavers(self, guest: Guest) -> list[str]:
        """Whom a GO speaks of; without G# everybody of the room, if it says that the room is empty now."""
        if guest.reservation:
            return [guest.reservation]
        there = [here.reservation for here in self.house.in_room(guest.room)] if guest.room else []
        if guest.shares is not True or len(there) == 1:
            return there
        raise BadRecord("GO without G# from a shared room")

    def _may_be_a_move(self, here: Here | None, at: datetime) -> bool:
        """Who leaves on the planned day or later leaves; earlier, a GI in another room may follow."""
        if self.options.move_window_s <= 0:
            return False
        return here is None or here.departure is None or here.departure > self.moments.wall(at).date()

    def _gone(
        self, reservation: str, here: Here | None, at: datetime, received_at: datetime, *, timed: bool
    ) -> DoorRecord:
        day: date = self.moments.wall(at).date()
        arrival = here.arrival if here and here.arrival else day
        departure = here.departure if here and here.departure else day
        stay = Stay(reservation, StayState.CHECKED_OUT, arrival, max(arrival, departure))
        knows = {"state"}
        if timed:
            stay, knows = replace(stay, checked_out_at=at), knows | {"checked_out_at"}
        return self._told("stay", stay, knows, at, received_at)

    def _told(
        self, entity: str, record: Stay | Profile, knows: set[str], at: datetime, received_at: datetime
    ) -> DoorRecord:
        key = record.reservation_id if isinstance(record, Stay) else record.profile_id
        return DoorRecord(entity, key, record, frozenset(knows), at, received_at=received_at)
