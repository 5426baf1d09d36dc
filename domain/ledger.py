"""What a stay brought and what was paid for it: pure sums over the lines of its folio.

Totals are always made anew from all lines, never counted on, so that neither order nor repetition of what the PMS
tells can change them. Amounts of different currencies are never added together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from domain.stays import Money, Posting, PostingKind

Party = Literal["causer", "payer"]
"""Whose a routed line is: the reservation that caused it, or the one whose folio it went to."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of one reservation in one currency. ``gross`` is with tax, ``net`` without.

    ``departments``: charges per department, as posted; ``names``: what the PMS calls these. ``others``: gross in other currencies. ``last_day``: the
    business date of the newest line that counts.
    """

    currency: str
    charges: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    payments: Decimal = Decimal(0)
    paid_outs: Decimal = Decimal(0)
    departments: Mapping[str, Decimal] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Decimal] = field(default_factory=dict)
    last_day: date | None = None
    lines: int = 0

    @property
    def balance(self) -> Decimal:
        """What is still owed: charges, tax and cash paid out for the guest, less payments."""
        return self.gross + self.paid_outs - self.payments

    def money(self, amount: Decimal) -> Money:
        return Money(amount, self.currency)


def reservation_of(line: Posting, party: Party) -> str:
    """Whose line it is."""
    if party == "causer" and line.caused_by:
        return line.caused_by
    return line.reservation_id


def totals(lines: Iterable[Posting], currency: str) -> Totals:
    """The sums of one reservation's lines; of several lines with one id the last counts.

    Left out: hidden lines, the internal side of packages, and lines that were split (their parts count).
    """
    by_id = {line.posting_id: line for line in lines}
    split = {line.split_of for line in by_id.values() if line.split_of}
    counted = [one for key, one in by_id.items() if key not in split and not one.hidden and not one.internal]
    own = [line for line in counted if line.amount.currency == currency]
    kinds: defaultdict[PostingKind, Decimal] = defaultdict(Decimal)
    departments: defaultdict[str, Decimal] = defaultdict(Decimal)
    included = Decimal(0)
    for line in own:
        kinds[line.kind] += line.amount.amount
        if line.kind is PostingKind.CHARGE:
            departments[line.department] += line.amount.amount
        elif line.kind is PostingKind.TAX and line.tax_included:
            included += line.amount.amount
    charges, tax = kinds[PostingKind.CHARGE], kinds[PostingKind.TAX]
    return Totals(
        currency=currency,
        charges=charges,
        tax=tax,
        gross=charges + tax - included,
        net=charges - included,
        payments=kinds[PostingKind.PAYMENT],
        paid_outs=kinds[PostingKind.PAID_OUT],
        departments={name: amount for name, amount in sorted(departments.items()) if amount},
        names={one.department: one.department_name for one in sorted(own, key=_by_id) if one.department_name},
        others=_others(counted, currency),
        last_day=max((line.day for line in counted), default=None),
        lines=len(counted),
    )


def _by_id(line: Posting) -> tuple[int, str]:
    return len(line.posting_id), line.posting_id


def _others(lines: Iterable[Posting], currency: str) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        owed = line.kind is PostingKind.CHARGE or (line.kind is PostingKind.TAX and not line.tax_included)
        if owed and line.amount.currency != currency:
            found[line.amount.currency] += line.amount.amount
    return {name: amount for name, amount in sorted(found.items()) if amount}
