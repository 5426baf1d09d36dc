"""`concierge mapping`: what goes where and who owns it, tried on guests of the hotel, checked against the portal."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from rich.console import Console

from app.commands.base import Outcome, explain, hotel_of, inert, records, require_portal, sheet
from app.settings import Settings
from bot.texts import text
from domain.errors import ConciergeError
from domain.item_privacy import HIDDEN, level_of, shown
from domain.mapping import default_text
from domain.mapping.model import ENTITIES
from domain.people import Privacy
from domain.portal import Hotel
from domain.ports import CrmLayout
from handlers.sync import mapping_faults
from handlers.sync.mapping_preview import Tried, rows, tried


@dataclass(frozen=True, slots=True)
class MappingQuestion:
    """What `concierge mapping` was asked for."""

    hotel: str
    default: bool = False
    preview: int | None = None
    check: bool = False
    reveal: bool = False


async def show_mapping(settings: Settings, ask: MappingQuestion) -> Outcome:
    """The effective mapping; or the built-in one as a file, a preview, a check against the portal."""
    if ask.default:
        return Outcome(_data(hotel=ask.hotel, text=default_text()), 0, _print_default)
    async with records(settings) as house:
        hotel = hotel_of(house.portal, ask.hotel)
        if ask.preview is not None:
            async with house.scopes.reading(house.portal.id) as scope:
                found = await tried(scope, hotel, ask.preview)
            return _previewed(settings, found, ask)
    return await _checked(settings, hotel) if ask.check else _shown(settings, hotel)


def _data(**told: Any) -> dict[str, Any]:
    """The shape of ``--json`` (docs/json/mapping.schema.json): what wasn't asked for is null."""
    names = ("hotel", "file", "version", "pipeline", "stages", "fields", "text", "records", "faults")
    return {name: told.get(name) for name in names}


def _print_default(console: Console) -> None:
    """As it stands, for a file: nothing is wrapped or coloured."""
    console.file.write(default_text())


def _shown(settings: Settings, hotel: Hotel) -> Outcome:
    mapping, language = hotel.mapping, settings.service.language
    tables = {entity: rows(mapping.raw, entity) for entity in ENTITIES}
    names = ("field", "from", "as", "owner")
    data = _data(
        hotel=hotel.code,
        file=mapping.file or None,
        version=mapping.version,
        pipeline=mapping.pipeline(hotel.name),
        stages={state.value: code for state, code in mapping.stage_of.items()},
        fields={
            entity: [dict(zip(names, row, strict=True)) for row in table] for entity, table in tables.items()
        },
    )

    def show(console: Console) -> None:
        whose = (
            text("mapping-own", language, file=mapping.file)
            if mapping.file
            else text("mapping-default", language)
        )
        console.print(f"{hotel.code}: {inert(whose)}, {mapping.version}", markup=False)
        headers = [text(f"mapping-column-{name}", language) for name in names]
        for entity, table in tables.items():
            console.print(f"\n[{entity}]", markup=False)
            sheet(console, headers, table, empty="")

    return Outcome(data, 0, show)


# --- a preview -------------------------------------------------------------------------------------------


def _previewed(settings: Settings, found: Sequence[Tried], ask: MappingQuestion) -> Outcome:
    language = settings.service.language
    told = [
        (
            one,
            [
                (name, *(_veiled(name, value, reveal=ask.reveal) for value in pair))
                for name, *pair in one.fields
            ],
        )
        for one in found
    ]
    records = [
        {
            "entity": one.entity or None,
            "key": one.key,
            "fields": [{"field": name, "before": was, "after": now} for name, was, now in fields],
        }
        for one, fields in told
    ]

    def show(console: Console) -> None:
        if not told:
            console.print(text("mapping-nothing-staged", language), markup=False)
        headers = [text(f"mapping-column-{name}", language) for name in ("field", "before", "after")]
        for one, fields in told:
            whose = one.entity or text("mapping-left-out", language)
            console.print(f"\n{whose} {inert(one.key)}", markup=False)
            sheet(console, headers, [one for one in fields if one[1:] != (None, None)], empty="")

    return Outcome(_data(hotel=ask.hotel, records=records), 0, show)


def _veiled(name: str, value: Any, *, reveal: bool) -> Any:
    """A value as a terminal may show it: contacts keep their shape, the rest goes by the level ``basic``."""
    if isinstance(value, list | tuple):
        return [_veiled(name, one, reveal=reveal) for one in value]
    if reveal or value is None:
        return value
    if level_of(name) is Privacy.CONTACT and isinstance(value, str):
        return _shape(value)
    return shown(name, value, Privacy.BASIC)


def _shape(contact: str) -> str:
    """«+7916•••••67», «i•••@mail.ru»: enough to see what a transform did."""
    local, at, domain = contact.partition("@")
    if at:
        return f"{local[:1]}{HIDDEN}@{domain}"
    digits = len(re.findall(r"\d", contact))
    place, kept = 0, []
    for char in contact:
        place += char.isdigit()
        kept.append("•" if char.isdigit() and 4 < place <= digits - 2 else char)
    return "".join(kept)


# --- a check ---------------------------------------------------------------------------------------------


async def _checked(settings: Settings, hotel: Hotel) -> Outcome:
    require_portal(settings)
    async with aiohttp.ClientSession() as session:
        faults = await portal_faults(settings, hotel, session)
    fine = text("mapping-fine", settings.service.language)

    def show(console: Console) -> None:
        for line in faults or [fine]:
            console.print(inert(line), markup=False)

    return Outcome(_data(hotel=hotel.code, faults=faults), 2 if faults else 0, show)


async def portal_faults(
    settings: Settings,
    hotel: Hotel,
    session: aiohttp.ClientSession,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> list[str]:
    """What the mapping names and the portal doesn't have, a line each. Raises what the portal's calls raise."""
    from app.parties import bitrix_client  # noqa: PLC0415 - most commands get along without
    from integrations.bitrix24.crm.crm import BitrixCrm  # noqa: PLC0415
    from integrations.bitrix24.directory import BitrixDirectory  # noqa: PLC0415

    client = bitrix_client(settings, session, sleep=sleep)
    layout = await mapping_faults.look(BitrixCrm(client), hotel)
    directory, unknown = BitrixDirectory(client), []
    for number in sorted({user for rules in hotel.mapping.responsible.values() for _, user in rules}):
        colleague = await directory.user(str(number))
        if colleague is None or not colleague.active:
            unknown.append(text("mapping-no-user", settings.service.language, user=number))
    return [*lines(settings, hotel, layout), *unknown]


def lines(settings: Settings, hotel: Hotel, layout: CrmLayout) -> list[str]:
    """The faults of a layout in words."""
    language, mapping = settings.service.language, hotel.mapping
    found = []
    if layout.unknown:
        unknown = ConciergeError(mapping_faults.UNKNOWN, mapping_faults.named(mapping, layout.unknown))
        found.append(explain(unknown, settings))
    found += [text("mapping-unusable", language, field=name) for name in layout.missing_fields]
    return found
