"""The desk: filing a request, moving it through its life, carrying words between requester and support."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from domain.business_time import Calendar, Deadline
from domain.chat import Address, Channel, FileRef, IncomingMessage, MessageRef, Reply
from domain.errors import Refused
from domain.people import Person, Role
from domain.portal import Desk
from domain.requests import (
    Action,
    Due,
    Fact,
    Part,
    Request,
    RequestType,
    Status,
    format_number,
    move,
    possible_actions,
)
from domain.secrets import blank_secrets
from domain.service_levels import default_priority, parse_levels
from handlers import outgoing
from handlers.attachments import Attachments
from handlers.mirror import without_mark
from handlers.people import People, private_address
from handlers.request_cards import Cards
from handlers.request_effects import Effects
from handlers.scope import Scope
from storage import attachments as attachment_rows
from storage import links
from storage import requests as rows


@dataclass(frozen=True, slots=True)
class RequestForm:
    """What a person states when filing. ``related``: ids of requests born from the same message."""

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


class Requests:
    """Support requests."""

    def __init__(self, people: People, attachments: Attachments, cards: Cards, effects: Effects) -> None:
        self._people = people
        self._attachments = attachments
        self.cards = cards
        self._effects = effects

    # --- filing ------------------------------------------------------------------------------------------

    async def file(self, scope: Scope, form: RequestForm) -> Request:
        """Register a request: number, deadlines, history, and all that follows from it in the outbox."""
        desk = scope.portal.desk
        year = scope.now.astimezone(desk.zone).year
        value = await rows.next_number(scope.tx, scope.portal.id, f"request:{desk.prefix}", year)
        priority = default_priority(form.type)
        request = Request(
            id=0,
            portal_id=scope.portal.id,
            number=format_number(desk.prefix, year, value),
            type=form.type,
            priority=priority,
            status=Status.REGISTERED,
            subject=form.subject,
            description=form.description,
            conditions=form.conditions,
            login=form.login,
            portal_link=form.portal_link,
            channel=form.channel,
            requester_id=scope.actor.id if scope.actor else None,
            hotel_id=form.hotel_id,
            created_at=scope.now,
            updated_at=scope.now,
            due=due_for(desk, form.type, priority, scope),
        )
        request = replace(request, id=await rows.insert(scope.tx, request))
        await self._note(
            scope, request, "filed", form.description, {"type": form.type, "subject": form.subject}
        )
        await attachment_rows.bind(scope.tx, scope.portal.id, form.attachment_ids, request.id)
        for other in form.related:
            await rows.relate(scope.tx, scope.portal.id, request.id, other)
        await self._effects.filed(scope, request, form.attachment_ids)
        return request

    def registered_text(self, scope: Scope, request: Request) -> str:
        """The confirmation the requester reads."""
        return self.cards.registered(scope, request)

    # --- looking -----------------------------------------------------------------------------------------

    async def mine(self, scope: Scope, *, limit: int = 10) -> list[Request]:
        """The actor's own requests, open ones first, newest first."""
        assert scope.actor is not None
        return await rows.of_requester(scope.tx, scope.portal.id, scope.actor.id, limit)

    async def by_number(self, scope: Scope, number: str) -> Request:
        """A request the actor may see; Refused("no-such-request") otherwise, existing or not."""
        wanted = number.strip().upper()
        found = await rows.by_number(scope.tx, scope.portal.id, wanted)
        if found is None or not self.may_see(scope.actor, found):
            raise Refused("no-such-request", number=wanted)
        return found

    async def get(self, scope: Scope, request_id: int) -> Request:
        """A request the actor may see, by id; Refused("no-such-request") otherwise."""
        found = await rows.load(scope.tx, scope.portal.id, request_id)
        if found is None or not self.may_see(scope.actor, found):
            raise Refused("no-such-request", number="")
        return found

    @staticmethod
    def may_see(person: Person | None, request: Request) -> bool:
        """The requester, and everybody of the desk."""
        if person is None:
            return False
        return request.requester_id == person.id or person.has(Role.SUPPORT, Role.REPRESENTATIVE, Role.ADMIN)

    async def waiting_for(self, scope: Scope) -> list[Request]:
        """The actor's requests that wait for a word of his."""
        assert scope.actor is not None
        return await rows.waiting_for(scope.tx, scope.portal.id, scope.actor.id)

    async def history(self, scope: Scope, request: Request) -> Sequence[Fact]:
        """All that happened, oldest first."""
        return await rows.history(scope.tx, scope.portal.id, request.id)

    async def in_thread(self, scope: Scope, address: Address) -> Request | None:
        """The request whose support thread stands at this address."""
        local_id = await links.local_of(scope.tx, scope.portal.id, f"thread:{address.channel}", str(address))
        return await rows.load(scope.tx, scope.portal.id, int(local_id)) if local_id else None

    # --- moving ------------------------------------------------------------------------------------------

    def parts(self, scope: Scope, request: Request) -> frozenset[Part]:
        """The parts the actor plays in a request."""
        person = scope.actor
        if person is None:
            return frozenset()
        parts = set()
        if request.requester_id == person.id:
            parts.add(Part.REQUESTER)
            if not scope.portal.desk.representatives:
                parts.add(Part.REPRESENTATIVE)
        if Role.SUPPORT in person.roles:
            parts.add(Part.SUPPORT)
        if Role.REPRESENTATIVE in person.roles:
            parts.add(Part.REPRESENTATIVE)
        return frozenset(parts)

    def possible(self, scope: Scope, request: Request) -> tuple[Action, ...]:
        """What the actor may do with a request now."""
        return possible_actions(request.status, self.parts(scope, request))

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
    ) -> Request:
        """One move of the table. ``text`` is the reason, the question or the answer; Refused says what is possible.

        ``origin``: the message that is the text; in a thread it is not told again, and its copies follow its edits.
        """
        before = await self._locked(scope, request_id)
        clean, _ = blank_secrets(text.strip())
        after = move(
            before,
            action,
            self.parts(scope, before),
            scope.now,
            reason=clean,
            reopen_days=scope.portal.desk.reopen_days,
        )
        if action is Action.TAKE and scope.actor:
            after = replace(after, responsible_id=scope.actor.id)
        if action in {Action.ANSWER, Action.ASK, Action.OFFER}:
            after = _first_reply(after, scope)
        if action is Action.REOPEN or (action is Action.OBJECT and after.round > before.round):
            after = replace(after, due=due_for(scope.portal.desk, after.type, after.priority, scope))
        await rows.save(scope.tx, after)
        fact = await self._note(scope, after, _PAST[action], clean, data or {})
        kept = await self._attachments.keep_for(scope, after.id, files)
        await self._effects.moved(scope, after, action, fact, origin, kept)
        return after

    async def _locked(self, scope: Scope, request_id: int) -> Request:
        found = await rows.load(scope.tx, scope.portal.id, request_id, for_update=True)
        if found is None or not self.may_see(scope.actor, found):
            raise Refused("no-such-request", number="")
        return found

    # --- words -------------------------------------------------------------------------------------------

    async def relay_from_support(self, scope: Scope, request: Request, event: IncomingMessage) -> Fact:
        """Support wrote in a thread: to the requester, the task and the other thread; a note stays inside."""
        text, inside = without_mark(event.text)
        clean, _ = blank_secrets(text)
        request = await self._locked(scope, request.id)
        if not request.is_open and not inside:
            raise Refused("request-closed", number=request.number)
        if not inside:
            request = replace(_first_reply(request, scope), updated_at=scope.now)
            await rows.save(scope.tx, request)
        fact = await self._note(scope, request, "note" if inside else "support_wrote", clean, {})
        files = await self._attachments.keep_for(scope, request.id, event.files)
        await self._effects.support_wrote(scope, request, fact, event, files, inside=inside)
        return fact

    async def relay_from_requester(self, scope: Scope, request_id: int, event: IncomingMessage) -> Request:
        """The requester wrote: to the threads and the task; a waiting request goes on."""
        request = await self._locked(scope, request_id)
        if not request.is_open:
            raise Refused("request-closed", number=request.number)
        clean, _ = blank_secrets(event.text.strip())
        what = "requester_wrote"
        if request.status is Status.WAITING and Part.REQUESTER in self.parts(scope, request):
            request = move(request, Action.REPLY, frozenset({Part.REQUESTER}), scope.now)
            what = _PAST[Action.REPLY]
        request = replace(request, updated_at=scope.now)
        await rows.save(scope.tx, request)
        fact = await self._note(scope, request, what, clean, {})
        files = await self._attachments.keep_for(scope, request.id, event.files)
        await self._effects.requester_wrote(scope, request, fact, event, files)
        return request

    async def _note(self, scope: Scope, request: Request, what: str, text: str, data: dict[str, Any]) -> Fact:
        actor = scope.actor
        fact = Fact(what, scope.now, actor.id if actor else None, actor.name if actor else "", text, data)
        await rows.append_fact(scope.tx, scope.portal.id, request.id, fact)
        return fact

    async def requester_address(self, scope: Scope, request: Request) -> Address | None:
        """Where the requester reads, in the messenger he filed from."""
        if request.requester_id is None:
            return None
        person = await self._people.load(scope, request.requester_id)
        return private_address(person, request.channel) if person else None


_PAST = {
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

def is_note(text: str) -> bool:
    """Whether support's words stay inside."""
    return without_mark(text)[1]


def _first_reply(request: Request, scope: Scope) -> Request:
    return request if request.first_replied_at else replace(request, first_replied_at=scope.now)


def due_for(desk: Desk, kind: RequestType, priority: Any, scope: Scope) -> Due:
    """Both deadlines on the desk's calendar, with their derivation as data."""
    calendar = Calendar.from_settings(desk.hours, desk.timezone, desk.calendar)
    level = parse_levels(desk.levels).level(kind, priority)
    first = calendar.add_working(scope.now, level.first_reply)
    solution = calendar.add_working(scope.now, level.solution)
    return Due(
        first.at_utc,
        solution.at_utc,
        {
            "first_reply": _derivation(first, level.first_reply),
            "solution": _derivation(solution, level.solution),
            "zone": desk.timezone,
            "hours": desk.hours,
        },
    )


def _derivation(deadline: Deadline, amount: timedelta) -> dict[str, Any]:
    return {
        "minutes": int(amount.total_seconds() // 60),
        "steps": [
            {
                "day": step.day.isoformat(),
                "kind": step.kind.value,
                "from": step.start.isoformat("minutes") if step.start else None,
                "to": step.end.isoformat("minutes") if step.end else None,
                "minutes": step.minutes,
                "holiday": step.holiday,
            }
            for step in deadline.steps
        ],
    }


async def tell_requester(scope: Scope, requests: Requests, request: Request, reply: Reply) -> None:
    """A word to the requester, where he can be reached."""
    address = await requests.requester_address(scope, request)
    if address is not None:
        await outgoing.post(scope, address, reply, request_id=request.id)
