"""Support requests for other programs: the same use cases as in the chats, the token's person as the actor."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from domain import rights as table
from domain.api_tokens import Token
from domain.callers import Caller
from domain.chat import Channel
from domain.errors import Refused
from domain.people import Privacy
from domain.privacy import mask_email, mask_phone
from domain.problems import propose_subject
from domain.requests import Action, Request, RequestType
from domain.rights import hotels_of
from handlers.api import paging
from handlers.api.syncs import named
from handlers.desk import shapes
from handlers.desk.cards import Cards
from handlers.desk.duplicates import Duplicates
from handlers.desk.offers import Offers
from handlers.desk.requests import RequestForm, Requests
from handlers.scope import Scope
from storage import requests as rows
from storage.requests import Wanted


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed down to; ``hotel`` by code."""

    statuses: Collection[str] | None = None
    types: Collection[str] | None = None
    since: datetime | None = None
    hotel: str | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """A request to be. ``subject`` empty: one is made of the description. ``caller``: on whose behalf."""

    type: RequestType
    description: str
    subject: str = ""
    conditions: str = ""
    login: str = ""
    portal: str = ""
    hotel: str | None = None
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class Moving:
    """A move. ``option`` (from 1) of a choice, ``into`` of a merge, ``tag``: the state it was decided upon."""

    action: Action
    text: str = ""
    option: int | None = None
    into: str | None = None
    tag: str | None = None


class DeskApi:
    """Requests as a token may see and move them."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._offers = Offers(requests)
        self._duplicates = Duplicates(requests)

    async def listed(
        self, scope: Scope, token: Token, wanted: Filter, *, cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """A page, newest first. Refused: "no-such-hotel", "bad-cursor"."""
        hotel = named(scope, token, wanted.hotel).id if wanted.hotel is not None else None
        which = paging.list_id(
            "requests",
            statuses=sorted(wanted.statuses or ()),
            types=sorted(wanted.types or ()),
            since=wanted.since,
            hotel=hotel,
        )
        after = paging.read(cursor, which)
        reads_all = table.allows("queue", table.standings(token.actor, scope.portal))
        asked = Wanted(
            statuses=wanted.statuses,
            types=wanted.types,
            updated_since=wanted.since,
            hotel_id=hotel,
            hotels=sorted(hotels_of(token.actor, scope.portal)) if token.hotels else None,
            requester_id=None if reads_all else token.actor.id,
        )
        found = await rows.matching(scope.tx, scope.portal.id, asked, before_id=after, limit=limit + 1)
        shown, following = paging.page(found, limit, which, lambda one: one.id)
        return paging.paged([_brief(scope, one) for one in shown], following)

    async def whole(self, scope: Scope, token: Token, number: str) -> dict[str, Any]:
        """One with its history. Refused("no-such-request"), also when the token may not see it."""
        return await self._whole(scope, token, await self._readable(scope, number))

    async def file(self, scope: Scope, token: Token, filing: Filing) -> dict[str, Any]:
        """Register a request. Refused("not-yours") for a caller's unless the token plays support."""
        description = scope.clean(filing.description)
        if not description:
            raise Refused("api-words-needed")
        if filing.caller is not None:
            await self._requests.rights.check(scope, "new_for")
        hotel = named(scope, token, filing.hotel).id if filing.hotel else None
        form = RequestForm(
            type=filing.type,
            subject=scope.clean(filing.subject) or propose_subject(description),
            description=description,
            channel=Channel.PHONE if filing.caller else Channel.API,
            conditions=scope.clean(filing.conditions),
            login=scope.clean(filing.login),
            portal_link=filing.portal or scope.portal.url,
            hotel_id=hotel,
            caller=filing.caller,
        )
        return await self._whole(scope, token, await self._requests.file(scope, form))

    async def say(
        self, scope: Scope, token: Token, number: str, text: str, *, inside: bool
    ) -> dict[str, Any]:
        """Words: a requester's own, support's to the requester, or support's note. Refused as in a chat."""
        request = await self._readable(scope, number)
        if not scope.clean(text):
            raise Refused("api-words-needed")
        if inside:
            await self._requests.jot(scope, request.id, text)
        elif request.requester_id == token.actor.id:
            await self._requests.write(scope, request.id, text)
        else:
            await self._requests.say(scope, request.id, text)
        return await self.whole(scope, token, number)

    async def move(self, scope: Scope, token: Token, number: str, wish: Moving) -> dict[str, Any]:
        """One move of the table. Refused("changed-meanwhile") when the caller decided upon another state."""
        request = await self._readable(scope, number)
        if wish.tag is not None:
            await self._requests.locked(scope, request.id)
            if wish.tag not in {"*", tag_of(await self.whole(scope, token, number))}:
                raise Refused("changed-meanwhile")
        await self._moved(scope, request, wish)
        return await self.whole(scope, token, number)

    async def _moved(self, scope: Scope, request: Request, wish: Moving) -> None:
        match wish.action:
            case Action.OFFER:
                await self._offers.make(scope, request.id, wish.text)
            case Action.CHOOSE:
                offer = await self._offers.standing(scope, request)
                if offer is None or wish.option is None:
                    raise Refused("nothing-to-choose", number=request.number)
                await self._offers.choose(scope, request.id, offer.id, wish.option - 1)
            case Action.MERGE:
                await self._duplicates.merge(scope, request.id, wish.into or "")
            case Action.REPLY:
                await self._requests.write(scope, request.id, wish.text)
            case Action.ASK | Action.ANSWER if not scope.clean(wish.text):
                raise Refused("api-words-needed")
            case _:
                await self._requests.act(scope, request.id, wish.action, wish.text)

    # --- shapes ------------------------------------------------------------------------------------------

    async def _readable(self, scope: Scope, number: str) -> Request:
        request = await self._requests.by_number(scope, number)
        await self._requests.rights.check(scope, "card", request)
        return request

    async def _whole(self, scope: Scope, token: Token, request: Request) -> dict[str, Any]:
        history = Cards.visible(scope, await self._requests.history(scope, request))
        found = await shapes.whole(scope, request, history)
        if token.privacy.rank < Privacy.CONTACT.rank:
            found["requester"] = _masked(found["requester"])
        moves = await self._requests.possible(scope, request)
        return found | _besides(scope, request) | {"moves": [one.value for one in moves]}


def tag_of(body: Any) -> str:
    """The entity tag of a JSON body: the same for the same content."""
    return f'"{hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]}"'


def _brief(scope: Scope, request: Request) -> dict[str, Any]:
    return shapes.brief(request) | _besides(scope, request)


def _besides(scope: Scope, request: Request) -> dict[str, Any]:
    codes = {hotel.id: hotel.code for hotel in scope.portal.hotels}
    return {"updated_at": request.updated_at.isoformat(), "hotel": codes.get(request.hotel_id or 0)}


def _masked(requester: dict[str, Any]) -> dict[str, Any]:
    """Somebody's name stays; how to reach him is for tokens of the level ``contact``."""
    found = dict(requester)
    if found.get("email"):
        found["email"] = mask_email(found["email"])
    if found.get("phone"):
        found["phone"] = mask_phone(found["phone"])
    return found
