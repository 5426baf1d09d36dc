"""Webhooks."""

from handlers.api.calls import Answer
from handlers.api.webhooks import Change
from web.api import models as m
from web.api.table import Call
from web.api.types import NoQuery, PageQuery


async def listed(call: Call[PageQuery, None]) -> Answer:
    asked = call.query
    return Answer(200, await call.cases.webhooks.listed(call.scope, cursor=asked.cursor, limit=asked.limit))


async def add(call: Call[NoQuery, m.WebhookIn]) -> Answer:
    given = call.body
    made = await call.cases.webhooks.add(call.scope, given.url, given.events, given.description)
    return Answer(201, made, {"Location": f"{call.base}/webhooks/{made['id']}"}, secret=True)


async def get(call: Call[NoQuery, None]) -> Answer:
    return Answer(200, await call.cases.webhooks.get(call.scope, call.id))


async def change(call: Call[NoQuery, m.WebhookChange]) -> Answer:
    given = call.body
    wish = Change(given.url, given.events, given.description, given.active, given.resend)
    return Answer(200, await call.cases.webhooks.change(call.scope, call.id, wish))


async def remove(call: Call[NoQuery, None]) -> Answer:
    await call.cases.webhooks.remove(call.scope, call.id)
    return Answer(204)


async def secret(call: Call[NoQuery, None]) -> Answer:
    return Answer(201, await call.cases.webhooks.new_secret(call.scope, call.id), secret=True)


async def ping(call: Call[NoQuery, None]) -> Answer:
    return Answer(202, await call.cases.webhooks.ping(call.scope, call.id))


async def deliveries(call: Call[PageQuery, None]) -> Answer:
    asked = call.query
    found = await call.cases.webhooks.deliveries(call.scope, call.id, cursor=asked.cursor, limit=asked.limit)
    return Answer(200, found)
