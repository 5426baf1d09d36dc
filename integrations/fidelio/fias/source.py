"""The FIAS door: a live source that tells of guests in house within seconds, and of nothing else."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

from domain.doors import Declared, Fact
from domain.errors import Permanent
from domain.ports import Deliver, SourceStatus
from integrations.fidelio.fias.intake import Intake
from integrations.fidelio.fias.link import Link
from integrations.fidelio.fias.options import Options
from integrations.fidelio.fias.patience import Patience

log = logging.getLogger(__name__)

UNREACHABLE, LISTEN = "pms-unreachable", "fias-listen"
AUDIT_NIGHT = timedelta(hours=30)
"""How long the last NE tells the business date."""

LastTold = Callable[[], Awaitable[datetime | None]]
"""When this door told anything last, by the store; None: never."""


def declared(options: Options) -> Declared:
    """What a link that is set up so can tell."""
    stay = {"state", "arrival", "departure", "room", "profile_id", "guest_name", "group", "share_key"}
    stay |= {"checked_in_at", "checked_out_at"}
    profile = {"kind", "last_name", "first_name", "title", "language", "vip"}
    plural = {"phone": "phones", "email": "emails", "membership": "memberships"}
    for target in options.fields.values():
        place, _, name = target.partition(".")
        (profile if place == "profile" else stay).add("extra" if place == "extra" else plural.get(name, name))
    facts = {Fact.IN_HOUSE, Fact.INSTANT} | ({Fact.ROOM_STATUS} if options.room_status else set())
    return Declared(frozenset(stay), frozenset(profile), frozenset(facts))


class FiasSource:
    """One hotel's IFC8. Nothing is opened before :meth:`run`."""

    name = "fias"

    def __init__(
        self,
        options: Options,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        last_told: LastTold | None = None,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``last_told`` lets the first start, and one after a long outage, ask for a swap; without it none is."""
        self.options, self._clock, self._last_told = options, clock, last_told
        self.capabilities = frozenset({"live"} | ({"room_status"} if options.room_status else set()))
        self.declared = declared(options)
        self.intake = Intake(options, clock, self._notice)
        self.link = Link(options, self.intake, self._notice, patience=patience, sleep=sleep)
        self.notices: dict[str, str] = {}
        """What people should know: code → detail, since the start."""

    # --- the port --------------------------------------------------------------------------------------------

    async def run(self, deliver: Deliver) -> None:
        """Listen and deliver until cancelled. Permanent(fias-listen) when the port to listen on can't be had."""
        await self._want_a_swap_if_due()
        try:
            await self.link.run(deliver)
        except OSError as fault:
            raise Permanent(
                LISTEN, f"can't listen on port {self.options.port}: {type(fault).__name__}"
            ) from fault

    def status(self) -> SourceStatus:
        """How the link is now; ``detail`` has the notices and what was dropped."""
        state = self.link.state
        told = [state.detail] if state.detail else []
        if self.intake.session.audit:
            told.append("night audit")
        if self.intake.resync.state != "idle":
            told.append("resync")
        told += [f"{code}: {detail}" for code, detail in self.notices.items()]
        told += [f"{name} {count}" for name, count in self.dropped().items() if count]
        return SourceStatus(
            ok=state.code == "ok", code=state.code, detail="; ".join(told), business_date=self.business_date()
        )

    async def check(self) -> SourceStatus:
        """Whether the address makes sense, without a connection: a second one would displace the service's."""
        if self.options.listen:
            return SourceStatus(ok=True, code="ok", detail=f"IFC8 is to call port {self.options.port}")
        try:
            async with asyncio.timeout(5):
                loop = asyncio.get_running_loop()
                await loop.getaddrinfo(self.options.host, self.options.port, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError) as fault:
            return SourceStatus(
                ok=False, code=UNREACHABLE, detail=f"{self.options.host}: {type(fault).__name__}"
            )
        return SourceStatus(
            ok=True, code="ok", detail="not asked: IFC8 serves one client, the running service"
        )

    async def close(self) -> None:
        """Nothing is open outside of :meth:`run`."""

    # --- beyond the port -------------------------------------------------------------------------------------

    def resync(self) -> None:
        """Ask for a database swap at the next chance: the operator's wish."""
        self.intake.resync.want("asked")
        self.link.wake()

    def dropped(self) -> dict[str, int]:
        """What the stream lost: bytes of garbage, frames cut and oversize, records that can't be read."""
        return {**self.intake.dropped, "bad": self.intake.counts["bad"]}

    def business_date(self) -> date | None:
        """Derived, for FIAS tells none: the day after the night's NE, while that is fresh."""
        ended = self.intake.audit_ended
        if ended is None or self.intake.wall() - ended > AUDIT_NIGHT:
            return None
        return ended.date() if ended.hour < 12 else ended.date() + timedelta(days=1)

    # --- inside ----------------------------------------------------------------------------------------------

    async def _want_a_swap_if_due(self) -> None:
        """First start, or an outage so long that IFC8's queue may have overflown."""
        if self._last_told is None or self.options.resync == "never":
            return
        last = await self._last_told()
        if last is None:
            self.intake.resync.want("first")
        elif self._clock() - last > timedelta(hours=self.options.outage_h):
            self.intake.resync.want("outage")

    def _notice(self, code: str, detail: str) -> None:
        if code not in self.notices:
            log.warning("FIAS: %s: %s", code, detail)
        self.notices[code] = detail
