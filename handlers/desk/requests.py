"""The desk: filing a request. Moving it lies in `request_moves`, carrying words in `request_words`."""

from dataclasses import dataclass, replace

from domain.callers import Caller
from domain.chat import Channel, Reply
from domain.requests import Due, Request, RequestType, Status, format_number
from domain.rights import hotels_of
from domain.service_levels import default_priority
from handlers import outgoing
from handlers.desk.clock_words import closed_line
from handlers.desk.deadlines import calendar_of, closed_for, reckoned
from handlers.desk.moves import Moves
from handlers.desk.words import Words, is_note
from handlers.scope import Scope
from storage import attachments as attachment_rows
from storage import callers
from storage import requests as rows

__all__ = ["RequestForm", "Requests", "is_note", "tell_requester"]


@dataclass(frozen=True, slots=True)
class RequestForm:
    """What a person states when filing. ``related``: ids of requests born from the same message.

    ``caller``: on whose behalf, when he has no account; the request is his, not the actor's.
    """

    type: RequestType
    subject: str
    description: str
    channel: Channel
    conditions: str = ""
    login: str = ""
    portal_link: str = ""
    attachment_ids: tuple[int, ...] = ()
    related: tuple[int, ...] = ()
    hotel_id: int | None = None
    caller: Caller | None = None


class Requests(Moves, Words):
    """Support requests."""

    async def file(self, scope: Scope, form: RequestForm) -> Request:
        """Register a request: number, deadlines, history, and all that follows from it in the outbox."""
        request = await self._numbered(scope, form)
        request = await reckoned(scope, request)
        request = replace(request, id=await rows.insert(scope.tx, request))
        if form.caller is not None:
            await callers.keep(scope.tx, scope.portal.id, request.id, form.caller.as_form())
        await self.note(
            scope, request, "filed", form.description, {"type": form.type, "subject": form.subject}
        )
        await attachment_rows.bind(scope.tx, sent_from(scope), form.attachment_ids, request.id)
        for other in form.related:
            await rows.relate(scope.tx, scope.portal.id, request.id, other)
        await self.effects.filed(scope, request, form.attachment_ids)
        if request.requester_id is not None:
            await closed_for(scope, request.requester_id)  # the confirmation says it, so nothing else will
        return request

    async def _numbered(self, scope: Scope, form: RequestForm) -> Request:
        desk = scope.portal.desk
        year = scope.now.astimezone(desk.zone).year
        value = await rows.next_number(scope.tx, scope.portal.id, f"request:{desk.prefix}", year)
        return Request(
            id=0,
            portal_id=scope.portal.id,
            home_id=scope.home.id if scope.home else None,
            number=format_number(desk.prefix, year, value),
            type=form.type,
            priority=default_priority(form.type),
            status=Status.REGISTERED,
            subject=form.subject,
            description=form.description,
            conditions=form.conditions,
            login=form.login,
            portal_link=form.portal_link,
            channel=form.channel,
            requester_id=scope.actor.id if scope.actor and form.caller is None else None,
            hotel_id=form.hotel_id or _only_hotel(scope),
            created_at=scope.now,
            updated_at=scope.now,
            due=Due(None, None),
        )

    def registered_text(self, scope: Scope, request: Request) -> str:
        """The confirmation the requester reads; out of hours it says when support is back."""
        closed = closed_line(scope, calendar_of(scope.portal.desk), request)
        registered = self.cards.registered(scope, request)
        return f"{registered}\n\n{closed}" if closed else registered


def sent_from(scope: Scope) -> int:
    """The portal in whose messenger the actor's files lie."""
    return (scope.home or scope.portal).id


def _only_hotel(scope: Scope) -> int | None:
    """The hotel of somebody who works for one only."""
    mine = hotels_of(scope.actor, scope.home or scope.portal) if scope.actor else frozenset()
    return next(iter(mine)) if len(mine) == 1 else None


async def tell_requester(scope: Scope, requests: Requests, request: Request, reply: Reply) -> None:
    """A word to the requester, where he can be reached."""
    address = await requests.requester_address(scope, request)
    if address is not None:
        await outgoing.post(scope, address, reply, request_id=request.id)
