"""What a reconciliation finds: counts and checksums per arrival date on both sides, and every difference by its kind.

A checksum is a sum over records, so the order in which they are met doesn't matter: two sides with the same records
have the same sum, and one differing record makes it another.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import orjson

_MODULUS = 1 << 64


class Kind(StrEnum):
    """How the PMS and the CRM can differ about a record."""

    MISSING = "missing"  # the PMS has it, the CRM hasn't
    EXTRA = "extra"  # the CRM has an item of ours, the PMS nothing that belongs into it
    DIFFERS = "differs"  # fields of the PMS stand otherwise in the CRM
    VANISHED = "vanished"  # it was in the PMS and isn't any more
    DUPLICATE = "duplicate"  # several items of the CRM bear its key


REPAIRED = frozenset({Kind.MISSING, Kind.DIFFERS, Kind.VANISHED, Kind.DUPLICATE})
"""What a repair puts right. Extra items stay: nothing is deleted in the CRM without a person."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One. ``crm_ids``: the items it is about; ``fields``: of what differs, which."""

    kind: Kind
    entity: str  # contact | company | deal
    key: str
    crm_ids: tuple[int, ...] = ()
    arrival: date | None = None
    fields: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "entity": self.entity,
            "key": self.key,
            "crm_ids": list(self.crm_ids),
            "arrival": self.arrival.isoformat() if self.arrival else None,
            "fields": list(self.fields),
        }


@dataclass(slots=True)
class Side:
    """One side of one date."""

    count: int = 0
    checksum: int = 0

    def add(self, key: str, fields: Mapping[str, object]) -> None:
        packed = orjson.dumps([key, fields], option=orjson.OPT_SORT_KEYS, default=str)
        digest = hashlib.blake2b(packed, digest_size=8).digest()
        self.count += 1
        self.checksum = (self.checksum + int.from_bytes(digest, "big")) % _MODULUS

    @property
    def hex(self) -> str:
        return f"{self.checksum:016x}"


@dataclass(slots=True)
class Sides:
    """The PMS's and the CRM's."""

    pms: Side = field(default_factory=Side)
    crm: Side = field(default_factory=Side)

    @property
    def same(self) -> bool:
        return self.pms == self.crm

    def as_json(self) -> dict[str, Any]:
        return {
            "pms": self.pms.count,
            "crm": self.crm.count,
            "pms_checksum": self.pms.hex,
            "crm_checksum": self.crm.hex,
        }


@dataclass(slots=True)
class Findings:
    """Of one look at everything."""

    differences: list[Difference] = field(default_factory=list)
    days: dict[date | None, Sides] = field(default_factory=dict)
    """Deals by their arrival; None: where the CRM tells none."""
    entities: dict[str, Sides] = field(default_factory=dict)
    asked: int = 0
    """Guests about whom a person has to decide first; they count on neither side."""

    def pms(self, entity: str, key: str, fields: Mapping[str, object], day: date | None) -> None:
        """A record that belongs into the CRM, as it should stand there."""
        for sides in self._sides(entity, day):
            sides.pms.add(key, fields)

    def crm(self, entity: str, key: str, fields: Mapping[str, object], day: date | None) -> None:
        """An item, as it stands there."""
        for sides in self._sides(entity, day):
            sides.crm.add(key, fields)

    def _sides(self, entity: str, day: date | None) -> list[Sides]:
        found = [self.entities.setdefault(entity, Sides())]
        if entity == "deal":
            found.append(self.days.setdefault(day, Sides()))
        return found

    @property
    def kinds(self) -> Counter[str]:
        """How many of each kind."""
        return Counter(one.kind.value for one in self.differences)

    @property
    def differing_days(self) -> dict[date | None, Sides]:
        """Arrival dates whose sides aren't the same, in order; what tells no date comes last."""
        days = sorted(self.days.items(), key=lambda one: one[0] or date.max)
        return {day: sides for day, sides in days if not sides.same}
