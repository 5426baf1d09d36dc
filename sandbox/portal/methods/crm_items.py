"""crm.item.*: the universal methods for leads, deals, contacts, companies and smart processes.

Documents: api-reference/crm/universal/crm-item-{add,update,get,list,delete,fields}.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, Page, as_list, method, to_int
from sandbox.portal.crm_store import Crm, Item
from sandbox.portal.methods import crm_filters as filters
from sandbox.portal.methods import crm_values as values
from sandbox.portal.methods import crm_write as write
from sandbox.portal.methods.crm_schema import (
    Field,
    Schema,
    called_schema,
    required_int,
    required_map,
)
from sandbox.portal.methods.crm_show import show_item, wants_original_names
from sandbox.portal.methods.crm_text import PAGE_SIZE, describe


@method("crm.item.add", scope="crm")
def item_add(call: Call) -> Any:
    """{entityTypeId, fields} → {item}; starts robots."""
    crm, schema = called_schema(call)
    fields = required_map(call, "fields")
    changes = write.check(crm, schema, fields, original_names=wants_original_names(call))
    item = write.create(crm, schema, changes, call.user_id)
    crm.note_automation(schema.entity_type_id, "add")
    announce(crm, schema, item, "add")
    return {"item": show_item(crm, schema, item, call)}


def announce(crm: Crm, schema: Schema, item: Item, action: str) -> None:
    """Tell the page's live stream."""
    payload = {"action": action, "entityTypeId": schema.entity_type_id, "id": item["id"]}
    crm.portal.changed("crm", payload)


@method("crm.item.update", scope="crm")
def item_update(call: Call) -> Any:
    """{entityTypeId, id, fields} → {item}; without a difference nothing is saved and nothing starts."""
    crm, schema = called_schema(call)
    key, fields = required_int(call, "id"), required_map(call, "fields")
    item = write.item_of(crm, schema, key)
    changes = write.check(crm, schema, fields, original_names=wants_original_names(call))
    if write.update(crm, schema, item, changes, call.user_id):
        crm.note_automation(schema.entity_type_id, "update")
        announce(crm, schema, item, "update")
    return {"item": show_item(crm, schema, item, call)}


@method("crm.item.get", scope="crm")
def item_get(call: Call) -> Any:
    """{entityTypeId, id} → {item}."""
    crm, schema = called_schema(call)
    return {"item": show_item(crm, schema, write.item_of(crm, schema, required_int(call, "id")), call)}


@method("crm.item.delete", scope="crm")
def item_delete(call: Call) -> Any:
    """{entityTypeId, id} → []."""
    crm, schema = called_schema(call)
    item = write.item_of(crm, schema, required_int(call, "id"))
    write.remove(crm, schema, item)
    announce(crm, schema, item, "delete")
    return []


@method("crm.item.list", scope="crm")
def item_list(call: Call) -> Any:
    """{entityTypeId, select, filter, order, start} → {items}, 50 a page; start=-1 counts nothing."""
    crm, schema = called_schema(call)
    known = filters.columns(crm, schema, original_names=wants_original_names(call))
    group = filters.parse(call.params.get("filter"))
    order = filters.parse_order(call.params.get("order"), known)
    start = to_int(call.params.get("start"), 0) or 0
    found, total = search(crm, schema, group, order, known, start)
    select = [str(one) for one in as_list(call.params.get("select"))]
    rows = [_selected(crm, schema, item, select, call) for item in found]
    if total is None:
        return Page({"items": rows})
    following = start + PAGE_SIZE if start + PAGE_SIZE < total else None
    return Page({"items": rows}, total=total, next=following)


def search(
    crm: Crm,
    schema: Schema,
    group: filters.Group,
    order: list[tuple[str, bool]],
    known: dict[str, filters.Column],
    start: int,
) -> tuple[list[Item], int | None]:
    """One page of items and how many there are; the count is None for start=-1."""
    items = crm.items(schema.entity_type_id)
    test = filters.compile_group(group, known, crm)
    found = filters.candidates(items, group, known)
    by_id = not order or order[0][0] == "id"
    if found is None and by_id and not (order and order[0][1]):
        return _walk(filters.scan(items, group, known, crm), test, start, len(items), group)
    source = found if found is not None else filters.scan(items, group, known, crm)
    matching = [item for item in source if test is None or test(item)]
    filters.sort_items(matching, order, known)
    if start < 0:
        return matching[:PAGE_SIZE], None
    return matching[start : start + PAGE_SIZE], len(matching)


def _walk(
    source: Any, test: filters.Test | None, start: int, size: int, group: filters.Group
) -> tuple[list[Item], int | None]:
    """A page in order of id straight from the index; start=-1 stops at the fiftieth row."""
    page: list[Item] = []
    skip, seen = max(start, 0), 0
    for item in source:
        if test is not None and not test(item):
            continue
        if skip <= seen < skip + PAGE_SIZE:
            page.append(item)
        seen += 1
        if len(page) == PAGE_SIZE and (start < 0 or not group.parts):
            break
    if start < 0:
        return page, None
    return page, seen if group.parts else size


def _selected(crm: Crm, schema: Schema, item: Item, select: list[str], call: Call) -> Any:
    if select and crm.empty_rows_with_original_names and wants_original_names(call):
        return []
    shown = show_item(crm, schema, item, call)
    if not select or "*" in select:
        return shown
    # "fm … cannot be explicitly requested via select"
    return {name: shown[name] for name in dict.fromkeys(select) if name in shown and name != "fm"}


@method("crm.item.fields", scope="crm")
def item_fields(call: Call) -> Any:
    """{entityTypeId} → {fields}."""
    crm, schema = called_schema(call)
    fields = {name: _describe_system(schema, one) for name, one in schema.fields.items() if one.mode != "x"}
    custom = values.user_fields(crm, schema.uf_entity)
    for name, document in custom.by_upper.items():
        key = name if wants_original_names(call) else custom.camel[name]
        fields[key] = describe_custom(document)
    return {"fields": fields}


def _describe_system(schema: Schema, field: Field) -> dict[str, Any]:
    described = describe(
        field.type,
        field.upper.replace("_", " ").capitalize(),
        read_only=field.mode == "r",
        required=field.name == "opened",
        multiple=field.multiple,
    )
    if field.status:
        directory = schema.stage_directory if field.name == "stageId" else field.status
        described["statusType"] = directory
    described["upperName"] = field.upper
    return described


def describe_custom(document: values.UserField) -> dict[str, Any]:
    """A custom field as crm.item.fields and crm.contact.fields describe it."""
    title = document["title"]
    described = describe(
        document["userTypeId"],
        title,
        required=document["mandatory"] == "Y",
        multiple=document["multiple"] == "Y",
        dynamic=True,
    )
    if document["userTypeId"] == "enumeration":
        described["items"] = [{"ID": str(one["id"]), "VALUE": one["value"]} for one in document["enum"]]
    described |= {
        "listLabel": title,
        "formLabel": title,
        "filterLabel": title,
        "settings": document["settings"],
        "upperName": document["fieldName"],
    }
    return described
