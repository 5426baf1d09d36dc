"""Custom fields: userfieldconfig.* and the older crm.{lead,deal,contact,company}.userfield.*.

Documents: universal/userfieldconfig/*.md, contacts/userfield/*.md. Their errors mostly carry an empty code.
This portal has no custom fields of type `file`.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from sandbox.portal.calls import Call, Page, RestError, as_list, as_map, method, pick, to_bool, to_int
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
_LABELS = ("editFormLabel", "listColumnLabel", "listFilterLabel", "errorMessage", "helpMessage")
_FLAGS = {"multiple": "N", "mandatory": "N", "showFilter": "N", "showInList": "Y", "editInList": "Y",
          "isSearchable": "N"}  # fmt: skip
_TYPES = {
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
_NAME = re.compile(r"[A-Z0-9_]+")
MAX_NAME = 50


def field_store(crm: Crm) -> Store:
    return crm.portal.store("crm_user_fields", first_id=399)


def _entities(crm: Crm) -> dict[str, int]:
    """CRM_CONTACT → 3, CRM_16 → the smart process whose `id` is 16."""
    return {schema_of(crm, key).uf_entity: key for key in item_types(crm)}


def _put(crm: Crm, document: UserField, elements: list[dict[str, Any]]) -> UserField:
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


def _labels(given: Any) -> dict[str, str | None]:
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
    shown |= {name: field["labels"][name] for name in _LABELS}
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
    labels = {key: _labels(given.get(key)) for key in _LABELS}
    for key in ("listColumnLabel", "listFilterLabel", "errorMessage"):
        labels[key] = dict.fromkeys(labels[key])  # "not processed … even if passed"
    document = _document(entity, name, str(given["userTypeId"]), given, labels)
    return {"field": _show(_put(crm, document, [as_map(one) for one in as_list(given.get("enum"))]))}


def _check_name(crm: Crm, entity: str, name: str, kind: str) -> None:
    if len(name) > MAX_NAME or not _NAME.fullmatch(name) or kind not in _TYPES:
        raise RestError("", "Fail to create new user field")
    if any(f["entityId"] == entity and f["fieldName"] == name for f in field_store(crm)):
        raise RestError("", f"Field {name} for object {entity} already exists.")


def _document(
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
    for name in (*_LABELS, "languageId"):
        text = row[name].get(language) if language else None
        row[name] = {language: text} if text is not None else None
    if language is None:
        for name in (*_LABELS, "languageId"):
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
    _drop(crm, field)
    return None


def _drop(crm: Crm, field: UserField) -> None:
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
    return {"types": {key: {"userTypeId": key, "description": text} for key, text in _TYPES.items()}}


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
    if kind not in _TYPES:
        raise RestError("ERROR_CORE", "Incorrect custom type specified")
    if any(f["entityId"] == entity and f["fieldName"] == name for f in field_store(crm)):
        raise RestError("ERROR_CORE", f"Field {name} for object {entity} already exists.")
    given = {_camel(key): value for key, value in fields.items()}
    given.setdefault("multiple", "N")
    labels = {key: _labels(given.get(key) or given.get("label")) for key in _LABELS}
    elements = [{_camel(k): v for k, v in as_map(one).items()} for one in as_list(fields.get("LIST"))]
    return _put(crm, _document(entity, name, kind, given, labels), elements)["id"]


def _legacy_full_name(name: str) -> str:
    full = "UF_CRM_" + name.upper().removeprefix("UF_CRM_").removeprefix("UF_")
    if len(full) > MAX_NAME:
        raise RestError("ERROR_CORE", "Field name is too long (more than 50 characters)")
    if not _NAME.fullmatch(full):
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
    for name in _LABELS:
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
        _drop(crm_of(call.portal), _legacy_found(call, entity))
        return True


for _word in ("lead", "deal", "contact", "company"):
    _register(_word)
