"""What the bot says after a requester's words were handed on: sent, chosen, or a question that the words raise.

Nothing is forced: words always reach support first; what they may mean besides is only offered (a request of their
own for another question, the next round for «не работает» beside an answer).
"""

from domain.chat import Button, IncomingMessage, Reply, rows
from domain.contradiction import says_not_solved
from domain.problems import find_problems, looks_like_new_question
from domain.requests import Action, Fact, Request, Status
from handlers.conversations import Turn
from handlers.desk.desk import Desk

SAID = frozenset({"requester_wrote", "replied"})


class Hearing:
    """Takes a requester's words for one request."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def hear(self, turn: Turn, request_id: int, event: IncomingMessage) -> Reply:
        """Hand the words on; a number typed where variants stand is the choice."""
        request = await self._desk.requests.get(turn.desk, request_id, right="write")
        if not event.files:
            chosen = await self._desk.offers.choose_by_words(turn.desk, request, event.text)
            if chosen is not None:
                return Reply(turn.text("choice-made", number=request.number, option=chosen[1]))
        request, fact = await self._desk.requests.hear(turn.desk, request_id, event)
        return self._answer(turn, request, fact)

    def _answer(self, turn: Turn, request: Request, fact: Fact) -> Reply:
        sent = turn.text("reply-sent", number=request.number)
        if request.status is Status.ANSWERED:
            doubtful = says_not_solved(fact.text)
            buttons = [
                Button(turn.text("do-confirm"), f"r:{Action.CONFIRM}:{request.id}"),
                Button(turn.text("do-object"), f"q:{Action.OBJECT}:{request.id}:{fact.id}"),
            ]
            ask = turn.text("ask-not-solved" if doubtful else "ask-solved", number=request.number)
            return Reply(f"{sent}\n{ask}", rows(*(reversed(buttons) if doubtful else buttons)))
        if is_another_matter(fact.text):
            separate = Button(turn.text("button-separate"), f"q:new:{request.id}:{fact.id}", "primary")
            stay = Button(turn.text("button-stay"), "n:nothing")
            return Reply(f"{sent}\n{turn.text('ask-separate')}", ((separate, stay),))
        return Reply(sent)

    async def doubt(self, turn: Turn, request: Request) -> Reply | None:
        """«Решено» under «всё ещё не работает»: the question that asks once more; None when nothing contradicts."""
        history = await self._desk.requests.history(turn.desk, request)
        since = next((n for n in range(len(history), 0, -1) if history[n - 1].what == "answered"), 0)
        said = [one for one in history[since:] if one.what in SAID and one.who_id == request.requester_id]
        if not said or not says_not_solved(said[-1].text):
            return None
        buttons = (
            Button(turn.text("button-sure"), f"r:sure:{request.id}"),
            Button(turn.text("do-object"), f"q:{Action.OBJECT}:{request.id}:{said[-1].id}", "primary"),
        )
        return Reply(turn.text("doubt", number=request.number, text=said[-1].text), (buttons,))


def is_another_matter(text: str) -> bool:
    """Whether words within a running request hold a question that deserves a number of its own."""
    return looks_like_new_question(text) or len(find_problems(text)) > 1


def matter_of(text: str) -> str:
    """The part of the words that is another matter: all but the first of several parts."""
    parts = [part.text for part in find_problems(text)]
    return "\n".join(parts[1:]) if len(parts) > 1 else text
