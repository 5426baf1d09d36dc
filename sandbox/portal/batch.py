"""The `batch` method: up to 50 commands one after another, with references to earlier results.

Source document: settings/how-to-call-rest-api/batch.md.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.portal.calls import Call, RestError, as_map, method, to_bool
from sandbox.portal.dispatch import execute, find_method, time_block
from sandbox.portal.forms import decode

MAX_COMMANDS = 50
_REFERENCE = re.compile(r"\$result((?:\[[^\[\]]*\])+)")
_KEY = re.compile(r"\[([^\[\]]*)\]")


@method("batch", batchable=False)
async def batch(call: Call) -> dict[str, Any]:
    """{halt, cmd: {key: "method?query"}} → the five maps of the answer, always without an error."""
    commands = call.params.get("cmd")
    maps: dict[str, dict[str, Any]] = {
        name: {} for name in ("result", "result_error", "result_total", "result_next", "result_time")
    }
    for number, (key, command) in enumerate(as_map(commands).items()):
        try:
            _check_length(number)
            await _run(call, key, command, maps)
        except RestError as error:
            maps["result_error"][key] = {
                "error": error.code, "error_description": error.description, **error.extra,
            }  # fmt: skip
            if to_bool(call.params.get("halt")):
                break
    return {name: _as_php(found, listed=isinstance(commands, list)) for name, found in maps.items()}


def _check_length(number: int) -> None:
    if number >= MAX_COMMANDS:
        raise RestError("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")


async def _run(call: Call, key: str, command: object, maps: dict[str, dict[str, Any]]) -> None:
    started = call.portal.now()
    name, params = _parse(command, maps["result"])
    inner = call.inner(name, params)
    if not find_method(inner).batchable:
        raise RestError("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", 405)
    fault = call.portal.faults.take(name, in_batch=True)
    if fault is not None and fault.kind == "error":
        raise fault.error()
    outcome = await execute(inner)
    if fault is not None:
        raise fault.error()
    maps["result"][key] = outcome.result
    if outcome.total is not None:
        maps["result_total"][key] = outcome.total
    if outcome.next is not None:
        maps["result_next"][key] = outcome.next
    maps["result_time"][key] = time_block(inner, started)


def _parse(command: object, results: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if isinstance(command, dict):  # the form SDKs send: {"method": …, "params": {…}}
        name, params = str(command.get("method", "")), as_map(command.get("params"))
    else:
        name, _, query = str(command).partition("?")
        params = decode(parse_qsl(query, keep_blank_values=True))
    resolved = resolve(params, results)
    assert isinstance(resolved, dict)
    return name.strip().removesuffix(".json"), resolved


def resolve(value: Any, results: dict[str, Any]) -> Any:
    """Replace `$result[key][field]…` anywhere in a value; a reference to nothing becomes "".

    A value that is nothing but one reference takes the found type (a list stays a list).
    """
    if isinstance(value, dict):
        return {key: resolve(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, results) for item in value]
    if not isinstance(value, str) or "$result" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        found = _follow(whole[1], results)
        return "" if found is None else found
    return _REFERENCE.sub(lambda match: _as_text(_follow(match[1], results)), value)


def _follow(path: str, results: dict[str, Any]) -> Any:
    node: Any = results
    for key in _KEY.findall(path):
        if isinstance(node, list):
            node = node[int(key)] if key.isdigit() and int(key) < len(node) else None
        elif isinstance(node, dict):
            node = node.get(key)
        else:
            return None
    return node


def _as_text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _as_php(found: dict[str, Any], *, listed: bool) -> Any:
    """PHP writes an empty array as `[]`, and keys 0…n-1 without a gap as a list."""
    if not found:
        return []
    if listed or all(key.isdigit() for key in found):
        keys = list(found)
        if keys == [str(i) for i in range(len(keys))]:
            return list(found.values())
    return found
