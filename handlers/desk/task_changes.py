"""What was done in a request's task comes back to the request: status, responsible, deadline, words in its chat.

Whoever the portal lets work on the task speaks for support there: its rights decide, not our roles. A change the
table of moves doesn't allow is put back, and the task's chat told why; the customer is never passed over.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from domain.chat import Address, Channel, IncomingKind, IncomingMessage, MessageRef, Sender
from domain.errors import Refused
from domain.people import Grant, Person, Role
from domain.ports import ChatWord, TaskNews, TaskState, TaskStatus
from domain.requests import Action, Fact, Part, Request, Status
from domain.task_marks import TaskMark, by_hand
from handlers import outgoing
from handlers.desk.cards import Cards
from handlers.desk.deadlines import reckoned
from handlers.desk.mirror import Mirror, without_mark
from handlers.desk.requests import Requests
from handlers.people import People
from handlers.scope import Scope
from storage import links, relayed
from storage import requests as rows

KEPT_DIGESTS = 60
"""Of how many of people's messages in a chat the words are known, to notice edits."""
_DONE = {TaskStatus.AWAITING_CONTROL, TaskStatus.COMPLETED}
_HINTS = {
    Status.WAITING: "task-hint-waiting",
    Status.ANSWERED: "task-hint-confirm",
    Status.COMPLETED: "task-hint-confirm",
}


class Wanted(Protocol):
    """How a request's task should stand."""

    async def __call__(self, scope: Scope, request: Request) -> TaskMark: ...


@dataclass(slots=True)
class _Case:
    """One request with the news of its task, inside one transaction."""

    scope: Scope
    request: Request
    link: links.Link
    news: TaskNews
    names: Mapping[str, str]
    fresh: list[ChatWord]
    answered_with: str | None = None

    @property
    def chat(self) -> Address:
        return Address(Channel.BITRIX24, self.link.data["chat"])


class TaskChanges:
    """Takes the news of one task into its request."""

    def __init__(
        self, people: People, requests: Requests, cards: Cards, mirror: Mirror, wanted: Wanted
    ) -> None:
        self._people = people
        self._requests = requests
        self._cards = cards
        self._mirror = mirror
        self._wanted = wanted

    async def take(
        self, scope: Scope, request: Request, link: links.Link, news: TaskNews, names: Mapping[str, str]
    ) -> bool:
        """All that is new; True when anything was. ``names`` of the portal's users, by id, as far as known."""
        case = _Case(scope, request, link, news, names, await self._fresh(scope, link, news))
        changed = await self._take_state(case)
        changed = await self._take_words(case) or changed
        return await self._take_edits(case) or changed

    # --- the task's fields ------------------------------------------------------------------------------

    async def _take_state(self, case: _Case) -> bool:
        state, data = case.news.state, case.link.data
        if state is None or not data.get("mark"):
            return False
        found = TaskMark.of(state)
        changed = by_hand(TaskMark.load(data["mark"]), await self._wanted(case.scope, case.request), found)
        if not changed.any:
            return False
        await self._remember(case, mark=found.dump())
        if changed.responsible:
            await self._new_responsible(case, state)
        if changed.deadline:
            await self._new_deadline(case, state)
        if changed.status:
            await self._new_status(case, state)
        return True

    async def _new_responsible(self, case: _Case, state: TaskState) -> None:
        if state.responsible_id is None:
            return
        heir = await self._person(case, state.responsible_id)
        scope = await self._acting(case, state.changed_by)
        try:
            async with scope.attempt():
                case.request = await self._requests.hand_over(scope, case.request.id, heir.id)
        except Refused as refusal:
            if refusal.code != "already-responsible":
                await self._put_back(case, scope.text(f"error-{refusal.code}", **refusal.params))

    async def _new_deadline(self, case: _Case, state: TaskState) -> None:
        """The day somebody promised in the task is the request's from now on; the derivation no longer holds."""
        scope, request = await self._acting(case, state.changed_by), case.request
        before, after = request.due.solution, state.deadline
        data = {"from": _iso(before), "to": _iso(after)}
        what = "deadline_changed" if after else "deadline_removed"
        fact = Fact(what, scope.now, *_who(scope), "", data)
        await rows.append_fact(scope.tx, scope.portal.id, request.id, fact)
        if after is not None:
            case.request = await reckoned(scope, replace(request, updated_at=scope.now))
            await rows.save(scope.tx, case.request)
        zone, desk = scope.portal.desk.zone, scope.speaking(scope.portal.language)
        line = self._cards.fact(desk, fact)
        if before and after:
            told = {"from": before.astimezone(zone), "to": after.astimezone(zone)}
            line = f"{line}: {desk.text('deadline-from-to', **told)}"
        await outgoing.to_threads(scope, request.id, line)
        await outgoing.refresh_cards(scope, request.id)

    async def _new_status(self, case: _Case, state: TaskState) -> None:
        scope = await self._acting(case, state.status_changed_by or state.changed_by)
        match state.status:
            case TaskStatus.COMPLETED | TaskStatus.AWAITING_CONTROL:
                await self._completed(case, scope)
            case TaskStatus.IN_PROGRESS if case.request.status is Status.REGISTERED:
                await self._move(case, scope, Action.TAKE)
            case _ if case.request.status in {Status.ANSWERED, Status.COMPLETED}:
                reason, origin = await self._last_words(case)
                await self._move(case, scope, Action.OBJECT, reason, origin, hint="task-hint-reopen")
            case _:
                fact = Fact("task_paused", scope.now, *_who(scope))
                await rows.append_fact(scope.tx, scope.portal.id, case.request.id, fact)

    async def _completed(self, case: _Case, scope: Scope) -> None:
        """Completed by hand is an answer: the last words in the chat, else a plain sentence."""
        if case.request.status in {Status.ANSWERED, Status.COMPLETED, Status.WAITING}:
            await self._refuse(case, scope, _HINTS[case.request.status])
            return
        words, origin = await self._last_words(case)
        text = words or scope.speaking(scope.portal.language).text("task-answer-default")
        await self._move(case, scope, Action.ANSWER, text, origin)

    async def _move(
        self,
        case: _Case,
        scope: Scope,
        action: Action,
        text: str = "",
        origin: MessageRef | None = None,
        hint: str = "task-hint-other",
    ) -> None:
        parts = {Part.SUPPORT, *await self._requests.parts(scope, case.request)}
        try:
            async with scope.attempt():
                case.request = await self._requests.act(
                    scope, case.request.id, action, text, origin=origin, parts=parts
                )
                case.answered_with = origin.message_id if origin else None
        except Refused:
            await self._refuse(case, scope, hint)

    async def _refuse(self, case: _Case, scope: Scope, hint: str) -> None:
        desk = scope.speaking(scope.portal.language)
        status = self._cards.status(desk, case.request)
        words = desk.text("task-not-allowed", number=case.request.number, status=status, hint=desk.text(hint))
        await self._put_back(case, words)

    @staticmethod
    async def _put_back(case: _Case, words: str) -> None:
        """The task as the request wants it, and why."""
        for kind, more in (("task.sync", {}), ("task.say", {"text": words})):
            body: dict[str, Any] = {"request_id": case.request.id, **more}
            await outgoing.put(case.scope, f"task:{case.request.id}", kind, body, request_id=case.request.id)

    async def _last_words(self, case: _Case) -> tuple[str, MessageRef | None]:
        """The last thing support wrote in the chat since the requester spoke; with its message if nobody had it."""
        since = await self._requester_spoke_at(case)
        fresh = {word.message_id for word in case.fresh}
        ours = await self._ours(case)
        for word in reversed(case.news.words or ()):
            if not word.is_person or word.message_id in ours or not word.text.strip():
                continue
            if since is not None and word.at < since:
                break
            if not without_mark(word.text)[1] and not await self._is_requester(case, word.author):
                ref = MessageRef(case.chat, word.message_id) if word.message_id in fresh else None
                return word.text.strip(), ref
        return "", None

    @staticmethod
    async def _requester_spoke_at(case: _Case) -> Any:
        history = await rows.history(case.scope.tx, case.scope.portal.id, case.request.id)
        spoken = {"requester_wrote", "replied", "chosen", "objected", "reopened"}
        return max((fact.at for fact in history if fact.what in spoken), default=None)

    # --- words in the chat ------------------------------------------------------------------------------

    async def _fresh(self, scope: Scope, link: links.Link, news: TaskNews) -> list[ChatWord]:
        """People's messages after the cursor that are not ours: told by id, whoever the author is."""
        if not news.words or not link.data.get("chat"):
            return []
        after = int(link.data.get("word") or 0)
        new = [word for word in news.words if int(word.message_id) > after and word.is_person]
        place = Address(Channel.BITRIX24, link.data["chat"])
        known = await relayed.known(scope.tx, scope.portal.id, place, [word.message_id for word in new])
        return [word for word in new if word.message_id not in known and not word.deleted]

    async def _take_words(self, case: _Case) -> bool:
        if not case.news.words:
            return False
        for word in case.fresh:
            if word.message_id != case.answered_with:
                await self._relay(case, word)
        last = case.news.words[-1].message_id
        if int(last) > int(case.link.data.get("word") or 0):
            digests = {**case.link.data.get("words", {})}
            digests |= {word.message_id: _digest(word.text) for word in case.fresh}
            kept = sorted(digests.items(), key=lambda item: int(item[0]))[-KEPT_DIGESTS:]
            await self._remember(case, word=last, words=dict(kept))
        return bool(case.fresh)

    async def _relay(self, case: _Case, word: ChatWord) -> None:
        scope = await self._acting(case, word.author.external_id, word.author)
        event = _event(case, word)
        try:
            async with scope.attempt():
                if await self._is_requester(case, word.author):
                    case.request = await self._requests.relay_from_requester(scope, case.request.id, event)
                elif word.text.strip() or word.files:
                    await self._requests.relay_from_support(scope, case.request, event)
        except Refused:
            desk = scope.speaking(scope.portal.language)
            words = desk.text("task-word-refused", who=word.author.name, number=case.request.number)
            body = {"request_id": case.request.id, "text": words}
            await outgoing.put(scope, f"task:{case.request.id}", "task.say", body, request_id=case.request.id)

    async def _take_edits(self, case: _Case) -> bool:
        """Edits and deletions of what was relayed from here; only a message's own flags tell of them."""
        digests = dict(case.link.data.get("words", {}))
        changed = False
        for word in case.news.words or ():
            had = digests.get(word.message_id)
            if had is None or (not word.deleted and had == _digest(word.text)):
                continue
            changed = True
            scope = await self._acting(case, word.author.external_id, word.author)
            kind = IncomingKind.DELETED if word.deleted else IncomingKind.TEXT
            await self._mirror.changed(scope, replace(_event(case, word), kind=kind, edited=not word.deleted))
            if word.deleted:
                del digests[word.message_id]
            else:
                digests[word.message_id] = _digest(word.text)
        if changed:
            await self._remember(case, words=digests)
        return changed

    # --- who --------------------------------------------------------------------------------------------

    async def _acting(self, case: _Case, user_id: str | None, sender: Sender | None = None) -> Scope:
        """The use case with the person who worked in the task as its actor, speaking for support."""
        if user_id is None:
            return case.scope
        person = await self._person(case, user_id, sender)
        if Role.SUPPORT not in person.roles:
            person = replace(person, grants=(*person.grants, Grant(Role.SUPPORT)))
        return replace(case.scope, actor=person)

    async def _person(self, case: _Case, user_id: str, sender: Sender | None = None) -> Person:
        who = sender or Sender(Channel.BITRIX24, user_id, case.names.get(user_id, ""))
        person = await self._people.ensure(case.scope, who)
        assert person is not None  # a portal's own user
        return person

    async def _is_requester(self, case: _Case, author: Sender) -> bool:
        person = await self._people.find(case.scope, author)
        if person is None or person.id != case.request.requester_id:
            return False
        return Role.SUPPORT not in person.roles

    async def _ours(self, case: _Case) -> set[str]:
        ids = [word.message_id for word in case.news.words or ()]
        known = await relayed.known(case.scope.tx, case.scope.portal.id, case.chat, ids)
        return {message_id for message_id, one in known.items() if one.role != relayed.ORIGIN}

    @staticmethod
    async def _remember(case: _Case, **changes: Any) -> None:
        merged = await links.merge(
            case.scope.tx, case.scope.portal.id, "task", "request", str(case.request.id), **changes
        )
        case.link = merged or case.link


def users_in(news: Sequence[TaskNews]) -> set[str]:
    """Everybody who may have to be named."""
    found: set[str] = set()
    for one in news:
        if one.state is not None:
            found |= {one.state.changed_by or "", one.state.status_changed_by or ""}
            found.add(one.state.responsible_id or "")
    return found - {"", "0"}


def _event(case: _Case, word: ChatWord) -> IncomingMessage:
    return IncomingMessage(
        channel=Channel.BITRIX24,
        event_key=f"task:{word.message_id}",
        kind=IncomingKind.TEXT,
        sender=word.author,
        address=case.chat,
        at=word.at,
        message_id=word.message_id,
        text=word.text,
        files=word.files,
        reply_to=word.reply_to,
        is_private=False,
    )


def _who(scope: Scope) -> tuple[int | None, str]:
    return (scope.actor.id, scope.actor.name) if scope.actor else (None, "")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
