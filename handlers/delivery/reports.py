"""Delivering what is rendered at the last moment: the queue card, the weekly digest with its picture, the export."""

import asyncio
from datetime import datetime

import structlog

from domain.chat import Address, FileContent, MessageRef, Reply
from domain.errors import Permanent, Temporary
from domain.ports import Messenger
from handlers.codec import dump, load
from handlers.deliveries import Deliver
from handlers.delivery.edits import edited
from handlers.desk import export, queue, reports
from handlers.outside import OutsideOf
from handlers.pictures import Draw
from handlers.scope import Scopes
from storage import links, people
from storage.outbox import Delivery

log = structlog.get_logger()

MIME = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class ReportDelivery:
    """Kinds ``queue.card``, ``digest.post`` and ``export.post``."""

    def __init__(self, scopes: Scopes, outside: OutsideOf, draw: Draw) -> None:
        self._scopes = scopes
        self._outside = outside
        self._draw = draw

    def kinds(self) -> dict[str, Deliver]:
        return {"queue.card": self._queue, "digest.post": self._digest, "export.post": self._export}

    def _messenger(self, delivery: Delivery, address: Address) -> Messenger:
        messenger = self._outside(delivery.portal_id).messengers.get(address.channel)
        if messenger is None:
            raise Permanent("messenger-off", address.channel)
        return messenger

    # --- the queue --------------------------------------------------------------------------------------

    async def _queue(self, delivery: Delivery) -> None:
        """The card as it is now: edited where it stands, or anew at the end of the chat."""
        address = load(Address, delivery.payload["address"])
        messenger = self._messenger(delivery, address)
        async with self._scopes.reading(delivery.portal_id) as scope:
            link = await links.get(scope.tx, delivery.portal_id, queue.KIND, queue.PLACE, str(address))
            if link is None:  # put away meanwhile
                return
            card = await queue.render(scope, link)
            over = Reply(scope.text("queue-not-yours"))
        ref = load(MessageRef, link.data["ref"]) if link.data.get("ref") else None
        shown = queue.digest(card or over)
        if ref is not None and not delivery.payload["fresh"]:
            if shown == link.data.get("digest"):
                return
            if await edited(messenger, ref, card or over):
                await self._remember(delivery, address, ref, shown, keep=card is not None)
                return
        if card is None:
            await self._remember(delivery, address, ref, shown, keep=False)
            return
        sent = await messenger.send(address, card)
        await self._remember(delivery, address, sent.refs[-1], shown, keep=True)
        if ref is not None:
            await self._take_back(messenger, ref)

    async def _remember(
        self, delivery: Delivery, address: Address, ref: MessageRef | None, shown: str, *, keep: bool
    ) -> None:
        place = (delivery.portal_id, queue.KIND, queue.PLACE, str(address))
        async with self._scopes.writing(delivery.portal_id) as scope:
            if keep and ref is not None:
                await links.merge(scope.tx, *place, ref=dump(ref), digest=shown)
            else:
                await links.remove(scope.tx, *place)

    @staticmethod
    async def _take_back(messenger: Messenger, ref: MessageRef) -> None:
        """The card that stood higher up; if it can't be taken back it merely stays there."""
        try:
            await messenger.delete(ref)
        except (Permanent, Temporary) as failure:
            log.info("old queue card stays", code=failure.code)

    # --- digest and export ------------------------------------------------------------------------------

    async def _digest(self, delivery: Delivery) -> dict[str, str]:
        """The week's picture with the figures as its caption."""
        data = delivery.payload
        address = load(Address, data["address"])
        messenger = self._messenger(delivery, address)
        start, end = (datetime.fromisoformat(data[name]) for name in ("start", "end"))
        async with self._scopes.reading(delivery.portal_id) as scope:
            text, week = await reports.digest(scope.speaking(data["language"]), start, end)
        picture = await asyncio.to_thread(self._draw, week)
        file = FileContent("concierge-week.png", picture, "image/png")
        sent = await messenger.send_file(address, file, text)
        return {"message_id": sent.first.message_id}

    async def _export(self, delivery: Delivery) -> dict[str, str]:
        """The file for whoever asked, with what he may see at the moment of sending."""
        data = delivery.payload
        address, kind = load(Address, data["address"]), data["format"]
        messenger = self._messenger(delivery, address)
        async with self._scopes.reading(delivery.portal_id) as scope:
            person = await people.load(scope.tx, delivery.portal_id, data["person_id"])
            if person is None:
                raise Permanent("no-such-person", str(data["person_id"]))
            theirs = scope.speaking(person.language)
            table = await export.collect(theirs, person)
            zone, now = scope.portal.desk.zone, scope.now.astimezone(scope.portal.desk.zone)
        if kind == "csv":
            content = await asyncio.to_thread(export.as_csv, table)
        else:
            content = await asyncio.to_thread(export.as_xlsx, table, theirs.text, zone)
        file = FileContent(export.file_name(kind, now), content, MIME[kind])
        caption = theirs.text("export-caption", at=now, count=len(table))
        sent = await messenger.send_file(address, file, caption)
        return {"message_id": sent.first.message_id}
