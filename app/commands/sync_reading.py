"""`concierge sync-errors`, `runs` and `why`: the sync looked back on. They read the tables and call nobody."""

from collections.abc import Sequence

from rich.console import Console

from app.commands.base import Outcome, hotel_of, inert, records, sheet
from app.settings import Settings
from domain.chat import Address, Channel
from domain.markup import plain_text
from handlers.sync import failure_pages, history
from handlers.sync.why import Why
from storage import people, run_items, runs

ERRORS_SHOWN = 1000
RUNS_SHOWN = 20


TERMINAL = Address(Channel.BITRIX24, "terminal")


async def sync_errors(
    settings: Settings, hotel_code: str, *, retry: bool = False, only: Sequence[str] = (), quiet: bool = False
) -> Outcome:
    """What isn't in the CRM and why; ``retry`` tries these (or ``only`` some of them) and nothing else."""
    if retry:
        from app.commands.syncing import retry_sync  # noqa: PLC0415 - all rooms: looking gets along without

        return await retry_sync(settings, hotel_code, only, quiet=quiet)
    async with records(settings) as house:
        hotel = hotel_of(house.portal, hotel_code)
        async with house.scopes.reading(house.portal.id) as scope:
            items = await run_items.open_failures(scope.tx, hotel.id, ERRORS_SHOWN)
            found = await failure_pages.described(scope, hotel, items, None)
    words = [plain_text(one.reason) for one in found]

    def show(console: Console) -> None:
        headers = ("record", "key", "guest", "cause", "reason", "CRM")
        lines = (
            (one.item.entity, one.item.key, one.name, one.cause, told, one.url)
            for one, told in zip(found, words, strict=True)
        )
        sheet(console, headers, lines, empty="no errors")

    listed = [
        {
            "entity": one.item.entity,
            "key": one.item.key,
            "code": one.item.code,
            "reason": one.item.reason,
            "cause": one.cause,
            "words": told,
            "run": one.item.run_id,
            "url": one.url,
        }
        for one, told in zip(found, words, strict=True)
    ]
    return Outcome({"hotel": hotel.code, "items": listed}, 1 if found else 0, show)


async def list_runs(settings: Settings, hotel_code: str, *, limit: int = RUNS_SHOWN) -> Outcome:
    """The hotel's last runs, newest first."""
    async with records(settings) as house:
        hotel = hotel_of(house.portal, hotel_code)
        async with house.scopes.reading(house.portal.id) as scope:
            found = await runs.last(scope.tx, hotel.id, limit)
            asked = [run.asked_by for run in found if run.asked_by]
            names = await people.load_many(scope.tx, house.portal.id, asked)
            lines = [plain_text(line) for line in await history.told(scope, hotel, found)]

    def show(console: Console) -> None:
        console.print(inert("\n".join(lines)) or "no runs yet", markup=False)

    who = {person_id: person.name for person_id, person in names.items()}
    listed = [history.as_json(run, who.get(run.asked_by or 0, "")) for run in found]
    return Outcome({"hotel": hotel.code, "runs": listed}, 0, show)


async def why(settings: Settings, hotel_code: str, query: str) -> Outcome:
    """What became of a guest or a reservation on the way into the CRM; exit 1 when one isn't there."""
    async with records(settings) as house:
        hotel = hotel_of(house.portal, hotel_code)
        asking = Why()
        async with house.scopes.writing(house.portal.id) as scope:
            answers = await asking.ask(scope, hotel, query, TERMINAL)
            lines = [plain_text(asking.line(scope, one)) for one in answers]

    def show(console: Console) -> None:
        urls = [f"\n{one.url}" if one.url else "" for one in answers]
        told = [line + url for line, url in zip(lines, urls, strict=True)]
        console.print(inert("\n\n".join(told)), markup=False)

    listed = [
        {
            "entity": one.entity,
            "key": one.key,
            "name": one.name,
            "verdict": one.verdict,
            "words": plain_text(one.words),
            "url": one.url,
        }
        for one in answers
    ]
    there = all(one.verdict in {"in-crm", "changed", "merged"} for one in answers)
    return Outcome({"hotel": hotel.code, "query": query, "answers": listed}, 0 if there else 1, show)
