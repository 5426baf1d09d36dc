"""Takes one event through one turn: route it, run at most one step, show what follows."""

from collections.abc import Mapping

import structlog

from bot.commands import fold
from bot.dialogs.base import Dialog, Finish, Outcome, Said
from bot.routes import Routes
from domain.chat import Button, IncomingKind, IncomingMessage, Reply
from domain.errors import Refused
from handlers.conversations import Conversations, DialogState, Turn, seal, unseal
from handlers.inbox import Work
from handlers.scope import Scope
from handlers.strangers import Strangers

log = structlog.get_logger()


class Engine:
    """The conversation's motor."""

    def __init__(
        self,
        conversations: Conversations,
        dialogs: Mapping[str, Dialog],
        routes: Routes,
        strangers: Strangers,
    ) -> None:
        self._conversations = conversations
        self._dialogs = dialogs
        self._routes = routes
        self._strangers = strangers

    async def handle(self, work: Work) -> None:
        """One event, once. Raises only what the inbox loop should retry or bury."""
        event = work.event
        async with self._conversations.turn(work) as turn:
            if isinstance(turn, Scope):
                await self._strangers.handle(turn, event)
                return
            try:
                async with turn.scope.attempt():
                    await self._route(turn, event)
            except Refused as refusal:
                await self._refuse(turn, refusal)

    async def _route(self, turn: Turn, event: IncomingMessage) -> None:
        if event.kind is IncomingKind.PRESS and (sealed := unseal(event.payload or "")):
            await self._press(turn, *sealed)
        elif (state := turn.memory.current) and (said := self._said(turn, state, event)):
            await self._step(turn, state, said)
        else:
            await self._routes.run(turn, event, self)

    # --- the current dialog -----------------------------------------------------------------------------

    def _said(self, turn: Turn, state: DialogState, event: IncomingMessage) -> Said | None:
        """What the event means to the current step; None when it isn't meant for it."""
        if event.kind is not IncomingKind.TEXT or event.edited or not event.is_private:
            return None
        word = fold(event.text)
        if word in self._routes.ways_out(turn):
            return Said(choice=self._routes.ways_out(turn)[word])
        for label, action in turn.memory.buttons:
            if fold(label) == word and (sealed := unseal(action)):
                return Said(choice=sealed[1])
        dialog = self._dialogs[state.dialog]
        if dialog.is_free_text(state) or event.files:
            return Said(event.text, files=event.files)
        return None if self._routes.is_command(turn, event) else Said(event.text)

    async def _press(self, turn: Turn, nonce: int, choice: str) -> None:
        state = turn.memory.current
        if state is None or nonce != turn.memory.nonce:
            await self._stale(turn, state)
            return
        await self._step(turn, state, Said(choice=choice))

    async def _stale(self, turn: Turn, state: DialogState | None) -> None:
        """A button of a step that is over: say so kindly, take its buttons, show where we are."""
        if state is None:
            await turn.amend(Reply(turn.text("stale-nothing"), ((Button(turn.text("do-new"), "n:new"),),)))
            return
        await turn.amend(Reply(turn.text("stale-step")))
        await self.show(turn, in_place=False)

    async def _step(self, turn: Turn, state: DialogState, said: Said) -> None:
        pressed = turn.event.kind is IncomingKind.PRESS
        if said.choice == "help":
            await turn.tell(self._routes.help(turn))
            await self.show(turn, in_place=False)
            return
        outcome = await self._dialogs[state.dialog].take(turn, state, said)
        await self._follow(turn, outcome, in_place=pressed)

    async def _follow(self, turn: Turn, outcome: Outcome, *, in_place: bool) -> None:
        if isinstance(outcome, Finish):
            turn.memory.stack.pop()
            turn.memory.nonce += 1
            await turn.show(self._with_way_back(turn, outcome.reply), in_place=in_place)
            return
        turn.memory.stack[-1] = outcome.state
        await self.show(turn, notice=outcome.notice, in_place=in_place or outcome.in_place)

    def _with_way_back(self, turn: Turn, reply: Reply) -> Reply:
        """Something was parked below: offer to go on with it."""
        if not turn.memory.stack:
            return reply
        resume = Button(turn.text("button-resume"), "n:resume")
        return Reply(reply.text, (*reply.buttons, (resume,)))

    # --- for the routes ---------------------------------------------------------------------------------

    async def begin(self, turn: Turn, state: DialogState, *, in_place: bool = False) -> None:
        """Start a dialog; the one below waits."""
        turn.memory.stack.append(state)
        await self.show(turn, in_place=in_place)

    async def show(self, turn: Turn, *, notice: str = "", in_place: bool = False) -> None:
        """Show the current step, its buttons sealed anew."""
        state = turn.memory.current
        assert state is not None
        turn.memory.nonce += 1
        reply = await self._dialogs[state.dialog].prompt(turn, state)
        text = f"{notice}\n\n{reply.text}" if notice else reply.text
        await turn.show(Reply(text, seal(turn.memory.nonce, reply.buttons)), in_place=in_place)

    async def _refuse(self, turn: Turn, refusal: Refused) -> None:
        log.info("refused", code=refusal.code, portal=turn.portal.key)
        await turn.tell(Reply(self._routes.refusal(turn, refusal)))
