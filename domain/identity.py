"""Are two records one person? Points for what agrees and against what contradicts, two thresholds, three answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Join:
    """It is this item of the CRM: update it, add our key, leave a foreign originator as it is."""

    crm_id: int


@dataclass(frozen=True, slots=True)
class New:
    """Nobody the CRM knows: create."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A person has to say: held back until then, in the ask of this number."""

    ask_id: int


Decision = Join | New | Ask
