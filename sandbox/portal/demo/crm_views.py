"""CRM items as the page shows them: short rows, whole cards, and the pipeline's columns."""

from __future__ import annotations

import heapq
from datetime import date
from typing import Any

from sandbox.portal.calls import to_int
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, Crm, Item, crm_of
from sandbox.portal.methods.crm_directories import categories, directory, stages
from sandbox.portal.methods.crm_schema import schema_of
from sandbox.portal.methods.crm_values import user_fields
from sandbox.portal.state import Portal

KINDS = {"contacts": CONTACT, "companies": COMPANY, "deals": DEAL}
KIND_NAMES = {number: name for name, number in KINDS.items()}
TIMELINE_TYPES = {CONTACT: "contact", COMPANY: "company", DEAL: "deal"}
COLUMN_CARDS = 20
_LINKS = {"D": DEAL, "C": CONTACT, "CO": COMPANY}
_SHOWN_ELSEWHERE = {
    "id", "title", "name", "lastName", "secondName", "opportunity", "currencyId", "stageId", "categoryId",
    "originId", "begindate", "closedate", "contactId", "contactIds", "companyId", "companyIds", "fm", "uf",
    "searchContent", "createdBy", "updatedBy", "assignedById", "lastActivityBy", "movedBy", "observers",
    "stageSemanticId", "hasPhone", "hasEmail", "hasImol", "phone", "email", "isNew", "opened", "export",
    "isManualOpportunity", "closed", "lastActivityTime", "movedTime",
}  # fmt: skip
_NAMES = {
    "originatorId": "Источник", "comments": "Комментарий", "post": "Должность", "birthdate": "Дата рождения",
    "typeId": "Тип", "sourceId": "Откуда", "sourceDescription": "Об источнике", "honorific": "Обращение",
    "createdTime": "Создано", "updatedTime": "Изменено", "address": "Адрес", "originVersion": "Версия в отеле",
    "industry": "Отрасль", "revenue": "Оборот", "bankingDetails": "Реквизиты",
    "probability": "Вероятность", "taxValue": "Налог", "additionalInfo": "Дополнительно",
}  # fmt: skip
_COMM_NAMES = {"PHONE": "Телефон", "EMAIL": "Почта", "WEB": "Сайт", "IM": "Мессенджер"}


def title_of(item: Item, kind: int) -> str:
    """A person's name, or the title."""
    if kind == CONTACT:
        return " ".join(str(item[k]) for k in ("name", "secondName", "lastName") if item.get(k))
    return str(item.get("title") or "")


def first_comm(item: Item, type_id: str) -> str:
    return next((str(e["value"]) for e in item.get("fm", ()) if e["typeId"] == type_id), "")


def row(crm: Crm, item: Item, kind: int) -> dict[str, Any]:
    """A line of a list: people have phone and email, deals stage, dates and amount."""
    shown: dict[str, Any] = {
        "kind": KIND_NAMES[kind],
        "id": item["id"],
        "title": title_of(item, kind),
        "originId": item.get("originId") or "",
    }
    if kind == DEAL:
        stage = stages(crm, DEAL, item.get("categoryId") or 0).get(str(item.get("stageId")))
        return shown | {
            "stageName": stage["NAME"] if stage else str(item.get("stageId") or ""),
            "stageColor": stage["COLOR"] if stage else "",
            "begin": item.get("begindate"),
            "end": item.get("closedate"),
            "amount": item.get("opportunity"),
            "currency": item.get("currencyId") or "",
        }
    phone, email = first_comm(item, "PHONE"), first_comm(item, "EMAIL")
    return shown | {"phone": phone, "email": email, "about": str(item.get("post") or "")}


def card(crm: Crm, item: Item, kind: int) -> dict[str, Any]:
    """The row with all fields that have a value, linked items and the timeline's comments."""
    return {
        **row(crm, item, kind),
        "links": _links(crm, item, kind),
        "fields": [*_comm_fields(item), *_custom_fields(crm, item, kind), *_system_fields(crm, item, kind)],
        "timeline": _timeline(crm, kind, item["id"]),
    }


def _links(crm: Crm, item: Item, kind: int) -> list[dict[str, Any]]:
    if kind == DEAL:
        found = [(CONTACT, key) for key in item.get("contactIds") or ()]
        found += [(COMPANY, item["companyId"])] if item.get("companyId") else []
    else:
        index = "contact" if kind == CONTACT else "company"
        found = [(DEAL, deal["id"]) for deal in crm.items(DEAL).find(index, item["id"])][-20:][::-1]
        if kind == CONTACT:
            keys = item.get("companyIds") or ([item["companyId"]] if item.get("companyId") else [])
            found = [(COMPANY, key) for key in keys] + found
        else:
            found += [(CONTACT, one["id"]) for one in crm.items(CONTACT).find("company", item["id"])][:20]
    linked = ((target, crm.items(target).get(key)) for target, key in found)
    return [row(crm, other, target) for target, other in linked if other is not None]


def _comm_fields(item: Item) -> list[dict[str, Any]]:
    values: dict[str, list[str]] = {}
    for entry in item.get("fm", ()):
        values.setdefault(entry["typeId"], []).append(str(entry["value"]))
    return [
        {"code": code, "name": _COMM_NAMES.get(code, code), "kind": "list", "value": value}
        for code, value in values.items()
    ]


def _system_fields(crm: Crm, item: Item, kind: int) -> list[dict[str, Any]]:
    return [
        _field(code, _NAMES.get(code, code), _listed(crm, kind, code, value))
        for code, value in item.items()
        if code not in _SHOWN_ELSEWHERE and value not in (None, "", [], "N", 0)
    ]


def _listed(crm: Crm, kind: int, code: str, value: Any) -> Any:
    """The name of a directory's element instead of its code (SOURCE, DEAL_TYPE, …)."""
    field = schema_of(crm, kind).fields.get(code)
    if field is None or not field.status:
        return value
    return next((one["NAME"] for one in directory(crm, field.status) if one["STATUS_ID"] == value), value)


def _custom_fields(crm: Crm, item: Item, kind: int) -> list[dict[str, Any]]:
    known = user_fields(crm, schema_of(crm, kind).uf_entity).by_upper
    rows = []
    for code, value in (item.get("uf") or {}).items():
        if value in (None, "", []):
            continue
        settings = known.get(code) or {}
        labels = (settings.get("labels") or {}).get("editFormLabel") or {}
        elements = {one["id"]: one["value"] for one in settings.get("enum") or ()}
        rows.append(_field(code, labels.get("ru") or code, _readable(value, elements)))
    return rows


def _readable(value: Any, elements: dict[Any, Any]) -> Any:
    if isinstance(value, list):
        return [str(elements.get(one, one)) for one in value]
    if isinstance(value, dict):
        return str(value.get("name") or value)
    return elements.get(value, value)


def _field(code: str, name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"code": code, "name": name, "kind": "list", "value": [str(one) for one in value]}
    if code.endswith("Time"):
        return {"code": code, "name": name, "kind": "time", "value": value}
    shown = {"Y": "да", "N": "нет"}.get(value, value) if isinstance(value, str) else value
    return {"code": code, "name": name, "kind": "text", "value": str(shown)}


def _timeline(crm: Crm, kind: int, key: int) -> list[dict[str, Any]]:
    comments = crm.portal.store("crm_comments", first_id=999)
    comments.add_index("owner", lambda one: ((one["ENTITY_TYPE"], one["ENTITY_ID"]),))
    mine = [
        {"at": one["CREATED"], "text": one["COMMENT"], "authorId": one["AUTHOR_ID"]}
        for one in comments.find("owner", (TIMELINE_TYPES[kind], key))
    ]
    return mine[::-1]


def matches(item: Item, kind: int, needle: str) -> bool:
    """Whether name, title, PMS number, phone or e-mail contain the words, letter case aside."""
    if needle in title_of(item, kind).lower() or needle in str(item.get("originId") or "").lower():
        return True
    return any(needle in str(entry["value"]).lower() for entry in item.get("fm", ()))


def title_of_link(portal: Portal, binding: str) -> dict[str, Any] | None:
    """What `C_3`, `CO_4`, `D_5` of a task means: {kind, id, title}; None when it leads nowhere."""
    prefix, _, key = binding.partition("_")
    kind, number = _LINKS.get(prefix), to_int(key)
    item = crm_of(portal).items(kind).get(number) if kind and number else None
    if kind is None or item is None:
        return None
    return {"kind": KIND_NAMES[kind], "id": number, "title": title_of(item, kind) or binding}


def hotel_category(crm: Crm) -> int:
    """The hotel's own pipeline: the first that is not the general one, 0 when there is none yet."""
    return next((number for number in categories(crm, DEAL) if number), 0)


def pipeline(crm: Crm, category: int, today: date) -> dict[str, Any]:
    """{id, name, count, sums, stages: [{id, name, color, count, sums, deals: the ones nearest to today}]}."""
    columns: dict[str, list[Item]] = {code: [] for code in stages(crm, DEAL, category)}
    for deal in crm.items(DEAL).by_id():
        if (deal.get("categoryId") or 0) == category:
            columns.setdefault(str(deal.get("stageId")), []).append(deal)
    shown = [_column(crm, category, code, deals, today) for code, deals in columns.items()]
    sums: dict[str, float] = {}
    for column in shown:
        for currency, amount in column["sums"].items():
            sums[currency] = round(sums.get(currency, 0.0) + amount, 2)
    found = categories(crm, DEAL).get(category)
    name = found["name"] if found else ""
    count = sum(int(column["count"]) for column in shown)
    return {"id": category, "name": name, "count": count, "sums": sums, "stages": shown}


def _column(crm: Crm, category: int, code: str, deals: list[Item], today: date) -> dict[str, Any]:
    stage = stages(crm, DEAL, category).get(code)
    return {
        "id": code,
        "name": stage["NAME"] if stage else code,
        "color": stage["COLOR"] if stage else "#8d9c95",
        "count": len(deals),
        "sums": _sums(deals),
        "deals": [row(crm, deal, DEAL) for deal in _nearest(deals, today)],
    }


def _sums(deals: list[Item]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for deal in deals:
        if deal.get("opportunity"):
            currency = str(deal.get("currencyId") or "RUB")
            sums[currency] = sums.get(currency, 0.0) + float(deal["opportunity"])
    return {currency: round(amount, 2) for currency, amount in sums.items()}


def _nearest(deals: list[Item], today: date) -> list[Item]:
    def distance(deal: Item) -> int:
        text = str(deal.get("begindate") or "")[:10]
        try:
            return abs((date.fromisoformat(text) - today).days)
        except ValueError:
            return 10**6

    return heapq.nsmallest(COLUMN_CARDS, deals, key=distance)
