"""`concierge identities`: which profiles were taken for one person, which wait for a word, and the word itself."""

from typing import Any

from rich.console import Console

from app.commands.base import Outcome, UsageError, hotel_of, opened, records, require_portal, sheet
from app.settings import Settings
from bot.texts.faults import told
from domain.errors import Refused
from domain.portal import Hotel
from handlers.scope import Scope
from handlers.sync.asks import Asks
from storage import identity as cases
from storage import stays
from storage.identity import Case

SHOWN = 1000
WORDS = ("join", "apart")


async def identities(settings: Settings, hotel_code: str) -> Outcome:
    """Open questions first, then what was decided, the newest first. Names as at the level ``basic``."""
    async with records(settings) as house:
        hotel = hotel_of(house.portal, hotel_code)
        async with house.scopes.reading(house.portal.id) as scope:
            found = await cases.listed(scope.tx, house.portal.id, hotel_id=hotel.id, limit=SHOWN)
            found.sort(key=lambda one: one.state != cases.OPEN)
            items = await _described(scope, hotel, found)

    def show(console: Console) -> None:
        headers = ("id", "state", "guest", "profile", "contact", "points", "how")
        names = ("id", "state", "name", "profile", "contact", "points", "how")
        sheet(
            console, headers, ([one[name] for name in names] for one in items), empty="nothing was compared"
        )

    return Outcome({"hotel": hotel.code, "items": items}, 0, show)


async def decide_identity(settings: Settings, hotel_code: str, case_id: int, word: str) -> Outcome:
    """Join or keep apart, also against what was decided before; the hotel's next sync, ordered here, does it."""
    if word not in WORDS:
        raise UsageError(f"--decide {case_id} {word}: say join or apart")
    require_portal(settings)
    async with opened(settings) as house:
        hotel = hotel_of(house.portal, hotel_code)
        asks = Asks(lambda _portal_id: house.parties.outside, house.syncs)
        async with house.scopes.writing(house.portal.id) as scope:
            case = await cases.get(scope.tx, house.portal.id, case_id)
            if case is None or case.hotel_id != hotel.id:
                raise UsageError(f"--decide {case_id}: no such pair of {hotel.code}")
            try:
                after = await asks.decide(scope, case_id, _deed(case, word))
            except Refused as refused:
                raise UsageError(told(refused.code, scope.language, refused.params)) from refused
            items = await _described(scope, hotel, [after])
    return Outcome({"hotel": hotel.code, "items": items}, 0, lambda console: console.print(items[0]["state"]))


def _deed(case: Case, word: str) -> str:
    """What the word means for a case as it stands."""
    against = {cases.JOINED: "apart", cases.APART: "join"}
    return "undo" if against.get(case.state) == word else word


async def _described(scope: Scope, hotel: Hotel, found: list[Case]) -> list[dict[str, Any]]:
    profiles = await stays.profiles_by_id(scope.tx, hotel.id, [one.profile_id for one in found])
    return [
        {
            "id": one.id,
            "state": one.state,
            "how": one.how,
            "profile": one.profile_id,
            "name": " ".join(filter(None, (whose.last_name, whose.first_name)))
            if (whose := profiles.get(one.profile_id))
            else "",
            "contact": one.crm_id,
            "points": one.points,
            "marks": [{"what": what, "outcome": outcome, "points": n} for what, outcome, n in one.marks],
            "created_at": one.created_at.isoformat(),
            "decided_at": one.decided_at.isoformat() if one.decided_at else None,
        }
        for one in found
    ]
