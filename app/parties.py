"""Connects one portal to its outside parties: the adapters of `integrations`, made from the settings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp

from app.doors import JournalOf, polled
from app.settings import Settings
from bot.texts import text
from domain.chat import Channel
from domain.ports import Messenger, PortalMemory
from handlers.outside import Outside
from integrations.bitrix24.bot import Bot, BotSettings
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.crm.crm import BitrixCrm
from integrations.bitrix24.directory import BitrixDirectory
from integrations.bitrix24.limits import Limiter, Sleep
from integrations.bitrix24.messenger import BitrixMessenger
from integrations.bitrix24.tasks import BitrixTasks
from storage import forbid_in_transaction

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
    closers: list[Callable[[], object]] = field(default_factory=list)


def bitrix_client(
    settings: Settings, session: aiohttp.ClientSession, *, sleep: Sleep = asyncio.sleep
) -> BitrixClient:
    """The way to the portal; Permanent("bitrix-webhook-url") when there is no address."""
    limiter = Limiter(
        capacity=settings.bitrix24.bucket_capacity, leak_per_s=settings.bitrix24.calls_per_second
    )
    return BitrixClient(
        settings.bitrix24.url, session=session, limiter=limiter, guard=forbid_in_transaction, sleep=sleep
    )


def connect(
    settings: Settings,
    session: aiohttp.ClientSession,
    *,
    telegram: bool = True,
    journal: JournalOf | None = None,
    memory: PortalMemory | None = None,
) -> Parties:
    """Make the adapters. Nothing is called yet. ``memory`` keeps what they find out about the portal."""
    client = bitrix_client(settings, session)
    bot = Bot(client, bot_settings(settings))
    messengers: dict[Channel, Messenger] = {Channel.BITRIX24: BitrixMessenger(client, bot)}
    mirror = _telegram(settings) if telegram else None
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


def bot_settings(settings: Settings) -> BotSettings:
    """How the bot presents itself in the portal."""
    language = settings.service.language
    webhook = settings.bitrix24.event_mode == "webhook"
    return BotSettings(
        token=settings.bitrix24.bot_token.get_secret_value(),
        name=text("bot-name", language),
        work_position=text("bot-position", language),
        event_mode=settings.bitrix24.event_mode,
        webhook_url=f"{settings.service.public_url.rstrip('/')}/bitrix24/events" if webhook else "",
    )


def _telegram(settings: Settings) -> "TelegramMessenger | None":
    """Aiogram costs 2.4 s and 126 MB: it is imported only when a token is set."""
    if not settings.telegram.enabled:
        return None
    from integrations.telegram.messenger import TelegramMessenger  # noqa: PLC0415

    return TelegramMessenger(
        settings.telegram.token.get_secret_value(),
        api_url=settings.telegram.api_url,
        support_chat=str(settings.telegram.support_chat) if settings.telegram.support_chat else None,
        guard=forbid_in_transaction,
    )
