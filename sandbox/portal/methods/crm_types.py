"""crm.type.*: smart processes, the CRM types a portal makes for itself.

Documents: universal/user-defined-object-types/crm-type-{add,list,get,get-by-entity-type-id}.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, RestError, as_list, as_map, method, to_int
from sandbox.portal.crm_store import Crm, crm_of
from sandbox.portal.methods.crm_directories import put_category
from sandbox.portal.methods.crm_schema import require_admin, required_int, required_map
from sandbox.portal.methods.crm_text import ordered, page

FIRST_FREE = 1030
_FLAGS = (
    "isCategoriesEnabled", "isStagesEnabled", "isBeginCloseDatesEnabled", "isClientEnabled",
    "isUseInUserfieldEnabled", "isLinkWithProductsEnabled", "isMycompanyEnabled", "isDocumentsEnabled",
    "isSourceEnabled", "isObserversEnabled", "isRecyclebinEnabled", "isAutomationEnabled",
    "isBizProcEnabled", "isSetOpenPermissions",
)  # fmt: skip
_LINKED = ("CALENDAR_EVENT|UF_CRM_CAL_EVENT", "TASKS_TASK|UF_CRM_TASK", "TASKS_TASK_TEMPLATE|UF_CRM_TASK")
_SYSTEM_FLAGS = ("isPaymentsEnabled", "isCountersEnabled")


def _yes(value: object) -> bool:
    """Y, 1 and the word "true": relation flags take only the last, plain flags take all."""
    return value is True or str(value).lower() in ("y", "1", "true")


def _says_true(value: object) -> bool:
    """For flags of which the page says that Y and N do not work, only true and false."""
    return value is True or str(value).lower() == "true"


def _entity_type_id(crm: Crm, given: object) -> int:
    taken = {d["entityTypeId"] for d in crm.portal.store("crm_types")}
    if given in (None, "", 0, "0"):
        key = FIRST_FREE
        while key in taken:
            key += 2
        return key
    wanted = to_int(given)
    allowed = wanted is not None and (128 <= wanted <= 192 or (wanted >= FIRST_FREE and wanted % 2 == 0))
    if wanted is None or not allowed:
        raise RestError("INVALID_ARG_VALUE", "entityTypeId is out of allowed range")
    if wanted in taken:
        # documents silent: the answer for an id that is taken
        raise RestError("INVALID_ARG_VALUE", "entityTypeId is already used")
    return wanted


def _relations(given: dict[str, Any], *, client: bool) -> dict[str, Any]:
    relations: dict[str, Any] = {"parent": [], "child": []}
    if client:
        relations["parent"] = [
            {"entityTypeId": key, "isChildrenListEnabled": "Y", "isPredefined": "Y"} for key in (3, 4)
        ]
    for side, made in relations.items():
        for one in as_list(given.get(side)):
            enabled = "Y" if _says_true(one.get("isChildrenListEnabled")) else "N"
            key = to_int(one.get("entityTypeId"))
            made.append({"entityTypeId": key, "isChildrenListEnabled": enabled, "isPredefined": "N"})
    return relations


@method("crm.type.add", scope="crm")
def type_add(call: Call) -> Any:
    """{fields{title, entityTypeId?, is…Enabled, relations, linkedUserFields}} → {type}."""
    crm, fields = crm_of(call.portal), required_map(call, "fields")
    require_admin(call)
    if not str(fields.get("title") or "").strip():
        raise RestError("0", "Field 'TITLE' is required")  # documents silent: code and wording
    now, linked = crm.portal.now_iso(), as_map(fields.get("linkedUserFields"))
    settings: dict[str, Any] = {
        "title": str(fields["title"])[:255],
        "code": str(fields.get("code") or ""),
        "createdBy": call.user_id,
        "entityTypeId": _entity_type_id(crm, fields.get("entityTypeId")),
        "customSectionId": None,
        **{name: "Y" if _yes(fields.get(name, name == "isSetOpenPermissions")) else "N" for name in _FLAGS},
        **dict.fromkeys(_SYSTEM_FLAGS, "N"),
        "createdTime": now,
        "updatedTime": now,
        "updatedBy": call.user_id,
    }
    client = settings["isClientEnabled"] == "Y"
    settings["relations"] = _relations(as_map(fields.get("relations")), client=client)
    settings["linkedUserFields"] = {name: "Y" if _says_true(linked.get(name)) else "N" for name in _LINKED}
    settings = crm.portal.store("crm_types").insert(settings)
    crm.settings_changed()
    put_category(crm, settings["entityTypeId"], "Общая", is_default=True)
    return {"type": _show(settings)}


def _show(settings: dict[str, Any]) -> dict[str, Any]:
    return {"id": settings["id"], **settings, "customSections": []}


@method("crm.type.list", scope="crm")
def type_list(call: Call) -> Any:
    """{order, filter, start} → {types}, without relations."""
    crm = crm_of(call.portal)
    rows = []
    for settings in crm.portal.store("crm_types"):
        shown = {"id": settings["id"], **settings}
        rows.append({key: shown[key] for key in shown if key not in ("relations", "linkedUserFields")})
    for key, value in as_map(call.params.get("filter")).items():
        name, negative = key.lstrip("=@!"), key.startswith("!")
        if rows and name not in rows[0]:
            raise RestError("INVALID_ARG_VALUE", f"Invalid filter: field '{name}' is not allowed in filter")
        wanted = {str(one) for one in as_list(value)}
        rows = [row for row in rows if (str(row[name]) in wanted) != negative]
    rows = ordered(rows, as_map(call.params.get("order")), numbers={"id", "entityTypeId"})
    return page(call, rows, "types")


@method("crm.type.get", scope="crm")
def type_get(call: Call) -> Any:
    """{id} → {type}; the type's own id, not its entityTypeId."""
    settings = crm_of(call.portal).portal.store("crm_types").get(required_int(call, "id"))
    if settings is None:
        raise RestError("0", "SPA not found")
    return {"type": _show(settings)}


@method("crm.type.getByEntityTypeId", scope="crm")
def type_get_by_entity_type_id(call: Call) -> Any:
    """{entityTypeId} → {type}."""
    settings = crm_of(call.portal).dynamic_type(required_int(call, "entityTypeId"))
    if settings is None:
        raise RestError("0", "Smart process not found")
    return {"type": _show(settings)}
