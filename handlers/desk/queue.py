"""The queue card: what support has to do, the most urgent first, in one message per place that is always true.

Where a card stands is a link; whatever happens to a request asks for its renewal, and the clock does when a deadline
passes. It is rendered when it is delivered, so several wishes are one edit.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.chat import Address, Button, Channel, Markup, Reply
from domain.chat import rows as button_rows
from domain.people import Person
from domain.request_clocks import next_due
from domain.requests import Request, Status
from domain.rights import allows, standings
from handlers import outgoing
from handlers.codec import dump, load
from handlers.desk.clock_words import zone_label
from handlers.scope import Scope
from storage import links, people
from storage import requests as rows

KIND, PLACE = "queue-card", "place"
SHOWN = 20
BUTTONS = 8
SUBJECT_CHARS = 60
SECTIONS = ("overdue", "today", "later", "waiting", "answered")
_AT_CUSTOMER = {Status.WAITING: "waiting", Status.ANSWERED: "answered", Status.COMPLETED: "answered"}


@dataclass(frozen=True, slots=True)
class Line:
    """One request as the queue shows it. ``due`` None: the clock stands or has stopped."""

    request: Request
    section: str
    due: datetime | None


async def touch(scope: Scope) -> None:
    """Something has changed: every queue card is to be shown anew."""
    for link in await links.all_of_kind(scope.tx, scope.portal.id, KIND, PLACE):
        await _ask(scope, load(Address, link.data["address"]))


async def touch_if_stale(scope: Scope) -> None:
    """As touch, but only the cards that no longer say what is true: for the clock, which comes every minute."""
    known = await links.all_of_kind(scope.tx, scope.portal.id, KIND, PLACE)
    for link in known:
        card = await render(scope, link)
        if card is None or digest(card) != link.data.get("digest"):
            await _ask(scope, load(Address, link.data["address"]))


async def _ask(scope: Scope, address: Address, *, fresh: bool = False) -> None:
    # A destination of its own: nobody's replies wait behind a card.
    place = f"queue:{address}"
    payload = {"address": dump(address), "fresh": fresh}
    await outgoing.put(scope, place, "queue.card", payload, once=None if fresh else place)


async def open_card(scope: Scope, person: Person, address: Address) -> None:
    """Put a card here, at the end of the chat; the one that stood here before goes."""
    before = await links.get(scope.tx, scope.portal.id, KIND, PLACE, str(address))
    data = {"address": dump(address), "person_id": person.id, "ref": before.data["ref"] if before else None}
    await links.put(scope.tx, scope.portal.id, KIND, PLACE, str(address), str(address), data)
    await _ask(scope, address, fresh=True)


async def close_card(scope: Scope, address: Address) -> bool:
    """No longer keep the card of a place; False when there was none."""
    known = await links.get(scope.tx, scope.portal.id, KIND, PLACE, str(address))
    if known is not None:
        await links.remove(scope.tx, scope.portal.id, KIND, PLACE, str(address))
    return known is not None


def queue_of(requests: Sequence[Request], scope: Scope) -> list[Line]:
    """Open requests: overdue, due today, later, then those that wait for the customer; by deadline within."""
    zone = scope.portal.desk.zone
    today = scope.now.astimezone(zone).date()
    lines = []
    for request in requests:
        due = next_due(request)
        if request.status in _AT_CUSTOMER:
            section = _AT_CUSTOMER[request.status]
        elif due is None or due.astimezone(zone).date() > today:
            section = "later"
        else:
            section = "overdue" if due <= scope.now else "today"
        lines.append(Line(request, section, due))
    late = datetime.max.replace(tzinfo=scope.now.tzinfo)
    return sorted(lines, key=lambda one: (SECTIONS.index(one.section), one.due or late, one.request.id))


async def render(scope: Scope, link: links.Link) -> Reply | None:
    """The card as it must read now, in the language of who asked for it; None when he may no longer see it."""
    person = await people.load(scope.tx, scope.portal.id, link.data["person_id"])
    if person is None or not allows("queue", standings(person, scope.portal)):
        return None
    theirs = scope.speaking(person.language)
    open_now = await rows.all_open(scope.tx, scope.portal.id)
    mine = [one for one in open_now if allows("queue", standings(person, scope.portal, one))]
    lines = queue_of(mine, scope)
    workers = await people.load_many(
        scope.tx, scope.portal.id, [x.request.responsible_id for x in lines if x.request.responsible_id]
    )
    names = {one.id: one.name for one in workers.values()}
    return Reply(_text(theirs, lines, names), _buttons(theirs, lines))


def _text(scope: Scope, lines: Sequence[Line], names: dict[int, str]) -> str:
    if not lines:
        return scope.text("queue-empty")
    zone = zone_label(scope, scope.now.astimezone(scope.portal.desk.zone))
    parts = [scope.text("queue-head", count=len(lines), zone=zone)]
    for section in SECTIONS:
        of_section = [one for one in lines[:SHOWN] if one.section == section]
        if of_section:
            total = sum(one.section == section for one in lines)
            parts.append("\n" + scope.text(f"queue-{section}", count=total))
            parts += [_line(scope, one, names) for one in of_section]
    if len(lines) > SHOWN:
        parts.append(scope.text("queue-more", count=len(lines) - SHOWN))
    return "\n".join(parts)


def _line(scope: Scope, line: Line, names: dict[int, str]) -> str:
    request = line.request
    due = line.due.astimezone(scope.portal.desk.zone) if line.due else None
    subject = request.subject
    return scope.text(
        "queue-line",
        number=request.number,
        subject=subject if len(subject) <= SUBJECT_CHARS else subject[: SUBJECT_CHARS - 1] + "…",
        priority=Markup(scope.text(f"priority-{request.priority}")),
        when=Markup(scope.text("queue-when", due=due)) if due else "",
        who=names.get(request.responsible_id or 0) or scope.text("queue-nobody"),
    )


def _buttons(scope: Scope, lines: Sequence[Line]) -> tuple[tuple[Button, ...], ...]:
    cards = [Button(one.request.number, f"r:card:{one.request.id}") for one in lines[:BUTTONS]]
    return button_rows(*cards, Button(scope.text("queue-close"), "b:queue:close"))


def digest(card: Reply) -> str:
    """What tells one state of the card from another."""
    return hashlib.sha256(repr(card).encode()).hexdigest()[:32]


def may_stand(scope: Scope, address: Address, *, private: bool) -> bool:
    """A card stands in a private chat or in support's own forum, never in a request's thread."""
    forum = scope.portal.desk.telegram_support_chat
    return private or (
        address.channel is Channel.TELEGRAM and address.chat == forum and address.topic is None
    )
