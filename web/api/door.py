"""What every call passes before it reaches a use case: who asks, how often, whether he may, and whether it can be read."""

import re
import secrets
from collections.abc import Mapping
from hashlib import sha256
from math import ceil
from typing import Any

import orjson
from aiohttp import web
from multidict import MultiMapping
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from domain.api_tokens import Token
from domain.causes import current
from handlers.api.calls import Once
from handlers.api.tokens import Tokens
from web.api.pace import Pace
from web.api.problems import Fault, Problem
from web.api.table import Operation

MAX_BODY = 256 * 1024
_CALL_ID = re.compile(r"[A-Za-z0-9._-]{6,64}")
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_REALM = 'Bearer realm="Concierge"'
_MOST_FAULTS = 20
_NO_BODY_HASH = sha256(b"").hexdigest()


def call_id_of(request: web.Request) -> str:
    """The id under which the whole request is known already; else the caller's own, if it is decent; else a new one."""
    cause = current()
    if cause is not None and cause.id.startswith("h"):
        return cause.id[1:]
    given = request.headers.get("X-Request-Id", "")
    return given if _CALL_ID.fullmatch(given) else secrets.token_hex(8)


async def token_of(request: web.Request, tokens: Tokens, pace: Pace, strangers: Pace, remote: str) -> Token:
    """Who asks. Problem 401 for nobody we know, 429 for whoever asks too often."""
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not shown:
        raise Problem(401, headers={"WWW-Authenticate": _REALM})
    token = await tokens.known(shown.strip())
    if token is None:
        if wait_s := strangers.take(remote):
            raise Problem(429, headers={"Retry-After": str(ceil(wait_s))})
        raise Problem(401, headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token"'})
    if wait_s := pace.take(token.prefix):
        raise Problem(429, headers={"Retry-After": str(ceil(wait_s))})
    return token


def check_scope(token: Token, operation: Operation) -> None:
    """Problem 403 when the token doesn't open this."""
    if operation.needs is not None and not token.may(operation.needs):
        asked = f'{_REALM}, error="insufficient_scope", scope="{operation.needs}"'
        raise Problem(403, "scope-missing", headers={"WWW-Authenticate": asked})


def query_of(operation: Operation, query: MultiMapping[str]) -> BaseModel:
    """The parameters. Problem 422 for unknown ones, for what can't be read, for one given twice."""
    fields = operation.query.model_fields
    given: dict[str, Any] = {}
    for name in dict.fromkeys(query):
        values = query.getall(name)
        if name in fields and "list[" in str(fields[name].annotation):
            given[name] = values
        elif len(values) > 1:
            raise Problem(422, faults=[Fault(name, "given twice")])
        else:
            given[name] = values[0]
    try:
        return operation.query.model_validate(given)
    except ValidationError as error:
        raise Problem(422, faults=faults_of(error, in_query=True)) from error


async def body_of(operation: Operation, request: web.Request) -> tuple[BaseModel | None, str]:
    """The body, and a hash of what it says. Problem 400, 413, 415 or 422."""
    raw = await _read(request)
    if operation.body is None:
        if raw.strip():
            raise Problem(422, faults=[Fault("", "no body is expected")])
        return None, _NO_BODY_HASH
    if request.content_type != "application/json":
        raise Problem(415, headers={"Accept": "application/json"})
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem(400, faults=[Fault("", str(error).partition(":")[0])]) from error
    try:
        body = operation.body.model_validate_json(raw)
    except ValidationError as error:
        raise Problem(422, faults=faults_of(error)) from error
    return body, sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def _read(request: web.Request) -> bytes:
    body = b""
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise Problem(413)
    return body


def once_of(operation: Operation, request: web.Request, body_hash: str) -> Once | None:
    """The idempotency key of a call. Problem 422 for one that can't be one."""
    key = request.headers.get("Idempotency-Key")
    if key is None or not operation.keyed:
        return None
    if not _KEY.fullmatch(key):
        raise Problem(
            422, "idempotency-key", faults=[Fault("Idempotency-Key", "1 to 128 visible characters")]
        )
    query = "?" + request.query_string if request.query_string else ""
    return Once(f"{request.method} {request.path}{query}", key, body_hash)


def faults_of(error: ValidationError, *, in_query: bool = False) -> list[Fault]:
    """What is wrong, without repeating what was sent."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return [Fault(_pointer(one, in_query=in_query), one["msg"]) for one in found[:_MOST_FAULTS]]


def _pointer(one: ErrorDetails, *, in_query: bool) -> str:
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in one["loc"]]
    return parts[0] if in_query and parts else "".join(f"/{part}" for part in parts)


def next_link(request: web.Request, body: Any) -> Mapping[str, str]:
    """The ``Link`` header of a page that isn't the last."""
    if not isinstance(body, dict) or not body.get("next") or request.method != "GET":
        return {}
    query = [(name, value) for name, value in request.query.items() if name != "cursor"]
    url = request.rel_url.with_query([*query, ("cursor", body["next"])])
    return {"Link": f'<{url.path_qs}>; rel="next"'}
