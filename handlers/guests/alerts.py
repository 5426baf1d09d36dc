"""Alerts of coming guests: found before they arrive, told once to those who care, taken on by one and done.

The cards follow: whoever takes one on is named on every copy, and «Сделано» ends it everywhere.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.alerts import SHOWN_FROM, AlertKind, Facts, reasons
from domain.chat import Address, Button, Channel, Reply, rows
from domain.errors import Refused
from domain.guests import Profile
from domain.portal import Hotel
from domain.privacy import Sight
from domain.stays import Stay, StayState
from handlers import outgoing
from handlers.codec import dump, load
from handlers.guests import looks
from handlers.guests.desk import complaints
from handlers.guests.morning import level
from handlers.people import managers_of, private_address
from handlers.scope import Scope, Scopes
from storage import cursors, guest_alerts, guest_lists, links, people
from storage.guest_alerts import DONE, TAKEN, Alert
from storage.stays import arriving_between, profiles_by_id, stays_of_profile

CARD, DIGEST = "alert.card", "alert.digest"
CARDS_AT_ONCE = 3
"""More than so many in one look come as one list, the weightiest as cards."""
LISTED = 10
PLACE = "alert"
"""Under this local type stand the places of an alert's cards."""
EVERY = timedelta(minutes=10)
ORDER = list(AlertKind)
COMING = frozenset({StayState.TENTATIVE, StayState.CONFIRMED, StayState.IN_HOUSE})


class Alerts:
    """Finds what there is to know, and keeps its cards."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    # --- finding ----------------------------------------------------------------------------------------

    async def tick(self, portal_id: int) -> int:
        """Look at every hotel's next arrivals, every ten minutes; how many alerts were made."""
        hotels = [hotel for hotel in self._scopes.portals(portal_id).hotels if hotel.alerts]
        return sum([await self._look(portal_id, hotel) for hotel in hotels])

    async def _look(self, portal_id: int, hotel: Hotel) -> int:
        async with self._scopes.writing(portal_id) as scope:
            name = f"alerts:{hotel.code}"
            last = await cursors.get(scope.tx, portal_id, name)
            if last and scope.now - datetime.fromisoformat(last) < EVERY:
                return 0
            await cursors.put(scope.tx, portal_id, name, scope.now.isoformat(), scope.now)
            news = await self._new(scope, hotel)
            news.sort(key=lambda one: ORDER.index(one[1][0]))
            made = [await self._make(scope, hotel, facts, new) for facts, new in news]
            for place in await self._places(scope, hotel) if made else ():
                await self._tell(scope, hotel, made, place)
        return len(made)

    async def _tell(self, scope: Scope, hotel: Hotel, made: Sequence[int], place: Address) -> None:
        """A card each, or the weightiest as cards and the rest as a list that opens them."""
        cards = made if len(made) <= CARDS_AT_ONCE else made[: CARDS_AT_ONCE - 1]
        for alert_id in cards:
            await self.show(scope, alert_id, place)
        if len(cards) < len(made):
            payload = {"hotel_id": hotel.id, "address": dump(place)}
            await outgoing.put(scope, str(place), DIGEST, payload, once=f"alert-digest:{hotel.id}:{place}")

    async def _new(self, scope: Scope, hotel: Hotel) -> list[tuple[Facts, list[AlertKind]]]:
        """Coming guests with what hasn't been told of them yet."""
        today = scope.now.astimezone(hotel.zone).date()
        last = today + timedelta(days=hotel.alert_days)
        found = await arriving_between(scope.tx, hotel.id, today, last)
        coming = [
            stay
            for stay in found
            if stay.state in COMING and not stay.pseudo_room and not stay.financial_account
        ]
        told = await guest_alerts.told(scope.tx, hotel.id, [stay.reservation_id for stay in coming])
        guests = await profiles_by_id(
            scope.tx, hotel.id, [stay.profile_id for stay in coming if stay.profile_id]
        )
        news = []
        for stay in coming:
            facts = await self._facts(scope, hotel, stay, guests.get(stay.profile_id or ""))
            known = told.get(stay.reservation_id, set())
            if new := [kind for kind in reasons(facts) if kind in hotel.alerts and kind not in known]:
                news.append((facts, new))
        return news

    @staticmethod
    async def _facts(scope: Scope, hotel: Hotel, stay: Stay, profile: Profile | None) -> Facts:
        if profile is None:
            return Facts(stay, None)
        others = await stays_of_profile(scope.tx, hotel.id, profile.profile_id)
        earlier = [
            one for one in others if one.departure <= stay.arrival and one.state is StayState.CHECKED_OUT
        ]
        earlier.sort(key=lambda one: one.departure, reverse=True)
        numbers = await complaints(scope, hotel, earlier[0], profile) if earlier else ()
        return Facts(stay, profile, earlier, numbers)

    @staticmethod
    async def _make(scope: Scope, hotel: Hotel, facts: Facts, kinds: Sequence[AlertKind]) -> int:
        stay = facts.stay
        return await guest_alerts.add(
            scope.tx, scope.portal.id, hotel.id, stay.reservation_id, stay.profile_id, stay.arrival,
            [str(kind) for kind in kinds], facts.complaints, scope.now,
        )  # fmt: skip

    @staticmethod
    async def _places(scope: Scope, hotel: Hotel) -> list[Address]:
        """The chats the hotel names; else its managers each alone, and the managers' chat in Telegram."""
        if hotel.alert_chats:
            pairs = (chat.partition(":") for chat in hotel.alert_chats)
            return [Address(Channel(channel), chat) for channel, _, chat in pairs]
        managers = await managers_of(scope, hotel)
        found = [place for one in managers if (place := private_address(one, Channel.BITRIX24))]
        if chat := scope.portal.desk.telegram_managers_chat:
            found.append(Address(Channel.TELEGRAM, chat))
        return found

    # --- the card ---------------------------------------------------------------------------------------

    @staticmethod
    async def show(scope: Scope, alert_id: int, place: Address, *, anew: bool = False) -> None:
        """The card in one place, as it is now where it stands already; ``anew``: below everything else."""
        payload = {"alert_id": alert_id, "address": dump(place), "anew": anew}
        await outgoing.put(scope, str(place), CARD, payload, once=f"alert-card:{alert_id}:{place}:{anew}")

    async def refresh(self, scope: Scope, alert_id: int) -> None:
        """Every card of an alert, as it is now."""
        for link in await links.of_local(scope.tx, scope.portal.id, PLACE, str(alert_id)):
            await self.show(scope, alert_id, load(Address, link.data["address"]))

    async def card(self, scope: Scope, alert_id: int, place: Address) -> Reply | None:
        """The card for a place; None when the place may see nothing of it, or the guest is gone."""
        alert = await guest_alerts.get(scope.tx, scope.portal.id, alert_id)
        hotel = next((one for one in scope.portal.hotels if alert and one.id == alert.hotel_id), None)
        if alert is None or hotel is None:
            return None
        seen = await self._sight(scope, hotel, place)
        kinds = _shown(alert, seen)
        stay = (await guest_lists.load(scope.tx, hotel.id, [alert.reservation_id])).get(alert.reservation_id)
        if not kinds or stay is None:
            return None
        profile = (
            (await profiles_by_id(scope.tx, hotel.id, [stay.profile_id])).get(stay.profile_id)
            if stay.profile_id
            else None
        )
        lines = [
            scope.text("alert-head", hotel=hotel.name, arrival=stay.arrival),
            looks.row(scope, stay, profile, seen),
            *(self._line(scope, kind, alert, profile, seen) for kind in kinds),
            await self._owner(scope, alert),
        ]
        return Reply("\n".join(filter(None, lines)), self._buttons(scope, alert))

    @staticmethod
    def _line(scope: Scope, kind: AlertKind, alert: Alert, profile: Profile | None, seen: Sight) -> str:
        match kind:
            case AlertKind.COMPLAINT:
                return scope.text("alert-complaint", numbers=", ".join(alert.complaints))
            case AlertKind.VIP:
                return scope.text("alert-vip", code=profile.vip if profile else "")
            case AlertKind.BIRTHDAY if seen.sees("birthday") and profile and profile.birthday:
                return scope.text("alert-birthday-on", day=f"{profile.birthday:%d.%m}")
        return scope.text(f"alert-{kind}")

    @staticmethod
    async def _sight(scope: Scope, hotel: Hotel, place: Address) -> Sight:
        """Of whoever sits there alone his own; of a chat what the chat may see."""
        person = await people.find_by_account(scope.tx, scope.portal.id, place.channel, place.chat)
        return level(scope, hotel, person, place)

    @staticmethod
    async def _owner(scope: Scope, alert: Alert) -> str:
        owner = await people.load(scope.tx, scope.portal.id, alert.owner_id) if alert.owner_id else None
        if owner is None:
            return ""
        key = "alert-done-by" if alert.state == DONE else "alert-taken-by"
        return f"<i>{scope.text(key, name=owner.name)}</i>"

    @staticmethod
    def _buttons(scope: Scope, alert: Alert) -> tuple[tuple[Button, ...], ...]:
        if alert.state == DONE:
            return ()
        done = Button(scope.text("button-alert-done"), f"a:done:{alert.id}")
        if alert.state == TAKEN:
            return rows(done)
        return rows(Button(scope.text("button-alert-take"), f"a:take:{alert.id}", "primary"), done)

    # --- what is pressed --------------------------------------------------------------------------------

    async def press(self, scope: Scope, what: str, alert_id: int, place: Address) -> Alert:
        """``take`` or ``done``; only where the card stands, and by whoever sees it there. Refused when it is late."""
        alert = await guest_alerts.get(scope.tx, scope.portal.id, alert_id)
        placed = await links.of_local(scope.tx, scope.portal.id, PLACE, str(alert_id))
        if (
            alert is None
            or scope.actor is None
            or dump(place) not in [link.data["address"] for link in placed]
        ):
            raise Refused("unknown-button")
        if alert.state == DONE:
            raise Refused("alert-is-done")
        if what == "take" and alert.state == TAKEN and alert.owner_id != scope.actor.id:
            raise Refused("alert-is-taken")
        state = {"take": TAKEN, "done": DONE}[what]
        await guest_alerts.change(scope.tx, alert_id, state, scope.actor.id, scope.now)
        await self.refresh(scope, alert_id)
        return alert

    async def listed(self, scope: Scope, hotel: Hotel, place: Address) -> Reply | None:
        """What nobody has finished, as one list with a number to open each; None when there is nothing to show."""
        today = scope.now.astimezone(hotel.zone).date()
        seen = await self._sight(scope, hotel, place)
        found = [one for one in await guest_alerts.not_done(scope.tx, hotel.id, today) if _shown(one, seen)]
        found.sort(key=lambda one: (one.arrival, ORDER.index(_shown(one, seen)[0]), one.id))
        stays = await guest_lists.load(scope.tx, hotel.id, [one.reservation_id for one in found])
        living = [one for one in found if one.reservation_id in stays]
        if not living:
            return None
        shown = living[:LISTED]
        ids = [guest for one in shown if (guest := stays[one.reservation_id].profile_id)]
        guests = await profiles_by_id(scope.tx, hotel.id, ids)
        lines = [scope.text("alerts-head", hotel=hotel.name, count=len(living))]
        for number, one in enumerate(shown, 1):
            stay = stays[one.reservation_id]
            row = looks.row(scope, stay, guests.get(stay.profile_id or ""), seen)
            marks = ", ".join(scope.text(f"alert-short-{kind}") for kind in _shown(one, seen))
            lines.append(f"{number}. {row} · {marks}")
        buttons = [Button(str(number), f"a:open:{one.id}") for number, one in enumerate(shown, 1)]
        return Reply("\n".join(lines), rows(*buttons, per_row=5))


def _shown(alert: Alert, seen: Sight) -> list[AlertKind]:
    """What of it a level is told, the weightiest first."""
    return [AlertKind(one) for one in alert.kinds if SHOWN_FROM[AlertKind(one)].rank <= seen.level.rank]
