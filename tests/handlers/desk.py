"""Filing and moving requests without a conversation: what the tests of the desk share."""

from domain.chat import Channel
from domain.people import Person
from domain.requests import Action, Request, RequestType
from handlers.desk.requests import RequestForm
from tests.lab import Lab


def form(subject: str = "Пустой отчёт", **more: object) -> RequestForm:
    facts = {"type": RequestType.INCIDENT, "description": subject, "channel": Channel.BITRIX24, **more}
    return RequestForm(subject=subject, **facts)  # type: ignore[arg-type]


async def file(lab: Lab, person: Person | None, *, settle: bool = False, **more: object) -> Request:
    """One request of a person."""
    async with lab.scopes.writing(lab.portal.id, person) as scope:
        request = await lab.requests.file(scope, form(**more))
    if settle:
        await lab.settle()
    return request


async def act(lab: Lab, request: Request, user_id: str, action: str, text: str = "слова") -> Request:
    """One move by a portal user."""
    async with lab.scopes.writing(lab.portal.id, await lab.known(user_id)) as scope:
        return await lab.requests.act(scope, request.id, Action(action), text)
