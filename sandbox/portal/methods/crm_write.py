"""Creating and changing CRM items: what add, import, update and the older methods have in common.

Rules of universal/crm-item-{add,update}.md: unknown fields are ignored, values are
checked, defaults are set, stages belong to pipelines, an update that changes nothing saves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.portal.calls import RestError
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, FIRST_DYNAMIC, LEAD, Crm, Item
from sandbox.portal.methods import crm_directories as directories
from sandbox.portal.methods import crm_values as values
from sandbox.portal.methods.crm_multifields import apply_multifields
from sandbox.portal.methods.crm_schema import Schema

_LINKS = {"companyId": COMPANY, "contactId": CONTACT, "mycompanyId": COMPANY, "leadId": LEAD}
_LINK_LISTS = {"contactIds": CONTACT, "companyIds": COMPANY}


@dataclass
class Changes:
    """A caller's `fields`, checked and ready to be put on an item."""

    system: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    multifields: Any = None


def check(crm: Crm, schema: Schema, fields: dict[str, Any], *, original_names: bool) -> Changes:
    """Sort a caller's fields out; names nobody knows and read-only ones are dropped without a word."""
    changes, custom = Changes(), values.user_fields(crm, schema.uf_entity)
    known = schema.fields
    for name, value in fields.items():
        system = known.get(name)
        if system is not None:
            if system.mode == "":
                changes.system[name] = _checked(crm, schema, name, value)
        elif name == "fm":
            changes.multifields = value
        elif name.startswith("parentId") and name[8:].isdigit():
            changes.system[name] = _checked_id(name, value)
        else:
            _check_custom(crm, custom, changes, name, value, original_names=original_names)
    return changes


def _check_custom(
    crm: Crm, custom: values.UserFields, changes: Changes, name: str, value: Any, *, original_names: bool
) -> None:
    original = name if original_names else custom.by_camel.get(name)
    document = custom.by_upper.get(original) if original is not None else None
    if document is None or original is None:
        return
    try:
        changes.custom[original] = values.keep_uf(crm, document, value)
    except values.BadValue:
        raise values.bad_field(name) from None


def _checked_id(name: str, value: Any) -> int:
    try:
        return values.to_integer(value or 0)
    except values.BadValue:
        raise values.bad_field(name) from None


def _checked(crm: Crm, schema: Schema, name: str, value: Any) -> Any:
    try:
        kept = values.keep(crm, schema.fields[name], value)
    except values.BadValue:
        raise values.bad_field(name) from None
    if name == "currencyId" and kept and kept not in directories.currencies(crm):
        raise values.bad_field(name)
    target = _LINKS.get(name) or _LINK_LISTS.get(name)
    if target is not None and kept:
        # documents silent: a link to nothing is refused here rather than kept.
        linked = kept if isinstance(kept, list) else [kept]
        if any(crm.items(target).get(one) is None for one in linked):
            raise values.bad_field(name)
    return kept


def create(
    crm: Crm,
    schema: Schema,
    changes: Changes,
    user_id: int,
    *,
    history: dict[str, Any] | None = None,
    check_required: bool = True,
) -> Item:
    """A new item with its defaults. RestError CRM_FIELD_ERROR_REQUIRED / …_VALUE_NOT_VALID."""
    if check_required:
        _check_mandatory(crm, schema, changes.custom, None)
    now = crm.portal.now_iso()
    item: Item = {
        "createdTime": now,
        "updatedTime": now,
        "createdBy": user_id,
        "updatedBy": user_id,
        "assignedById": user_id,
        "opened": "Y",
        "lastActivityBy": user_id,
        "lastActivityTime": now,
    }
    _set_defaults(crm, schema, item)
    _place(crm, schema, item, changes.system)
    _put_links(schema, item, changes.system)
    item.update(changes.system)
    if "stageId" in item:
        item.update(movedTime=now, movedBy=user_id)
    item.update(history or {})
    if changes.custom:
        item["uf"] = changes.custom
    if schema.has_multifields and changes.multifields is not None:
        apply_multifields(crm, item, changes.multifields)
    crm.items(schema.entity_type_id).add(item)
    if not item.get("title") and "title" in schema.fields:
        item["title"] = f"{schema.name} #{item['id']}"
        crm.items(schema.entity_type_id).save(item)
    _link_contacts_to_company(crm, schema, item, changes.system)
    return item


def _set_defaults(crm: Crm, schema: Schema, item: Item) -> None:
    fields = schema.fields
    if "currencyId" in fields and fields["currencyId"].mode == "":
        item["currencyId"] = directories.base_currency(crm)
    for name in ("typeId", "sourceId", "industry", "employees"):
        one = fields.get(name)
        if one is not None and one.mode == "":
            item[name] = _first_of(crm, one.status)
    if schema.entity_type_id == CONTACT:
        item["export"] = "Y"
    if "begindate" in fields and fields["begindate"].mode == "":
        item["begindate"] = crm.portal.now().date().isoformat()
        item["closedate"] = crm.default_close_date()
    if schema.entity_type_id == COMPANY:
        item["revenue"] = 0.0


def _first_of(crm: Crm, entity_id: str) -> str | None:
    elements = directories.directory(crm, entity_id)
    return str(elements[0]["STATUS_ID"]) if elements else None


def _place(crm: Crm, schema: Schema, item: Item, system: dict[str, Any]) -> None:
    """Pipeline and stage of a new or moved item; the stage must stand in the pipeline."""
    kind = schema.entity_type_id
    if "categoryId" in schema.fields:
        category = system.get("categoryId", item.get("categoryId"))
        if category is None:
            category = directories.default_category(crm, kind)
        if category not in directories.categories(crm, kind):
            raise values.bad_field("categoryId")
        item["categoryId"] = system["categoryId"] = category
    if not schema.stage_directory:
        return
    stages = directories.stages(crm, kind, item.get("categoryId") or 0)
    code = system.get("stageId") or next(iter(stages), None)
    status = stages.get(code) if code is not None else None
    if status is None:
        raise values.bad_field("stageId")
    system["stageId"] = item["stageId"] = code
    _put_stage_facts(kind, item, status, is_first=code == next(iter(stages)))


def _put_stage_facts(kind: int, item: Item, status: directories.Status, *, is_first: bool) -> None:
    semantics = directories.semantics_of(status)
    if kind < FIRST_DYNAMIC:
        item["stageSemanticId"] = semantics
    if kind == DEAL:
        item["isNew"] = "Y" if is_first else "N"
        item["closed"] = "N" if semantics == "P" else "Y"
    if kind == LEAD and semantics != "P":
        item["dateClosed"] = item["updatedTime"]


def _put_links(schema: Schema, item: Item, system: dict[str, Any]) -> None:
    """Keep the primary link and the list of links in step; the primary is the list's first."""
    for one, many in (("contactId", "contactIds"), ("companyId", "companyIds")):
        if many not in schema.fields or schema.fields[many].mode == "x":
            continue
        if many in system:
            system[many] = list(dict.fromkeys(system[many]))
            if one in schema.fields:
                system[one] = system[many][0] if system[many] else 0
        elif one in system and one in schema.fields:
            rest = [key for key in item.get(many, []) if key not in (system[one], item.get(one))]
            system[many] = [system[one], *rest] if system[one] else []


def _link_contacts_to_company(crm: Crm, schema: Schema, item: Item, system: dict[str, Any]) -> None:
    """A company's contacts are the contacts' companies: one table seen from two sides."""
    if schema.entity_type_id != COMPANY or "contactIds" not in system:
        return
    item.pop("contactIds", None)
    wanted, contacts = set(system["contactIds"]), crm.items(CONTACT)
    for contact in contacts.find("company", item["id"]):
        if contact["id"] not in wanted:
            contact["companyIds"] = [key for key in contact.get("companyIds", []) if key != item["id"]]
            contact["companyId"] = contact["companyIds"][0] if contact["companyIds"] else 0
            contacts.save(contact)
    for key in wanted:
        linked = contacts.get(key)
        if linked is not None and item["id"] not in linked.get("companyIds", []):
            linked["companyIds"] = [*linked.get("companyIds", []), item["id"]]
            linked["companyId"] = linked["companyIds"][0]
            contacts.save(linked)


def _check_mandatory(crm: Crm, schema: Schema, custom: dict[str, Any], item: Item | None) -> None:
    kept = (item or {}).get("uf", {})
    for name in values.user_fields(crm, schema.uf_entity).mandatory:
        value = custom.get(name, kept.get(name))
        if value in (None, "", []):
            label = values.user_fields(crm, schema.uf_entity).by_upper[name]["title"]
            raise values.missing_field(label)


def update(crm: Crm, schema: Schema, item: Item, changes: Changes, user_id: int) -> bool:
    """Put changes on an item; False when nothing differed and nothing was saved."""
    system = changes.system
    before = (item.get("categoryId"), item.get("stageId"))
    _check_move(crm, schema, item, changes)
    _put_links(schema, item, system)
    kept = item.get("uf", {})
    changed = any(_differs(_before(crm, schema, item, name), value) for name, value in system.items())
    changed = changed or any(_differs(kept.get(name), value) for name, value in changes.custom.items())
    if schema.has_multifields and changes.multifields is not None:
        changed = apply_multifields(crm, item, changes.multifields) or changed
    if not changed:
        return False
    now = crm.portal.now_iso()
    item.update(system)
    item.update(updatedTime=now, updatedBy=user_id)
    if changes.custom:
        item["uf"] = {**kept, **changes.custom}
    if (item.get("categoryId"), item.get("stageId")) != before:
        item.update(movedTime=now, movedBy=user_id)
        if schema.entity_type_id >= FIRST_DYNAMIC:
            item["previousStageId"] = before[1]
    crm.items(schema.entity_type_id).save(item)
    _link_contacts_to_company(crm, schema, item, system)
    return True


def _before(crm: Crm, schema: Schema, item: Item, name: str) -> Any:
    """The kept value; a company's `contactIds` are found on the contacts."""
    if schema.entity_type_id == COMPANY and name == "contactIds":
        return [contact["id"] for contact in crm.items(CONTACT).find("company", item["id"])]
    return item.get(name)


def _differs(old: Any, new: Any) -> bool:
    """Whether a value is another one; never set, empty and no link at all are the same."""
    if old in (None, "", []) or (old == 0 and isinstance(old, int)):
        return not (new in (None, "", []) or (new == 0 and isinstance(new, int)))
    if isinstance(old, list) and isinstance(new, list):
        return old != new
    return bool(old != new)


def _check_move(crm: Crm, schema: Schema, item: Item, changes: Changes) -> None:
    """A new pipeline without a stage means its first one; mandatory fields count when the stage changes."""
    system = changes.system
    moves = system.get("categoryId", item.get("categoryId")) != item.get("categoryId")
    if not moves and system.get("stageId", item.get("stageId")) == item.get("stageId"):
        system.pop("categoryId", None)
        return
    if not moves:
        _check_mandatory(crm, schema, changes.custom, item)
    trial = dict(item)
    _place(crm, schema, trial, system)
    for name in ("stageSemanticId", "isNew", "closed", "dateClosed"):
        if trial.get(name) != item.get(name):
            system[name] = trial[name]


def remove(crm: Crm, schema: Schema, item: Item) -> None:
    """Delete an item and what links to it."""
    key = item["id"]
    crm.items(schema.entity_type_id).remove(key)
    if schema.entity_type_id in (CONTACT, COMPANY):
        relink(crm, schema.entity_type_id, key, None)


def relink(crm: Crm, entity_type_id: int, old: int, new: int | None) -> None:
    """Let everything that links to a contact or company link to another one, or to none."""
    one, many = ("contactId", "contactIds") if entity_type_id == CONTACT else ("companyId", "companyIds")
    index = "contact" if entity_type_id == CONTACT else "company"
    types = [LEAD, DEAL, CONTACT, *(t["entityTypeId"] for t in crm.portal.store("crm_types"))]
    for kind in types:
        items = crm.items(kind)
        for item in items.find(index, old):
            if many in item:
                kept = [new if key == old else key for key in item[many]]
                item[many] = [key for key in dict.fromkeys(kept) if key]
                item[one] = item[many][0] if item[many] else 0
            else:
                item[one] = new or 0
            items.save(item)


def item_of(crm: Crm, schema: Schema, key: int) -> Item:
    """The item. RestError NOT_FOUND."""
    item = crm.items(schema.entity_type_id).get(key)
    if item is None:
        raise RestError("NOT_FOUND", "Item not found")
    return item
