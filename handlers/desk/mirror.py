"""What a person's message becomes elsewhere: which copies belong to it, and that they follow its edits.

A message and its copies are one group (`storage/relayed.py`). The rows written here address a *place* and a group,
not a message: a copy may still wait in the outbox, and rows of one destination leave in order.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.chat import Address, Channel, FileRef, IncomingKind, IncomingMessage, Markup, MessageRef, Reply
from domain.people import Person
from domain.portal import Portal
from domain.requests import Fact, Request
from domain.secrets import blank_secrets
from handlers import outgoing
from handlers.codec import dump, load
from handlers.desk.attachments import Attachments
from handlers.desk.cards import Cards
from handlers.people import People
from handlers.scope import Scope
from storage import attachments as attachment_rows
from storage import links, relayed, request_history
from storage import requests as rows
from storage.attachments import Attachment

PRIVATE, TASK = "private", "task"
NOTE_MARKS = ("//", "заметка:", "note:")
_COPIED = {
    "support_wrote": "support-copied",
    "note": "note-copied",
    "requester_wrote": "requester-copied",
    "replied": "requester-copied",
}
_NUMBER = re.compile(r"[A-Z][A-Z0-9]{0,7}-\d{4}-\d{6,}(?!\d)")
_TOLD = {"support_wrote", "answered", "asked", "not_needed"}
"""Whose words the requester reads; offered variants have buttons of their own and stay as they are."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a person's message stands. ``place``: private | task | thread:<channel>; groups as in relayed.

    ``answers`` is the group of the message it replies to.
    """

    place: str
    group: str | None = None
    answers: str | None = None

    def is_thread(self, channel: Channel) -> bool:
        return self.place == f"thread:{channel}"


async def remember(
    scope: Scope, request: Request, origin: MessageRef | None, what: str, reply_to: str | None = None
) -> Source:
    """Note a message as the origin of all that is made of it. ``what``: the fact's name."""
    if origin is None:
        return Source(PRIVATE)
    place = await _place_of(scope, request, origin.address)
    group = f"{what}:{origin.address}#{origin.message_id}"
    await relayed.add_origin(scope.tx, scope.portal.id, request.id, group, origin)
    answered = None
    if reply_to:
        answered = await relayed.find(scope.tx, scope.portal.id, MessageRef(origin.address, reply_to))
    return Source(place, group, answered.group if answered else None)


async def _place_of(scope: Scope, request: Request, address: Address) -> str:
    if address.home not in {None, scope.portal.id}:
        return PRIVATE
    for link in await links.of_local(scope.tx, scope.portal.id, "request", str(request.id)):
        if link.kind.startswith("thread:") and link.external_id == str(address):
            return link.kind
        if link.kind == TASK and link.data.get("chat") == address.chat:
            return TASK
    return PRIVATE


def origin_of(event: IncomingMessage) -> MessageRef | None:
    """The message an event tells of."""
    return MessageRef(event.address, event.message_id) if event.message_id else None


def without_mark(text: str) -> tuple[str, bool]:
    """Support's words without the mark of a note, and whether they had it (``//`` or «Заметка:»)."""
    stripped = text.strip()
    for mark in NOTE_MARKS:
        if stripped.casefold().startswith(mark):
            return stripped[len(mark) :].strip(), True
    return stripped, False


class Mirror:
    """Edits and deletions carried to the copies."""

    def __init__(
        self,
        people: People,
        cards: Cards,
        attachments: Attachments,
        thread_channels: Callable[[Portal], Sequence[Channel]],
    ) -> None:
        self._people = people
        self._cards = cards
        self._attachments = attachments
        self._thread_channels = thread_channels

    async def changed(self, scope: Scope, event: IncomingMessage) -> bool:
        """An edited or deleted message: its copies follow. False when it is none of ours."""
        origin = origin_of(event)
        known = await relayed.find(scope.tx, scope.portal.id, origin) if origin else None
        if known is None or known.role != relayed.ORIGIN:
            return False
        request = await rows.load(scope.tx, scope.portal.id, known.request_id, for_update=True)
        if request is None:
            return False
        if event.kind is IncomingKind.DELETED:
            await self._deleted(scope, request, known)
        else:
            await self._edited(scope, request, known, event)
        return True

    async def _edited(
        self, scope: Scope, request: Request, known: relayed.Relayed, event: IncomingMessage
    ) -> None:
        what = known.group.partition(":")[0]
        text, marked = without_mark(event.text)
        clean, _ = blank_secrets(text if what in {"note", "support_wrote"} else event.text.strip())
        source = await _place_of(scope, request, known.ref.address)
        await self._new_files(scope, request, known.group, source, event.files)
        if not clean:
            return
        if what == "support_wrote" and marked:  # taken back inside: the requester's copy goes
            await self._note(scope, request, "edited", clean)
            await self._retract_requester(scope, request, known.group)
            await self._amend(scope, request, known.group, source, self._fact(scope, "note", clean))
            return
        fact = self._fact(scope, what, clean)
        await self._note(scope, request, "edited", clean)
        await self._amend(scope, request, known.group, source, fact)
        await self._amend_requester(scope, request, known.group, fact)

    async def _deleted(self, scope: Scope, request: Request, known: relayed.Relayed) -> None:
        await self._note(scope, request, "deleted", "")
        source = await _place_of(scope, request, known.ref.address)
        for channel in self._thread_channels(scope.portal):
            if source != f"thread:{channel}":
                await self._thread(scope, request, channel, "thread.retract", known.group)
        if source != TASK:
            await self._task(scope, request, "task.retract", known.group)
        if source != PRIVATE:
            await self._retract_requester(scope, request, known.group)

    async def replied_to(self, scope: Scope, event: IncomingMessage) -> Request | None:
        """The request to which the message that an event replies to belongs."""
        if not event.reply_to:
            return None
        ref = MessageRef(event.address, event.reply_to)
        known = await relayed.find(scope.tx, scope.portal.id, ref)
        return await rows.load(scope.tx, scope.portal.id, known.request_id) if known else None

    # --- spare threads ----------------------------------------------------------------------------------

    async def spare(self, scope: Scope, event: IncomingMessage) -> tuple[str, str] | None:
        """Words in a thread that is titled like a request's but isn't its thread: number and the right one's title.

        Such a thread is left by a create whose answer was lost; it is closed.
        """
        if event.address.home not in {None, scope.portal.id}:
            return None
        found = _NUMBER.match(event.place_title or "")
        request = await rows.by_number(scope.tx, scope.portal.id, found[0]) if found else None
        if request is None:
            return None
        kind = f"thread:{event.channel}"
        thread = await links.get(scope.tx, scope.portal.id, kind, "request", str(request.id))
        if thread is None or thread.external_id == str(event.address):
            return None
        await self.close_spare(scope, request, event.address)
        return request.number, str(thread.data.get("title") or request.number)

    @staticmethod
    async def close_spare(scope: Scope, request: Request, address: Address) -> None:
        """A row that closes a thread nobody is to write in."""
        body = {"request_id": request.id, "channel": address.channel.value, "address": dump(address)}
        await outgoing.put(
            scope,
            f"thread:{address.channel}:{request.id}",
            "thread.spare",
            body,
            once=f"spare:{address}",
            request_id=request.id,
        )

    # --- the copies -------------------------------------------------------------------------------------

    async def _amend(self, scope: Scope, request: Request, group: str, source: str, fact: Fact) -> None:
        """New words for the copies of the desk: threads and task."""
        desk = scope.speaking(scope.portal.language)
        reply = Reply(self._marked(desk, self._thread_text(desk, fact)))
        for channel in self._thread_channels(scope.portal):
            if source != f"thread:{channel}":
                await self._thread(scope, request, channel, "thread.amend", group, reply=dump(reply))
        if source != TASK:
            text = self._marked(desk, self._cards.fact(desk, fact))
            await self._task(scope, request, "task.amend", group, text=text)

    def _thread_text(self, desk: Scope, fact: Fact) -> str:
        key = _COPIED.get(fact.what)
        return desk.text(key, who=fact.who_name, text=fact.text) if key else self._cards.fact(desk, fact)

    @staticmethod
    def _marked(scope: Scope, body: str) -> str:
        return scope.text("mirror-edited", body=Markup(body))

    async def _amend_requester(self, scope: Scope, request: Request, group: str, fact: Fact) -> None:
        person = await self._requester(scope, request)
        if person is None or fact.what not in _TOLD:
            return
        theirs = scope.speaking(person.language)
        key = f"told-{fact.what}".replace("_", "-")
        text = theirs.text(
            key, number=request.number, subject=request.subject, who=fact.who_name, text=fact.text
        )
        buttons = self._cards.requester_buttons(theirs, request) if request.is_open else ()
        reply = Reply(self._marked(theirs, text), buttons)
        for address in _homes(person):
            await self._private(scope, request, address, "copy.amend", group, reply=dump(reply))

    async def _retract_requester(self, scope: Scope, request: Request, group: str) -> None:
        person = await self._requester(scope, request)
        for address in _homes(person) if person else ():
            await self._private(scope, request, address, "copy.retract", group)

    async def _requester(self, scope: Scope, request: Request) -> Person | None:
        return await self._people.load(scope, request.requester_id) if request.requester_id else None

    # --- files put into a message afterwards ------------------------------------------------------------

    async def _new_files(
        self, scope: Scope, request: Request, group: str, source: str, files: Sequence[FileRef]
    ) -> None:
        """An edit tells of all files of a message; the ones that are new go where its words went."""
        if not files:
            return
        had = await attachment_rows.of_request(scope.tx, request.id)
        fresh = [file for file in files if not any(_same(file, one) for one in had)]
        for kept in await self._attachments.keep_for(scope, request.id, fresh):
            if source != TASK:
                await self._task(scope, request, "task.attach", None, attachment_id=kept.id)
            for channel in self._thread_channels(scope.portal):
                if source != f"thread:{channel}":
                    await self._thread(scope, request, channel, "thread.file", group, attachment_id=kept.id)

    # --- rows -------------------------------------------------------------------------------------------

    def _fact(self, scope: Scope, what: str, text: str) -> Fact:
        actor = scope.actor
        return Fact(what, scope.now, actor.id if actor else None, actor.name if actor else "", text)

    async def _note(self, scope: Scope, request: Request, what: str, text: str) -> None:
        await request_history.append_fact(
            scope.tx, scope.portal.id, request.id, self._fact(scope, what, text)
        )

    async def _thread(
        self, scope: Scope, request: Request, channel: Channel, kind: str, group: str, **more: Any
    ) -> None:
        body = {"request_id": request.id, "channel": channel.value, "copy_of": group, **more}
        await outgoing.put(scope, f"thread:{channel}:{request.id}", kind, body, request_id=request.id)

    async def _task(self, scope: Scope, request: Request, kind: str, group: str | None, **more: Any) -> None:
        body = {"request_id": request.id, "copy_of": group, **more}
        await outgoing.put(scope, f"task:{request.id}", kind, body, request_id=request.id)

    async def _private(
        self, scope: Scope, request: Request, address: Address, kind: str, group: str, **more: Any
    ) -> None:
        body = {"request_id": request.id, "address": dump(address), "copy_of": group, **more}
        await outgoing.put(scope, str(address), kind, body, request_id=request.id, home=address.home)


def _homes(person: Person) -> list[Address]:
    """Every place where the person may have read: he may have changed messengers since."""
    return [Address(channel, account, home=person.portal_id) for channel, account in person.accounts.items()]


def _same(file: FileRef, kept: Attachment) -> bool:
    """Telegram may give a file another id when it tells of it again."""
    source = load(FileRef, kept.source) if kept.source else None
    if source is None or source.channel is not file.channel:
        return False
    return source.file_id == file.file_id or (
        bool(file.name) and (source.name, source.size) == (file.name, file.size)
    )
