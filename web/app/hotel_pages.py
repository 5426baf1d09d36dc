"""Hotels and their doors: added, changed, asked whether they answer. Secrets go in and never come out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from domain.errors import Refused
from domain.ports.settings import SettingsFault
from handlers.settings.settings import PortalSettings, Secret, SettingsRefusedError, View
from web.app.forms import Form, parsed
from web.app.hotel_fields import (
    DOOR_FIELDS,
    KINDS,
    SAME_IDS,
    door_form_fields,
    door_view,
    hotel_fields,
    names_of,
)
from web.app.visits import Page, Visit

CODE = re.compile(r"[A-Z0-9_-]{1,20}")


class HotelPages:
    """List, hotel, door."""

    def __init__(self, settings: PortalSettings) -> None:
        self._settings = settings

    def pages(self) -> list[Page]:
        """In the order of the menu."""
        door = "hotels/{code}/doors/{door}"
        return [
            Page("hotels", self.listed, menu="page-hotels", group="page-menu-hotel"),
            Page("hotels/{code}", self.show, self.save),
            Page("hotels/{code}/remove", send=self.remove),
            Page(door, self.show_door, self.save_door),
            Page(f"{door}/test", send=self.test_door),
            Page(f"{door}/remove", send=self.remove_door),
        ]

    async def listed(self, visit: Visit) -> web.StreamResponse:
        """Every hotel with its doors."""
        view = await self._settings.view(visit.viewer)
        hotels = [(hotel, names_of(hotel.get("sources") or ())) for hotel in view.hotels]
        return visit.page("hotels.html", 200, hotels=hotels)

    # --- a hotel ---------------------------------------------------------------------------------------------

    async def show(self, visit: Visit) -> web.StreamResponse:
        """One hotel, or an empty form for ``new``."""
        return await self._hotel(visit, await self._settings.view(visit.viewer), [], 200)

    async def _hotel(
        self, visit: Visit, view: View, faults: Sequence[SettingsFault], status: int, typed_code: str = ""
    ) -> web.StreamResponse:
        code = visit.name("code")
        new = code == "new"
        hotel = _hotel_of(view, code) if not new else {}
        form = Form(hotel_fields(typed_code or code, new=new))
        inputs = form.inputs(visit, view, faults, typed=status != 200)
        return visit.page(
            "hotel.html", status, code=code, new=new, hotel=hotel, inputs=inputs, view=view,
            others=form.elsewhere(faults), doors=names_of(hotel.get("sources") or ()),
            own=not view.is_fixed(f"hotels.{code}.code"), doors_fixed=view.is_fixed(f"hotels.{code}.sources"),
        )  # fmt: skip

    async def save(self, visit: Visit) -> web.StreamResponse:
        """Store a hotel's settings; a new one by the code that was typed."""
        code, view = visit.name("code"), await self._settings.view(visit.viewer)
        new = code == "new"
        if new:
            code = visit.posted("code").strip().upper()
            if fault := self._code_fault(visit, view, code):
                return await self._hotel(visit, view, [SettingsFault("hotels.new.code", fault)], 422)
        else:
            _hotel_of(view, code)
        form = Form([one for one in hotel_fields(code, new=new) if one.name != "code"])
        # What belongs to a new hotel is stored as it was chosen: a later default shall not move it.
        more = {f"hotels.{code}.code": code} if new else {}
        faults = await form.save(visit, self._settings, more)
        if faults:
            return await self._hotel(visit, view, faults, 422, code)
        return visit.go(f"hotels/{code}", "hotel-added" if new else "saved")

    @staticmethod
    def _code_fault(visit: Visit, view: View, code: str) -> str:
        if not CODE.fullmatch(code) or code == "NEW":
            return visit.text("page-wrong-code")
        taken = any(str(hotel.get("code", "")).casefold() == code.casefold() for hotel in view.hotels)
        return visit.text("page-wrong-code-taken") if taken else ""

    async def remove(self, visit: Visit) -> web.StreamResponse:
        """Serve a hotel no more; what is in the CRM stays."""
        view, code = await self._settings.view(visit.viewer), visit.name("code")
        _hotel_of(view, code)
        await self._settings.change(visit.viewer, visit.version, {f"hotels.{code}": None})
        return visit.go("hotels", "hotel-removed")

    # --- its doors -------------------------------------------------------------------------------------------

    async def show_door(self, visit: Visit) -> web.StreamResponse:
        """One door, or the form for a new one."""
        return await self._door(visit, await self._settings.view(visit.viewer), [], 200)

    async def _door(
        self, visit: Visit, view: View, faults: Sequence[SettingsFault], status: int, **more: Any
    ) -> web.StreamResponse:
        hotel = _hotel_of(view, visit.name("code"))
        doors = hotel.get("sources") or []
        place = _place(visit.name("door"), doors)
        door = doors[place] if place is not None else {}
        fixed = view.is_fixed(f"hotels.{hotel['code']}.sources")
        kinds = [str(door["kind"])] if door else list(KINDS)
        wrong = _by_kind(faults, hotel["code"], len(doors) if place is None else place)
        inputs = {}
        for kind in kinds:
            form = Form(door_form_fields(visit, kind))
            shown = door_view(view, kind, door)
            mine = [one for one in wrong if one.path.startswith(f"{kind}.")]
            inputs[kind] = form.inputs(visit, shown, mine, typed=status != 200)
        known = {name for kind in inputs.values() for name in kind}
        return visit.page(
            "door.html", status, hotel=hotel, place=place, name=names_of(doors)[place] if place is not None else "",
            kinds=kinds, inputs=inputs, view=view, fixed=fixed,
            kind=visit.posted("kind") or kinds[0],
            others=[one for one in wrong if one.path not in known], findings=None, **more,
        )  # fmt: skip

    async def save_door(self, visit: Visit) -> web.StreamResponse:
        """Store a door: the whole list of them anew, with secrets that weren't typed left as they are."""
        view, code = await self._settings.view(visit.viewer), visit.name("code")
        hotel = _hotel_of(view, code)
        path = f"hotels.{code}.sources"
        stored = await self._stored(visit, code)
        place = _place(visit.name("door"), hotel.get("sources") or [])
        if view.is_fixed(path) or (place is not None and place >= len(stored)):
            raise Refused("settings-fixed")
        kind = str(stored[place]["kind"]) if place is not None else visit.posted("kind")
        if kind not in DOOR_FIELDS:
            raise Refused("page-wrong-kind")
        door, faults = _typed_door(visit, kind, stored[place] if place is not None else {})
        if not faults:
            doors = [*stored, door] if place is None else [*stored[:place], door, *stored[place + 1 :]]
            try:
                await self._settings.change(visit.viewer, visit.version, _doors_of(code, doors))
            except SettingsRefusedError as refusal:
                faults = refusal.faults or [SettingsFault("", visit.fault(refusal.code))]
            else:
                return visit.go(f"hotels/{code}/doors/{len(doors) - 1 if place is None else place}", "saved")
        return await self._door(visit, view, faults, 422)

    async def _stored(self, visit: Visit, code: str) -> list[Mapping[str, Any]]:
        """A hotel's doors as the database has them, secrets sealed; the first may stand by itself."""
        hotel = await self._settings.stored(visit.viewer, f"hotels.{code}") or {}
        first = hotel.get("source")
        return [*([first] if first else []), *(hotel.get("sources") or [])]

    async def test_door(self, visit: Visit) -> web.StreamResponse:
        """Ask the door, as `concierge check` does, and show what it says."""
        view = await self._settings.view(visit.viewer)
        hotel = _hotel_of(view, visit.name("code"))
        doors = hotel.get("sources") or []
        place = _place(visit.name("door"), doors)
        if place is None:
            raise Refused("page-door-unsaved")
        name = names_of(doors)[place]
        found = await self._settings.test_door(visit.viewer, str(hotel["code"]), name)
        return visit.page("findings.html", 200, hotel=hotel, place=place, name=name, findings=found)

    async def remove_door(self, visit: Visit) -> web.StreamResponse:
        """Take a door away; what it told stays."""
        code = visit.name("code")
        stored = await self._stored(visit, code)
        place = _place(visit.name("door"), stored)
        if place is None:
            raise Refused("page-door-unsaved")
        kept = [door for number, door in enumerate(stored) if number != place]
        await self._settings.change(visit.viewer, visit.version, _doors_of(code, kept))
        return visit.go(f"hotels/{code}", "door-removed")


def _doors_of(code: str, doors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The change that leaves a hotel these doors."""
    return {f"hotels.{code}.sources": [*doors] or None, f"hotels.{code}.source": None}


def _hotel_of(view: View, code: str) -> Mapping[str, Any]:
    found = next((hotel for hotel in view.hotels if hotel.get("code") == code), None)
    if found is None:
        raise Refused("page-no-hotel")
    return found


def _place(text: str, doors: Sequence[object]) -> int | None:
    """Which door; None for a new one. Refused for one that isn't there."""
    if text == "new":
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:4]) >= len(doors):
        raise Refused("page-no-such-door")
    return int(text)


def _typed_door(
    visit: Visit, kind: str, before: Mapping[str, Any]
) -> tuple[dict[str, Any], list[SettingsFault]]:
    """The door as it was typed, over what was stored; None, the defaults and empty secrets are left out."""
    door: dict[str, Any] = {key: value for key, value in before.items() if key != "kind"}
    faults = []
    for one in door_form_fields(visit, kind):
        name = one.path.partition(".")[2]
        try:
            value = parsed(one, visit.data)
        except Refused as refusal:
            faults.append(SettingsFault(one.path, visit.text(refusal.code, **refusal.params)))
            continue
        if isinstance(value, Secret):
            if value.text:
                door[name] = value
            elif one.required and name not in door:
                faults.append(SettingsFault(one.path, visit.text("page-wrong-empty")))
            continue
        if name == "same_ids":
            value = SAME_IDS.get(str(value or ""))
        if value is None:
            door.pop(name, None)
        else:
            door[name] = value
    return {"kind": kind, **door}, faults


def _by_kind(faults: Sequence[SettingsFault], code: object, place: int) -> list[SettingsFault]:
    """Faults of the settings' paths as this form names its fields: ``hotels.X.sources.0.url`` is ``suite8.url``."""
    root = f"hotels.{code}.sources.{place}."
    found = []
    for one in faults:
        inner = one.path.removeprefix(root)
        found.append(SettingsFault(inner, one.words) if inner != one.path else one)
    return found
