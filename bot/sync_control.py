"""The sync from chat: ``/sync`` and its words, and what its buttons do. Who presses is asked each time."""

from collections.abc import Awaitable, Callable

from bot.command_names import is_id
from domain import rights
from domain.chat import Button, MessageRef, Reply, rows
from domain.errors import Refused
from domain.people import Person, Role
from domain.portal import Hotel
from handlers import licences
from handlers.conversations import Turn
from handlers.desk.requests import Requests
from handlers.sync import failure_pages, history, standing
from handlers.sync.budget import BudgetOf
from handlers.sync.incidents import Incidents
from handlers.sync.status import paused_card, status
from handlers.sync.syncs import Syncs
from handlers.sync.why import Why

MODES = {
    "status": "status",
    "статус": "status",
    "errors": "errors",
    "ошибки": "errors",
    "history": "history",
    "история": "history",
    "resume": "resume",
    "возобновить": "resume",
    "retry": "retry",
    "повторить": "retry",
    "dry": "dry",
    "проба": "dry",
    "reconcile": "reconcile",
    "сверка": "reconcile",
    "full": "full",
    "полностью": "full",
}
RUNS = frozenset({"sync", "full", "dry", "reconcile"})
WHOLE = "whole"
"""A rehearsal of the whole window."""
ASKED, STATUS, PAUSED = "q", "s", "z"
"""Where a button stands: under «Какой отель?», under the status, under the word of a pause.

A page of errors is ``p3``, the answer about a failed record ``w`` and its item, a report its order's id.
"""
WHY = frozenset({"why", "почему"})
OPERATORS = frozenset({Role.MANAGER, Role.SUPPORT, Role.ADMIN})

Deed = Callable[[Turn, Hotel, list[str]], Awaitable[None]]


class SyncCommands:
    """The sync, operated from chat by managers and support."""

    def __init__(self, syncs: Syncs, requests: Requests, incidents: Incidents, budget: BudgetOf) -> None:
        self._syncs = syncs
        self._requests = requests
        self._incidents = incidents
        self._budget = budget
        self._why = Why()
        self._deeds: dict[str, Deed] = {
            "status": self._status,
            "errors": self._errors,
            "history": self._history,
            "resume": self._resume,
            "retry": self._retry,
            "apply": self._apply,
            "repair": self._repair,
            "file": self._file,
        }

    async def run(self, turn: Turn, argument: str) -> None:
        """``/sync [status|errors|history|dry|full|reconcile|retry|resume] [HOTEL]`` in any order, ``/sync why NAME``."""
        _check(turn)
        words = argument.split()
        if words and words[0].casefold() in WHY:
            await self._ask_why(turn, " ".join(words[1:]))
            return
        verb = _verb(words)
        named = [w for w in words if w.casefold() not in MODES]
        hotel = _hotel(turn, named[0] if named else None)
        if hotel is None:
            buttons = [Button(h.name, f"s:{verb}:{h.id}:{ASKED}") for h in _mine(turn)]
            await turn.tell(Reply(turn.text("sync-which-hotel"), rows(*buttons)))
            return
        whole = verb == "dry" and any(MODES.get(w.casefold()) == "full" for w in words)
        await self._do(turn, verb, hotel, [WHOLE] if whole else [])

    async def press(self, turn: Turn, payload: str) -> None:
        """``s:<verb>:<hotel>[:<more>…]``; anybody can forge one, and anybody in a group can press."""
        _check(turn)
        verb, *parts = payload.split(":")
        hotel = next((h for h in turn.portal.hotels if parts and str(h.id) == parts[0]), None)
        if hotel is None or verb not in {*self._deeds, *RUNS}:
            raise Refused("unknown-button")
        await self._do(turn, verb, hotel, parts[1:])

    async def _do(self, turn: Turn, verb: str, hotel: Hotel, more: list[str]) -> None:
        if not _operates(turn.person, hotel):
            raise Refused("sync-not-your-hotel", hotel=hotel.name)
        if verb in RUNS:
            await self._start(turn, verb, hotel, more[0] if more else "")
        else:
            await self._deeds[verb](turn, hotel, more)

    # --- runs -------------------------------------------------------------------------------------------

    async def _start(self, turn: Turn, mode: str, hotel: Hotel, origin: str) -> None:
        """A run; the question «Какой отель?» becomes its card, another message is drawn anew without the button."""
        full, into = origin == WHOLE, _into(turn, origin)
        await self._syncs.order(turn.scope, hotel, mode, turn.event.address, full=full, into=into)
        if mode != "dry" and (banner := await licences.banner(turn.scope)):
            await turn.tell(Reply(banner))
        await self._redraw(turn, hotel, origin)

    async def _retry(self, turn: Turn, hotel: Hotel, more: list[str]) -> None:
        """One record, or everything that failed."""
        what, origin = (more[0] if more else "all"), (more[-1] if more else "")
        everything = what in {"all", ASKED}
        if not everything and not is_id(what):
            raise Refused("unknown-button")
        items = None if everything else [int(what)]
        into = _into(turn, origin)
        await self._syncs.retry(turn.scope, hotel, turn.event.address, items=items, into=into)
        await self._redraw(turn, hotel, origin if len(more) > 1 else "")

    async def _apply(self, turn: Turn, hotel: Hotel, more: list[str]) -> None:
        """«Применить»: exactly what the preview shows; it loses its button."""
        if not more or not is_id(more[0]):
            raise Refused("unknown-button")
        await self._syncs.apply(turn.scope, hotel, int(more[0]), turn.event.address)
        await self._redraw(turn, hotel, more[0])

    async def _repair(self, turn: Turn, hotel: Hotel, more: list[str]) -> None:  # noqa: ARG002
        """«Исправить»: the report it stands under becomes the repair's own card."""
        await self._syncs.repair(turn.scope, hotel, turn.event.address, into=_pressed(turn))

    async def _resume(self, turn: Turn, hotel: Hotel, more: list[str]) -> None:  # noqa: ARG002
        resumed = await standing.resume(turn.scope, hotel)
        key = "sync-resumed" if resumed else "sync-not-paused"
        now = Button(turn.text("button-sync-now"), f"s:sync:{hotel.id}:{STATUS}", "primary")
        reply = Reply(turn.text(key, hotel=hotel.name, minutes=hotel.every_minutes), ((now,),))
        await self._here(turn, reply)

    # --- looking ----------------------------------------------------------------------------------------

    async def _status(self, turn: Turn, hotel: Hotel, more: list[str]) -> None:
        await self._paged(turn, await self._status_of(turn, hotel), more)

    async def _status_of(self, turn: Turn, hotel: Hotel) -> Reply:
        card = await self._status_card(turn, hotel)
        banner = await licences.banner(turn.scope)
        return Reply(f"{banner}\n\n{card.text}", card.buttons) if banner else card

    async def _status_card(self, turn: Turn, hotel: Hotel) -> Reply:
        return await status(turn.scope, self._syncs.cards, hotel, self._budget(turn.scope.portal.id))

    async def _errors(self, turn: Turn, hotel: Hotel, more: list[str]) -> None:
        reply = await failure_pages.page(turn.scope, hotel, _number(more), turn.event.address)
        await self._paged(turn, reply, more)

    async def _history(self, turn: Turn, hotel: Hotel, more: list[str]) -> None:
        await self._paged(turn, await history.page(turn.scope, hotel, _number(more)), more)

    async def _ask_why(self, turn: Turn, words: str) -> None:
        """Every hotel the person works for; one named before the guest's name narrows it down."""
        head, _, rest = words.partition(" ")
        named = turn.portal.hotel(head) if rest else None
        hotels = [named] if named else _mine(turn)
        query = rest if named else words
        for hotel in hotels:
            if not _operates(turn.person, hotel):
                raise Refused("sync-not-your-hotel", hotel=hotel.name)
            await turn.tell(await self._why.card(turn.scope, hotel, query, turn.event.address))

    # --- the desk ---------------------------------------------------------------------------------------

    async def _file(self, turn: Turn, hotel: Hotel, more: list[str]) -> None:
        """«Завести обращение»: one per cause; the message shows its number instead of the button."""
        if not more:
            raise Refused("unknown-button")
        request, new = await self._incidents.file(turn.scope, hotel, more[0], turn.event.channel)
        card = Button(turn.text("button-open-card"), f"r:card:{request.id}")
        if new:
            text = self._requests.registered_text(turn.scope, request)
        else:
            text = turn.text("incident-known", number=request.number)
        await turn.tell(Reply(text, ((card,),)))
        await self._redraw(turn, hotel, more[1] if len(more) > 1 else "")

    # --- messages ---------------------------------------------------------------------------------------

    async def _redraw(self, turn: Turn, hotel: Hotel, origin: str) -> None:
        """The pressed message as things stand now, so that it offers nothing that is done already."""
        if _pressed(turn) is None:
            return
        if origin == STATUS:
            await turn.amend(await self._status_of(turn, hotel))
        elif origin == PAUSED:
            await turn.amend(await paused_card(turn.scope, hotel))
        elif origin.startswith("w") and is_id(origin[1:]):
            if card := await self._why.again(turn.scope, hotel, int(origin[1:]), turn.event.address):
                await turn.amend(card)
        elif origin.startswith("p") and is_id(origin[1:]):
            number = int(origin[1:])
            await turn.amend(await failure_pages.page(turn.scope, hotel, number, turn.event.address))
        elif is_id(origin):
            order = await self._syncs.order_of(turn.scope, hotel, int(origin))
            await turn.amend(await self._syncs.cards.report(turn.scope, order, hotel, turn.event.address))

    @staticmethod
    async def _paged(turn: Turn, reply: Reply, more: list[str]) -> None:
        """Turning a page, and answering «Какой отель?», happens in place."""
        if more and _pressed(turn) is not None:
            await turn.amend(reply)
        else:
            await turn.tell(reply)

    @staticmethod
    async def _here(turn: Turn, reply: Reply) -> None:
        """In the pressed message's place; below what was typed."""
        if _pressed(turn) is not None:
            await turn.amend(reply)
        else:
            await turn.tell(reply)


def _check(turn: Turn) -> None:
    if not rights.allows("sync", rights.standings(turn.person, turn.portal)):
        raise Refused("sync-not-yours")
    if not turn.portal.hotels:
        raise Refused("no-hotels")


def _operates(person: Person, hotel: Hotel) -> bool:
    """Whether one of the person's offices holds in this hotel."""
    code = hotel.code.casefold()
    return any(
        grant.role in OPERATORS and (not grant.hotels or code in map(str.casefold, grant.hotels))
        for grant in person.grants
    )


def _mine(turn: Turn) -> list[Hotel]:
    return [hotel for hotel in turn.portal.hotels if _operates(turn.person, hotel)]


def _hotel(turn: Turn, code: str | None) -> Hotel | None:
    if code is None:
        mine = _mine(turn)
        return mine[0] if len(mine) == 1 else None
    hotel = turn.portal.hotel(code)
    if hotel is None:
        raise Refused("no-such-hotel", hotel=code, known=", ".join(h.code for h in turn.portal.hotels))
    return hotel


def _pressed(turn: Turn) -> MessageRef | None:
    """The message whose button was pressed; None when words were typed."""
    if turn.event.payload is None or not turn.event.message_id:
        return None
    return MessageRef(turn.event.address, turn.event.message_id)


def _into(turn: Turn, origin: str) -> MessageRef | None:
    """The question that the run's card takes the place of."""
    return _pressed(turn) if origin == ASKED else None


def _number(more: list[str]) -> int:
    """Which page a button asks for."""
    if not more or more[0] == ASKED:
        return 0
    if not is_id(more[0]):
        raise Refused("unknown-button")
    return int(more[0])


def _verb(words: list[str]) -> str:
    """What the words ask for; «dry full» is a rehearsal."""
    named = [MODES[word.casefold()] for word in words if word.casefold() in MODES]
    return "dry" if "dry" in named else next(iter(named), "sync")
