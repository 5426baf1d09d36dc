"""One request of the desk per cause of failure, not per row: filed by one tap, told of repetitions, answered when over.

The service answers as support's own voice would; that it is solved says the requester, as everywhere else.
"""

from datetime import timedelta

from domain.chat import Channel, Markup
from domain.errors import Refused
from domain.markup import plain_text
from domain.portal import Hotel
from domain.requests import Action, Part, Request, RequestType, Status
from domain.sync_causes import ALL, cause_of
from handlers.desk.requests import RequestForm, Requests
from handlers.scope import Scope
from handlers.sync import failures, layout_memory
from handlers.sync.freshness import freshness
from handlers.sync.report import Report
from handlers.sync.words import cause_words, difference, level_at, reason, stage_titles
from storage import requests as request_rows
from storage import run_items, runs, sync_incidents, sync_states
from storage.run_items import RunItem
from storage.sync_incidents import Incident

KEYS_NAMED = 10
DETAILS_NAMED = 3
LINE_EVERY = timedelta(hours=1)
"""A cause that stays as it is writes no more often into its request."""
ANSWERABLE = frozenset({Status.REGISTERED, Status.IN_PROGRESS})


class Incidents:
    """Files, continues and answers the requests about causes."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    # --- filing -----------------------------------------------------------------------------------------

    async def file(self, scope: Scope, hotel: Hotel, cause: str, channel: Channel) -> tuple[Request, bool]:
        """The request about a cause, and whether it is new; Refused when nothing fails for it any more."""
        if cause not in ALL:
            raise Refused("unknown-button")
        last = await sync_incidents.last_of(scope.tx, hotel.id, cause)
        standing = (
            await request_rows.load(scope.tx, scope.portal.served_at, last.request_id) if last else None
        )
        if last is not None and standing is not None and standing.is_open:
            return standing, False
        records, run_id = await self._failing(scope, hotel, cause)
        if not records:
            raise Refused("sync-cause-over", cause=cause)
        request = await self._requests.file(
            scope.at_desk(), await self._form(scope, hotel, cause, records, run_id, channel)
        )
        if last is not None and last.closed_at is None:  # its request was closed by people meanwhile
            await sync_incidents.change(scope.tx, last.id, closed_at=scope.now)
        await sync_incidents.open_one(
            scope.tx,
            scope.portal.id,
            hotel.id,
            cause,
            request.id,
            records=records,
            run_id=run_id,
            now=scope.now,
        )
        return request, True

    @staticmethod
    async def _failing(scope: Scope, hotel: Hotel, cause: str) -> tuple[int, int | None]:
        """How many records fail for a cause now, or 1 when the last run ended by it; and which run was last."""
        newest = await runs.last(scope.tx, hotel.id, 1)
        run_id = newest[0].id if newest else None
        records = (await failures.causes(scope, hotel)).get(cause, 0)
        error = (await sync_states.load(scope.tx, hotel.id)).last_error
        if not records and error and cause_of(error) == cause:
            records = 1
        return records, run_id

    async def _form(
        self, scope: Scope, hotel: Hotel, cause: str, records: int, run_id: int | None, channel: Channel
    ) -> RequestForm:
        """Everything support needs and nothing personal: numbers of the PMS, no names."""
        desk = scope.speaking(scope.portal.language)
        words = plain_text(cause_words(desk, cause))
        found = await failures.listed(scope, hotel, cause=cause, limit=KEYS_NAMED)
        lines = [
            desk.text("incident-what", cause=cause, words=words, count=records, hotel=hotel.code),
            *[plain_text(await self._record(desk, hotel, item)) for item in found[:DETAILS_NAMED]],
        ]
        if len(found) > DETAILS_NAMED:
            rest = ", ".join(_named(desk, item) for item in found[DETAILS_NAMED:])
            lines.append(desk.text("incident-also", keys=rest, more=max(records - len(found), 0)))
        return RequestForm(
            type=RequestType.INCIDENT,
            subject=plain_text(desk.text("incident-subject", hotel=hotel.name, words=words)),
            description=plain_text("\n".join(lines)),
            conditions=plain_text(
                desk.text("incident-conditions", run=run_id or "—", fresh=await freshness(desk, hotel))
            ),
            channel=channel,
            login=scope.actor.login if scope.actor else "",
            portal_link=scope.portal.url,
            hotel_id=hotel.id,
        )

    @staticmethod
    async def _record(scope: Scope, hotel: Hotel, item: RunItem) -> str:
        """One record: its number, what the other side said, and what would have changed, masked."""
        head = scope.text(
            "incident-record",
            record=_named(scope, item),
            reason=Markup(reason(scope, item.code or "", item.reason or "")),
        )
        diff = await run_items.diff_of(scope.tx, item.id)
        if not diff:
            return head
        level, _ = level_at(scope, hotel, None)
        sample: dict[str, object] = {
            "entity": "deal" if item.entity == "stay" else "contact",
            "key": item.key,
            "step": "update",
        }
        sample |= {"crm_id": item.crm_id, "name": "", "changes": diff}
        stages = stage_titles(hotel, await layout_memory.recall(scope, hotel))
        told = difference(scope, hotel, sample, level, masked=True, stages=stages)
        return "\n".join([head, *told.split("\n")[1:]])

    # --- what later runs bring --------------------------------------------------------------------------

    async def after(self, scope: Scope, hotel: Hotel, report: Report, *, asked: bool) -> None:
        """A run has ended: another line where the cause came again, an answer where it is over.

        ``asked``: a person ordered the run, so he reads what became of it at once.
        """
        causes = dict(await failures.causes(scope, hotel))
        if report.error:
            causes[cause_of(report.error)] = max(causes.get(cause_of(report.error), 0), 1)
        for cause in causes:
            await self._reopen(scope, hotel, cause)
        for incident in await sync_incidents.open_ones(scope.tx, hotel.id):
            if incident.cause in causes:
                await self._again(scope, incident, causes[incident.cause], report, asked=asked)
            elif not report.error:
                await self._over(scope, hotel, incident, report)

    @staticmethod
    async def _reopen(scope: Scope, hotel: Hotel, cause: str) -> None:
        """It came back before the request about it was closed: that one goes on."""
        last = await sync_incidents.last_of(scope.tx, hotel.id, cause)
        if last is None or last.closed_at is None:
            return
        request = await request_rows.load(scope.tx, scope.portal.served_at, last.request_id)
        if request is not None and request.is_open:
            await sync_incidents.change(scope.tx, last.id, closed_at=None, records=0)

    async def _again(
        self, scope: Scope, incident: Incident, records: int, report: Report, *, asked: bool
    ) -> None:
        request = await request_rows.load(
            scope.tx, scope.portal.served_at, incident.request_id, for_update=True
        )
        if request is None or not request.is_open:
            await sync_incidents.change(scope.tx, incident.id, closed_at=scope.now)
            return
        changes: dict[str, object] = {"runs": incident.runs + 1, "last_run": report.run_id or None}
        late = scope.now - incident.told_at >= LINE_EVERY
        if asked or late or records != incident.records:
            data = {"run": report.run_id, "count": records, "runs": incident.runs + 1}
            await self._requests.record(scope.at_desk(), request, "sync_again", data=data)
            changes |= {"records": records, "told_at": scope.now}
        await sync_incidents.change(scope.tx, incident.id, **changes)

    async def _over(self, scope: Scope, hotel: Hotel, incident: Incident, report: Report) -> None:
        """A clean run of the cause: the request is answered, or told so where it can't be."""
        await sync_incidents.change(
            scope.tx, incident.id, closed_at=scope.now, last_run=report.run_id or None, records=0
        )
        request = await request_rows.load(
            scope.tx, scope.portal.served_at, incident.request_id, for_update=True
        )
        if request is None or not request.is_open:
            return
        desk = scope.speaking(scope.portal.language)
        words = Markup(cause_words(desk, incident.cause))
        text = plain_text(desk.text("incident-over", hotel=hotel.name, words=words, run=report.run_id))
        if request.status in ANSWERABLE:
            await self._requests.act_alone(
                scope.at_desk(), request, Action.ANSWER, text, frozenset({Part.SUPPORT})
            )
        else:
            await self._requests.record(scope.at_desk(), request, "sync_over", text, {"run": report.run_id})


def _named(scope: Scope, item: RunItem) -> str:
    """«бронь 4711»."""
    return scope.text("incident-named", entity=scope.text(f"sync-entity-{item.entity}"), key=item.key or "—")
