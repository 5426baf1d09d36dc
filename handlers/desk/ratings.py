"""Satisfaction after closing: one tap of the requester, changeable for a day; every tap is a line of history."""

from datetime import timedelta

from domain.chat import Button, Reply
from domain.errors import Refused
from domain.requests import ClosedAs, Fact, Request, Status
from domain.rights import check, standings
from handlers.scope import Scope
from storage import desk_figures, request_history

RATED = "rated"
SCORES = (1, 2, 3, 4, 5)
CHANGEABLE = timedelta(days=1)
_ASKED = {ClosedAs.CONFIRMED}
"""How a request must have been closed to be asked about: a withdrawn one had no answer to judge."""


def is_asked_about(request: Request) -> bool:
    """Whether the requester is asked how it was."""
    return request.status is Status.CLOSED and request.closed_as in _ASKED


def stars(request: Request, given: int | None = None) -> tuple[tuple[Button, ...], ...]:
    """The scale as one row of buttons; the given score is marked."""
    row = [
        Button(
            f"{score} ★" if score == given else str(score),
            f"b:rate:{request.id}:{score}",
            "primary" if score == given else "plain",
        )
        for score in SCORES
    ]
    return (tuple(row),)


async def rate(scope: Scope, request: Request, score: int) -> Reply:
    """The requester's tap. Refused when it isn't his, not closed, or the first score is older than a day."""
    check("rate", standings(scope.actor, scope.portal, request))
    assert scope.actor is not None
    if not is_asked_about(request):
        raise Refused("rating-not-yet")
    if score not in SCORES:
        raise Refused("unknown-button")
    given = (await desk_figures.facts(scope.tx, scope.portal.id, [request.id], [RATED]))[request.id]
    given = [fact for fact in given if fact.data.get("round") == request.round]
    if given and scope.now - given[0].at > CHANGEABLE:
        raise Refused("rating-fixed", number=request.number)
    if not given or given[-1].data["score"] != score:
        data = {"score": score, "round": request.round}
        fact = Fact(RATED, scope.now, scope.actor.id, scope.actor.name, "", data)
        await request_history.append_fact(scope.tx, scope.portal.id, request.id, fact)
    return Reply(scope.text("rated", number=request.number, score=score), stars(request, score))
