"""Guests."""

from handlers.api.calls import Answer
from handlers.api.guests import Search
from web.api import models as m
from web.api.table import Call
from web.api.types import NoQuery


async def search(call: Call[NoQuery, m.GuestSearchIn]) -> Answer:
    given = call.body
    asked = Search(given.query, given.hotel, given.purpose)
    found = await call.cases.guests.search(
        call.scope, call.token, asked, cursor=given.cursor, limit=given.limit
    )
    return Answer(200, found)


async def get(call: Call[m.GuestQuery, None]) -> Answer:
    hotel, profile = call.path["hotel"], call.path["profile"]
    return Answer(
        200,
        await call.cases.guests.open(call.scope, call.token, hotel, profile, purpose=call.query.purpose),
    )
