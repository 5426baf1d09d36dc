"""Precision and recall of `find_problems` on the labelled set: `python -m tests.domain.measure_problems [--errors]`.

Message: is "several problems" said, rightly? Boundary: does each further part begin where a person
put it? `--errors` lists mistakes of the working half only; the held-out half is for counting.
"""

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.problems import find_problems, propose_subject, propose_type

DATA = Path(__file__).parent / "data" / "problems.jsonl"
NEAR = 20  # characters: with or without the «и ещё» before it

Row = dict[str, Any]


def load(half: str | None = None) -> list[Row]:
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if half is None or row["half"] == half]


@dataclass
class Score:
    right: int = 0
    extra: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.extra)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  ({self.right} right, {self.extra} extra, {self.missed} missed)"


def message_score(rows: Iterable[Row]) -> Score:
    score = Score()
    for row in rows:
        said, true = len(find_problems(row["text"])) > 1, row["problems"] > 1
        score.right += said and true
        score.extra += said and not true
        score.missed += true and not said
    return score


def boundary_score(rows: Iterable[Row]) -> Score:
    score = Score()
    for row in rows:
        found = [part.start for part in find_problems(row["text"])[1:]]
        wanted = list(row["starts"])
        for position in found:
            match = next((start for start in wanted if abs(start - position) <= NEAR), None)
            if match is None:
                score.extra += 1
            else:
                wanted.remove(match)
                score.right += 1
        score.missed += len(wanted)
    return score


def exact_share(rows: list[Row]) -> float:
    return share(rows, lambda row: len(find_problems(row["text"])) == row["problems"])


def type_share(rows: list[Row]) -> float:
    return share([row for row in rows if row["type"]], lambda row: propose_type(row["text"]) == row["type"])


def share(rows: list[Row], right: Callable[[Row], bool]) -> float:
    return sum(map(right, rows)) / max(1, len(rows))


def report(name: str, rows: list[Row]) -> None:
    print(f"{name}: {len(rows)} messages, {sum(row['problems'] > 1 for row in rows)} with several problems")
    print(f"  message   {message_score(rows)}")
    print(f"  boundary  {boundary_score(rows)}")
    print(f"  exact number of problems {exact_share(rows):.3f}, type {type_share(rows):.3f}")


def list_errors(rows: list[Row]) -> None:
    for row in rows:
        parts = find_problems(row["text"])
        if len(parts) != row["problems"]:
            print(f"\n#{row['id']} wanted {row['problems']}, found {len(parts)}: {row['text']}")
            for part in parts[1:]:
                print(f"    [{part.reason}] {part.text[:90]}")
        if row["type"] and propose_type(row["text"]) != row["type"]:
            print(
                f"\n#{row['id']} type {row['type']} taken for {propose_type(row['text'])}: {row['text'][:160]}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="list mistakes of the working half")
    parser.add_argument("--subjects", action="store_true", help="list proposed subjects of the working half")
    arguments = parser.parse_args()
    report("working half", load("work"))
    report("held-out half", load("held"))
    report("whole set", load())
    if arguments.errors:
        list_errors(load("work"))
    if arguments.subjects:
        for row in load("work"):
            print(f"#{row['id']} {propose_subject(row['text'])}")


if __name__ == "__main__":
    main()
