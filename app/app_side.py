"""The installed app's side of the service: its installations, its events, its order in the portals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
import structlog

from app.installed import auth_server, vault_of
from app.metrics import Metrics
from app.portals import Portals
from app.settings import Settings
from bot.command_names import bot_commands
from bot.texts import LANGUAGES, text
from bot.texts.faults import told
from domain.chat import Channel, IncomingMessage
from domain.errors import Permanent, Refused, Temporary
from domain.installations import PortalSetup
from domain.ports import FileStore
from handlers.inbox import Inbox
from handlers.installations import GenuineEvent, Installations
from handlers.ownership import FREE
from handlers.scope import Scopes
from handlers.upkeep import Upkeep
from integrations.bitrix24.app_setup import AppAddresses, AppSetup
from integrations.bitrix24.app_transport import AppTransport
from integrations.bitrix24.events import Unreadable
from integrations.bitrix24.webhook import bot_of, decode_body, hand_over
from storage.wakes import Wakes
from web.hooks import Receive
from web.install import LIBRARY, InstallPages

log = structlog.get_logger()

CHANGED, TASKS = "portal-changed", "portal-tasks"
"""Words between processes: a portal's row has changed; somebody did something in its tasks."""


@dataclass(slots=True)
class AppSide:
    """All of it; one per process."""

    installs: Installations
    upkeep: Upkeep
    events: "AppEvents"
    shared: "SharedChange"


def app_side(
    settings: Settings,
    session: aiohttp.ClientSession,
    portals: Portals,
    scopes: Scopes,
    inbox: Inbox,
    files: FileStore,
    wakes: Wakes,
    owner: str,
) -> AppSide:
    """From the parts of the house. Nothing is called yet."""
    vault, section = vault_of(settings), settings.bitrix24
    shared = SharedChange(portals, wakes)
    installs = Installations(
        scopes.db,
        scopes.clock,
        vault,
        auth_server(settings, session) if section.client_id else None,
        f"{section.oauth_servers[0].rstrip('/')}/rest/",
        shared.tell,
        main_domain=section.domain,
    )
    addresses = addresses_of(settings)
    upkeep = Upkeep(scopes, installs, partial(setup_of, portals, addresses), files, owner)

    async def anew(portal_id: int) -> None:
        upkeep.anew(portal_id)

    portals.changed.append(anew)
    return AppSide(installs, upkeep, AppEvents(installs, inbox, wakes), shared)


class SharedChange:
    """A portal made anew here, and soon in the other processes."""

    def __init__(self, portals: Portals, wakes: Wakes) -> None:
        self._portals = portals
        self._wakes = wakes
        self._telling: set[int] = set()
        wakes.on(CHANGED, self._heard)

    async def tell(self, portal_id: int) -> None:
        """Everything that depends on the portal's row is made anew when this returns, here at least."""
        await self._portals.refresh(portal_id)
        self._telling.add(portal_id)
        try:
            self._wakes.tell(CHANGED, portal_id)
        finally:
            self._telling.discard(portal_id)
        self._wakes.tell(FREE, 0)  # it may be a new one

    def _heard(self, portal_id: int) -> None:
        if portal_id and portal_id not in self._telling:
            self._portals.soon(portal_id)


def addresses_of(settings: Settings) -> AppAddresses:
    """Where portals find this service."""
    base = settings.service.public_url.rstrip("/")
    titles = {language: text("app-tab-title", language) for language in LANGUAGES}
    return AppAddresses(f"{base}/bitrix24/events", f"{base}/bitrix24/app", titles)


def setup_of(portals: Portals, addresses: AppAddresses, portal_id: int) -> PortalSetup:
    """The hands in one portal. Permanent("bitrix-not-installed") for one that we don't reach by installation."""
    if portal_id not in portals or not portals[portal_id].reachable:
        raise Temporary("not-ours", "installed a moment ago by another process")
    parties = portals[portal_id].parties
    transport = parties.bitrix.transport
    if not isinstance(transport, AppTransport):
        raise Permanent("bitrix-not-installed", str(portal_id))
    messenger = parties.outside.messengers[Channel.BITRIX24]
    commands = partial(messenger.set_commands, bot_commands(text))
    return AppSetup(parties.bitrix, transport.authority, parties.bot, commands, addresses)


class AppEvents:
    """``POST /bitrix24/events`` for every installed portal, in any process: stored first, answered then."""

    def __init__(self, installs: Installations, inbox: Inbox, wakes: Wakes) -> None:
        self._installs = installs
        self._inbox = inbox
        self._wakes = wakes
        self.metrics: Metrics | None = None
        """Whose figures count the events; set by the service."""

    async def is_ours(self, body: bytes, content_type: str) -> dict[str, Any] | None:
        """The event if it is about an installed portal or the app; None: somebody else's (a webhook's bot)."""
        form = decode_body(body, content_type)
        auth = form.get("auth")
        member = str(auth.get("member_id", "")) if isinstance(auth, Mapping) else ""
        about_app = str(form.get("event", "")).upper().startswith("ONAPP")
        return form if about_app or await self._installs.is_installed(member) else None

    async def take(self, form: Mapping[str, Any]) -> None:
        """Follow an event; durable when this returns. Refused when it isn't genuine."""
        found = await self._installs.event(form)
        if found is None:
            return
        if found.name.startswith("ONIMBOT"):
            await self._to_the_bot(found, form)
        elif found.name.startswith("ONTASK"):
            self._wakes.tell(TASKS, found.portal_id)

    async def _to_the_bot(self, found: GenuineEvent, form: Mapping[str, Any]) -> None:
        bot_id = bot_of(form)
        if bot_id is None:
            raise Refused("bitrix-event-unreadable", "no bot")

        async def messages(events: "list[IncomingMessage] | Any") -> None:
            if self.metrics is not None:
                self.metrics.process.events.labels(Channel.BITRIX24).inc(len(events))
            await self._inbox.accept(found.portal_id, events)

        async def unreadable(events: "list[Unreadable] | Any") -> None:
            bodies = [{"raw": dict(event.raw), "reason": event.reason} for event in events]
            await self._inbox.accept_unreadable(found.portal_id, Channel.BITRIX24, bodies)

        await hand_over(form, bot_id, messages, unreadable, on_problem=_problem)


def _problem(code: str, detail: str) -> None:
    log.warning("portal problem", code=code, detail=detail)


def install_pages(side: AppSide, settings: Settings) -> InstallPages:
    """The pages of the installation. The stand-in of a cloud brings its own stand-in of BX24.js."""
    servers = settings.bitrix24.oauth_servers
    local = next((one for one in servers if one.startswith("http://")), None)
    library = f"{local.rstrip('/')}/api/v1/" if local else LIBRARY
    return InstallPages(side.installs, text, told, decode_body, library=library)


async def app_events(
    events: AppEvents,
    of_webhook: Callable[[], Receive | None],
    headers: Mapping[str, str],
    body: bytes,
    content_type: str,
) -> None:
    """``POST /bitrix24/events``: of installed portals, else of the bot that came by webhook."""
    form = await events.is_ours(body, content_type)
    if form is not None:
        await events.take(form)
        return
    receive = of_webhook()
    if receive is None:
        raise Refused("install-unknown", "no such portal")
    await receive(headers, body, content_type)
