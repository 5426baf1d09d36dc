"""crm.item.import and crm.item.batchImport: adding without robots, with history an administrator brings.

Documents: api-reference/crm/universal/import/*.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, RestError, method
from sandbox.portal.crm_store import Crm
from sandbox.portal.methods import crm_write as write
from sandbox.portal.methods.crm_items import announce
from sandbox.portal.methods.crm_schema import Schema, called_schema, is_admin, required, required_map
from sandbox.portal.methods.crm_show import wants_original_names

MAX_BATCH = 20


def _import_one(crm: Crm, schema: Schema, fields: dict[str, Any], call: Call) -> dict[str, Any]:
    changes = write.check(crm, schema, fields, original_names=wants_original_names(call))
    history = write.check_history(crm, schema, fields, admin=is_admin(call))
    item = write.create(crm, schema, changes, call.user_id, history=history)
    announce(crm, schema, item, "import")
    return {"item": {"id": item["id"]}}


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
