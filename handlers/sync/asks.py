"""«Это один гость?»: the cards in the managers' chats, what is pressed on them, and the way back for thirty days.

A card is rendered when it is delivered or shown, for the place it stands in, and every copy follows when somebody has
decided. The decision itself is carried out by the hotel's next run, which is ordered at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain.chat import Address, Button, Channel, Markup, Reply, escape, rows
from domain.errors import Refused
from domain.guests import Profile
from domain.identity import JOIN, UNDO_DAYS
from domain.people import Role
from domain.portal import Hotel
from domain.privacy import Sight, mask_email, mask_phone, sight
from handlers import outgoing
from handlers.codec import dump, load
from handlers.outside import OutsideOf
from handlers.people import private_address
from handlers.scope import Scope
from handlers.sync.syncs import Syncs
from storage import identity as cases
from storage import links, people, snapshots, stays, work_orders
from storage.identity import Case

CARDS_PER_RUN = 5
REMIND_DAYS = 3
LISTED = 10
CARD, DIGEST = "identity.card", "identity.digest"
PLACE = "identity"
"""Under this local type stand the places of a case's cards."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two people of a card."""

    name: str
    phones: Sequence[str]
    emails: Sequence[str]
    birthday: str
    city: str = ""


async def announce(scope: Scope, hotel: Hotel) -> None:
    """After a run: the weightiest new questions as cards, the rest as one card that leads to them."""
    due = await cases.not_asked(scope.tx, scope.portal.id, hotel.id, scope.now, CARDS_PER_RUN)
    if not due:
        return
    places = await _places(scope)
    for case in due:
        for place in places:
            await show(scope, case.id, place, fresh=case.asked_at is not None)
        await cases.change(scope.tx, case.id, asked_at=scope.now, remind_at=None)
    if left := await cases.mark_asked(scope.tx, scope.portal.id, hotel.id, scope.now):
        for place in places:
            payload = {"hotel_id": hotel.id, "address": dump(place), "more": left}
            once = f"identity-digest:{hotel.id}:{place}"
            await outgoing.put(scope, str(place), DIGEST, payload, once=once)


async def show(scope: Scope, case_id: int, place: Address, *, fresh: bool = False) -> None:
    """The card of a case in one place: as it is now where it stands already, or ``fresh`` at the chat's end."""
    payload = {"case_id": case_id, "address": dump(place), "fresh": fresh}
    await outgoing.put(scope, str(place), CARD, payload, once=f"identity-card:{case_id}:{place}")


async def refresh(scope: Scope, case_id: int) -> None:
    """Every card of a case, as it is now."""
    for link in await links.of_local(scope.tx, scope.portal.id, PLACE, str(case_id)):
        await show(scope, case_id, load(Address, link.data["address"]))


async def _places(scope: Scope) -> list[Address]:
    """Every manager alone in Bitrix24, and the managers' chat in Telegram: as reports are told."""
    managers = await people.with_role(scope.tx, scope.portal.id, Role.MANAGER)
    found = [place for one in managers if (place := private_address(one, Channel.BITRIX24))]
    if chat := scope.portal.desk.telegram_managers_chat:
        found.append(Address(Channel.TELEGRAM, chat))
    return found


class Asks:
    """Questions and their answers, as people see them."""

    def __init__(self, outside: OutsideOf, syncs: Syncs) -> None:
        self._outside = outside
        self._syncs = syncs

    # --- deciding ---------------------------------------------------------------------------------------

    async def decide(self, scope: Scope, case_id: int, what: str) -> Case:
        """``join``, ``apart``, ``later`` or ``undo``; whoever calls has checked the right. Refused when it is late."""
        case = await self.get(scope, case_id, hold=True)
        match what:
            case "join" | "apart" | "later" if case.state != cases.OPEN:
                raise Refused("identity-decided", state=scope.text(f"identity-state-{case.state}"))
            case "join" | "apart":
                state = await _joining(scope, case) if what == "join" else cases.APART
                await self._settle(scope, case, state=state, how="person", theirs=_needed(case, state))
            case "later":
                await cases.change(scope.tx, case.id, remind_at=scope.now + timedelta(days=REMIND_DAYS))
            case "undo":
                await self._undo(scope, case)
            case _:
                raise Refused("unknown-button")
        return await self.get(scope, case_id)

    async def get(self, scope: Scope, case_id: int, *, hold: bool = False) -> Case:
        """A case of this portal; Refused when there is none any more."""
        case = await cases.get(scope.tx, scope.portal.id, case_id, hold=hold)
        if case is None:
            raise Refused("identity-gone")
        return case

    async def _undo(self, scope: Scope, case: Case) -> None:
        if not may_undo(scope, case):
            code = "identity-too-late" if case.decided_at and case.how != "pms" else "identity-not-undone"
            raise Refused(code, days=UNDO_DAYS)
        joined = case.state == cases.JOINED
        state = cases.SPLITTING if joined else cases.JOINING
        theirs = case.theirs
        await self._settle(scope, case, state=state, how="person", theirs=theirs, undone_at=scope.now)

    async def _settle(self, scope: Scope, case: Case, **values: object) -> None:
        by = scope.actor.id if scope.actor else None
        await cases.change(scope.tx, case.id, decided_at=scope.now, decided_by=by, remind_at=None, **values)
        hotel = self.hotel(scope, case)
        waiting = await work_orders.waiting(scope.tx, "sync")
        if hotel and not any(one.params["hotel_id"] == hotel.id for one in waiting):
            await self._syncs.order(scope, hotel, "sync")
        await refresh(scope, case.id)

    @staticmethod
    def hotel(scope: Scope, case: Case) -> Hotel | None:
        """The case's hotel, as configured now."""
        return next((one for one in scope.portal.hotels if one.id == case.hotel_id), None)

    # --- showing ----------------------------------------------------------------------------------------

    async def card(self, scope: Scope, case: Case, place: Address) -> Reply:
        """Both sides, the reckoning, and the buttons that are possible now; contact data by the place's level."""
        hotel = self.hotel(scope, case)
        profiles = await stays.profiles_by_id(scope.tx, case.hotel_id, [case.profile_id])
        seen = await _sight(scope, hotel, place)
        telegram = place.channel is Channel.TELEGRAM
        url = self._outside(scope.portal.id).crm.item_url(case.crm_entity, case.crm_id)
        ours = _side_of(profiles.get(case.profile_id), case)
        lines = [
            scope.text("identity-card", hotel=hotel.name if hotel else "?", points=case.points, join=JOIN),
            scope.text("identity-ours", who=Markup(_described(scope, ours, seen, telegram=telegram))),
            scope.text(
                "identity-theirs", who=Markup(self._theirs(scope, case, seen, url, telegram=telegram))
            ),
            *(_mark_line(scope, *mark) for mark in case.marks),
            await self._outcome(scope, case),
        ]
        return Reply("\n".join(filter(None, lines)), buttons_of(scope, case))

    @staticmethod
    def _theirs(scope: Scope, case: Case, seen: Sight, url: str, *, telegram: bool) -> str:
        link = f'<a href="{escape(url)}">№ {case.crm_id}</a>'
        if not case.theirs:
            return link
        kept = case.theirs
        name = " ".join(filter(None, (kept["last_name"], kept["first_name"], kept["middle_name"])))
        side = _Side(name, kept["phones"], kept["emails"], kept["birthday"] or "")
        return f"{_described(scope, side, seen, telegram=telegram)} · {link}"

    @staticmethod
    async def _outcome(scope: Scope, case: Case) -> str:
        if case.state == cases.OPEN:
            put_off = case.remind_at is not None
            return scope.text("identity-put-off", days=REMIND_DAYS) if put_off else ""
        who = scope.text(f"identity-by-{case.how}")
        if case.decided_by:
            found = await people.load(scope.tx, scope.portal.id, case.decided_by)
            who = found.name if found else who
        done = "apart-done" if case.state == cases.APART else case.state  # «apart» is the button
        return scope.text(f"identity-{done}", who=who)

    async def overview(self, scope: Scope, hotel: Hotel) -> Reply:
        """How many wait, how many were joined lately, and the ways to both."""
        count = await cases.count_open(scope.tx, scope.portal.id, hotel.id)
        since = scope.now - timedelta(days=UNDO_DAYS)
        joined = await cases.listed(
            scope.tx, scope.portal.id, hotel_id=hotel.id, states=cases.TOGETHER, decided_since=since
        )
        buttons = []
        if count:
            buttons.append(Button(scope.text("identity-one-by-one"), f"i:next:{hotel.id}:0", "primary"))
        if joined:
            buttons.append(Button(scope.text("identity-last-joined"), f"i:last:{hotel.id}"))
        text = scope.text(
            "identity-overview", hotel=hotel.name, open=count, joined=len(joined), days=UNDO_DAYS
        )
        return Reply(text, rows(*buttons))

    async def following(self, scope: Scope, hotel: Hotel, after: int) -> Case | None:
        """The next open case after a number, the first one when none follows."""
        found = await cases.listed(scope.tx, scope.portal.id, hotel_id=hotel.id, states=(cases.OPEN,))
        found.sort(key=lambda one: one.id)
        return next((one for one in found if one.id > after), found[0] if found else None)

    async def last_joined(self, scope: Scope, hotel: Hotel) -> list[Case]:
        """What was joined last and can still be taken back."""
        since = scope.now - timedelta(days=UNDO_DAYS)
        found = await cases.listed(
            scope.tx,
            scope.portal.id,
            hotel_id=hotel.id,
            states=cases.TOGETHER,
            decided_since=since,
            limit=LISTED,
        )
        return [one for one in found if may_undo(scope, one)][: LISTED // 2]


# --- parts ---------------------------------------------------------------------------------------------------


def may_undo(scope: Scope, case: Case) -> bool:
    """What the PMS merged stays merged; the rest can be taken back for thirty days."""
    decided = case.state in {cases.JOINED, cases.APART} and case.decided_at is not None
    if not decided or case.how == "pms" or case.decided_at is None:
        return False
    return scope.now - case.decided_at <= timedelta(days=UNDO_DAYS)


def buttons_of(scope: Scope, case: Case) -> tuple[tuple[Button, ...], ...]:
    """What can be done with a case now."""
    if case.state == cases.OPEN:
        return rows(
            Button(scope.text("identity-join"), f"i:join:{case.id}", "primary"),
            Button(scope.text("identity-apart"), f"i:apart:{case.id}"),
            Button(scope.text("identity-later"), f"i:later:{case.id}"),
        )
    if may_undo(scope, case):
        return ((Button(scope.text("identity-undo"), f"i:undo:{case.id}"),),)
    return ()


def _needed(case: Case, state: str) -> object:
    """How the item stood is kept for taking a joining back, and for nothing else."""
    return case.theirs if state in cases.TOGETHER else None


async def _joining(scope: Scope, case: Case) -> str:
    """A profile that found an item of its own meanwhile is united with the other one by the next run."""
    own = await snapshots.load(scope.tx, case.hotel_id, "profile", [case.profile_id])
    apart = case.profile_id in own and own[case.profile_id].crm_id != case.crm_id
    return cases.JOINING if apart else cases.JOINED


async def _sight(scope: Scope, hotel: Hotel | None, place: Address) -> Sight:
    """A group sees the basics, and so does whoever reads in Telegram; alone in Bitrix24 one's own level counts."""
    person = await people.find_by_account(scope.tx, scope.portal.id, place.channel, place.chat)
    return sight(person, hotel.code if hotel else "", scope.portal.privacy, place)


def _side_of(profile: Profile | None, case: Case) -> _Side:
    if profile is None:
        return _Side(case.profile_id, (), (), "")
    name = " ".join(filter(None, (profile.last_name, profile.first_name)))
    birthday = profile.birthday.isoformat() if profile.birthday else ""
    return _Side(name or case.profile_id, profile.phones, profile.emails, birthday, profile.city)


def _described(scope: Scope, side: _Side, seen: Sight, *, telegram: bool) -> str:
    parts = [f"<b>{escape(_short(side.name) if telegram else side.name)}</b>"]
    parts += [escape(one if seen.sees("phones") else mask_phone(one)) for one in side.phones]
    parts += [escape(one if seen.sees("emails") else mask_email(one)) for one in side.emails]
    if side.birthday and seen.sees("birthday"):
        parts.append(scope.text("identity-born", day=side.birthday))
    if side.city and seen.sees("address"):
        parts.append(escape(side.city))
    return " · ".join(parts)


def _short(name: str) -> str:
    family, *given = name.split()[:2]
    return " ".join([family, *(f"{one[0]}." for one in given)])


def _mark_line(scope: Scope, what: str, outcome: str, points: int) -> str:
    told = scope.text(f"identity-mark-{what}-{outcome}")
    return scope.text("identity-mark", told=told, points=f"{points:+d}", good="yes" if points > 0 else "no")
