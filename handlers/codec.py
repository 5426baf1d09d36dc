"""Domain objects to JSON and back: what waits in inbox and outbox survives a restart in this form."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

from domain.chat import Address, FileRef, IncomingMessage, MessageRef, Reply
from domain.ports import CrmLayout

T = TypeVar("T")

_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind) for kind in (Address, CrmLayout, FileRef, IncomingMessage, MessageRef, Reply)
}


def dump(value: object) -> Any:
    """JSON-ready data of one of the known domain objects."""
    return _ADAPTERS[type(value)].dump_python(value, mode="json")


def load(kind: type[T], data: object) -> T:
    """The domain object again; pydantic's ValidationError on data that isn't one."""
    loaded: T = _ADAPTERS[kind].validate_python(data)
    return loaded
