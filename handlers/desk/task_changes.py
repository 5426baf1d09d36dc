"""What was done in a request's task comes back to the request: status, responsible, deadline, words in its chat.

Whoever the portal lets work on the task speaks for support there: its rights decide, not our roles. A change the
table of moves doesn't allow is put back, and the task's chat told why; the customer is never passed over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from domain.chat import MessageRef
from domain.errors import Refused
from domain.ports import TaskNews, TaskState, TaskStatus
from domain.requests import Action, Fact, Part, Request, Status
from domain.task_marks import TaskMark, by_hand
from handlers import outgoing
from handlers.desk.cards import Cards
from handlers.desk.deadlines import reckoned
from handlers.desk.mirror import Mirror, without_mark
from handlers.desk.requests import Requests
from handlers.desk.task_case import Case
from handlers.desk.task_words import TaskWords, fresh_words
from handlers.people import People
from handlers.scope import Scope
from storage import links, request_history
from storage import requests as rows

_HINTS = {
    Status.WAITING: "task-hint-waiting",
    Status.ANSWERED: "task-hint-confirm",
    Status.COMPLETED: "task-hint-confirm",
}


class Wanted(Protocol):
    """How a request's task should stand."""

    async def __call__(self, scope: Scope, request: Request) -> TaskMark: ...


class TaskChanges:
    """Takes the news of one task into its request."""

    def __init__(
        self, people: People, requests: Requests, cards: Cards, mirror: Mirror, wanted: Wanted
    ) -> None:
        self._people = people
        self._requests = requests
        self._cards = cards
        self._words = TaskWords(requests, mirror)
        self._wanted = wanted

    async def take(
        self, scope: Scope, request: Request, link: links.Link, news: TaskNews, names: Mapping[str, str]
    ) -> bool:
        """All that is new; True when anything was. ``names`` of the portal's users, by id, as far as known."""
        fresh = await fresh_words(scope, link, news)
        case = Case(self._people, scope, request, link, news, names, fresh)
        changed = await self._take_state(case)
        changed = await self._words.take(case) or changed
        return await self._words.take_edits(case) or changed

    async def _take_state(self, case: Case) -> bool:
        state, data = case.news.state, case.link.data
        if state is None or not data.get("mark"):
            return False
        found = TaskMark.of(state)
        changed = by_hand(TaskMark.load(data["mark"]), await self._wanted(case.scope, case.request), found)
        if not changed.any:
            return False
        await case.remember(mark=found.dump())
        if changed.responsible:
            await self._new_responsible(case, state)
        if changed.deadline:
            await self._new_deadline(case, state)
        if changed.status:
            await self._new_status(case, state)
        return True

    async def _new_responsible(self, case: Case, state: TaskState) -> None:
        if state.responsible_id is None:
            return
        heir = await case.person(state.responsible_id)
        scope = await case.acting(state.changed_by)
        try:
            async with scope.attempt():
                case.request = await self._requests.hand_over(scope, case.request.id, heir.id)
        except Refused as refusal:
            if refusal.code != "already-responsible":
                await self._put_back(case, scope.text(f"error-{refusal.code}", **refusal.params))

    async def _new_deadline(self, case: Case, state: TaskState) -> None:
        """The day somebody promised in the task is the request's from now on; the derivation no longer holds."""
        scope, request = await case.acting(state.changed_by), case.request
        before, after = request.due.solution, state.deadline
        data = {"from": _iso(before), "to": _iso(after)}
        what = "deadline_changed" if after else "deadline_removed"
        fact = Fact(what, scope.now, *_who(scope), "", data)
        await request_history.append_fact(scope.tx, scope.portal.id, request.id, fact)
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

    async def _new_status(self, case: Case, state: TaskState) -> None:
        scope = await case.acting(state.status_changed_by or state.changed_by)
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
                await request_history.append_fact(scope.tx, scope.portal.id, case.request.id, fact)

    async def _completed(self, case: Case, scope: Scope) -> None:
        """Completed by hand is an answer: the last words in the chat, else a plain sentence."""
        if case.request.status in {Status.ANSWERED, Status.COMPLETED, Status.WAITING}:
            await self._refuse(case, scope, _HINTS[case.request.status])
            return
        words, origin = await self._last_words(case)
        text = words or scope.speaking(scope.portal.language).text("task-answer-default")
        await self._move(case, scope, Action.ANSWER, text, origin)

    async def _move(
        self,
        case: Case,
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

    async def _refuse(self, case: Case, scope: Scope, hint: str) -> None:
        desk = scope.speaking(scope.portal.language)
        status = self._cards.status(desk, case.request)
        words = desk.text("task-not-allowed", number=case.request.number, status=status, hint=desk.text(hint))
        await self._put_back(case, words)

    @staticmethod
    async def _put_back(case: Case, words: str) -> None:
        """The task as the request wants it, and why."""
        for kind, more in (("task.sync", {}), ("task.say", {"text": words})):
            body: dict[str, Any] = {"request_id": case.request.id, **more}
            await outgoing.put(case.scope, f"task:{case.request.id}", kind, body, request_id=case.request.id)

    async def _last_words(self, case: Case) -> tuple[str, MessageRef | None]:
        """The last thing support wrote in the chat since the requester spoke; with its message if nobody had it."""
        since = await self._requester_spoke_at(case)
        fresh = {word.message_id for word in case.fresh}
        ours = await case.ours()
        for word in reversed(case.news.words or ()):
            if not word.is_person or word.message_id in ours or not word.text.strip():
                continue
            if since is not None and word.at < since:
                break
            if not without_mark(word.text)[1] and not await case.is_requester(word.author):
                ref = MessageRef(case.chat, word.message_id) if word.message_id in fresh else None
                return word.text.strip(), ref
        return "", None

    @staticmethod
    async def _requester_spoke_at(case: Case) -> Any:
        history = await request_history.history(case.scope.tx, case.scope.portal.id, case.request.id)
        spoken = {"requester_wrote", "replied", "chosen", "objected", "reopened"}
        return max((fact.at for fact in history if fact.what in spoken), default=None)


def users_in(news: Sequence[TaskNews]) -> set[str]:
    """Everybody who may have to be named."""
    found: set[str] = set()
    for one in news:
        if one.state is not None:
            found |= {one.state.changed_by or "", one.state.status_changed_by or ""}
            found.add(one.state.responsible_id or "")
    return found - {"", "0"}


def _who(scope: Scope) -> tuple[int | None, str]:
    return (scope.actor.id, scope.actor.name) if scope.actor else (None, "")


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
