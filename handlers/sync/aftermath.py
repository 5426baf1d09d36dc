"""What follows from a run's end: the managers' report, a paused or resumed schedule, the desk's requests."""

from collections.abc import Mapping
from typing import Any

from domain.chat import Address, Channel, Reply
from domain.people import Role
from domain.portal import Hotel
from handlers import outgoing, webhooks
from handlers.codec import dump
from handlers.people import private_address
from handlers.scope import Scope
from handlers.sync import failures, standing
from handlers.sync.cards import place_of
from handlers.sync.failures import Chosen
from handlers.sync.incidents import Incidents
from handlers.sync.report import Report
from handlers.sync.standing import Verdict
from handlers.sync.status import paused_card
from storage import people
from storage.work_orders import Order


class Aftermath:
    """Takes in how a run ended."""

    def __init__(self, incidents: Incidents) -> None:
        self.incidents = incidents

    async def chosen(self, scope: Scope, hotel: Hotel, wanted: Mapping[str, Any]) -> Chosen:
        """What a retry would look at."""
        return await failures.chosen(scope, hotel, wanted)

    async def after(self, scope: Scope, hotel: Hotel, order: Order, report: Report) -> None:
        """A run that wrote (or should have) has ended."""
        await self._announce(scope, hotel, order, report)
        verdict = await standing.after(scope, hotel, report)
        asked = bool(order.params["place"])
        await self.incidents.after(scope, hotel, report, asked=asked)
        if self._worth_telling(order, report, verdict):
            await self.tell_managers(scope, order)
        if verdict.paused:
            await self._post(scope, await paused_card(_desk(scope), hotel))
        if verdict.resumed:
            await self._post(scope, Reply(_desk(scope).text("sync-resumed-itself", hotel=hotel.name)))

    @staticmethod
    async def _announce(scope: Scope, hotel: Hotel, order: Order, report: Report) -> None:
        """Other programs hear of every run, by number."""
        told = {"hotel": hotel.code, "order": order.id, "run": report.run_id, "mode": order.params["mode"]}
        if report.error:
            await webhooks.announce(scope, "sync.failed", **told, error=report.error)
        else:
            await webhooks.announce(scope, "sync.finished", **told, counts=report.counts.as_json())

    @staticmethod
    def _worth_telling(order: Order, report: Report, verdict: Verdict) -> bool:
        """A run somebody asked for, always; a scheduled one when there is news."""
        if order.params["place"]:
            return True
        first_load = report.counts.created > report.counts.fetched / 2
        return first_load or verdict.news or verdict.recovered

    async def tell_managers(self, scope: Scope, order: Order) -> None:
        """The report to every manager in Bitrix24 and to the managers' chat in Telegram."""
        shown = place_of(order)
        for place in await self._managers(scope):
            payload = {"order_id": order.id, "address": dump(place), "with_text": place != shown}
            await outgoing.put(scope, str(place), "run.report", payload)

    @staticmethod
    async def _managers(scope: Scope) -> list[Address]:
        places = [
            private_address(person, Channel.BITRIX24)
            for person in await people.with_role(scope.tx, scope.portal.id, Role.MANAGER)
        ]
        if chat := scope.portal.desk.telegram_managers_chat:
            places.append(Address(Channel.TELEGRAM, chat))
        return list(dict.fromkeys(filter(None, places)))

    async def _post(self, scope: Scope, reply: Reply) -> None:
        for place in await self._managers(scope):
            await outgoing.post(scope, place, reply)


def _desk(scope: Scope) -> Scope:
    """The managers' chat reads the portal's language."""
    return scope.speaking(scope.portal.language)
