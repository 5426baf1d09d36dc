"""A mapping as a file gives it, checked by pydantic: tables, keys and values, each fault with its place."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from domain.plan import Owner

ENTITIES = ("contact", "company", "deal")
FIELD_NAME = r"^(UF_CRM_[A-Z0-9_]{1,43}|[a-z][A-Za-z0-9_]{0,49})$"
_FIXED_FIELDS = frozenset(
    {"id", "originatorId", "originId", "originVersion", "fm", "createdTime", "updatedTime"}
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where. ``code`` is a key of the texts (``mapping-fault-<code>``)."""

    table: str
    key: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """«[contact.lastName] owner»."""
        return f"[{self.table}] {self.key}".strip() if self.table else self.key


class MappingError(Exception):
    """The mapping can't be used."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{one.place}: {one.code}" for one in faults))
        self.faults = list(faults)


class Table(BaseModel):
    """A table of the file; an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, strict=True)


class Titles(Table):
    """A field's title for people."""

    ru: str = ""
    en: str = ""


class Entry(Table):
    """One CRM field."""

    source: str | list[str] | None = Field(None, alias="from")
    template: str | None = None
    steps: list[str | dict[str, Any]] = Field([], alias="as")
    owner: Owner = Field(Owner.OVERWRITE, strict=False)
    title: Titles | None = None
    type: Literal["string", "integer", "double", "boolean", "date", "datetime", "money", "url"] | None = None

    @field_validator("steps", mode="before")
    @classmethod
    def _one_step(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | dict) else value

    @field_validator("title", mode="before")
    @classmethod
    def _one_title(cls, value: Any) -> Any:
        return {"ru": value, "en": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_source(self) -> "Entry":
        if self.owner is not Owner.NEVER and (self.source is None) == (self.template is None):
            raise PydanticCustomError("from-or-template", "from or template")
        return self


class Stage(Table):
    """The stage of one state of a reservation."""

    code: str = Field("", pattern=r"^[A-Z][A-Z0-9_]{0,19}$")
    name: str = Field(min_length=1, max_length=100)
    color: str = Field("", pattern=r"^(#[0-9A-Fa-f]{6})?$")
    kind: Literal["process", "won", "lost"] = "process"
    sort: int = Field(ge=1, le=10_000)
    use: str = ""


class Stages(Table):
    """All six states."""

    tentative: Stage
    confirmed: Stage
    in_house: Stage
    checked_out: Stage
    cancelled: Stage
    no_show: Stage


class Rules(Table):
    """What isn't about a single field."""

    pipeline: str = Field(min_length=1, max_length=100)
    amount: Literal["forecast", "actual", "actual_else_forecast", "actual_when_out"]
    revenue_of: Literal["causer", "payer"]
    include: list[Literal["pseudo_rooms", "group_masters", "financial_accounts"]]
    link_sharers: bool
    timeline: bool
    departments: dict[str, str] = {}


class Responsible(Table):
    """Who is responsible where this fits; all of ``when`` must fit, each by one of its values."""

    when: dict[str, list[str]] = {}
    user: int = Field(ge=1)
    entities: list[Literal["contact", "company", "deal"]] = Field(["deal"], alias="for")

    @field_validator("when", mode="before")
    @classmethod
    def _lists(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: [one] if isinstance(one, str) else one for key, one in value.items()}
        return value


class MappingFile(Table):
    """The whole file."""

    version: Literal[1] = 1
    rules: Rules
    stages: Stages
    responsible: list[Responsible] = []
    contact: dict[str, Entry]
    company: dict[str, Entry]
    deal: dict[str, Entry]


def parse(raw: Mapping[str, Any]) -> MappingFile:
    """The checked file. Raises MappingError with all faults of shape."""
    try:
        parsed = MappingFile.model_validate(raw)
    except ValidationError as error:
        raise MappingError([_fault(one) for one in error.errors(include_input=False)]) from None
    wrong = [
        Fault(f"{entity}.{name}", "", "field-name" if name not in _FIXED_FIELDS else "field-ours")
        for entity in ENTITIES
        for name in getattr(parsed, entity)
        if not _may_be_named(name)
    ]
    if wrong:
        raise MappingError(wrong)
    return parsed


def _may_be_named(name: str) -> bool:
    return name not in _FIXED_FIELDS and re.fullmatch(FIELD_NAME, name) is not None


_CODES = {
    "extra_forbidden": "unknown-key",
    "missing": "missing",
    "from-or-template": "from-or-template",
    "enum": "choice",
    "literal_error": "choice",
    "int_type": "number",
    "greater_than_equal": "too-small",
    "less_than_equal": "too-big",
    "string_too_long": "too-long",
    "string_too_short": "empty",
    "string_pattern_mismatch": "form",
    "bool_type": "yes-or-no",
    "dict_type": "table",
    "model_type": "table",
    "list_type": "list",
    "string_type": "text",
}
_ARROW = frozenset({"str", "list[str]", "dict[str,any]", "int"})


def _fault(error: Any) -> Fault:
    """An error of pydantic as a place (table, key) and a code of ours."""
    path = [str(part + 1) if isinstance(part, int) else str(part) for part in error["loc"]]
    path = [part for part in path if part not in _ARROW]
    depth = 1 if path and path[0] in {"rules", "version"} else 2
    table, key = ".".join(path[:depth]), ".".join(path[depth:])
    if path and path[0] == "version":
        table, key = "", "version"
    context = error.get("ctx") or {}
    params = {
        name: str(context[name])
        for name in ("expected", "ge", "le", "max_length", "pattern")
        if name in context
    }
    return Fault(table, key, _CODES.get(error["type"], "form"), params)
