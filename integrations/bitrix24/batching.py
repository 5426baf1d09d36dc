"""Commands of a batch and what became of each: the portal's maps of results, errors and times put in order.

Document: ``settings/how-to-call-rest-api/batch.md``. Empty maps come as ``[]``; a batch is always HTTP 200.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.errors import ConciergeError, Temporary
from integrations.bitrix24.decoder import Answer, Fault, as_int, as_map, read_error, read_timing
from integrations.bitrix24.encoding import command_key
from integrations.bitrix24.errors import Replay, lost, to_error


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a batch. Booleans travel as Y/N; references to earlier results are ``encoding.Ref``."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    replay: Replay = Replay.UNSAFE


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What became of one command: ``answer`` or ``error`` (with the portal's ``fault``, if it told one)."""

    command: Command
    answer: Answer | None = None
    error: ConciergeError | None = None
    fault: Fault | None = None

    @property
    def result(self) -> Any:
        """The command's result; raises its error."""
        if self.error is not None:
            raise self.error
        return self.answer.result if self.answer else None


def read_batch(commands: Sequence[Command], result: Any, *, halt: bool) -> list[CommandResult]:
    """Put a batch's maps in the order of its commands; a command nobody mentions was cut off."""
    maps = {
        name: as_map(as_map(result).get(name))
        for name in ("result", "result_error", "result_total", "result_next", "result_time")
    }
    results: list[CommandResult] = []
    stopped = False
    for index, command in enumerate(commands):
        one = _read_one(command, command_key(index), maps, stopped=stopped)
        stopped = stopped or (halt and one.fault is not None)
        results.append(one)
    return results


def _read_one(
    command: Command, key: str, maps: Mapping[str, Mapping[str, Any]], *, stopped: bool
) -> CommandResult:
    timing = read_timing(maps["result_time"].get(key))
    if key in maps["result_error"]:
        error = maps["result_error"][key]
        details = error if isinstance(error, dict) else {"error": error}
        code, text = read_error(details.get("error"), details.get("error_description"))
        fault = Fault(code, text, 400, timing=timing)
        return CommandResult(command, error=to_error(fault, command.method, command.replay), fault=fault)
    if key in maps["result"]:
        answer = Answer(
            maps["result"][key],
            timing,
            total=as_int(maps["result_total"].get(key)),
            next=as_int(maps["result_next"].get(key)),
        )
        return CommandResult(command, answer)
    if stopped:
        return CommandResult(
            command, error=Temporary("bitrix-halted", f"{command.method}: an earlier one failed")
        )
    return CommandResult(command, error=lost(command.method, command.replay, f"{command.method}: no result"))
