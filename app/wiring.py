"""Puts everything together: the only file that knows all rooms. One function, explicit arguments, no magic."""

import os
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import aiohttp

from app.clock import utc_now
from app.doors import LastTold, LiveDoor, live
from app.drawing import draw
from app.memory import StoredMemory
from app.parties import Parties, connect
from app.records import ensure_portal, open_database
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
from handlers.departments import Departments
from handlers.desk.attachments import Attachments
from handlers.desk.caller_claims import ClaimSearch
from handlers.desk.cards import Cards
from handlers.desk.desk import Desk as DeskCases
from handlers.desk.effects import Effects
from handlers.desk.escalation import Watch
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
from handlers.outside import Outside
from handlers.people import People
from handlers.reachability import Reachability
from handlers.scope import Scopes
from handlers.strangers import Strangers
from handlers.sync.aftermath import Aftermath
from handlers.sync.asks import Asks
from handlers.sync.doors import Doors
from handlers.sync.incidents import Incidents
from handlers.sync.live_orders import LiveOrders
from handlers.sync.stays import Stays
from handlers.sync.syncs import Syncs
from integrations.files.local import LocalFiles
from storage import Database, door_states
from storage.door_journal import DoorJournal
from storage.inbox import Intake

WATCH_PER_POLL = 7.5
"""Tasks are looked at every so many polls of the bot: 15 s at the usual pace."""


@dataclass(slots=True)
class House:
    """Everything of one process, wired. Commands use parts of it, the service runs all."""

    settings: Settings
    db: Database
    portal: Portal
    scopes: Scopes
    parties: Parties
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
    live: tuple[LiveDoor, ...]
    owner: str

    async def close(self) -> None:
        """Let go of connections; what was under way lies in the tables."""
        await self.deliveries.drain()
        for source in (door for doors in self.parties.outside.sources.values() for door in doors):
            await source.close()
        for one in self.live:
            await one.source.close()
        if self.parties.telegram is not None:
            await self.parties.telegram.close()
        await self.parties.bitrix.close()
        await self.parties.session.close()
        await self.db.close()


async def build(settings: Settings, *, clock: Clock = utc_now, telegram: bool = True) -> House:
    """Wire a process from its settings. Opens database and HTTP session, calls nobody.

    ``telegram=False`` leaves the mirror out, and with it aiogram, which a command has no use for.
    """
    async with AsyncExitStack() as undo:
        db = await open_database(settings)
        undo.push_async_callback(db.close)
        portal = await ensure_portal(db, settings, clock)
        session = aiohttp.ClientSession()
        undo.push_async_callback(session.close)
        journal = partial(_journal, db, portal, clock)
        memory = StoredMemory(db, portal.id, clock)
        parties = connect(settings, session, telegram=telegram, journal=journal, memory=memory)
        house = wire(settings, db, portal, parties, clock)
        undo.pop_all()
    return house


def wire(settings: Settings, db: Database, portal: Portal, parties: Parties, clock: Clock) -> House:
    """The house from its parts."""
    owner = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(4)}"
    scopes = Scopes(db, clock, text, lambda _portal_id: portal)
    connected = frozenset(parties.outside.messengers)

    def outside(_portal_id: int) -> Outside:
        return parties.outside

    def threads_of(portal: Portal) -> Sequence[Channel]:
        return thread_channels(portal, connected)

    people, cards = People(), Cards()
    attachments = Attachments(scopes, LocalFiles(settings.service.files), outside)
    requests = Requests(people, attachments, cards, Effects(people, cards, threads_of))
    conversations = Conversations(scopes, people)
    guests = Guests()
    incidents = Incidents(requests)
    syncs = Syncs(scopes, owner, Aftermath(incidents))
    stays = Stays(scopes, outside, syncs)
    doors, live_orders = Doors(scopes), LiveOrders(scopes, syncs.order_scheduled)
    doors.touched.append(live_orders.touch)
    live_doors = tuple(
        one
        for section in settings.hotels
        for one in live(section, clock, partial(_last_told, db, portal), partial(_journal, db, portal, clock))
    )

    words = Words(requests)
    asks = Asks(outside, syncs)
    identity, alerts = IdentityCards(asks), Alerts(scopes)
    sync_commands = SyncCommands(syncs, requests, incidents, parties.outside.crm.budget)
    commands = Commands(
        text, requests, people, sync_commands, GuestCommands(guests), identity, AlertCommands(alerts)
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
    clockwork = Clockwork(scopes, owner)
    tools = DeskTools(scopes, outside, people, cards, attachments, settings.bitrix24.settle_seconds)
    wanted = partial(wanted_mark, tools)
    changes = TaskChanges(people, requests, cards, mirror, wanted)
    every_s = max(WATCH_PER_POLL * settings.bitrix24.poll_seconds, 1.0)
    task_watch = TaskWatch(scopes, outside, changes, clockwork.take_tick, portal.id, every_s=every_s)
    standing = StandingCards(scopes, outside)
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
        },
    )
    scopes.written += [deliveries.added.set, syncs.ordered.set]
    return House(
        settings, db, portal, scopes, parties, people, requests, guests, stays, syncs, inbox, deliveries,
        clockwork, task_watch, Reconcile(scopes, outside, inbox, wanted, threads_of),
        SelfAudit(scopes, people, threads_of), Watch(scopes, threads_of), Digests(scopes), Mornings(scopes), alerts, Fading(scopes), Retention(scopes),
        Departments(scopes, outside, people, settings.department_grants()),
        doors, live_orders, live_doors, owner,
    )  # fmt: skip


def _last_told(db: Database, portal: Portal, hotel_code: str, door: str) -> LastTold:
    """When a door told anything last, by the store."""

    async def ask() -> datetime | None:
        hotel = portal.hotel(hotel_code)
        assert hotel is not None
        async with db.reading() as tx:
            return (await door_states.state(tx, hotel.id, door)).told_at

    return ask


def _journal(db: Database, portal: Portal, clock: Clock, hotel_code: str, door: str) -> DoorJournal:
    """Where a door keeps what it is given only once."""
    hotel = portal.hotel(hotel_code)
    assert hotel is not None
    return DoorJournal(db, portal.id, hotel.id, door, clock)
