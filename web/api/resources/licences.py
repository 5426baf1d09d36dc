"""The portal's licence."""

from datetime import date

from handlers.api.calls import Answer
from web.api import models as m
from web.api.table import Call
from web.api.types import NoQuery


async def get(call: Call[NoQuery, None]) -> Answer:
    return Answer(200, await call.cases.licences.show(call.token))


async def put(call: Call[NoQuery, m.LicenceIn]) -> Answer:
    given = call.body
    paid_until = date.fromisoformat(given.paid_until) if given.paid_until else None
    found = await call.cases.licences.set(call.token, paid_until, given.grace_days, given.note)
    return Answer(200, found)
