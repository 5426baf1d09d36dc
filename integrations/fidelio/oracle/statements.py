"""What is asked of the database: fixed SELECTs whose binds alone change, built from the columns that are there.

Versions of the PMS differ in their columns. A statement names those it can't do without and those it may lack; a
missing one of the second kind is read as NULL. Plain joins and ROWNUM only: Oracle 10g knows them already.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

IDS = 100
"""Binds of a list: one statement text for all packs, short ones filled up with NULL."""
ROW_CAP = "row_cap"
_USED = re.compile(r"\b([A-Z][A-Z0-9]*)\.([A-Z][A-Z0-9_$]*)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT over tables named in ``tables`` (alias → name). ``must`` and ``may`` are ``ALIAS.COLUMN``.

    ``source`` is the FROM clause without its keyword. A column's name in the answer is its own, so that no two
    columns of a statement may share one.
    """

    name: str
    tables: Mapping[str, str]
    source: str
    must: tuple[str, ...]
    may: tuple[str, ...] = ()
    where: str = ""
    order: str = ""
    optional: bool = False
    """Without its tables the door works on, and says what it can't tell."""

    @property
    def needed(self) -> frozenset[tuple[str, str]]:
        """(table, column) of everything it can't do without, joins and conditions among them."""
        told = " ".join((self.source, self.where, self.order, *self.must))
        return frozenset((self.tables[alias], column) for alias, column in _USED.findall(told))

    @property
    def wanted(self) -> frozenset[tuple[str, str]]:
        """(table, column) of what it may lack."""
        return frozenset((self.tables[alias], column) for alias, column in _USED.findall(" ".join(self.may)))

    def sql(self, lacking: frozenset[tuple[str, str]] = frozenset()) -> str:
        """The text, at most ``:row_cap`` rows of it, with NULL for the columns this database lacks."""
        columns = ", ".join([*self.must, *(self._or_null(column, lacking) for column in self.may)])
        text = f"select {columns} from {self.source}"  # noqa: S608 - constants of this folder
        text += f" where {self.where}" if self.where else ""
        text += f" order by {self.order}" if self.order else ""
        return f"select * from ({text}) where rownum <= :{ROW_CAP}"  # noqa: S608

    def _or_null(self, column: str, lacking: frozenset[tuple[str, str]]) -> str:
        alias, _, name = column.partition(".")
        return f"null as {name}" if (self.tables[alias], name) in lacking else column


def one_of(column: str) -> str:
    """A condition over a list of :data:`IDS` binds, named ``id0`` and so on."""
    return f"{column} in ({', '.join(f':id{n}' for n in range(IDS))})"


def packs(keys: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Binds for :func:`one_of`, a pack at a time; keys that are no numbers are left out."""
    numbers = sorted({int(key) for key in keys if key.isdecimal()})
    for start in range(0, len(numbers), IDS):
        pack: list[int | None] = [*numbers[start : start + IDS]]
        pack += [None] * (IDS - len(pack))
        yield {f"id{n}": number for n, number in enumerate(pack)}
