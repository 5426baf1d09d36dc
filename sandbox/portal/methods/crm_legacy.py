"""crm.{lead,deal,contact,company}.{add,get,update,list,delete,fields}: the older, upper-case family.

Other people's clients still speak it. Documents: api-reference/crm/{contacts,companies,deals}/crm-*.md:
strings in answers, `PHONE: [{VALUE, VALUE_TYPE}]`, no OR in filters, errors with an empty code.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, Page, RestError, as_list, as_map, method, pick, to_int
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, LEAD, Crm, Item, crm_of
from sandbox.portal.methods import crm_filters as filters
from sandbox.portal.methods import crm_values as values
from sandbox.portal.methods import crm_write as write
from sandbox.portal.methods.crm_items import announce, describe_custom, search
from sandbox.portal.methods.crm_schema import Schema, schema_of
from sandbox.portal.methods.crm_show import legacy_fields, legacy_multifields, show_legacy
from sandbox.portal.methods.crm_text import PAGE_SIZE, describe

KINDS = ("PHONE", "EMAIL", "WEB", "IM", "LINK")
_TYPES = {"lead": LEAD, "deal": DEAL, "contact": CONTACT, "company": COMPANY}
_IMMUTABLE = {"CATEGORY_ID"}
_PLURAL = {"CONTACT_IDS": "contactIds", "COMPANY_IDS": "companyIds"}


def _map_param(call: Call, name: str, *, needed: bool = False) -> dict[str, Any]:
    value = call.params.get(name, None if needed else [])
    if not isinstance(value, (dict, list)):
        raise RestError("", f"Parameter '{name}' must be array.")
    return as_map(value)


def _to_universal(schema: Schema, fields: dict[str, Any]) -> dict[str, Any]:
    """The older names as crm.item.* names; custom fields keep theirs."""
    known = legacy_fields(schema)
    given: dict[str, Any] = {}
    entries: list[tuple[str, dict[str, Any]]] = []
    for name, value in fields.items():
        if name in known:
            given[known[name].name] = value
        elif name in KINDS:
            entries += [_entry(name, as_map(one), i) for i, one in enumerate(as_list(value))]
        elif name in _PLURAL:
            given[_PLURAL[name]] = value
        else:
            given[name] = value
    if entries and schema.has_multifields:
        given["fm"] = dict(entries)
    return given


def _entry(kind: str, one: dict[str, Any], place: int) -> tuple[str, dict[str, Any]]:
    """One multifield: with an ID it changes, with DELETE: "Y" it goes, else it is added."""
    key = str(one.get("ID") or f"n{kind}{place}")
    value = "" if one.get("DELETE") == "Y" else one.get("VALUE")
    return key, {"typeId": kind, "valueType": one.get("VALUE_TYPE"), "value": value}


def _check_email(fields: dict[str, Any]) -> None:
    for one in as_list(fields.get("EMAIL")):
        value = str(as_map(one).get("VALUE") or "").strip()
        if value and ("@" not in value[1:-1] or " " in value):
            raise RestError("ERROR_CORE", "The field Work e-mail contains an invalid address")


def _checked(crm: Crm, schema: Schema, fields: dict[str, Any]) -> write.Changes:
    _check_email(fields)
    try:
        return write.check(crm, schema, _to_universal(schema, fields), original_names=True)
    except RestError as error:
        raise RestError("", error.description) from None


def _add(call: Call, crm: Crm, schema: Schema) -> Any:
    """{fields, params{REGISTER_SONET_EVENT, IMPORT}} → id."""
    fields, params = _map_param(call, "fields", needed=True), _map_param(call, "params")
    quiet = params.get("IMPORT") == "Y"
    changes = _checked(crm, schema, fields)
    try:
        item = write.create(crm, schema, changes, call.user_id, check_required=not quiet)
    except RestError as error:
        raise RestError("", error.description) from None
    if not quiet:
        # documents silent: whether IMPORT: "Y" keeps robots asleep; "import mode" is read as yes.
        crm.note_automation(schema.entity_type_id, "add")
    announce(crm, schema, item, "add")
    return item["id"]


def _item(call: Call, crm: Crm, schema: Schema, *, missing: tuple[str, str]) -> Item:
    key = to_int(pick(call.params, "id", "ID"))
    if key is None or key <= 0:
        raise RestError("", "ID is not defined or invalid.")
    item = crm.items(schema.entity_type_id).get(key)
    if item is None:
        raise RestError(*missing)
    return item


def _get(call: Call, crm: Crm, schema: Schema) -> Any:
    """{id} → every field, and the multifields that have values."""
    item = _item(call, crm, schema, missing=("", "Not found"))
    return {**show_legacy(crm, schema, item), **legacy_multifields(item)}


def _update(call: Call, crm: Crm, schema: Schema) -> Any:
    """{id, fields, params} → true."""
    item = _item(call, crm, schema, missing=("", f"{schema.name} is not found"))
    fields = _map_param(call, "fields", needed=True)
    _map_param(call, "params")
    fields = {name: value for name, value in fields.items() if name not in _IMMUTABLE}
    changes = _checked(crm, schema, fields)
    try:
        changed = write.update(crm, schema, item, changes, call.user_id)
    except RestError as error:
        raise RestError("", error.description) from None
    if changed:
        crm.note_automation(schema.entity_type_id, "update")
        announce(crm, schema, item, "update")
    return True


def _delete(call: Call, crm: Crm, schema: Schema) -> Any:
    """{id} → true."""
    item = _item(call, crm, schema, missing=("ERROR_CORE", "Element not found"))
    write.remove(crm, schema, item)
    announce(crm, schema, item, "delete")
    return True


def _list(call: Call, crm: Crm, schema: Schema) -> Any:
    """{select, filter, order, start} → list, 50 a page; filters on PHONE and EMAIL match exactly."""
    known, comm = _columns(crm, schema), []
    leaves: list[filters.Condition | filters.Group] = []
    for key, value in _map_param(call, "filter").items():
        leaf = filters.condition(key, value)
        if leaf.name in KINDS:
            comm.append(leaf)
        elif leaf.name in known:  # "logic" and unknown names are left out, as ever in this family
            leaves.append(leaf)
    order_given = _map_param(call, "order")
    order = [(n, str(way).upper() == "DESC") for n, way in order_given.items() if n in known]
    start = to_int(call.params.get("start"), 0) or 0
    try:
        found, total = _find(crm, schema, filters.Group(tuple(leaves)), comm, order, known, start)
    except RestError as error:
        raise RestError("", error.description) from None
    rows = [_row(crm, schema, item, as_list(call.params.get("select"))) for item in found]
    if total is None:
        return Page(rows)
    return Page(rows, total=total, next=start + PAGE_SIZE if start + PAGE_SIZE < total else None)


def _columns(crm: Crm, schema: Schema) -> dict[str, filters.Column]:
    """Columns by the older names; `id` and `updatedTime` stay for the engine's own use."""
    key = ("legacy columns", schema.entity_type_id)
    found = crm.cache.get(key)
    if found is None:
        universal = filters.columns(crm, schema, original_names=True)
        found = {n: universal[f.name] for n, f in legacy_fields(schema).items() if f.name in universal}
        found |= {name: column for name, column in universal.items() if name.startswith("UF_")}
        found |= {name: universal[name] for name in ("id", "updatedTime")}
        crm.cache[key] = found
    columns: dict[str, filters.Column] = found
    return columns


def _find(
    crm: Crm,
    schema: Schema,
    group: filters.Group,
    comm: list[filters.Condition],
    order: list[tuple[str, bool]],
    known: dict[str, filters.Column],
    start: int,
) -> tuple[list[Item], int | None]:
    back = {name: field.name for name, field in legacy_fields(schema).items()}
    renamed = tuple(
        filters.Condition(back.get(p.name, p.name), p.operation, p.value)
        for p in group.parts
        if isinstance(p, filters.Condition)
    )
    columns = {**known, **{back[name]: column for name, column in known.items() if name in back}}
    order = [(back.get(name, name), descending) for name, descending in order]
    if not comm:
        return search(crm, schema, filters.Group(renamed), order, columns, start)
    ids: set[int] | None = None
    for leaf in comm:
        wanted = [str(one) for one in as_list(leaf.value)]
        exact = _exactly(crm, schema, leaf.name, wanted)
        ids = exact if ids is None else ids & exact
    narrowed = (*renamed, filters.Condition("id", "@", sorted(ids or ()) or [-1]))
    return search(crm, schema, filters.Group(narrowed), order, columns, start)


def _exactly(crm: Crm, schema: Schema, kind: str, wanted: list[str]) -> set[int]:
    """Items that have one of these values letter by letter ("only work on exact matches")."""
    lowered = {one.casefold() for one in wanted}
    found = filters.by_comm(crm.items(schema.entity_type_id), kind, wanted)
    return {
        key
        for key, item in found.items()
        if any(e["typeId"] == kind and e["value"].casefold() in lowered for e in item["fm"])
    }


def _row(crm: Crm, schema: Schema, item: Item, select: list[Any]) -> dict[str, Any]:
    shown = show_legacy(crm, schema, item)
    if not select:
        return shown
    custom = {name for name in shown if name.startswith("UF_")}
    names: dict[str, None] = {"ID": None}
    for one in map(str, select):
        if one == "*":
            names.update(dict.fromkeys(name for name in shown if name not in custom))
        elif one == "UF_*":
            names.update(dict.fromkeys(name for name in shown if name in custom))
        else:
            names[one] = None
    lists = legacy_multifields(item)
    return {
        name: lists[name] if name in lists else shown[name]
        for name in names
        if name in lists or name in shown
    }


def _fields(_call: Call, crm: Crm, schema: Schema) -> Any:
    """Every field with its description."""
    fields = {}
    for name, one in legacy_fields(schema).items():
        title = name.replace("_", " ").capitalize()
        read_only, immutable = one.mode != "", name in _IMMUTABLE
        fields[name] = describe(
            one.type, title, read_only=read_only, immutable=immutable, multiple=one.multiple
        )
        if one.status:
            fields[name]["statusType"] = schema.stage_directory if one.name == "stageId" else one.status
    if schema.has_multifields:
        fields |= {kind: describe("crm_multifield", kind.capitalize(), multiple=True) for kind in KINDS}
    for name, document in values.user_fields(crm, schema.uf_entity).by_upper.items():
        fields[name] = describe_custom(document)
    return fields


_METHODS = {"add": _add, "get": _get, "update": _update, "list": _list, "delete": _delete, "fields": _fields}


def _register(word: str, verb: str) -> None:
    entity_type_id, answer = _TYPES[word], _METHODS[verb]

    @method(f"crm.{word}.{verb}", scope="crm")
    def call_it(call: Call) -> Any:
        crm = crm_of(call.portal)
        return answer(call, crm, schema_of(crm, entity_type_id))


for _word in _TYPES:
    for _verb in _METHODS:
        _register(_word, _verb)
