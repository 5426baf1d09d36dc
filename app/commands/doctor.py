"""`concierge check`: one line per part, and a remedy for each fault."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from rich.console import Console

from app.commands.base import Outcome, explain, opened
from app.settings import Settings
from app.wiring import House
from bot.texts import text
from domain.errors import ConciergeError, Permanent

NEEDED_SCOPES = frozenset({"imbot", "im", "crm", "task", "disk", "user", "userfieldconfig"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: fine, or what is wrong and what to do."""

    part: str
    ok: bool
    detail: str = ""
    remedy: str = ""
    unreachable: bool = False


async def check(settings: Settings) -> Outcome:
    """Ask everything. Exit 0 all well, 2 something is configured wrong, 3 somebody can't be reached."""
    findings = [finding async for finding in _findings(settings)]
    code = 3 if any(f.unreachable for f in findings) else 0
    code = 2 if any(not f.ok and not f.unreachable for f in findings) else code

    def show(console: Console) -> None:
        for finding in findings:
            mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
            console.print(mark, finding.part, finding.detail, sep="  ")
            if finding.remedy:
                console.print(f"   → {finding.remedy}", style="yellow")

    data = [{"part": f.part, "ok": f.ok, "detail": f.detail, "remedy": f.remedy} for f in findings]
    return Outcome({"ok": code == 0, "findings": data}, code, show)


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    lang = settings.service.language
    try:
        async with opened(settings) as house:
            yield Finding("database", ok=True, detail=house.db.dialect)
            async for finding in _portal(house, settings):
                yield finding
            async for finding in _telegram(house, settings):
                yield finding
            async for finding in _hotels(house, settings):
                yield finding
    except (ConciergeError, OSError) as fault:
        detail = fault.code if isinstance(fault, ConciergeError) else type(fault).__name__
        yield Finding("database", ok=False, detail=detail, remedy=text("remedy-database", lang))


async def _portal(house: House, settings: Settings) -> AsyncIterator[Finding]:
    lang = settings.service.language
    if not settings.bitrix24.url:
        yield Finding(
            "portal", ok=False, detail="[bitrix24] webhook_url", remedy=text("remedy-webhook", lang)
        )
        return
    host = urlsplit(settings.bitrix24.url).netloc
    try:
        me = await house.parties.outside.directory.me()
    except ConciergeError as fault:
        yield _fault("portal", f"{host}: {explain(fault, settings)}", fault, text("remedy-webhook", lang))
        return
    yield Finding("portal", ok=True, detail=f"{host}, {text('as-user', lang)} {me.user_id}")
    granted = set(await house.parties.bitrix.call("scope", {}))
    missing = sorted(NEEDED_SCOPES - granted)
    yield Finding(
        "scopes",
        ok=not missing,
        detail=", ".join(missing) if missing else ", ".join(sorted(NEEDED_SCOPES)),
        remedy=text("remedy-scopes", lang, scopes=", ".join(missing)) if missing else "",
    )
    async for finding in _bot(house, settings):
        yield finding


async def _bot(house: House, settings: Settings) -> AsyncIterator[Finding]:
    lang = settings.service.language
    if not settings.bitrix24.bot_token.get_secret_value():
        yield Finding("bot", ok=False, detail="[bitrix24] bot_token", remedy=text("remedy-bot-token", lang))
        return
    try:
        bot_id = await house.parties.bot.ensure()
    except ConciergeError as fault:
        yield _fault("bot", explain(fault, settings), fault, text("remedy-bot", lang))
        return
    yield Finding("bot", ok=True, detail=f"id {bot_id}")
    support = settings.bitrix24.support_users
    yield Finding(
        "support",
        ok=bool(support),
        detail=f"{len(support)}",
        remedy="" if support else text("remedy-support-users", lang),
    )


async def _telegram(house: House, settings: Settings) -> AsyncIterator[Finding]:
    telegram, lang = house.parties.telegram, settings.service.language
    if telegram is None:
        yield Finding("telegram", ok=True, detail=text("switched-off", lang))
        return
    try:
        name = await telegram.check()
    except ConciergeError as fault:
        yield _fault("telegram", explain(fault, settings), fault, text("remedy-telegram", lang))
        return
    yield Finding("telegram", ok=True, detail=name)


async def _hotels(house: House, settings: Settings) -> AsyncIterator[Finding]:
    lang = settings.service.language
    for hotel in house.portal.hotels:
        doors = house.parties.outside.sources.get(hotel.code, ())
        if not doors:
            yield Finding(hotel.code, ok=False, detail="no source", remedy=text("remedy-source", lang))
        for door in doors:
            status = await door.check()
            key = f"reason-{status.code}"
            yield Finding(
                f"{hotel.code} {door.name}",
                ok=status.ok,
                detail=" ".join(
                    filter(None, (status.version, str(status.business_date or ""), status.detail))
                ),
                remedy="" if status.ok else text(key, lang),
                unreachable=not status.ok and "unreachable" in status.code,
            )


def _fault(part: str, detail: str, fault: ConciergeError, remedy: str) -> Finding:
    return Finding(part, ok=False, detail=detail, remedy=remedy, unreachable=not isinstance(fault, Permanent))
