"""Support's threads: what is written there goes to the requester, unless it is a note or a wordy button's answer."""

from typing import Protocol

from bot.dialogs.base import Finish, Said
from bot.dialogs.words import NAME, Words
from domain.chat import IncomingMessage, Reply
from domain.people import Role
from handlers.conversations import Turn
from handlers.requests import Requests


class _Stage(Protocol):
    async def show(self, turn: Turn, *, notice: str = "", in_place: bool = False) -> None: ...


class Threads:
    """Messages in group chats and forum topics."""

    def __init__(self, requests: Requests, words: Words) -> None:
        self._requests = requests
        self._words = words

    async def message(self, turn: Turn, event: IncomingMessage, stage: _Stage) -> None:  # noqa: ARG002
        """Words in a thread: support's reach the requester; other groups are none of our business."""
        request = await self._requests.in_thread(turn.scope, event.address)
        if request is None or event.edited or not (event.text.strip() or event.files):
            return
        if Role.SUPPORT not in turn.person.roles:
            await turn.tell(Reply(turn.text("thread-support-only", number=request.number)))
            return
        state = turn.memory.current
        if state and state.dialog == NAME and state.data["request_id"] == request.id:
            await self._answer_prompt(turn, event)
            return
        await self._requests.relay_from_support(turn.scope, request, event)

    async def _answer_prompt(self, turn: Turn, event: IncomingMessage) -> None:
        """The words a button asked for were written in the thread."""
        state = turn.memory.stack[-1]
        outcome = await self._words.take(turn, state, Said(event.text, files=event.files))
        if isinstance(outcome, Finish):
            turn.memory.stack.pop()
            turn.memory.nonce += 1
            await turn.show(outcome.reply, in_place=False)
