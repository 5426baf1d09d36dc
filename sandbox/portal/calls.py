"""What a REST method is made of: the call, its answers and errors, and the registry of methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from sandbox.portal.applications import Application
    from sandbox.portal.state import Portal


class RestError(Exception):
    """An error answer: v2 `{"error": code, "error_description": …}`, v3 an object (see rest.py)."""

    def __init__(
        self, code: str, description: str = "", http: int = 400, extra: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.http = http
        self.extra = extra or {}


@dataclass
class Page:
    """A list answer: `total` and `next` stand beside `result` and are left out when None."""

    result: Any
    total: int | None = None
    next: int | None = None


@dataclass
class Answer:
    """An answer that needs headers of its own (v3 idempotency)."""

    result: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One call of one method.

    `params` is nested dicts and lists: JSON types from a JSON body, strings from a form or a query;
    a JSON array as body becomes {"0": …, "1": …}. `client_key` says whose operating meter runs
    (the webhook's code, an application's client_id). `base_url` has no trailing slash and is where this portal answers.
    """

    portal: Portal
    user_id: int
    method: str
    params: dict[str, Any]
    is_v3: bool = False
    idempotency_key: str | None = None
    client_key: str = ""
    base_url: str = ""
    scopes: tuple[str, ...] = ()
    in_batch: bool = False
    application: Application | None = None
    """Whose token the call brought; None for an inbound webhook."""

    def inner(self, method: str, params: dict[str, Any]) -> Call:
        """The same caller calling another method inside a batch."""
        return replace(self, method=method, params=params, in_batch=True, idempotency_key=None)


Function = Callable[[Call], Any | Awaitable[Any]]
F = TypeVar("F", bound=Function)


@dataclass(frozen=True)
class Method:
    name: str
    scope: str
    function: Function
    batchable: bool = True


METHODS: dict[str, Method] = {}
"""v2 methods by lower-case name (Bitrix24 ignores case)."""
METHODS_V3: dict[str, Method] = {}
"""Methods under /rest/api/, by lower-case name."""


def method(name: str, *, scope: str = "basic", v3: bool = False, batchable: bool = True) -> Callable[[F], F]:
    """Register a function as a REST method: `fn(call) -> result | Page | Answer`, sync or async."""

    def register(function: F) -> F:
        registry = METHODS_V3 if v3 else METHODS
        if name.lower() in registry:
            raise ValueError(f"method registered twice: {name}")
        registry[name.lower()] = Method(name, scope, function, batchable)
        return function

    return register


def to_int(value: object, default: int | None = None) -> int | None:
    """An integer as JSON or forms bring it; `default` when it is absent or no number."""
    try:
        return int(str(value).strip())
    except ValueError:
        return default


def to_bool(value: object, *, default: bool = False) -> bool:
    """Y/N, 1/0, true/false as JSON or forms bring them."""
    if isinstance(value, bool):
        return value
    if value is None or value == "":
        return default
    return str(value).strip().lower() in {"y", "1", "true", "yes"}


def as_map(value: object) -> dict[str, Any]:
    """A PHP array as a dict: `[]` and None are the empty map, a list gets "0", "1", … as keys."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {str(i): item for i, item in enumerate(value)}
    return {}


def as_list(value: object) -> list[Any]:
    """A PHP array as a list; a scalar is a list of one, None and "" are empty."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    return [] if value is None or value == "" else [value]


def pick(params: dict[str, Any], *names: str) -> Any:
    """The first of these parameters that is present, else None (`dialogId` / `DIALOG_ID`)."""
    for name in names:
        if name in params:
            return params[name]
    return None
