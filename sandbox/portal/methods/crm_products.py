"""crm.item.productrow.set and .list: what a deal's amount is made of; documents: product-rows/*.md."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from sandbox.portal.calls import Call, RestError, as_list, as_map, method, to_int
from sandbox.portal.crm_store import Crm, Item, crm_of
from sandbox.portal.methods import crm_filters as filters
from sandbox.portal.methods.crm_schema import (
    Schema,
    item_types,
    required,
    required_int,
    schema_of,
)
from sandbox.portal.methods.crm_text import page
from sandbox.portal.methods.crm_values import BadValue, to_double
from sandbox.portal.stores import Store


def _rows(crm: Crm) -> Store:
    store = crm.portal.store("crm_product_rows", first_id=17654)
    store.add_index("owner", lambda d: ((d["ownerType"], d["ownerId"]),))
    return store


def _owner(crm: Crm, word: str, key: int) -> tuple[Schema, Item]:
    for entity_type_id in item_types(crm):
        schema = schema_of(crm, entity_type_id)
        if schema.abbreviation.lower() == word.lower():
            item = crm.items(entity_type_id).get(key)
            if item is None:
                raise RestError("OWNER_NOT_FOUND", "Owner was not found")
            return schema, item
    raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {word} is not supported")


def _row(given: dict[str, Any], place: int) -> dict[str, Any]:
    """One row with its prices. `price` is what the customer pays: after discount, with tax."""
    price, quantity = to_double(given.get("price") or 0), to_double(given.get("quantity") or 1)
    rate = given.get("taxRate")
    tax = to_double(rate) / 100 if rate not in (None, "") else 0.0
    kind = to_int(given.get("discountTypeId"), 2)
    discount = to_double(given.get("discountRate") or 0)
    reduction = to_double(given.get("discountSum") or 0)
    exclusive = round(price / (1 + tax), 2)
    if kind == 2 and 0 < discount < 100:
        reduction = round(exclusive / (1 - discount / 100) - exclusive, 2)
    elif reduction and exclusive + reduction:
        discount = round(100 * reduction / (exclusive + reduction), 2)
    netto = round(exclusive + reduction, 2)
    return {
        "productId": to_int(given.get("productId"), 0),
        "productName": str(given.get("productName") or "")[:256],
        "price": price,
        "priceAccount": price,
        "priceExclusive": exclusive,
        "priceNetto": netto,
        "priceBrutto": round(netto * (1 + tax), 2),
        "quantity": quantity,
        "discountTypeId": kind,
        "discountRate": discount,
        "discountSum": reduction,
        "taxRate": None if rate in (None, "") else to_double(rate),
        "taxIncluded": "Y" if given.get("taxIncluded") == "Y" else "N",
        "customized": "Y",
        "measureCode": to_int(given.get("measureCode"), 796),
        "measureName": "шт",
        "sort": to_int(given.get("sort"), (place + 1) * 10),
        "xmlId": str(given.get("xmlId") or ""),
        "type": 4 if given.get("productId") else 1,
        "storeId": None,
    }


@method("crm.item.productrow.set", scope="crm")
def productrow_set(call: Call) -> Any:
    """{ownerType, ownerId, productRows[]} → {productRows}; replaces all rows, sets the item's amount."""
    crm, key = crm_of(call.portal), required_int(call, "ownerId")
    schema, item = _owner(crm, str(required(call, "ownerType")), key)
    try:
        made = [_row(as_map(one), i) for i, one in enumerate(as_list(required(call, "productRows")))]
    except BadValue:
        raise RestError("0", "Product row has an invalid number") from None  # documents silent: wording
    store = _rows(crm)
    for row in store.find("owner", (schema.abbreviation, key)):
        store.remove(row["id"])
    for row in made:
        store.insert({**row, "ownerId": key, "ownerType": schema.abbreviation})
    if item.get("isManualOpportunity") != "Y" and "opportunity" in schema.fields:
        item["opportunity"] = round(sum(row["price"] * row["quantity"] for row in made), 2)
        item.update(updatedTime=crm.portal.now_iso(), updatedBy=call.user_id)
        crm.items(schema.entity_type_id).save(item)
    rows = [_show(row) for row in store.find("owner", (schema.abbreviation, key))]
    for row in rows:
        row.pop("storeId")  # the answer of `set` has no storeId, that of `list` has
    return {"productRows": rows}


def _show(row: dict[str, Any]) -> dict[str, Any]:
    head = {"id": row["id"], "ownerId": row["ownerId"], "ownerType": row["ownerType"]}
    return {**head, **row}


@method("crm.item.productrow.list", scope="crm")
def productrow_list(call: Call) -> Any:
    """{filter{=ownerType, =ownerId, …}, order, start} → {productRows}; both owner filters are needed."""
    crm = crm_of(call.portal)
    group = filters.parse(call.params.get("filter"))
    leaves = {p.name: p for p in group.parts if isinstance(p, filters.Condition) and p.operation == "="}
    if "ownerType" not in leaves or "ownerId" not in leaves:
        raise RestError("100", "Could not find value for parameter {filter[=ownerType], filter[=ownerId]}")
    owner = (str(leaves["ownerType"].value), to_int(leaves["ownerId"].value))
    rows = [_show(row) for row in _rows(crm).find("owner", owner)]
    known = {
        name: filters.Column("text" if isinstance(value, str) else "number", itemgetter(name), "")
        for name, value in (rows[0] if rows else {}).items()
    }
    test = filters.compile_group(group, known, crm) if rows else None
    rows = [row for row in rows if test is None or test(row)]
    order = filters.parse_order(call.params.get("order"), known) if rows else []
    filters.sort_items(rows, order, known)
    return page(call, rows, "productRows")
