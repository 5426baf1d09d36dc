"""Puts everything together: the only file that knows all rooms. One function, explicit arguments, no magic."""

import os
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

import aiohttp

from app.api import sender_of
from app.app_side import TASKS, AppSide, app_side
from app.calls import Calls
from app.clock import utc_now
from app.drawing import draw
from app.files import file_store, link_lifetime
from app.installed import has_app, sealer_of
from app.page_links import page_link
from app.parties import Parties
from app.portals import Portals
from app.records import open_database
from app.release_notes import RELEASES
from app.settings import Settings
from bot.commands import Commands
from bot.dialogs.base import Dialog
from bot.dialogs.change import Change
from bot.dialogs.new_request import NewRequest
from bot.dialogs.phone_words import PhoneWords
from bot.dialogs.words import Words
from bot.engine import Engine
from bot.guests.alerts import AlertCommands
from bot.guests.commands import GuestCommands
from bot.identity_cards import IdentityCards
from bot.pages import PageCommands
from bot.routes import Routes
from bot.standing import Standing
from bot.sync_control import SyncCommands
from bot.texts import text
from bot.threads import Threads
from domain.chat import Channel
from domain.portal import Portal
from domain.ports import Clock
from handlers.clockwork import Clockwork
from handlers.conversations import Conversations
from handlers.deliveries import Deliveries
from handlers.delivery.alerts import AlertDelivery
from handlers.delivery.desk import DeskTools, thread_channels
from handlers.delivery.guest_cards import GuestCardDelivery
from handlers.delivery.hotel_days import HotelDayDelivery
from handlers.delivery.identity import IdentityDelivery
from handlers.delivery.messages import MessageDelivery
from handlers.delivery.reports import ReportDelivery
from handlers.delivery.runs import RunDelivery
from handlers.delivery.standing import StandingCards
from handlers.delivery.tasks import TaskDelivery, wanted_mark
from handlers.delivery.thread_state import ThreadState
from handlers.delivery.threads import ThreadDelivery
from handlers.delivery.webhooks import WebhookDelivery
from handlers.departments import Departments
from handlers.desk.attachments import Attachments
from handlers.desk.caller_claims import ClaimSearch
from handlers.desk.cards import Cards
from handlers.desk.desk import Desk as DeskCases
from handlers.desk.effects import Effects
from handlers.desk.escalation import Watch
from handlers.desk.file_links import FileLinks
from handlers.desk.file_tidying import FileTidying
from handlers.desk.mirror import Mirror
from handlers.desk.reports import Digests
from handlers.desk.requests import Requests
from handlers.desk.self_audit import SelfAudit
from handlers.desk.task_changes import TaskChanges
from handlers.desk.task_reconcile import Reconcile
from handlers.desk.task_watch import TaskWatch
from handlers.guests.alerts import Alerts
from handlers.guests.fading import Fading
from handlers.guests.lookups import Guests
from handlers.guests.morning import Mornings
from handlers.guests.retention import Retention
from handlers.inbox import Inbox
from handlers.licences import Licences
from handlers.people import People
from handlers.reachability import Reachability
from handlers.releases import Releases
from handlers.scope import ARRIVED, WRITTEN, Scopes
from handlers.settings.viewers import Viewers
from handlers.strangers import Strangers
from handlers.sync.aftermath import Aftermath
from handlers.sync.asks import Asks
from handlers.sync.doors import Doors
from handlers.sync.incidents import Incidents
from handlers.sync.live_orders import LiveOrders
from handlers.sync.stays import Stays
from handlers.sync.syncs import Syncs
from integrations.webhooks.sender import HttpWebhooks
from storage import Database
from storage.inbox import Intake
from storage.wakes import Wakes

WATCH_PER_POLL = 7.5
"""Tasks are looked at every so many polls of the bot: 15 s at the usual pace."""


@dataclass(slots=True)
class House:
    """Everything of one process, wired. Commands use parts of it, the service runs all."""

    process: Settings
    db: Database
    portals: Portals
    scopes: Scopes
    people: People
    requests: Requests
    guests: Guests
    stays: Stays
    syncs: Syncs
    inbox: Inbox
    deliveries: Deliveries
    clockwork: Clockwork
    task_watch: TaskWatch
    reconcile: Reconcile
    self_audit: SelfAudit
    watch: Watch
    digests: Digests
    mornings: Mornings
    alerts: Alerts
    fading: Fading
    retention: Retention
    departments: Departments
    doors: Doors
    live_orders: LiveOrders
    file_links: FileLinks
    file_tidying: FileTidying
    licences: Licences
    releases: Releases
    owner: str
    wakes: Wakes
    webhooks: HttpWebhooks
    calls: Calls = field(default_factory=Calls)
    app: AppSide | None = None
    """Where there is an app that portals install."""

    # What commands speak of: the portal of the file, or the one they were told.

    @property
    def portal(self) -> Portal:
        return self.portals.main.portal

    @property
    def settings(self) -> Settings:
        return self.portals.main.settings

    @property
    def parties(self) -> Parties:
        return self.portals.main.parties

    async def close(self) -> None:
        """Let go of connections; what was under way lies in the tables."""
        await self.deliveries.drain()
        await self.webhooks.close()
        await self.portals.close()
        await self.db.close()


async def build(settings: Settings, *, clock: Clock = utc_now, telegram: bool = True) -> House:
    """Wire a process from its settings. Opens database and HTTP session, calls nobody.

    ``telegram=False`` leaves the mirror out, and with it aiogram, which a command has no use for.
    """
    async with AsyncExitStack() as undo:
        db = await open_database(settings)
        undo.push_async_callback(db.close)
        calls = Calls()
        session = aiohttp.ClientSession(trace_configs=[calls.trace])
        undo.push_async_callback(session.close)
        portals = Portals(settings, db, clock, session, telegram=telegram)
        await portals.load()
        house = wire(settings, db, portals, clock)
        house.calls = calls
        if has_app(settings):
            store = file_store(settings.service.files, settings.files)
            house.app = app_side(
                settings, session, portals, house.scopes, house.inbox, store, house.wakes, house.owner
            )
            house.wakes.on(TASKS, house.task_watch.touched)
        undo.pop_all()
    return house


def wire(settings: Settings, db: Database, portals: Portals, clock: Clock) -> House:
    """The house from its parts; ``settings`` are the process's, each portal has its own."""
    owner = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(4)}"
    wakes = Wakes(settings.service.database_url)
    scopes = Scopes(db, clock, text, portals.portal, turns=portals.turns, wakes=wakes)
    outside = portals.outside

    def threads_of(portal: Portal) -> Sequence[Channel]:
        return thread_channels(portal, frozenset(outside(portal.id).messengers))

    people, cards = People(), Cards()
    store = file_store(settings.service.files, settings.files)
    file_links = FileLinks(
        scopes,
        store,
        settings.service.public_url,
        link_lifetime(settings.files),
        presigned=settings.files.links == "store",
    )
    file_tidying = FileTidying(scopes, store)
    attachments = Attachments(scopes, store, outside, file_links, max_bytes=settings.files.max_mb << 20)
    requests = Requests(people, attachments, cards, Effects(people, cards, threads_of))
    conversations = Conversations(scopes, people)
    guests = Guests()
    incidents = Incidents(requests)
    syncs = Syncs(scopes, owner, Aftermath(incidents))
    stays = Stays(scopes, outside, syncs)
    doors, live_orders = Doors(scopes), LiveOrders(scopes, syncs.order_scheduled)
    doors.touched.append(live_orders.touch)

    words = Words(requests)
    asks = Asks(outside, syncs)
    identity, alerts = IdentityCards(asks), Alerts(scopes)
    sync_commands = SyncCommands(
        syncs, requests, incidents, lambda portal_id: outside(portal_id).crm.budget()
    )
    page_links = PageCommands(Viewers(scopes, people), partial(page_link, settings))
    commands = Commands(
        text,
        requests,
        people,
        sync_commands,
        GuestCommands(guests),
        identity,
        AlertCommands(alerts),
        page_links,
    )
    mirror, reachability = Mirror(people, cards, attachments, threads_of), Reachability(people)
    routes = Routes(requests, commands, Threads(requests, words), Standing(mirror, reachability))
    dialogs: dict[str, Dialog] = {
        NewRequest.name: NewRequest(requests, attachments),
        Words.name: words,
        Change.name: Change(DeskCases(requests)),
        PhoneWords.name: PhoneWords(requests),
    }
    engine = Engine(conversations, dialogs, routes, Strangers(people))

    inbox = Inbox(scopes, Intake(db), engine.handle, owner)
    clockwork = Clockwork(scopes)
    settle_s = settings.bitrix24.settle_seconds
    tools = DeskTools(scopes, outside, people, cards, attachments, settle_s)
    wanted = partial(wanted_mark, tools)
    changes = TaskChanges(people, requests, cards, mirror, wanted)
    every_s = max(WATCH_PER_POLL * settings.bitrix24.poll_seconds, 1.0)
    task_watch = TaskWatch(scopes, outside, changes, portals.ids, every_s=every_s)
    standing = StandingCards(scopes, outside)
    webhooks = sender_of(settings.api, clock)
    deliveries = Deliveries(
        scopes,
        {
            **MessageDelivery(scopes, outside, conversations, attachments, reachability).kinds(),
            **ThreadDelivery(tools).kinds(),
            **ThreadState(tools).kinds(),
            **TaskDelivery(tools, task_watch.look_at).kinds(),
            **RunDelivery(scopes, outside, syncs, draw).kinds(),
            **AlertDelivery(scopes, standing, alerts).kinds(),
            **GuestCardDelivery(scopes, outside).kinds(),
            **IdentityDelivery(scopes, standing, asks).kinds(),
            **ReportDelivery(scopes, outside, draw).kinds(),
            **HotelDayDelivery(scopes, outside, draw).kinds(),
            **ClaimSearch(scopes, outside, people).kinds(),
            **WebhookDelivery(scopes, webhooks, sealer_of(settings)).kinds(),
            **file_tidying.kinds(),
        },
    )
    scopes.written += [deliveries.added.set]
    if db.dialect == "sqlite":  # elsewhere an order is told with its COMMIT
        scopes.written += [syncs.ordered.set]
    wakes.on(WRITTEN, lambda _portal_id: deliveries.added.set())
    wakes.on(ARRIVED, lambda _portal_id: inbox.arrived.set())
    wakes.on("orders", lambda _portal_id: syncs.ordered.set())
    return House(
        settings, db, portals, scopes, people, requests, guests, stays, syncs, inbox, deliveries,
        clockwork, task_watch, Reconcile(scopes, outside, inbox, wanted, threads_of),
        SelfAudit(scopes, people, threads_of), Watch(scopes, threads_of), Digests(scopes), Mornings(scopes), alerts, Fading(scopes), Retention(scopes),
        Departments(scopes, outside, people, lambda portal_id: portals[portal_id].settings.department_grants()),
        doors, live_orders, file_links, file_tidying, Licences(scopes), Releases(scopes, requests, RELEASES), owner, wakes, webhooks,
    )  # fmt: skip
