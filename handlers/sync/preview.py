"""A rehearsal: how many would be made and changed, ten differences to look at, and a fingerprint of the whole plan.

The fingerprint is a sum over all planned writes, so the order doesn't matter: what is applied later is compared with
it and nothing else is written than what people saw.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import orjson

from domain.plan import Planned, Step

SHOWN = 10
VALID_MINUTES = 30
_MODULUS = 1 << 128
_NOT_SHOWN = frozenset({"UF_CRM_CONCIERGE_KEYS", "originatorId", "originId", "categoryId"})
"""Our own marks: the same for every item and nothing to decide about."""


@dataclass(slots=True)
class Preview:
    """What a run would write."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    _groups: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    _sum: int = 0

    def add(self, planned: Planned) -> None:
        """One planned write; unchanged ones aren't any."""
        write = planned.write
        self.counts.setdefault(write.entity, Counter())[planned.step.value] += 1
        self._sum = (self._sum + _digest(planned)) % _MODULUS
        group = self._groups.setdefault((write.entity, planned.step.value), [])
        if len(group) < SHOWN:
            group.append(sample(planned))

    @property
    def total(self) -> int:
        return sum(sum(steps.values()) for steps in self.counts.values())

    @property
    def fingerprint(self) -> str:
        """Of the whole plan; the same for the same writes in any order."""
        return f"{self._sum:032x}"

    def samples(self) -> list[dict[str, Any]]:
        """Ten differences: changes before new items, every sort of item represented."""
        updates = [rows for (_, step), rows in self._groups.items() if step == Step.UPDATE]
        creates = [rows for (_, step), rows in self._groups.items() if step == Step.CREATE]
        return [*_in_turn(updates), *_in_turn(creates)][:SHOWN]


def _in_turn(groups: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [one for turn in zip_longest(*groups) for one in turn if one is not None]


def _digest(planned: Planned) -> int:
    write = planned.write
    content = [write.entity, write.key, write.crm_id, write.fields, write.phones, write.emails]
    packed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str)
    return int.from_bytes(hashlib.blake2b(packed, digest_size=16).digest(), "big")


def changes(planned: Planned) -> dict[str, list[Any]]:
    """Field → [before, after] of what a write brings; empty values of a new item are left out."""
    write = planned.write
    after: dict[str, object] = dict(write.fields)
    if write.phones is not None:
        after["phones"] = list(write.phones)
    if write.emails is not None:
        after["emails"] = list(write.emails)
    shown = {name: value for name, value in after.items() if name not in _NOT_SHOWN}
    if planned.step is Step.CREATE:
        return {name: [None, value] for name, value in shown.items() if value not in ("", None, [], False)}
    return {name: [planned.before.get(name), value] for name, value in shown.items()}


def sample(planned: Planned) -> dict[str, Any]:
    """One write as people look at it: which item, and what would differ."""
    write = planned.write
    found: dict[str, Any] = {
        "entity": write.entity,
        "key": write.key,
        "step": planned.step.value,
        "crm_id": write.crm_id,
        "name": item_name(planned.fields),
        "changes": changes(planned),
    }
    return found


def item_name(fields: Mapping[str, object]) -> str:
    """What people call the item: its title, or the guest's name."""
    title = fields.get("title") or " ".join(str(fields.get(part) or "") for part in ("lastName", "name"))
    return " ".join(str(title).split())


def diff_of(planned: Planned) -> dict[str, Any] | None:
    """What the journal keeps of a change: field → [before, after]; of a new item nothing, it is new as a whole."""
    return changes(planned) if planned.step is Step.UPDATE else None
