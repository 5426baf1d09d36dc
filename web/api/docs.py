"""The description of the API as a page people like to read: made of the OpenAPI document itself, no script, no CDN."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from web.api.problems import KINDS

PAGE = Path(__file__).parent / "page"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_CODE = re.compile(r"`([^`]+)`")
_DEEPEST = 3
_SAMPLES = {"string": "…", "integer": 1, "number": 1.5, "boolean": False}
_FORMATS = {"date-time": "2026-11-23T09:00:00+00:00", "date": "2026-11-23"}


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a schema's table."""

    name: str
    kind: Markup
    required: bool
    words: Markup


def setup(app: web.Application, document: Mapping[str, Any]) -> None:
    """Add ``openapi.json``, ``docs`` and its sheet."""
    described = orjson.dumps(document)
    style = (PAGE / "docs.css").read_bytes()
    stamp = sha256(style).hexdigest()[:10]
    page = render(document, f"docs.css?{stamp}")

    async def openapi(_request: web.Request) -> web.Response:
        headers = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=described, content_type="application/json", headers=headers)

    async def docs(_request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "public, max-age=300"}
        headers |= {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
        return web.Response(text=page, content_type="text/html", charset="utf-8", headers=headers)

    async def sheet(_request: web.Request) -> web.Response:
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        headers["X-Content-Type-Options"] = "nosniff"
        return web.Response(body=style, content_type="text/css", charset="utf-8", headers=headers)

    app.router.add_get("/openapi.json", openapi)
    app.router.add_get("/docs", docs)
    app.router.add_get("/docs.css", sheet)


def render(document: Mapping[str, Any], style: str) -> str:
    """The page."""
    templates = Environment(
        loader=FileSystemLoader(PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    schemas = document["components"]["schemas"]
    operations = [
        {**one, "path": path, "method": method.upper()}
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    ]
    tags = [
        {**tag, "operations": [one for one in operations if tag["name"] in one["tags"]]}
        for tag in document["tags"]
    ]
    return templates.get_template("docs.html").render(
        document=document,
        base=document["servers"][0]["url"],
        tags=tags,
        schemas=schemas,
        style=style,
        prose=prose,
        anchor=anchor,
        fields=lambda schema: fields(schema, schemas),
        kind=kind,
        sample=lambda schema: pretty(sample(schema, schemas)),
        curl=lambda one: curl(one, document["servers"][0]["url"], schemas),
        problems=[
            (status, name, document["components"]["responses"].get(name)) for status, name in KINDS.items()
        ],
    )


def anchor(words: str) -> str:
    """A fragment for a heading."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def prose(words: str) -> Markup:
    """Paragraphs, bold and code of a description; the rest is text."""
    told = []
    for part in words.strip().split("\n\n"):
        safe = str(escape(part.replace("\n", " ")))
        safe = _CODE.sub(r"<code>\1</code>", _BOLD.sub(r"<strong>\1</strong>", safe))
        told.append(f"<p>{safe}</p>")
    return Markup("\n".join(told))  # noqa: S704 - escaped above


def inline(words: str) -> Markup:
    return Markup(str(prose(words))[3:-4]) if words else Markup("")  # noqa: S704 - escaped by prose


def kind(schema: Mapping[str, Any]) -> Markup:
    """What a value may be, in a few words, with links to schemas."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#schema-{}">{}</a>').format(name, name)
    if "anyOf" in schema:
        return Markup(" or ").join(kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return Markup(" ").join(Markup("<code>{}</code>").format(one) for one in schema["enum"])
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"])
    if schema.get("type") == "array":
        return Markup("list of ") + kind(schema.get("items", {}))
    words = str(schema.get("type", "anything"))
    return escape(f"{schema['format']}" if "format" in schema else words) + _limits(schema)


def _limits(schema: Mapping[str, Any]) -> Markup:
    told = []
    if "maxLength" in schema:
        told.append(f"≤ {schema['maxLength']} characters")
    if "minimum" in schema and "maximum" in schema and schema["maximum"] < 10_000:
        told.append(f"{schema['minimum']} to {schema['maximum']}")
    return Markup(" <small>{}</small>").format(", ".join(told)) if told else Markup("")


def fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Sequence[Field]:
    """A schema's properties as lines."""
    whole = _resolved(schema, schemas)
    required = set(whole.get("required", ()))
    return [
        Field(name, kind(one), name in required, inline(one.get("description", "")))
        for name, one in whole.get("properties", {}).items()
    ]


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema


# --- examples ------------------------------------------------------------------------------------------------


def sample(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that fits."""
    whole = _resolved(schema, schemas)
    if whole.get("examples"):
        return whole["examples"][0]
    for name in ("const", "default"):
        if whole.get(name) is not None:
            return whole[name]
    if "enum" in whole:
        return whole["enum"][0]
    if "anyOf" in whole:
        return sample(whole["anyOf"][0], schemas, depth)
    if whole.get("type") == "object":
        if depth >= _DEEPEST:
            return {}
        return {name: sample(one, schemas, depth + 1) for name, one in whole.get("properties", {}).items()}
    if whole.get("type") == "array":
        return [sample(whole.get("items", {}), schemas, depth + 1)] if depth < _DEEPEST else []
    return _FORMATS.get(whole.get("format", "")) or _SAMPLES.get(whole.get("type", ""))


def pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


_PATHS: Mapping[str, Callable[[], str]] = {
    "id": lambda: "1",
    "number": lambda: "FB-2026-000123",
    "hotel": lambda: "GRAND",
    "profile": lambda: "10042",
}


def curl(one: Mapping[str, Any], base: str, schemas: Mapping[str, Any]) -> str:
    """The call as one types it."""
    path = re.sub(r"{(\w+)}", lambda found: _PATHS[found[1]](), one["path"])
    host = base if base.startswith("http") else f"https://concierge.example{base}"
    query = "&".join(
        f"{each['name']}=GRAND" for each in one["parameters"] if each["in"] == "query" and each["required"]
    )
    lines = [
        f"curl {'' if one['method'] == 'GET' else '-X ' + one['method'] + ' '}'{host}{path}{'?' + query if query else ''}'"
    ]
    lines.append("  -H 'Authorization: Bearer cnc_…'")
    if any(each["name"] == "Idempotency-Key" for each in one["parameters"]):
        lines.append('  -H "Idempotency-Key: $(uuidgen)"')
    if "requestBody" in one:
        schema = _resolved(one["requestBody"]["content"]["application/json"]["schema"], schemas)
        needed = set(schema.get("required", ()))
        body = {
            name: sample(each, schemas)
            for name, each in schema["properties"].items()
            if name in needed or not needed
        }
        lines.append("  -H 'Content-Type: application/json'")
        lines.append(f"  -d '{orjson.dumps(body).decode()}'")
    return " \\\n".join(lines)
