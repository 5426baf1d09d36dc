"""The fields of each CRM type and how their names read in the two families of methods.

Follows api-reference/crm/universal/object-fields.md, crm-item-add.md (defaults), index.md (names of
custom fields) and field-length-limits.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox.portal import people
from sandbox.portal.calls import Call, RestError, to_int
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, FIRST_DYNAMIC, LEAD, STATIC_TYPES, Crm, crm_of


@dataclass(frozen=True)
class Field:
    """One system field. `mode`: "" writable, "r" read-only, "x" switched off (always null)."""

    name: str
    type: str
    mode: str = ""
    limit: int = 0
    multiple: bool = False
    status: str = ""
    filterable: bool = True

    @property
    def upper(self) -> str:
        return upper_name(self.name)


@dataclass(frozen=True)
class Schema:
    """What crm.item.* knows of one type."""

    entity_type_id: int
    name: str
    abbreviation: str
    uf_entity: str
    fields: dict[str, Field]
    blank: dict[str, Any]
    """An item nobody wrote to, in the order of answers."""
    has_multifields: bool = False
    stage_directory: str = ""
    """The directory of stages in the general pipeline; "" when the type has no stages."""


_COMMON_HEAD = """id:integer:r createdTime:datetime:r updatedTime:datetime:r createdBy:user:r updatedBy:user:r
assignedById:user opened:boolean"""
_COMMON_TAIL = """lastActivityBy:user:r lastActivityTime:datetime:r
utmSource:string utmMedium:string utmCampaign:string utmContent:string utmTerm:string observers:user::0:m"""
_COMM = """phoneMobile:string:r phoneWork:string:r phoneMailing:string:r emailHome:string:r emailWork:string:r
emailMailing:string:r imol:string:r email:string:r phone:string:r"""
_PERSON = "name:string::50 lastName:string::50 secondName:string::50 shortName:string:x"

_LEAD = f"""{_COMMON_HEAD} dateCreateShort:datetime:x dateModifyShort:datetime:x companyId:crm_company
contactId:crm_contact stageId:crm_status::50:STATUS isConvert:boolean:x statusDescription:text
stageSemanticId:string:r productId:string:x opportunity:double currencyId:crm_currency::50
sourceId:crm_status::50:SOURCE sourceDescription:text title:string::255 {_PERSON} companyTitle:string::255
post:string::255 address:text:x comments:text webformId:integer originatorId:string::255
originId:string::255 dateClosed:datetime:r birthdate:date honorific:crm_status::128:HONORIFIC
hasPhone:boolean:r hasEmail:boolean:r hasImol:boolean:r login:string:x isReturnCustomer:boolean:r
searchContent:text:r isManualOpportunity:boolean movedBy:user:r movedTime:datetime:r {_COMM} skype:string:r
icq:string:r {_COMMON_TAIL} contactIds:crm_contact::0:m"""
_DEAL = f"""{_COMMON_HEAD} dateCreateShort:datetime:x dateModifyShort:datetime:x leadId:crm_lead
companyId:crm_company contactId:crm_contact quoteId:crm_quote title:string::255 productId:string:x
categoryId:crm_category stageId:crm_status::50:DEAL_STAGE stageSemanticId:string:r isNew:boolean:r
isRecurring:boolean isReturnCustomer:boolean:r isRepeatedApproach:boolean:r closed:boolean:r
typeId:crm_status::50:DEAL_TYPE opportunity:double isManualOpportunity:boolean taxValue:double
currencyId:crm_currency::50 probability:integer comments:text begindate:date begindateShort:datetime:x
closedate:date closedateShort:datetime:x eventDate:datetime:r eventDateShort:datetime:x eventId:crm_status:r
eventDescription:text:r locationId:location webformId:integer sourceId:crm_status::50:SOURCE
sourceDescription:text originatorId:string::255 originId:string::255 additionalInfo:string
searchContent:text:r orderStage:string:r movedBy:user:r movedTime:datetime:r isWork:boolean:x
isWon:boolean:x isLose:boolean:x receivedAmount:string:x lostAmount:string:x hasProducts:boolean:x
{_COMMON_TAIL} contactIds:crm_contact::0:m"""
_CONTACT = f"""{_COMMON_HEAD} companyId:crm_company sourceId:crm_status::50:SOURCE sourceDescription:text
{_PERSON} photo:file:r post:string::255 address:text:x comments:text leadId:crm_lead export:boolean
typeId:crm_status::50:CONTACT_TYPE webformId:integer originatorId:string::255 originId:string::255
originVersion:string::255 birthdate:date honorific:crm_status::128:HONORIFIC hasPhone:boolean:r
hasEmail:boolean:r hasImol:boolean:r searchContent:text:r categoryId:crm_category {_COMM} {_COMMON_TAIL}
companyIds:crm_company::0:m"""
_COMPANY = f"""{_COMMON_HEAD} title:string::255 logo:file:r address:text:x addressLegal:text
bankingDetails:string comments:text typeId:crm_status::50:COMPANY_TYPE industry:crm_status::50:INDUSTRY
revenue:double currencyId:crm_currency::50 employees:crm_status::50:EMPLOYEES leadId:crm_lead
webformId:integer originatorId:string::255 originId:string::255 originVersion:string::255
hasPhone:boolean:r hasEmail:boolean:r hasImol:boolean:r isMyCompany:boolean searchContent:text:r
categoryId:crm_category {_COMM} {_COMMON_TAIL} contactIds:crm_contact::0:m"""
_DYNAMIC = f"""{_COMMON_HEAD} xmlId:string::255 title:string::255 webformId:integer movedBy:user:r
movedTime:datetime:r categoryId:crm_category stageId:crm_status::50:DYNAMIC previousStageId:crm_status:r
begindate:date closedate:date companyId:crm_company contactId:crm_contact opportunity:double
isManualOpportunity:boolean taxValue:double currencyId:crm_currency::50 opportunityAccount:double:x
taxValueAccount:double:x accountCurrencyId:crm_currency:x mycompanyId:crm_company
sourceId:crm_status::50:SOURCE sourceDescription:text {_COMMON_TAIL} contactIds:crm_contact::0:m"""

_OPTIONAL = {
    "isStagesEnabled": ("stageId", "previousStageId", "movedBy", "movedTime"),
    "isBeginCloseDatesEnabled": ("begindate", "closedate"),
    "isClientEnabled": ("companyId", "contactId", "contactIds"),
    "isLinkWithProductsEnabled": ("opportunity", "isManualOpportunity", "taxValue", "currencyId"),
    "isMycompanyEnabled": ("mycompanyId",),
    "isSourceEnabled": ("sourceId", "sourceDescription"),
    "isObserversEnabled": ("observers",),
}
"""Fields of a smart process that exist only while a setting of its type is on."""

_NOT_IN_FILTER = {"contactIds", "companyIds", "searchContent"}
"""documents silent: links stand in tables of their own, so only the primary link is filterable."""


def upper_name(name: str) -> str:
    """A field's upper-case name: assignedById → ASSIGNED_BY_ID, parentId128 → PARENT_ID_128."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", name).upper()


def _field(text: str) -> Field:
    name, kind, mode, limit, extra = (*text.split(":"), "", "", "", "")[:5]
    disabled = mode == "x" or name in _NOT_IN_FILTER
    return Field(
        name=name,
        type=kind,
        mode=mode,
        limit=int(limit or (255 if kind == "string" else 0)),
        multiple=extra == "m",
        status="" if extra == "m" else extra,
        filterable=not disabled,
    )


def _blank(fields: dict[str, Field]) -> dict[str, Any]:
    def value(one: Field) -> Any:
        if one.mode == "x":
            return None
        if one.multiple:
            return []
        if one.name.startswith(("phone", "email")) or one.name == "imol":
            return ""
        return "N" if one.type == "boolean" else None

    return {name: value(one) for name, one in fields.items()}


def _schema(entity_type_id: int, name: str, abbreviation: str, text: str, **more: Any) -> Schema:
    fields = {one.name: one for one in map(_field, text.split())}
    uf_entity = more.pop("uf_entity", f"CRM_{name.upper()}")
    return Schema(entity_type_id, name, abbreviation, uf_entity, fields, _blank(fields), **more)


_SCHEMAS = {
    LEAD: _schema(LEAD, "Lead", "L", _LEAD, has_multifields=True, stage_directory="STATUS"),
    DEAL: _schema(DEAL, "Deal", "D", _DEAL, stage_directory="DEAL_STAGE"),
    CONTACT: _schema(CONTACT, "Contact", "C", _CONTACT, has_multifields=True),
    COMPANY: _schema(COMPANY, "Company", "CO", _COMPANY, has_multifields=True),
}


def _dynamic_schema(settings: dict[str, Any]) -> Schema:
    key = settings["entityTypeId"]
    schema = _schema(
        key,
        settings["title"],
        f"T{key:x}",
        _DYNAMIC,
        uf_entity=f"CRM_{settings['id']}",
        stage_directory=f"DYNAMIC_{key}_STAGE" if settings["isStagesEnabled"] == "Y" else "",
    )
    for switch, names in _OPTIONAL.items():
        if settings[switch] != "Y":
            for name in names:
                # "Disabled fields always return null" (crm-item-add.md)
                schema.fields[name] = Field(name, schema.fields[name].type, "x", filterable=False)
                schema.blank[name] = None
    return schema


def schema_of(crm: Crm, entity_type_id: int) -> Schema:
    """The type's fields. RestError NOT_FOUND / ENTITY_TYPE_NOT_SUPPORTED when there is no such type."""
    if entity_type_id in _SCHEMAS:
        return _SCHEMAS[entity_type_id]
    key = ("schema", entity_type_id)
    found = crm.cache.get(key)
    if found is None:
        settings = crm.dynamic_type(entity_type_id)
        if settings is None:
            if entity_type_id >= FIRST_DYNAMIC:
                raise RestError("NOT_FOUND", "Smart process not found")
            # Estimates (7) and invoices (31) exist on a real portal; this one has none.
            raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {entity_type_id} is not supported")
        found = crm.cache[key] = _dynamic_schema(settings)
    schema: Schema = found
    return schema


def called_schema(call: Call) -> tuple[Crm, Schema]:
    """The CRM and the type a crm.item.* call names in `entityTypeId`."""
    crm = crm_of(call.portal)
    return crm, schema_of(crm, required_int(call, "entityTypeId"))


def required(call: Call, name: str) -> Any:
    """A parameter the method can't do without; RestError 100 when it is missing."""
    if name not in call.params:
        raise RestError("100", f"Could not find value for parameter {{{name}}}")
    return call.params[name]


def required_int(call: Call, name: str) -> int:
    value = to_int(required(call, name))
    if value is None:
        raise RestError("100", f"Invalid value {{{call.params[name]}}} to match with parameter {{{name}}}")
    return value


def required_map(call: Call, name: str) -> dict[str, Any]:
    """An object parameter; PHP sends an empty one as []."""
    value = required(call, name)
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {str(i): one for i, one in enumerate(value)}
    raise RestError("100", f"Invalid value to match with parameter {{{name}}}. Should be value of type array")


def require_admin(call: Call, code: str = "ACCESS_DENIED", text: str = "Access denied") -> None:
    """CRM settings belong to administrators; RestError `code` for anybody else."""
    if not is_admin(call):
        raise RestError(code, text)


def is_admin(call: Call) -> bool:
    """Whether the caller administers the portal."""
    return people.is_admin(call.portal, call.user_id)


_NUMBERED = re.compile(r"(\d+)_(.+)")


@lru_cache(maxsize=10_000)
def camel_uf(name: str) -> str:
    """A custom field's REST name, by universal/index.md.

    UF_CRM_10_DIGIT → ufCrm10Digit; with letters and digits mixed UF_CRM_10_DIGIT10 → ufCrm_10_DIGIT10;
    UF_CRM_174 → ufCrm_174.
    """
    rest = name.removeprefix("UF_CRM_")
    if rest == name:
        return name
    numbered = _NUMBERED.fullmatch(rest)
    number, tail = numbered.groups() if numbered else ("", rest)
    if number and re.fullmatch(r"[\d_]+", tail):
        return f"ufCrm{number}_{tail}"
    if re.fullmatch(r"[A-Z_]+", tail):
        return f"ufCrm{number}" + "".join(part.capitalize() for part in tail.split("_"))
    return f"ufCrm_{rest}"


def item_types(crm: Crm) -> list[int]:
    """Every type that has items here."""
    return [*STATIC_TYPES, *(t["entityTypeId"] for t in crm.portal.store("crm_types"))]
