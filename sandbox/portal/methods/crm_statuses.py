"""crm.status.*: stages of pipelines and every other directory; documents: api-reference/crm/status/*.md.

Some of these errors use their sentence as the code, others an empty code, as the pages do.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.portal.calls import Call, Page, RestError, as_map, method, to_int
from sandbox.portal.crm_store import DEAL, LEAD, Crm, crm_of
from sandbox.portal.methods import crm_directories as directories
from sandbox.portal.methods.crm_schema import require_admin, required
from sandbox.portal.methods.crm_text import describe, ordered

_STATUS_FIELDS = (
    ("ID", "integer", "r"), ("ENTITY_ID", "string", "Ri"), ("STATUS_ID", "string", "Ri"),
    ("SORT", "integer", ""), ("NAME", "string", "R"), ("NAME_INIT", "string", "r"), ("SYSTEM", "char", "r"),
    ("CATEGORY_ID", "integer", "i"), ("COLOR", "string", ""), ("SEMANTICS", "char", "i"),
    ("EXTRA", "crm_status_extra", ""),
)  # fmt: skip
_STAGE_CODE = re.compile(r"[A-Za-z0-9_-]+")
_DYNAMIC_DIRECTORY = re.compile(r"DYNAMIC_(\d+)_STAGE_(\d+)")
_EXTRA = {"": "process", "S": "success", "F": "failure"}


def _pipeline_of(crm: Crm, entity_id: str) -> tuple[str, int | None, bool]:
    """(prefix, category, is it stages) of a directory; RestError when there is no such directory."""
    if entity_id in ("STATUS", "DEAL_STAGE", "QUOTE_STATUS"):
        return "", None, True
    if entity_id.startswith("DEAL_STAGE_"):
        number = to_int(entity_id.removeprefix("DEAL_STAGE_"))
        if number and number in directories.categories(crm, DEAL):
            return directories.stage_prefix(DEAL, number), number, True
    found = _DYNAMIC_DIRECTORY.fullmatch(entity_id)
    if found:
        entity_type_id, number = int(found[1]), int(found[2])
        if crm.dynamic_type(entity_type_id) and number in directories.categories(crm, entity_type_id):
            return directories.stage_prefix(entity_type_id, number), number, True
    if directories.directory(crm, entity_id):
        return "", None, False
    raise RestError("", "Specified entity type is not supported.")


def _show_status(status: directories.Status, *, extra: bool = False) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ID": str(status["id"]),
        "ENTITY_ID": status["ENTITY_ID"],
        "STATUS_ID": status["STATUS_ID"],
        "NAME": status["NAME"],
        "NAME_INIT": status["NAME_INIT"],
        "SORT": str(status["SORT"]),
        "SYSTEM": status["SYSTEM"],
        "CATEGORY_ID": None if status["CATEGORY_ID"] is None else str(status["CATEGORY_ID"]),
        "COLOR": status["COLOR"],
        "SEMANTICS": status["SEMANTICS"] or None,
    }
    if extra and status["COLOR"]:
        apology = status["SEMANTICS"] == "F" and status["SYSTEM"] == "N"
        word = "apology" if apology else _EXTRA[status["SEMANTICS"]]
        shown["EXTRA"] = {"SEMANTICS": word, "COLOR": status["COLOR"]}
    return shown


@method("crm.status.fields", scope="crm")
def status_fields(_call: Call) -> Any:
    return {
        name: describe(kind, name, read_only="r" in mode, required="R" in mode, immutable="i" in mode)
        for name, kind, mode in _STATUS_FIELDS
    }


@method("crm.status.list", scope="crm")
def status_list(call: Call) -> Any:
    """{order, filter} → list, never paged (crm-status-list.md knows no `start`)."""
    crm = crm_of(call.portal)
    wanted = as_map(call.params.get("filter"))
    entity = wanted.get("ENTITY_ID") or wanted.get("=ENTITY_ID")
    found = directories.directory(crm, str(entity)) if entity else list(directories.statuses(crm))
    shown = [_show_status(status, extra=True) for status in found]
    for key, value in wanted.items():
        name = key.lstrip("=@")
        allowed = {str(one) for one in (value if isinstance(value, list) else [value])}
        shown = [one for one in shown if name not in one or str(one[name] or "") in allowed]
    shown = ordered(shown, as_map(call.params.get("order")), numbers={"ID", "SORT"})
    return Page(shown, total=len(shown))


@method("crm.status.get", scope="crm")
def status_get(call: Call) -> Any:
    """{id} → the element."""
    return _show_status(_status(call))


def _status(call: Call) -> directories.Status:
    key = to_int(required(call, "id"))
    found = directories.statuses(crm_of(call.portal)).get(key) if key is not None else None
    if found is None:
        raise RestError("Status is not found.", "Status is not found.")
    return found


@method("crm.status.add", scope="crm")
def status_add(call: Call) -> Any:
    """{fields{ENTITY_ID, STATUS_ID, NAME, SORT, COLOR, SEMANTICS}} → id."""
    crm = crm_of(call.portal)
    fields = _status_fields_param(call)
    require_admin(call, "", "Access denied.")
    missing = [name for name in ("ENTITY_ID", "STATUS_ID") if not fields.get(name)]
    if missing:
        raise RestError("", "\n".join(f"The field {name} is required." for name in missing))
    if not fields.get("NAME"):
        raise RestError("", "The field Title is required.")
    entity_id = str(fields["ENTITY_ID"])
    prefix, category, is_stage = _pipeline_of(crm, entity_id)
    code = _status_code(str(fields["STATUS_ID"]), prefix, is_stage=is_stage)
    own = directories.directory(crm, entity_id)
    if any(status["STATUS_ID"] == code for status in own):
        raise RestError("ERROR_CORE", "The specified status ID already exists.")
    extra = as_map(fields.get("EXTRA"))
    semantics = str(fields.get("SEMANTICS") or extra.get("SEMANTICS") or "")
    semantics = {"success": "S", "failure": "F", "apology": "F", "process": ""}.get(semantics, semantics)
    sort = to_int(fields.get("SORT"), 10) or 0
    _check_order(own, semantics, sort, is_stage=is_stage)
    status = directories.put_status(
        directories.statuses(crm),
        entity_id,
        code,
        str(fields["NAME"])[:100],
        sort=sort,
        category_id=category,
        color=str(fields.get("COLOR") or extra.get("COLOR") or ""),
        semantics=semantics if semantics in ("S", "F") else "",
    )
    crm.settings_changed()
    return status["id"]


def _status_fields_param(call: Call) -> dict[str, Any]:
    fields = call.params.get("fields")
    if not isinstance(fields, (dict, list)):
        raise RestError("", "Parameter 'fields' must be array.")
    return as_map(fields)


def _status_code(code: str, prefix: str, *, is_stage: bool) -> str:
    """The code with its pipeline's prefix. RestError for a code the directory can't keep."""
    bare = code.removeprefix(prefix) if prefix else code
    limit = 22 if is_stage else 50
    if is_stage and not _STAGE_CODE.fullmatch(bare):
        # documents silent: the wording of both refusals
        raise RestError("ERROR_CORE", "STATUS_ID may hold only Latin letters, digits, hyphens, underscores.")
    if len(prefix + bare) > limit:
        raise RestError("ERROR_CORE", f"STATUS_ID is longer than {limit} characters.")
    return prefix + bare


def _check_order(own: list[directories.Status], semantics: str, sort: int, *, is_stage: bool) -> None:
    won = next((status for status in own if status["SEMANTICS"] == "S"), None)
    if is_stage and won is not None and semantics != "F" and sort >= won["SORT"]:
        raise RestError(
            "",
            "Cannot create more stages after the final stage because the final successful stage already "
            "exists. Try using sort order values less than that of the final stage.",
        )


@method("crm.status.update", scope="crm")
def status_update(call: Call) -> Any:
    """{id, fields{NAME, SORT, COLOR}} → true; code, directory and semantics are immutable."""
    crm = crm_of(call.portal)
    require_admin(call, "Access denied.", "Access denied.")
    status, fields = _status(call), _status_fields_param(call)
    extra = as_map(fields.get("EXTRA"))
    if "NAME" in fields:
        status["NAME"] = str(fields["NAME"])
    if "SORT" in fields:
        status["SORT"] = to_int(fields["SORT"], status["SORT"])
    if "COLOR" in fields or "COLOR" in extra:
        status["COLOR"] = str(fields.get("COLOR") or extra.get("COLOR") or "")
    directories.statuses(crm).save(status)
    crm.settings_changed()
    return True


@method("crm.status.delete", scope="crm")
def status_delete(call: Call) -> Any:
    """{id, params{FORCED}} → true; refused while items stand in the stage."""
    crm = crm_of(call.portal)
    require_admin(call, "Access denied.", "Access denied.")
    status = _status(call)
    if status["SYSTEM"] == "Y" and as_map(call.params.get("params")).get("FORCED") != "Y":
        text = 'CRM System Status can be deleted only if parameter FORCED is specified and equal to "Y".'
        raise RestError(text, text)
    entity_type_id = _stage_type(status["ENTITY_ID"])
    if entity_type_id is not None:
        items = crm.items(entity_type_id).by_id()
        if any(item.get("stageId") == status["STATUS_ID"] for item in items):
            text = "There are active items in this status."
            raise RestError(text, text)
    directories.statuses(crm).remove(status["id"])
    crm.settings_changed()
    return True


def _stage_type(entity_id: str) -> int | None:
    """The type whose stages a directory holds."""
    if entity_id == "STATUS":
        return LEAD
    if entity_id.startswith("DEAL_STAGE"):
        return DEAL
    found = _DYNAMIC_DIRECTORY.fullmatch(entity_id)
    return int(found[1]) if found else None


@method("crm.status.entity.types", scope="crm")
def status_entity_types(call: Call) -> Any:
    """Every directory of this portal with its prefix."""
    crm = crm_of(call.portal)
    names = dict.fromkeys(status["ENTITY_ID"] for status in directories.statuses(crm))
    types: list[dict[str, Any]] = []
    for name in names:
        prefix, category, is_stage = _pipeline_of(crm, name)
        entry: dict[str, Any] = {"ID": name, "NAME": name}
        if is_stage:
            entry["ENTITY_TYPE_ID"] = _stage_type(name)
        if prefix:
            entry |= {"PREFIX": prefix.rstrip(":"), "CATEGORY_ID": category}
        types.append(entry)
    return types
