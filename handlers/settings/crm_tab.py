"""The tab on a contact or a deal of the CRM: the guest's card and stays by the viewer's level, and a request about him."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.chat import Address, Channel, Markup
from domain.errors import Refused
from domain.guest_search import relevance
from domain.portal import Hotel
from domain.problems import propose_subject
from domain.requests import RequestType
from domain.stays import Stay
from handlers.desk.requests import RequestForm, Requests
from handlers.guests import filing, looks
from handlers.guests.lookups import Guests
from handlers.scope import Scope, Scopes
from handlers.settings.viewers import Viewer
from storage import snapshots
from storage.stays import stays_of_profile

PURPOSE = "crm-tab"
STAYS_SHOWN = 20
LONGEST_QUESTION = 3000


@dataclass(frozen=True, slots=True)
class GuestTab:
    """What one hotel knows of the item: the card in words, and every stay in a line."""

    hotel: str
    card: Markup
    stays: Sequence[Markup]


class CrmTab:
    """Everything shown is journalled as a look-up."""

    def __init__(self, scopes: Scopes, guests: Guests, requests: Requests) -> None:
        self._scopes = scopes
        self._guests = guests
        self._requests = requests

    async def load(self, viewer: Viewer, item: str) -> list[GuestTab]:
        """The guest behind ``contact:12`` or ``deal:34``, by hotel; empty when the CRM's item isn't ours."""
        place = Address(Channel.BITRIX24, viewer.user_id)
        async with self._scopes.writing(viewer.portal_id, viewer.person) as plain:
            scope = plain.speaking(viewer.language)
            found = []
            for hotel, reservation, profile in await self._whom(scope, item):
                stays = await self._stays(scope, hotel, profile)
                today = scope.now.astimezone(hotel.zone).date()
                best = min(stays, key=lambda stay: relevance(stay, today), default=None)
                number = best.reservation_id if best else reservation
                try:
                    shown, _ = await self._guests.open(scope, hotel, number, profile, place, purpose=PURPOSE)
                except Refused:  # erased here, still in the CRM
                    continue
                lines = [_line(scope, stay) for stay in stays]
                found.append(GuestTab(hotel.name, Markup(shown.text), lines))
        return found

    @staticmethod
    async def _whom(scope: Scope, item: str) -> list[tuple[Hotel, str | None, str | None]]:
        entity, _, number = item.partition(":")
        found = []
        for hotel in scope.portal.hotels:
            snapshot = await snapshots.by_crm_id(scope.tx, hotel.id, entity, int(number))
            if snapshot is not None:
                is_stay = entity == "deal"
                found.append((hotel, snapshot.key if is_stay else None, None if is_stay else snapshot.key))
        return found

    @staticmethod
    async def _stays(scope: Scope, hotel: Hotel, profile_id: str | None) -> list[Stay]:
        """Newest first; a deal is one stay, which the card shows."""
        if profile_id is None:
            return []
        stays = await stays_of_profile(scope.tx, hotel.id, profile_id, STAYS_SHOWN)
        return sorted(stays, key=lambda stay: stay.arrival, reverse=True)

    async def file(self, viewer: Viewer, item: str, question: str) -> str:
        """Register a request about the guest; its number. Refused: nothing was asked, or the guest isn't known."""
        asked = question.strip()[:LONGEST_QUESTION]
        if not asked:
            raise Refused("page-wrong-question")
        place = Address(Channel.BITRIX24, viewer.user_id)
        async with self._scopes.writing(viewer.portal_id, viewer.person) as plain:
            scope = plain.speaking(viewer.language)
            whom = await self._whom(scope, item)
            if not whom:
                raise Refused("guest-gone")
            hotel, reservation, profile = whom[0]
            guest = await filing.about(scope, hotel, reservation, profile, place, filing.FILING)
            words = scope.clean(f"{asked}\n\n{guest['facts']}")
            form = RequestForm(
                type=RequestType.SERVICE,
                subject=propose_subject(asked),
                description=words,
                channel=Channel.BITRIX24,
                login=viewer.person.login,
                portal_link=scope.portal.item_url(item.partition(":")[0], int(item.partition(":")[2])),
                hotel_id=hotel.id,
            )
            request = await self._requests.file(scope, form)
            await filing.tie(scope, request, guest)
        return request.number


def _line(scope: Scope, stay: Stay) -> Markup:
    room = stay.room or scope.text("no-room")
    state = looks.state_of(scope, stay)
    return Markup(scope.text("tab-stay", dates=looks.short_dates(stay), room=room, state=state))
