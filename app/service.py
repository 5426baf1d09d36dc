"""The running service: loops, consumers and clock up, HTTP served, and a graceful end."""

import asyncio
import signal
from collections.abc import Mapping
from datetime import timedelta

import structlog
from aiohttp import web

from app import callback
from app.consumers import Intake, PortalConsumer, TelegramConsumer
from app.doors import oxi_addresses
from app.live import LiveConsumer
from app.metrics import Metrics
from app.wiring import House
from domain.errors import ConciergeError
from scheduler.jobs import jobs_of
from scheduler.runner import Runner
from storage import cursors, outbox
from web import health, hooks, oxi
from web.health import PartState

log = structlog.get_logger()

DRAIN_S = 20.0
QUIET_AFTER = timedelta(minutes=3)


class Service:
    """One process of Concierge."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.metrics = Metrics()
        self.runner = Runner(house.clockwork.take_tick)
        self.stopping = asyncio.Event()
        self._forms = callback.forms_of(house)
        intake = Intake(house, self.metrics)
        self.portal = PortalConsumer(intake)
        self.telegram = TelegramConsumer(intake)
        self.live = [LiveConsumer(intake, one) for one in house.live]
        self._web: web.AppRunner | None = None
        self.port = 0

    async def start(self) -> None:
        """Everything up; the portal may still be away, then the service says so and keeps trying."""
        house = self.house
        async with house.scopes.writing(house.portal.id) as scope:
            await house.people.apply_settings(scope, house.settings.grants())
            await house.guests.reindex_behind(scope)
        self._start_loops()
        self.runner.task("portal", self.portal.run())
        if house.settings.telegram.enabled:
            self.runner.task("telegram", self.telegram.run())
        for door in self.live:
            self.runner.task(door.name, door.run())
        each_minute = {
            "deadlines": house.watch.tick,
            "digest": house.digests.tick,
            "morning": house.mornings.tick,
            "alerts": house.alerts.tick,
            "guest-cards": house.fading.tick,
            "departments": house.departments.tick,
            "reconcile": house.reconcile.tick,
            "audit": house.self_audit.tick,
        }
        jobs = jobs_of(house.portal, house.syncs.order_scheduled, self._tidy, each_minute)
        self.runner.schedule(house.portal.id, jobs)
        self.runner.start()
        await self._serve()

    async def _tidy(self) -> None:
        """Each night."""
        await self.house.clockwork.tidy()
        await self.house.retention.tidy(self.house.portal.id)

    def _start_loops(self) -> None:
        house = self.house
        house.syncs.execute = house.stays.execute
        self.runner.loop("inbox", house.inbox, house.inbox.arrived)
        self.runner.loop("deliveries", house.deliveries, house.deliveries.added)
        self.runner.loop("orders", house.syncs, house.syncs.ordered)
        if self.live:
            self.runner.loop("live-orders", house.live_orders, house.live_orders.wake)
        self.runner.loop("tasks", house.task_watch, house.task_watch.wake)

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
        if self.portal.receiver is not None:
            self.portal.receiver.stop()
        if self._web is not None:
            await self._web.cleanup()
        try:
            async with asyncio.timeout(DRAIN_S):
                await self.house.deliveries.drain()
        except TimeoutError:
            log.warning("some deliveries go on after the restart")
        await self.runner.stop()
        await self.house.close()

    # --- HTTP -------------------------------------------------------------------------------------------

    def web_app(self) -> web.Application:
        """The aiohttp application with its routes."""
        app = web.Application(client_max_size=4 << 20)
        health.setup(
            app,
            self.parts,
            self.metrics.registry,
            self._refresh_metrics,
            self.house.settings.service.metrics_token.get_secret_value(),
        )
        webhook = self.portal.webhook()
        oxi.setup(app, oxi_addresses(self.house.settings.hotels, self.house.live))
        hooks.setup(
            app,
            {
                "/bitrix24/events": webhook.receive if webhook else None,
                "/telegram/updates": self.telegram.webhook(),
            },
        )
        if self._forms is not None:
            callback.setup(app, self.house, self._forms)
        return app

    async def _serve(self) -> None:
        service = self.house.settings.service
        self._web = web.AppRunner(self.web_app(), access_log=None)
        await self._web.setup()
        site = web.TCPSite(self._web, service.host, service.port)
        await site.start()
        self.port = self._web.addresses[0][1] if self._web.addresses else service.port
        log.info("serving", host=service.host, port=self.port)

    async def _refresh_metrics(self) -> None:
        for door in self.live:
            self.metrics.door(door.hotel_code, door.door_name, up=door.up)
        await self.metrics.refresh(self.house)

    # --- health -----------------------------------------------------------------------------------------

    async def parts(self) -> Mapping[str, PartState]:
        """How every part is, by name."""
        return {
            "database": await self._database_state(),
            "loops": PartState(not self.runner.ended, ", ".join(self.runner.ended)),
            "bitrix24": self._portal_state(),
            "deliveries": await self._delivery_state(),
            **{door.name: PartState(*door.state()) for door in self.live},
        }

    async def _database_state(self) -> PartState:
        try:
            async with self.house.db.reading() as tx:
                await cursors.get(tx, self.house.portal.id, "ready")
        except ConciergeError as fault:
            return PartState(ok=False, detail=fault.code)
        return PartState(ok=True)

    def _portal_state(self) -> PartState:
        if self.portal.fault:
            return PartState(ok=False, detail=self.portal.fault)
        seen = self.portal.receiver.last_poll_at if self.portal.receiver else None
        if seen is not None and self.house.scopes.clock() - seen > QUIET_AFTER:
            return PartState(ok=False, detail="the portal hasn't answered a poll for three minutes")
        return PartState(ok=True)

    async def _delivery_state(self) -> PartState:
        async with self.house.db.reading() as tx:
            oldest = await outbox.oldest_waiting(tx)
        late = oldest is not None and self.house.scopes.clock() - oldest > QUIET_AFTER
        return PartState(not late, "deliveries wait: see `concierge deliveries`" if late else "")
