"""The OpenAPI 3.1 document, made from the table of operations and the models: it can't say anything else than they do."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from domain.api_tokens import SCOPES
from domain.ports import Texts
from web.api import models as m
from web.api.operations import TAGS
from web.api.problems import KINDS, MEDIA
from web.api.table import PATH_RULES, Operation

_REF = "#/components/schemas/{model}"
_NOWHERE = frozenset({"rotateWebhookSecret", "pingWebhook"})
"""What is made and has no address of its own."""
_ALWAYS = (401, 403, 422, 429, 503)

INTRODUCTION = """\
Support requests, guests, syncs and deliveries of one Bitrix24 portal, for other programs.

**Tokens.** `Authorization: Bearer cnc_…`. A token belongs to one portal, has scopes, a privacy level and a role; \
`concierge tokens --new NAME --scopes …` gives one out, its text is shown once.

**Pages.** Lists take `limit` and `cursor`; `next` in the body (and `Link: …; rel="next"`) leads on.

**Doing things once.** Send an `Idempotency-Key` with whatever changes something: the same call under the same key \
is answered from the first one's answer (`Idempotent-Replayed: true`) for 24 hours, another body under it is refused.

**Errors** are `application/problem+json` (RFC 9457), titles in the language of `Accept-Language` (ru, en); `code` is \
stable. `X-Request-Id` names the call: yours, if you send one.

**Pace.** A bucket per token; beyond it 429 with `Retry-After`.

**Outside text** (histories, names, comments) is text: escape it wherever you show it.
"""


def document(
    operations: Sequence[Operation], texts: Texts, public_url: str = "", version: str = ""
) -> dict[str, Any]:
    """The whole document."""
    schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    used = {status for one in operations for status in _statuses(one)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Concierge API",
            "version": version or "1",
            "description": INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": f"{public_url.rstrip('/')}/api/v1"}],
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Scopes: "
                    + "; ".join(f"`{one}` {words}" for one, words in SCOPES.items()),
                }
            },
            "responses": {KINDS[status]: _problem(texts, status) for status in sorted(used)},
        },
    }


def _operation(one: Operation) -> dict[str, Any]:
    needs = f"Scope: `{one.needs}`." if one.needs else "Any token."
    found: dict[str, Any] = {
        "operationId": one.id,
        "tags": [one.tag],
        "summary": one.summary,
        "description": "\n\n".join(filter(None, (one.description, needs))),
        "parameters": [*_path(one), *_query(one), *_headers(one)],
        "responses": _responses(one),
    }
    if one.body is not None:
        schema = {"$ref": _REF.format(model=one.body.__name__)}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if one.needs is not None:
        found["x-scope"] = str(one.needs)
    return found


def _path(one: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": PATH_RULES[name][1],
            "description": PATH_RULES[name][2],
        }
        for name in one.path_names
    ]


def _query(one: Operation) -> list[dict[str, Any]]:
    schema = one.query.model_json_schema(ref_template=_REF)
    required = set(schema.get("required", ()))
    found = []
    for name, given in schema.get("properties", {}).items():
        told = _without_null(given)
        words = told.pop("description", "")
        found.append(
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "schema": told,
                "description": words,
            }
        )
    return found


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is left out isn't null."""
    told = {key: value for key, value in schema.items() if key not in {"title", "default"}}
    if schema.get("default") is not None:
        told["default"] = schema["default"]
    if "anyOf" in told:
        (kind,) = [one for one in told.pop("anyOf") if one.get("type") != "null"]
        told |= kind
    return told


def _headers(one: Operation) -> list[dict[str, Any]]:
    words = "Your id of this call, 6 to 64 letters, digits, `.`, `_`, `-`; it comes back. Any other is left aside."
    found = [_header("X-Request-Id", words, "")]
    if one.keyed:
        words = "A key of your own: the call is carried out once, however often it is sent."
        found.append(_header("Idempotency-Key", words, r"^[\x21-\x7e]{1,128}$"))
    if one.matched:
        found.append(_header("If-Match", "The `ETag` of the request as you saw it; else 412.", ""))
    if one.tagged and one.method == "GET":
        found.append(_header("If-None-Match", "The `ETag` you have; 304 when it still holds.", ""))
    return found


def _header(name: str, words: str, pattern: str) -> dict[str, Any]:
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": words}


# --- answers -------------------------------------------------------------------------------------------------


def _statuses(one: Operation) -> list[int]:
    found = {*_ALWAYS, *one.problems}
    if one.body is not None:
        found |= {400, 413, 415}
    if one.matched:
        found.add(412)
    return sorted(found)


def _responses(one: Operation) -> dict[str, Any]:
    headers: dict[str, Any] = {"X-Request-Id": {"schema": {"type": "string"}}}
    if one.tagged:
        headers["ETag"] = {"schema": {"type": "string"}}
    if one.method == "GET" and "cursor" in one.query.model_fields:
        headers["Link"] = {"schema": {"type": "string"}, "description": 'The next page, `rel="next"`.'}
    if one.status in {201, 202} and one.id not in _NOWHERE:
        headers["Location"] = {"schema": {"type": "string"}, "description": "Where it is to be found."}
    if one.keyed:
        headers["Idempotent-Replayed"] = {
            "schema": {"type": "string", "enum": ["true"]},
            "description": "The answer of the first call under this key.",
        }
    good: dict[str, Any] = {"description": one.summary, "headers": headers}
    if one.returns is not None:
        schema = {"$ref": _REF.format(model=_name(one.returns))}
        good["content"] = {"application/json": {"schema": schema}}
    found: dict[str, Any] = {str(one.status): good}
    if one.tagged and one.method == "GET":
        found["304"] = {"description": "Nothing changed since your `ETag`."}
    return found | {
        str(status): {"$ref": f"#/components/responses/{KINDS[status]}"} for status in _statuses(one)
    }


def _problem(texts: Texts, status: int) -> dict[str, Any]:
    headers: dict[str, Any] = {"X-Request-Id": {"schema": {"type": "string"}}}
    if status in {429, 503}:
        headers["Retry-After"] = {"schema": {"type": "string"}, "description": "Seconds."}
    if status in {401, 403}:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}}
    return {
        "description": texts(f"api-about-{KINDS[status]}", "en"),
        "headers": headers,
        "content": {MEDIA: {"schema": {"$ref": _REF.format(model="Problem")}}},
    }


# --- schemas -------------------------------------------------------------------------------------------------


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    """Every model once, by the name it has in the document."""
    taken: list[type[BaseModel]] = [m.ProblemShown]
    for one in operations:
        taken += [kind for kind in (one.body, one.returns) if kind is not None]
        taken.append(one.query)
    modes: list[tuple[type[BaseModel], Any]] = [(kind, "validation") for kind in dict.fromkeys(taken)]
    _by_model, whole = models_json_schema(modes, ref_template=_REF)
    queries = {one.query.__name__ for one in operations}
    found = {}
    for name, schema in whole["$defs"].items():
        if name not in queries:
            found[_shown(name)] = _renamed(schema)
    return found


def _name(kind: Any) -> str:
    return _shown(kind.__name__)


def _shown(name: str) -> str:
    """``Page[RequestLine]`` and ``ProblemShown`` as programs call them."""
    told = name.replace("[", "_").replace("]", "_").strip("_")
    return "Problem" if told == "ProblemShown" else told


def _renamed(schema: Any) -> Any:
    match schema:
        case dict():
            return {
                key: _REF.format(model=_shown(value.rpartition("/")[2])) if key == "$ref" else _renamed(value)
                for key, value in schema.items()
                if not (key == "title" and isinstance(value, str))
            }
        case list():
            return [_renamed(one) for one in schema]
    return schema
