"""A mapping against the portal it is for: fields, stages and people it names must be there, or nothing is written.

The portal ignores unknown fields without a word, so a slip in a mapping would be a loss nobody sees.
"""

from collections.abc import Sequence

from domain.errors import Permanent
from domain.mapping.mapping import FieldMapping
from domain.portal import Hotel
from domain.ports import Crm, CrmLayout

UNKNOWN = "mapping-unknown"


async def standing_layout(crm: Crm, hotel: Hotel) -> CrmLayout:
    """The hotel's place in the CRM. Permanent("mapping-unknown") names what the portal doesn't have."""
    mapping = hotel.mapping
    layout = await crm.ensure_layout(
        mapping.pipeline(hotel.name), mapping.stages, mapping.specs, mapping.uses
    )
    if layout.unknown:
        raise Permanent(UNKNOWN, named(mapping, layout.unknown))
    return layout


async def look(crm: Crm, hotel: Hotel) -> CrmLayout:
    """As it stands, nothing is made: for a check."""
    mapping = hotel.mapping
    return await crm.ensure_layout(
        mapping.pipeline(hotel.name), mapping.stages, mapping.specs, mapping.uses, make=False
    )


def named(mapping: FieldMapping, unknown: Sequence[str]) -> str:
    """«mapping.toml: [contact.lastNam], [stages] use = "PREPAID"»: where to look in the file."""
    places = [place(mapping, one) for one in unknown]
    return ": ".join(filter(None, (mapping.file, ", ".join(places))))


def place(mapping: FieldMapping, unknown: str) -> str:
    """The table (and key) of the mapping that names what isn't there."""
    kind, _, name = unknown.partition(".")
    if kind != "stage":
        return f"[{unknown}]"
    tables = [
        state.value
        for state, code in mapping.stage_of.items()
        for spec in mapping.stages
        if spec.code == code and spec.use == name
    ]
    return f"[stages.{tables[0]}] use = {name}" if tables else f"[stages] use = {name}"


def unkept(mapping: FieldMapping, layout: CrmLayout | None, lost_fields: Sequence[str]) -> dict[str, str]:
    """Mapped fields that don't hold what is written into them: ``deal.UF_CRM_X`` → why, as a key of the texts."""
    named = {f"{spec.entity}.UF_CRM_{spec.name}" for spec in mapping.specs}
    unusable = [name for name in (layout.missing_fields if layout else ()) if name in named]
    return dict.fromkeys(unusable, "mapping-unusable") | dict.fromkeys(lost_fields, "mapping-lost")
