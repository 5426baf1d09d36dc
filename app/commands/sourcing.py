"""`concierge source guess FILE` and `concierge source probe HOTEL`: setting a door up, before it is relied on."""

import asyncio
from pathlib import Path

from rich.console import Console

from app.commands.base import Outcome, UsageError, inert, records, sheet
from app.settings import Settings
from bot.texts import text
from domain.doors import first_door
from handlers.sync import door_links, door_probe
from integrations.fidelio.exports.guess import Proposal, propose
from integrations.fidelio.exports.readers import BadFile
from storage import door_records


async def guess_source(settings: Settings, file: Path) -> Outcome:
    """A column map for an export file, with its first rows. Exit 0 when the rows can be read by it, else 1."""
    try:
        found = await asyncio.to_thread(propose, file, timezone=settings.service.timezone)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except (BadFile, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: {error}") from error
    data = {
        "file": str(file),
        "usable": found.usable,
        "map": found.toml,
        "files": [found.table],
        "doubts": found.doubts,
        "unused": found.unused,
        "rows": found.rows,
    }
    return Outcome(data, 0 if found.usable else 1, lambda console: _show(console, settings, found))


def _show(console: Console, settings: Settings, found: Proposal) -> None:
    language = settings.service.language
    console.print(inert_lines(found.toml), markup=False)
    for doubt in found.doubts:
        if doubt not in found.toml:
            console.print(f"? {inert(doubt)}", markup=False)
    if found.unused:
        console.print(text("guess-unused", language, names=", ".join(map(inert, found.unused))), markup=False)
    console.print(text("guess-rows" if found.rows else "guess-no-rows", language), markup=False)
    for row in found.rows:
        console.print(inert("  " + "  ".join(f"{name}={value}" for name, value in row.items())), markup=False)


def inert_lines(words: str) -> str:
    """Outside text of several lines for a terminal."""
    return "\n".join(map(inert, words.splitlines()))


async def probe_source(settings: Settings, hotel_code: str) -> Outcome:
    """Do the doors of a hotel number stays alike? Compares the guests that both see in the house."""
    async with records(settings) as house:
        hotel = house.portal.hotel(hotel_code)
        if hotel is None:
            raise UsageError(f"{hotel_code}: no such hotel")
        first = first_door(hotel.doors)
        if first is None or len(hotel.doors) < 2:
            raise UsageError(f"{hotel.code}: it has one door, there is nothing to compare")
        found = []
        async with house.scopes.writing(house.portal.id) as scope:
            for door in hotel.doors:
                if door is first:
                    continue
                evidence = await door_probe.probe(scope, hotel, door)
                if evidence.verdict and door.same_ids is None:
                    await door_probe.become_same(scope, hotel, door)
                same = await door_links.same_numbers(scope, hotel, door)
                alone = len(await door_records.unmatched(scope.tx, hotel.id, door.name, "stay"))
                found.append(
                    {
                        "door": door.name,
                        "first": first.name,
                        "same_ids": evidence.verdict,
                        "set": door.same_ids,
                        "in_force": same,
                        "unmatched": alone,
                        **evidence.as_json(),
                    }
                )

    def show(console: Console) -> None:
        heads = ("door", "first", "same_ids", "set", "compared", "agree", "contradict", "unmatched")
        sheet(console, heads, ([one[head] for head in heads] for one in found), empty="")

    return Outcome({"hotel": hotel.code, "doors": found}, show=show)
