"""`concierge check`: one line per part, and a remedy for each fault. Asks everybody, changes nothing."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

import aiohttp
from rich.console import Console
from rich.text import Text

from app.commands import door_check
from app.commands.base import Outcome, explain, inert, records
from app.commands.findings import Finding
from app.commands.installing import installed_findings
from app.commands.mapping_check import mappings
from app.files import file_store
from app.installed import has_app
from app.parties import bitrix_client, bot_settings
from app.settings import Settings
from bot.texts import text
from domain.errors import ConciergeError, Permanent, Temporary
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.decoder import as_list, as_map, as_text
from integrations.bitrix24.directory import BitrixDirectory
from integrations.bitrix24.errors import Replay
from integrations.telegram.probe import TelegramProbe

NEEDED_SCOPES = frozenset({"imbot", "im", "crm", "task", "disk", "user", "userfieldconfig"})
PATIENCE_S = 0.2
"""Longest pause between two tries: a person waits in front of the screen."""
HEARING_TYPES = frozenset({"supervisor", "personal"})

_PORTAL_REMEDIES = {
    "bitrix-webhook-url": "remedy-webhook",
    "bitrix-no-auth": "remedy-webhook-code",
    "bitrix-unreachable": "remedy-portal-host",
    "bitrix-moved": "remedy-portal-host",
    "bitrix-unavailable": "remedy-portal-html",
    "bitrix-busy": "remedy-later",
    "bitrix-operating-limit": "remedy-later",
    "bitrix-access-denied": "remedy-webhook-owner",
    "bitrix-payment-required": "remedy-webhook-owner",
}
_TELEGRAM_REMEDIES = {
    "telegram-token-refused": "remedy-telegram",
    "telegram-unreachable": "remedy-telegram-host",
    "telegram-refused": "remedy-telegram",
}
_BROKEN_SERVER = re.compile(r": 5\d\d [A-Z]")
"""The portal itself says so, with a code of its own; a bare 5xx is a page of something in between."""


async def check(settings: Settings) -> Outcome:
    """Ask everything. Exit 0 all well, 2 something is configured wrong, 3 somebody can't be reached."""
    findings = [finding async for finding in _findings(settings)]
    code = 3 if any(f.unreachable for f in findings) else 0
    code = 2 if any(not f.ok and not f.unreachable for f in findings) else code

    def show(console: Console) -> None:
        for finding in findings:
            mark, style = ("✓", "green") if finding.ok else ("✗", "red")
            console.print(Text(mark, style), Text(inert(f"{finding.part}  {finding.detail}".rstrip())))
            if finding.remedy:
                console.print(Text(f"   → {finding.remedy}", "yellow"))

    data = [{"part": f.part, "ok": f.ok, "detail": f.detail, "remedy": f.remedy} for f in findings]
    return Outcome({"ok": code == 0, "findings": data}, code, show)


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    """Part by part; none keeps the next from being asked."""
    yield await _database(settings)
    if settings.files.kind == "s3":
        yield await _bucket(settings)
    async with aiohttp.ClientSession() as session:
        if settings.bitrix24.url or not has_app(settings):
            async for finding in _Portal(settings, session).findings():
                yield finding
        async for finding in installed_findings(settings, session):
            yield finding
        async for finding in _telegram(settings, session):
            yield finding
        async for finding in door_check.hotels(settings, session):
            yield finding
        async for finding in mappings(settings, session):
            yield finding


async def _database(settings: Settings) -> Finding:
    try:
        async with records(settings) as house:
            return Finding("database", ok=True, detail=house.db.dialect)
    except ConciergeError as fault:
        return _fault("database", settings, fault, "remedy-database")


async def _bucket(settings: Settings) -> Finding:
    """Whether the bucket lets us in; looked at, not written to."""
    try:
        async for _ in file_store(settings.service.files, settings.files).listed("0/"):
            break
    except ConciergeError as fault:
        return _fault("files", settings, fault, "remedy-files")
    return Finding("files", ok=True, detail=settings.files.bucket)


def _fault(part: str, settings: Settings, fault: ConciergeError, remedy: str, **params: object) -> Finding:
    words = text(remedy, settings.service.language, **params)
    away = isinstance(fault, Temporary)
    return Finding(part, ok=False, detail=explain(fault, settings), remedy=words, unreachable=away)


async def _soon(seconds: float) -> None:
    await asyncio.sleep(min(seconds, PATIENCE_S))


# --- the portal ------------------------------------------------------------------------------------------


class _Portal:
    """The portal's part of the check."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session
        self._language = settings.service.language

    def _wrong(self, part: str, detail: str, remedy: str, **params: object) -> Finding:
        return Finding(part, ok=False, detail=detail, remedy=text(remedy, self._language, **params))

    def _failed(self, part: str, fault: ConciergeError) -> Finding:
        remedy = _PORTAL_REMEDIES.get(fault.code, "remedy-webhook")
        if fault.code.startswith("bitrix-http-"):
            remedy = "remedy-portal-html"
        elif fault.code == "bitrix-unavailable" and _BROKEN_SERVER.search(fault.detail):
            remedy = "remedy-later"
        elif fault.code == "bitrix-insufficient-scope":
            return _fault(
                part, self._settings, fault, "remedy-scopes", scopes=", ".join(sorted(NEEDED_SCOPES))
            )
        return _fault(part, self._settings, fault, remedy)

    async def findings(self) -> AsyncIterator[Finding]:
        """Portal, scopes, bot, people; what comes after a fault that hides it isn't asked."""
        if not self._settings.bitrix24.url:
            yield self._wrong("portal", "[bitrix24] webhook_url", "remedy-webhook")
            return
        try:
            client = bitrix_client(self._settings, self._session, sleep=_soon)
            profile = as_map(await client.call("profile", replay=Replay.SAFE))
            granted = {as_text(one) for one in as_list(await client.call("scope", replay=Replay.SAFE))}
        except ConciergeError as fault:
            yield self._failed("portal", fault)
            return
        host = urlsplit(self._settings.bitrix24.url).netloc
        yield Finding(
            "portal", ok=True, detail=f"{host}, {text('as-user', self._language)} {profile.get('ID')}"
        )
        missing = sorted(NEEDED_SCOPES - granted)
        yield (
            self._wrong("scopes", ", ".join(missing), "remedy-scopes", scopes=", ".join(missing))
            if missing
            else Finding("scopes", ok=True, detail=", ".join(sorted(NEEDED_SCOPES)))
        )
        if "imbot" in granted:
            yield await self._bot(client)
        if "user" in granted:
            yield await self._support(client)

    async def _bot(self, client: BitrixClient) -> Finding:
        """Whether the bot is ours, or free to be registered when the service starts."""
        if not self._settings.bitrix24.bot_token.get_secret_value():
            return self._wrong("bot", "[bitrix24] bot_token", "remedy-bot-token")
        try:
            settings = bot_settings(self._settings)
            answer = as_map(
                await client.call("imbot.v2.Bot.list", {"botToken": settings.token}, replay=Replay.SAFE)
            )
            mine = next(
                (bot for bot in map(as_map, as_list(answer.get("bots"))) if bot.get("code") == settings.code),
                None,
            )
            if mine is None:
                params = {"botToken": settings.token, "code": settings.code}
                await client.call("imbot.v2.Bot.get", params, replay=Replay.SAFE)
        except ConciergeError as fault:
            if fault.code == "bitrix-bot-not-found":
                return Finding("bot", ok=True, detail=text("bot-to-come", self._language))
            return self._failed("bot", fault)
        if mine is None:
            return self._wrong(
                "bot", text("error-bitrix-bot-foreign", self._language), "remedy-bot-token-wrong"
            )
        if mine.get("type") and as_text(mine["type"]) not in HEARING_TYPES:
            return self._wrong("bot", as_text(mine["type"]), "remedy-bot-type")
        return Finding("bot", ok=True, detail=f"id {mine.get('id')}")

    async def _support(self, client: BitrixClient) -> Finding:
        """Whether the people named in the settings are there."""
        wanted = self._settings.bitrix24
        if not wanted.support_users:
            return self._wrong("support", "[bitrix24] support_users", "remedy-support-users")
        named = dict.fromkeys([*wanted.support_users, *wanted.managers, *wanted.representatives])
        try:
            unknown = await self._unknown(client, list(named))
        except ConciergeError as fault:
            return self._failed("support", fault)
        if unknown:
            ids = ", ".join(map(str, unknown))
            return self._wrong("support", ids, "remedy-unknown-users", ids=ids)
        return Finding("support", ok=True, detail=", ".join(map(str, wanted.support_users)))

    @staticmethod
    async def _unknown(client: BitrixClient, ids: Sequence[int]) -> list[int]:
        directory = BitrixDirectory(client)
        found = [(number, await directory.user(str(number))) for number in ids]
        return [number for number, user in found if user is None or not user.active]


# --- Telegram ----------------------------------------------------------------------------------------------


async def _telegram(settings: Settings, session: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    telegram, language = settings.telegram, settings.service.language
    if not telegram.enabled:
        yield Finding("telegram", ok=True, detail=text("switched-off", language))
        return
    probe = TelegramProbe(session, telegram.token.get_secret_value(), telegram.api_url)
    try:
        yield Finding("telegram", ok=True, detail=await probe.name())
    except (Temporary, Permanent) as fault:
        yield _fault("telegram", settings, fault, _TELEGRAM_REMEDIES.get(fault.code, "remedy-telegram"))
        return
    for key, chat, ask in (
        ("support_chat", telegram.support_chat, probe.forum),
        ("managers_chat", telegram.managers_chat, probe.group),
    ):
        if not chat:
            continue
        try:
            yield Finding(f"telegram {key}", ok=True, detail=await ask(chat))
        except (Temporary, Permanent) as fault:
            remedy = _TELEGRAM_REMEDIES.get(fault.code, f"remedy-telegram-{key.replace('_', '-')}")
            yield _fault(f"telegram {key}", settings, fault, remedy)
