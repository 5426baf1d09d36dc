"""crm.{lead,deal,contact,company}.userfield.*: the older way to custom fields; contacts/userfield/*.md."""

from __future__ import annotations

import re
from typing import Any

from sandbox.portal.calls import Call, Page, RestError, as_list, as_map, method, pick, to_int
from sandbox.portal.crm_store import crm_of
from sandbox.portal.methods.crm_fields import (
    LABELS,
    MAX_NAME,
    NAME,
    TYPES,
    drop_field,
    field_document,
    field_store,
    labels_of,
    put_field,
)
from sandbox.portal.methods.crm_schema import require_admin
from sandbox.portal.methods.crm_text import ordered
from sandbox.portal.methods.crm_values import UserField


def _legacy_add(call: Call, entity: str) -> Any:
    """{fields{USER_TYPE_ID, FIELD_NAME, LABEL, …}} → id; the prefix UF_CRM_ comes by itself."""
    crm = crm_of(call.portal)
    fields = call.params.get("fields")
    if not isinstance(fields, dict):
        raise RestError("", "Parameter 'fields' must be array.")
    require_admin(call, "", "Access denied.")
    problems = [
        f"The '{name}' field is not found." for name in ("USER_TYPE_ID", "FIELD_NAME") if not fields.get(name)
    ]
    if problems:
        raise RestError("", "\n".join(problems))
    name, kind = _legacy_full_name(str(fields["FIELD_NAME"])), str(fields["USER_TYPE_ID"])
    if kind not in TYPES:
        raise RestError("ERROR_CORE", "Incorrect custom type specified")
    if any(f["entityId"] == entity and f["fieldName"] == name for f in field_store(crm)):
        raise RestError("ERROR_CORE", f"Field {name} for object {entity} already exists.")
    given = {_camel(key): value for key, value in fields.items()}
    given.setdefault("multiple", "N")
    labels = {key: labels_of(given.get(key) or given.get("label")) for key in LABELS}
    elements = [{_camel(k): v for k, v in as_map(one).items()} for one in as_list(fields.get("LIST"))]
    return put_field(crm, field_document(entity, name, kind, given, labels), elements)["id"]


def _legacy_full_name(name: str) -> str:
    full = "UF_CRM_" + name.upper().removeprefix("UF_CRM_").removeprefix("UF_")
    if len(full) > MAX_NAME:
        raise RestError("ERROR_CORE", "Field name is too long (more than 50 characters)")
    if not NAME.fullmatch(full):
        text = "Field name contains invalid characters. Allowed characters are: A-Z, 0-9 and _"
        raise RestError("ERROR_CORE", text)
    return full


def _camel(name: str) -> str:
    head, *tail = name.lower().split("_")
    return head + "".join(part.capitalize() for part in tail)


def _show_legacy(field: UserField, language: object, *, whole: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ID": str(field["id"]),
        "ENTITY_ID": field["entityId"],
        "FIELD_NAME": field["fieldName"],
        "USER_TYPE_ID": field["userTypeId"],
        "XML_ID": field["xmlId"],
        "SORT": str(field["sort"]),
        "MULTIPLE": field["multiple"],
        "MANDATORY": field["mandatory"],
        "SHOW_FILTER": field["showFilter"],
        "SHOW_IN_LIST": field["showInList"],
        "EDIT_IN_LIST": field["editInList"],
        "IS_SEARCHABLE": field["isSearchable"],
        "SETTINGS": field["settings"] or [],
    }
    if field["userTypeId"] == "enumeration":
        shown["LIST"] = [
            {
                "ID": str(e["id"]),
                "SORT": str(e["sort"]),
                "VALUE": e["value"],
                "DEF": e["def"],
                "XML_ID": e["xmlId"],
            }
            for e in field["enum"]
        ]
    for name in LABELS:
        upper = re.sub(r"(?=[A-Z])", "_", name).upper()
        if language:
            shown[upper] = field["labels"][name].get(str(language))
        elif whole:
            shown[upper] = field["labels"][name]
    return shown


def _legacy_list(call: Call, entity: str) -> Any:
    """{filter, order} → list with `total`, exact matches only; labels only with filter.LANG."""
    for name in ("order", "filter"):
        if not isinstance(call.params.get(name, []), (dict, list)):
            raise RestError("", f"Parameter '{name}' must be array.")
    wanted = as_map(call.params.get("filter"))
    fields = [f for f in field_store(crm_of(call.portal)) if f["entityId"] == entity]
    rows = [_show_legacy(field, wanted.get("LANG"), whole=False) for field in fields]
    for name, value in wanted.items():
        if name != "LANG":
            rows = [row for row in rows if str(row.get(name)) == str(value)]
    order = as_map(call.params.get("order")) or {"SORT": "ASC", "ID": "ASC"}
    rows = ordered(rows, order, numbers={"ID", "SORT"})
    return Page(rows, total=len(rows))


def _legacy_found(call: Call, entity: str) -> UserField:
    key = to_int(pick(call.params, "id", "ID"))
    if key is None or key <= 0:
        raise RestError("", "ID is not defined or invalid.")
    field = field_store(crm_of(call.portal)).get(key)
    if field is None or field["entityId"] != entity:
        raise RestError("", "The entity with ID '" + str(key) + "' is not found.")
    return field


def _register(word: str) -> None:
    entity = f"CRM_{word.upper()}"

    @method(f"crm.{word}.userfield.add", scope="crm")
    def add(call: Call) -> Any:
        return _legacy_add(call, entity)

    @method(f"crm.{word}.userfield.list", scope="crm")
    def list_fields(call: Call) -> Any:
        return _legacy_list(call, entity)

    @method(f"crm.{word}.userfield.get", scope="crm")
    def get(call: Call) -> Any:
        return _show_legacy(_legacy_found(call, entity), None, whole=True)

    @method(f"crm.{word}.userfield.delete", scope="crm")
    def delete(call: Call) -> Any:
        require_admin(call, "", "Access denied.")
        drop_field(crm_of(call.portal), _legacy_found(call, entity))
        return True


for _word in ("lead", "deal", "contact", "company"):
    _register(_word)
