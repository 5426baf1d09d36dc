"""What a sync came to: counts, problems and, of a rehearsal, its preview. Kept in the order, printed by ``--json``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.item_privacy import discreet
from domain.people import Privacy


@dataclass(slots=True)
class Counts:
    """A run in numbers; every PMS record counts once (decision 16)."""

    fetched: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    rejected: int = 0
    crm_calls: int = 0

    def as_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to. ``problems`` counts failed and rejected records by reason code.

    A rehearsal has ``fingerprint``, ``kinds`` (item → step → how many), raw ``samples`` and ``since``, from where it
    read. ``moved``: what should be applied is not what was previewed any more, so nothing was written.
    """

    run_id: int
    hotel: str
    counts: Counts
    seconds: float
    dry: bool = False
    fresh_at: datetime | None = None
    problems: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    detail: str = ""
    samples: Sequence[Mapping[str, Any]] = ()
    kinds: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    fingerprint: str = ""
    since: datetime | None = None
    moved: bool = False
    asked: int = 0
    cut: bool = False
    """The run that should have applied a preview was cut off before: some of it is written."""
    erased: Mapping[str, Any] = field(default_factory=dict)
    """Of an erasure: what went, see ``handlers.sync.erasing``."""
    unkept: Mapping[str, str] = field(default_factory=dict)
    """Fields of the mapping that the portal doesn't take: ``deal.UF_CRM_X`` → a code (``mapping-unusable``, ``-lost``)."""

    def as_json(self) -> dict[str, Any]:
        """The shape of ``concierge sync --json`` (docs/json/sync.schema.json): guests at the level ``basic``."""
        return {
            "order": 0,
            "run": self.run_id,
            "hotel": self.hotel,
            **self.counts.as_json(),
            "seconds": round(self.seconds, 2),
            "dry": self.dry,
            "problems": dict(self.problems),
            "error": self.error,
            "detail": self.detail,
            "fresh_at": self.fresh_at.isoformat() if self.fresh_at else None,
            "asked": self.asked,
            "moved": self.moved,
            "fingerprint": self.fingerprint,
            "unkept": dict(self.unkept),
            "samples": [printable(one) for one in self.samples],
        }

    def stored(self) -> dict[str, Any]:
        """As the order keeps it: the samples whole, for whoever may see them."""
        return {
            **self.as_json(),
            "samples": [dict(one) for one in self.samples],
            "kinds": {entity: dict(steps) for entity, steps in self.kinds.items()},
            "since": self.since.isoformat() if self.since else None,
            **({"erased": dict(self.erased)} if self.erased else {}),
            "cut": self.cut,
        }


def printable(sample: Mapping[str, Any]) -> dict[str, Any]:
    """A difference for a terminal."""
    found = discreet(sample, Privacy.BASIC)
    pairs = [{"field": name, "before": pair[0], "after": pair[1]} for name, pair in found["changes"].items()]
    return {**{name: found[name] for name in ("entity", "key", "step", "crm_id", "name")}, "changes": pairs}


def for_json(result: Mapping[str, Any]) -> dict[str, Any]:
    """A stored result in the shape that ``--json`` prints."""
    left_out = {"kinds", "since", "cut", "erased"}
    printed = {name: value for name, value in result.items() if name not in left_out}
    return {**printed, "samples": [printable(one) for one in result.get("samples", ())]}
