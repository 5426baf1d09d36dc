"""Takes one event through one turn: route it, run at most one step, show what follows."""

from collections.abc import Mapping
from dataclasses import replace

import structlog

from bot.command_names import fold
from bot.dialogs.base import Dialog, Finish, Outcome, Said
from bot.routes import Routes
from domain.chat import Button, IncomingKind, IncomingMessage, Reply
from domain.errors import Refused
from handlers.conversations import Conversations, DialogState, Sealed, Turn, seal, unseal
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
                    await self._route(turn)
            except Refused as refusal:
                await self._refuse(turn, refusal)
            if turn.scope.blanked:  # nothing was said that could have told it
                await turn.tell(Reply(""))

    async def _route(self, turn: Turn) -> None:
        self._typed_button(turn)
        event = turn.event
        if event.kind is IncomingKind.PRESS and (sealed := unseal(event.payload or "")):
            await self._press(turn, sealed)
        elif (state := turn.memory.current) and (said := self._said(turn, state, event)):
            await self.step(turn, state, said)
        else:
            await self._routes.run(turn, event, self)

    @staticmethod
    def _typed_button(turn: Turn) -> None:
        """A label typed as a whole message counts as its button pressed, as long as that was shown last."""
        event = turn.event
        if event.kind is not IncomingKind.TEXT or event.edited or event.files:
            return
        if not event.is_private and turn.memory.current is None:  # in a thread only what was just asked there
            return
        word = fold(event.text)
        for label, action in reversed(turn.memory.buttons):
            if word and fold(label) == word:
                turn.event = replace(event, kind=IncomingKind.PRESS, payload=action, text="", message_id=None)
                return

    # --- the current dialog -----------------------------------------------------------------------------

    def _said(self, turn: Turn, state: DialogState, event: IncomingMessage) -> Said | None:
        """What the event means to the current step; None when it isn't meant for it."""
        if event.kind is not IncomingKind.TEXT or event.edited or not event.is_private:
            return None
        word = fold(event.text)
        if word in self._routes.ways_out(turn):
            return Said(choice=self._routes.ways_out(turn)[word])
        dialog = self._dialogs[state.dialog]
        if dialog.is_free_text(state) or event.files:
            return Said(event.text, files=event.files)
        return None if self._routes.is_command(event) else Said(event.text)

    async def _press(self, turn: Turn, sealed: Sealed) -> None:
        if sealed.person_id != turn.person.id:
            raise Refused("not-your-button")
        state = turn.memory.current
        if state is None or sealed.nonce != turn.memory.nonce:
            await self._stale(turn, state)
        elif sealed not in [unseal(action) for _, action in turn.memory.buttons]:
            raise Refused("unknown-button")
        else:
            await self.step(turn, state, Said(choice=sealed.choice))

    async def _stale(self, turn: Turn, state: DialogState | None) -> None:
        """A button of a step that is over: say so kindly, take its buttons, show where we are.

        The second half of a double press comes from the message that shows the present step already.
        """
        if turn.pressed_current:
            if state is not None:
                await self.show(turn, in_place=True)
            return
        if state is None:
            await turn.amend(Reply(turn.text("stale-nothing"), ((Button(turn.text("do-new"), "n:new"),),)))
            return
        await turn.amend(Reply(turn.text("stale-step")))
        await self.show(turn, in_place=False)

    async def step(self, turn: Turn, state: DialogState, said: Said) -> None:
        """The current dialog takes what the person did; whatever follows is shown."""
        # A typed label has no message of its own: the answer stands below it, as below any words.
        pressed = turn.event.kind is IncomingKind.PRESS and turn.event.message_id is not None
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
        if outcome.stays:
            await turn.show(outcome.stays, in_place=in_place)
            in_place = False
        await self.show(turn, notice=outcome.notice, in_place=in_place or outcome.in_place)

    def _with_way_back(self, turn: Turn, reply: Reply) -> Reply:
        """Something was parked below: offer to go on with it."""
        if not turn.memory.stack:
            return reply
        resume = Button(turn.text("button-resume"), "n:resume")
        return Reply(reply.text, (*reply.buttons, (resume,)))

    # --- for the routes ---------------------------------------------------------------------------------

    async def begin(
        self, turn: Turn, state: DialogState, *, said: Said | None = None, in_place: bool = False
    ) -> None:
        """Start a dialog; the one below waits. ``said``: its first step is answered already."""
        turn.memory.stack.append(state)
        if said is None:
            await self.show(turn, in_place=in_place)
        else:
            await self.step(turn, state, said)

    def wants_words(self, turn: Turn) -> bool:
        """Whether the current step waits for free words."""
        state = turn.memory.current
        return state is not None and self._dialogs[state.dialog].is_free_text(state)

    async def discard(self, turn: Turn) -> None:
        """Give up every dialog, as if each were cancelled, without a word."""
        for state in turn.memory.stack:
            await self._dialogs[state.dialog].take(turn, state, Said(choice="cancel"))
        turn.memory.stack.clear()
        turn.memory.nonce += 1

    async def show(self, turn: Turn, *, notice: str = "", in_place: bool = False) -> None:
        """Show the current step, its buttons sealed anew."""
        state = turn.memory.current
        assert state is not None
        turn.memory.nonce += 1
        reply = await self._dialogs[state.dialog].prompt(turn, state)
        text = f"{notice}\n\n{reply.text}" if notice else reply.text
        buttons = seal(turn.person.id, turn.memory.nonce, reply.buttons)
        await turn.show(Reply(text, buttons), in_place=in_place, passing=not notice)

    async def _refuse(self, turn: Turn, refusal: Refused) -> None:
        log.info("refused", code=refusal.code, portal=turn.portal.key)
        await turn.tell(Reply(self._routes.refusal(turn, refusal)))
