"""Hotels and syncs."""

from datetime import date

from handlers.api.calls import Answer
from handlers.api.syncs import Ordering, Retrying
from web.api import models as m
from web.api.table import Call
from web.api.types import NoQuery


async def hotels(call: Call[NoQuery, None]) -> Answer:
    return Answer(200, await call.cases.syncs.hotels(call.scope, call.token))


async def hotel(call: Call[NoQuery, None]) -> Answer:
    return Answer(200, await call.cases.syncs.hotel(call.scope, call.token, call.path["hotel"]))


async def order(call: Call[NoQuery, m.SyncIn]) -> Answer:
    given = call.body
    since = date.fromisoformat(given.since) if given.since else None
    ordered = await call.cases.syncs.order(call.scope, call.token, Ordering(given.hotel, given.mode, since))
    return Answer(202, ordered, _where(call.base, ordered["order"]))


async def retry(call: Call[NoQuery, m.RetryIn]) -> Answer:
    given = call.body
    wish = Retrying(given.hotel, given.items, given.cause)
    ordered = await call.cases.syncs.retry(call.scope, call.token, wish)
    return Answer(202, ordered, _where(call.base, ordered["order"]))


async def ordered(call: Call[NoQuery, None]) -> Answer:
    return Answer(200, await call.cases.syncs.ordered(call.scope, call.token, call.id))


async def listed(call: Call[m.RunsQuery, None]) -> Answer:
    asked = call.query
    found = await call.cases.syncs.listed(
        call.scope, call.token, asked.hotel, cursor=asked.cursor, limit=asked.limit
    )
    return Answer(200, found)


async def run(call: Call[NoQuery, None]) -> Answer:
    return Answer(200, await call.cases.syncs.run(call.scope, call.token, call.id))


async def items(call: Call[m.ItemsQuery, None]) -> Answer:
    asked = call.query
    found = await call.cases.syncs.items(
        call.scope, call.token, call.id, state=asked.state, cursor=asked.cursor, limit=asked.limit
    )
    return Answer(200, found)


async def failures(call: Call[m.FailuresQuery, None]) -> Answer:
    asked = call.query
    found = await call.cases.syncs.failures(
        call.scope, call.token, asked.hotel, cause=asked.cause, cursor=asked.cursor, limit=asked.limit
    )
    return Answer(200, found)


def _where(base: str, order_id: int) -> dict[str, str]:
    return {"Location": f"{base}/sync-orders/{order_id}"}
