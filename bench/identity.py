"""How well people are told apart: precision of joins without asking, recall with and without, on the labelled set."""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.common import Figure
from bench.identity_set import Pair, make
from domain.contacts import name_key
from domain.identity import SHARED_BY, Human, compare, human_of

SEED, PAIRS = 20261123, 6000
PRECISION, RECALL = 0.995, 0.95


@dataclass(slots=True)
class Outcome:
    """What the pairs came to, by kind: (kind, same) → join | ask | new."""

    counts: Counter[tuple[str, bool, str]] = field(default_factory=Counter)
    wrong: list[tuple[Pair, int]] = field(default_factory=list)
    seconds: float = 0.0

    def of(self, *, same: bool, answer: str | None = None) -> int:
        return sum(n for (_, one, how), n in self.counts.items() if one is same and answer in {None, how})

    @property
    def precision(self) -> float:
        """Of what was joined without asking, how much rightly."""
        joined = self.of(same=True, answer="join") + self.of(same=False, answer="join")
        return self.of(same=True, answer="join") / joined if joined else 1.0

    @property
    def recall(self) -> float:
        """Of what is one person, how much was joined without asking."""
        return self.of(same=True, answer="join") / self.of(same=True)

    @property
    def recall_with_asks(self) -> float:
        """… or asked about."""
        return self.recall + self.of(same=True, answer="ask") / self.of(same=True)

    @property
    def asked_in_vain(self) -> float:
        """Of what is two people, how much somebody was asked about."""
        return self.of(same=False, answer="ask") / self.of(same=False)


def judge(pairs: Sequence[Pair]) -> Outcome:
    """Every pair as the sync would decide it, with what is shared by many left out."""
    started = time.perf_counter()
    humans = {id(one): human_of(one) for pair in pairs for one in (pair.one, pair.other)}
    nobodys = _nobodys(pairs, humans)
    outcome = Outcome()
    for pair in pairs:
        score = compare(humans[id(pair.one)], humans[id(pair.other)], nobodys)
        answer = "join" if score.joins else "ask" if score.asks else "new"
        outcome.counts[pair.kind, pair.same, answer] += 1
        if (answer == "join") > pair.same or (answer == "new" and pair.same):
            outcome.wrong.append((pair, score.points))
    outcome.seconds = time.perf_counter() - started
    return outcome


def _nobodys(pairs: Sequence[Pair], humans: dict[int, Human]) -> set[str]:
    names: dict[str, set[str]] = {}
    for pair in pairs:
        for one in (pair.one, pair.other):
            for value in humans[id(one)].values:
                names.setdefault(value, set()).add(name_key(one.last_name, one.first_name))
    return {value for value, some in names.items() if len(some) > SHARED_BY}


def measure(pairs: int = PAIRS, seed: int = SEED) -> list[Figure]:
    """The labelled set, judged; what each kind came to goes to stderr."""
    outcome = judge(make(seed, pairs))
    show(outcome)
    rate = pairs / outcome.seconds
    return [
        Figure("identity: pairs judged (half of them one person)", f"{pairs:,}, seed {seed}"),
        Figure(
            "… precision of joins without asking",
            f"{outcome.precision:.4f}",
            f"≥ {PRECISION}",
            outcome.precision >= PRECISION,
        ),
        Figure("… recall without asking", f"{outcome.recall:.3f}"),
        Figure(
            "… recall with what people are asked about",
            f"{outcome.recall_with_asks:.3f}",
            f"≥ {RECALL}",
            outcome.recall_with_asks >= RECALL,
        ),
        Figure("… two people asked about in vain", f"{outcome.asked_in_vain:.3f}"),
        Figure("… pairs a second, from raw profiles", f"{rate:,.0f}"),
    ]


def show(outcome: Outcome) -> None:
    """A line per kind."""
    kinds = sorted({(not same, kind) for kind, same, _ in outcome.counts})
    for other, kind in kinds:
        found = [outcome.counts[kind, not other, answer] for answer in ("join", "ask", "new")]
        told = "two " if other else "one "
        print(
            f"  {told} {kind:<42} join {found[0]:>5}  ask {found[1]:>5}  new {found[2]:>5}", file=sys.stderr
        )


if __name__ == "__main__":
    result = judge(make(SEED, PAIRS))
    show(result)
    for mistaken, points in result.wrong:
        if not mistaken.same or "--all" in sys.argv:
            for record in (mistaken.one, mistaken.other):
                print(
                    points, mistaken.kind, record.last_name, record.first_name, record.phones, record.emails,
                    record.birthday, record.gender,
                )  # fmt: skip
    print(result.precision, result.recall, result.recall_with_asks, result.asked_in_vain)
