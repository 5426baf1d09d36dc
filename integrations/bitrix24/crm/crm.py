"""The portal's CRM for bulk work (domain.ports.Crm): many items a request, an answer for each, nothing twice.

Everything goes in the bulk lane, so it never delays a reply to a person.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from time import monotonic

from domain.ports import (
    Budget,
    CrmItem,
    CrmLayout,
    CrmPerson,
    CrmResult,
    CrmWrite,
    FieldSpec,
    FieldUse,
    PortalMemory,
    StageSpec,
)
from domain.ports.crm import Pipeline
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.crm.budget import budget_of
from integrations.bitrix24.crm.calls import CrmCalls
from integrations.bitrix24.crm.candidates import Candidates
from integrations.bitrix24.crm.fields import FieldNames
from integrations.bitrix24.crm.layout import Layouts
from integrations.bitrix24.crm.learnt import Learnt
from integrations.bitrix24.crm.listing import Listing
from integrations.bitrix24.crm.lookup import Lookup
from integrations.bitrix24.crm.packs import Sender
from integrations.bitrix24.crm.pipelines import pipelines
from integrations.bitrix24.crm.standing import Standing
from integrations.bitrix24.crm.timeline import Timeline
from integrations.bitrix24.crm.writes import Writer
from integrations.bitrix24.format import bb
from integrations.bitrix24.limits import Sleep

SETTLE_S = 65.0
"""A request whose answer was lost may run up to 60 s after it was sent (decision 8)."""
_Key = tuple[str, str, str]


class BitrixCrm:
    """One portal's CRM. ``now`` is monotonic, in seconds.

    ``robots``: whether new items of a live run start the portal's robots; a first load never does. ``memory`` keeps
    what was found out about the portal.
    """

    def __init__(
        self,
        client: BitrixClient,
        *,
        settle_s: float = SETTLE_S,
        robots: bool = True,
        memory: PortalMemory | None = None,
        now: Callable[[], float] = monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._settle_s = settle_s
        self._now = now
        self._sleep = sleep
        self._born = now()
        self._lost: dict[_Key, float] = {}
        self._calls = CrmCalls(client)
        self._names = FieldNames(self._calls)
        self._lookup = Lookup(self._calls, self._names)
        self._candidates = Candidates(self._calls, self._names, self._lookup)
        self._layouts = Layouts(self._calls, self._names, settle_s=settle_s, sleep=sleep)
        self._standing = Standing(self._names, self._lookup)
        self._timeline = Timeline(self._calls)
        self._listing = Listing(self._calls, self._names)
        self._robots = robots
        learnt = Learnt(memory)
        sender = Sender(self._calls, learnt, self._unclear)
        self._writer = Writer(self._calls, self._names, self._lookup, sender, learnt)

    async def ensure_layout(
        self,
        pipeline: str,
        stages: Sequence[StageSpec],
        fields: Sequence[FieldSpec],
        uses: Sequence[FieldUse] = (),
        *,
        make: bool = True,
    ) -> CrmLayout:
        """Make pipeline, stages and custom fields where absent; one request when all stands.

        ``missing_fields``: ``entity.FIELD`` of what can't be written, and of what earlier writes didn't keep;
        ``unknown``: what was to be used as it is and isn't there.
        """
        layout = await self._layouts.ensure(pipeline, stages, fields, uses, make=make)
        self._writer.new_run()
        missing = tuple(dict.fromkeys([*layout.missing_fields, *self._writer.lost]))
        return replace(layout, missing_fields=missing)

    async def pipelines(self) -> Sequence[Pipeline]:
        """As :meth:`domain.ports.Crm.pipelines`."""
        return await pipelines(self._calls)

    async def find(self, entity: str, originator: str, keys: Sequence[str]) -> dict[str, CrmItem]:
        """Items by external key. Keys of a lost write wait until it can't run any more."""
        return await self._find_settled(entity, originator, keys, unknown_at=None)

    async def settled(self, entity: str, originator: str, keys: Sequence[str]) -> dict[str, CrmItem]:
        """As find; keys this process knows nothing of count as sent just before it began."""
        return await self._find_settled(entity, originator, keys, unknown_at=self._born)

    async def _find_settled(
        self, entity: str, originator: str, keys: Sequence[str], *, unknown_at: float | None
    ) -> dict[str, CrmItem]:
        asked = [(entity, originator, key) for key in keys]
        sent = [at for one in asked if (at := self._lost.get(one, unknown_at)) is not None]
        if sent and (delay := max(sent) + self._settle_s - self._now()) > 0:
            await self._sleep(delay)
        found = await self._lookup.find(entity, originator, keys)
        for one in asked:
            self._lost.pop(one, None)
        return found

    async def apply(
        self, writes: Sequence[CrmWrite], *, first_load: bool
    ) -> AsyncGenerator[Sequence[CrmResult], None]:
        """Write in packs; every write gets one result. Raises Temporary or Permanent when nothing works.

        ``first_load`` imports (robots stay asleep) where the portal allows it.
        """
        packs = self._writer.apply(writes, first_load=first_load or not self._robots)
        async with aclosing(packs):
            async for results in packs:
                yield results

    @property
    def settle_s(self) -> float:
        """How long after it was sent a lost call may still be executed."""
        return self._settle_s

    def _unclear(self, writes: Iterable[CrmWrite]) -> None:
        now = self._now()
        self._lost.update(((one.entity, one.originator, one.key), now) for one in writes)

    async def drift(
        self, entity: str, wanted: Mapping[int, Mapping[str, object]]
    ) -> dict[int, Mapping[str, object]]:
        """What stands otherwise than wanted; compared as people would, not digit by digit."""
        return await self._standing.drift(entity, wanted)

    def listing(
        self, entity: str, originator: str, known: Iterable[int], fields: Sequence[str]
    ) -> AsyncGenerator[Sequence[CrmItem], None]:
        """Every item that bears our origin; where about they lie is told by ``known``."""
        return self._listing.pages(entity, originator, known, fields)

    def merge_url(self, entity: str, crm_ids: Sequence[int]) -> str:
        """The portal's own page for merging."""
        return f"{self._client.portal_url}/crm/{entity}/merge/?id={','.join(map(str, crm_ids))}"

    async def note(self, entity: str, crm_id: int, text: str) -> None:
        """A comment in the item's timeline; ``text`` is our markup."""
        fields = {"ENTITY_ID": crm_id, "ENTITY_TYPE": entity, "COMMENT": bb(text)}
        await self._calls.ask("crm.timeline.comment.add", {"fields": fields})

    async def notes(self, entity: str, lines: Sequence[tuple[int, str]]) -> list[bool | None]:
        """Comments in bulk: written, refused (False) or unclear (None)."""
        return await self._timeline.write(entity, lines)

    async def noted(self, entity: str, lines: Sequence[tuple[int, str]]) -> list[bool]:
        """Which of these comments stand; asked when nothing sent for them can run any more."""
        return await self._timeline.written(entity, lines)

    @property
    def lost_fields(self) -> tuple[str, ...]:
        """What the portal took without a word and didn't keep, as far as this process has seen."""
        return tuple(self._writer.lost)

    async def any_other(self, entity: str, originators: Sequence[str]) -> bool:
        """Whether there is any item that is none of these originators'."""
        return await self._candidates.any_other(entity, originators)

    async def by_contact(
        self, entity: str, phones: Iterable[str], emails: Iterable[str]
    ) -> Sequence[CrmPerson]:
        """Whoever has one of these phones or e-mails: 1,000 values a request, 2,500 people a request."""
        return await self._candidates.by_contact(entity, phones, emails)

    async def people(self, entity: str, crm_ids: Sequence[int]) -> Mapping[int, CrmPerson]:
        """These items as people; gone ones are absent."""
        return await self._candidates.people(entity, crm_ids)

    async def rewrite(
        self, entity: str, crm_id: int, fields: Mapping[str, object], *, drop: Iterable[str] | None = ()
    ) -> bool:
        """Set exactly these fields, take these phones and e-mails away (None: all); False when it is gone."""
        return await self._candidates.rewrite(entity, crm_id, fields, drop=drop)

    async def merge(self, entity: str, into: int, other: int) -> bool:
        """Make one item of two; False when the portal leaves that to people."""
        return await self._candidates.merge(entity, into, other)

    def item_url(self, entity: str, crm_id: int) -> str:
        """Where people see the item."""
        return f"{self._client.portal_url}/crm/{entity}/details/{crm_id}/"

    def budget(self) -> Budget:
        """How much of the portal's limits is in use now, by this process's own reckoning."""
        return budget_of(self._client.limiter)

    @property
    def calls(self) -> int:
        """Requests made so far; one that had to be repeated counts once."""
        return self._calls.count
