"""The running service: loops, consumers and clock up, HTTP served, and a graceful end."""

import asyncio
import signal
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version

import structlog
from aiohttp import web

from app import api_site, callback, pages
from app.app_side import app_events, install_pages
from app.doors import oxi_addresses, takes_oxi
from app.looking import Timed, look
from app.metrics import Metrics
from app.overview import overview
from app.readiness import Readiness
from app.tenant import Tenant
from app.wiring import House
from bot.texts import text
from domain.ports import Lane
from handlers.ownership import Ownership
from scheduler.clock import Clock
from scheduler.jobs import Among, OfPortal, chores_of, jobs_of_the_service
from scheduler.runner import MOST_IDLE_S, Pumped, Runner
from storage import Database
from storage.outbox import Delivery
from web import access, files, health, hooks, oxi, status
from web.status import Overview

log = structlog.get_logger()

DRAIN_S = 20.0
TOLD_IDLE_S = 30.0
"""How long loops sleep where other processes tell them what they wrote."""
ORDERS_AT_ONCE = 4
"""Syncs of different hotels that one replica carries out side by side."""


class Service:
    """One process of Concierge: the loops that all portals share, and a tenant for each portal it works for."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.metrics = Metrics()
        house.calls.heard.append(self.metrics.process.called)
        house.deliveries.delivered.append(self._arrived)
        self.runner = Runner(partial(house.scopes.patience, MOST_IDLE_S, TOLD_IDLE_S))
        turns, clockwork = house.scopes.turns, house.clockwork
        self.clock = Clock(clockwork.take, clockwork.last, turns.begin, house.scopes.clock)
        self._beats = house.db if house.db.dialect == "sqlite" else self._own_connection()
        self.ownership = Ownership(self._beats, turns, house.wakes, house.owner, version=_version())
        self.stopping = asyncio.Event()
        self.tenants: dict[int, Tenant] = {}
        self.readiness = Readiness(house, self.tenants, self.runner, self.ownership)
        self._locks: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._started = False
        self._web: web.AppRunner | None = None
        self.port = 0

    def _own_connection(self) -> Database:
        """For the heartbeat: it must not wait behind our own work."""
        return Database.open(self.house.process.service.database_url, connections=1)

    async def start(self) -> None:
        """Everything up; a portal may still be away, then the service says so and keeps trying."""
        house = self.house
        self.clock.looks(chores_of(self._works(), self._among()))
        await self.clock.add(0, jobs_of_the_service(house.clockwork.tidy))
        self._start_loops()
        self.ownership.gained.append(self._gained)
        self.ownership.lost.append(self.end)
        await self.ownership.beat()
        self.runner.task("ownership", self.ownership.run())
        await self.ownership.begun()
        house.portals.changed.append(self._anew)
        self._started = True
        await self._serve()

    # --- portals ----------------------------------------------------------------------------------------

    async def begin(self, portal_id: int) -> None:
        """Work for a portal; nothing happens when we do already, or when there is no way to it."""
        async with self._locks[portal_id]:
            await self._begin(portal_id)

    async def _gained(self, portal_id: int) -> None:
        """Ours from now on; another process may have changed or made it since we read it."""
        portals = self.house.portals
        if portal_id not in portals or (self._started and not self.ownership.alone):
            await portals.refresh(portal_id)
        await self.begin(portal_id)
        if self.house.app is not None:
            self.house.app.upkeep.anew(portal_id)

    async def end(self, portal_id: int) -> None:
        """Work for a portal no more."""
        async with self._locks[portal_id]:
            await self._end(portal_id)

    async def _begin(self, portal_id: int) -> None:
        portals = self.house.portals
        if portal_id in self.tenants or portal_id not in portals or not portals[portal_id].reachable:
            return
        tenant = Tenant(self.house, portals[portal_id], self.runner, self.metrics)
        self.tenants[portal_id] = tenant
        await tenant.begin(self.clock)

    async def _end(self, portal_id: int) -> None:
        tenant = self.tenants.pop(portal_id, None)
        if tenant is not None:
            await tenant.end()

    async def _anew(self, portal_id: int) -> None:
        """Its settings changed: what runs for it begins again with the new ones."""
        if portal_id not in self.ownership.owned:
            self.ownership.look()  # perhaps a new one, which is nobody's yet
            return
        async with self._locks[portal_id]:
            await self._end(portal_id)
            await self._begin(portal_id)

    def _among(self) -> Mapping[str, Among]:
        return {"deadlines": self.house.watch.among, "guest-cards": self.house.fading.among}

    def _works(self) -> Mapping[str, OfPortal]:
        house = self.house
        return {
            "deadlines": house.watch.tick,
            "digest": house.digests.tick,
            "morning": house.mornings.tick,
            "alerts": house.alerts.tick,
            "guest-cards": house.fading.tick,
            "departments": house.departments.tick,
            "reconcile": house.reconcile.tick,
            "audit": house.self_audit.tick,
            "licence": house.licences.tick,
            "releases": house.releases.tick,
        }

    def _start_loops(self) -> None:
        house = self.house
        house.syncs.execute = house.stays.execute
        self._loop("inbox", house.inbox, house.inbox.arrived)
        self._loop("deliveries", house.deliveries, house.deliveries.added)
        self._loop("orders", house.syncs, house.syncs.ordered)
        for number in range(2, 1 + (1 if self.ownership.alone else ORDERS_AT_ONCE)):
            more = asyncio.Event()  # set when the hands before this one have something to do
            house.syncs.begun.append(more.set)
            self._loop(f"orders {number}", house.syncs, more)
        self._loop("live-orders", house.live_orders, house.live_orders.wake)
        self._loop("tasks", house.task_watch, house.task_watch.wake)
        if house.app is not None:
            self._loop("upkeep", house.app.upkeep, house.app.upkeep.wake)
        self.runner.task("clock", self.clock.run())
        if not self.ownership.alone:
            self.runner.task("wakes", house.wakes.run())

    def _loop(self, name: str, pumped: Pumped, wake: asyncio.Event) -> None:
        self.runner.loop(name, Timed(name, pumped, self.metrics.process.worked), wake)

    def _arrived(self, delivery: Delivery) -> None:
        if delivery.lane == Lane.REPLY:
            self.metrics.process.replied(delivery.caused_at, self.house.scopes.clock())

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
        for tenant in self.tenants.values():
            tenant.quiet()
        if self._web is not None:
            await self._web.cleanup()
        if self.ownership.alone:
            await self._drain()
        else:
            await self.ownership.stop()
        await self.runner.stop()
        if not self.ownership.alone:
            await self._beats.close()
        await self.house.close()

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(DRAIN_S):
                await self.house.deliveries.drain()
        except TimeoutError:
            log.warning("some deliveries go on after the restart")

    # --- HTTP -------------------------------------------------------------------------------------------

    def web_app(self) -> web.Application:
        """The aiohttp application with its routes."""
        token = self.house.process.service.metrics_token.get_secret_value()
        watched = access.middleware(self.metrics.process.served)
        app = web.Application(client_max_size=4 << 20, middlewares=[watched])
        health.setup(
            app,
            self.readiness.parts,
            self.metrics.registry,
            self._refresh_metrics,
            token,
        )
        status.setup(app, self._overview, text, token)
        oxi.setup(app, self._oxi_receivers)
        main, events = self._main_tenant(), self._main_webhook()
        side = self.house.app
        if side is not None:
            side.events.metrics = self.metrics
            install_pages(side, self.house.process).setup(app)
            events = partial(app_events, side.events, self._main_webhook)
        hooks.setup(
            app,
            {
                "/bitrix24/events": events,
                "/telegram/updates": main.telegram.webhook() if main else None,
            },
        )
        callback.setup(app, self.house)
        files.setup(app, self.house.file_links, text)
        api_site.setup(app, self.house)
        pages.setup(app, self.house)
        return app

    def _main_webhook(self) -> hooks.Receive | None:
        main = self._main_tenant()
        webhook = main.consumer.webhook() if main else None
        return webhook.receive if webhook else None

    def _main_tenant(self) -> Tenant | None:
        main_id = self.house.portals.main_id
        return self.tenants.get(main_id) if main_id is not None else None

    def _oxi_receivers(self) -> Mapping[str, oxi.Receive]:
        found: dict[str, oxi.Receive] = {}
        for served in self.house.portals.all():
            if takes_oxi(served.settings.hotels):  # the others' doors aren't opened for it
                found |= oxi_addresses(served.settings.hotels, served.live)
        return found

    async def _serve(self) -> None:
        service = self.house.process.service
        self._web = web.AppRunner(self.web_app(), access_log=None)
        await self._web.setup()
        site = web.TCPSite(self._web, service.host, service.port)
        await site.start()
        self.port = self._web.addresses[0][1] if self._web.addresses else service.port
        log.info("serving", host=service.host, port=self.port)

    async def _refresh_metrics(self) -> None:
        self.metrics.process.owned.set(len(self.tenants))
        self.metrics.process.loops_ended.set(len(self.runner.ended))
        await self.metrics.refresh(partial(look, self.house, self.tenants))

    async def _overview(self) -> Overview:
        return await overview(self.house, self.tenants, self.readiness)


def _version() -> str:
    with suppress(PackageNotFoundError):
        return version("concierge-b24")
    return ""
