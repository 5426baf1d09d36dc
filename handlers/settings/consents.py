"""The versions of the consent text: which is in force since when, who put it there, how many agreed to which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.desk.site_forms import consent_of
from handlers.scope import Scope
from storage import consents, portal_settings

TEXT, VERSION = "callback.consent_text", "callback.consent_version"
LEAST_CHARS, MOST_CHARS = 100, 20_000
VERSION_CHARS = 40


@dataclass(frozen=True, slots=True)
class Version:
    """One version. ``at`` None: in force since before this journal; ``text`` empty: kept only where it was agreed to."""

    version: str
    text: str
    hash: str
    at: datetime | None
    who: str
    agreed: int
    present: bool


async def versions(scope: Scope, present_version: str, present_text: str) -> list[Version]:
    """The version in force first, then the earlier ones, newest first: those set here, and those agreed to before."""
    agreed = await consents.agreed(scope.tx, scope.portal.id)
    present = consent_of(present_version, present_text)
    found: dict[str, Version] = {}
    for change in await portal_settings.changes_of(scope.tx, scope.portal.id, TEXT, VERSION):
        text, version = _after(change.changes, TEXT), _after(change.changes, VERSION)
        if text is None:
            continue
        one = consent_of(version or "", text)
        found.setdefault(
            one.hash,
            Version(
                one.version, one.text, one.hash, change.at, change.who, agreed.get(one.hash, 0), present=False
            ),
        )
    for known in agreed:
        if known not in found and (kept := await consents.text_of(scope.tx, scope.portal.id, known)):
            found[known] = Version(kept.version, kept.text, known, None, "", agreed[known], present=False)
    now = found.pop(present.hash, None)
    at, who = (now.at, now.who) if now else (None, "")
    first = Version(
        present.version, present.text, present.hash, at, who, agreed.get(present.hash, 0), present=True
    )
    return [first, *found.values()]


def _after(changes: Sequence[Sequence[Any]], path: str) -> str | None:
    value = next((after for where, _before, after in changes if where == path), None)
    return str(value) if value else None


def judge(version: str, text: str, known: Sequence[Version]) -> dict[str, str]:
    """What is wrong with a new version, by field; a key of our texts each."""
    faults = {}
    if not version.strip():
        faults["label"] = "consent-version-missing"
    elif len(version.strip()) > VERSION_CHARS:
        faults["label"] = "consent-version-long"
    words = text.strip()
    if len(words) < LEAST_CHARS:
        faults["text"] = "consent-text-short"
    elif len(words) > MOST_CHARS:
        faults["text"] = "consent-text-long"
    found = consent_of(version.strip(), words)
    if any(one.version == found.version and one.hash != found.hash for one in known):
        faults.setdefault("label", "consent-version-taken")
    if known and known[0].hash == found.hash:
        faults.setdefault("text", "consent-text-same")
    return faults


def changes(version: str, text: str) -> Mapping[str, Any]:
    """What puts a version in force."""
    found = consent_of(version.strip(), text)
    return {TEXT: found.text, VERSION: found.version}
