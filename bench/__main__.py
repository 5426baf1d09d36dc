"""`python -m bench [--json] [--only NAME]`: the table of figures; exit 1 when a target is missed."""

import argparse
import json
import platform
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from bench import (
    accepting,
    answering,
    fias,
    guest_search,
    identity,
    large,
    limits,
    memory,
    operating,
    peering,
    replicas,
    replies,
    slow_disk,
    staging,
    starting,
    syncing,
    talking,
    upserts,
)
from bench.common import Figure

MEASURES: dict[str, Callable[[], list[Figure]]] = {
    "accept": accepting.measure,
    "answer": answering.measure,
    "slow-disk": slow_disk.measure,
    "start": starting.measure,
    "staging": staging.measure,
    "sync": syncing.measure,
    "memory": memory.measure,
    "reply": replies.measure,
    "guests": guest_search.measure,
    "fias": fias.measure,
    "identity": identity.measure,
    "limits": limits.measure,
    "large": large.measure,
    "talking": talking.measure,
    "upserts": upserts.measure,
    "operating": operating.measure,
    "peers": peering.measure,
    "replicas": replicas.measure,
}


def main() -> int:
    """Measure, print, and say whether every target was met."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=sorted(MEASURES))
    wanted = parser.parse_args()
    names = [wanted.only] if wanted.only else list(MEASURES)
    found: dict[str, list[Figure]] = {}
    for name in names:
        print(f"measuring: {name} …", file=sys.stderr)
        found[name] = MEASURES[name]()
    figures = [figure for group in found.values() for figure in group]
    if wanted.json:
        print(
            json.dumps(
                {name: [f.as_json() for f in group] for name, group in found.items()}, ensure_ascii=False
            )
        )
    else:
        show(figures)
    return int(any(figure.ok is False for figure in figures))


def show(figures: list[Figure]) -> None:
    """The table, for people."""
    table = Table("figure", "value", "target", "", box=None, pad_edge=False)
    for figure in figures:
        mark = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[figure.ok]
        table.add_row(figure.name, figure.value, figure.target, mark)
    console = Console(width=140)
    console.print(table)
    console.print(
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()}", style="dim"
    )


if __name__ == "__main__":
    sys.exit(main())
