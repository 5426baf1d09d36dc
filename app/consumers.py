"""Who takes events in: one consumer per messenger and portal, its owner's, each handing over to the inbox."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import structlog

from app.metrics import Metrics
from app.portals import Served
from app.wiring import House
from bot.command_names import bot_commands
from bot.texts import text
from domain.chat import Channel, IncomingMessage
from domain.errors import ConciergeError, Permanent
from integrations.bitrix24.receiver import PullReceiver
from integrations.bitrix24.webhook import WebhookReceiver
from storage import cursors, leases

log = structlog.get_logger()

LEASE_S = 60.0
OFFSET = "bot-events"
APPLICATION_TOKEN = "application-token"  # noqa: S105 - the cursor's name


class _Unreadable(Protocol):
    @property
    def raw(self) -> Mapping[str, Any]: ...

    @property
    def reason(self) -> str: ...


class Intake:
    """What the consumers of a portal share: the way into the inbox."""

    def __init__(self, house: House, served: Served, metrics: Metrics) -> None:
        self.house = house
        self.served = served
        self.portal = served.portal
        self._metrics = metrics

    async def messages(self, events: Sequence[IncomingMessage]) -> None:
        """Durable when this returns."""
        for event in events:
            self._metrics.process.events.labels(event.channel).inc()
        await self.house.inbox.accept(self.portal.id, events)

    def unreadable(self, channel: Channel) -> Callable[[Sequence[_Unreadable]], Any]:
        """Keeps what could not be read."""

        async def keep(events: Sequence[_Unreadable]) -> None:
            bodies = [{"raw": dict(event.raw), "reason": event.reason} for event in events]
            await self.house.inbox.accept_unreadable(self.portal.id, channel, bodies)

        return keep

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """Wait for the lease, keep it while the block runs, give it back."""
        lease = await self._wait(name)
        keeper = asyncio.create_task(self._keep(lease), name=f"lease-{name}")
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.shield(self._give_back(lease))

    async def _wait(self, name: str) -> leases.Lease:
        house = self.house
        while True:
            async with house.db.transaction() as tx:
                now = house.scopes.clock()
                owner = house.scopes.turns.owner or house.owner
                lease = await leases.acquire(tx, self.portal.id, name, owner, now=now, lease_s=LEASE_S)
            if lease is not None:
                return lease
            await asyncio.sleep(LEASE_S / 20)

    async def _keep(self, lease: leases.Lease) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            async with self.house.db.transaction() as tx:
                lease = await leases.renew(tx, lease, now=self.house.scopes.clock(), lease_s=LEASE_S)

    async def _give_back(self, lease: leases.Lease) -> None:
        async with self.house.db.transaction() as tx:
            await leases.release(tx, lease, now=self.house.scopes.clock())


class PortalConsumer:
    """Registers the bot, then pulls its events (or, in webhook mode, verifies those that are pushed)."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._house = intake.house
        self._served = intake.served
        self.fault = ""
        self.receiver: PullReceiver | None = None

    async def run(self) -> None:
        """Until cancelled; the portal may be away for as long as it likes."""
        await self._registered()
        if self._served.settings.bitrix24.event_mode == "webhook":
            return
        self.receiver = PullReceiver(
            self._served.parties.bitrix,
            self._served.parties.bot,
            self._intake.messages,
            load_offset=self._load_offset,
            save_offset=self._save_offset,
            on_unreadable=self._intake.unreadable(Channel.BITRIX24),
            clock=self._house.scopes.clock,
            on_problem=_problem,
            poll_s=self._served.settings.bitrix24.poll_seconds,
            rest_s=self._served.settings.bitrix24.rest_seconds,
        )
        await self.receiver.run()

    async def _registered(self) -> None:
        """Register the bot, again and again until the portal lets us."""
        delay_s = 1.0
        while True:
            try:
                await self._register()
            except ConciergeError as fault:
                self.fault = str(fault)
                log.warning("the bot can't be registered", code=fault.code, detail=fault.detail)
                await asyncio.sleep(60.0 if isinstance(fault, Permanent) else delay_s)
                delay_s = min(delay_s * 2, 30.0)
            else:
                self.fault = ""
                return

    async def _register(self) -> None:
        parties = self._served.parties
        await parties.bot.ensure()
        await parties.outside.messengers[Channel.BITRIX24].set_commands(bot_commands(text))
        for problem in parties.bot.problems:
            log.warning("bot problem", code=problem)

    async def _load_offset(self) -> int | None:
        async with self._house.db.reading() as tx:
            found: int | None = await cursors.get(tx, self._served.portal.id, OFFSET)
        return found

    async def _save_offset(self, offset: int) -> None:
        async with self._house.db.transaction() as tx:
            await cursors.put(tx, self._served.portal.id, OFFSET, offset, self._house.scopes.clock())

    # --- webhook mode -----------------------------------------------------------------------------------

    def webhook(self) -> WebhookReceiver | None:
        """What the web's route hands posts to; None in pull mode."""
        if self._served.settings.bitrix24.event_mode != "webhook":
            return None
        return WebhookReceiver(
            self._served.parties.bot,
            self._intake.messages,
            load_token=self._load_token,
            pin_token=self._pin_token,
            on_unreadable=self._intake.unreadable(Channel.BITRIX24),
            on_problem=_problem,
        )

    async def _load_token(self) -> str | None:
        async with self._house.db.reading() as tx:
            found: str | None = await cursors.get(tx, self._served.portal.id, APPLICATION_TOKEN)
        return found

    async def _pin_token(self, token: str) -> str:
        house = self._house
        async with house.db.transaction() as tx:
            known: str | None = await cursors.get(tx, self._served.portal.id, APPLICATION_TOKEN)
            if known is None:
                await cursors.put(tx, self._served.portal.id, APPLICATION_TOKEN, token, house.scopes.clock())
        return known or token


class TelegramConsumer:
    """Polls Telegram (or registers the webhook). aiogram is imported here, when there is a token, and not before."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._house = intake.house
        self._served = intake.served

    async def run(self) -> None:
        """Until cancelled."""
        from integrations.telegram.receiver import TelegramReceiver  # noqa: PLC0415

        telegram = self._served.parties.telegram
        assert telegram is not None
        await TelegramReceiver(
            telegram,
            self._intake.messages,
            clock=self._house.scopes.clock,
            prepare=lambda: telegram.set_commands(bot_commands(text)),
            on_unreadable=self._intake.unreadable(Channel.TELEGRAM),
            webhook_url=self._served.settings.telegram.webhook_url,
        ).run()

    def webhook(self) -> Callable[[Mapping[str, str], bytes, str], Any] | None:
        """What the web's route hands posts to; None when polling."""
        telegram = self._served.parties.telegram
        if telegram is None or not self._served.settings.telegram.webhook_url:
            return None
        from integrations.telegram.receiver import TelegramWebhook  # noqa: PLC0415

        receiver = TelegramWebhook(
            telegram,
            self._intake.messages,
            clock=self._house.scopes.clock,
            on_unreadable=self._intake.unreadable(Channel.TELEGRAM),
        )

        async def receive(headers: Mapping[str, str], body: bytes, _content_type: str) -> None:
            await receiver.receive(headers, body)

        return receive


def _problem(code: str, detail: str) -> None:
    log.warning("bitrix24 problem", code=code, detail=detail)
