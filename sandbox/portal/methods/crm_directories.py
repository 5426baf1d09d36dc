"""Stages, pipelines, currencies and other directories of the CRM as documents, with the set a new portal comes with.

Codes as in status/crm-status-{add,list,entity-types}.md: `C9:NEW` in deal pipelines, `DT1078_31:CLIENT`
in smart processes.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, FIRST_DYNAMIC, Crm
from sandbox.portal.stores import Store

Status = dict[str, Any]
"""{id, ENTITY_ID, STATUS_ID, NAME, NAME_INIT, SORT, SYSTEM, CATEGORY_ID, COLOR, SEMANTICS}."""
Category = dict[str, Any]
"""{id "type:number", number, entityTypeId, name, sort, isDefault, originId, originatorId}."""

_DEAL_STAGES = (
    ("NEW", "Новая", "#39A8EF", ""),
    ("PREPARATION", "Подготовка документов", "#2FC6F6", ""),
    ("PREPAYMENT_INVOICE", "Счёт на предоплату", "#55D0E0", ""),
    ("EXECUTING", "В работе", "#47E4C2", ""),
    ("FINAL_INVOICE", "Финальный счёт", "#FFA900", ""),
    ("WON", "Сделка успешна", "#7BD500", "S"),
    ("LOSE", "Сделка провалена", "#FF5752", "F"),
    ("APOLOGY", "Анализ причины провала", "#FF5752", "F"),
)
_LEAD_STAGES = (
    ("NEW", "Не обработан", "#39A8EF", ""),
    ("IN_PROCESS", "В работе", "#2FC6F6", ""),
    ("PROCESSED", "Обработан", "#55D0E0", ""),
    ("CONVERTED", "Качественный лид", "#7BD500", "S"),
    ("JUNK", "Некачественный лид", "#FF5752", "F"),
)
_DYNAMIC_STAGES = (
    ("NEW", "Начало", "#22B9FF", ""),
    ("PREPARATION", "Подготовка", "#88B9FF", ""),
    ("CLIENT", "Согласование", "#10E5FC", ""),
    ("SUCCESS", "Успех", "#00FF00", "S"),
    ("FAIL", "Провал", "#FF0000", "F"),
)
_SYSTEM = {"NEW", "WON", "LOSE", "CONVERTED", "JUNK", "SUCCESS", "FAIL"}
_PLAIN = {
    "SOURCE": (
        ("CALL", "Звонок"), ("EMAIL", "Электронная почта"), ("WEB", "Веб-сайт"), ("ADVERTISING", "Реклама"),
        ("PARTNER", "Существующий клиент"), ("RECOMMENDATION", "По рекомендации"),
        ("TRADE_SHOW", "Выставка"), ("WEBFORM", "CRM-форма"), ("CALLBACK", "Обратный звонок"),
        ("OTHER", "Другое"),
    ),
    "CONTACT_TYPE": (("CLIENT", "Клиенты"), ("SUPPLIER", "Поставщики"), ("PARTNER", "Партнёры"),
                     ("OTHER", "Другое")),
    "COMPANY_TYPE": (("CUSTOMER", "Клиент"), ("SUPPLIER", "Поставщик"), ("COMPETITOR", "Конкурент"),
                     ("PARTNER", "Партнёр"), ("OTHER", "Другое")),
    "DEAL_TYPE": (("SALE", "Продажа"), ("COMPLEX", "Комплексная продажа"), ("GOODS", "Продажа товара"),
                  ("SERVICES", "Услуги"), ("SERVICE", "Сервисное обслуживание")),
    "INDUSTRY": (("IT", "Информационные технологии"), ("TELECOM", "Телекоммуникации"),
                 ("MANUFACTURING", "Производство"), ("BANKING", "Банковские услуги"),
                 ("CONSULTING", "Консалтинг"), ("FINANCE", "Финансы"), ("GOVERNMENT", "Правительство"),
                 ("DELIVERY", "Доставка"), ("ENTERTAINMENT", "Развлечения"),
                 ("NOTPROFIT", "Не для получения прибыли"), ("OTHER", "Другое")),
    "EMPLOYEES": (("EMPLOYEES_1", "менее 50"), ("EMPLOYEES_2", "50-250"), ("EMPLOYEES_3", "250-500"),
                  ("EMPLOYEES_4", "более 500")),
    "HONORIFIC": (("HNR_RU_1", "г-н"), ("HNR_RU_2", "г-жа")),
}  # fmt: skip


def statuses(crm: Crm) -> Store:
    """All directory elements; a new portal gets its first set here."""
    store = crm.portal.store("crm_statuses", first_id=101)
    store.add_index("entity", lambda d: (d["ENTITY_ID"],))
    if not len(store):
        _seed_statuses(crm, store)
    return store


def _seed_statuses(crm: Crm, store: Store) -> None:
    put_stages(crm, store, "STATUS", "", None, _LEAD_STAGES)
    put_stages(crm, store, "DEAL_STAGE", "", None, _DEAL_STAGES)
    for entity_id, elements in _PLAIN.items():
        for i, (code, name) in enumerate(elements):
            put_status(store, entity_id, code, name, sort=(i + 1) * 10, system=True)


def put_status(
    store: Store,
    entity_id: str,
    code: str,
    name: str,
    *,
    sort: int,
    system: bool = False,
    category_id: int | None = None,
    color: str = "",
    semantics: str = "",
) -> Status:
    """Keep one directory element; the code comes with its pipeline prefix."""
    return store.insert(
        {
            "ENTITY_ID": entity_id,
            "STATUS_ID": code,
            "NAME": name,
            "NAME_INIT": name if system else "",
            "SORT": sort,
            "SYSTEM": "Y" if system else "N",
            "CATEGORY_ID": category_id,
            "COLOR": color,
            "SEMANTICS": semantics,
        }
    )


def put_stages(
    crm: Crm,
    store: Store,
    entity_id: str,
    prefix: str,
    category_id: int | None,
    stages: tuple[tuple[str, str, str, str], ...],
) -> None:
    for i, (code, name, color, semantics) in enumerate(stages):
        put_status(
            store,
            entity_id,
            prefix + code,
            name,
            sort=(i + 1) * 10,
            system=code in _SYSTEM,
            category_id=category_id,
            color=color,
            semantics=semantics,
        )
    crm.settings_changed()


def directory(crm: Crm, entity_id: str) -> list[Status]:
    """Elements of one directory in their order."""
    key = ("directory", entity_id)
    found = crm.cache.get(key)
    if found is None:
        found = sorted(statuses(crm).find("entity", entity_id), key=lambda d: (d["SORT"], d["id"]))
        crm.cache[key] = found
    elements: list[Status] = found
    return elements


def stage_directory(entity_type_id: int, category: int) -> str:
    """DEAL_STAGE, DEAL_STAGE_9, DYNAMIC_1078_STAGE_31, STATUS."""
    if entity_type_id == DEAL:
        return f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"
    if entity_type_id >= FIRST_DYNAMIC:
        return f"DYNAMIC_{entity_type_id}_STAGE_{category}"
    return "STATUS"


def stage_prefix(entity_type_id: int, category: int) -> str:
    """C9: or DT1078_31: or nothing."""
    if entity_type_id == DEAL:
        return f"C{category}:" if category else ""
    return f"DT{entity_type_id}_{category}:" if entity_type_id >= FIRST_DYNAMIC else ""


def stages(crm: Crm, entity_type_id: int, category: int) -> dict[str, Status]:
    """Stages of one pipeline by code, in their order."""
    key = ("stages", entity_type_id, category)
    found = crm.cache.get(key)
    if found is None:
        elements = directory(crm, stage_directory(entity_type_id, category))
        found = crm.cache[key] = {d["STATUS_ID"]: d for d in elements}
    by_code: dict[str, Status] = found
    return by_code


def categories(crm: Crm, entity_type_id: int) -> dict[int, Category]:
    """Pipelines of one type by number, in their order; deals, contacts and companies always have 0."""
    key = ("categories", entity_type_id)
    found = crm.cache.get(key)
    if found is None:
        store = crm.portal.store("crm_categories")
        if entity_type_id in (DEAL, CONTACT, COMPANY) and f"{entity_type_id}:0" not in store:
            put_category(crm, entity_type_id, "Общая", number=0, sort=300, is_default=True)
        own = [d for d in store if d["entityTypeId"] == entity_type_id]
        own.sort(key=lambda d: (d["sort"], d["number"]))
        found = crm.cache[key] = {d["number"]: d for d in own}
    by_number: dict[int, Category] = found
    return by_number


def put_category(
    crm: Crm,
    entity_type_id: int,
    name: str,
    *,
    number: int | None = None,
    sort: int = 500,
    is_default: bool = False,
) -> Category:
    """Keep a new pipeline and, where the type has stages, its first set of them."""
    if number is None:
        # Deals count their pipelines apart from all other types (categories.md shows both small numbers).
        counter = "crm_deal_category" if entity_type_id == DEAL else "crm_item_category"
        number = crm.portal.next_id(counter)
    document = crm.portal.store("crm_categories").insert(
        {
            "id": f"{entity_type_id}:{number}",
            "number": number,
            "entityTypeId": entity_type_id,
            "name": name,
            "sort": sort,
            "isDefault": "Y" if is_default else "N",
            "originId": "",
            "originatorId": "",
        }
    )
    if entity_type_id >= FIRST_DYNAMIC or (entity_type_id == DEAL and number):
        own = _DEAL_STAGES if entity_type_id == DEAL else _DYNAMIC_STAGES
        entity_id = stage_directory(entity_type_id, number)
        put_stages(crm, statuses(crm), entity_id, stage_prefix(entity_type_id, number), number, own)
    crm.settings_changed()
    return document


def default_category(crm: Crm, entity_type_id: int) -> int:
    """The pipeline of items that name none."""
    found = categories(crm, entity_type_id)
    return next((number for number, d in found.items() if d["isDefault"] == "Y"), 0)


def semantics_of(status: Status) -> str:
    """P in progress, S success, F failure."""
    return status["SEMANTICS"] or "P"


_CURRENCIES = (("RUB", "1.0000", "1", "Российский рубль"), ("USD", "92.5000", "1", "Доллар США"),
          ("EUR", "100.2000", "1", "Евро"))  # fmt: skip


def currencies(crm: Crm) -> Store:
    """Currency documents by code; a new portal has three."""
    store = crm.portal.store("crm_currencies")
    if not len(store):
        for i, (code, amount, count, name) in enumerate(_CURRENCIES):
            store.insert(
                currency_document(crm, code, amount, count, sort=(i + 1) * 100, name=name, base=i == 0)
            )
    return store


def currency_document(
    crm: Crm, code: str, amount: str, count: str, *, sort: int, name: str, base: bool
) -> dict[str, Any]:
    return {
        "id": code,
        "CURRENCY": code,
        "AMOUNT_CNT": count,
        "AMOUNT": amount,
        "SORT": str(sort),
        "BASE": "Y" if base else "N",
        "FULL_NAME": name,
        "LID": "ru",
        "FORMAT_STRING": f"# {code}",
        "DEC_POINT": ".",
        "THOUSANDS_SEP": "&nbsp;",
        "DECIMALS": "2",
        "DATE_UPDATE": crm.portal.now_iso(),
        "LANG": {},
    }


def base_currency(crm: Crm) -> str:
    """The portal's own currency; RUB until somebody changes it."""
    found = crm.cache.get("base currency")
    if found is None:
        found = next((d["id"] for d in currencies(crm) if d["BASE"] == "Y"), "RUB")
        crm.cache["base currency"] = found
    return str(found)
