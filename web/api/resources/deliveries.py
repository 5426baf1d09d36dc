"""Deliveries."""

from handlers.api.calls import Answer
from web.api import models as m
from web.api.table import Call
from web.api.types import NoQuery


async def listed(call: Call[m.DeliveriesQuery, None]) -> Answer:
    asked = call.query
    found = await call.cases.deliveries.listed(
        call.scope, state=asked.state, cursor=asked.cursor, limit=asked.limit
    )
    return Answer(200, found)


async def get(call: Call[NoQuery, None]) -> Answer:
    return Answer(200, await call.cases.deliveries.get(call.scope, call.id))


async def retry(call: Call[NoQuery, None]) -> Answer:
    return Answer(200, await call.cases.deliveries.retry(call.scope, call.id))
