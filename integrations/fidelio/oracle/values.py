"""Columns into values. Dates are the database server's wall clock: calendar days are never converted, moments are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.stays import Money
from integrations.fidelio.mojibake import is_mojibake
from integrations.fidelio.rows import BadRow


@dataclass(frozen=True, slots=True)
class Cells:
    """One row with a reader per type. Names are in upper case; an absent column reads as an empty one."""

    row: Mapping[str, Any]
    zone: ZoneInfo
    currency: str

    def text(self, name: str) -> str:
        """Trimmed; numbers as their digits. Raises BadRow on text of a wrong code page."""
        value = self.row.get(name)
        if value is None:
            return ""
        if isinstance(value, (float, Decimal)) and value == int(value):
            value = int(value)
        words = " ".join(str(value).split())
        if is_mojibake(words):
            raise BadRow("row-mojibake", name)
        return words

    def key(self, name: str) -> str:
        """A number of the PMS. Raises BadRow where it is missing."""
        found = self.link(name)
        if found is None:
            raise BadRow("row-missing-id", name)
        return found

    def link(self, name: str) -> str | None:
        """The number of another record; 0 and NULL are none."""
        text = self.text(name)
        return text if text not in {"", "0"} else None

    def yes(self, name: str) -> bool:
        return self.text(name).upper() == "Y"

    def integer(self, name: str, default: int = 0) -> int:
        value = self.row.get(name)
        return default if value is None else int(self._number(name, value))

    def money(self, name: str, currency: str = "") -> Money | None:
        """An amount; None for NULL. The hotel's currency where the row names none."""
        value = self.row.get(name)
        return None if value is None else Money(self._number(name, value), currency or self.currency)

    def must_money(self, name: str, currency: str = "") -> Money:
        found = self.money(name, currency)
        if found is None:
            raise BadRow("row-bad-number", name)
        return found

    @staticmethod
    def _number(name: str, value: object) -> Decimal:
        try:
            return Decimal(str(value))
        except ArithmeticError as fault:
            raise BadRow("row-bad-number", name) from fault

    def day(self, name: str) -> date | None:
        """A calendar date of the hotel; Oracle keeps a midnight with it."""
        value = self.row.get(name)
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise BadRow("row-bad-date", name)
        return value.date()

    def must_day(self, name: str) -> date:
        found = self.day(name)
        if found is None:
            raise BadRow("row-bad-date", name)
        return found

    def moment(self, name: str) -> datetime | None:
        """A moment in UTC."""
        value = self.row.get(name)
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise BadRow("row-bad-date", name)
        return value.replace(tzinfo=self.zone).astimezone(UTC)
