"""The stages of a hotel's pipeline: what has to be made, changed and taken away so that it has ours. Pure.

A new pipeline of deals comes with eight stages. The three that the system insists on (first, won, lost) become
ours, the other five go. In a pipeline that has all of ours nothing is touched any more, whatever people renamed.
Documents: ``status/crm-status-{add,update,delete}.md``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.ports import StageSpec
from integrations.bitrix24.batching import Command
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay

_SYSTEM = {"process": "NEW", "won": "WON", "lost": "LOSE"}
_DEFAULTS = frozenset({"PREPARATION", "PREPAYMENT_INVOICE", "EXECUTING", "FINAL_INVOICE", "APOLOGY"})
_SEMANTICS = {"process": "", "won": "S", "lost": "F"}


@dataclass(frozen=True, slots=True)
class Status:
    """One element of a directory."""

    row_id: str
    directory: str
    code: str
    name: str
    first_name: str
    sort: int


def read_statuses(result: Any) -> list[Status]:
    """The rows of ``crm.status.list``."""
    return [
        Status(
            as_text(row.get("ID")),
            as_text(row.get("ENTITY_ID")),
            as_text(row.get("STATUS_ID")),
            as_text(row.get("NAME")),
            as_text(row.get("NAME_INIT")),
            as_int(row.get("SORT")) or 0,
        )
        for row in map(as_map, as_list(result))
    ]


def stage_directory(category: int) -> str:
    """The directory that holds a deal pipeline's stages."""
    return f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"


def plan_stages(
    statuses: Sequence[Status], specs: Sequence[StageSpec], category: int, *, fresh: bool
) -> tuple[dict[str, str], list[Command]]:
    """Stage id per our code, and the commands that are still needed (then the ids aren't all there yet).

    Commands come in the order in which a half-done batch does no harm: take away, change, add. ``fresh``: the
    pipeline was made just now.
    """
    directory, standing = stage_directory(category), _by_code(statuses, category)
    used = _assign(standing, specs)
    mapping = {spec.code: standing[code].code for spec, code in used.items() if code in standing}
    absent = [spec for spec, code in used.items() if code not in standing]
    if not absent and not fresh:
        return mapping, []
    taken = set(used.values())
    away = [
        Command("crm.status.delete", {"id": one.row_id}, Replay.SAFE)
        for code, one in standing.items()
        if code in _DEFAULTS and code not in taken and (fresh or not any(spec.use for spec in specs))
    ]
    return mapping, [*away, *_changes(standing, used), *(_add(directory, spec) for spec in absent)]


def in_pipeline(statuses: Sequence[Status], category: int) -> list[Status]:
    """The stages of one pipeline."""
    return list(_by_code(statuses, category).values())


def used_stage(standing: Sequence[Status], spec: StageSpec) -> Status | None:
    """The people's own stage that a spec uses, by its code (with or without the pipeline's prefix) or name."""
    wanted = " ".join(spec.use.split()).casefold()
    return next(
        (
            one
            for one in standing
            if wanted in {one.code.casefold(), one.code.partition(":")[2].casefold(), _folded(one.name)}
        ),
        None,
    )


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _by_code(statuses: Sequence[Status], category: int) -> dict[str, Status]:
    prefix, directory = (f"C{category}:" if category else ""), stage_directory(category)
    return {one.code.removeprefix(prefix): one for one in statuses if one.directory == directory}


def _assign(standing: Mapping[str, Status], specs: Sequence[StageSpec]) -> dict[StageSpec, str]:
    """Which code each of our stages has: its own, or that of the system's stage of the same meaning."""
    used: dict[StageSpec, str] = {}
    for spec in sorted(specs, key=lambda one: one.sort):
        if spec.use:
            found = used_stage(list(standing.values()), spec)
            used[spec] = next((code for code, one in standing.items() if one is found), spec.use)
            continue
        system = _SYSTEM[spec.semantics]
        takes_over = spec.code not in standing and system in standing and system not in used.values()
        used[spec] = system if takes_over else spec.code
    return used


def _changes(standing: Mapping[str, Status], used: Mapping[StageSpec, str]) -> list[Command]:
    """The system's stages become ours; a name that people gave stays."""
    commands = []
    for spec, code in used.items():
        one = standing.get(code)
        if one is None or spec.use or code != _SYSTEM[spec.semantics] or code == spec.code:
            continue
        fields: dict[str, Any] = {"SORT": spec.sort}
        if one.name == one.first_name or not one.first_name:
            fields |= {"NAME": spec.title, "COLOR": spec.color}
        commands.append(Command("crm.status.update", {"id": one.row_id, "fields": fields}, Replay.SAFE))
    return commands


def _add(directory: str, spec: StageSpec) -> Command:
    fields = {
        "ENTITY_ID": directory,
        "STATUS_ID": spec.code,
        "NAME": spec.title,
        "SORT": spec.sort,
        "COLOR": spec.color,
        "SEMANTICS": _SEMANTICS[spec.semantics],
    }
    return Command("crm.status.add", {"fields": fields})
