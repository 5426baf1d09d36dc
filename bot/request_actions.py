"""What is done to one request from the chat, by button, by command or by a typed label: one place for all three.

Each is checked against the table of rights (`domain/rights.py`) for the person who pressed and the place he did it in.
"""

from dataclasses import replace

from bot.dialogs import change, new_request, words
from bot.dialogs.base import Said, Stage
from bot.hearing import Hearing, matter_of
from domain.chat import Button, Reply, rows
from domain.errors import Refused
from domain.requests import Action, Part, Request
from domain.rights import Place
from handlers.conversations import Turn
from handlers.desk.desk import Desk
from handlers.desk.duplicates import Facts
from handlers.desk.mirror import origin_of
from handlers.desk.ratings import is_asked_about

WORDY = frozenset({Action.ASK, Action.OFFER, Action.ANSWER, Action.OBJECT, Action.REOPEN, Action.NOT_NEEDED})
"""Moves whose button is followed by words."""
PLAIN = frozenset({Action.TAKE, Action.CONFIRM, Action.CLOSE, Action.WITHDRAW})
"""Moves that are done by the press alone; «Решено» asks once more where words contradict it."""
CHANGES = frozenset({change.PRIORITY, change.TYPE, change.HAND_OVER, change.MERGE})
MORE = (change.HAND_OVER, change.TYPE, "template", change.MERGE, Action.NOT_NEEDED)
NAMES = WORDY | PLAIN | CHANGES
"""Everything a button or a command may name."""


class RequestActions:
    """Buttons and commands of one request."""

    def __init__(self, desk: Desk, hearing: Hearing) -> None:
        self._desk = desk
        self._requests = desk.requests
        self._hearing = hearing

    # --- buttons ----------------------------------------------------------------------------------------

    async def press(self, turn: Turn, name: str, request_id: int, stage: Stage) -> None:
        """``r:<name>:<request>``."""
        request = await self._requests.get(turn.desk, request_id)
        match name:
            case "card":
                await turn.tell(await self.card(turn, request))
            case words.REPLY:
                await self._reply(turn, request, stage)
            case "join":
                await self._join(turn, request)
            case "more":
                await self._more(turn, request)
            case "sure":
                await self._move(turn, request, Action.CONFIRM, "")
            case _ if name in NAMES:
                await self.do(turn, request, name, stage)
            case _:
                raise Refused("unknown-button")

    async def choose(self, turn: Turn, request_id: int, offer_id: int, number: int) -> None:
        """``o:<request>:<offer>:<n>``: one of the variants."""
        request = await self._requests.get(turn.desk, request_id)
        await self._check(turn, Action.CHOOSE, request)
        after, chosen = await self._desk.offers.choose(turn.desk, request_id, offer_id, number - 1)
        await turn.amend(Reply(turn.text("choice-made", number=after.number, option=chosen)))

    async def about_words(self, turn: Turn, what: str, request_id: int, fact_id: int, stage: Stage) -> None:
        """``q:<what>:<request>:<fact>``: what the requester's words said besides."""
        request = await self._requests.get(turn.desk, request_id)
        history = await self._requests.history(turn.desk, request)
        fact = next((one for one in history if one.id == fact_id and one.who_id == turn.person.id), None)
        if fact is None or not fact.text:
            raise Refused("unknown-button")
        if what == Action.OBJECT:
            await self._move(turn, request, Action.OBJECT, fact.text)
        elif what == "new":
            await self._check(turn, "separate", request)
            await stage.discard(turn)
            state = new_request.start(related=[request.id])
            await stage.begin(turn, state, said=Said(matter_of(fact.text)))
        else:
            raise Refused("unknown-button")

    # --- doing ------------------------------------------------------------------------------------------

    async def do(self, turn: Turn, request: Request, name: str, stage: Stage, text: str = "") -> None:
        """One of NAMES; ``text``: words given along with a command, asked for otherwise where they are needed."""
        await self._check(turn, name, request)
        if name in CHANGES:
            await self._change(turn, request, name, stage, text)
            return
        action = Action(name)
        if action not in await self._requests.possible(turn.desk, request):
            await self._requests.act(turn.desk, request.id, action, "-")  # raises with what is possible
        if action in WORDY and not text:
            await stage.begin(turn, words.start(request.id, action.value, request.number))
        elif action is Action.CONFIRM:
            await self._confirm(turn, request, text)
        else:
            await self._move(turn, request, action, text)

    async def _confirm(self, turn: Turn, request: Request, text: str) -> None:
        """«Решено»; words that say the opposite, now or before, make us ask once more."""
        if text.strip():
            await self._requests.hear(turn.desk, request.id, replace(turn.event, text=text))
        doubt = await self._hearing.doubt(turn, request)
        if doubt is not None:
            await turn.tell(doubt)
        else:
            await self._move(turn, request, Action.CONFIRM, "")

    async def _move(self, turn: Turn, request: Request, action: Action, text: str) -> None:
        origin = origin_of(turn.event) if text and not turn.event.is_private else None
        if action is Action.OFFER:
            after = await self._desk.offers.make(turn.desk, request.id, text, origin=origin)
        else:
            after = await self._requests.act(turn.desk, request.id, action, text, origin=origin)
        if turn.event.is_private:
            parts = await self._requests.parts(turn.desk, after)
            buttons = self._requests.cards.requester_buttons(turn.desk, after, parts=parts)
            mine = bool(parts & {Part.REQUESTER, Part.REPRESENTATIVE})
            done = turn.text(f"done-{action}".replace("_", "-"), number=request.number)
            if Part.REQUESTER in parts and is_asked_about(after):
                done += " " + turn.text("rate-how")
            await turn.tell(Reply(done, buttons if mine else ()))

    async def _change(self, turn: Turn, request: Request, name: str, stage: Stage, text: str) -> None:
        if not request.is_open:
            raise Refused("request-closed", number=request.number)
        state = change.start(name, request.id, request.number)
        await stage.begin(turn, state, said=Said(text) if text else None)

    async def _reply(self, turn: Turn, request: Request, stage: Stage) -> None:
        if not await self._requests.rights.allows(turn.desk, "write", request):
            raise Refused("not-your-request", number=request.number)
        await self._check(turn, "write", request)
        if not request.is_open:
            raise Refused("request-closed", number=request.number)
        await stage.begin(turn, words.start(request.id, words.REPLY, request.number))

    async def _join(self, turn: Turn, request: Request) -> None:
        await self._check(turn, "join", request)
        facts = Facts(login=turn.person.login)
        after, added = await self._desk.duplicates.join(turn.desk, request.id, facts, turn.event.channel)
        key = "joined" if added else "joined-before"
        await turn.tell(Reply(turn.text(key, number=after.number, subject=after.subject)))

    async def _more(self, turn: Turn, request: Request) -> None:
        """Support's rarer buttons."""
        await self._check(turn, change.HAND_OVER, request)
        possible = set(await self._requests.possible(turn.desk, request))
        names = [name for name in MORE if not isinstance(name, Action) or name in possible]
        buttons = [
            Button(turn.text(f"do-{name}".replace("_", "-")), _payload(name, request)) for name in names
        ]
        await turn.tell(Reply(turn.text("more", number=request.number), rows(*buttons)))

    # --- cards ------------------------------------------------------------------------------------------

    async def card(self, turn: Turn, request: Request) -> Reply:
        """The request for the person of this turn: the whole card, or what a colleague may see of it."""
        await self._check(turn, "summary", request)
        scope, cards = turn.desk, self._requests.cards
        if not await self._requests.rights.allows(scope, "card", request):
            join = Button(turn.text("button-join"), f"r:join:{request.id}", "primary")
            return Reply(cards.summary(scope, request), ((join,),) if request.is_open else ())
        history = await self._requests.history(scope, request)
        parts = await self._requests.parts(scope, request)
        related = await self._requests.related(scope, request)
        shown = cards.requester(scope, request, history, parts)
        text = shown.text
        if related:
            numbers = ", ".join(other.number for other in related)
            text += "\n\n" + turn.text("card-related", numbers=numbers)
        mine = bool(parts & {Part.REQUESTER, Part.REPRESENTATIVE})
        buttons = shown.buttons if mine and turn.event.is_private else ()
        if len(cards.pages(scope, history)) > 1:
            buttons += ((Button(turn.text("button-history"), f"b:history:{request.id}:0"),),)
        return Reply(text, buttons)

    # --- rights -----------------------------------------------------------------------------------------

    async def _check(self, turn: Turn, right: str, request: Request) -> None:
        """The table of rights; moves tell better themselves why they are refused, so of them only the place."""
        place = await self.place(turn, request)
        if right not in WORDY | PLAIN or await self._requests.rights.allows(turn.desk, right, request):
            await self._requests.rights.check(turn.desk, right, request, place)
        elif place is Place.ANYWHERE:
            raise Refused("only-in-thread")

    async def place(self, turn: Turn, request: Request | None) -> Place:
        """Where this happens, as the rights see it."""
        event = turn.event
        return await self._requests.place(turn.desk, request, event.address, private=event.is_private)


def _payload(name: str, request: Request) -> str:
    return "t:list" if name == "template" else f"r:{name}:{request.id}"
