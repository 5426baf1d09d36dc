"""Several profiles in one contact: one of them leads, the others add their key, phones and e-mails.

Else each would put its own spelling of the name into the contact again and again, and take the others' phones out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.mapping import KEYS_FIELD, Wanted
from handlers.scope import Scope, Scopes
from handlers.sync.job import Job
from storage import identity as cases
from storage import identity_values
from storage.differences import Staged
from storage.identity import Case

Pair = tuple[Staged, Wanted]
Member = tuple[int, str]
"""A profile: its hotel's id and its number."""


class Members:
    """Shapes what is wanted of contacts that hold several profiles."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def seated(self, job: Job, pairs: Sequence[Pair], items: Mapping[str, int]) -> list[Pair]:
        """The pairs as their contacts want them; ``items``: the contact of each key that has one."""
        if not items:
            return list(pairs)
        async with self._scopes.reading(job.portal.id) as scope:
            crm_ids = sorted(set(items.values()))
            members = await cases.keys_of_item(scope.tx, job.portal.id, crm_ids)
            for key, crm_id in items.items():
                if (job.hotel.id, key) not in members.setdefault(crm_id, []):
                    members[crm_id].append((job.hotel.id, key))
            shared = {crm_id: some for crm_id, some in members.items() if len(some) > 1}
            if not shared:
                return list(pairs)
            joinings = await cases.joined_into(scope.tx, job.portal.id, sorted(shared))
            values = await _values(scope, shared)
        leads = {crm_id: _lead(some, joinings.get(crm_id, [])) for crm_id, some in shared.items()}
        shaped = []
        for row, wanted in pairs:
            crm_id = items.get(wanted.key, 0)
            if crm_id in shared:
                others = [
                    values.get(one, frozenset())
                    for one in shared[crm_id]
                    if one != (job.hotel.id, wanted.key)
                ]
                leading = leads[crm_id] == (job.hotel.id, wanted.key)
                shaped.append((row, _shaped(wanted, set().union(*others), leading=leading)))
            else:
                shaped.append((row, wanted))
        return shaped


async def _values(scope: Scope, shared: Mapping[int, Sequence[Member]]) -> dict[Member, frozenset[str]]:
    by_hotel: dict[int, list[str]] = {}
    for hotel_id, key in (one for some in shared.values() for one in some):
        by_hotel.setdefault(hotel_id, []).append(key)
    return {
        (hotel_id, key): held
        for hotel_id, keys in by_hotel.items()
        for key, held in (await identity_values.current_values(scope.tx, hotel_id, keys)).items()
    }


def _lead(members: Sequence[Member], joinings: Sequence[Case]) -> Member:
    """Whose names stand in the contact: the profile that made it, else the one that was joined first."""
    joined = [(one.hotel_id, one.profile_id) for one in joinings]
    makers = [one for one in members if one not in joined]
    return makers[0] if makers else next(one for one in joined if one in members)


def _shaped(wanted: Wanted, others: set[str], *, leading: bool) -> Wanted:
    emails = sorted(value for value in others if "@" in value)
    shaped = replace(
        wanted,
        phones=_with(wanted.phones, sorted(others.difference(emails))),
        emails=_with(wanted.emails, emails),
    )
    if leading:
        return shaped
    return replace(shaped, fields={name: v for name, v in wanted.fields.items() if name == KEYS_FIELD})


def _with(own: tuple[str, ...] | None, others: Sequence[str]) -> tuple[str, ...] | None:
    return None if own is None else tuple(dict.fromkeys([*own, *others]))
