"""`concierge tokens`: what other programs may call the API with. A token's text is printed once and kept nowhere."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from rich.console import Console

from app.clock import utc_now
from app.commands.base import Outcome, UsageError, inert, sheet
from app.portals import Portals
from app.records import open_database
from app.settings import Settings
from bot.texts import text
from domain.api_tokens import read_scopes
from domain.people import Privacy, Role
from handlers.api.tokens import NewToken, Tokens
from handlers.scope import Scopes
from storage.api_tokens import TokenRow

BY = "terminal"


@dataclass(frozen=True, slots=True)
class TokenWish:
    """What `concierge tokens` was asked to do; nothing: only to list."""

    new: str | None = None
    scopes: Sequence[str] = ()
    privacy: Privacy = Privacy.BASIC
    role: Role = Role.MANAGER
    hotels: Sequence[str] = ()
    expires: str | None = None
    revoke: int | None = None


def token_wish(*, privacy: str, role: str, **more: Any) -> TokenWish:
    """The wish as typed."""
    return TokenWish(privacy=Privacy(privacy), role=Role(role), **more)


@asynccontextmanager
async def _portal(settings: Settings, key: str | None) -> AsyncIterator[tuple[Scopes, int]]:
    """The portal of that key, the file's without one."""
    db = await open_database(settings)
    try:
        portals = Portals(settings, db, utc_now)
        await portals.load()
        known = {served.portal.key: served.portal.id for served in portals.all()}
        if key is not None and key not in known:
            raise UsageError(f"no portal {inert(key)} (there is: {', '.join(sorted(known)) or 'none'})")
        portal_id = known[key] if key is not None else portals.main.portal.id
        yield Scopes(db, utc_now, text, portals.portal), portal_id
    finally:
        await db.close()


async def tokens(settings: Settings, portal: str | None, wish: TokenWish) -> Outcome:
    """List a portal's tokens, give one out, or revoke one."""
    if wish.new is not None and wish.revoke is not None:
        raise UsageError("--new and --revoke: choose one")
    if wish.scopes and wish.new is None:
        raise UsageError("--scopes: of which token? Give --new NAME, too")
    secret: str | None = None
    async with _portal(settings, portal) as (scopes, portal_id):
        cases = Tokens(scopes)
        async with scopes.writing(portal_id) as scope:
            if wish.new is not None:
                _row, secret = await cases.issue(scope, _wanted(wish))
            if wish.revoke is not None:
                await cases.revoke(scope, wish.revoke)
            found = await cases.listed(scope)
        now = scopes.clock()
    items = [_shape(one, now) for one in found]

    def show(console: Console) -> None:
        if secret is not None:
            console.print(secret, markup=False)
            console.print("Keep it now: it is shown this once.", style="yellow")
            return
        headers = ("id", "name", "token", "state", "scopes", "privacy", "role", "hotels", "last_used_at")
        sheet(console, headers, ([_cell(one, name) for name in headers] for one in items), empty="no tokens")

    return Outcome({"token": secret, "tokens": items}, show=show)


def _cell(one: dict[str, Any], name: str) -> Any:
    if name == "token":
        return f"cnc_{one['prefix']}_…"
    return " ".join(one[name]) if isinstance(one[name], list) else one[name]


def _wanted(wish: TokenWish) -> NewToken:
    words = [word for given in wish.scopes for word in given.replace(",", " ").split()]
    return NewToken(
        name=wish.new or "",
        scopes=read_scopes(words),
        privacy=wish.privacy,
        role=wish.role,
        hotels=tuple(code for given in wish.hotels for code in given.replace(",", " ").split()),
        expires_at=_last_moment(wish.expires) if wish.expires else None,
        created_by=BY,
        by_operator=True,
    )


def _last_moment(day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time.max, UTC)
    except ValueError as error:
        raise UsageError(f"--expires {inert(day)}: no date; write it like 2027-11-30") from error


def _shape(one: TokenRow, now: datetime) -> dict[str, Any]:
    state = "good"
    if one.revoked_at is not None:
        state = "revoked"
    elif one.expires_at is not None and one.expires_at <= now:
        state = "expired"
    return {
        "id": one.id,
        "name": one.name,
        "prefix": one.prefix,
        "state": state,
        "scopes": list(one.scopes),
        "privacy": one.privacy,
        "role": one.role,
        "hotels": list(one.hotels),
        "created_at": one.created_at.isoformat(),
        "expires_at": one.expires_at.isoformat() if one.expires_at else None,
        "last_used_at": one.last_used_at.isoformat() if one.last_used_at else None,
    }
