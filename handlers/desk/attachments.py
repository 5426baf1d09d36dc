"""Files that people send: accepted at once, fetched from the messenger when they are needed, kept in our store."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from domain.chat import Address, Button, Channel, FileContent, FileRef, Reply, Sent
from domain.errors import Permanent, Refused
from domain.files import UNKNOWN, safe_name, sniff, true_name
from domain.ports import FileStore, Lane, Messenger
from handlers import outgoing
from handlers.codec import dump, load
from handlers.conversations import Turn
from handlers.desk.file_links import FileLinks
from handlers.outside import OutsideOf
from handlers.scope import Scope, Scopes
from storage import attachments as rows

MAX_BYTES = {Channel.BITRIX24: 100 * 2**20, Channel.TELEGRAM: 20 * 2**20}
"""What the messengers let us fetch (facts: Bitrix24 100 MB, Telegram's bots 20 MB)."""
SENT_TO = "sent_to"
"""Where a file's source keeps the place it was sent to."""
AT_ONCE = 3
"""Files on their way between messenger, store and task: each is in memory meanwhile."""
TOLD = frozenset({"file-too-large", "file-gone"})


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one sent file; ``refusal`` is for the person."""

    id: int
    name: str
    refusal: str = ""

    @property
    def accepted(self) -> bool:
        return not self.refusal


class Attachments:
    """The files of requests."""

    def __init__(
        self,
        scopes: Scopes,
        store: FileStore,
        outside: OutsideOf,
        links: FileLinks | None = None,
        *,
        max_bytes: int = max(MAX_BYTES.values()),
    ) -> None:
        self._links = links
        self._scopes = scopes
        self._max_bytes = max_bytes
        self._in_memory = asyncio.Semaphore(AT_ONCE)
        self._store = store
        self._outside = outside
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def keep(self, turn: Turn, file: FileRef) -> Kept:
        """Take a file into the person's draft."""
        name = safe_name(file.name) if file.name else turn.text("file-unnamed")
        limit = self.limit(file.channel)
        if file.size is not None and file.size > limit:
            return Kept(0, name, turn.text("error-file-too-large", name=name, limit_mb=limit // 2**20))
        row_id = await rows.insert(
            turn.scope.tx,
            turn.portal.id,
            name=name,
            size=file.size,
            mime=file.mime or mimetypes.guess_type(name)[0],
            source={**dump(file), SENT_TO: dump(turn.event.address)},
            draft_person_id=turn.person.id,
            now=turn.scope.now,
        )
        return Kept(row_id, name)

    async def keep_for(
        self, scope: Scope, request_id: int, files: Sequence[FileRef], sent_to: Address | None = None
    ) -> list[rows.Attachment]:
        """Take files that were sent within a request. Refused("file-too-large") before any is taken.

        ``sent_to``: where somebody should hear it when a file turns out not to be had.
        """
        for file in files:
            limit = self.limit(file.channel)
            if file.size is not None and file.size > limit:
                raise Refused("file-too-large", name=safe_name(file.name), limit_mb=limit // 2**20)
        kept = []
        home = (sent_to.home if sent_to else None) or scope.portal.id
        for file in files:
            name = safe_name(file.name) if file.name else scope.text("file-unnamed")
            row_id = await rows.insert(
                scope.tx,
                home,
                name=name,
                size=file.size,
                mime=file.mime or mimetypes.guess_type(name)[0],
                source={**dump(file), SENT_TO: dump(sent_to) if sent_to else None},
                request_id=request_id,
                now=scope.now,
            )
            kept.append(rows.Attachment(row_id, home, request_id, name, file.size))
        return kept

    async def drop(self, turn: Turn, ids: Sequence[int]) -> None:
        """The draft was given up: forget its files."""
        await rows.forget(turn.scope.tx, turn.portal.id, ids)

    async def content(self, portal_id: int, attachment_id: int) -> FileContent:
        """The file itself, fetched from the messenger at its first use. No transaction is open meanwhile.

        Permanent("file-gone") when the messenger no longer has it, Refused("file-too-large") beyond the limit;
        whoever sent it is told so once, for he couldn't know.
        """
        # Task and threads ask at the same time: one fetches, the others find it in the store.
        lock = self._locks.setdefault(attachment_id, asyncio.Lock())
        async with lock:
            return await self._content(portal_id, attachment_id)

    @asynccontextmanager
    async def held(self, portal_id: int, attachment_id: int) -> AsyncIterator[FileContent]:
        """The file while somebody is handing it on. Few are held at once, so that memory stays bounded."""
        async with self._in_memory:
            yield await self.content(portal_id, attachment_id)

    async def send(
        self, messenger: Messenger, to: Address, portal_id: int, attachment_id: int, content: FileContent
    ) -> Sent:
        """The file to a place; where the messenger takes none so large, a link that expires, if there can be one."""
        try:
            return await messenger.send_file(to, content)
        except Refused as refusal:
            if refusal.code != "file-too-large" or self._links is None:
                raise
            link = await self._links.link(portal_id, attachment_id)
            if link is None:
                raise
            async with self._scopes.reading(portal_id) as scope:
                desk = scope.speaking(scope.portal.language)
                words = desk.text("file-by-link", name=content.name, hours=self._links.hours)
                button = Button(desk.text("button-file-link"), link=link)
            return await messenger.send(to, Reply(words, ((button,),)), lane=Lane.DESK)

    async def _content(self, portal_id: int, attachment_id: int) -> FileContent:
        async with self._scopes.reading(portal_id) as scope:
            row = await rows.load_anywhere(scope.tx, attachment_id)
            at_desk = row is not None and scope.customer(row.portal_id).served_at == portal_id
        if row is None or row.state == rows.ERASED or not (at_desk or row.portal_id == portal_id):
            raise Permanent("file-gone", f"attachment {attachment_id}")
        if row.store_key:
            return FileContent(row.name, await self._store.get(row.store_key), row.mime or UNKNOWN)
        key = rows.key_of(row.portal_id, attachment_id)
        try:
            content = await self._fetch(row)
        except (Refused, Permanent) as failure:
            if failure.code != "file-gone" or await self._store.size(key) is None:
                await self._give_up(row, failure)
                raise
            # A process that died here had put it away already; meanwhile the messenger has forgotten it.
            content = _named(row.name, await self._store.get(key))
        else:
            await self._store.put(key, content.data, content.name, content.mime)
        async with self._scopes.writing(row.portal_id) as scope:
            await rows.mark_stored(
                scope.tx, attachment_id, key, len(content.data), name=content.name, mime=content.mime
            )
        return content

    async def _give_up(self, row: rows.Attachment, failure: Refused | Permanent) -> None:
        """The file can't be had: the row says why, and so does a message to its sender."""
        async with self._scopes.writing(row.portal_id) as scope:
            if not await rows.mark_refused(scope.tx, row.id, str(failure)) or failure.code not in TOLD:
                return
            if place := row.source.get(SENT_TO):
                words = scope.text(f"error-{failure.code}", **{**failure.params, "name": row.name})
                await outgoing.post(scope, load(Address, place), Reply(words), urgent=True)

    async def _fetch(self, row: rows.Attachment) -> FileContent:
        ref = load(FileRef, row.source)
        content = await self._outside(row.portal_id).messengers[ref.channel].fetch_file(ref)
        limit = self.limit(ref.channel)
        if len(content.data) > limit:
            raise Refused("file-too-large", name=row.name, limit_mb=limit // 2**20)
        return _named(row.name if ref.name else content.name, content.data)

    def limit(self, channel: Channel) -> int:
        """In bytes: what the messenger hands over, or less where the settings say so."""
        return min(MAX_BYTES[channel], self._max_bytes)


def _named(name: str, data: bytes) -> FileContent:
    """A file by what it is; neither the messenger's type nor the sender's ending is believed."""
    mime = sniff(data)
    return FileContent(true_name(name, mime), data, mime)
