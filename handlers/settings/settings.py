"""A portal's settings read and changed: by its admins, against the version they saw, and journalled without secrets."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain import settings_tree as tree
from domain.errors import Refused
from domain.ports.settings import DoorFinding, SettingsDesk, SettingsFault
from handlers.scope import Scopes
from handlers.settings.viewers import Viewer
from storage import portal_settings
from storage.portal_settings import SettingsChange, Stored
from storage.sealing import Place, Sealer

_SEEN_CHANGES = 50


class SettingsRefusedError(Refused):
    """Wishes that can't be kept: ``faults`` name each by its path, in the reader's words."""

    def __init__(self, code: str, faults: Sequence[SettingsFault]) -> None:
        super().__init__(code)
        self.faults = list(faults)


@dataclass(frozen=True, slots=True)
class View:
    """Settings as a page shows them. ``effective`` holds; ``stored`` is what the database says, secrets blanked."""

    version: int
    effective: Mapping[str, Any]
    stored: Mapping[str, Any] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()

    def value(self, path: str, default: Any = None) -> Any:
        """What holds at a path."""
        return tree.at(self.effective, path, default)

    def is_fixed(self, path: str) -> bool:
        """Whether file or environment set it, so that the page can't."""
        return _is_fixed(path, self.fixed)

    @property
    def hotels(self) -> Sequence[Mapping[str, Any]]:
        """The portal's hotels as they are configured."""
        return self.effective.get("hotels") or ()


def _is_fixed(path: str, fixed: frozenset[str]) -> bool:
    if path.endswith(".sources") and tree.is_fixed(path.removesuffix("s"), fixed):
        return True
    return path not in tree.ADDED_TO and tree.is_fixed(path, fixed)


class PortalSettings:
    """Reads and changes the settings of a portal. ``sealer`` gives the service's keys, when one is needed."""

    def __init__(self, scopes: Scopes, desk: SettingsDesk, sealer: Callable[[], Sealer]) -> None:
        self._scopes = scopes
        self._desk = desk
        self._sealer = sealer

    async def view(self, viewer: Viewer) -> View:
        """What holds, what is stored, what is fixed."""
        async with self._scopes.reading(viewer.portal_id) as scope:
            stored = await portal_settings.stored(scope.tx, viewer.portal_id)
        return self._view(viewer.portal_id, stored)

    def _view(self, portal_id: int, stored: Stored) -> View:
        shown = tree.each_secret(stored.settings, lambda value: {"set": bool(value)})
        return View(stored.version, self._desk.effective(portal_id), shown, self._desk.fixed(portal_id))

    async def change(self, viewer: Viewer, version: int, changes: Mapping[str, Any]) -> View:
        """Set values by path; None goes back to the default, a :class:`Secret` is sealed.

        ``version`` is what the page was made from. SettingsRefusedError with faults by path: a value is wrong
        (``settings-wrong``), fixed by the file (``settings-fixed``), or changed by somebody else in the meantime
        (``settings-stale``). Nothing is stored then. Refused("settings-not-yours").
        """
        viewer.require_change()
        portal_id = viewer.portal_id
        self._check_fixed(viewer, changes)
        sealed = {path: self._sealed(portal_id, value) for path, value in changes.items()}
        async with self._scopes.writing(portal_id, viewer.person) as scope:
            before = await portal_settings.stored(scope.tx, portal_id, lock=True)
            if before.version != version:
                since = await portal_settings.changes(scope.tx, portal_id, limit=_SEEN_CHANGES)
                newer = [one for one in since if one.version > version]
                sealed = _still_meant(sealed, newer)
                self._check_stale(viewer, sealed, newer)
            after = tree.put(before.settings, sealed)
            if faults := self._desk.faults(portal_id, after, viewer.language):
                raise SettingsRefusedError("settings-wrong", faults)
            differing = tree.differences(before.settings, after)
            if differing:
                await portal_settings.store(
                    scope.tx, portal_id, after, version=before.version + 1, now=scope.now,
                    person_id=viewer.person.id, who=viewer.person.name or viewer.user_id,
                    changes=[(path, tree.told(path, was), tree.told(path, now)) for path, was, now in differing],
                )  # fmt: skip
        if differing:
            await self._desk.changed(portal_id)
        return self._view(portal_id, Stored(before.version + bool(differing), after))

    def _check_fixed(self, viewer: Viewer, paths: Iterable[str]) -> None:
        fixed = self._desk.fixed(viewer.portal_id)
        words = self._scopes.texts("settings-fixed", viewer.language)
        faults = [SettingsFault(path, words) for path in paths if _is_fixed(path, fixed)]
        if faults:
            raise SettingsRefusedError("settings-fixed", faults)

    def _check_stale(self, viewer: Viewer, wanted: Iterable[str], newer: Sequence[SettingsChange]) -> None:
        """Whoever changed something else in the meantime is no hindrance."""
        faults = [
            SettingsFault(path, self._scopes.texts("settings-stale-here", viewer.language, who=one.who))
            for one in newer
            for path in wanted
            if any(_touch(path, str(changed[0])) for changed in one.changes)
        ]
        if faults or len(newer) == _SEEN_CHANGES:
            raise SettingsRefusedError("settings-stale", faults)

    def _sealed(self, portal_id: int, value: Any) -> Any:
        """The value with its new secrets sealed; those that come sealed from the database stay."""
        place = Place("portals", portal_id, "settings")
        if isinstance(value, Secret):
            return {"sealed": self._sealer().seal(value.text, place)} if value.text else None
        if isinstance(value, Mapping):
            return {name: self._sealed(portal_id, one) for name, one in value.items()}
        return [self._sealed(portal_id, one) for one in value] if isinstance(value, list) else value

    async def stored(self, viewer: Viewer, path: str) -> Any:
        """What the database holds at a path, secrets sealed: for a change of a part of a list."""
        viewer.require_change()
        async with self._scopes.reading(viewer.portal_id) as scope:
            return tree.at((await portal_settings.stored(scope.tx, viewer.portal_id)).settings, path)

    async def history(self, viewer: Viewer, *, before_id: int | None = None) -> list[SettingsChange]:
        """Who changed what, newest first, fifty at a time."""
        viewer.require_change()
        async with self._scopes.reading(viewer.portal_id) as scope:
            return await portal_settings.changes(scope.tx, viewer.portal_id, before_id=before_id)

    async def test_door(self, viewer: Viewer, hotel: str, door: str) -> Sequence[DoorFinding]:
        """What a door answers now."""
        viewer.require_change()
        return await self._desk.test_door(viewer.portal_id, hotel, door, viewer.language)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret somebody typed: sealed before it is stored, in no journal and on no page."""

    text: str = field(repr=False)


def _touch(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _still_meant(wanted: Mapping[str, Any], newer: Sequence[SettingsChange]) -> dict[str, Any]:
    """Without what the page only sends back as it was before somebody else changed it."""
    before = {
        str(path): was for one in newer for path, was, _ in one.changes
    }  # newest first: the oldest stays
    return {path: value for path, value in wanted.items() if path not in before or value != before[path]}
