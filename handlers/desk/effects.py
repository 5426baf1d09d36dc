"""What follows from a fact of a request: rows for the task, the threads and the requester, all in one transaction.

Nothing returns to where it came from. Threads and the task are addressed by request, since they may not exist yet.
"""

from collections.abc import Callable, Sequence
from typing import Any

from domain.chat import Address, Button, Channel, IncomingMessage, MessageRef, Reply
from domain.portal import Portal
from domain.requests import Action, Fact, Request
from handlers import outgoing, webhooks
from handlers.codec import dump
from handlers.desk import mirror
from handlers.desk.cards import Cards, option_buttons, texts_of
from handlers.desk.circle import Circle
from handlers.people import People, reach, reachable
from handlers.rights import Rights
from handlers.scope import Scope
from storage.attachments import Attachment

ThreadChannels = Callable[[Portal], Sequence[Channel]]
"""In which messengers a portal's support has threads."""

_TOLD = {
    Action.TAKE, Action.ASK, Action.OFFER, Action.ANSWER, Action.NOT_NEEDED, Action.MERGE, Action.CLOSE,
    Action.OBJECT,
}  # fmt: skip


class Effects:
    """Writes the outbox rows of the desk."""

    def __init__(self, people: People, cards: Cards, thread_channels: ThreadChannels) -> None:
        self._people = people
        self._cards = cards
        self._thread_channels = thread_channels
        self._circle = Circle(people, cards)
        self._rights = Rights(people)

    async def filed(self, scope: Scope, request: Request, attachment_ids: Sequence[int]) -> None:
        """A new request: its task, its threads, its files in both."""
        await webhooks.of_request(scope, "request.filed", request)
        await self._task(scope, request, "task.create")
        for channel in self._thread_channels(scope.portal):
            await self._thread(scope, request, channel, "thread.create")
        for attachment_id in attachment_ids:
            await self._task(scope, request, "task.attach", attachment_id=attachment_id)
            for channel in self._thread_channels(scope.portal):
                await self._thread(scope, request, channel, "thread.file", attachment_id=attachment_id)

    async def moved(
        self,
        scope: Scope,
        after: Request,
        action: Action,
        fact: Fact,
        origin: MessageRef | None,
        files: Sequence[Attachment],
    ) -> None:
        """A move was made: cards edited, the task follows, the requester and the threads are told."""
        await webhooks.of_request(scope, "request.moved", after, action=action.value)
        if action is Action.REOPEN:
            await self._thread_state(scope, after)
        await self._refresh(scope, after)
        desk = scope.speaking(scope.portal.language)
        source = await mirror.remember(scope, after, origin, fact.what)
        await self._task(scope, after, "task.sync")
        await self._say(scope, after, self._cards.fact(desk, fact), source)
        line = Reply(self._cards.fact(desk, fact))
        for channel in self._thread_channels(scope.portal):
            if not source.is_thread(channel):
                await self._thread(
                    scope, after, channel, "thread.post", reply=dump(line), copy_of=source.group
                )
        own = fact.who_id is not None and fact.who_id == after.requester_id
        told = action in _TOLD and not (own and action in {Action.CLOSE, Action.OBJECT})
        if told:
            await self._tell(scope, after, _told_key(fact), fact, source)
            await self._files_to_requester(scope, after, files, source)
        for file in files:
            await self._files_to_desk(scope, after, file, source)
        await self._circle.moved(scope, after, action, fact)
        if not after.is_open:
            await self._thread_state(scope, after)

    async def changed(self, scope: Scope, request: Request, fact: Fact) -> None:
        """Support changed what is no move: the desk sees it, the requester is told, the new responsible too."""
        await webhooks.of_request(scope, "request.changed", request, what=fact.what)
        await self._refresh(scope, request)
        await self._task(scope, request, "task.sync")
        await self.line(scope, request, fact)
        await self._tell(scope, request, _told_key(fact), fact, mirror.Source(mirror.PRIVATE))
        if heir := fact.data.get("person") if fact.what == "handed_over" else None:
            await self._tell_heir(scope, request, int(heir))

    async def recorded(
        self, scope: Scope, request: Request, fact: Fact, attachment_ids: Sequence[int]
    ) -> None:
        """Something for the desk to read: a line in threads and task, the card anew, files that came with it."""
        await self._refresh(scope, request)
        await self.line(scope, request, fact)
        for attachment_id in attachment_ids:
            await self._task(scope, request, "task.attach", attachment_id=attachment_id)
            for channel in self._thread_channels(scope.portal):
                await self._thread(scope, request, channel, "thread.file", attachment_id=attachment_id)

    async def _tell_heir(self, scope: Scope, request: Request, person_id: int) -> None:
        person = await self._people.load(scope, person_id)
        if person is None or (scope.actor and scope.actor.id == person_id):
            return
        theirs = scope.speaking(person.language)
        text = theirs.text("handed-to-you", number=request.number, subject=request.subject)
        card = Button(theirs.text("button-open-card"), f"r:card:{request.id}")
        if address := reach(person, Channel.BITRIX24):
            await outgoing.post(scope, address, Reply(text, ((card,),)), request_id=request.id)

    async def line(self, scope: Scope, request: Request, fact: Fact) -> None:
        """A line of history as the desk reads it: in every thread and in the task."""
        desk = scope.speaking(scope.portal.language)
        text = self._cards.fact(desk, fact)
        await self._task(scope, request, "task.say", text=text, copy_of=None, answers=None)
        for channel in self._thread_channels(scope.portal):
            await self._thread(scope, request, channel, "thread.post", reply=dump(Reply(text)), copy_of=None)

    async def support_wrote(
        self,
        scope: Scope,
        request: Request,
        fact: Fact,
        event: IncomingMessage,
        files: Sequence[Attachment],
        *,
        inside: bool,
    ) -> None:
        """Support's words: to the requester (a note isn't), the task, and the thread in the other messenger."""
        desk = scope.speaking(scope.portal.language)
        key = "note-copied" if inside else "support-copied"
        copy = Reply(desk.text(key, who=fact.who_name, text=fact.text))
        source = await self._source(scope, request, fact, event)
        await self._say(scope, request, self._cards.fact(desk, fact), source)
        await self._to_other_threads(scope, request, copy, fact, source)
        for file in files:
            await self._files_to_desk(scope, request, file, source)
        if inside:
            return
        await webhooks.of_request(scope, "request.words", request, by="support")
        await self._refresh(scope, request)
        if fact.text:
            await self._tell(scope, request, "told-support-wrote", fact, source)
        await self._files_to_requester(scope, request, files, source)

    async def said(self, scope: Scope, request: Request, fact: Fact) -> None:
        """Support's words that came from no message: to the requester, the task, and every thread."""
        desk, source = scope.speaking(scope.portal.language), mirror.Source(mirror.PRIVATE)
        await self._say(scope, request, self._cards.fact(desk, fact), source)
        copy = Reply(desk.text("support-copied", who=fact.who_name, text=fact.text))
        await self._to_other_threads(scope, request, copy, fact, source)
        await webhooks.of_request(scope, "request.words", request, by="support")
        await self._refresh(scope, request)
        await self._tell(scope, request, "told-support-wrote", fact, source)

    async def requester_wrote(
        self,
        scope: Scope,
        request: Request,
        fact: Fact,
        event: IncomingMessage,
        files: Sequence[Attachment],
    ) -> None:
        """The requester's words: to the task and every thread."""
        source = await self._source(scope, request, fact, event)
        await self._requester_said(scope, request, fact, source)
        for file in files:
            await self._files_to_desk(scope, request, file, source)
        await self._refresh(scope, request)

    async def written(self, scope: Scope, request: Request, fact: Fact) -> None:
        """The requester's words that came from no message."""
        await self._requester_said(scope, request, fact, mirror.Source(mirror.PRIVATE))
        await self._refresh(scope, request)

    async def _requester_said(
        self, scope: Scope, request: Request, fact: Fact, source: mirror.Source
    ) -> None:
        if fact.what == "replied":
            await webhooks.of_request(scope, "request.moved", request, action=Action.REPLY.value)
        await webhooks.of_request(scope, "request.words", request, by="requester")
        desk = scope.speaking(scope.portal.language)
        copy = Reply(desk.text("requester-copied", who=fact.who_name, text=fact.text))
        await self._task(scope, request, "task.sync")
        await self._say(scope, request, self._cards.fact(desk, fact), source)
        await self._to_other_threads(scope, request, copy, fact, source)

    @staticmethod
    async def _source(scope: Scope, request: Request, fact: Fact, event: IncomingMessage) -> mirror.Source:
        return await mirror.remember(scope, request, mirror.origin_of(event), fact.what, event.reply_to)

    # --- to the requester --------------------------------------------------------------------------------

    async def _tell(
        self, scope: Scope, request: Request, key: str, fact: Fact, source: mirror.Source
    ) -> None:
        address = await self._requester_address(scope, request)
        if address is None or request.requester_id is None:
            return
        person = await self._people.load(scope, request.requester_id)
        theirs = scope.speaking(person.language if person else scope.portal.language)
        text = theirs.text(
            key,
            **texts_of(fact),
            number=request.number,
            subject=request.subject,
            who=fact.who_name,
            text=fact.text,
        )
        parts = await self._rights.parts(scope, request, person)
        buttons = self._cards.requester_buttons(theirs, request, parts=parts)
        if fact.what == "offered":
            buttons = option_buttons(request, fact) + buttons
        await outgoing.post(
            scope,
            address,
            Reply(text, buttons),
            request_id=request.id,
            copy_of=source.group,
            answers=source.answers,
        )

    async def _requester_address(self, scope: Scope, request: Request) -> Address | None:
        if request.requester_id is None:
            return None
        person = await self._people.load(scope, request.requester_id)
        return reachable(person, request.channel) if person else None

    # --- to the desk -------------------------------------------------------------------------------------

    async def _to_other_threads(
        self,
        scope: Scope,
        request: Request,
        copy: Reply,
        fact: Fact,
        source: mirror.Source,
    ) -> None:
        for channel in self._thread_channels(scope.portal):
            if source.is_thread(channel) or not fact.text:
                continue
            await self._thread(
                scope,
                request,
                channel,
                "thread.post",
                reply=dump(copy),
                copy_of=source.group,
                answers=source.answers,
            )

    async def _files_to_desk(
        self, scope: Scope, request: Request, file: Attachment, source: mirror.Source
    ) -> None:
        """A file to the task and to every thread it doesn't stand in already."""
        await self._task(scope, request, "task.attach", attachment_id=file.id)
        for channel in self._thread_channels(scope.portal):
            if not source.is_thread(channel):
                await self._thread(
                    scope, request, channel, "thread.file", attachment_id=file.id, copy_of=source.group
                )

    async def _files_to_requester(
        self, scope: Scope, request: Request, files: Sequence[Attachment], source: mirror.Source
    ) -> None:
        address = await self._requester_address(scope, request)
        for file in files if address else ():
            payload = {"address": dump(address), "attachment_id": file.id, "request_id": request.id}
            payload["copy_of"] = source.group
            home = address.home if address else None
            await outgoing.put(scope, str(address), "file.post", payload, request_id=request.id, home=home)

    async def _refresh(self, scope: Scope, request: Request) -> None:
        """Support's cards are rendered when they are delivered, so one waiting row is enough."""
        for channel in self._thread_channels(scope.portal):
            await self._thread(scope, request, channel, "thread.card", once=f"card:{request.id}:{channel}")

    async def _thread_state(self, scope: Scope, request: Request) -> None:
        """Close or open the threads as the request is when this is delivered."""
        for channel in self._thread_channels(scope.portal):
            await self._thread(scope, request, channel, "thread.state", once=f"state:{request.id}:{channel}")

    async def _thread(
        self,
        scope: Scope,
        request: Request,
        channel: Channel,
        kind: str,
        *,
        once: str | None = None,
        **payload: Any,
    ) -> None:
        body = {"request_id": request.id, "channel": channel.value, **payload}
        destination = f"thread:{channel}:{request.id}"
        await outgoing.put(scope, destination, kind, body, once=once, request_id=request.id)

    async def _say(self, scope: Scope, request: Request, text: str, source: mirror.Source) -> None:
        """Words for the task's chat, unless they were written there."""
        if source.place != mirror.TASK:
            await self._task(
                scope, request, "task.say", text=text, copy_of=source.group, answers=source.answers
            )

    async def _task(self, scope: Scope, request: Request, kind: str, **payload: Any) -> None:
        body = {"request_id": request.id, **payload}
        await outgoing.put(scope, f"task:{request.id}", kind, body, request_id=request.id)


def _told_key(fact: Fact) -> str:
    return f"told-{fact.what}".replace("_", "-")
