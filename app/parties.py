"""Connects one portal to its outside parties: the adapters of `integrations`, made from the settings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import aiohttp

from app.doors import JournalOf, polled
from app.installed import has_app, installed_way
from app.settings import Settings
from bot.texts import text
from domain.chat import Channel
from domain.ports import Clock, Messenger, PortalMemory
from handlers.outside import Outside
from integrations.bitrix24.app_transport import AppTransport
from integrations.bitrix24.bot import Bot, BotSettings
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.crm.crm import BitrixCrm
from integrations.bitrix24.directory import BitrixDirectory
from integrations.bitrix24.limits import Limiter, Sleep
from integrations.bitrix24.messenger import BitrixMessenger
from integrations.bitrix24.tasks import BitrixTasks
from storage import Database, forbid_in_transaction
from storage.portals import PortalRow

if TYPE_CHECKING:
    from integrations.telegram.messenger import TelegramMessenger


@dataclass(slots=True)
class Parties:
    """The adapters of one portal; ``outside`` is what the handlers see of them."""

    session: aiohttp.ClientSession
    bitrix: BitrixClient
    bot: Bot
    outside: Outside
    telegram: "TelegramMessenger | None" = None

    async def close(self) -> None:
        """Let go of what this portal holds open; the session is everybody's."""
        for doors in self.outside.sources.values():
            for source in doors:
                await source.close()
        if self.telegram is not None:
            await self.telegram.close()
        await self.bitrix.close()


class Way(Protocol):
    """How a portal is reached. ``url``: its public address, without a secret."""

    @property
    def url(self) -> str: ...

    def client(self, settings: Settings, session: aiohttp.ClientSession, *, sleep: Sleep) -> BitrixClient:
        """Whoever calls the portal; nothing is called yet."""
        ...


class Webhook:
    """The inbound webhook of the settings."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.bitrix24.public_url

    def client(self, settings: Settings, session: aiohttp.ClientSession, *, sleep: Sleep) -> BitrixClient:
        return bitrix_client(settings, session, sleep=sleep)


async def way_of(
    db: Database,
    row: PortalRow,
    settings: Settings,
    clock: Clock,
    on_moved: Callable[[], None] | None = None,
) -> Way | None:
    """How this portal is reached, the inbound webhook first; None: not yet, or no more."""
    if settings.bitrix24.url:
        return Webhook(settings)
    return await installed_way(db, row.id, clock, on_moved) if has_app(settings) else None


def limiter_of(settings: Settings) -> Limiter:
    """The portal's budget."""
    return Limiter(capacity=settings.bitrix24.bucket_capacity, leak_per_s=settings.bitrix24.calls_per_second)


def bitrix_client(
    settings: Settings, session: aiohttp.ClientSession, *, sleep: Sleep = asyncio.sleep
) -> BitrixClient:
    """The way by inbound webhook; Permanent("bitrix-webhook-url") when there is no address."""
    return BitrixClient(
        settings.bitrix24.url,
        session=session,
        limiter=limiter_of(settings),
        guard=forbid_in_transaction,
        sleep=sleep,
    )


def connect(
    settings: Settings,
    session: aiohttp.ClientSession,
    *,
    way: Way | None = None,
    telegram: bool = True,
    journal: JournalOf | None = None,
    memory: PortalMemory | None = None,
    may_send: Callable[[], None] | None = None,
) -> Parties:
    """Make the adapters. Nothing is called yet. ``memory`` keeps what they find out about the portal.

    ``may_send`` raises when the portal is another process's.
    """
    client = (way or Webhook(settings)).client(settings, session, sleep=asyncio.sleep)
    client.may_send = may_send
    bot = Bot(client, bot_settings(settings, owned_by_app=isinstance(client.transport, AppTransport)))
    messengers: dict[Channel, Messenger] = {Channel.BITRIX24: BitrixMessenger(client, bot)}
    mirror = _telegram(settings, may_send) if telegram else None
    if mirror is not None:
        messengers[Channel.TELEGRAM] = mirror
    outside = Outside(
        messengers=messengers,
        tasks=BitrixTasks(client),
        directory=BitrixDirectory(client),
        crm=BitrixCrm(
            client,
            settle_s=settings.bitrix24.settle_seconds,
            robots=settings.bitrix24.robots,
            memory=memory,
        ),
        sources={hotel.code: polled(hotel, session, journal=journal) for hotel in settings.hotels},
    )
    return Parties(session, client, bot, outside, mirror)


def bot_settings(settings: Settings, *, owned_by_app: bool = False) -> BotSettings:
    """How the bot presents itself in the portal; an app's needs no token of its own."""
    language = settings.service.language
    webhook = settings.bitrix24.event_mode == "webhook"
    return BotSettings(
        token="" if owned_by_app else settings.bitrix24.bot_token.get_secret_value(),
        name=text("bot-name", language),
        work_position=text("bot-position", language),
        event_mode=settings.bitrix24.event_mode,
        webhook_url=f"{settings.service.public_url.rstrip('/')}/bitrix24/events" if webhook else "",
        owned_by_app=owned_by_app,
    )


def _telegram(settings: Settings, may_send: Callable[[], None] | None) -> "TelegramMessenger | None":
    """Aiogram costs 2.4 s and 126 MB: it is imported only when a token is set."""
    if not settings.telegram.enabled:
        return None
    from integrations.telegram.messenger import TelegramMessenger  # noqa: PLC0415

    return TelegramMessenger(
        settings.telegram.token.get_secret_value(),
        api_url=settings.telegram.api_url,
        support_chat=str(settings.telegram.support_chat) if settings.telegram.support_chat else None,
        guard=partial(_before_each_call, may_send),
    )


def _before_each_call(may_send: Callable[[], None] | None) -> None:
    forbid_in_transaction()
    if may_send is not None:
        may_send()
