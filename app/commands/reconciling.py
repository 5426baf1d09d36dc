"""`concierge reconcile`: the PMS against the CRM, and with --repair what differs put right."""

from app.commands.base import Outcome, hotel_of, inert, opened, require_portal
from app.commands.syncing import carried_out, error_code
from app.settings import Settings
from domain.markup import plain_text
from handlers.sync.reconcile_report import for_json


async def reconcile(settings: Settings, hotel_code: str, *, repair: bool, quiet: bool = False) -> Outcome:
    """One reconciliation to its end. Exit 1 while something differs, 2 on a wrong setting, 3 when unreachable."""
    require_portal(settings)
    async with opened(settings) as house:
        hotel = hotel_of(house.portal, hotel_code)
        async with house.scopes.writing(house.portal.id) as scope:
            order_id = await house.syncs.order(scope, hotel, "repair" if repair else "reconcile")
        done = await carried_out(house, settings, order_id, quiet=quiet)
        async with house.scopes.reading(house.portal.id) as scope:
            report = plain_text((await house.syncs.cards.report(scope, done, hotel, None)).text)
    data = for_json(done.result or {})
    code = error_code(data["error"]) if data["error"] else int(bool(data["kinds"]))
    return Outcome(data, code, lambda console: console.print(inert(report), markup=False))
