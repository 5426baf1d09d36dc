"""People without an account, in chat: ``/new for …``, what support hears on the phone, and «Это были вы?»."""

from bot.dialogs import new_request, phone_words
from bot.dialogs.base import Said, Stage
from domain.callers import names_contact
from domain.chat import Reply
from domain.errors import Refused
from domain.people import Role
from domain.requests import Action
from handlers.conversations import Turn
from handlers.desk.caller_claims import Claims, offer_text
from handlers.desk.callers import Callers
from handlers.desk.cards import HEARD
from handlers.desk.requests import Requests

FOR = frozenset({"for", "для"})


def for_whom(turn: Turn, argument: str) -> str | None:
    """What stands after ``/new for``; None when the person files for himself.

    Anybody's own story may begin with «для»: from others than support it is about somebody only with his contact.
    """
    head, _, rest = argument.strip().partition(" ")
    if head.casefold() not in FOR:
        return None
    return rest.strip() if Role.SUPPORT in turn.person.roles or names_contact(rest) else None


class CallerCommands:
    """Commands and buttons that have to do with callers."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._callers = Callers(requests)
        self._claims = Claims(requests)

    async def new_for(self, turn: Turn, argument: str, stage: Stage) -> None:
        """``/new for Иван Петров 8 900 123-45-67``: the usual steps, for him; support's own draft waits below."""
        if not turn.event.is_private:
            raise Refused("only-in-private")
        caller, rest = await self._callers.named(turn.desk, argument)
        state = new_request.start(caller=caller.as_form())
        await stage.begin(turn, state, said=Said(rest) if rest else None)

    async def press(self, turn: Turn, name: str, request_id: int, stage: Stage) -> None:
        """``c:confirm:12`` in a thread, ``c:mine:12`` at the one who was asked."""
        if name == "mine":
            await self._mine(turn, request_id)
        elif name == "notmine":
            await self._not_mine(turn, request_id)
        elif name in {action.value for action in HEARD}:
            await self._heard(turn, request_id, Action(name), stage)
        else:
            raise Refused("unknown-button")

    async def _mine(self, turn: Turn, request_id: int) -> None:
        request = await self._claims.accept(turn.desk, request_id)
        await turn.amend(offer_text(turn.desk, turn.person, request, asking=False))

    async def _not_mine(self, turn: Turn, request_id: int) -> None:
        request = await self._claims.decline(turn.desk, request_id)
        await turn.amend(Reply(turn.text("claim-declined", number=request.number)))

    async def _heard(self, turn: Turn, request_id: int, action: Action, stage: Stage) -> None:
        """«Подтверждено по телефону» is done at once; what else the caller said is written down first."""
        request = await self._callers.callable(turn.desk, request_id)
        if action is not Action.CONFIRM:
            await stage.begin(turn, phone_words.start(request.id, action, request.number))
            return
        await self._callers.said(turn.desk, request_id, action)
        if turn.event.is_private:
            await turn.tell(Reply(turn.text("done-phone-confirm", number=request.number)))
