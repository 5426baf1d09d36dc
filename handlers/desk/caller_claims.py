"""A caller's request becomes a colleague's: found by the same phone or e-mail, asked first, and never taken silently."""

from dataclasses import replace

from domain.callers import Caller, read_phone
from domain.chat import Address, Button, Channel, Reply
from domain.errors import Permanent, Refused
from domain.people import Person
from domain.ports import PortalUser
from domain.requests import Request
from handlers import outgoing
from handlers.deliveries import Deliver
from handlers.desk.requests import Requests
from handlers.outside import OutsideOf
from handlers.people import MATCH, People, private_address, reachable
from handlers.scope import Scope, Scopes
from storage import callers, links
from storage import people as person_rows
from storage import requests as rows
from storage.outbox import Delivery

OFFERED, ACCEPTED, DECLINED = "offered", "accepted", "declined"
OFFERS_AT_ONCE = 5


async def offer(scope: Scope, person: Person, request: Request, address: Address | None = None) -> None:
    """Ask a person whether a caller's request is his; once, and without telling him what it is about."""
    address = address or reachable(person, request.channel)
    kind, request_id = _claim(person.id), str(request.id)
    if address is None or await links.get(scope.tx, scope.portal.id, kind, "request", request_id):
        return
    await links.put(scope.tx, scope.portal.id, kind, "request", request_id, OFFERED)
    await outgoing.post(scope, address, offer_text(scope, person, request), request_id=request.id)


def offer_text(scope: Scope, person: Person, request: Request, *, asking: bool = True) -> Reply:
    """«С вашим телефоном или почтой обращались в поддержку: FB-2026-000123. Это вы?»"""
    theirs = scope.speaking(person.language)
    text = theirs.text(
        "claim-offer",
        number=request.number,
        channel=theirs.text(f"channel-{request.channel}"),
        at=request.created_at.astimezone(scope.portal.desk.zone),
    )
    buttons = (
        Button(theirs.text("button-mine"), f"c:mine:{request.id}", "primary"),
        Button(theirs.text("button-not-mine"), f"c:notmine:{request.id}"),
    )
    return Reply(text, (buttons,) if asking else ())


async def offer_by_email(scope: Scope, request: Request, caller: Caller) -> None:
    """A caller who left the e-mail of somebody we know: ask him at once."""
    if not caller.email or caller.violation:
        return
    person_id = await callers.person_with_email(scope.tx, scope.portal.id, caller.email)
    person = await person_rows.load(scope.tx, scope.portal.id, person_id) if person_id else None
    if person is not None and person != scope.actor:
        await offer(scope, person, request)


class Claims:
    """The person's answer."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def accept(self, scope: Scope, request_id: int) -> Request:
        """«Да, это я»: the request becomes the actor's; its history says so. Refused unless he was asked."""
        request = await self._offered(scope, request_id)
        assert scope.actor is not None
        if request.requester_id is not None:
            raise Refused("claimed-already", number=request.number)
        await self._answer(scope, request, ACCEPTED)
        after = replace(
            request, requester_id=scope.actor.id, updated_at=scope.now, version=request.version + 1
        )
        await rows.save(scope.tx, after)
        fact = await self._requests.note(scope, after, "claimed", "", {"channel": request.channel.value})
        await self._requests.effects.changed(scope, after, fact)
        return after

    async def decline(self, scope: Scope, request_id: int) -> Request:
        """«Нет»: he is not asked about this one again."""
        request = await self._offered(scope, request_id)
        await self._answer(scope, request, DECLINED)
        return request

    async def _offered(self, scope: Scope, request_id: int) -> Request:
        assert scope.actor is not None
        kind = _claim(scope.actor.id)
        asked = await links.get(scope.tx, scope.portal.id, kind, "request", str(request_id))
        request = await rows.load(scope.tx, scope.portal.id, request_id, for_update=True)
        if asked is None or asked.external_id != OFFERED or request is None:
            raise Refused("no-such-request", number="")
        return request

    async def _answer(self, scope: Scope, request: Request, answer: str) -> None:
        assert scope.actor is not None
        kind = _claim(scope.actor.id)
        await links.put(scope.tx, scope.portal.id, kind, "request", str(request.id), answer)


class ClaimSearch:
    """Kind ``caller.match``: has a person we have just met called before? The portal knows his phones."""

    def __init__(self, scopes: Scopes, outside: OutsideOf, people: People) -> None:
        self._scopes = scopes
        self._outside = outside
        self._people = people

    def kinds(self) -> dict[str, Deliver]:
        return {MATCH: self._match}

    async def _match(self, delivery: Delivery) -> dict[str, int]:
        async with self._scopes.reading(delivery.portal_id) as scope:
            person = await self._people.load(scope, delivery.payload["person_id"])
        if person is None:
            raise Permanent("no-such-person", f"person {delivery.payload['person_id']}")
        account = person.accounts.get(Channel.BITRIX24)
        user = await self._outside(delivery.portal_id).directory.user(account) if account else None
        async with self._scopes.writing(delivery.portal_id) as scope:
            phones, emails = _reached_by(person, user)
            found = await callers.unclaimed_of(scope.tx, delivery.portal_id, phones, emails)
            channel = Channel(delivery.payload["channel"])
            for request_id in found[-OFFERS_AT_ONCE:]:
                request = await rows.load(scope.tx, delivery.portal_id, request_id)
                if request is not None:
                    await offer(scope, person, request, private_address(person, channel))
        return {"found": len(found)}


def _reached_by(person: Person, user: PortalUser | None) -> tuple[list[str], list[str]]:
    """A colleague's phones (E.164) and e-mails (lower case)."""
    phones = [read_phone(raw) for raw in user.phones] if user else []
    emails = {email.casefold() for email in (person.email, user.email if user else None) if email}
    return [phone[0] for phone in phones if phone], sorted(emails)


def _claim(person_id: int) -> str:
    return f"claim:{person_id}"
