"""Serves the API: routes from the table, each call through the same door, every error as a problem."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import orjson
import structlog
from aiohttp import web
from pydantic import TypeAdapter
from structlog.contextvars import bound_contextvars

from domain.api_tokens import Token
from domain.errors import ConciergeError, Refused, Temporary
from domain.ports import Texts
from handlers.api.calls import Answer, Calls, Once
from handlers.api.requests import tag_of
from handlers.api.tokens import Tokens
from handlers.scope import Scope
from web import visitors
from web.api import docs, door, openapi
from web.api.operations import OPERATIONS
from web.api.pace import Pace
from web.api.problems import Problem, Teller, of_http, of_refusal
from web.api.table import PATH_RULES, Call, Cases, Operation

log = structlog.get_logger()

ROOT = "/api"
BASE = f"{ROOT}/v1"
STRANGERS_PER_S, STRANGERS_BURST = 1.0, 20
_RETRY_AFTER_S = 5
_LANGUAGE = web.RequestKey("language", str)


@dataclass(frozen=True, slots=True)
class Rules:
    """How the API is served."""

    per_s: float = 10.0
    burst: int = 60
    public_url: str = ""
    version: str = ""
    proxies: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class House:
    """What the API needs of the service."""

    tokens: Tokens
    calls: Calls
    cases: Cases
    texts: Texts
    rules: Rules = field(default_factory=Rules)
    clock_s: Callable[[], float] = time.monotonic


def setup(app: web.Application, house: House) -> None:
    """Add ``/api/v1/…``, ``/api/openapi.json`` and ``/api/docs``."""
    site = Site(house)
    api = web.Application(middlewares=[site.problems])
    for operation in OPERATIONS:
        api.router.add_route(operation.method, _routed(operation.path), partial(site.serve, operation))
    described = openapi.document(OPERATIONS, house.texts, house.rules.public_url, house.rules.version)
    docs.setup(api, described)
    app.add_subapp(ROOT, api)


def _routed(path: str) -> str:
    for name, (rule, _schema, _words) in PATH_RULES.items():
        path = path.replace(f"{{{name}}}", f"{{{name}:{rule}}}")
    return "/v1" + path


class Site:
    """The door and what lies behind it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._pace = Pace(house.rules.per_s, house.rules.burst, house.clock_s)
        self._strangers = Pace(STRANGERS_PER_S, STRANGERS_BURST, house.clock_s)
        self._trusted = visitors.networks(house.rules.proxies)
        self._shapes = {one.id: TypeAdapter(one.returns) for one in OPERATIONS if one.returns is not None}

    @web.middleware
    async def problems(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Whatever goes wrong is told as a problem, in the caller's language, under the call's id."""
        call_id, language = door.call_id_of(request), visitors.language_of(request)
        request[_LANGUAGE] = language
        more = {"X-Request-Id": call_id, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        teller = Teller(self._house.texts, language, call_id, more=more)
        began = time.monotonic()
        with bound_contextvars(call=call_id):
            try:
                response = await handler(request)
            except Problem as problem:
                response = teller.response(problem)
            except web.HTTPException as error:
                response = teller.response(of_http(error))
            except Refused as refusal:
                response = teller.response(of_refusal(self._house.texts, language, refusal))
            except ConciergeError as fault:
                response = teller.response(_unavailable(fault))
            took_ms = round((time.monotonic() - began) * 1000, 1)
            log.debug("api call", method=request.method, status=response.status, ms=took_ms)
        response.headers.setdefault("X-Request-Id", call_id)
        return response

    async def serve(self, operation: Operation, request: web.Request) -> web.StreamResponse:
        """One call."""
        remote = visitors.address_of(request, self._trusted)
        token = await door.token_of(request, self._house.tokens, self._pace, self._strangers, remote)
        with bound_contextvars(token=token.prefix, portal=token.portal_id, operation=operation.id):
            door.check_scope(token, operation)
            query = door.query_of(operation, request.query)
            body, body_hash = await door.body_of(operation, request)
            once = door.once_of(operation, request, body_hash)
            if_match = request.headers.get("If-Match") if operation.matched else None

            async def work(scope: Scope) -> Answer:
                path = dict(request.match_info)
                return await operation.run(
                    Call(self._house.cases, scope, token, path, query, body, if_match, BASE)
                )

            answer = await self._answer(operation, token, request[_LANGUAGE], work, once)
            return self._response(operation, request, answer)

    async def _answer(
        self,
        operation: Operation,
        token: Token,
        language: str,
        work: Callable[[Scope], Awaitable[Answer]],
        once: Once | None,
    ) -> Answer:
        if operation.writes:
            return await self._house.calls.write(token, language, work, once)
        return await self._house.calls.read(token, language, work)

    def _response(self, operation: Operation, request: web.Request, answer: Answer) -> web.Response:
        """The answer as HTTP; what isn't as described doesn't leave."""
        if operation.id in self._shapes:
            self._shapes[operation.id].validate_python(answer.body)
        headers: dict[str, str] = {**_SAFE, **answer.headers, **door.next_link(request, answer.body)}
        if answer.replayed:
            headers["Idempotent-Replayed"] = "true"
        if operation.tagged:
            headers["ETag"] = tag = tag_of(answer.body)
            if operation.method == "GET" and _known(request.headers, tag):
                return web.Response(status=304, headers=headers)
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        body = orjson.dumps(answer.body)
        return web.Response(body=body, status=answer.status, headers=headers, content_type="application/json")


_SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _known(headers: Mapping[str, str], tag: str) -> bool:
    """``If-None-Match``: whether the caller has this already (weak comparison, RFC 9110 13.1.2)."""
    given = [one.strip().removeprefix("W/") for one in headers.get("If-None-Match", "").split(",")]
    return tag in given or "*" in given


def _unavailable(fault: ConciergeError) -> Problem:
    """Something on our side: worth another try when it may pass."""
    log.warning("api call failed", code=fault.code, detail=fault.detail)
    wait_s = int(fault.retry_after_s or _RETRY_AFTER_S) if isinstance(fault, Temporary) else 0
    return Problem(503, fault.code, headers={"Retry-After": str(max(wait_s, 1))} if wait_s else {})
