"""What can go wrong on the way to a portal, on demand: errors, drops, HTML, answers lost, late execution."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from sandbox.portal.calls import RestError, to_int

Kind = Literal["error", "error_after", "html", "html_after", "drop", "drop_after", "late", "delay", "moved"]
KINDS: tuple[Kind, ...] = (
    "error", "error_after", "html", "html_after", "drop", "drop_after", "late", "delay", "moved",
)  # fmt: skip
INNER_KINDS: frozenset[Kind] = frozenset({"error", "error_after"})

# Status and text of the documented system errors (error-codes.md); any other code is a 400.
KNOWN_ERRORS: dict[str, tuple[int, str]] = {
    "INTERNAL_SERVER_ERROR": (500, "Internal server error"),
    "ERROR_UNEXPECTED_ANSWER": (500, "Server returned an unexpected response"),
    "QUERY_LIMIT_EXCEEDED": (503, "Too many requests"),
    "OPERATION_TIME_LIMIT": (429, "Method is blocked due to operation time limit."),
    "OVERLOAD_LIMIT": (503, "REST API is blocked due to overload"),
    "ERROR_BATCH_METHOD_NOT_ALLOWED": (405, "Method is not allowed for batch usage"),
    "ERROR_BATCH_LENGTH_EXCEEDED": (400, "Max batch length exceeded"),
    "NO_AUTH_FOUND": (401, "Wrong authorization data"),
    "expired_token": (401, "The access token provided has expired"),
    "invalid_token": (401, "The access token provided is invalid"),
    "INVALID_CREDENTIALS": (403, "Invalid request credentials"),
    "insufficient_scope": (403, "The request requires higher privileges than provided by the webhook token"),
    "user_access_error": (403, "The user does not have access to the application"),
    "ACCESS_DENIED": (403, "REST API is available only on commercial plans"),
    "WRONG_AUTH_TYPE": (403, "Current authorization type is denied for this method"),
    "INVALID_REQUEST": (400, "Https required"),
    "ERROR_METHOD_NOT_FOUND": (404, "Method not found!"),
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": (404, "Manifest is not available"),
    "PORTAL_DELETED": (500, "Portal was deleted"),
    "PAYMENT_REQUIRED": (402, "Payment required"),
    "METHOD_CONFIRM_WAITING": (401, "Waiting for confirmation"),
    "METHOD_CONFIRM_DENIED": (403, "Method call denied"),
    "ERROR_CORE": (400, "Internal error"),
    "ERROR_ARGUMENT": (400, "Wrong argument"),
    "NOT_FOUND": (400, "Not found"),
}


@dataclass
class Fault:
    """One rule. `times` counts down to nothing; None lasts. `method` is a glob over REST names."""

    id: int
    kind: Kind
    method: str = "*"
    times: int | None = 1
    probability: float = 1.0
    code: str = "INTERNAL_SERVER_ERROR"
    description: str | None = None
    http: int | None = None
    seconds: float = 1.0
    """late: executed so long after the connection was dropped; delay: the answer waits so long."""
    location: str = ""
    """moved: the new base URL of the portal (scheme://host)."""

    def error(self) -> RestError:
        http, description = KNOWN_ERRORS.get(self.code, (400, self.code))
        return RestError(
            self.code,
            description if self.description is None else self.description,
            http if self.http is None else self.http,
        )


class Faults:
    """The rules in force, the oldest first."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._last_id = 0
        self._random = random.Random(2026)

    def add(self, rule: dict[str, Any], *, first: bool = False) -> Fault:
        """A rule from JSON: {kind, method?, times? (null = for ever), probability?, code?, description?,
        http?, seconds?, location?}; ``first``: before the others. ValueError when it makes no sense.
        """
        unknown = set(rule) - set(Fault.__dataclass_fields__) | ({"id"} & set(rule))
        if unknown:
            raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
        if rule.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if rule.get("times", 1) is not None and (to_int(rule.get("times", 1)) or 0) < 1:
            raise ValueError("times must be a positive number or null")
        if rule["kind"] == "moved" and not rule.get("location"):
            raise ValueError("moved wants a location")
        self._last_id += 1
        fault = Fault(id=self._last_id, **rule)
        self._rules.insert(0 if first else len(self._rules), fault)
        return fault

    def remove(self, rule_id: int | None = None) -> None:
        """Take back one rule, or all."""
        self._rules = [rule for rule in self._rules if rule_id is not None and rule.id != rule_id]

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in self._rules]

    def take(self, method: str, *, in_batch: bool = False) -> Fault | None:
        """The rule that strikes this call, counted down; commands of a batch can only be told errors."""
        for rule in self._rules:
            if in_batch and rule.kind not in INNER_KINDS:
                continue
            if not fnmatchcase(method.lower(), rule.method.lower()):
                continue
            if rule.probability < 1.0 and self._random.random() >= rule.probability:
                continue
            if rule.times is not None:
                rule.times -= 1
                if rule.times == 0:
                    self._rules.remove(rule)
            return rule
        return None
