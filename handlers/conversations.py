"""A person's conversation with the bot: one event in, one transaction, and whatever is to be shown in the outbox.

The conversation belongs to the person, not to a chat (decision 2), so a draft moves between messengers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from domain.chat import Address, Button, IncomingMessage, MessageRef, Reply, flatten
from domain.people import Person
from domain.portal import Portal
from handlers import outgoing
from handlers.codec import dump, load
from handlers.inbox import Work
from handlers.people import People
from handlers.scope import Scope, Scopes
from storage import dialogs as rows
from storage import inbox, leases


@dataclass(frozen=True, slots=True)
class DialogState:
    """Where a dialog stands: its name, its step, what it has gathered. JSON through and through."""

    dialog: str
    step: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The message that carries the current step."""

    ref: MessageRef
    reply: Reply


@dataclass(slots=True)
class Memory:
    """What is remembered between a person's events. The last dialog of ``stack`` is the current one.

    ``nonce`` seals the buttons of the step shown last; a button with another one is stale.
    """

    nonce: int = 0
    stack: list[DialogState] = field(default_factory=list)
    buttons: tuple[tuple[str, str], ...] = ()  # (label, action) of the step shown last

    @property
    def current(self) -> DialogState | None:
        return self.stack[-1] if self.stack else None


@dataclass(slots=True)
class Turn:
    """One event of one person, inside its transaction."""

    scope: Scope
    event: IncomingMessage
    person: Person
    memory: Memory
    prompt: Prompt | None
    shown: bool = False

    @property
    def portal(self) -> Portal:
        return self.scope.portal

    @property
    def language(self) -> str:
        return self.person.language

    def text(self, key: str, /, **params: object) -> str:
        """A text in the person's language."""
        return self.scope.texts(key, self.language, **params)

    def speak(self, language: str) -> None:
        """Go on in another language."""
        self.person = replace(self.person, language=language)
        self.scope = replace(self.scope, actor=self.person)

    async def show(self, reply: Reply, *, in_place: bool) -> None:
        """Show the conversation's step: edited into the pressed (or current) message, or as a new one.

        A new step's message takes the buttons from the one before it.
        """
        target = self._place() if in_place else None
        self.memory.buttons = tuple((button.label, button.action) for button in flatten(reply.buttons))
        await outgoing.show_prompt(
            self.scope,
            self.person.id,
            target.address if target else self.event.address,
            reply,
            replace=target.message_id if target else None,
        )
        self.shown = True

    def _place(self) -> MessageRef | None:
        if self.event.payload is not None and self.event.message_id:
            return MessageRef(self.event.address, self.event.message_id)
        if self.prompt and self.prompt.ref.address == self.event.address:
            return self.prompt.ref
        return None

    async def tell(self, reply: Reply, to: Address | None = None) -> None:
        """Say something beside the conversation's step."""
        await outgoing.post(self.scope, to or self.event.address, reply, urgent=True)

    async def amend(self, reply: Reply) -> None:
        """Edit the message whose button was pressed."""
        if self.event.message_id:
            ref = MessageRef(self.event.address, self.event.message_id)
            await outgoing.amend(self.scope, ref, reply)
        else:
            await self.tell(reply)


class Conversations:
    """Opens turns and keeps the memory of each person."""

    def __init__(self, scopes: Scopes, people: People) -> None:
        self._scopes = scopes
        self._people = people

    @asynccontextmanager
    async def turn(self, work: Work) -> AsyncIterator[Turn | Scope]:
        """One event's transaction. Yields a Turn, or only a Scope when nobody known stands behind the sender.

        The event is marked done in the same transaction as all that follows from it: exactly once. A worker
        whose lease was taken over meanwhile is refused (StaleLease) and changes nothing.
        """
        queued, event, lease = work.queued, work.event, work.lease
        async with self._scopes.writing(queued.portal_id) as scope:
            await leases.check_fence(scope.tx, lease.portal_id, lease.name, lease.fence)
            person = await self._people.ensure(scope, event.sender)
            if person is None:
                yield scope
            else:
                turn = await self._open(replace(scope, actor=person), person, event)
                yield turn
                await self._close(turn)
            await inbox.finish(scope.tx, queued.id, scope.now)

    async def _open(self, scope: Scope, person: Person, event: IncomingMessage) -> Turn:
        row = await rows.load_conversation(scope.tx, person.portal_id, person.id, lock=True)
        state, prompt = row or ({}, None)
        memory = Memory(
            nonce=state.get("nonce", 0),
            stack=[DialogState(**one) for one in state.get("stack", [])],
            buttons=tuple((label, action) for label, action in state.get("buttons", [])),
        )
        shown = Prompt(load(MessageRef, prompt["ref"]), load(Reply, prompt["reply"])) if prompt else None
        return Turn(scope, event, person, memory, shown)

    async def _close(self, turn: Turn) -> None:
        memory = turn.memory
        state = {
            "nonce": memory.nonce,
            "stack": [{"dialog": s.dialog, "step": s.step, "data": s.data} for s in memory.stack],
            "buttons": [list(pair) for pair in memory.buttons],
        }
        await rows.save_conversation(
            turn.scope.tx, turn.person.portal_id, turn.person.id, state, turn.scope.now
        )

    async def prompt(self, portal_id: int, person_id: int) -> Prompt | None:
        """Where the person's current step stands, as delivered last."""
        async with self._scopes.reading(portal_id) as scope:
            row = await rows.load_conversation(scope.tx, portal_id, person_id)
        if row is None or row[1] is None:
            return None
        return Prompt(load(MessageRef, row[1]["ref"]), load(Reply, row[1]["reply"]))

    async def set_prompt(self, portal_id: int, person_id: int, prompt: Prompt) -> None:
        """Remember where the current step stands, after it was delivered."""
        data = {"ref": dump(prompt.ref), "reply": dump(prompt.reply)}
        async with self._scopes.writing(portal_id) as scope:
            await rows.set_prompt(scope.tx, portal_id, person_id, data, scope.now)


def seal(nonce: int, buttons: tuple[tuple[Button, ...], ...]) -> tuple[tuple[Button, ...], ...]:
    """Turn bare choices into actions that are valid for one step only."""
    return tuple(
        tuple(
            replace(b, action=f"d:{nonce}:{b.action}") if not b.link and ":" not in b.action else b
            for b in row
        )
        for row in buttons
    )


def unseal(payload: str) -> tuple[int, str] | None:
    """Nonce and choice of a dialog's button; None for any other button."""
    kind, _, rest = payload.partition(":")
    nonce, _, choice = rest.partition(":")
    return (int(nonce), choice) if kind == "d" and nonce.isdigit() and choice else None
