"""One free-text step: what a caller said on the phone, written down by support."""

from bot.dialogs.base import Finish, Go, Outcome, Said
from domain.chat import Button, Reply
from domain.errors import Refused
from domain.requests import Action
from handlers.conversations import DialogState, Turn
from handlers.desk import mirror
from handlers.desk.callers import Callers
from handlers.desk.cards import HEARD
from handlers.desk.requests import Requests

NAME = "phone_words"


def start(request_id: int, action: Action, number: str) -> DialogState:
    """What the caller did, which is to be put into words."""
    return DialogState(NAME, action.value, {"request_id": request_id, "number": number})


class PhoneWords:
    """Asks for the words and records them as the caller's."""

    name = NAME

    def __init__(self, requests: Requests) -> None:
        self._callers = Callers(requests)

    def is_free_text(self, state: DialogState) -> bool:  # noqa: ARG002
        return True

    async def prompt(self, turn: Turn, state: DialogState) -> Reply:
        text = turn.text(f"words-phone-{HEARD[Action(state.step)]}", number=state.data["number"])
        return Reply(text, ((Button(turn.text("button-cancel"), "cancel"),),))

    async def take(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        number = state.data["number"]
        if said.choice in {"cancel", "back"}:
            return Finish(Reply(turn.text("words-cancelled", number=number)))
        if not said.text.strip():
            return Go(state, turn.text("words-empty"))
        action, origin = Action(state.step), mirror.origin_of(turn.event)
        try:
            await self._callers.said(
                turn.desk, state.data["request_id"], action, said.text, origin=origin, files=said.files
            )
        except Refused:
            turn.memory.stack.pop()
            turn.memory.nonce += 1
            raise
        return Finish(Reply(turn.text(f"done-phone-{HEARD[action]}", number=number)))
