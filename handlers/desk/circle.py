"""The people around a request beside its requester: who joined it, and the customer's representatives."""

from domain.chat import Button, Channel, Reply
from domain.requests import Action, Fact, Request
from handlers import outgoing
from handlers.desk.cards import Cards
from handlers.people import People, reach
from handlers.rights import Rights
from handlers.scope import Scope
from storage import votes

_JOINED_HEAR_OF = frozenset({Action.ANSWER, Action.CLOSE, Action.WITHDRAW, Action.NOT_NEEDED, Action.REOPEN})


class Circle:
    """Tells them what concerns them; one row per person."""

    def __init__(self, people: People, cards: Cards) -> None:
        self._people = people
        self._cards = cards
        self._rights = Rights(people)

    async def moved(self, scope: Scope, request: Request, action: Action, fact: Fact) -> None:
        """A move was made."""
        if action in _JOINED_HEAR_OF:
            await self._tell_joined(scope, request, fact)
        if action is Action.CONFIRM:
            await self._ask_representatives(scope, request)

    async def _tell_joined(self, scope: Scope, request: Request, fact: Fact) -> None:
        for vote in await votes.of_request(scope.tx, scope.portal.id, request.id):
            person = await self._people.load(scope, vote.person_id)
            address = reach(person, vote.channel) if person else None
            if person is None or address is None or vote.person_id == request.requester_id:
                continue
            theirs = scope.speaking(person.language)
            answered = fact.what == "answered"
            text = theirs.text(
                "told-joined-answered" if answered else "told-joined",
                number=request.number,
                subject=request.subject,
                status=self._cards.status(theirs, request),
                text=fact.text,
            )
            # Who filed has withdrawn; whoever joined may still have the problem.
            again = Button(theirs.text("do-new"), "n:new")
            buttons = ((again,),) if fact.what == "withdrawn" else ()
            await outgoing.post(scope, address, Reply(text, buttons), request_id=request.id)

    async def _ask_representatives(self, scope: Scope, request: Request) -> None:
        """A completed request is closed by the customer's representative; the requester has his own buttons."""
        for person in await self._rights.representatives(scope, request):
            address = reach(person, Channel.BITRIX24)
            if address is None or person.id == request.requester_id:
                continue
            theirs = scope.speaking(person.language)
            text = theirs.text("asked-to-close", number=request.number, subject=request.subject)
            buttons = (
                Button(theirs.text("do-close"), f"r:{Action.CLOSE}:{request.id}", "primary"),
                Button(theirs.text("do-object"), f"r:{Action.OBJECT}:{request.id}"),
                Button(theirs.text("button-open-card"), f"r:card:{request.id}"),
            )
            await outgoing.post(scope, address, Reply(text, (buttons,)), request_id=request.id)
