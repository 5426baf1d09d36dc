"""A guest's card: who, stay, room and moves, party, money by role, preferences, stays before, the desk, the CRM, freshness.

What stands on it decides `domain.privacy` alone. What no door of the hotel tells is said to be missing; what is only
empty is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from urllib.parse import urlsplit

from domain.chat import Button, Markup, Reply, rows
from domain.guests import Profile, ProfileKind, birthday_in
from domain.portal import Hotel
from domain.privacy import Sight
from domain.stays import Money, PostingKind, Stay, StayState
from handlers.guests import desk, looks
from handlers.scope import Scope
from handlers.sync.freshness import freshness
from storage import guest_lists, snapshots
from storage.stays import postings_of, profiles_by_id, stays_of_profile

PREVIOUS_SHOWN, AHEAD_SHOWN, LONGEST_NOTE = 3, 3, 300


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a card is about; one of the two is there."""

    hotel: Hotel
    stay: Stay | None
    profile: Profile | None


async def load(
    scope: Scope, hotel: Hotel, reservation_id: str | None, profile_id: str | None
) -> Subject | None:
    """The guest by the stay's number, or by the profile's with its most telling stay; None when he is gone."""
    stay = None
    if reservation_id:
        stay = (await guest_lists.load(scope.tx, hotel.id, [reservation_id])).get(reservation_id)
        profile_id = stay.profile_id if stay else None
    if profile_id is None:
        return Subject(hotel, stay, None) if stay else None
    profile = (await profiles_by_id(scope.tx, hotel.id, [profile_id])).get(profile_id)
    return Subject(hotel, stay, profile) if stay or profile else None


async def render(scope: Scope, subject: Subject, seen: Sight) -> Reply:
    """The card in words, with links into the CRM."""
    known = await _Known.load(scope, subject, seen)
    lines = [*_who(scope, subject, seen), *known.stay_lines(), *known.guest_lines()]
    lines += [await known.requests_line(), known.missing_line()]
    lines.append(f"<i>{await freshness(scope, subject.hotel)}</i>")
    return Reply("\n".join(filter(None, lines)), rows(*await _crm_buttons(scope, subject)))


def _who(scope: Scope, subject: Subject, seen: Sight) -> Iterator[str]:
    name = looks.guest_name(subject.stay, subject.profile)
    head = scope.text("guest-name", name=name, vip=looks.vip_mark(subject.profile, seen))
    if subject.profile and subject.profile.kind is not ProfileKind.INDIVIDUAL:
        head += " · " + scope.text("guest-firm", kind=subject.profile.kind.value)
    yield head


@dataclass(frozen=True, slots=True)
class _Known:
    """What a card needs beside the guest himself."""

    scope: Scope
    subject: Subject
    seen: Sight
    others: Sequence[Stay]
    sharing: Sequence[Stay]
    names: dict[str, Profile]
    folio: tuple[Money, Money] | None

    @classmethod
    async def load(cls, scope: Scope, subject: Subject, seen: Sight) -> "_Known":
        hotel, stay, profile = subject.hotel, subject.stay, subject.profile
        others = await stays_of_profile(scope.tx, hotel.id, profile.profile_id) if profile else []
        sharing = await guest_lists.sharing(scope.tx, hotel.id, stay) if stay else []
        ids = [
            *(stay.companion_ids if stay else ()),
            *(one.profile_id for one in sharing if one.profile_id),
            *((one for one in (stay.company_id, stay.agent_id) if one) if stay else ()),
        ]
        names = await profiles_by_id(scope.tx, hotel.id, ids) if ids else {}
        folio = await _folio(scope, hotel, stay) if stay and seen.sees("folio") else None
        return cls(scope, subject, seen, others, sharing, names, folio)

    # --- the stay ---------------------------------------------------------------------------------------

    def stay_lines(self) -> Iterator[str]:
        """Room, dates, party, firm, money, numbers."""
        stay, text = self.subject.stay, self.scope.text
        if stay is None:
            yield "" if self._is_firm else text("guest-no-stay")
            return
        room = text("card-room", room=stay.room) if stay.room else text("no-room")
        if stay.room and stay.room_type:
            room = text("card-room-with-type", room=stay.room, type=stay.room_type)
        yield room + (f" · {text('room-count', count=stay.room_count)}" if stay.room_count > 1 else "")
        yield text(
            "card-stay",
            arrival=stay.arrival,
            departure=stay.departure,
            nights=text("nights", count=(stay.departure - stay.arrival).days),
            state=looks.state_of(self.scope, stay),
        )
        yield self._moves(stay)
        yield self._party(stay)
        yield self._firms(stay)
        if self.seen.sees("rate"):
            yield from self._money(stay)
        confirmation = stay.confirmation or "none"
        yield text("card-numbers", reservation=stay.reservation_id, confirmation=confirmation)
        if self.seen.sees("comments") and stay.notes:
            yield text("card-comments", text=_short(stay.notes))

    @property
    def _is_firm(self) -> bool:
        profile = self.subject.profile
        return profile is not None and profile.kind is not ProfileKind.INDIVIDUAL

    def _moves(self, stay: Stay) -> str:
        """Where he sleeps on which nights, when that changes."""
        rooms = [
            (night.room, night.day) for night in sorted(stay.nights, key=lambda one: one.day) if night.room
        ]
        firsts = [(room, next(nights)[1]) for room, nights in groupby(rooms, key=lambda one: one[0])]
        if len(firsts) < 2:
            return ""
        moves = ", ".join(self.scope.text("card-move", day=f"{day:%d.%m}", room=room) for room, day in firsts)
        return self.scope.text("card-moves", moves=Markup(moves))

    def _party(self, stay: Stay) -> str:
        text = self.scope.text
        parts = [text("adults", count=stay.adults)] if stay.adults else []
        parts += [text("children", count=stay.children)] if stay.children else []
        with_him = [
            looks.guest_name(None, self.names[one]) for one in stay.companion_ids if one in self.names
        ]
        with_him += [looks.guest_name(one, self.names.get(one.profile_id or "")) for one in self.sharing]
        if with_him:
            parts.append(text("card-with", names=", ".join(dict.fromkeys(with_him))))
        return " · ".join(parts)

    def _firms(self, stay: Stay) -> str:
        text = self.scope.text
        firms = [self.names[one] for one in (stay.company_id, stay.agent_id) if one and one in self.names]
        parts = [text("card-firm", firm=looks.guest_name(None, one)) for one in firms]
        parts += [text("card-group", group=stay.group)] if stay.group else []
        return " · ".join(parts)

    def _money(self, stay: Stay) -> Iterator[str]:
        text, scope = self.scope.text, self.scope
        rate = stay.rate or next((night.rate for night in stay.nights if night.rate), None)
        if rate:
            yield text("card-rate", code=stay.rate_code or "—", rate=looks.money(scope, rate))
        elif stay.rate_code:
            yield text("card-rate-plain", code=stay.rate_code)
        if stay.total:
            yield text("card-total", total=looks.money(scope, stay.total))
        if self.folio:
            charged, paid = self.folio
            left = Money(charged.amount - paid.amount, charged.currency)
            yield text(
                "card-folio",
                charged=looks.money(scope, charged),
                paid=looks.money(scope, paid),
                left=looks.money(scope, left),
            )

    # --- the guest --------------------------------------------------------------------------------------

    def guest_lines(self) -> Iterator[str]:
        """Contacts, birthday, preferences, stays before and to come."""
        profile, text, seen = self.subject.profile, self.scope.text, self.seen
        if profile is None:
            return
        if phones := looks.phones(profile, seen):
            yield text("card-contacts", phones=", ".join(phones))
        if emails := looks.emails(profile, seen):
            yield text("card-emails", emails=", ".join(emails))
        if seen.sees("birthday") and profile.birthday:
            yield self._birthday(profile.birthday)
        if seen.sees("preferences") and profile.preferences:
            yield text("card-preferences", text=", ".join(profile.preferences))
        if seen.sees("comments") and profile.notes:
            yield text("card-about", text=_short(profile.notes))
        if not self._is_firm:
            yield from self._other_stays()

    def _birthday(self, birthday: date) -> str:
        """Day and month: the year is nobody's business here."""
        stay = self.subject.stay
        falls = stay is not None and birthday_in(birthday, stay.arrival, stay.departure) is not None
        return self.scope.text("card-birthday", day=f"{birthday:%d.%m}", in_stay=falls)

    def _other_stays(self) -> Iterator[str]:
        text, shown = self.scope.text, self.subject.stay
        today = self.scope.now.astimezone(self.subject.hotel.zone).date()
        others = [one for one in self.others if shown is None or one.reservation_id != shown.reservation_id]
        before = [one for one in others if one.state is StayState.CHECKED_OUT and one.arrival <= today]
        ahead = [one for one in others if one.state in guest_lists.LIVING and one.departure >= today]
        if before:
            dates = ", ".join(looks.short_dates(one) for one in before[:PREVIOUS_SHOWN])
            yield text("card-previous", count=len(before), dates=dates)
        elif shown is not None:
            yield text("card-first-time")
        if ahead:
            dates = ", ".join(
                looks.short_dates(one) for one in sorted(ahead, key=lambda o: o.arrival)[:AHEAD_SHOWN]
            )
            yield text("card-ahead", dates=dates)

    # --- the desk, and what nobody tells ----------------------------------------------------------------

    async def requests_line(self) -> str:
        """Open requests of the desk about him."""
        scope, subject = self.scope, self.subject
        found = await desk.open_requests(scope, subject.hotel, subject.stay, subject.profile)
        told = [
            scope.text(
                "card-request",
                number=one.number,
                subject=one.subject,
                status=scope.text(f"status-{one.status}".replace("_", "-")),
            )
            for one in found
        ]
        return scope.text("card-requests", requests=Markup("; ".join(told))) if told else ""

    def missing_line(self) -> str:
        """Facts the asker may see and no door of this hotel tells."""
        hotel, stay = self.subject.hotel, self.subject.stay
        wanted = [("profile", "phones", "masked_contacts"), ("profile", "emails", "masked_contacts")]
        wanted += [("profile", "birthday", "birthday"), ("profile", "preferences", "preferences")]
        wanted += [("profile", "notes", "comments")]
        if stay is not None:
            wanted += [("stay", "room", "room"), ("stay", "rate", "rate"), ("stay", "total", "amount")]
        if self._is_firm:
            wanted = wanted[:2]
        lacking = [
            name for kind, name, shown in wanted if self.seen.sees(shown) and not hotel.knows(kind, name)
        ]
        told = ", ".join(self.scope.text(f"card-field-{name}") for name in lacking)
        return self.scope.text("card-no-data", what=told) if told else ""


async def _folio(scope: Scope, hotel: Hotel, stay: Stay) -> tuple[Money, Money] | None:
    """What was charged and what was paid, in the hotel's currency; None without postings."""
    lines = [
        one
        for one in await postings_of(scope.tx, hotel.id, stay.reservation_id)
        if one.amount.currency == hotel.currency
    ]
    if not lines:
        return None
    charged = sum((one.amount.amount for one in lines if one.kind in _OWED), Decimal(0))
    paid = sum((one.amount.amount for one in lines if one.kind is PostingKind.PAYMENT), Decimal(0))
    return Money(charged, hotel.currency), Money(abs(paid), hotel.currency)


_OWED = (PostingKind.CHARGE, PostingKind.TAX)


async def _crm_buttons(scope: Scope, subject: Subject) -> list[Button]:
    """Links to the deal and the contact (or company) that the sync keeps; none before the first sync."""
    parts = urlsplit(scope.portal.url)
    if not parts.netloc:
        return []
    hotel = subject.hotel
    found: list[snapshots.Snapshot] = []
    if subject.stay:
        keys = [subject.stay.reservation_id]
        found += (await snapshots.load(scope.tx, hotel.id, "stay", keys)).values()
    if subject.profile:
        keys = [subject.profile.profile_id]
        found += (await snapshots.load(scope.tx, hotel.id, "profile", keys)).values()
    base = f"{parts.scheme}://{parts.netloc}/crm"
    return [
        Button(
            scope.text(f"button-crm-{one.crm_entity}"), link=f"{base}/{one.crm_entity}/details/{one.crm_id}/"
        )
        for one in found
    ]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= LONGEST_NOTE else words[: LONGEST_NOTE - 1].rstrip() + "…"
