"""As much of JSON Schema as our pages in docs/json use; an unknown keyword is an error, not a silence."""

import re
from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_SILENT = {"$schema", "title", "description"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def faults(schema: dict[str, Any], value: Any, where: str = "$") -> list[str]:
    """What is wrong with a value; empty when it fits."""
    return [fault for key, rule in schema.items() for fault in _faults_of(key, rule, schema, value, where)]


def _faults_of(key: str, rule: Any, schema: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    match key:
        case "type" if not _is(value, rule):
            yield f"{where}: {value!r} is no {rule}"
        case "enum" if value not in rule:
            yield f"{where}: {value!r} is none of {rule}"
        case "pattern" if isinstance(value, str) and not re.search(rule, value):
            yield f"{where}: {value!r} doesn't match {rule}"
        case "minimum" if isinstance(value, int | float) and value < rule:
            yield f"{where}: {value} is below {rule}"
        case "format" if isinstance(value, str) and not _MOMENT.fullmatch(value):
            yield f"{where}: {value!r} is no moment"
        case "items" if isinstance(value, list):
            for number, item in enumerate(value):
                yield from faults(rule, item, f"{where}[{number}]")
        case "required" if isinstance(value, dict):
            yield from (f"{where}: {name} is missing" for name in rule if name not in value)
        case "properties" if isinstance(value, dict):
            for name in rule.keys() & value.keys():
                yield from faults(rule[name], value[name], f"{where}.{name}")
        case "additionalProperties" if isinstance(value, dict):
            for name in value.keys() - schema.get("properties", {}).keys():
                if rule is False:
                    yield f"{where}: {name} is unknown"
                else:
                    yield from faults(rule, value[name], f"{where}.{name}")
        case "type" | "enum" | "pattern" | "minimum" | "format" | "items" | "required" | "properties":
            pass
        case "additionalProperties":
            pass
        case _ if key not in _SILENT:
            yield f"{where}: the schema uses {key}, which this reader doesn't know"


def _is(value: Any, rule: str | list[str]) -> bool:
    names = [rule] if isinstance(rule, str) else rule
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, _TYPES[name]) for name in names)
