"""Forms on a hotel's site: one form makes one request, with the consent it came with as a record of its own.

Limits are counted in the database, so replicas share them; a form's nonce makes a second press harmless.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address, ip_network

from domain.callers import Caller
from domain.chat import Channel, Markup
from domain.problems import propose_subject
from domain.request_clocks import Clock
from domain.requests import Fact, Request, RequestType
from handlers.desk.caller_claims import offer_by_email
from handlers.desk.clock_words import closed_line, why, zone_label, zone_of
from handlers.desk.deadlines import calendar_of
from handlers.desk.requests import RequestForm, Requests
from handlers.scope import Scope, Scopes
from storage import callers, consents, cursors, links, request_history
from storage import requests as rows
from storage.consents import ConsentText

SECRET = "callback-secret"  # noqa: S105 - the cursor's name
HITS = "callback:"
IP_WINDOW_S = 600
SITE_WINDOW_S = 3600
KEPT_WINDOWS = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """How many forms are taken: from one address in ten minutes, from one site in an hour."""

    per_ip: int = 5
    per_site: int = 60


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that passed every check of the page. ``nonce`` is the form's own; ``consent`` None = nothing personal."""

    site: str
    nonce: str
    caller: Caller
    question: str
    ip: str
    consent: ConsentText | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the visitor is told."""

    number: str
    first_reply: datetime | None
    zone: str
    why: Markup
    blanked: bool


class SiteForms:
    """Takes what visitors of a site send."""

    def __init__(self, scopes: Scopes, requests: Requests, consent: ConsentText, limits: Limits) -> None:
        self._scopes = scopes
        self._requests = requests
        self._limits = limits
        self.consent = consent
        """The text in force now."""

    async def secret(self, portal_id: int) -> bytes:
        """The key that seals forms, made at the first need and the same for every replica."""
        async with self._scopes.reading(portal_id) as scope:
            kept = await cursors.get(scope.tx, portal_id, SECRET)
        if kept is None:
            async with self._scopes.writing(portal_id) as scope:
                kept = await cursors.put_first(scope.tx, portal_id, SECRET, secrets.token_hex(32), scope.now)
        return bytes.fromhex(kept)

    async def consent_text(self, portal_id: int, text_hash: str) -> ConsentText | None:
        """The text with this hash: the present one, or one that somebody once agreed to."""
        if text_hash in {"", self.consent.hash}:
            return self.consent
        async with self._scopes.reading(portal_id) as scope:
            return await consents.text_of(scope.tx, portal_id, text_hash)

    async def within_limits(self, portal_id: int, site: str, ip: str) -> bool:
        """Count a form; False when there were too many, from the visitor's address or from the whole site."""
        async with self._scopes.writing(portal_id) as scope:
            at = scope.now
            visitor = f"{HITS}ip:{_digest(network_of(ip))}"
            here = await callers.count_hit(scope.tx, portal_id, visitor, at, IP_WINDOW_S)
            if here == 1:
                oldest = int(at.timestamp()) // IP_WINDOW_S - KEPT_WINDOWS
                await callers.forget_hits(scope.tx, portal_id, f"{HITS}ip:", oldest)
            if here > self._limits.per_ip:
                return False
            everybody = f"{HITS}site:{_digest(site)}"
            there = await callers.count_hit(scope.tx, portal_id, everybody, at, SITE_WINDOW_S)
            return there <= self._limits.per_site

    async def known(self, portal_id: int, nonce: str) -> bool:
        """Whether this form was filed already."""
        async with self._scopes.reading(portal_id) as scope:
            return await links.get(scope.tx, portal_id, callers.FORM, "form", nonce) is not None

    async def file(self, portal_id: int, sent: Submission) -> None:
        """File the request with its consent; a form that was filed before files nothing."""
        async with self._scopes.writing(portal_id) as scope:
            if not await callers.begin_form(scope.tx, portal_id, sent.nonce):
                return
            question = scope.clean(sent.question)
            caller = replace(sent.caller, name=scope.clean(sent.caller.name))
            desk = scope.at_desk()
            request = await self._requests.file(desk, self._form(scope, caller, question))
            form = caller.as_form() | {"site": sent.site}
            if sent.consent is not None:
                form["consent_id"] = await self._consented(desk, request, sent, sent.consent)
            await callers.keep(scope.tx, desk.portal.id, request.id, form)
            data = {"blanked": bool(scope.blanked)}
            await links.put(scope.tx, portal_id, callers.FORM, "form", sent.nonce, str(request.id), data)
            await offer_by_email(desk, request, caller)

    @staticmethod
    def _form(scope: Scope, caller: Caller, question: str) -> RequestForm:
        subject = propose_subject(question) if question else scope.text("callback-no-question")
        if caller.violation:
            subject = scope.text("violation-subject", subject=Markup(subject))  # plain, no markup
        return RequestForm(
            type=RequestType.SERVICE,
            subject=subject,
            description=question or scope.text("callback-no-question"),
            channel=Channel.CALLBACK,
            caller=caller,
        )

    @staticmethod
    async def _consented(scope: Scope, request: Request, sent: Submission, text: ConsentText) -> int:
        consent_id = await consents.record(
            scope.tx, scope.portal.id, request.id, text, scope.now, sent.ip or None
        )
        data = {"consent_id": consent_id, "version": text.version, "hash": text.hash}
        fact = Fact("consented", scope.now, None, "", text.version, data)
        await request_history.append_fact(scope.tx, scope.portal.id, request.id, fact)
        return consent_id

    async def receipt(self, portal_id: int, nonce: str, language: str) -> Receipt | None:
        """What the visitor who sent this form is told; None when it was never filed."""
        async with self._scopes.reading(portal_id) as scope:
            link = await links.get(scope.tx, portal_id, callers.FORM, "form", nonce)
            desk = scope.at_desk()
            request = await rows.load(scope.tx, desk.portal.id, int(link.external_id)) if link else None
            if link is None or request is None:
                return None
            return _receipt(desk.speaking(language), request, blanked=bool(link.data.get("blanked")))

    async def closed(self, portal_id: int, language: str) -> Markup:
        """When the desk is back, as markup; empty while it is open."""
        async with self._scopes.reading(portal_id) as scope:
            return Markup(
                closed_line(scope.at_desk().speaking(language), calendar_of(scope.at_desk().portal.desk))
            )


def _receipt(scope: Scope, request: Request, *, blanked: bool) -> Receipt:
    zone, due = zone_of(scope.customer(request.home_id), request), request.due.first_reply
    if due is None:
        return Receipt(request.number, None, "", Markup(""), blanked)
    at = due.astimezone(zone)
    derived = Markup(why(scope, request, zone, Clock.FIRST_REPLY))
    return Receipt(request.number, at, zone_label(scope, at), derived, blanked)


def consent_of(version: str, text: str) -> ConsentText:
    """A text with its hash, line ends aside."""
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return ConsentText(version, text, sha256(text.encode()).hexdigest())


def network_of(ip: str) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 that a provider gives to one IPv6 customer."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    return ip if address.version == 4 else str(ip_network(f"{ip}/64", strict=False))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
