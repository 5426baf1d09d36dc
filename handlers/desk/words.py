"""Words within a request: from support to the requester and back, notes that stay inside."""

from dataclasses import replace

from domain.chat import IncomingMessage
from domain.errors import Refused
from domain.requests import Action, Fact, Part, Request, Status, move
from handlers.desk.base import RequestBase, first_reply
from handlers.desk.deadlines import reckoned, say_when_closed
from handlers.desk.mirror import without_mark
from handlers.desk.moves import PAST
from handlers.scope import Scope
from storage import requests as rows


class Words(RequestBase):
    """Carries words between requester and support."""

    async def relay_from_support(self, scope: Scope, request: Request, event: IncomingMessage) -> Fact:
        """Support wrote in a thread: to the requester, the task and the other thread; a note stays inside."""
        text, inside = without_mark(event.text)
        clean = scope.clean(text)
        request = await self.locked(scope, request.id)
        await self.rights.check(scope, "notes" if inside else "thread", request)
        if not request.is_open and not inside:
            raise Refused("request-closed", number=request.number)
        if not inside:
            request = await reckoned(scope, replace(first_reply(request, scope), updated_at=scope.now))
            await rows.save(scope.tx, request)
        fact = await self.note(scope, request, "note" if inside else "support_wrote", clean)
        files = await self.attachments.keep_for(scope, request.id, event.files, event.address)
        await self.effects.support_wrote(scope, request, fact, event, files, inside=inside)
        return fact

    async def say(self, scope: Scope, request_id: int, text: str) -> Fact:
        """Support's words that stand in no thread yet (a template): to the requester, the task and every thread."""
        request = await self.locked(scope, request_id)
        await self.rights.check(scope, "thread", request)
        if not request.is_open:
            raise Refused("request-closed", number=request.number)
        fact = await self.note(scope, request, "support_wrote", scope.clean(text))
        request = await reckoned(scope, replace(first_reply(request, scope), updated_at=scope.now))
        await rows.save(scope.tx, request)
        await self.effects.said(scope, request, fact)
        return fact

    async def jot(self, scope: Scope, request_id: int, text: str) -> Fact:
        """A note of support's that stands in no thread yet: to the task and every thread, never to the requester."""
        request = await self.locked(scope, request_id)
        await self.rights.check(scope, "notes", request)
        fact = await self.note(scope, request, "note", scope.clean(text))
        await self.effects.line(scope, request, fact)
        return fact

    async def write(self, scope: Scope, request_id: int, text: str) -> tuple[Request, Fact]:
        """The requester's words that came from no message (an API); as :meth:`hear`."""
        request, fact = await self._heard(scope, request_id, text)
        await self.effects.written(scope, request, fact)
        return request, fact

    async def relay_from_requester(self, scope: Scope, request_id: int, event: IncomingMessage) -> Request:
        """The requester wrote: to the threads and the task; a waiting request goes on."""
        request, _ = await self.hear(scope, request_id, event)
        return request

    async def hear(self, scope: Scope, request_id: int, event: IncomingMessage) -> tuple[Request, Fact]:
        """As :meth:`relay_from_requester`, with the line of history the words became."""
        request, fact = await self._heard(scope, request_id, event.text)
        files = await self.attachments.keep_for(scope, request.id, event.files, event.address)
        await self.effects.requester_wrote(scope, request, fact, event, files)
        await say_when_closed(scope, request)
        return request, fact

    async def _heard(self, scope: Scope, request_id: int, text: str) -> tuple[Request, Fact]:
        """The words in the history; a request that waited for them goes on."""
        request = await self.locked(scope, request_id)
        await self.rights.check(scope, "write", request)
        if not request.is_open:
            raise Refused("request-closed", number=request.number)
        clean, what = scope.clean(text), "requester_wrote"
        if request.status is Status.WAITING:
            request = move(request, Action.REPLY, frozenset({Part.REQUESTER}), scope.now)
            what = PAST[Action.REPLY]
        fact = await self.note(scope, request, what, clean)
        request = await reckoned(scope, replace(request, updated_at=scope.now))
        await rows.save(scope.tx, request)
        return request, fact


def is_note(text: str) -> bool:
    """Whether support's words stay inside."""
    return without_mark(text)[1]
