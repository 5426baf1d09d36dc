"""A guest's data erased at his demand (152-FZ articles 14 and 21): CRM, staging, chats, requests, in this order.

A run of its own under the hotel's lease, so that no sync writes him back meanwhile; one that was cut off is done again,
and what is done already is done no harm. The PMS is asked first: what it still tells, the next read brings back.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from domain.chat import MessageRef, Reply
from domain.portal import Hotel
from handlers import outgoing
from handlers.codec import load
from handlers.desk.file_tidying import erase_files
from handlers.guests import alerts, fading
from handlers.scope import Scope, Scopes
from handlers.sync import asks
from handlers.sync.identity_chores import Chores
from handlers.sync.job import Job
from storage import erasure, guest_alerts, guest_cards, identity, leases, links, lookups, relayed
from storage import requests as request_rows

log = structlog.get_logger()

MODE = "erase"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased; kept in the order's result, and printed."""

    profiles: int = 0
    stays: int = 0
    crm: Sequence[str] = ()
    """Items of the CRM: ``contact 15``."""
    requests: Sequence[str] = ()
    messages: int = 0
    """Messages in chats that showed him or copied words about him."""

    def as_json(self) -> dict[str, object]:
        return {
            "profiles": self.profiles,
            "stays": self.stays,
            "crm": list(self.crm),
            "requests": list(self.requests),
            "messages": self.messages,
        }


class Erasing:
    """Carries the order out."""

    def __init__(self, scopes: Scopes, bring: Callable[[Job], Awaitable[None]]) -> None:
        self._scopes = scopes
        self._bring = bring
        self._chores = Chores(scopes)

    async def run(self, job: Job) -> None:
        """Erase the profile of the order's ``profile``. Raises what the CRM raises; then it is done again."""
        async with self._scopes.reading(job.portal.id) as scope:
            profile_id = await identity.survivor_of(scope.tx, job.hotel.id, job.order.params["profile"])
            ids, reservations = await erasure.whereabouts(scope.tx, job.hotel.id, profile_id)
            cards = await _cards(scope, job.hotel, ids, reservations)
        for one in ids:
            await self._chores.erase(job, one, unlink=True)
        async with self._scopes.writing(job.portal.id) as scope:
            await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
            done = await self._erase_here(scope, job.hotel, profile_id, ids, reservations)
            for ref in cards:
                await outgoing.amend(scope, ref, Reply(scope.text("card-erased")))
            done = replace(done, messages=done.messages + len(cards))
        job.erased = done.as_json()
        log.info("a guest was erased", stays=done.stays, requests=len(done.requests), messages=done.messages)
        job.only = {"profile": (), "stay": tuple(reservations)}
        await self._bring(job)  # his name leaves his deals

    async def _erase_here(
        self, scope: Scope, hotel: Hotel, profile_id: str, ids: Sequence[str], reservations: Sequence[str]
    ) -> Erasure:
        tx, portal_id = scope.tx, scope.portal.id
        keys = [f"{hotel.code}:{one}" for one in ids]
        keys += [f"{hotel.code}:reservation:{one}" for one in reservations]
        erased = await erasure.erase_guest(tx, hotel.id, profile_id)
        await erasure.drop_samples(tx, portal_id, hotel.id)
        messages = await fading.hide_guest(scope, keys)
        await guest_cards.blank_delivered(tx, portal_id, scope.now)
        numbers = []
        for request_id in await erasure.requests_about(tx, portal_id, keys):
            number, copies = await self._erase_request(scope, request_id)
            numbers.append(number)
            messages += copies
        await lookups.record(
            tx,
            portal_id=portal_id,
            person_id=None,
            kind=MODE,
            query_hash=await lookups.fingerprint(tx, portal_id, keys[0], scope.now),
            channel="terminal",
            chat="",
            hits=erased.profiles,
            now=scope.now,
            hotel_id=hotel.id,
            guests=keys,
        )
        items = [f"{one.crm_entity} {one.crm_id}" for one in erased.crm_items]
        return Erasure(erased.profiles, erased.stays, tuple(dict.fromkeys(items)), tuple(numbers), messages)

    @staticmethod
    async def _erase_request(scope: Scope, request_id: int) -> tuple[str, int]:
        """The words of a request about him, here and wherever they were copied; its number, how many copies."""
        scope = scope.at_desk()
        desk = scope.speaking(scope.portal.language)
        subject, instead = desk.text("request-erased-subject"), Reply(desk.text("request-erased"))
        await erasure.erase_words(scope.tx, scope.portal.id, request_id, subject, scope.now)
        await erase_files(scope, request_id)
        copies = await relayed.copies_of_request(scope.tx, request_id)
        for ref in copies:
            await outgoing.amend(scope, ref, instead)
        await outgoing.refresh_cards(scope, request_id)
        await outgoing.rewrite(scope, request_id)
        request = await request_rows.load(scope.tx, scope.portal.id, request_id)
        return (request.number if request else str(request_id)), len(copies)


async def _cards(
    scope: Scope, hotel: Hotel, ids: Sequence[str], reservations: Sequence[str]
) -> list[MessageRef]:
    """Where alerts of him stand, and questions to managers whether he is somebody else."""
    tx, portal_id = scope.tx, scope.portal.id
    cases = await identity.of_profiles(tx, hotel.id, ids)
    about = [(asks.PLACE, str(one.id)) for some in cases.values() for one in some]
    about += [(alerts.PLACE, str(one)) for one in await guest_alerts.ids_of(tx, hotel.id, reservations)]
    found = [await links.of_local(tx, portal_id, kind, key) for kind, key in about]
    return [load(MessageRef, link.data["ref"]) for some in found for link in some if "ref" in link.data]
