"""Support requests."""

from datetime import datetime

from domain.callers import Caller
from handlers.api.calls import Answer
from handlers.api.requests import Filing, Filter, Moving
from web.api import models as m
from web.api.table import Call
from web.api.types import NoQuery


async def listed(call: Call[m.RequestsQuery, None]) -> Answer:
    asked = call.query
    wanted = Filter(
        statuses=[one.value for one in asked.status] if asked.status else None,
        types=[one.value for one in asked.type] if asked.type else None,
        since=datetime.fromisoformat(asked.since.upper()) if asked.since else None,
        hotel=asked.hotel,
    )
    found = await call.cases.requests.listed(
        call.scope, call.token, wanted, cursor=asked.cursor, limit=asked.limit
    )
    return Answer(200, found)


async def get(call: Call[NoQuery, None]) -> Answer:
    return Answer(200, await call.cases.requests.whole(call.scope, call.token, call.path["number"]))


async def files(call: Call[NoQuery, None]) -> Answer:
    return Answer(200, await call.cases.files.listed(call.scope, call.path["number"]))


async def file(call: Call[NoQuery, m.FilingIn]) -> Answer:
    given = call.body
    caller = None
    if given.caller is not None:
        who = given.caller
        caller = Caller(name=who.name, phone=who.phone or "", email=(who.email or "").lower())
    filing = Filing(
        type=given.type,
        description=given.description,
        subject=given.subject,
        conditions=given.conditions,
        login=given.login,
        portal=given.portal,
        hotel=given.hotel,
        caller=caller,
    )
    filed = await call.cases.requests.file(call.scope, call.token, filing)
    return Answer(201, filed, {"Location": f"{call.base}/requests/{filed['number']}"})


async def say(call: Call[NoQuery, m.WordsIn]) -> Answer:
    number, given = call.path["number"], call.body
    return Answer(
        200,
        await call.cases.requests.say(call.scope, call.token, number, given.text, inside=given.note),
    )


async def move(call: Call[NoQuery, m.MoveIn]) -> Answer:
    given = call.body
    wish = Moving(given.action, given.text, given.option, given.into, call.if_match)
    return Answer(200, await call.cases.requests.move(call.scope, call.token, call.path["number"], wish))
