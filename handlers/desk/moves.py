"""Moving a request through its life: the moves of the table, and what support changes beside them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from domain.chat import FileRef, MessageRef
from domain.errors import Refused
from domain.people import Person, Role
from domain.requests import Action, Fact, Part, Priority, Request, RequestType, move
from domain.rights import Standing
from domain.service_levels import default_priority
from handlers.desk.base import RequestBase, first_reply
from handlers.desk.deadlines import reckoned
from handlers.scope import Scope
from storage import requests as rows

PAST = {
    Action.TAKE: "taken",
    Action.ASK: "asked",
    Action.OFFER: "offered",
    Action.REPLY: "replied",
    Action.CHOOSE: "chosen",
    Action.ANSWER: "answered",
    Action.CONFIRM: "confirmed",
    Action.OBJECT: "objected",
    Action.CLOSE: "closed",
    Action.WITHDRAW: "withdrawn",
    Action.NOT_NEEDED: "not_needed",
    Action.MERGE: "merged",
    Action.REOPEN: "reopened",
}
"""What a move is called in history."""


class Moves(RequestBase):
    """The life cycle."""

    async def act(
        self,
        scope: Scope,
        request_id: int,
        action: Action,
        text: str = "",
        *,
        origin: MessageRef | None = None,
        data: dict[str, Any] | None = None,
        files: Sequence[FileRef] = (),
        parts: AbstractSet[Part] | None = None,
        merged_into: int | None = None,
    ) -> Request:
        """One move of the table. ``text`` is the reason, the question or the answer; Refused says what is possible.

        ``origin``: where support wrote the text, when in a thread; it is not told there again. ``parts``: the parts
        the actor plays, where they are not his own (support records what a caller confirmed on the phone).
        """
        before = await self.locked(scope, request_id)
        clean = scope.clean(text)
        mine = await self.parts(scope, before) if parts is None else parts
        days = scope.portal.desk.reopen_days
        after = move(before, action, mine, scope.now, reason=clean, reopen_days=days)
        if action is Action.TAKE and scope.actor:
            after = replace(after, responsible_id=scope.actor.id)
        if action in {Action.ANSWER, Action.ASK, Action.OFFER}:
            after = first_reply(after, scope)
        after = replace(after, merged_into=merged_into)
        return await self._moved(scope, after, action, clean, data or {}, origin, files)

    async def act_alone(
        self, scope: Scope, request: Request, action: Action, text: str, parts: AbstractSet[Part]
    ) -> Request:
        """A move the service itself makes, on a row its caller has locked; ``parts``: whose place it takes.

        Refused as :meth:`act`.
        """
        after = move(
            request, action, parts, scope.now, reason=text, reopen_days=scope.portal.desk.reopen_days
        )
        if action in {Action.ANSWER, Action.ASK, Action.OFFER}:
            after = first_reply(after, scope)
        return await self._moved(scope, after, action, text, {})

    async def _moved(
        self,
        scope: Scope,
        after: Request,
        action: Action,
        text: str,
        data: dict[str, Any],
        origin: MessageRef | None = None,
        files: Sequence[FileRef] = (),
    ) -> Request:
        fact = await self.note(scope, after, PAST[action], text, data)
        after = await reckoned(scope, after)
        await rows.save(scope.tx, after)
        kept = await self.attachments.keep_for(scope, after.id, files, origin.address if origin else None)
        await self.effects.moved(scope, after, action, fact, origin, kept)
        return after

    # --- changes that are no moves -----------------------------------------------------------------------

    async def supporters(self, scope: Scope, request: Request) -> list[Person]:
        """Everybody of support who may work on a request."""
        people = await self.people.with_role(scope, Role.SUPPORT)
        return [one for one in people if Standing.SUPPORT in await self.rights.of(scope, one, request)]

    async def hand_over(self, scope: Scope, request_id: int, person_id: int) -> Request:
        """Support gives a request to a colleague of support, who is told."""
        request = await self._changeable(scope, request_id, "hand_over")
        heir = next((one for one in await self.supporters(scope, request) if one.id == person_id), None)
        if heir is None:
            raise Refused("not-of-support")
        if request.responsible_id == heir.id:
            raise Refused("already-responsible", name=heir.name)
        after = replace(request, responsible_id=heir.id)
        return await self._changed(scope, after, "handed_over", "", {"person": heir.id, "to": heir.name})

    async def set_priority(self, scope: Scope, request_id: int, priority: Priority, reason: str) -> Request:
        """Another priority, with a reason the requester reads; both deadlines follow."""
        request = await self._changeable(scope, request_id, "priority")
        if priority is request.priority:
            raise Refused("same-priority")
        clean = scope.clean(reason)
        if not clean:
            raise Refused("reason-needed")
        after = replace(request, priority=priority)
        data = {"from": request.priority.value, "to": priority.value}
        return await self._changed(scope, after, "priority", clean, data)

    async def set_type(self, scope: Scope, request_id: int, kind: RequestType) -> Request:
        """Another type; the priority becomes the type's own, unless support has set one before."""
        request = await self._changeable(scope, request_id, "type")
        if kind is request.type:
            raise Refused("same-type")
        untouched = request.priority is default_priority(request.type)
        priority = default_priority(kind) if untouched else request.priority
        after = replace(request, type=kind, priority=priority)
        data = {"from": request.type.value, "to": kind.value, "priority": priority.value}
        return await self._changed(scope, after, "retyped", "", data)

    async def _changeable(self, scope: Scope, request_id: int, right: str) -> Request:
        request = await self.locked(scope, request_id)
        await self.rights.check(scope, right, request)
        if not request.is_open:
            raise Refused("request-closed", number=request.number)
        return request

    async def _changed(
        self, scope: Scope, after: Request, what: str, text: str, data: dict[str, Any]
    ) -> Request:
        after, fact = await self._noted(scope, after, what, text, data)
        await self.effects.changed(scope, after, fact)
        return after

    async def released(self, scope: Scope, request: Request, version: str) -> Request:
        """What the request asked for has come with a release; its requester is told, also after the closing."""
        return await self._changed(scope, request, "released", "", {"version": version})

    async def record(
        self,
        scope: Scope,
        request: Request,
        what: str,
        text: str = "",
        data: dict[str, Any] | None = None,
        *,
        attachments: Sequence[int] = (),
    ) -> Request:
        """Something happened that the desk should read and the requester needn't; ``attachments`` came with it."""
        after, fact = await self._noted(scope, request, what, text, data or {})
        await self.effects.recorded(scope, after, fact, attachments)
        return after

    async def _noted(
        self, scope: Scope, after: Request, what: str, text: str, data: dict[str, Any]
    ) -> tuple[Request, Fact]:
        after = replace(after, updated_at=scope.now, version=after.version + 1)
        fact = await self.note(scope, after, what, text, data)
        after = await reckoned(scope, after)
        await rows.save(scope.tx, after)
        return after, fact
