"""crm.category.*: the pipelines of deals and smart processes; documents: universal/category/*.md."""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, Page, RestError, method, to_bool, to_int
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, FIRST_DYNAMIC, LEAD, Crm
from sandbox.portal.methods import crm_directories as directories
from sandbox.portal.methods.crm_schema import (
    called_schema,
    require_admin,
    required_int,
    required_map,
)
from sandbox.portal.methods.crm_text import describe


def _category_type(call: Call) -> tuple[Crm, int]:
    """The type of a crm.category.* call; leads have no pipelines (category/index.md)."""
    crm, schema = called_schema(call)
    if schema.entity_type_id == LEAD:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", "Entity type LEAD is not supported")
    return crm, schema.entity_type_id


def _category(call: Call) -> tuple[Crm, directories.Category]:
    crm, entity_type_id = _category_type(call)
    found = directories.categories(crm, entity_type_id).get(required_int(call, "id"))
    if found is None:
        raise RestError("NOT_FOUND", "Element not found")
    return crm, found


def _show_category(category: directories.Category) -> dict[str, Any]:
    shown = {
        "id": category["number"],
        "name": category["name"],
        "sort": category["sort"],
        "entityTypeId": category["entityTypeId"],
        "isDefault": category["isDefault"],
    }
    # "Exists only in deals"; the general pipeline of deals has neither (crm-category-list.md).
    if category["entityTypeId"] == DEAL and category["number"]:
        shown |= {"originId": category["originId"], "originatorId": category["originatorId"]}
    return shown


def _category_name(fields: dict[str, Any]) -> str:
    name = str(fields.get("name") or "").strip()
    if not name:
        raise RestError("0", "Field 'NAME' is required")
    if len(name) > 255:
        raise RestError("0", "Field 'NAME' is too long")  # documents silent: the wording
    return name


@method("crm.category.add", scope="crm")
def category_add(call: Call) -> Any:
    """{entityTypeId, fields{name, sort, isDefault}} → {category}."""
    crm, entity_type_id = _category_type(call)
    require_admin(call)
    fields = required_map(call, "fields")
    is_default = to_bool(fields.get("isDefault"))
    if is_default and entity_type_id in (CONTACT, COMPANY):
        raise RestError("0", "Default client category does not support updating default state")
    is_default = is_default and entity_type_id != DEAL
    name, sort = _category_name(fields), max(0, to_int(fields.get("sort"), 500) or 0)
    if is_default:
        _take_default_away(crm, entity_type_id)
    category = directories.put_category(crm, entity_type_id, name, sort=sort, is_default=is_default)
    return {"category": _show_category(category)}


def _take_default_away(crm: Crm, entity_type_id: int) -> None:
    store = crm.portal.store("crm_categories")
    for category in directories.categories(crm, entity_type_id).values():
        if category["isDefault"] == "Y":
            category["isDefault"] = "N"
            store.save(category)
    crm.settings_changed()


@method("crm.category.list", scope="crm")
def category_list(call: Call) -> Any:
    """{entityTypeId} → {categories}; by sort, never paged."""
    crm, entity_type_id = _category_type(call)
    shown = [_show_category(c) for c in directories.categories(crm, entity_type_id).values()]
    return Page({"categories": shown}, total=len(shown))


@method("crm.category.get", scope="crm")
def category_get(call: Call) -> Any:
    """{entityTypeId, id} → {category}."""
    return {"category": _show_category(_category(call)[1])}


@method("crm.category.update", scope="crm")
def category_update(call: Call) -> Any:
    """{entityTypeId, id, fields} → {category}."""
    crm, category = _category(call)
    require_admin(call)
    fields = required_map(call, "fields")
    if "name" in fields:
        category["name"] = _category_name(fields)
    if "sort" in fields:
        category["sort"] = max(0, to_int(fields["sort"], category["sort"]) or 0)
    if to_bool(fields.get("isDefault")) and category["entityTypeId"] >= FIRST_DYNAMIC:
        _take_default_away(crm, category["entityTypeId"])
        category["isDefault"] = "Y"
    crm.portal.store("crm_categories").save(category)
    crm.settings_changed()
    return {"category": _show_category(category)}


@method("crm.category.delete", scope="crm")
def category_delete(call: Call) -> Any:
    """{entityTypeId, id} → null; refused for the default pipeline and while items stand in it."""
    crm, category = _category(call)
    require_admin(call)
    entity_type_id, number = category["entityTypeId"], category["number"]
    is_deal = entity_type_id == DEAL
    if category["isDefault"] == "Y":
        text = "Default deal category cannot be deleted" if is_deal else "This funnel is the default funnel"
        raise RestError("0" if is_deal else "BX_ERROR", text)
    if any(item.get("categoryId") == number for item in crm.items(entity_type_id).by_id()):
        if is_deal:
            raise RestError("0", f"Deals related to the funnel {category['name']} found")
        raise RestError("BX_ERROR", "Elements related to the funnel found")
    crm.portal.store("crm_categories").remove(category["id"])
    store = directories.statuses(crm)
    for status in store.find("entity", directories.stage_directory(entity_type_id, number)):
        store.remove(status["id"])
    crm.settings_changed()
    return None


@method("crm.category.fields", scope="crm")
def category_fields(call: Call) -> Any:
    """{entityTypeId} → {fields}."""
    _, entity_type_id = _category_type(call)
    fields = {
        "id": describe("integer", "ID", read_only=True),
        "name": describe("string", "NAME"),
        "sort": describe("integer", "SORT"),
        "entityTypeId": describe("integer", "ENTITY_TYPE_ID", read_only=True, required=True),
        "isDefault": describe("boolean", "IS_DEFAULT", read_only=entity_type_id == DEAL),
    }
    if entity_type_id == DEAL:
        fields |= {
            "originId": describe("string", "ORIGIN_ID"),
            "originatorId": describe("string", "ORIGINATOR_ID"),
        }
    for field in fields.values():
        field["upperName"] = field["title"]
    return {"fields": fields}
