"""Releases as CHANGELOG.md tells them: what each brings to a hotel, in both languages, and which requests it closes.

A release stands under ``## 1.2.3 (2026-11-23)``. Its points for hotels stand under ``### Отелю`` and ``### For hotels``,
the numbers of the requests it closes under ``### Closes`` (``FB-2026-000123``, or ``PORTAL/FB-2026-000123`` for a portal
that is worked at a desk of its own). The rest is for engineers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

HEADINGS = {"Отелю": "ru", "For hotels": "en"}
CLOSES = "Closes"
_RELEASE = re.compile(r"## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)")
_NUMBER = re.compile(r"(?:([a-z0-9_-]+)/)?([A-Z][A-Z0-9]{0,7}-\d{4}-\d{4,9})")
_VERSION = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?")


class ChangelogError(ValueError):
    """A changelog that can't be told: which release, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release. ``notes``: points by language; ``closes``: numbers, with their portal's key where it is named."""

    version: str
    date: date
    notes: Mapping[str, Sequence[str]]
    closes: Sequence[str] = ()

    def closed_in(self, portal_key: str, main_key: str) -> list[str]:
        """The numbers of a portal's requests; a number without a portal is the main one's."""
        found = []
        for one in self.closes:
            key, _, number = one.rpartition("/")
            if (key or main_key) == portal_key:
                found.append(number)
        return found


def order_of(version: str) -> tuple[int, int, int]:
    """For comparing: 1.10.0 is later than 1.9.9. ChangelogError when it is no version."""
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        raise ChangelogError(f"{version!r}: no version like 1.2.3")
    return int(found[1]), int(found[2]), int(found[3] or 0)


def spelled(version: str) -> str:
    """A version as the changelog writes it: ``v1.4`` is 1.4.0."""
    return ".".join(map(str, order_of(version)))


def parse(changelog: str) -> list[Release]:
    """The releases of a changelog, newest first; ChangelogError names what can't be told."""
    releases = []
    for part in re.split(r"^(?=## )", changelog, flags=re.MULTILINE):
        head, _, body = part.partition("\n")
        if found := _RELEASE.fullmatch(head.strip()):
            releases.append(_release(found[1], date.fromisoformat(found[2]), body))
    versions = [order_of(one.version) for one in releases]
    if versions != sorted(versions, reverse=True) or len(set(versions)) != len(versions):
        raise ChangelogError("releases must stand newest first, each once")
    return releases


def _release(version: str, day: date, body: str) -> Release:
    notes: dict[str, list[str]] = {}
    closes: list[str] = []
    for part in re.split(r"^### ", body, flags=re.MULTILINE)[1:]:
        head, _, text = part.partition("\n")
        if language := HEADINGS.get(head.strip()):
            notes[language] = _points(text)
        elif head.strip() == CLOSES:
            closes = _points(text)
    if any(not _NUMBER.fullmatch(one) for one in closes):
        raise ChangelogError(f"{version}: «{CLOSES}» holds something that is no request's number")
    if {language for language, points in notes.items() if points} not in (set(), set(HEADINGS.values())):
        raise ChangelogError(f"{version}: told in one language only")
    return Release(
        version, day, {code: tuple(notes.get(code, ())) for code in HEADINGS.values()}, tuple(closes)
    )


def _points(text: str) -> list[str]:
    """Bullets, each on one line however it was broken."""
    points: list[str] = []
    for line in text.splitlines():
        if line.startswith("- "):
            points.append(line[2:].strip())
        elif line.startswith("  ") and line.strip() and points:
            points[-1] += f" {line.strip()}"
    return points
