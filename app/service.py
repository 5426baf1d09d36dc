"""The running service: register the bot, run loops, receivers and clock, serve HTTP, stop gracefully."""

import asyncio
import signal
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from aiohttp import web

from app.metrics import Metrics
from app.wiring import House
from bot.commands import bot_commands
from bot.texts import text
from domain.chat import Channel, IncomingMessage
from domain.errors import ConciergeError, Permanent
from integrations.bitrix24.events import Unreadable
from integrations.bitrix24.receiver import PullReceiver
from integrations.bitrix24.webhook import WebhookReceiver
from scheduler.jobs import jobs_of
from scheduler.runner import Runner
from storage import cursors, leases, outbox
from web import health, hooks
from web.health import PartState

log = structlog.get_logger()

CONSUMER_LEASE_S = 60.0
DRAIN_S = 20.0
QUIET_AFTER = timedelta(minutes=3)


class Service:
    """One process of Concierge."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.metrics = Metrics()
        self.runner = Runner(house.clockwork.take_tick)
        self.stopping = asyncio.Event()
        self._receiver: PullReceiver | None = None
        self._webhook: WebhookReceiver | None = None
        self._web: web.AppRunner | None = None
        self._portal_fault = ""
        self.port = 0

    # --- life -------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Everything up; the portal may still be away, then the service says so and keeps trying."""
        await self._apply_roles()
        self._start_loops()
        self.runner.task("portal", self._portal())
        if self.house.settings.telegram.enabled:
            self.runner.task("telegram", self._telegram())
        house = self.house
        self.runner.schedule(
            house.portal.id, jobs_of(house.portal, house.syncs.order_scheduled, house.clockwork.tidy)
        )
        self.runner.start()
        await self._serve()

    def _start_loops(self) -> None:
        house = self.house
        self.runner.loop("inbox", house.inbox, house.inbox.arrived)
        self.runner.loop("deliveries", house.deliveries, house.deliveries.added)
        house.syncs.execute = house.stays.execute
        self.runner.loop("orders", house.syncs, house.syncs.ordered)

    async def run_until_stopped(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stopping.set)
        await self.stopping.wait()
        await self.stop()

    async def stop(self) -> None:
        """Take nothing new, finish what is in hand, leave the rest in the tables."""
        log.info("stopping")
        if self._receiver is not None:
            self._receiver.stop()
        if self._web is not None:
            await self._web.cleanup()
        try:
            async with asyncio.timeout(DRAIN_S):
                await self.house.deliveries.drain()
        except TimeoutError:
            log.warning("some deliveries go on after the restart")
        await self.runner.stop()
        await self.house.close()

    # --- parts ------------------------------------------------------------------------------------------

    async def _apply_roles(self) -> None:
        async with self.house.scopes.writing(self.house.portal.id) as scope:
            await self.house.people.apply_settings(scope, self.house.settings.grants())

    async def _portal(self) -> None:
        """Register the bot (again and again until the portal lets us), then consume its events."""
        delay_s = 1.0
        while True:
            try:
                await self._ensure_bot()
                break
            except ConciergeError as fault:
                self._portal_fault = str(fault)
                log.warning("the bot can't be registered", code=fault.code, detail=fault.detail)
                await asyncio.sleep(60.0 if isinstance(fault, Permanent) else delay_s)
                delay_s = min(delay_s * 2, 30.0)
        self._portal_fault = ""
        await self._consume()

    async def _ensure_bot(self) -> None:
        parties = self.house.parties
        await parties.bot.ensure()
        await parties.outside.messengers[Channel.BITRIX24].set_commands(bot_commands(text))
        for problem in parties.bot.problems:
            log.warning("bot problem", code=problem)

    async def _consume(self) -> None:
        """Pull the bot's events as their one consumer; in webhook mode the web hands them over."""
        if self.house.settings.bitrix24.event_mode == "webhook":
            return
        lease = await self._wait_for_lease()
        self._receiver = PullReceiver(
            self.house.parties.bitrix,
            self.house.parties.bot,
            self._accept,
            load_offset=self._load_offset,
            save_offset=self._save_offset,
            on_unreadable=self._unreadable,
            clock=self.house.scopes.clock,
            on_problem=self._problem,
            poll_s=self.house.settings.bitrix24.poll_seconds,
        )
        keeper = asyncio.create_task(self._keep(lease), name="consumer-lease")
        try:
            await self._receiver.run()
        finally:
            keeper.cancel()
            await asyncio.shield(self._give_back(lease))

    async def _wait_for_lease(self) -> leases.Lease:
        while True:
            async with self.house.db.transaction() as tx:
                lease = await leases.acquire(
                    tx,
                    self.house.portal.id,
                    "bot-consumer",
                    self.house.owner,
                    now=self.house.scopes.clock(),
                    lease_s=CONSUMER_LEASE_S,
                )
            if lease is not None:
                return lease
            await asyncio.sleep(CONSUMER_LEASE_S / 20)

    async def _keep(self, lease: leases.Lease) -> None:
        while True:
            await asyncio.sleep(CONSUMER_LEASE_S / 3)
            async with self.house.db.transaction() as tx:
                lease = await leases.renew(tx, lease, now=self.house.scopes.clock(), lease_s=CONSUMER_LEASE_S)

    async def _give_back(self, lease: leases.Lease) -> None:
        async with self.house.db.transaction() as tx:
            await leases.release(tx, lease, now=self.house.scopes.clock())

    async def _telegram(self) -> None:
        from integrations.telegram.receiver import TelegramReceiver  # noqa: PLC0415 - aiogram is heavy

        telegram = self.house.parties.telegram
        assert telegram is not None
        await telegram.set_commands(bot_commands(text))
        await TelegramReceiver(telegram, self._accept, clock=self.house.scopes.clock).run()

    # --- callbacks of the receivers ---------------------------------------------------------------------

    async def _accept(self, events: Sequence[IncomingMessage]) -> None:
        for event in events:
            self.metrics.events.labels(event.channel).inc()
        await self.house.inbox.accept(self.house.portal.id, events)

    async def _unreadable(self, events: Sequence[Unreadable]) -> None:
        bodies = [{"raw": dict(event.raw), "reason": event.reason} for event in events]
        await self.house.inbox.accept_unreadable(self.house.portal.id, "bitrix24", bodies)

    @staticmethod
    def _problem(code: str, detail: str) -> None:
        log.warning("bitrix24 problem", code=code, detail=detail)

    async def _load_offset(self) -> int | None:
        async with self.house.db.reading() as tx:
            found: int | None = await cursors.get(tx, self.house.portal.id, "bot-events")
        return found

    async def _save_offset(self, offset: int) -> None:
        async with self.house.db.transaction() as tx:
            await cursors.put(tx, self.house.portal.id, "bot-events", offset, self.house.scopes.clock())

    # --- HTTP -------------------------------------------------------------------------------------------

    def web_app(self) -> web.Application:
        """The aiohttp application with its routes."""
        app = web.Application(client_max_size=4 << 20)
        settings = self.house.settings
        health.setup(
            app,
            self.parts,
            self.metrics.registry,
            lambda: self.metrics.refresh(self.house),
            settings.service.metrics_token.get_secret_value(),
        )
        webhook = self._webhook_receiver() if settings.bitrix24.event_mode == "webhook" else None
        hooks.setup(app, webhook.receive if webhook else None)
        return app

    def _webhook_receiver(self) -> WebhookReceiver:
        return WebhookReceiver(
            self.house.parties.bot,
            self._accept,
            load_token=self._load_token,
            pin_token=self._pin_token,
            on_unreadable=self._unreadable,
            on_problem=self._problem,
        )

    async def _load_token(self) -> str | None:
        async with self.house.db.reading() as tx:
            found: str | None = await cursors.get(tx, self.house.portal.id, "application-token")
        return found

    async def _pin_token(self, token: str) -> str:
        async with self.house.db.transaction() as tx:
            known: str | None = await cursors.get(tx, self.house.portal.id, "application-token")
            if known is None:
                await cursors.put(
                    tx, self.house.portal.id, "application-token", token, self.house.scopes.clock()
                )
        return known or token

    async def _serve(self) -> None:
        service = self.house.settings.service
        self._web = web.AppRunner(self.web_app(), access_log=None)
        await self._web.setup()
        site = web.TCPSite(self._web, service.host, service.port)
        await site.start()
        self.port = self._web.addresses[0][1] if self._web.addresses else service.port
        log.info("serving", host=service.host, port=self.port)

    async def parts(self) -> Mapping[str, PartState]:
        """How every part is, by name."""
        return {
            "database": await self._database_state(),
            "loops": PartState(not self.runner.ended, ", ".join(self.runner.ended)),
            "bitrix24": self._portal_state(),
            "deliveries": await self._delivery_state(),
        }

    async def _database_state(self) -> PartState:
        try:
            async with self.house.db.reading() as tx:
                await cursors.get(tx, self.house.portal.id, "bot-events")
        except ConciergeError as fault:
            return PartState(ok=False, detail=fault.code)
        return PartState(ok=True)

    def _portal_state(self) -> PartState:
        if self._portal_fault:
            return PartState(ok=False, detail=self._portal_fault)
        seen = self._receiver.last_poll_at if self._receiver else None
        if seen is not None and self.house.scopes.clock() - seen > QUIET_AFTER:
            return PartState(ok=False, detail="the portal hasn't answered a poll for three minutes")
        return PartState(ok=True)

    async def _delivery_state(self) -> PartState:
        async with self.house.db.reading() as tx:
            oldest = await outbox.oldest_waiting(tx)
        late = oldest is not None and self.house.scopes.clock() - oldest > QUIET_AFTER
        return PartState(not late, "deliveries wait: see `concierge deliveries`" if late else "")
