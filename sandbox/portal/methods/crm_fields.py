"""userfieldconfig.*: the custom fields of every CRM type.

Documents: universal/userfieldconfig/*.md. Their errors mostly carry an empty code.
This portal has no custom fields of type `file`.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from sandbox.portal.calls import Call, RestError, as_list, as_map, method, to_bool, to_int
from sandbox.portal.crm_store import Crm, crm_of
from sandbox.portal.methods.crm_schema import (
    item_types,
    require_admin,
    required,
    required_int,
    required_map,
    schema_of,
)
from sandbox.portal.methods.crm_text import ordered, page
from sandbox.portal.methods.crm_values import UserField
from sandbox.portal.stores import Store

LANGUAGES = ("en", "ru")
LABELS = ("editFormLabel", "listColumnLabel", "listFilterLabel", "errorMessage", "helpMessage")
_FLAGS = {"multiple": "N", "mandatory": "N", "showFilter": "N", "showInList": "Y", "editInList": "Y",
          "isSearchable": "N"}  # fmt: skip
TYPES = {
    "string": "Строка", "integer": "Целое число", "double": "Число", "boolean": "Да/Нет", "date": "Дата",
    "datetime": "Дата/Время", "money": "Деньги", "url": "Ссылка", "address": "Адрес",
    "enumeration": "Список", "employee": "Привязка к сотруднику",
    "crm_status": "Привязка к справочникам CRM", "crm": "Привязка к элементам CRM",
    "iblock_section": "Привязка к разделам инф. блоков",
    "iblock_element": "Привязка к элементам инф. блоков",
}  # fmt: skip
_SETTINGS: dict[str, dict[str, Any]] = {
    "string": {"SIZE": 20, "ROWS": 1, "REGEXP": "", "MIN_LENGTH": 0, "MAX_LENGTH": 0, "DEFAULT_VALUE": ""},
    "integer": {"SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": None},
    "double": {"PRECISION": 2, "SIZE": 20, "MIN_VALUE": 0, "MAX_VALUE": 0, "DEFAULT_VALUE": None},
    "boolean": {"DEFAULT_VALUE": 0, "DISPLAY": "CHECKBOX", "LABEL": ["", ""]},
    "date": {"DEFAULT_VALUE": {"TYPE": "NONE", "VALUE": ""}},
    "datetime": {"DEFAULT_VALUE": {"TYPE": "NONE", "VALUE": ""}, "USE_SECOND": "Y", "USE_TIMEZONE": "N"},
    "money": {"DEFAULT_VALUE": ""},
    "enumeration": {"DISPLAY": "LIST", "LIST_HEIGHT": 1, "CAPTION_NO_VALUE": "", "SHOW_NO_VALUE": "Y"},
}
NAME = re.compile(r"[A-Z0-9_]+")
MAX_NAME = 50


def field_store(crm: Crm) -> Store:
    return crm.portal.store("crm_user_fields", first_id=399)


def _entities(crm: Crm) -> dict[str, int]:
    """CRM_CONTACT → 3, CRM_16 → the smart process whose `id` is 16."""
    return {schema_of(crm, key).uf_entity: key for key in item_types(crm)}


def put_field(crm: Crm, document: UserField, elements: list[dict[str, Any]]) -> UserField:
    """Keep a new field with its list elements."""
    field = field_store(crm).insert(document)
    field["enum"] = [_element(crm, one, i) for i, one in enumerate(elements) if one.get("value")]
    field["enumIds"] = [one["id"] for one in field["enum"]]
    field_store(crm).save(field)
    crm.settings_changed()
    return field


def _element(crm: Crm, given: dict[str, Any], place: int) -> dict[str, Any]:
    key = crm.portal.next_id("crm_enum", 79)
    xml_id = given.get("xmlId") or hashlib.md5(str(key).encode(), usedforsecurity=False).hexdigest()
    sort = to_int(given.get("sort"), (place + 1) * 100)
    default = "Y" if to_bool(given.get("def")) else "N"
    return {"id": key, "value": str(given["value"]), "def": default, "sort": sort, "xmlId": str(xml_id)}


def labels_of(given: Any) -> dict[str, str | None]:
    """A lang_map from a string (for every language) or an object."""
    if isinstance(given, dict):
        return {language: given.get(language) for language in dict.fromkeys((*LANGUAGES, *given))}
    return dict.fromkeys(LANGUAGES, str(given) if given else None)


def _title(labels: dict[str, dict[str, str | None]], name: str) -> str:
    found = labels["editFormLabel"]
    return found.get("ru") or next((text for text in found.values() if text), None) or name


def _show(field: UserField) -> dict[str, Any]:
    """A field as userfieldconfig.* writes it: numbers as strings, labels by language."""
    shown: dict[str, Any] = {
        "id": str(field["id"]),
        "entityId": field["entityId"],
        "fieldName": field["fieldName"],
        "userTypeId": field["userTypeId"],
        "xmlId": field["xmlId"],
        "sort": str(field["sort"]),
    }
    shown |= {name: field[name] for name in _FLAGS}
    shown["settings"] = field["settings"]
    shown["languageId"] = {language: language for language in field["labels"]["editFormLabel"]}
    shown |= {name: field["labels"][name] for name in LABELS}
    if field["userTypeId"] == "enumeration":
        shown["enum"] = [
            {
                "id": str(one["id"]),
                "userFieldId": str(field["id"]),
                "value": one["value"],
                "def": one["def"],
                "sort": str(one["sort"]),
                "xmlId": one["xmlId"],
            }
            for one in field["enum"]
        ]
    return shown


def _module_crm(call: Call) -> Crm:
    """The module must be the CRM and the webhook must have its scope."""
    if required(call, "moduleId") != "crm":
        raise RestError("", "No settings for UserFieldAccess")
    if "crm" not in call.scopes:
        raise RestError("", "The current method required more scopes. (crm)")
    return crm_of(call.portal)


@method("userfieldconfig.add", scope="userfieldconfig")
def config_add(call: Call) -> Any:
    """{moduleId: "crm", field{entityId, fieldName UF_{entityId}_…, userTypeId, …}} → {field}."""
    crm, given = _module_crm(call), required_map(call, "field")
    require_admin(call, "", "Access denied")
    entity, name = str(given.get("entityId") or ""), str(given.get("fieldName") or "")
    if not name:
        raise RestError("", "The 'FIELD_NAME' field is not found.")
    if not given.get("userTypeId"):
        raise RestError("", "The 'USER_TYPE_ID' field is not found.")
    prefix = f"UF_{entity}_" if entity.removeprefix("CRM_").isdigit() else "UF_CRM_"
    if entity not in _entities(crm) or not name.startswith(prefix):
        raise RestError("", "You cannot create custom fields")
    _check_name(crm, entity, name, str(given["userTypeId"]))
    labels = {key: labels_of(given.get(key)) for key in LABELS}
    for key in ("listColumnLabel", "listFilterLabel", "errorMessage"):
        labels[key] = dict.fromkeys(labels[key])  # "not processed … even if passed"
    document = field_document(entity, name, str(given["userTypeId"]), given, labels)
    return {"field": _show(put_field(crm, document, [as_map(one) for one in as_list(given.get("enum"))]))}


def _check_name(crm: Crm, entity: str, name: str, kind: str) -> None:
    if len(name) > MAX_NAME or not NAME.fullmatch(name) or kind not in TYPES:
        raise RestError("", "Fail to create new user field")
    if any(f["entityId"] == entity and f["fieldName"] == name for f in field_store(crm)):
        raise RestError("", f"Field {name} for object {entity} already exists.")


def field_document(
    entity: str, name: str, kind: str, given: dict[str, Any], labels: dict[str, dict[str, str | None]]
) -> UserField:
    document: UserField = {
        "entityId": entity,
        "fieldName": name,
        "userTypeId": kind,
        "xmlId": given.get("xmlId"),
        "sort": to_int(given.get("sort"), 100),
        "settings": {**_SETTINGS.get(kind, {}), **as_map(given.get("settings"))},
        "labels": labels,
        "title": _title(labels, name),
    }
    for flag, default in _FLAGS.items():
        value = given.get(flag, default)
        document[flag] = value if value in ("I", "E", "S") else ("Y" if to_bool(value) else "N")
    if kind == "boolean":
        document["multiple"] = "N"  # "Fields of type boolean cannot be multiple"
    return document


_FILTERABLE = {"id", "entityId", "fieldName", "userTypeId", "xmlId", "sort", *_FLAGS}


@method("userfieldconfig.list", scope="userfieldconfig")
def config_list(call: Call) -> Any:
    """{moduleId, select, order, filter, start} → {fields}, 50 a page; labels only for select.language."""
    crm = _module_crm(call)
    rows = [_show(field) for field in field_store(crm)]
    for key, value in as_map(call.params.get("filter")).items():
        name = key.lstrip("=@")
        if name in _FILTERABLE:
            wanted = {str(one) for one in as_list(value)}
            rows = [row for row in rows if str(row[name]) in wanted]
    order = as_map(call.params.get("order")) or {"sort": "ASC", "id": "ASC"}
    rows = ordered(rows, order, numbers={"id", "sort"})
    select = as_map(call.params.get("select"))
    return page(call, [_config_row(row, select) for row in rows], "fields")


def _config_row(row: dict[str, Any], select: dict[str, Any]) -> dict[str, Any]:
    language = select.get("language")
    names = [str(value) for key, value in select.items() if key != "language"]
    row = dict(row)
    row.pop("enum", None)  # the list's example of a list field has none; userfieldconfig.get has
    for name in (*LABELS, "languageId"):
        text = row[name].get(language) if language else None
        row[name] = {language: text} if text is not None else None
    if language is None:
        for name in (*LABELS, "languageId"):
            row.pop(name)
    return row if not names or "*" in names else {name: row[name] for name in names if name in row}


def _configured(call: Call, refusal: str) -> tuple[Crm, UserField]:
    crm = _module_crm(call)
    field = field_store(crm).get(required_int(call, "id"))
    if field is None:
        raise RestError("", refusal)
    return crm, field


@method("userfieldconfig.get", scope="userfieldconfig")
def config_get(call: Call) -> Any:
    """{moduleId, id} → {field}."""
    return {"field": _show(_configured(call, "You do not have permission to view user field settings")[1])}


@method("userfieldconfig.delete", scope="userfieldconfig")
def config_delete(call: Call) -> Any:
    """{moduleId, id} → null; the values go with the field."""
    crm, field = _configured(call, "You cannot delete the user field")
    require_admin(call, "", "You cannot delete the user field")
    drop_field(crm, field)
    return None


def drop_field(crm: Crm, field: UserField) -> None:
    field_store(crm).remove(field["id"])
    crm.settings_changed()
    entity_type_id = _entities(crm).get(field["entityId"])
    if entity_type_id is None:
        return
    items = crm.items(entity_type_id)
    for item in list(items.by_id()):
        if item.get("uf", {}).pop(field["fieldName"], None) is not None:
            items.save(item)


@method("userfieldconfig.getTypes", scope="userfieldconfig")
def config_types(call: Call) -> Any:
    """{moduleId} → {types}."""
    _module_crm(call)
    return {"types": {key: {"userTypeId": key, "description": text} for key, text in TYPES.items()}}
