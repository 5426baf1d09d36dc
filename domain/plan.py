"""What has to be written: the wanted item against the last one that the CRM confirmed, by who owns each field.

What the PMS owns (``overwrite``) follows the PMS; what people own once it stands (``if_new``, ``if_empty``) is left
to them. How the CRM stands is needed only to restore and to fill: :func:`needs_look` says when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from domain.ports import CrmWrite

FACTS = "@facts"
"""Beside a snapshot's fields: what the timeline compares. Never written into the CRM."""
MERGED = frozenset({"contactIds"})
"""Lists in which what people added stays beside ours."""


class Owner(StrEnum):
    """Who may write a field."""

    OVERWRITE = "overwrite"  # the PMS: always
    IF_NEW = "if_new"  # the PMS at the item's making, people afterwards
    IF_EMPTY = "if_empty"  # the PMS where nothing stands, else people
    NEVER = "never"  # people alone


class Step(StrEnum):
    """What a record needs."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Known:
    """The CRM's item as confirmed last: its id and all fields we wrote, phones and e-mails among them.

    ``differs``: what stood otherwise than wanted when the CRM was asked just now (``Crm.drift``: field → value
    there); None when it wasn't asked.
    """

    crm_id: int
    fields: Mapping[str, object]
    differs: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One record's step; ``write`` holds only what differs, ``fields`` the whole wanted item for the snapshot.

    ``facts_before`` is what the timeline knew of the item; None for a new or adopted one.
    """

    step: Step
    write: CrmWrite
    fields: Mapping[str, object]
    before: Mapping[str, object]
    facts_before: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Owners:
    """The owner per field of one entity; a field that isn't named is the PMS's."""

    by_field: Mapping[str, Owner] = field(default_factory=dict)

    def of(self, name: str) -> Owner:
        return self.by_field.get(name, Owner.OVERWRITE)


ALL_OURS = Owners()


def plan(
    entity: str,
    key: str,
    originator: str,
    fields: Mapping[str, object],
    phones: tuple[str, ...] | None,
    emails: tuple[str, ...] | None,
    known: Known | None,
    owners: Owners = ALL_OURS,
    facts: Mapping[str, object] | None = None,
) -> Planned:
    """Decide one record's step. An update carries only what may be written and differs."""
    whole = _whole(fields, phones, emails, owners)
    kept = {**whole, FACTS: dict(facts)} if facts else whole
    if known is None:
        return Planned(Step.CREATE, _write(entity, key, originator, None, whole), kept, {})
    written = _changed(whole, known, owners)
    before = {name: _before(name, known) for name in written}
    was = known.fields.get(FACTS)
    write = _write(entity, key, originator, known.crm_id, written)
    step = Step.UPDATE if written else Step.UNCHANGED
    return Planned(step, write, kept, before, was if isinstance(was, Mapping) else None)


def needs_look(
    fields: Mapping[str, object],
    phones: tuple[str, ...] | None,
    emails: tuple[str, ...] | None,
    known: Known,
    owners: Owners = ALL_OURS,
) -> bool:
    """Whether the CRM must be asked how the item stands: something new for a field that may be people's by now."""
    whole = _whole(fields, phones, emails, owners)
    return any(
        known.fields.get(name) != value
        and ((owners.of(name) is Owner.IF_EMPTY and not is_blank(value)) or name in MERGED)
        for name, value in whole.items()
    )


def comparable(
    fields: Mapping[str, object],
    phones: tuple[str, ...] | None,
    emails: tuple[str, ...] | None,
    owners: Owners = ALL_OURS,
) -> dict[str, object]:
    """What is worth comparing with the CRM: all that may still be written into a standing item."""
    whole = _whole(fields, phones, emails, owners)
    return {name: value for name, value in whole.items() if owners.of(name) is not Owner.IF_NEW}


def is_blank(value: object) -> bool:
    """Nothing, as people see it in a card: an empty text or list, no tick, a zero."""
    if isinstance(value, Mapping):
        return all(map(is_blank, value.values()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return all(map(is_blank, value))
    return value is None or value is False or str(value).strip() in {"", "0", "0.0", "0.00", "N", "0|"}


def _whole(
    fields: Mapping[str, object],
    phones: tuple[str, ...] | None,
    emails: tuple[str, ...] | None,
    owners: Owners,
) -> dict[str, object]:
    multi = {name: list(some) for name, some in (("phones", phones), ("emails", emails)) if some is not None}
    return {name: value for name, value in {**fields, **multi}.items() if owners.of(name) is not Owner.NEVER}


def _changed(whole: Mapping[str, object], known: Known, owners: Owners) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in whole.items():
        match owners.of(name):
            case Owner.IF_EMPTY:
                there = known.differs or {}
                if name in there and is_blank(there[name]) and not is_blank(value):
                    found[name] = value
            case Owner.OVERWRITE:
                if name in MERGED and known.differs is not None:
                    _merge(found, name, value, known)
                elif (name in known.differs) if known.differs is not None else _stale(name, value, known):
                    found[name] = value
    return found


def _stale(name: str, value: object, known: Known) -> bool:
    return name not in known.fields or known.fields[name] != value


def _merge(found: dict[str, object], name: str, value: object, known: Known) -> None:
    """Ours first, then what people added; what was ours and is wanted no more goes."""
    assert known.differs is not None
    if name not in known.differs:
        return
    ours, standing, once = (_listed(one) for one in (value, known.differs[name], known.fields.get(name)))
    kept = [*ours, *(one for one in standing if one not in ours and one not in once)]
    if set(kept) != set(standing):
        found[name] = kept


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _before(name: str, known: Known) -> object:
    if known.differs is not None and name in known.differs:
        return known.differs[name]
    return known.fields.get(name)


def _write(
    entity: str, key: str, originator: str, crm_id: int | None, written: Mapping[str, object]
) -> CrmWrite:
    plain = {name: value for name, value in written.items() if name not in {"phones", "emails"}}
    return CrmWrite(
        entity, key, originator, plain, crm_id, _values(written, "phones"), _values(written, "emails")
    )


def _values(written: Mapping[str, object], name: str) -> tuple[str, ...] | None:
    return tuple(map(str, _listed(written[name]))) if name in written else None
