"""Warnings before and at a missed deadline, and whom the hotel wants called: found by the clock, each told once.

What was told is remembered with the request itself, in the transaction that queues the messages: after a crash or a
long outage everything that became due meanwhile is told late, and still once.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.business_time import Calendar
from domain.chat import Address, Button, Channel, Reply, Sender
from domain.errors import Refused
from domain.escalation import (
    Alarm,
    EscalationError,
    Occasion,
    Recipient,
    Rule,
    Rules,
    alarms,
    as_table,
    parse_rules,
)
from domain.people import Person, Role
from domain.request_clocks import Clock, due_at, with_told
from domain.requests import Action, Request, Status
from handlers import outgoing
from handlers.codec import dump
from handlers.desk import queue
from handlers.desk.clock_words import duration, zone_label
from handlers.desk.deadlines import calendar_of, overdue_noted
from handlers.desk.effects import ThreadChannels
from handlers.people import People, private_address
from handlers.scope import Scope, Scopes
from storage import people, portals, upcoming
from storage import requests as rows

_PEOPLE = People()
SETTING = "escalation"
LISTED = 10
"""Requests named in one message to a person; after an outage there may be many."""
_ROLES = {
    Recipient.SUPPORT: Role.SUPPORT,
    Recipient.MANAGER: Role.MANAGER,
    Recipient.ADMIN: Role.ADMIN,
}


@dataclass(frozen=True, slots=True)
class Present:
    """A portal's rules now. ``source``: file | chat | default; ``by`` and ``at`` (ISO) of the last change in chat."""

    rules: Rules
    source: str
    by: str = ""
    at: str = ""


async def rules_of(scope: Scope) -> Present:
    """The rules that hold: the settings' own, else those set in chat, else the defaults."""
    desk, full_day = scope.portal.desk, calendar_of(scope.portal.desk).hours.full_day
    if desk.escalation:
        return Present(parse_rules(desk.escalation, full_day), "file")
    row = await portals.get(scope.tx, scope.portal.id)
    kept: Mapping[str, Any] = (row.settings if row else {}).get(SETTING) or {}
    if kept:
        return Present(parse_rules(kept["rules"], full_day), "chat", kept["by"], kept["at"])
    return Present(parse_rules({}, full_day), "default")


async def set_rules(scope: Scope, occasion: Occasion, rules: Iterable[Rule] | None) -> Present:
    """Other rules for one occasion; none: nobody is called, None: the default again.

    Refused("escalation-fixed") where the settings hold the rules.
    """
    present = await rules_of(scope)
    if present.source == "file":
        raise Refused("escalation-fixed")
    if rules is None:
        rules = [rule for rule in parse_rules({}) if rule.occasion is occasion]
    wanted = [*(rule for rule in present.rules if rule.occasion is not occasion), *rules]
    row = await portals.get(scope.tx, scope.portal.id)
    assert row is not None
    by = scope.actor.name if scope.actor else ""
    kept = {"rules": as_table(wanted), "by": by, "at": scope.now.isoformat()}
    await portals.change(scope.tx, scope.portal.id, settings={**row.settings, SETTING: kept})
    return await rules_of(scope)


@dataclass(slots=True)
class _Round:
    """One tick's findings: what each person has to hear."""

    calendar: Calendar
    by_person: dict[int, list[tuple[Request, Alarm]]] = field(default_factory=dict)
    to_managers: list[tuple[Request, Alarm]] = field(default_factory=list)


class Watch:
    """Looks at every running clock once a minute."""

    def __init__(self, scopes: Scopes, thread_channels: ThreadChannels) -> None:
        self._scopes = scopes
        self._thread_channels = thread_channels

    async def among(self, portal_ids: Collection[int]) -> Collection[int]:
        """Of many portals, those the clock must look at each minute."""
        async with self._scopes.db.reading() as tx:
            return await upcoming.with_running_requests(tx, portal_ids, queue.KIND)

    async def tick(self, portal_id: int) -> int:
        """Tell what has to be told now; returns of how many requests. One use case, all or nothing."""
        async with self._scopes.writing(portal_id) as scope:
            found = _Round(calendar_of(scope.portal.desk))
            rules = await self._rules(scope)
            touched = 0
            for request in await rows.running(scope.tx, portal_id, for_update=True):
                touched += await self._look_at(scope, request, rules, found)
            for person_id, items in found.by_person.items():
                await self._tell_person(scope, found.calendar, person_id, items)
            await self._tell_managers(scope, found)
            await queue.touch_if_stale(scope)
        return touched

    @staticmethod
    async def _rules(scope: Scope) -> Rules:
        try:
            return (await rules_of(scope)).rules
        except EscalationError:  # written by hand into the database; the defaults are better than silence
            return parse_rules({})

    async def _look_at(self, scope: Scope, request: Request, rules: Rules, found: _Round) -> bool:
        now_due, settled = alarms(found.calendar, request, rules, scope.now)
        after = await overdue_noted(scope, request)
        if settled:
            after = with_told(after, settled)
        if after != request:
            await rows.save(scope.tx, after)
        for alarm in now_due:
            await self._address(scope, after, alarm, found)
        return bool(now_due)

    async def _address(self, scope: Scope, request: Request, alarm: Alarm, found: _Round) -> None:
        people_ids: dict[int, None] = {}
        for name in alarm.to:
            if name == Recipient.THREAD:
                await self._tell_thread(scope, found.calendar, request, alarm)
            elif name == Recipient.MANAGERS_CHAT:
                found.to_managers.append((request, alarm))
            else:
                people_ids |= dict.fromkeys(one.id for one in await _people(scope, request, name))
        for person_id in people_ids:
            found.by_person.setdefault(person_id, []).append((request, alarm))

    # --- telling ----------------------------------------------------------------------------------------

    async def _tell_thread(self, scope: Scope, calendar: Calendar, request: Request, alarm: Alarm) -> None:
        desk = scope.speaking(scope.portal.language)
        line = _line(desk, calendar, request, alarm)
        buttons: tuple[tuple[Button, ...], ...] = ()
        if request.status is Status.REGISTERED:
            buttons = ((Button(desk.text("do-take"), f"r:{Action.TAKE}:{request.id}", "primary"),),)
        for channel in self._thread_channels(scope.portal):
            body = {"request_id": request.id, "channel": channel.value, "copy_of": None}
            body["reply"] = dump(Reply(line, buttons))
            await outgoing.put(
                scope,
                f"thread:{channel}:{request.id}",
                "thread.post",
                body,
                once=f"alarm:{request.id}:{alarm.key}:{channel}",
                keep=True,
                request_id=request.id,
            )

    async def _tell_person(
        self, scope: Scope, calendar: Calendar, person_id: int, items: Sequence[tuple[Request, Alarm]]
    ) -> None:
        person = await people.load(scope.tx, scope.portal.id, person_id)
        address = _home(person) if person else None
        if person is not None and address is not None:
            theirs = scope.speaking(person.language)
            await _post(scope, address, await _message(theirs, calendar, items), items)

    async def _tell_managers(self, scope: Scope, found: _Round) -> None:
        chat = scope.portal.desk.telegram_managers_chat
        if chat and found.to_managers:
            desk = scope.speaking(scope.portal.language)
            message = Reply((await _message(desk, found.calendar, found.to_managers)).text)
            await _post(scope, Address(Channel.TELEGRAM, chat), message, found.to_managers)


async def _people(scope: Scope, request: Request, name: str) -> list[Person]:
    """The people behind a recipient's name."""
    portal_id = scope.portal.id
    if name == Recipient.RESPONSIBLE:
        if request.responsible_id is not None:
            person = await people.load(scope.tx, portal_id, request.responsible_id)
            return [person] if person else []
        name = Recipient.SUPPORT
    if name in set(Recipient):
        return await people.with_role(scope.tx, portal_id, _ROLES[Recipient(name)])
    person = await _PEOPLE.ensure(scope, Sender(Channel.BITRIX24, name, ""))
    return [person] if person else []


async def names_of(scope: Scope, rules: Iterable[Rule]) -> dict[str, str]:
    """The names of the users that rules name by id, as far as they are known."""
    ids = {name for rule in rules for name in rule.to if name.isdigit()}
    found = {
        one: await people.find_by_account(scope.tx, scope.portal.id, Channel.BITRIX24, one) for one in ids
    }
    return {one: person.name if person and person.name else f"id {one}" for one, person in found.items()}


def _home(person: Person) -> Address | None:
    return private_address(person, Channel.BITRIX24) or private_address(person, Channel.TELEGRAM)


async def _message(scope: Scope, calendar: Calendar, items: Sequence[tuple[Request, Alarm]]) -> Reply:
    """One request's alarm with its card a tap away, or a list where there are several."""
    requests = {request.id: request for request, _ in items}
    lines = [_line(scope, calendar, request, alarm) for request, alarm in items[:LISTED]]
    buttons = tuple(
        (Button(one.number if len(requests) > 1 else scope.text("button-open-card"), f"r:card:{one.id}"),)
        for one in list(requests.values())[:3]
    )
    if len(requests) == 1:
        (request,) = requests.values()
        lines.append(await _who(scope, request))
        return Reply("\n".join(lines), buttons)
    if len(items) > LISTED:
        lines.append(scope.text("alarm-more", count=len(items) - LISTED))
    return Reply("\n".join([scope.text("alarm-head", count=len(requests)), *lines]), buttons)


async def _who(scope: Scope, request: Request) -> str:
    person = None
    if request.responsible_id is not None:
        person = await people.load(scope.tx, scope.portal.id, request.responsible_id)
    return scope.text("alarm-who", who=person.name) if person else scope.text("alarm-nobody")


def _line(scope: Scope, calendar: Calendar, request: Request, alarm: Alarm) -> str:
    """What an alarm says, in the desk's zone."""
    params: dict[str, object] = {"number": request.number, "subject": request.subject}
    if alarm.clock is None:
        waited = calendar.working_minutes_between(request.created_at, scope.now)
        return scope.text("alarm-not-taken", **params, amount=duration(scope, waited))
    due = due_at(request, alarm.clock)
    assert due is not None
    local = due.astimezone(scope.portal.desk.zone)
    params |= {"clock": Clock(alarm.clock).value, "due": local, "zone": zone_label(scope, local)}
    if alarm.occasion is Occasion.OVERDUE:
        return scope.text("alarm-overdue", **params)
    left = calendar.working_minutes_between(scope.now, due)
    return scope.text("alarm-due-soon", **params, amount=duration(scope, left))


async def _post(
    scope: Scope, address: Address, message: Reply, items: Sequence[tuple[Request, Alarm]]
) -> None:
    told = "|".join(f"{request.id}:{alarm.key}" for request, alarm in items)
    key = f"alarm:{address}:{hashlib.sha256(told.encode()).hexdigest()[:24]}"
    payload = {"address": dump(address), "reply": dump(message), "copy_of": None, "request_id": None}
    await outgoing.put(scope, str(address), "message.post", payload, once=key, keep=True)
