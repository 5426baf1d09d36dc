"""The shape of an operation: from the same rows come the routes and their description."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from domain.api_tokens import ApiScope, Token
from handlers.api.calls import Answer
from handlers.api.deliveries import DeliveryApi
from handlers.api.files import FileApi
from handlers.api.guests import GuestApi
from handlers.api.licences import LicenceApi
from handlers.api.requests import DeskApi
from handlers.api.syncs import SyncApi
from handlers.api.webhooks import WebhookApi
from handlers.scope import Scope
from web.api.types import NoQuery

Q = TypeVar("Q", bound=BaseModel)
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Cases:
    """The use cases behind the API."""

    requests: DeskApi
    guests: GuestApi
    syncs: SyncApi
    deliveries: DeliveryApi
    webhooks: WebhookApi
    licences: LicenceApi
    files: FileApi


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """One call as it passed the door. ``body`` is None where the operation takes none."""

    cases: Cases
    scope: Scope
    token: Token
    path: dict[str, str]
    query: Q
    body: B
    if_match: str | None
    base: str

    @property
    def id(self) -> int:
        """The number in the path."""
        return int(self.path["id"])


Run = Callable[[Call[Any, Any]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``problems``: statuses beyond those any operation may give."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    run: Run
    returns: Any = None
    needs: ApiScope | None = None
    status: int = 200
    description: str = ""
    query: type[BaseModel] = NoQuery
    body: type[BaseModel] | None = None
    writes: bool = False
    keyed: bool = False
    """Whether it takes an ``Idempotency-Key``."""
    tagged: bool = False
    """Whether the answer has an ``ETag`` and a GET heeds ``If-None-Match``."""
    matched: bool = False
    """Whether ``If-Match`` is heeded."""
    problems: tuple[int, ...] = field(default=())

    @property
    def path_names(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]


PATH_RULES: dict[str, tuple[str, dict[str, Any], str]] = {
    "id": (r"[1-9][0-9]{0,14}", {"type": "integer", "minimum": 1, "maximum": 10**15 - 1}, "The number."),
    "number": (
        r"[A-Za-z][A-Za-z0-9]{0,7}-[0-9]{4}-[0-9]{6}",
        {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9]{0,7}-[0-9]{4}-[0-9]{6}$"},
        "The registration number, like FB-2026-000123.",
    ),
    "hotel": (
        r"[A-Za-z0-9_-]{1,20}",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,20}$"},
        "The hotel's code.",
    ),
    "profile": (
        r"[A-Za-z0-9_.:-]{1,60}",
        {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,60}$"},
        "The PMS's number of the guest.",
    ),
}
"""What may stand in a path: the router's rule, the schema, the words. Anything else is an unknown page."""
