"""The changelog and what is packaged of it are one; and it is told as it is written."""

import tomllib
from pathlib import Path

import pytest

from app.release_notes import CHANGELOG, FILE, RELEASES, written
from domain.releases import ChangelogError, order_of, parse, spelled

ROOT = Path(__file__).parents[2]


def test_the_package_holds_the_changelog():
    """After an edit: ``python -m app.release_notes``."""
    assert FILE.read_text(encoding="utf-8") == written(CHANGELOG.read_text(encoding="utf-8"))


def test_the_newest_release_is_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert RELEASES[0].version == version
    assert all(RELEASES[0].notes[language] for language in ("ru", "en"))


def test_notes_are_short_enough_for_a_message():
    for release in RELEASES:
        for points in release.notes.values():
            assert sum(map(len, points)) < 2500
            assert all(len(point) < 200 for point in points)


GOOD = """# Changes

## Unreleased

- later

## 1.10.0 (2026-12-01)

### Отелю

- Первое,
  продолжение.
- Второе.

### For hotels

- First.

### Closes

- FB-2026-000123
- grand/GR-2026-0007

### There is

- for engineers

## 1.9.9 (2026-11-01)

- nothing for hotels
"""


def test_a_changelog_as_people_write_it():
    new, old = parse(GOOD)
    assert (new.version, new.date.isoformat()) == ("1.10.0", "2026-12-01")
    assert new.notes == {"ru": ("Первое, продолжение.", "Второе."), "en": ("First.",)}
    assert new.closes == ("FB-2026-000123", "grand/GR-2026-0007")
    assert new.closed_in("main", "main") == ["FB-2026-000123"]
    assert new.closed_in("grand", "main") == ["GR-2026-0007"]
    assert old.notes == {"ru": (), "en": ()}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (GOOD.replace("### For hotels", "### For nobody"), "one language"),
        (GOOD.replace("FB-2026-000123", "soon"), "no request's number"),
        (GOOD.replace("1.9.9", "1.11.0"), "newest first"),
        (GOOD.replace("1.9.9", "1.10.0"), "newest first"),
    ],
)
def test_what_can_not_be_told(wrong, says):
    with pytest.raises(ChangelogError, match=says):
        parse(wrong)


def test_versions_are_compared_as_numbers():
    assert order_of("1.10.0") > order_of("1.9.9")
    assert spelled("v1.4") == "1.4.0"
    with pytest.raises(ChangelogError):
        order_of("tomorrow")
