"""One problem, one request: finding what is filed already, joining it instead of copying, merging what was copied."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from domain.chat import Channel
from domain.errors import Refused
from domain.requests import Action, Request
from domain.rights import hotels_of
from domain.similar import most_alike
from handlers.desk.requests import Requests, sent_from
from handlers.scope import Scope
from storage import attachments as attachment_rows
from storage import requests as rows
from storage import votes

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """What a person who joins says about his own case."""

    text: str = ""
    login: str = ""
    attachment_ids: tuple[int, ...] = ()


class Duplicates:
    """Similar requests, votes, merging."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def similar(self, scope: Scope, text: str, but: Collection[int] = ()) -> list[Request]:
        """Open requests of the actor and of his hotels that tell of the same, likest first."""
        assert scope.actor is not None
        here = scope.home or scope.portal
        mine = hotels_of(scope.actor, here)
        everywhere = len(mine) == len(here.hotels)
        found = await rows.open_of_hotels(scope.tx, scope.portal.id, None if everywhere else mine)
        if scope.home is not None:  # another customer's request is none of his business
            found = [one for one in found if one.home_id == scope.home.id]
        found += await self._requests.mine(scope, limit=50)
        known = {one.id: one for one in found if one.is_open and one.id not in but}
        return await self._likest(scope, text, list(known.values()))

    async def like(self, scope: Scope, request: Request) -> list[Request]:
        """Open requests that may be copies of one, for support's merge."""
        found = await rows.open_of_hotels(scope.tx, scope.portal.id, None)
        others = [one for one in found if one.id != request.id]
        return await self._likest(scope, f"{request.subject}\n{request.description}", others)

    async def _likest(self, scope: Scope, text: str, among: Sequence[Request]) -> list[Request]:
        told = [(words, one) for one in among for words in {one.subject, one.description}]
        ranked = dict.fromkeys(one.id for _, one in most_alike(text, told, limit=4 * SHOWN))
        by_id = {one.id: one for one in among}
        seen = [by_id[id_] for id_ in ranked]
        return [one for one in seen if await self._requests.rights.allows(scope, "summary", one)][:SHOWN]

    # --- joining -----------------------------------------------------------------------------------------

    async def join(
        self, scope: Scope, request_id: int, facts: Facts, channel: Channel
    ) -> tuple[Request, bool]:
        """A vote and the person's facts; of one's own request only the facts. False: voted before, facts added."""
        assert scope.actor is not None
        request = await self._requests.locked(scope, request_id)
        await self._requests.rights.check(scope, "join", request)
        if not request.is_open:
            raise Refused("request-closed", number=request.number)
        added = False
        if request.requester_id != scope.actor.id:
            at = scope.now
            added = await votes.add(
                scope.tx, scope.portal.id, scope.actor.id, channel, at, request_id=request.id
            )
        count = await votes.count(scope.tx, request.id)
        text = scope.clean(facts.text)
        data = {"login": facts.login, "votes": count, "files": len(facts.attachment_ids)}
        await attachment_rows.bind(scope.tx, sent_from(scope), facts.attachment_ids, request.id)
        after = await self._requests.record(
            scope, replace(request, votes=count), "joined", text, data, attachments=facts.attachment_ids
        )
        return after, added

    # --- merging -----------------------------------------------------------------------------------------

    async def merge(self, scope: Scope, request_id: int, into: str) -> tuple[Request, Request]:
        """Close a copy into another request: its people go along and are told. Returns (the copy, the other).

        Refused: "merge-into-itself", "merge-into-closed", "no-such-request", or what the table of moves says.
        """
        target = await self._requests.by_number(scope, into)
        if target.id == request_id:
            raise Refused("merge-into-itself", number=target.number)
        # Always in the order of their ids, so that two merges at once can't wait for each other.
        pair = {one: await self._requests.locked(scope, one) for one in sorted({request_id, target.id})}
        source, target = pair[request_id], pair[target.id]
        if not target.is_open:
            raise Refused("merge-into-closed", number=target.number)
        # The people first: once the copy is closed, whoever had joined it is counted with the other.
        count = await self._move_people(scope, source, target)
        await rows.relate(scope.tx, scope.portal.id, source.id, target.id)
        merged = await self._requests.act(
            scope,
            source.id,
            Action.MERGE,
            target.number,
            data={"into": target.number},
            merged_into=target.id,
        )
        words = f"{source.number} · {source.subject}\n{source.description}"
        data = {"from": source.number, "votes": count}
        after = await self._requests.record(scope, replace(target, votes=count), "merged_in", words, data)
        return merged, after

    async def _move_people(self, scope: Scope, source: Request, target: Request) -> int:
        portal_id = scope.portal.id
        await votes.move_all(scope.tx, portal_id, source.id, target.id)
        if source.requester_id is not None:
            await votes.add(
                scope.tx, portal_id, source.requester_id, source.channel, scope.now, request_id=target.id
            )
        if target.requester_id is not None:  # the requester is no vote of his own
            await votes.remove(scope.tx, portal_id, target.id, target.requester_id)
        return await votes.count(scope.tx, target.id)
