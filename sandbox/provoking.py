"""What people and tests can provoke at a stand-in: switches where sites differ, faults that strike the next requests.

The hotel and the line to it keep their rules alike and have the same control surface for them; the portal and Telegram
have faults of another kind (by method, by chance) and share the switches only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Generic, TypeVar

import orjson
from aiohttp import web


@dataclass
class Switchboard:
    """Base of a stand-in's switches: a dataclass whose fields have defaults."""

    def set(self, name: str, value: object) -> None:
        """Change one; a list will do for a tuple of words. ValueError for an unknown name or another type."""
        if name not in asdict(self):
            raise ValueError(f"no such switch: {name}")
        if isinstance(getattr(self, name), tuple) and isinstance(value, list):
            value = tuple(str(item) for item in value)
        if type(value) is not type(getattr(self, name)):
            raise ValueError(f"switch {name} wants {type(getattr(self, name)).__name__}")
        setattr(self, name, value)


@dataclass
class Rule:
    """The next ``times`` matching requests (-1 = until cleared) meet it; ``after`` pass first."""

    KINDS: ClassVar[tuple[str, ...]] = ()
    kind: str
    times: int = 1
    after: int = 0

    def __post_init__(self) -> None:
        if self.kind not in self.KINDS:
            raise ValueError(f"no such fault: {self.kind}")


R = TypeVar("R", bound=Rule)


@dataclass
class Rules(Generic[R]):
    """The rules in force, first match wins."""

    rules: list[R] = field(default_factory=list)

    def add(self, fault: R) -> None:
        self.rules.append(fault)

    def clear(self) -> None:
        self.rules.clear()

    def strike(self, matches: Callable[[R], bool]) -> R | None:
        """The rule that the next request meets, used up by one."""
        for rule in self.rules:
            if rule.times == 0 or not matches(rule):
                continue
            if rule.after > 0:
                rule.after -= 1
                return None
            rule.times -= rule.times > 0
            return rule
        return None

    def told(self) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in self.rules if rule.times]


# --- the control surface -------------------------------------------------------------------------------------


def json_answer(data: Any, status: int = 200) -> web.Response:
    """An answer in JSON; what JSON has no form for is written as text."""
    body = orjson.dumps(data, default=str)
    return web.Response(body=body, status=status, content_type="application/json")


async def json_object(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; an empty body is the empty object. HTTPBadRequest for anything else."""
    raw = await request.read()
    try:
        data = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    if not isinstance(data, dict):
        raise web.HTTPBadRequest(text="a JSON object is wanted")
    return data


def attach(app: web.Application, base: str, switches: Switchboard, faults: Rules[R], rule: type[R]) -> None:
    """POST {name: value, …} to ``base``/switches; POST a rule's fields to ``base``/faults, DELETE clears them."""

    async def set_switches(request: web.Request) -> web.Response:
        try:
            for name, value in (await json_object(request)).items():
                switches.set(name, value)
        except ValueError as error:
            return json_answer({"error": str(error)}, 400)
        return json_answer(asdict(switches))

    async def add_fault(request: web.Request) -> web.Response:
        body, known = await json_object(request), {one.name for one in fields(rule)}
        if not set(body) <= known:
            return json_answer({"error": f"known are {sorted(known)}"}, 400)
        try:
            faults.add(rule(**body))
        except (TypeError, ValueError) as error:
            return json_answer({"error": str(error)}, 400)
        return json_answer({"faults": faults.told()})

    async def clear_faults(_: web.Request) -> web.Response:
        faults.clear()
        return json_answer({"faults": []})

    app.router.add_post(f"{base}/switches", set_switches)
    app.router.add_post(f"{base}/faults", add_fault)
    app.router.add_delete(f"{base}/faults", clear_faults)
