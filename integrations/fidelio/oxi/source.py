"""OXI as a door that tells by itself: messages are kept when they are received, and worked through in their order."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog

from domain.errors import Refused
from domain.ports import Deliver, DoorJournal, Kept, SourceStatus
from integrations.fidelio.oxi import translate
from integrations.fidelio.oxi.messages import FAILED, SUCCESS, Label, NoLabel, parse, read
from integrations.fidelio.rows import BadRow

log = structlog.get_logger()

POLL_S = 2.0
"""Another replica may have received a message: the journal is looked at this often."""
AT_ONCE = 200


class OxiSource:
    """One hotel's messages. Whoever received them, one replica works them through."""

    name = "oxi"
    capabilities = frozenset({"profiles", "stays", "live"})

    def __init__(self, journal: DoorJournal | None, *, poll_s: float = POLL_S) -> None:
        """Without a journal it can be checked, no more."""
        self._kept, self._poll_s = journal, poll_s
        self._came = asyncio.Event()
        self._unreadable = 0

    @property
    def _journal(self) -> DoorJournal:
        assert self._kept is not None
        return self._kept

    # --- received ---------------------------------------------------------------------------------------

    async def receive(self, body: bytes) -> bytes:
        """Keep a message and give its answer. Refused("oxi-no-label") when it is none; Temporary while we can't keep it."""
        try:
            label, document = read(body)
        except NoLabel as fault:
            raise Refused("oxi-no-label") from fault
        if not label.hotel:
            return label.answer(FAILED, "no hotel in the label")
        await self._journal.keep([(label.key, f"{label.key}\n{document}")])
        self._came.set()
        return label.answer(SUCCESS)

    # --- the port ---------------------------------------------------------------------------------------

    async def run(self, deliver: Deliver) -> None:
        """Work through what was kept, oldest first, until cancelled."""
        while True:
            self._came.clear()
            waiting = await self._journal.waiting(AT_ONCE)
            if not waiting:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._came.wait(), self._poll_s)
                continue
            await self._work(waiting, deliver)

    async def _work(self, waiting: Sequence[Kept], deliver: Deliver) -> None:
        """Deliver what can be read together; what can't be is put aside with its reason."""
        records, done = [], []
        for kept in waiting:
            key, _, document = kept.body.partition("\n")
            try:
                records += translate.records(Label(*key.split("|")), parse(document), kept.received_at)
            except BadRow as fault:
                self._unreadable += 1
                log.warning("an OXI message can't be read", code=fault.code, detail=fault.detail, id=kept.id)
                await self._journal.done([kept.id], f"{fault.code}: {fault.detail}")
            else:
                done.append(kept.id)
        if records:
            await deliver(records)
        await self._journal.done(done)

    def status(self) -> SourceStatus:
        """A door that waits is well: only the PMS knows whether it has anything to say."""
        detail = f"unreadable: {self._unreadable}" if self._unreadable else ""
        return SourceStatus(True, "ok", detail)

    async def check(self) -> SourceStatus:
        """Nobody can be asked: the PMS calls us."""
        return SourceStatus(True, "ok", "waits for POST /oxi/…")

    async def close(self) -> None:
        """Nothing is open."""
