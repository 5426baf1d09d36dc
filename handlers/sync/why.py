"""«Почему нет гостя в CRM»: what became of each record that fits a name or a number, and what to do next."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.chat import Address, Button, Channel, Markup, Reply, rows
from domain.contacts import name_key, phone_tail
from domain.doors import UNMATCHED
from domain.errors import Refused
from domain.guests import Profile, ProfileKind
from domain.item_privacy import mask
from domain.portal import Hotel
from domain.stays import Stay
from handlers.scope import Scope
from handlers.sync import failures, standing
from handlers.sync.freshness import freshness
from handlers.sync.words import reason
from storage import identity, lookups, run_items, runs, sync_states, traces
from storage.run_items import RunItem
from storage.traces import Trace

PEOPLE, STAYS_EACH, ANSWERS = 3, 3, 8
LEAST_CHARS = 2
BAD = frozenset({"failed", "rejected", "unclear"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One record. ``verdict`` is a key of our texts (``why-…``) and of the JSON; ``words`` say it and the next step."""

    entity: str
    key: str
    name: str
    verdict: str
    words: str
    url: str = ""
    item_id: int = 0
    """The failure a retry would look at."""


class Why:
    """Answers for one hotel."""

    async def ask(self, scope: Scope, hotel: Hotel, query: str, place: Address | None) -> list[Answer]:
        """Every record that fits, each with its verdict; journalled as any look-up of a guest is."""
        words = " ".join(query.split())
        if len(words) < LEAST_CHARS and not words.isdigit():
            raise Refused("why-query-short")
        found = await self._found(scope, hotel, words)
        answers = [await self._answer(scope, hotel, one, place) for one in found[:ANSWERS]]
        if not answers:
            answers = [await self._absent(scope, hotel, words)]
        if place is not None:
            await _journal(scope, words, place, len(found))
        return answers

    async def _found(self, scope: Scope, hotel: Hotel, words: str) -> list[Trace]:
        tx, name = scope.tx, name_key(words) if not words.isdigit() else ""
        name = name if len(name) >= LEAST_CHARS else ""
        stays = await traces.stays_like(tx, hotel.id, words, ANSWERS)
        people = await traces.profiles_like(
            tx, hotel.id, name_key=name, phone_tail=phone_tail(words), text=words, limit=PEOPLE
        )
        found = list(people)
        for person in people:
            found += await traces.stays_of(tx, hotel.id, person.key, STAYS_EACH)
            found += await self._survivor(scope, hotel, person)
        found += stays
        if name and not people:
            found += await traces.stays_named(tx, hotel.id, name, ANSWERS)
        return list({(one.staged, one.key): one for one in found}.values())

    @staticmethod
    async def _survivor(scope: Scope, hotel: Hotel, person: Trace) -> list[Trace]:
        """Under which number a merged-away profile goes on."""
        into = person.record.merged_into if isinstance(person.record, Profile) else None
        found = await traces.profile(scope.tx, hotel.id, into) if into else None
        return [found] if found else []

    # --- one record -------------------------------------------------------------------------------------

    async def _answer(self, scope: Scope, hotel: Hotel, trace: Trace, place: Address | None) -> Answer:
        last = await run_items.newest_item(scope.tx, hotel.id, trace.staged, trace.key)
        verdict, detail = self._verdict(scope, hotel, trace, last)
        if verdict == "waiting" and trace.staged == "profile" and await _is_asked(scope, hotel, trace.key):
            verdict = "asked"
        url = (
            scope.portal.item_url(trace.crm_entity, trace.crm_id) if trace.crm_entity and trace.crm_id else ""
        )
        words = scope.text(
            f"why-{verdict}",
            detail=Markup(detail),
            next=Markup(await self._next_run(scope, hotel)),
            at=_local(trace.confirmed_at, hotel),
        )
        failed = last.id if last is not None and verdict == "failed" else 0
        on_its_way = await failures.retried(scope, hotel) if failed else frozenset()
        if failed and (on_its_way is None or failed in on_its_way):
            failed, words = 0, f"{words} {scope.text('why-retried')}"
        return Answer(trace.staged, trace.key, _name(trace, place), verdict, words, url, failed)

    def _verdict(self, scope: Scope, hotel: Hotel, trace: Trace, last: RunItem | None) -> tuple[str, str]:
        """(verdict, what is told with it), in the order in which a person wants to know."""
        bad = last is not None and last.state in BAD and not self._settled_since(trace, last)
        if last is not None and bad:
            return "failed", reason(scope, last.code or "", last.reason or "")
        if (left_out := _left_out(trace)) and not (trace.crm_id and trace.settled and left_out[0] == "kind"):
            return left_out
        if trace.crm_id:
            return ("in-crm" if trace.settled else "changed"), ""
        if trace.crm_id == 0 and trace.settled:
            return "rules", ""
        if isinstance(trace.record, Stay) and (outside := _outside_window(scope, hotel, trace.record)):
            return "window", outside
        return "waiting", ""

    @staticmethod
    def _settled_since(trace: Trace, last: RunItem) -> bool:
        return bool(
            trace.confirmed_at and last.sent_at and trace.settled and trace.confirmed_at > last.sent_at
        )

    async def _next_run(self, scope: Scope, hotel: Hotel) -> str:
        """«следующее обновление около 10:15», or that the clock waits."""
        if await standing.is_paused(scope, hotel):
            return scope.text("next-paused")
        newest = await runs.last(scope.tx, hotel.id, 1)
        if not newest:
            return scope.text("next-first")
        due = max(newest[0].started_at + timedelta(minutes=hotel.every_minutes), scope.now)
        return scope.text("next-at", at=f"{due.astimezone(hotel.zone):%H:%M}")

    async def again(self, scope: Scope, hotel: Hotel, item_id: int, place: Address) -> Reply | None:
        """The card of the record a button of ours was about, as things stand now."""
        item = await run_items.item(scope.tx, hotel.id, item_id)
        return await self.card(scope, hotel, item.key, place) if item is not None and item.key else None

    # --- nothing fits -----------------------------------------------------------------------------------

    async def _absent(self, scope: Scope, hotel: Hotel, words: str) -> Answer:
        """Not in what Fidelio told: a row that couldn't be read, or why it may not have come."""
        if row := await traces.rejected(scope.tx, hotel.id, words):
            entity, code, detail = row
            told = scope.text("why-rejected", detail=Markup(reason(scope, code or "", detail or "")))
            last = await run_items.newest_item(scope.tx, hotel.id, entity, words)
            return Answer(entity, words, "", "rejected", told, item_id=last.id if last else 0)
        window = hotel.window(scope.now.astimezone(hotel.zone).date())
        never = await sync_states.fresh_at(scope.tx, hotel.id) is None
        told = scope.text(
            "why-never" if never else "why-absent",
            query=words,
            first=f"{window.first:%d.%m.%Y}",
            last=f"{window.last:%d.%m.%Y}",
            fresh=Markup(await freshness(scope, hotel)),
        )
        return Answer("", words, "", "never" if never else "absent", told)

    # --- the card ---------------------------------------------------------------------------------------

    async def card(self, scope: Scope, hotel: Hotel, query: str, place: Address) -> Reply:
        """All answers, with buttons for the next step."""
        answers = await self.ask(scope, hotel, query, place)
        lines = [self.line(scope, one) for one in answers]
        head = scope.text("why-head", hotel=hotel.name, query=query)
        if sum(one.entity == "profile" for one in answers) >= PEOPLE:
            lines.append(scope.text("why-more"))
        text = "\n\n".join([head, *lines])
        return Reply(
            f"{text}\n\n{await freshness(scope, hotel)}", rows(*self._buttons(scope, hotel, answers))
        )

    @staticmethod
    def line(scope: Scope, answer: Answer) -> str:
        """One answer in words."""
        if not answer.entity:
            return answer.words
        entity = scope.text(f"sync-entity-{answer.entity}")
        head = scope.text("why-record", entity=entity, key=answer.key, name=answer.name)
        if answer.url:
            head += f" · {scope.text('sync-error-link', url=answer.url)}"
        return f"{head}\n{answer.words}"

    @staticmethod
    def _buttons(scope: Scope, hotel: Hotel, answers: Sequence[Answer]) -> list[Button]:
        verdicts = {one.verdict for one in answers}
        buttons = [
            Button(
                scope.text("button-retry-key", key=one.key),
                f"s:retry:{hotel.id}:{one.item_id}:w{one.item_id}",
            )
            for one in answers
            if one.item_id
        ][:4]
        if verdicts & {"waiting", "changed", "never"}:
            buttons.append(Button(scope.text("button-sync-now"), f"s:sync:{hotel.id}", "primary"))
        if "absent" in verdicts:
            buttons.append(Button(scope.text("button-sync-full"), f"s:full:{hotel.id}"))
        return buttons


def _left_out(trace: Trace) -> tuple[str, str] | None:
    """Why the rules keep a record out of the CRM, as far as the record itself tells."""
    record = trace.record
    if isinstance(record, Stay):
        if UNMATCHED in record.extra:
            return "unmatched", record.extra[UNMATCHED]
        if record.pseudo_room:
            return "pseudo", ""
        return ("account", "") if record.financial_account else None
    if record.merged_into:
        return "merged", record.merged_into
    if record.anonymised:
        return "anonymised", ""
    if record.deleted:
        return "deleted", ""
    if record.kind is ProfileKind.OTHER:
        return "kind", ""
    nameless = not (record.last_name or record.first_name or record.company_name).strip()
    return ("nameless", "") if nameless else None


def _outside_window(scope: Scope, hotel: Hotel, stay: Stay) -> str:
    """The stay's days, when the sync's window doesn't hold its arrival; "" when it does."""
    window = hotel.window(scope.now.astimezone(hotel.zone).date())
    if window.first <= stay.arrival <= window.last or stay.departure >= window.first >= stay.arrival:
        return ""
    return f"{stay.arrival:%d.%m.%Y}"


async def _is_asked(scope: Scope, hotel: Hotel, profile_id: str) -> bool:
    """Whether the guest waits for somebody to say whose record it is."""
    found = await identity.of_profiles(scope.tx, hotel.id, [profile_id])
    return any(case.state == identity.OPEN for case in found.get(profile_id, ()))


def _name(trace: Trace, place: Address | None) -> str:
    record = trace.record
    if isinstance(record, Stay):
        name = f"{record.guest_name}, {record.arrival:%d.%m}–{record.departure:%d.%m.%Y}".strip(", ")
    else:
        name = " ".join(filter(None, (record.last_name, record.first_name))) or record.company_name
    return mask(name) if place is not None and place.channel is Channel.TELEGRAM else name


def _local(at: datetime | None, hotel: Hotel) -> str:
    return f"{at.astimezone(hotel.zone):%d.%m %H:%M}" if at else ""


async def _journal(scope: Scope, query: str, place: Address, hits: int) -> None:
    await lookups.record(
        scope.tx,
        portal_id=scope.portal.id,
        person_id=scope.actor.id if scope.actor else None,
        kind="why",
        query_hash=hashlib.sha256(query.casefold().encode()).hexdigest(),
        channel=place.channel,
        chat=place.chat,
        hits=hits,
        now=scope.now,
    )
