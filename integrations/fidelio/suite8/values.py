"""A row's fields as typed values; what can't be read says which field it was, never what stood in it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from domain.stays import Money
from integrations.fidelio.mojibake import is_mojibake
from integrations.fidelio.rows import BadRow
from integrations.fidelio.suite8.answers import Row
from integrations.fidelio.suite8.moments import BadMoment, Stamps, parse_day


@dataclass(frozen=True, slots=True)
class Reading:
    """What is needed to read one hotel's rows. ``currencies`` maps site codes to ISO 4217."""

    stamps: Stamps
    currency: str
    currencies: dict[str, str]
    pseudo_types: frozenset[str] = frozenset()
    erased_names: frozenset[str] = frozenset()

    def moment(self, row: Row, name: str) -> datetime | None:
        try:
            return self.stamps.parse(row.text(name))
        except BadMoment as fault:
            raise BadRow("row-bad-date", name) from fault

    def money(self, row: Row, name: str) -> Money | None:
        """An amount in the hotel's own currency; Suite 8 tells foreign ones in fields of their own."""
        amount = number(row, name)
        return None if amount is None else Money(amount, self.currency)


def key(row: Row, name: str) -> str:
    """The row's id, which must be a positive number."""
    text = row.text(name)
    if not text.isdecimal() or int(text) == 0:
        raise BadRow("row-missing-id", name)
    return str(int(text))


def link(row: Row, name: str) -> str | None:
    """Another record's id; 0 and nonsense are none."""
    text = row.text(name)
    return str(int(text)) if text.isdecimal() and int(text) else None


def day(row: Row, name: str) -> date | None:
    try:
        return parse_day(row.text(name))
    except BadMoment as fault:
        raise BadRow("row-bad-date", name) from fault


def must_day(row: Row, name: str) -> date:
    found = day(row, name)
    if found is None:
        raise BadRow("row-bad-date", name)
    return found


def number(row: Row, name: str) -> Decimal | None:
    text = row.text(name)
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation as fault:
        raise BadRow("row-bad-number", name) from fault
    if not value.is_finite():
        raise BadRow("row-bad-number", name)
    return value


def integer(row: Row, name: str, default: int = 0) -> int:
    value = number(row, name)
    if value is None:
        return default
    if value != value.to_integral_value():
        raise BadRow("row-bad-number", name)
    return int(value)


def words(row: Row, name: str) -> str:
    """A text for people; mojibake is refused, for nobody should find it on a card."""
    text = row.text(name)
    if is_mojibake(text):
        raise BadRow("row-mojibake", name)
    return text
