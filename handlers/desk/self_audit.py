"""Once a day: is everything that was accepted stored, and everything stored delivered, in both messengers?

Managers hear of it only when something is off.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

from domain.chat import Address, Channel, Reply
from domain.people import Role
from domain.portal import Portal
from domain.ports import Texts
from handlers import outgoing
from handlers.people import People, private_address
from handlers.scope import Scope, Scopes
from storage import audit, cursors, relayed

AT = time(8, 30)
CURSOR = "audited-at"
SEEN = "audited-words"
UNHANDLED_AFTER = timedelta(minutes=10)
LATE_AFTER = timedelta(hours=1)
SHOWN = 10


class SelfAudit:
    """Counts, and tells."""

    def __init__(
        self,
        scopes: Scopes,
        people: People,
        thread_channels: Callable[[Portal], Sequence[Channel]],
    ) -> None:
        self._scopes = scopes
        self._people = people
        self._thread_channels = thread_channels

    async def tick(self, portal_id: int) -> bool:
        """Once a day, in the morning of the portal's zone; True when it ran."""
        async with self._scopes.writing(portal_id) as scope:
            here = scope.portal.local(scope.now)
            last = await cursors.get(scope.tx, portal_id, CURSOR)
            if here.time() < AT or last == here.date().isoformat():
                return False
            since = scope.now - timedelta(days=1)
            findings = await self._findings(scope, since)
            await cursors.put(scope.tx, portal_id, CURSOR, here.date().isoformat(), scope.now)
            if findings:
                await self._tell(scope, findings)
        return True

    async def findings(self, portal_id: int, since: datetime) -> list[str]:
        """What is off, as lines in the portal's language; nothing when all adds up."""
        async with self._scopes.writing(portal_id) as scope:
            return await self._findings(scope, since)

    async def _findings(self, scope: Scope, since: datetime) -> list[str]:
        desk = scope.speaking(scope.portal.language)
        return [
            *await self._accepted(desk, since),
            *await self._stored(desk),
            *await self._delivered(desk, since),
            *await self._copied(desk),
        ]

    async def _accepted(self, scope: Scope, since: datetime) -> list[str]:
        counts = {
            "audit-unhandled": await audit.unhandled_events(
                scope.tx, scope.portal.id, scope.now - UNHANDLED_AFTER
            ),
            "audit-dead-events": await audit.dead_events(scope.tx, scope.portal.id, since),
        }
        return [scope.text(key, count=count) for key, count in counts.items() if count]

    async def _stored(self, scope: Scope) -> list[str]:
        before, lines = scope.now - LATE_AFTER, []
        if lacking := await audit.without(scope.tx, scope.portal.id, "task", before):
            lines.append(scope.text("audit-no-task", numbers=_shown([number for _, number in lacking])))
        for channel in self._thread_channels(scope.portal):
            if lacking := await audit.without(scope.tx, scope.portal.id, f"thread:{channel}", before):
                name = scope.text(f"channel-{channel}")
                numbers = _shown([number for _, number in lacking])
                lines.append(scope.text("audit-no-thread", channel=name, numbers=numbers))
        return lines

    async def _delivered(self, scope: Scope, since: datetime) -> list[str]:
        by_place: dict[str, Counter[str]] = {}
        for one in await audit.undelivered(scope.tx, scope.portal.id, since):
            by_place.setdefault(_place(one.destination), Counter())[one.code] += one.count
        lines = [
            scope.text(
                "audit-dead",
                place=scope.text(f"place-{place}"),
                count=codes.total(),
                reasons=", ".join(code for code, _ in codes.most_common(3)),
            )
            for place, codes in sorted(by_place.items())
        ]
        late = await audit.late_deliveries(scope.tx, scope.portal.id, scope.now - LATE_AFTER)
        return [*lines, scope.text("audit-late", count=late)] if late else lines

    async def _copied(self, scope: Scope) -> list[str]:
        """Every relayed message has a copy somewhere else; what still waits is counted as late, not here."""
        seen = int(await cursors.get(scope.tx, scope.portal.id, SEEN) or 0)
        lonely = await relayed.lonely(scope.tx, scope.portal.id, seen)
        waiting = await audit.waiting_requests(scope.tx, scope.portal.id)
        missing = [one for one in lonely if one.request_id not in waiting]
        newest = await relayed.last_id(scope.tx, scope.portal.id)
        await cursors.put(scope.tx, scope.portal.id, SEEN, newest, scope.now)
        if not missing:
            return []
        names = await audit.numbers(scope.tx, scope.portal.id, {one.request_id for one in missing})
        return [scope.text("audit-uncopied", count=len(missing), numbers=_shown(sorted(names.values())))]

    async def _tell(self, scope: Scope, findings: Sequence[str]) -> None:
        """Each manager in the portal, and the managers' chat."""
        reply = reply_of(scope.texts, scope.portal.language, findings)
        for person in await self._people.with_role(scope, Role.MANAGER):
            if address := private_address(person, Channel.BITRIX24):
                await outgoing.post(scope, address, reply)
        if scope.portal.desk.telegram_managers_chat:
            await outgoing.post(
                scope, Address(Channel.TELEGRAM, scope.portal.desk.telegram_managers_chat), reply
            )


def reply_of(texts: Texts, language: str, findings: Sequence[str]) -> Reply:
    """The audit as people read it."""
    lines = "\n".join(f"• {line}" for line in findings)
    return Reply(f"{texts('audit-title', language)}\n{lines}\n\n{texts('audit-hint', language)}")


def _place(destination: str) -> str:
    """Which sort of place: the texts' ``place-…``."""
    head, _, rest = destination.partition(":")
    if head == "thread":
        return f"thread-{rest.partition(':')[0]}"
    return head if head in {"task", "bitrix24", "telegram"} else "other"


def _shown(numbers: Sequence[str]) -> str:
    more = len(numbers) - SHOWN
    return ", ".join(numbers[:SHOWN]) + (f" … +{more}" if more > 0 else "")
