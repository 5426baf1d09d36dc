"""A mapping tried on what is staged: a few guests, firms and stays, each field before and after. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.guests import Profile, ProfileKind
from domain.mapping import ALONE, Beside, Wanted, entity_of, map_profile, map_stay
from domain.mapping.lines import Line
from domain.mapping.records import case_of, plain
from domain.mapping.sources import Case
from domain.portal import Hotel
from domain.stays import Stay
from handlers.scope import Scope
from handlers.sync.besides import besides
from storage import differences
from storage.stays import profiles_by_id


@dataclass(frozen=True, slots=True)
class Tried:
    """One record: ``fields`` is (CRM field, before, after) in the mapping's order; None after = left alone.

    ``entity`` is empty for a record that stays out of the CRM.
    """

    entity: str
    key: str
    fields: Sequence[tuple[str, Any, Any]]


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest with a stay, and the firm that stay is booked by."""

    profile: Profile
    stay: Stay
    firm: Profile | None
    beside: Beside


async def tried(scope: Scope, hotel: Hotel, count: int) -> list[Tried]:
    """The first ``count`` profiles and as many stays by number, as the mapping would make them."""
    profiles = await differences.changed(scope.tx, hotel.id, "profile", "", limit=count, whole=True)
    stays = await differences.changed(scope.tx, hotel.id, "stay", "", limit=count, whole=True)
    beside = await besides(
        scope, hotel, {row.key: row.record for row in stays if isinstance(row.record, Stay)}
    )
    found = [_profile(hotel, row.record) for row in profiles if isinstance(row.record, Profile)]
    found += [
        _stay(hotel, row.record, beside.get(row.key, ALONE)) for row in stays if isinstance(row.record, Stay)
    ]
    return found


async def guests(scope: Scope, hotel: Hotel, count: int) -> list[Guest]:
    """So many guests who have a stay, by the stays' numbers; one of a firm among them where there is one."""
    rows = await differences.changed(scope.tx, hotel.id, "stay", "", limit=count * _LOOKED_AT, whole=True)
    stays = {row.key: row.record for row in rows if isinstance(row.record, Stay)}
    ids = {one for stay in stays.values() for one in (stay.profile_id, *_firms(stay)) if one}
    profiles = await profiles_by_id(scope.tx, hotel.id, sorted(ids))
    beside = await besides(scope, hotel, stays)
    found: dict[str, Guest] = {}
    for key, stay in stays.items():
        profile = profiles.get(stay.profile_id or "")
        if profile is None or profile.kind is not ProfileKind.INDIVIDUAL or profile.profile_id in found:
            continue
        firm = next((profiles[one] for one in _firms(stay) if one in profiles), None)
        found[profile.profile_id] = Guest(profile, stay, firm, beside.get(key, ALONE))
    of_firms = [one for one in found.values() if one.firm is not None][:1]
    return [*of_firms, *(one for one in found.values() if one not in of_firms)][:count]


_LOOKED_AT = 5


def _firms(stay: Stay) -> list[str]:
    return [one for one in (stay.company_id, stay.agent_id) if one]


def of_guest(hotel: Hotel, guest: Guest) -> list[Tried]:
    """A guest's contact, his deal and his firm as the hotel's mapping would make them."""
    firm = [_profile(hotel, guest.firm)] if guest.firm is not None else []
    return [_profile(hotel, guest.profile), _stay(hotel, guest.stay, guest.beside), *firm]


def _profile(hotel: Hotel, profile: Profile) -> Tried:
    wanted, entity = map_profile(profile, hotel), entity_of(profile)
    if wanted is None or entity is None:
        return Tried("", profile.profile_id, ())
    return _tried(hotel, Case(hotel, profile=profile), wanted)


def _stay(hotel: Hotel, stay: Stay, beside: Beside) -> Tried:
    stages = {stage.code: stage.title for stage in hotel.mapping.stages}
    wanted = map_stay(stay, hotel, 0, stages, beside)
    if wanted is None:
        return Tried("", stay.reservation_id, ())
    return _tried(hotel, case_of(stay, hotel, beside), wanted)


def _tried(hotel: Hotel, case: Case, wanted: Wanted) -> Tried:
    after: dict[str, Any] = {**wanted.fields, "phones": wanted.phones, "emails": wanted.emails}
    after |= {name: ids for name, (ids, _) in wanted.links.items()}
    lines = [one for one in hotel.mapping.lines[wanted.entity] if one.fixed not in {"key", "pipeline"}]
    return Tried(
        wanted.entity, wanted.key, [(one.field, _before(one, case), after.get(one.field)) for one in lines]
    )


def _before(line: Line, case: Case) -> Any:
    if line.fixed == "stage":
        return case.stay.state.value if case.stay else None
    return plain(line.raw(case), case)


def rows(mapping_raw: Mapping[str, Any], entity: str) -> list[tuple[str, str, str, str]]:
    """The effective mapping of one entity as people read it: (CRM field, from, as, owner)."""
    found = []
    for name, entry in mapping_raw[entity].items():
        source = entry.get("template") or entry.get("from", "")
        said = ", ".join(source) if isinstance(source, list) else str(source)
        steps = entry.get("as", [])
        told = [_step(one) for one in (steps if isinstance(steps, list) else [steps])]
        found.append((name, said, " → ".join(told), str(entry.get("owner", "overwrite"))))
    return found


def _step(step: Any) -> str:
    return step if isinstance(step, str) else ", ".join(f"{name} = {value}" for name, value in step.items())
