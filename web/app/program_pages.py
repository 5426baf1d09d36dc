"""Other programs: the tokens they call the API with, and the addresses our events are posted to.

A secret is drawn on the page that answers the form and nowhere else. The scope ``admin`` isn't given here: it sets the
licence, which is the vendor's business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from aiohttp import web

from domain.api_tokens import SCOPES, ApiScope, read_scopes
from domain.errors import Refused
from domain.people import Privacy, Role
from domain.webhooks import EVENTS, PING
from handlers.api.tokens import NewToken, Tokens
from handlers.api.webhooks import Change, WebhookApi
from web.app.desks import Desks, number_in
from web.app.visits import Page, Visit

ROLES = (Role.MANAGER, Role.SUPPORT, Role.MARKETING, Role.STAFF)
OFFERED = tuple(one for one in SCOPES if one is not ApiScope.ADMIN)
DEEDS = frozenset({"ping", "pause", "resume", "secret", "remove"})
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a page shows beside its lists: a secret once, or what was wrong with what was typed."""

    secret: str = ""
    name: str = ""
    fault: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    chosen: Sequence[str] = ()

    def was(self, name: str) -> str:
        """What was typed into a field."""
        return self.typed.get(name, "")

    @property
    def status(self) -> int:
        return 422 if self.fault else 200


class ProgramPages:
    """For the portal's admins only."""

    def __init__(self, desks: Desks, tokens: Tokens, webhooks: WebhookApi, api_url: str) -> None:
        self._desks = desks
        self._tokens = tokens
        self._webhooks = webhooks
        self._api_url = api_url

    def pages(self) -> list[Page]:
        nobody: frozenset[Role] = frozenset()
        return [
            Page("programs", self.show, self.send, nobody, "menu-programs", "page-menu-people"),
            Page("webhooks", self.show_hooks, self.send_hook, nobody, "menu-webhooks", "page-menu-people"),
        ]

    # --- tokens ------------------------------------------------------------------------------------------

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Tokens, and the form for another."""
        return await self._programs(visit, Drawn(chosen=("requests:read", "syncs:read")))

    async def send(self, visit: Visit) -> web.StreamResponse:
        """Give one out, or shut one out."""
        number = number_in(visit.posted("revoke"))
        if number is not None:
            async with self._desks.doing(visit, "token.revoke", {"token": number}) as scope:
                await self._tokens.revoke(scope, number)
            return visit.go("programs", "token-revoked")
        typed = {name: visit.posted(name) for name in ("name", "privacy", "role", "expires")}
        chosen = _several(visit, "scopes")
        try:
            new = _wanted(visit, typed, chosen)
            async with self._desks.doing(visit, "token.issue", {"name": new.name}) as scope:
                row, secret = await self._tokens.issue(scope, new)
        except Refused as refusal:
            words = visit.fault(refusal.code, **refusal.params)
            return await self._programs(visit, Drawn(fault=words, typed=typed, chosen=chosen))
        return await self._programs(visit, Drawn(secret=secret, name=row.name))

    async def _programs(self, visit: Visit, drawn: Drawn) -> web.StreamResponse:
        async with self._desks.reading(visit) as scope:
            found = await self._tokens.listed(scope)
            hotels, now, zone = scope.portal.hotels, scope.now, scope.portal.desk.zone
        return visit.page(
            "programs.html",
            drawn.status,
            found=[(one, _state(one.revoked_at, one.expires_at, now)) for one in found],
            drawn=drawn,
            hotels=hotels,
            scopes=OFFERED,
            levels=list(Privacy),
            roles=ROLES,
            zone=zone,
            api_url=self._api_url,
        )

    # --- webhooks ----------------------------------------------------------------------------------------

    async def show_hooks(self, visit: Visit) -> web.StreamResponse:
        """Addresses, how they fare, and the form for another."""
        return await self._hooks(visit, Drawn())

    async def send_hook(self, visit: Visit) -> web.StreamResponse:
        """Add one, or do something with one."""
        number, do = number_in(visit.posted("webhook")), visit.posted("do")
        try:
            if number is None:
                return await self._add(visit)
            made = await self._done(visit, number, do)
        except Refused as refusal:
            words = visit.fault(refusal.code, **refusal.params)
            typed = {"url": visit.posted("url")}
            return await self._hooks(visit, Drawn(fault=words, typed=typed, chosen=_several(visit, "events")))
        if made is not None:
            return await self._hooks(visit, Drawn(secret=made["secret"], name=made["url"]))
        return visit.go("webhooks", f"webhook-{do}")

    async def _done(self, visit: Visit, number: int, do: str) -> Mapping[str, Any] | None:
        """What a button does with one; the endpoint where its secret is to be shown."""
        if do not in DEEDS:
            raise Refused("unknown-button")
        async with self._desks.doing(visit, f"webhook.{do}", {"webhook": number}) as scope:
            match do:
                case "ping":
                    await self._webhooks.ping(scope, number)
                case "remove":
                    await self._webhooks.remove(scope, number)
                case "secret":
                    return await self._webhooks.new_secret(scope, number)
                case _:
                    resume = do == "resume"
                    await self._webhooks.change(scope, number, Change(active=resume, resend=resume))
        return None

    async def _add(self, visit: Visit) -> web.StreamResponse:
        url, chosen = visit.posted("url").strip(), _several(visit, "events")
        async with self._desks.doing(visit, "webhook.add", {"url": url[:200]}) as scope:
            made = await self._webhooks.add(scope, url, chosen)
        return await self._hooks(visit, Drawn(secret=made["secret"], name=made["url"]))

    async def _hooks(self, visit: Visit, drawn: Drawn) -> web.StreamResponse:
        async with self._desks.reading(visit) as scope:
            found = (await self._webhooks.listed(scope, cursor=None, limit=_SHOWN))["items"]
            sent = {
                one["id"]: (await self._webhooks.deliveries(scope, one["id"], cursor=None, limit=5))["items"]
                for one in found
            }
            zone = scope.portal.desk.zone
        events = [one for one in EVENTS if one != PING]
        return visit.page(
            "webhooks.html",
            drawn.status,
            found=found,
            sent=sent,
            drawn=drawn,
            events=events,
            zone=zone,
            moment=datetime.fromisoformat,
        )


def _wanted(visit: Visit, typed: Mapping[str, str], chosen: Sequence[str]) -> NewToken:
    role, privacy = typed["role"], typed["privacy"]
    if role not in ROLES or privacy not in set(Privacy):
        raise Refused("unknown-button")
    expires: datetime | None = None
    if typed["expires"]:
        try:
            expires = datetime.combine(date.fromisoformat(typed["expires"]), time.max, UTC)
        except ValueError:
            raise Refused("api-token-day") from None
    return NewToken(
        name=typed["name"],
        scopes=read_scopes(chosen),
        privacy=Privacy(privacy),
        role=Role(role),
        hotels=tuple(_several(visit, "hotels")),
        expires_at=expires,
        created_by=visit.viewer.person.name or visit.viewer.user_id,
    )


def _several(visit: Visit, name: str) -> list[str]:
    getall = getattr(visit.data, "getall", None)
    found: list[Any] = getall(name, []) if getall else []
    return [one for one in found if isinstance(one, str)]


def _state(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> str:
    if revoked_at is not None:
        return "revoked"
    return "expired" if expires_at is not None and expires_at <= now else "good"
