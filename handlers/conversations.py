"""A person's conversation with the bot: one event in, one transaction, and whatever is to be shown in the outbox.

The conversation belongs to the person, not to a chat (decision 2), so a draft moves between messengers. Only what
support is asked in a thread stays in that thread: words written elsewhere never answer it.
"""

import re
from collections.abc import AsyncIterator, Sequence
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

BUTTONS_REMEMBERED = 40
ROOMS = "rooms"
"""Where the state keeps, by address, what is asked in threads."""


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
    buttons: tuple[
        tuple[str, str], ...
    ] = ()  # (label, action) of the step shown last and what was told since
    undecided: IncomingMessage | None = None  # plain words the person was asked about

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
    kept: dict[str, Any] = field(default_factory=dict)  # the whole state as stored: all rooms'
    shown: bool = False

    @property
    def room(self) -> str | None:
        """The thread or group this happens in; None for the person's own conversation, wherever he has it."""
        return None if self.event.is_private else str(self.event.address)

    @property
    def portal(self) -> Portal:
        return self.scope.portal

    @property
    def desk(self) -> Scope:
        """The use case at the desk that works this portal's requests."""
        return self.scope.at_desk()

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

    async def show(self, reply: Reply, *, in_place: bool, passing: bool = False) -> None:
        """Show the conversation's step: edited into the pressed (or current) message, or as a new one.

        A new step's message takes the buttons from the one before it. ``passing``: it only asks, and is left out
        when a later step overtakes it.
        """
        passing = passing and not self.scope.blanked
        reply = self._with_notice(reply)
        target = self._place() if in_place else None
        self.memory.buttons = tuple((button.label, button.action) for button in flatten(reply.buttons))
        await outgoing.show_prompt(
            self.scope,
            self.person.id,
            target.address if target else self.event.address,
            reply,
            replace=target.message_id if target else None,
            room=self.room,
            passing=passing,
        )
        self.shown = True

    def _with_notice(self, reply: Reply) -> Reply:
        """Whoever wrote a secret is told so, with the first words he gets."""
        if not self.scope.blanked:
            return reply
        self.scope.blanked.clear()
        notice = self.text("secrets-blanked")
        return replace(reply, text=f"{notice}\n\n{reply.text}" if reply.text else notice)

    @property
    def pressed_current(self) -> bool:
        """Whether the button belongs to the message that carries the present step."""
        pressed = self.event.payload is not None and self.event.message_id
        return bool(pressed and self.prompt and self.prompt.ref == MessageRef(self.event.address, pressed))

    def _place(self) -> MessageRef | None:
        if self.event.payload is not None and self.event.message_id:
            return MessageRef(self.event.address, self.event.message_id)
        if self.prompt and self.prompt.ref.address == self.event.address:
            return self.prompt.ref
        return None

    async def tell(
        self, reply: Reply, to: Address | None = None, *, guests: Sequence[str] | None = None
    ) -> None:
        """Say something beside the conversation's step. ``guests``: it shows data of these, and fades."""
        reply = self._with_notice(reply)
        if to is None:
            told = [(button.label, button.action) for button in flatten(reply.buttons)]
            self.memory.buttons = tuple(dict.fromkeys([*self.memory.buttons, *told]))[-BUTTONS_REMEMBERED:]
        await outgoing.post(self.scope, to or self.event.address, reply, urgent=True, guests=guests)

    async def amend(self, reply: Reply, *, guests: Sequence[str] | None = None) -> None:
        """Edit the message whose button was pressed. ``guests`` as in :meth:`tell`."""
        reply = self._with_notice(reply)
        if self.event.message_id:
            ref = MessageRef(self.event.address, self.event.message_id)
            await outgoing.amend(self.scope, ref, reply, guests=guests)
        else:
            await self.tell(reply, guests=guests)


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
        queued, lease = work.queued, work.lease
        event = replace(work.event, address=replace(work.event.address, home=queued.portal_id))
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
        state, prompts = await rows.hold_conversation(scope.tx, person.portal_id, person.id, scope.now)
        turn = Turn(scope, event, person, Memory(), None, state)
        kept = state if turn.room is None else state.get(ROOMS, {}).get(turn.room, {})
        turn.prompt = _prompt_of(prompts, turn.room)
        turn.memory = Memory(
            # A room's memory is forgotten when nothing is asked there, so its nonces go by the clock.
            nonce=kept.get("nonce", 0 if turn.room is None else int(scope.now.timestamp())),
            stack=[DialogState(**one) for one in kept.get("stack", [])],
            buttons=tuple((label, action) for label, action in kept.get("buttons", [])),
            undecided=load(IncomingMessage, kept["undecided"]) if kept.get("undecided") else None,
        )
        return turn

    async def _close(self, turn: Turn) -> None:
        memory, rooms = turn.memory, dict(turn.kept.get(ROOMS, {}))
        mine = {
            "nonce": memory.nonce,
            "stack": [{"dialog": s.dialog, "step": s.step, "data": s.data} for s in memory.stack],
            "buttons": [list(pair) for pair in memory.buttons],
            "undecided": dump(memory.undecided) if memory.undecided else None,
        }
        state = mine if turn.room is None else turn.kept
        if turn.room is not None:
            rooms.pop(turn.room, None)
            rooms |= {turn.room: mine} if memory.stack else {}
        await rows.save_conversation(
            turn.scope.tx, turn.person.portal_id, turn.person.id, {**state, ROOMS: rooms}, turn.scope.now
        )

    async def prompt(self, portal_id: int, person_id: int, room: str | None = None) -> Prompt | None:
        """Where the person's current step stands, as delivered last; ``room`` as in :attr:`Turn.room`."""
        async with self._scopes.reading(portal_id) as scope:
            row = await rows.load_conversation(scope.tx, portal_id, person_id)
        return _prompt_of(row[1], room) if row else None

    async def set_prompt(
        self, portal_id: int, person_id: int, prompt: Prompt, room: str | None = None
    ) -> None:
        """Remember where the current step stands, after it was delivered; in a room only while it asks."""
        data = {"ref": dump(prompt.ref), "reply": dump(prompt.reply)}
        async with self._scopes.writing(portal_id) as scope:
            _state, prompts = await rows.hold_conversation(scope.tx, portal_id, person_id, scope.now)
            kept = dict(prompts or {})
            rooms = dict(kept.get(ROOMS, {}))
            if room is None:
                kept = data
            else:
                rooms.pop(room, None)
                rooms |= {room: data} if prompt.reply.buttons else {}
            await rows.set_prompt(scope.tx, portal_id, person_id, {**kept, ROOMS: rooms}, scope.now)


def _prompt_of(prompts: dict[str, Any] | None, room: str | None) -> Prompt | None:
    found = prompts if room is None else (prompts or {}).get(ROOMS, {}).get(room)
    if not found or "ref" not in found:
        return None
    return Prompt(load(MessageRef, found["ref"]), load(Reply, found["reply"]))


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a step's button carries: whose step, which one, and what was chosen."""

    person_id: int
    nonce: int
    choice: str


def seal(
    person_id: int, nonce: int, buttons: tuple[tuple[Button, ...], ...]
) -> tuple[tuple[Button, ...], ...]:
    """Turn bare choices into actions that are valid for one person's one step only."""
    return tuple(
        tuple(
            replace(b, action=f"d:{person_id}:{nonce}:{b.action}")
            if not b.link and ":" not in b.action
            else b
            for b in row
        )
        for row in buttons
    )


_SEALED = re.compile(r"d:(\d{1,18}):(\d{1,18}):(\w+)", re.ASCII)


def unseal(payload: str) -> Sealed | None:
    """What a dialog's button carries; None for any other button."""
    found = _SEALED.fullmatch(payload)
    return Sealed(int(found[1]), int(found[2]), found[3]) if found else None
