"""crm.duplicate.findbycomm and crm.entity.mergeBatch; documents: api-reference/crm/duplicates/*.md."""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, RestError, as_list, as_map, method, to_int
from sandbox.portal.crm_store import COMPANY, CONTACT, LEAD, Crm, Item, crm_of
from sandbox.portal.methods import crm_filters as filters
from sandbox.portal.methods import crm_write as write
from sandbox.portal.methods.crm_items import announce
from sandbox.portal.methods.crm_schema import Schema, schema_of

_TYPES = {"LEAD": LEAD, "CONTACT": CONTACT, "COMPANY": COMPANY}
FULL = 20


def _sentence(text: str, description: str, http: int = 400) -> RestError:
    """These methods use a sentence as the error's code."""
    return RestError(text, description, http)


@method("crm.duplicate.findbycomm", scope="crm")
def find_by_comm(call: Call) -> Any:
    """{type: PHONE | EMAIL, values ≤ 20, entity_type?} → {CONTACT: [ids], …} or [] when nobody has it."""
    crm, kind = crm_of(call.portal), str(call.params.get("type") or "").upper()
    if not kind:
        raise _sentence("Communication type is not defined", "Parameter 'type' is required.")
    if kind not in ("PHONE", "EMAIL"):
        text = f"Communication type '{kind}' is not supported in current context"
        raise _sentence(text, text)
    wanted = [str(one) for one in as_list(call.params.get("values")) if str(one).strip()]
    if not wanted:
        raise _sentence("Communication values is not defined", "Parameter 'values' is required.")
    only = str(call.params.get("entity_type") or "").upper()
    found: dict[str, list[int]] = {}
    for word, entity_type_id in _TYPES.items():
        if only and word != only:
            continue
        ids = sorted(filters.by_comm(crm.items(entity_type_id), kind, wanted[:FULL]))[:FULL]
        if ids:
            found[word] = ids
        if len(ids) == FULL:  # "20 or more duplicates … the other types are not returned"
            break
    return found or []


_NEVER_CONFLICT = {
    "id", "createdTime", "updatedTime", "createdBy", "updatedBy", "assignedById", "opened", "hasPhone",
    "hasEmail", "lastActivityBy", "lastActivityTime", "movedTime", "movedBy", "originId", "originatorId",
    "originVersion", "fm", "uf", "contactIds", "companyIds", "observers", "stageSemanticId", "isNew", "closed",
    "currencyId", "sourceId", "typeId", "export", "revenue", "begindate", "closedate", "industry", "employees",
}  # fmt: skip
"""documents silent: which differences are "manual"; service fields and defaults are not, texts are."""


@method("crm.entity.mergeBatch", scope="crm")
def merge_batch(call: Call) -> Any:
    """{params{entityTypeId, entityIds[≥ 2]}} → {STATUS: SUCCESS | CONFLICT, ENTITY_IDS: deleted ids}."""
    crm, params = crm_of(call.portal), as_map(call.params.get("params"))
    entity_type_id = to_int(params.get("entityTypeId"))
    if not entity_type_id:
        raise RestError("0", "The parameter entityTypeId is required.")
    ids = [key for one in as_list(params.get("entityIds")) if (key := to_int(one)) and key > 0]
    if not ids:
        raise RestError("0", "The parameter entityIds does not contains valid elements.")
    ids = list(dict.fromkeys(ids))
    if len(ids) < 2:
        raise RestError("0", "The parameter entityIds must contains at least two elements.")
    schema, items = schema_of(crm, entity_type_id), crm.items(entity_type_id)
    found = [item for key in ids if (item := items.get(key)) is not None]
    if len(found) < len(ids):
        raise RestError("0", "Owner was not found")
    main, others = found[0], found[1:]
    if any(_conflict(main, other) for other in others):
        return {"STATUS": "CONFLICT", "ENTITY_IDS": []}
    for other in others:
        _merge_into(crm, schema, main, other, call.user_id)
    announce(crm, schema, main, "merge")
    return {"STATUS": "SUCCESS", "ENTITY_IDS": ids[1:]}


def _conflict(main: Item, other: Item) -> bool:
    """Both have a value, and not the same one."""
    for name, value in other.items():
        own = main.get(name)
        if name not in _NEVER_CONFLICT and value and own and own != value:
            return True
    own_custom = main.get("uf", {})
    return any(
        value and own_custom.get(name) and own_custom[name] != value and not isinstance(value, list)
        for name, value in other.get("uf", {}).items()
    )


def _merge_into(crm: Crm, schema: Schema, main: Item, other: Item, user_id: int) -> None:
    """Fill the main item's gaps from the other, join lists, move links, delete the other."""
    for name, value in other.items():
        if name not in ("id", "fm", "uf", "contactIds", "companyIds") and not main.get(name):
            main[name] = value
    for name in ("contactIds", "companyIds"):
        if other.get(name):
            main[name] = list(dict.fromkeys([*main.get(name, []), *other[name]]))
    custom = main.setdefault("uf", {})
    for name, value in other.get("uf", {}).items():
        if isinstance(value, list):
            custom[name] = list(dict.fromkeys([*(custom.get(name) or []), *value]))
        elif not custom.get(name):
            custom[name] = value
    have = {(entry["typeId"], entry["value"]) for entry in main.get("fm", ())}
    fresh = [entry for entry in other.get("fm", ()) if (entry["typeId"], entry["value"]) not in have]
    if fresh:
        main["fm"] = [*main.get("fm", ()), *fresh]
        main["hasPhone"] = "Y" if any(e["typeId"] == "PHONE" for e in main["fm"]) else "N"
        main["hasEmail"] = "Y" if any(e["typeId"] == "EMAIL" for e in main["fm"]) else "N"
    main.update(updatedTime=crm.portal.now_iso(), updatedBy=user_id)
    crm.items(schema.entity_type_id).save(main)
    if schema.entity_type_id in (CONTACT, COMPANY):
        write.relink(crm, schema.entity_type_id, other["id"], main["id"])
    crm.items(schema.entity_type_id).remove(other["id"])
