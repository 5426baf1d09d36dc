"""Reads whatever the portal answers: v2 and v3 shapes, HTML pages, errors under 200, empty and numeric codes.

Pure: bytes and a status in, an Answer or a Fault out. What a Fault means for us is decided in errors.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Timing:
    """The ``time`` object. Every key may be absent; ``reset_in_s`` is counted by the portal's own clock."""

    duration_s: float | None = None
    operating_s: float | None = None
    reset_in_s: float | None = None
    started_at: float | None = None  # when the portal began with the request: unix seconds of its clock


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer. ``next``/``total`` stand beside list results only."""

    result: Any
    timing: Timing = field(default_factory=Timing)
    total: int | None = None
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """An error answer. ``code`` is as the portal wrote it (may be empty); ``readable``: the body was JSON."""

    code: str
    text: str
    status: int
    readable: bool = True
    timing: Timing = field(default_factory=Timing)


def decode(status: int, body: bytes) -> Answer | Fault:
    """Read one HTTP answer. An ``error`` key counts before the status: some errors come under 200."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Fault("", "the answer is no JSON", status, readable=False)
    if not isinstance(document, dict):
        return Fault("", "the answer is no object", status, readable=False)
    timing = read_timing(document.get("time"))
    if _has_error(document):
        code, text = read_error(document["error"], document.get("error_description"))
        return Fault(code, text, status, timing=timing)
    if status >= 400 or "result" not in document:
        return Fault("", "no result in the answer", status, readable="result" in document, timing=timing)
    return Answer(
        document["result"], timing, total=as_int(document.get("total")), next=as_int(document.get("next"))
    )


def _has_error(document: Mapping[str, Any]) -> bool:
    if "error" not in document:
        return False
    # some list helpers put an empty `error` beside a good result
    return "result" not in document or bool(document["error"])


def read_error(error: Any, description: Any = None) -> tuple[str, str]:
    """Code and text of a v2 error (a string or number) or of a v3 one (an object with validation)."""
    if not isinstance(error, dict):
        return str(error if error is not None else "").strip(), str(description or "")
    text = str(error.get("message") or "")
    places = [
        f"{item.get('field', '?')}: {item.get('message', '')}"
        for item in as_list(error.get("validation"))
        if isinstance(item, dict)
    ]
    return str(error.get("code") or "").strip(), "; ".join([text, *places] if text else places)


def read_timing(time: Any) -> Timing:
    """The ``time`` object of an answer or of one command's ``result_time``."""
    if not isinstance(time, dict):
        return Timing()
    reset_at, finish = as_float(time.get("operating_reset_at")), as_float(time.get("finish"))
    reset_in = reset_at - finish if reset_at is not None and finish is not None else None
    return Timing(
        as_float(time.get("duration")),
        as_float(time.get("operating")),
        reset_in,
        as_float(time.get("start")),
    )


def as_map(value: Any) -> dict[str, Any]:
    """A PHP array as a dict: ``[]`` and None are empty, a list gets its positions as keys."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return {}


def as_list(value: Any) -> list[Any]:
    """A PHP array as a list; a scalar is a list of one; None, False and "" are empty."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    return [] if value is None or value is False or value == "" else [value]


def as_int(value: Any) -> int | None:
    """An integer as JSON or a form brings it, else None."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(str(value).strip())
    except ValueError:
        return None


def as_float(value: Any) -> float | None:
    """A number as JSON or a string brings it, else None."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(str(value).strip())
    except ValueError:
        return None


def as_bool(value: Any) -> bool:
    """true, 1, "1", "Y", "true" are true; everything else isn't (forms write false as "0" or "")."""
    return value is True or str(value).strip().lower() in {"1", "y", "yes", "true"}


def as_text(value: Any) -> str:
    """A text; None and false (JSON) are empty."""
    return "" if value is None or value is False else str(value)
