"""The releases this version knows of, packaged with it; made from CHANGELOG.md, which an installed wheel doesn't have.

``python -m app.release_notes`` writes `releases.json` anew after the changelog was edited; a test says when it wasn't.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

from domain.releases import Release, parse

FILE = Path(__file__).with_name("releases.json")
CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


def _load() -> tuple[Release, ...]:
    return tuple(_read(one) for one in json.loads(FILE.read_text(encoding="utf-8")))


def _read(one: dict[str, Any]) -> Release:
    return Release(one["version"], date.fromisoformat(one["date"]), one["notes"], tuple(one["closes"]))


def written(changelog: str) -> str:
    """What the file must hold for a changelog."""
    items = [
        {
            "version": one.version,
            "date": one.date.isoformat(),
            "notes": {language: list(points) for language, points in one.notes.items()},
            "closes": list(one.closes),
        }
        for one in parse(changelog)
    ]
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


RELEASES = _load()
"""Newest first."""

if __name__ == "__main__":
    FILE.write_text(written(CHANGELOG.read_text(encoding="utf-8")), encoding="utf-8")
