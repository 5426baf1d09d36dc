"""One wanted change as a row on its way: what is sent for it, and how an answer becomes its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import ConciergeError, Unclear
from domain.mapping import KEYS_FIELD
from domain.ports import CrmResult, CrmWrite
from integrations.bitrix24.crm.contacts import (
    EMAIL,
    PHONE,
    adds,
    as_new,
    change,
    mark,
    read_marks,
    write_marks,
)
from integrations.bitrix24.crm.fields import FieldNames, with_category
from integrations.bitrix24.decoder import Fault, as_list, as_text, read_error
from integrations.bitrix24.errors import our_code, scrub

_ORIGIN = frozenset({"originatorId", "originId", "originVersion"})


@dataclass(slots=True)
class Row:
    """A write with its REST fields. ``repeatable``: done twice it comes to the same. ``tries`` were turned away."""

    write: CrmWrite
    fields: dict[str, Any]
    repeatable: bool = False
    tries: int = 0

    def done(self, crm_id: int) -> CrmResult:
        return CrmResult(self.write, "done", crm_id)

    def unclear(self, error: ConciergeError | None = None) -> CrmResult:
        reason = error.detail if error else ""
        return CrmResult(self.write, "unclear", self.write.crm_id, "unclear", reason)

    def failed(self, code: str, text: str) -> CrmResult:
        """The portal's own words for a wrong value (``CRM_…``), our code for everything else."""
        known = code if code.upper().startswith("CRM_") else our_code(code)
        return CrmResult(self.write, "failed", self.write.crm_id, known, scrub(text))

    def refused(self, error: ConciergeError, fault: Fault | None) -> CrmResult:
        """What an error of this row's own command comes to."""
        if isinstance(error, Unclear):
            return self.unclear(error)
        if fault is not None:
            return self.failed(fault.code, fault.text)
        return CrmResult(self.write, "failed", self.write.crm_id, error.code, error.detail)


def new_row(write: CrmWrite, names: FieldNames) -> Row:
    """An item to be made: with our origin, and the marks of the phones and e-mails we give it."""
    fields = names.shape(write.entity, _without_origin(write.fields))
    fields |= names.shape(write.entity, {"originatorId": write.originator, "originId": write.key})
    values = (*(write.phones or ()), *(write.emails or ()))
    if values:
        fields["fm"] = as_new(write.entity, {PHONE: write.phones, EMAIL: write.emails})
        fields["originVersion"] = write_marks(map(mark, values))
    return Row(write, with_category(fields) if write.entity == "deal" else fields)


def needs_look(write: CrmWrite) -> bool:
    """True when an update has to know how the item stands: its phones, e-mails and joined keys."""
    return write.phones is not None or write.emails is not None or KEYS_FIELD in write.fields


def changed_row(write: CrmWrite, names: FieldNames, item: Mapping[str, Any] | None) -> Row:
    """A change to an item; whose origin it bears stays as it is. ``item``: as it stands, where that was asked."""
    fields = names.shape(write.entity, _without_origin(write.fields))
    if write.entity == "deal" and "stageId" in fields:
        with_category(fields)
    if item is not None:
        _join_keys(fields, names.rest(write.entity, KEYS_FIELD), item)
    repeatable = True
    if write.phones is not None or write.emails is not None:
        repeatable = _put_contacts(fields, write, item or {})
    return Row(write, fields, repeatable=repeatable)


def _put_contacts(fields: dict[str, Any], write: CrmWrite, item: Mapping[str, Any]) -> bool:
    """Returns whether the change may be repeated blindly."""
    marks = read_marks(item, write.originator)
    fm, after = change(write.entity, item, {PHONE: write.phones, EMAIL: write.emails}, marks)
    if not fm:
        return True
    fields["fm"] = fm
    if as_text(item.get("originatorId")) == write.originator:
        fields["originVersion"] = write_marks(after)
    return not adds(fm)


def _join_keys(fields: dict[str, Any], name: str | None, item: Mapping[str, Any]) -> None:
    """The item may hold keys of other records that were joined into it: ours are added to them."""
    if name is None or name not in fields:
        return
    standing = [as_text(one) for one in as_list(item.get(name))]
    joined = list(dict.fromkeys([*standing, *map(as_text, as_list(fields[name]))]))
    if joined == standing:
        del fields[name]
    else:
        fields[name] = joined


def _without_origin(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if name not in _ORIGIN}


def imported(row: Row, answer: Any) -> CrmResult:
    """One row's part of the answer of ``crm.item.batchImport``: an item or an error; nothing = cut off."""
    if isinstance(answer, dict) and "error" in answer:
        return row.failed(*read_error(answer["error"], answer.get("error_description")))
    return added(row, answer)


def added(row: Row, answer: Any) -> CrmResult:
    """The answer of ``crm.item.add`` or ``update``: ``{item: {id}}``."""
    item = answer.get("item") if isinstance(answer, dict) else None
    crm_id = item.get("id") if isinstance(item, dict) else None
    if crm_id is None or not str(crm_id).isdigit():
        return row.unclear()
    return row.done(int(crm_id))
