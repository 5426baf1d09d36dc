"""What has to be written: the wanted item against the last one that the CRM confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.ports import CrmWrite


class Step(StrEnum):
    """What a record needs."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Known:
    """The CRM's item as confirmed last: its id and all fields we wrote, phones and e-mails among them."""

    crm_id: int
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Planned:
    """One record's step; ``write`` holds only what differs, ``fields`` the whole wanted item for the snapshot."""

    step: Step
    write: CrmWrite
    fields: Mapping[str, object]
    before: Mapping[str, object]


def plan(
    entity: str,
    key: str,
    originator: str,
    fields: Mapping[str, object],
    phones: tuple[str, ...] | None,
    emails: tuple[str, ...] | None,
    known: Known | None,
) -> Planned:
    """Decide one record's step. An update carries changed fields only; a list of contacts is one field."""
    whole = {**fields, **_multi("phones", phones), **_multi("emails", emails)}
    if known is None:
        write = CrmWrite(entity, key, originator, fields, None, phones, emails)
        return Planned(Step.CREATE, write, whole, {})
    changed = {name: value for name, value in whole.items() if known.fields.get(name) != value}
    before = {name: known.fields.get(name) for name in changed}
    write = CrmWrite(
        entity,
        key,
        originator,
        {name: value for name, value in changed.items() if name not in {"phones", "emails"}},
        known.crm_id,
        phones if "phones" in changed else None,
        emails if "emails" in changed else None,
    )
    return Planned(Step.UPDATE if changed else Step.UNCHANGED, write, whole, before)


def _multi(name: str, values: tuple[str, ...] | None) -> dict[str, object]:
    return {} if values is None else {name: list(values)}
