"""Errors as other programs read them: `application/problem+json` (RFC 9457), titles in the caller's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web

from domain.errors import Refused
from domain.ports import Texts
from handlers.api.words import why

MEDIA = "application/problem+json"
PAGE = "/api/docs"
KINDS: Mapping[int, str] = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    412: "changed-meanwhile",
    413: "too-large",
    415: "media-type",
    422: "invalid",
    429: "too-many-requests",
    500: "internal",
    503: "unavailable",
}
"""What each status is called: the end of ``type``, and the texts' keys ``api-title-…`` and ``api-about-…``."""

_FORBIDDEN = frozenset({"not-yours", "not-your-move", "only-in-private", "only-in-thread", "guest-level"})
_MISSING = frozenset({"guest-gone", "offer-over"})
_INVALID = frozenset(
    {
        "reason-needed",
        "options-needed",
        "bad-cursor",
        "idempotency-key-reused",
        "webhook-url",
        "webhook-event",
        "licence-days",
        "licence-grace",
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was sent."""

    pointer: str
    detail: str


class Problem(Exception):
    """An answer that is a problem. ``code`` is stable and exact, ``kind`` the family by its status."""

    def __init__(
        self,
        status: int,
        code: str = "",
        *,
        detail: str = "",
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        possible: Sequence[str] = (),
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code or KINDS[status]
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.possible = tuple(possible)


def of_refusal(texts: Texts, language: str, refusal: Refused) -> Problem:
    """A refusal of a use case."""
    named: Any = refusal.params.get("possible", ())
    possible = [str(one) for one in named] if isinstance(named, list | tuple) else []
    detail = why(texts, language, refusal)
    return Problem(status_of(refusal.code), refusal.code, detail=detail, possible=possible)


def status_of(code: str) -> int:
    """The HTTP status of a refusal; what nobody has placed is a conflict with how things stand."""
    if code in _FORBIDDEN:
        return 403
    if code.startswith("no-such-") or code in _MISSING:
        return 404
    if code == "changed-meanwhile":
        return 412
    return 422 if code in _INVALID or code.startswith("api-") else 409


@dataclass(frozen=True, slots=True)
class Teller:
    """Writes problems in one language for one call."""

    texts: Texts
    language: str
    call_id: str
    base: str = PAGE
    more: Mapping[str, str] = field(default_factory=dict)

    def response(self, problem: Problem) -> web.Response:
        """The answer."""
        kind = KINDS.get(problem.status, "internal")
        body = {
            "type": f"{self.base}#problem-{kind}",
            "title": self.texts(f"api-title-{kind}", self.language),
            "status": problem.status,
            "detail": problem.detail or self.texts(f"api-about-{kind}", self.language),
            "instance": f"urn:concierge:call:{self.call_id}",
            "code": problem.code,
            "errors": [{"pointer": one.pointer, "detail": one.detail} for one in problem.faults],
            "possible": list(problem.possible),
        }
        headers = {**self.more, "Content-Language": self.language, **problem.headers}
        response = web.Response(body=orjson.dumps(body), status=problem.status, headers=headers)
        response.content_type = MEDIA
        return response


def of_http(error: web.HTTPException) -> Problem:
    """What aiohttp itself refuses: unknown paths, wrong methods, bodies that are too large."""
    status = error.status if error.status in KINDS else HTTPStatus.BAD_REQUEST.value
    headers = {name: value for name, value in error.headers.items() if name in {"Allow", "Location"}}
    return Problem(status, headers=headers)
