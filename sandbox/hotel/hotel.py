"""The hotel: what its front desk can do with the house's records, and the night audit."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from sandbox.hotel import folio, records
from sandbox.hotel.house import HotelEvent, House, NotPossible
from sandbox.hotel.records import CANCELLED, NO_SHOW, NOT_COUNTING, Posting, Profile, Reservation, Segment


class Hotel(House):
    """The verbs of the desk; NotPossible where it would shake its head."""

    def check_in(self, guest_num: int, room: str | None = None) -> Reservation:
        """Give a room of the type (any free one when the type is full) and let the guest in."""
        stay = self.stay(guest_num)
        if not stay.expected:
            raise NotPossible("not expected: already here, gone, cancelled or not a room reservation")
        if stay.arrival > self.business_date:
            raise NotPossible(f"arrives {stay.arrival}")
        stay.room = room or self._room_for(stay)
        stay.room_type = self.rooms.get(stay.room, stay.room_type)
        stay.segments = [Segment(stay.arrival, stay.room, stay.room_type)]
        stay.departure = max(stay.departure, self.business_date)
        stay.checked_in = self._moment()
        self._touch(stay, "checkin")
        return stay

    def _room_for(self, stay: Reservation) -> str:
        together = self._sharing(stay)
        for other in together:
            if other.in_house and other.room:
                return other.room
        held = self._taken(self.business_date, stay.departure, {stay.id, *(r.id for r in together)})
        if stay.room and stay.room not in held:
            return stay.room
        free = sorted((kind != stay.room_type, room) for room, kind in self.rooms.items() if room not in held)
        if not free:
            raise NotPossible("the house is full")
        return free[0][1]

    def check_out(self, guest_num: int) -> Reservation:
        """Settle the bill and let the guest go; leaving early shortens the stay."""
        stay = self._present(guest_num)
        due = folio.balance(self.bill(stay.id))
        line = folio.payment_line(stay, due, self.business_date)
        if line:
            self._post(stay, line)
        stay.departure = max(stay.arrival, min(stay.departure, self.business_date))
        stay.checked_out = self._moment()
        self._touch(stay, "checkout")
        return stay

    def undo_check_out(self, guest_num: int) -> Reservation:
        stay = self.stay(guest_num)
        if stay.checked_out is None or stay.departure < self.business_date:
            raise NotPossible("only today's check-outs can be undone")
        stay.checked_out = None
        self._touch(stay, "checkin")
        return stay

    def move(self, guest_num: int, room: str | None = None) -> Reservation:
        """Move a present guest into another free room (of his type when there is one)."""
        stay = self._present(guest_num)
        end = max(stay.departure, self.business_date + timedelta(days=1))
        held = self._taken(self.business_date, end, set())
        free = sorted((kind != stay.room_type, name) for name, kind in self.rooms.items() if name not in held)
        target = room or (free[0][1] if free else "")
        if target not in self.rooms or target in held:
            raise NotPossible(f"room {target or 'of any type'} is not free")
        old, stay.room, stay.room_type = stay.room, target, self.rooms[target]
        segment = Segment(self.business_date, target, stay.room_type)
        kept = [s for s in stay.segments if s.day < self.business_date]
        stay.segments = [*kept, segment]
        self._touch(stay, "move", old_room=old)
        return stay

    def extend(self, guest_num: int, nights: int = 1) -> Reservation:
        """More (or, negative, fewer) nights; refused when the room is promised to another."""
        stay = self.stay(guest_num)
        until = stay.departure + timedelta(days=nights)
        if stay.no_avail or stay.checked_out or until < max(stay.arrival, self.business_date):
            raise NotPossible("the stay can't end on that day")
        besides = {stay.id, *(r.id for r in self._sharing(stay))}
        if stay.room and nights > 0 and stay.room in self._taken(stay.departure, until, besides):
            raise NotPossible("the room is promised to another guest")
        stay.departure = until
        self._touch(stay, "change")
        return stay

    def cancel(self, guest_num: int) -> Reservation:
        stay = self.stay(guest_num)
        if stay.checked_in is not None or stay.no_avail in (CANCELLED, NO_SHOW):
            raise NotPossible("only a guest who has not come can cancel")
        stay.no_avail, stay.status, stay.room, stay.segments = CANCELLED, NOT_COUNTING, "", []
        stay.cancelled = self._moment()
        self._touch(stay, "cancel")
        return stay

    def no_show(self, guest_num: int) -> Reservation:
        stay = self.stay(guest_num)
        if not stay.expected:
            raise NotPossible("not expected")
        stay.no_avail, stay.status, stay.room, stay.segments = NO_SHOW, NOT_COUNTING, "", []
        self._touch(stay, "noshow")
        return stay

    def reinstate(self, guest_num: int) -> Reservation:
        """Bring a cancelled, no-show or waitlisted reservation back; it must not lie wholly in the past."""
        stay = self.stay(guest_num)
        if not stay.no_avail or stay.departure < self.business_date:
            raise NotPossible("nothing to reinstate")
        stay.no_avail, stay.status, stay.cancelled = 0, records.DEFINITE, None
        self._touch(stay, "reinstate")
        return stay

    def add_reservation(self, stay: Reservation) -> Reservation:
        """Enter a new reservation; its number, times and origin are given here."""
        self._last_reservation += 1
        stay.id, stay.created = self._last_reservation, self.clock.now()
        self.reservations[stay.id] = stay
        self._touch(stay, "booking")
        return stay

    def next_profile_id(self) -> int:
        self._last_profile += 1
        return self._last_profile

    def put_profile(self, profile: Profile) -> Profile:
        """Enter or change a profile."""
        self.profiles[profile.id] = profile
        profile.updated = self.clock.now()
        self._dirty.add(("profile", profile.id))
        self._tell(HotelEvent("profile", profile.updated, profile=profile.id))
        return profile

    def merge(self, gone: int, survivor: int) -> None:
        """Merge one profile into another: its reservations move over, it stays as a deleted one with a pointer."""
        if gone == survivor or gone not in self.profiles or survivor not in self.profiles:
            raise NotPossible("two known profiles are needed")
        for stay in self.reservations.values():
            if stay.profile == gone:
                stay.profile = survivor
                self._touch(stay, "change")
        profile = self.profiles[gone]
        profile.deleted, profile.merged_to = True, survivor
        self.put_profile(profile)

    def post_extra(self, guest_num: int, rng: Random) -> Posting:
        """Something from the bar, the spa or the mini-bar on a present guest's bill."""
        stay = self._present(guest_num)
        line = self._post(stay, folio.extra_line(rng, self.business_date))
        self._touch(stay, "posting")
        return line

    def post(self, guest_num: int, line: folio.Line, origin: int | None = None) -> Posting:
        """A line by hand on anybody's bill, also a correction; ``origin``: routed from that reservation's bill."""
        stay = self.stay(guest_num)
        if origin is not None:
            self.stay(origin)
        made = self._post(stay, line)
        made.origin = origin
        self._tell(HotelEvent("posting", self.clock.now(), stay.id, stay.room))
        return made

    def touch(self, stay: Reservation, kind: str = "change") -> None:
        """A field of the reservation was changed by hand."""
        self._touch(stay, kind)

    def night_audit(self) -> date:
        """No-shows, the night's postings, and the next business date; the clock follows when it lags."""
        self._tell(HotelEvent("audit_start", self.clock.now()))
        for stay in self.due_in():
            self.no_show(stay.id)
        for stay in self.in_house():
            for line in folio.night_lines(stay, self.business_date):
                self._post(stay, line)
        self.business_date += timedelta(days=1)
        for stay in self.in_house():
            if stay.departure < self.business_date:  # nobody leaves by sleeping over: extended by the audit
                stay.departure = self.business_date
                self._touch(stay, "change")
        self.clock.advance_to(datetime.combine(self.business_date, time(6)))
        self._tell(HotelEvent("audit_end", self.clock.now()))
        return self.business_date
