"""Starting and watching syncs from the chat: ``/sync``, ``/sync status``, ``/sync errors``, ``/sync dry``."""

from domain import rights
from domain.chat import Button, Markup, Reply, rows
from domain.errors import Refused
from domain.portal import Hotel
from handlers.conversations import Turn
from handlers.sync.syncs import Syncs

MODES = {
    "status": "status",
    "статус": "status",
    "errors": "errors",
    "ошибки": "errors",
    "dry": "dry",
    "full": "full",
}


class SyncCommands:
    """The sync, operated from chat by managers and support."""

    def __init__(self, syncs: Syncs) -> None:
        self._syncs = syncs

    async def run(self, turn: Turn, argument: str) -> None:
        """``/sync [status|errors|dry|full] [HOTEL]`` in any order."""
        self._check(turn)
        words = argument.split()
        mode = next((MODES[w.casefold()] for w in words if w.casefold() in MODES), "sync")
        named = [w for w in words if w.casefold() not in MODES]
        hotel = self._hotel(turn, named[0] if named else None)
        if hotel is None:
            buttons = [Button(h.name, f"s:{mode}:{h.id}") for h in turn.portal.hotels]
            await turn.tell(Reply(turn.text("sync-which-hotel"), rows(*buttons)))
            return
        await self._start(turn, mode, hotel)

    async def press(self, turn: Turn, payload: str) -> None:
        """A button of the sync: which hotel, again, errors."""
        self._check(turn)
        mode, _, number = payload.partition(":")
        hotel = next((h for h in turn.portal.hotels if str(h.id) == number), None)
        if hotel is None or mode not in {*MODES.values(), "sync"}:
            raise Refused("unknown-button")
        await self._start(turn, mode, hotel)

    @staticmethod
    def _check(turn: Turn) -> None:
        if not rights.allows("sync", rights.standings(turn.person, turn.portal)):
            raise Refused("sync-not-yours")
        if not turn.portal.hotels:
            raise Refused("no-hotels")

    @staticmethod
    def _hotel(turn: Turn, code: str | None) -> Hotel | None:
        if code is None:
            return turn.portal.hotels[0] if len(turn.portal.hotels) == 1 else None
        hotel = turn.portal.hotel(code)
        if hotel is None:
            raise Refused("no-such-hotel", hotel=code, known=", ".join(h.code for h in turn.portal.hotels))
        return hotel

    async def _start(self, turn: Turn, mode: str, hotel: Hotel) -> None:
        match mode:
            case "status":
                await turn.tell(await self._status(turn, hotel))
            case "errors":
                await turn.tell(await self._errors(turn, hotel))
            case _:
                await self._syncs.order(turn.scope, hotel, mode, turn.event.address)

    async def _status(self, turn: Turn, hotel: Hotel) -> Reply:
        runs = await self._syncs.last_runs(turn.scope, hotel, limit=5)
        lines = "\n".join(self._syncs.line(turn.scope, hotel, run) for run in runs)
        again = Button(turn.text("button-sync-now"), f"s:sync:{hotel.id}", "primary")
        errors = Button(turn.text("button-sync-errors"), f"s:errors:{hotel.id}")
        text = turn.text("sync-status", hotel=hotel.name, lines=Markup(lines or turn.text("sync-never")))
        return Reply(text, ((again, errors),))

    async def _errors(self, turn: Turn, hotel: Hotel) -> Reply:
        failed = await self._syncs.failed_items(turn.scope, hotel, limit=10)
        if not failed:
            return Reply(turn.text("sync-no-errors", hotel=hotel.name))
        lines = "\n".join(turn.text("sync-error-line", **item) for item in failed)
        return Reply(turn.text("sync-errors", hotel=hotel.name, lines=Markup(lines)))
