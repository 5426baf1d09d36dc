"""What one PMS's schema gives the reader: its statements, and how their rows become records."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar
from zoneinfo import ZoneInfo

from domain.guests import Profile
from domain.stays import Posting, RowProblem, Stay
from integrations.fidelio.oracle.database import Row
from integrations.fidelio.oracle.statements import Statement
from integrations.fidelio.oracle.values import Cells

Details = Mapping[str, Mapping[str, Sequence[Row]]]
"""Rows of the detail statements: name of the statement → key of the record → rows."""


class Schema(ABC):
    """Of one hotel. ``today`` and ``code_rows`` are set by the reader before rows are read."""

    clock: ClassVar[Statement]
    business_date: ClassVar[Statement]
    changed_stays: ClassVar[Statement]
    window_stays: ClassVar[Statement]
    changed_profiles: ClassVar[tuple[Statement, ...]]
    """Each gives whole profile rows; several where a change shows in several places."""
    profiles: ClassVar[Statement]
    merges: ClassVar[Statement | None] = None
    postings: ClassVar[Statement]
    codes: ClassVar[Statement | None] = None
    stay_details: ClassVar[tuple[Statement, ...]]
    profile_details: ClassVar[tuple[Statement, ...]]
    stay_keys: Mapping[str, str]
    merge_keys: Mapping[str, str] = {}
    detail_keys: Mapping[str, str] = {}
    """Column of a detail statement that names its record, where it isn't the record's own key column."""
    stay_key: str
    profile_key: str
    posting_key: str

    def __init__(self, *, zone: ZoneInfo, currency: str, resort: str) -> None:
        self.zone, self.currency, self.resort = zone, currency, resort
        self.today = date.min
        self.code_rows: Mapping[str, Row] = {}

    def cells(self, row: Row) -> Cells:
        return Cells(row, self.zone, self.currency)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All of them, for the probe."""
        single = (self.business_date, self.changed_stays, self.window_stays, self.profiles, self.postings)
        optional = tuple(one for one in (self.merges, self.codes) if one is not None)
        return (*single, *self.changed_profiles, *self.stay_details, *self.profile_details, *optional)

    @abstractmethod
    def stay(self, row: Row, details: Details) -> Stay | RowProblem | None: ...

    @abstractmethod
    def profile(self, row: Row, details: Details) -> Profile | RowProblem: ...

    @abstractmethod
    def posting(self, row: Row) -> Posting | RowProblem: ...

    def merge(self, _row: Row) -> tuple[str, str] | None:
        return None
