"""Saving a page that has more on it than plain fields: tables, lists and hours are judged with the fields, stored with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.ports.settings import SettingsFault
from handlers.settings.settings import PortalSettings, SettingsRefusedError, View
from web.app.forms import Form
from web.app.visits import Visit


async def save(
    visit: Visit,
    settings: PortalSettings,
    view: View,
    form: Form,
    more: Mapping[str, Any],
    faults: Sequence[SettingsFault] = (),
) -> Sequence[SettingsFault]:
    """Store the form's fields and ``more`` (values by path; fixed ones are left out); the faults, none when stored."""
    filled = form.read(visit, view)
    wrong = [*faults, *filled.faults]
    if wrong:
        return wrong
    wanted = {
        path: value
        for path, value in more.items()
        if not view.is_fixed(path) and value != (view.value(path) or type(value)())
    }
    return await change(visit, settings, {**filled.changes, **wanted})


async def change(
    visit: Visit, settings: PortalSettings, changes: Mapping[str, Any]
) -> Sequence[SettingsFault]:
    """Store values by path; the faults, none when stored."""
    try:
        await settings.change(visit.viewer, visit.version, changes)
    except SettingsRefusedError as refusal:
        return refusal.faults or [SettingsFault("", visit.fault(refusal.code))]
    return []
