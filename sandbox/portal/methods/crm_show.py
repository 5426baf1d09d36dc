"""How answers write an item: the camelCase of crm.item.* and the upper-case strings of crm.contact.*."""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, to_bool
from sandbox.portal.crm_store import COMPANY, CONTACT, LEAD, Crm, Item
from sandbox.portal.methods import crm_values as values
from sandbox.portal.methods.crm_multifields import aliases
from sandbox.portal.methods.crm_schema import Field, Schema

_DATES = ("begindate", "closedate", "birthdate")


def wants_original_names(call: Call) -> bool:
    return to_bool(call.params.get("useOriginalUfNames"))


def show_item(crm: Crm, schema: Schema, item: Item, call: Call) -> dict[str, Any]:
    """The whole item as crm.item.get answers it."""
    shown = {**schema.blank, **item}
    shown.pop("uf", None)
    entries = shown.pop("fm", None)
    for name in _DATES:
        if shown.get(name):
            shown[name] = crm.date_as_time(shown[name])
    if schema.has_multifields:
        if entries:
            shown.update(aliases(entries))
        shown["fm"] = entries or []
    _show_custom(crm, schema, item, shown, call)
    if schema.entity_type_id == COMPANY:
        shown["contactIds"] = [c["id"] for c in crm.items(CONTACT).find("company", item["id"])]
    shown["entityTypeId"] = schema.entity_type_id
    return shown


def _show_custom(crm: Crm, schema: Schema, item: Item, shown: dict[str, Any], call: Call) -> None:
    custom = values.user_fields(crm, schema.uf_entity)
    if not custom.by_upper:
        return
    kept, original = item.get("uf", {}), wants_original_names(call)
    for name, document in custom.by_upper.items():
        key = name if original else custom.camel[name]
        shown[key] = values.show_uf(crm, document, kept.get(name))


_LEGACY_NAMES = {
    "createdTime": "DATE_CREATE",
    "updatedTime": "DATE_MODIFY",
    "createdBy": "CREATED_BY_ID",
    "updatedBy": "MODIFY_BY_ID",
    "movedBy": "MOVED_BY_ID",
}
_LEGACY_OF_TYPE = {
    LEAD: {"stageId": "STATUS_ID", "stageSemanticId": "STATUS_SEMANTIC_ID"},
    COMPANY: {"typeId": "COMPANY_TYPE"},
}
_NOT_LEGACY = {
    "contactIds", "companyIds", "observers", "searchContent", "phoneMobile", "phoneWork", "phoneMailing",
    "emailHome", "emailWork", "emailMailing", "imol", "email", "phone", "skype", "icq", "webformId",
    "shortName", "dateCreateShort", "dateModifyShort", "begindateShort", "closedateShort", "eventDate",
    "eventDateShort", "eventId", "eventDescription", "isWork", "isWon", "isLose", "receivedAmount",
    "lostAmount", "hasProducts", "productId", "orderStage", "login", "isConvert",
}  # fmt: skip


def legacy_name(schema: Schema, field: Field) -> str:
    """The older name: createdTime → DATE_CREATE, stageId of a lead → STATUS_ID, else the plain upper-case name."""
    own = _LEGACY_OF_TYPE.get(schema.entity_type_id, {})
    return own.get(field.name) or _LEGACY_NAMES.get(field.name) or field.upper


def legacy_fields(schema: Schema) -> dict[str, Field]:
    """The fields of the older methods by their upper-case name."""
    return {legacy_name(schema, one): one for name, one in schema.fields.items() if name not in _NOT_LEGACY}


def show_legacy(crm: Crm, schema: Schema, item: Item) -> dict[str, Any]:
    """Every field as the older methods write it: strings, null where nothing is, no multifields."""
    shown = {
        name: _legacy_value(crm, one, item.get(one.name, schema.blank[one.name]))
        for name, one in legacy_fields(schema).items()
    }
    kept = item.get("uf", {})
    for name, document in values.user_fields(crm, schema.uf_entity).by_upper.items():
        shown[name] = _legacy_custom(crm, document, kept.get(name))
    return shown


def _legacy_value(crm: Crm, field: Field, value: Any) -> Any:
    if value is None or value == "":
        return value
    if field.type == "date":
        return crm.date_as_time(value)
    if field.type == "double":
        return f"{value:.2f}"
    if field.type.startswith("crm_") and value == 0 and field.name != "categoryId":
        return None
    return str(value)


def _legacy_custom(crm: Crm, document: values.UserField, value: Any) -> Any:
    multiple = document["multiple"] == "Y"
    if value is None or value == []:
        return False if multiple else None  # an empty multiple field is `false` in the older methods
    if multiple:
        return [_legacy_one(crm, document["userTypeId"], one) for one in value]
    return _legacy_one(crm, document["userTypeId"], value)


def _legacy_one(crm: Crm, kind: str, value: Any) -> Any:
    if kind == "boolean":
        return "1" if value == "Y" else "0"
    if kind == "date":
        return crm.date_as_time(value)
    return str(value)


def legacy_multifields(item: Item) -> dict[str, list[dict[str, str]]]:
    """PHONE, EMAIL, … of the older methods; only the kinds that have a value."""
    kinds: dict[str, list[dict[str, str]]] = {}
    for entry in item.get("fm", ()):
        kinds.setdefault(entry["typeId"], []).append(
            {
                "ID": str(entry["id"]),
                "VALUE_TYPE": entry["valueType"],
                "VALUE": entry["value"],
                "TYPE_ID": entry["typeId"],
            }
        )
    return kinds
