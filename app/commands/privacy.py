"""`concierge lookups | guest-report | erase-guest`: who looked at whom, what lies where about a guest, and its erasure."""

import sys
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from app.commands.base import (
    Outcome,
    Records,
    UsageError,
    hotel_of,
    inert,
    opened,
    records,
    require_portal,
    sheet,
)
from app.commands.syncing import carried_out, error_code
from app.settings import Settings
from handlers.guests import dossier
from handlers.sync import erasing
from storage import lookups, people
from storage.lookups import Lookup

SHOWN = 1000


# --- who looked -----------------------------------------------------------------------------------------------


async def list_lookups(settings: Settings, since: str | None) -> Outcome:
    """The journal, newest first; ``since`` is a day of the portal's zone, like 2026-11-22."""
    async with records(settings) as held:
        moment = _since(since, held.portal.timezone)
        async with held.scopes.reading(held.portal.id) as scope:
            found = await lookups.listed(scope.tx, held.portal.id, since=moment, limit=SHOWN)
            items = await _described(scope.tx, held, found)

    def show(console: Console) -> None:
        headers = ("at", "who", "kind", "where", "hits", "guests", "purpose")
        rows = (
            [*(one[name] for name in headers[:5]), ", ".join(one["guests"]), one["purpose"]] for one in items
        )
        sheet(console, headers, rows, empty="nobody looked")

    return Outcome({"lookups": items}, show=show)


def _since(day: str | None, timezone: str) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time.min, ZoneInfo(timezone))
    except ValueError as error:
        raise UsageError(f"--since {inert(day)}: no date; write it like 2026-11-22") from error


async def _described(tx: Any, held: Records, found: list[Lookup]) -> list[dict[str, Any]]:
    codes = {hotel.id: hotel.code for hotel in held.portal.hotels}
    shown = await lookups.shown_by(tx, [one.id for one in found])
    names = await people.load_many(
        tx, held.portal.id, sorted({one.person_id for one in found if one.person_id})
    )
    return [
        {
            "id": one.id,
            "at": one.at.isoformat(),
            "who": names[one.person_id].name if one.person_id in names else None,
            "kind": one.kind,
            "hotel": codes.get(one.hotel_id or 0),
            "where": f"{one.channel}:{one.chat}" if one.chat else one.channel,
            "hits": one.hits,
            "purpose": one.purpose,
            "question": one.query_hash[:12],
            "guests": shown.get(one.id, []),
        }
        for one in found
    ]


# --- a guest's own questions ----------------------------------------------------------------------------------


async def guest_report(settings: Settings, hotel_code: str, profile: str) -> Outcome:
    """All that lies here about a guest and who looked at it; the report itself is journalled."""
    async with records(settings) as held:
        hotel = hotel_of(held.portal, hotel_code)
        async with held.scopes.writing(held.portal.id) as scope:
            found = await dossier.gather(scope, hotel, profile)
            if found is None:
                raise UsageError(
                    f"no guest {inert(profile)} in {hotel.code}: `concierge guests NAME` shows numbers"
                )
            seen = await lookups.of_guest(scope.tx, held.portal.id, found.keys)
            data = {**found.data, "lookups": await _described(scope.tx, held, seen)}
            await dossier.journal(scope, hotel, found)

    def show(console: Console) -> None:
        for name, value in data.items():
            console.print(inert(f"{name}:"), style="bold", markup=False)
            for line in value if isinstance(value, list) else [value]:
                told = line.items() if isinstance(line, dict) else [("", line)]
                words = ", ".join(
                    f"{key}={one}" if key else str(one) for key, one in told if one not in (None, "", [])
                )
                console.print(inert(f"  {words}"), markup=False)

    return Outcome(data, show=show)


async def erase_guest(
    settings: Settings, hotel_code: str, profile: str, *, yes: bool, quiet: bool = False
) -> Outcome:
    """Erase to the end; the service does it while it runs. Exit codes as of a sync."""
    require_portal(settings)
    async with opened(settings) as house:
        hotel = hotel_of(house.portal, hotel_code)
        async with house.scopes.reading(house.portal.id) as scope:
            found = await dossier.gather(scope, hotel, profile)
        if not yes:
            _ask(hotel.code, profile, found)
        async with house.scopes.writing(house.portal.id) as scope:
            order_id = await house.syncs.order(scope, hotel, erasing.MODE, profile=profile)
        done = await carried_out(house, settings, order_id, quiet=quiet)
    result = dict(done.result or {})
    data = {"hotel": hotel.code, "profile": profile, "order": order_id, "error": result.get("error", "")}
    data |= {**erasing.Erasure().as_json(), **result.get("erased", {})}

    def show(console: Console) -> None:
        if data["error"]:
            console.print(inert(f"not erased: {data['error']} {result.get('detail', '')}"), markup=False)
            return
        for name in ("profiles", "stays", "crm", "requests", "messages"):
            value = data[name]
            console.print(
                inert(f"{name}: {', '.join(value) if isinstance(value, list) else value}"), markup=False
            )

    return Outcome(data, error_code(data["error"]) if data["error"] else 0, show)


def _ask(hotel: str, profile: str, found: dossier.Dossier | None) -> None:
    """A word on the terminal, for nothing brings him back; UsageError without one."""
    about = f"{asdict(found.summary)}" if found else "nothing is stored of him"
    if not sys.stdin.isatty():
        raise UsageError(f"erase-guest {hotel} {inert(profile)} can't be taken back: say --yes")
    sys.stderr.write(inert(f"{hotel} {profile}: {about}. Erase for good? [yes/no] "))
    sys.stderr.flush()
    if sys.stdin.readline().strip().casefold() not in {"yes", "да"}:
        raise UsageError("nothing was erased")
