"""The hotel's guests as FIAS records: only who is in house, only what the interface knows of him."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sandbox.fias.faults import FiasSwitches
from sandbox.fias.wire import Fields, stamp
from sandbox.hotel import names
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelEvent
from sandbox.hotel.records import Profile, Reservation

_USER: dict[str, Callable[[Reservation, Profile], str]] = {
    "phone": lambda _stay, guest: guest.phones[0] if guest.phones else "",
    "email": lambda _stay, guest: guest.emails[0] if guest.emails else "",
    "nationality": lambda _stay, guest: guest.country,
    "rate_code": lambda stay, _guest: stay.rate_code,
    "adults": lambda stay, _guest: str(stay.adults),
    "market": lambda stay, _guest: stay.market,
    "vip": lambda _stay, guest: guest.vip,
}


class Guests:
    """Writes records about the guests of one hotel, as the site's switches say."""

    def __init__(self, hotel: Hotel, switches: FiasSwitches) -> None:
        self.hotel, self.switches = hotel, switches

    def event(self, event: HotelEvent) -> list[tuple[str, Fields]]:
        """What the desk's deed sounds like on the line; nothing, when it concerns nobody in house."""
        if event.kind in ("audit_start", "audit_end"):
            return [("NS" if event.kind == "audit_start" else "NE", stamp(event.at))]
        if event.kind == "profile":
            return self._profile(event)
        stay = self.hotel.reservations.get(event.guest_num or 0)
        if stay is None or not spoken_of(stay):
            return []
        if event.kind == "checkin":
            return [("GI", self.here(stay) + stamp(event.at))]
        if event.kind == "checkout":
            told: list[tuple[str, Fields]] = [("GO", self.gone(stay, stay.room) + stamp(event.at))]
            if not self.others(stay, stay.room):
                told.append(("RE", [("RN", stay.room), ("RS", "1")]))
            return told
        if event.kind == "move" and stay.in_house:
            return self._move(stay, event)
        if event.kind == "change" and stay.in_house:
            return [("GC", self.here(stay) + stamp(event.at))]
        return []

    def _profile(self, event: HotelEvent) -> list[tuple[str, Fields]]:
        """A name or a VIP code was changed: a GC for each stay of that guest."""
        stays = [stay for stay in self.hotel.in_house() if stay.profile == event.profile]
        return [("GC", self.here(stay) + stamp(event.at)) for stay in stays]

    def _move(self, stay: Reservation, event: HotelEvent) -> list[tuple[str, Fields]]:
        when = stamp(event.at)
        if self.switches.moves == "GC":
            number, *rest = self._about(stay)
            own, left = self._shares(stay, stay.room), self._shares(stay, event.old_room)
            fields = [("RN", stay.room), ("GS", own), ("RO", event.old_room), ("GS", left), number]
            return [("GC", [*fields, *rest, *when])]
        came = ("GI", self.here(stay) + when)
        went = ("GO", self.gone(stay, event.old_room) + when)
        return [came, went] if self.switches.moves == "GI+GO" else [went, came]

    def swap(self) -> Iterator[tuple[str, Fields]]:
        """Every room as it is at its turn: its guests, or that it is empty. All marked SF, in the order of rooms."""
        plan: dict[str, list[Reservation]] = {}
        for stay in self.hotel.in_house():
            if spoken_of(stay):
                plan.setdefault(stay.room, []).append(stay)
        for room in sorted(set(self.hotel.rooms) | set(plan)):
            here = [stay for stay in plan.get(room, []) if stay.in_house and stay.room == room]
            for stay in here:
                yield "GI", [*self.here(stay), *stamp(self.hotel.clock.now()), ("SF", "")]
            if not here:
                yield "GO", [("RN", room), ("SF", "")]

    # --- fields ----------------------------------------------------------------------------------------------

    def here(self, stay: Reservation) -> Fields:
        """A guest in his room."""
        number, *rest = self._about(stay)
        return [("RN", stay.room), number, ("GS", self._shares(stay, stay.room)), *rest]

    def gone(self, stay: Reservation, room: str) -> Fields:
        """A guest who has left a room; GS tells whether others are still there."""
        return [("RN", room), self._about(stay)[0], ("GS", self._shares(stay, room))]

    def others(self, stay: Reservation, room: str) -> list[Reservation]:
        """Who else is in the room."""
        return [r for r in self.hotel.in_house() if r.room == room and r.id != stay.id]

    def _shares(self, stay: Reservation, room: str) -> str:
        return "Y" if self.others(stay, room) else "N"

    def _about(self, stay: Reservation) -> Fields:
        guest = self.hotel.profiles[stay.profile]
        name, first = self._name(guest)
        shift = self.switches.number_shift
        fields: Fields = [
            ("G#", str(stay.id + shift)),
            ("GN", name),
            ("GF", first),
            ("GT", guest.title),
            ("GL", guest.language),
            ("GV", guest.vip),
            ("GG", stay.group),
            ("G+", str(guest.id + shift)),
            ("GA", stay.arrival.strftime("%y%m%d")),
            ("GD", stay.departure.strftime("%y%m%d")),
        ]
        fields += [
            (code, _USER[what](stay, guest)) for code, what in sorted(self.switches.user_fields.items())
        ]
        return fields

    def _name(self, guest: Profile) -> tuple[str, str]:
        last, first = guest.last_name, guest.first_name
        if self.switches.translit:
            last, first = names.latin(last), names.latin(first)
        match self.switches.names:
            case "last, first":
                return f"{last}, {first}".rstrip(", "), ""
            case "last/first":
                return f"{last}/{first} {'MR' if guest.gender == 'M' else 'MRS'}".upper(), ""
            case "last first":
                return f"{last} {first}".strip(), ""
            case "first last":
                return f"{first} {last}".strip(), ""
        return last, first


def spoken_of(stay: Reservation) -> bool:
    """Accounts and pseudo rooms have no phone, no television and no minibar: no interface hears of them."""
    return stay.type == "RES" and stay.origin != "pseudo" and bool(stay.room)
