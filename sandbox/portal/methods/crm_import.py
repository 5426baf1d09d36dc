"""crm.item.import and crm.item.batchImport: adding without robots, with history an administrator brings.

Documents: api-reference/crm/universal/import/*.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, RestError, method
from sandbox.portal.crm_store import Crm, epoch
from sandbox.portal.methods import crm_values as values
from sandbox.portal.methods import crm_write as write
from sandbox.portal.methods.crm_items import announce
from sandbox.portal.methods.crm_schema import Schema, called_schema, is_admin, required, required_map
from sandbox.portal.methods.crm_show import wants_original_names

MAX_BATCH = 20
HISTORY = ("createdTime", "updatedTime", "movedTime", "createdBy", "updatedBy", "movedBy")
"""System fields an administrator may set while importing (import/index.md)."""


def _import_one(crm: Crm, schema: Schema, fields: dict[str, Any], call: Call) -> dict[str, Any]:
    changes = write.check(crm, schema, fields, original_names=wants_original_names(call))
    history = _check_history(crm, schema, fields, admin=is_admin(call))
    item = write.create(crm, schema, changes, call.user_id, history=history)
    announce(crm, schema, item, "import")
    return {"item": {"id": item["id"]}}


def _check_history(crm: Crm, schema: Schema, fields: dict[str, Any], *, admin: bool) -> dict[str, Any]:
    """The history an import brings. RestError …_VALUE_NOT_VALID by import/index.md's rules of dates."""
    history: dict[str, Any] = {}
    for name in HISTORY:
        if name not in fields or name not in schema.fields:
            continue
        if not admin:
            raise values.bad_field(name)
        try:
            if name.endswith("Time"):
                history[name] = values.parse_time(str(fields[name]), crm.portal.config.time_zone)
            else:
                history[name] = values.to_integer(fields[name])
        except values.BadValue:
            raise values.bad_field(name) from None
    _check_times(crm, schema, history)
    return history


def _check_times(crm: Crm, schema: Schema, history: dict[str, Any]) -> None:
    now = crm.portal.now().timestamp()
    times = {name: epoch(history[name]) for name in HISTORY[:3] if name in history}
    created = times.get("createdTime")
    if created is not None:
        latest = crm.items(schema.entity_type_id).latest_created
        if created > now or created < latest:  # "Import items in ascending order of createdTime"
            raise values.bad_field("createdTime")
    start = created if created is not None else now
    end = times.get("updatedTime", now)
    if end > now or ("updatedTime" in times and created is not None and end < start):
        raise values.bad_field("updatedTime")
    moved = times.get("movedTime")
    if moved is not None and not min(start, end) <= moved <= end:
        raise values.bad_field("movedTime")


@method("crm.item.import", scope="crm")
def item_import(call: Call) -> Any:
    """{entityTypeId, fields} → {item: {id}}; robots stay asleep."""
    crm, schema = called_schema(call)
    return _import_one(crm, schema, required_map(call, "fields"), call)


@method("crm.item.batchImport", scope="crm")
def item_batch_import(call: Call) -> Any:
    """{entityTypeId, data: up to 20 fields} → {items: [{item: {id}} | {error, error_description}]}, in order."""
    crm, schema = called_schema(call)
    data = required(call, "data")
    rows = list(data.values()) if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise RestError("100", "Invalid value to match with parameter {data}. Should be value of type array")
    if len(rows) > MAX_BATCH:
        raise RestError("MAX_IMPORT_BATCH_SIZE_EXCEEDED", f"You cannot import more than {MAX_BATCH} items")
    answers: list[dict[str, Any]] = []
    for fields in rows:
        try:
            answers.append(_import_one(crm, schema, fields if isinstance(fields, dict) else {}, call))
        except RestError as error:
            answers.append({"error": error.code, "error_description": error.description})
    return {"items": answers}
