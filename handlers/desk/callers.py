"""Requests of people without an account: support files them after a call, and writes down what they say on the phone.

Support never acts as the requester: what was heard is a fact of its own, with who heard it and when (decision 12).
"""

from collections.abc import Sequence

from domain.callers import Caller, is_caller, read_caller
from domain.chat import FileRef, MessageRef
from domain.errors import Refused
from domain.requests import Action, Part, Request, Status
from handlers.desk.cards import HEARD
from handlers.desk.requests import Requests
from handlers.scope import Scope
from storage import callers as rows

BY_PHONE = "by_phone"
"""In a fact's data: the words or the decision were heard on the phone."""


class Callers:
    """The desk's side of people who can only be called."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def named(self, scope: Scope, text: str) -> tuple[Caller, str]:
        """Whom support files for, and the words left over; only support may."""
        await self._requests.rights.check(scope, "new_for")
        region = next((hotel.country for hotel in scope.portal.hotels), "RU")
        return read_caller(text, region)

    async def said(
        self,
        scope: Scope,
        request_id: int,
        action: Action,
        text: str = "",
        *,
        origin: MessageRef | None = None,
        files: Sequence[FileRef] = (),
    ) -> Request:
        """What the caller said on the phone, written down by support.

        A confirmation completes the request, and closes it, too, where nobody else represents the customer.
        """
        request = await self.callable(scope, request_id)
        if action not in HEARD:
            raise Refused("unknown-button")
        parts = await self._voice(scope, request)
        data = {BY_PHONE: True}
        if action is Action.CONFIRM:
            await self._heard(scope, request)
        after = await self._requests.act(
            scope, request_id, action, text, origin=origin, files=files, parts=parts, data=data
        )
        if after.status is Status.COMPLETED and Part.REPRESENTATIVE in parts:
            after = await self._requests.act(scope, request_id, Action.CLOSE, parts=parts, data=data)
        return after

    async def callable(self, scope: Scope, request_id: int) -> Request:
        """A caller's request that the actor works on; Refused when its requester has an account."""
        await self._requests.rights.check(scope, "new_for")
        request = await self._requests.locked(scope, request_id)
        if not is_caller(request.channel, request.requester_id):
            raise Refused("not-a-caller", number=request.number)
        return request

    async def _voice(self, scope: Scope, request: Request) -> frozenset[Part]:
        """The parts a caller plays in his own request."""
        represented = await self._requests.rights.representatives(scope, request)
        return frozenset({Part.REQUESTER} if represented else {Part.REQUESTER, Part.REPRESENTATIVE})

    async def _heard(self, scope: Scope, request: Request) -> None:
        """«Подтверждено по телефону: кто, когда»; refused with the rest when the move is."""
        caller = await rows.caller_of(scope.tx, scope.portal.id, request.id) or Caller()
        fact = await self._requests.note(scope, request, "confirmed_by_phone", caller.line)
        await self._requests.effects.line(scope, request, fact)
