"""Which profiles hold which phone or e-mail, taken down from the staging so that holders are found at once.

The values are brought up to date from the staged profiles when a run has somebody to decide about, by comparing
fingerprints; so they are true whoever staged the profile, and cost nothing in a run without new people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, func, insert, or_, select

from domain.guests import ProfileKind
from domain.identity import is_relay
from storage.database import Tx
from storage.dialect import inserting
from storage.identity_cases import packs
from storage.tables import identity_profiles, identity_values, profiles, snapshots


@dataclass(frozen=True, slots=True)
class Held:
    """A staged profile: the phones and e-mails it holds, its name's key, and whether it is a person or a firm."""

    profile_id: str
    content_hash: str
    values: frozenset[str]
    name_key: str
    holder: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A profile that holds a value; ``crm_id`` of its item, where it has one."""

    value: str
    hotel_id: int
    profile_id: str
    holder: str
    crm_id: int | None


async def not_taken_down(tx: Tx, hotel_id: int, limit: int, after: str = "") -> list[Held]:
    """Staged profiles that are new or changed since their values were taken down, by number.

    Phones and e-mails are those that the staging has read already, without an OTA's relays.
    """
    columns = [profiles.c[name] for name in ("profile_id", "kind", "name_key", "phones", "emails")]
    query = (
        select(*columns, profiles.c.content_hash)
        .select_from(
            profiles.outerjoin(
                identity_profiles,
                and_(
                    identity_profiles.c.hotel_id == profiles.c.hotel_id,
                    identity_profiles.c.profile_id == profiles.c.profile_id,
                ),
            )
        )
        .where(
            profiles.c.hotel_id == hotel_id,
            profiles.c.profile_id > after,
            or_(
                identity_profiles.c.content_hash.is_(None),
                identity_profiles.c.content_hash != profiles.c.content_hash,
            ),
        )
        .order_by(profiles.c.profile_id)
        .limit(limit)
    )
    return [
        Held(
            row.profile_id,
            row.content_hash,
            _read(row.phones, row.emails),
            row.name_key.strip(),
            "person" if row.kind == ProfileKind.INDIVIDUAL else "firm",
        )
        for row in (await tx.execute(query)).all()
    ]


def _read(phones: str, emails: str) -> frozenset[str]:
    """The staging has cleaned them already; only an OTA's relays are left to be told."""
    personal = (one for one in emails.split() if not is_relay(one))
    return frozenset([*phones.split(), *personal])


async def current_values(tx: Tx, hotel_id: int, profile_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """What each of these profiles holds now, taken down or not."""
    found: dict[str, frozenset[str]] = {}
    for pack in packs(profile_ids):
        query = select(profiles.c.profile_id, profiles.c.phones, profiles.c.emails).where(
            profiles.c.hotel_id == hotel_id, profiles.c.profile_id.in_(pack)
        )
        for key, phones, emails in (await tx.execute(query)).all():
            found[key] = _read(phones, emails)
    return found


async def take_down(tx: Tx, portal_id: int, hotel_id: int, held: Sequence[Held]) -> None:
    """Replace what is known of these profiles' values."""
    if not held:
        return
    ids = [one.profile_id for one in held]
    await tx.execute(
        delete(identity_values).where(
            identity_values.c.hotel_id == hotel_id, identity_values.c.profile_id.in_(ids)
        )
    )
    fixed = {"portal_id": portal_id, "hotel_id": hotel_id}
    rows = [
        {
            **fixed,
            "profile_id": one.profile_id,
            "value": value,
            "name_key": one.name_key,
            "holder": one.holder,
        }
        for one in held
        for value in sorted(one.values)
    ]
    if rows:
        await tx.execute(insert(identity_values), rows)
    marks = [{**fixed, "profile_id": one.profile_id, "content_hash": one.content_hash} for one in held]
    statement = inserting(tx, identity_profiles)
    statement = statement.on_conflict_do_update(
        index_elements=[*identity_profiles.primary_key],
        set_={"content_hash": statement.excluded.content_hash},
    )
    await tx.execute(statement, marks)


async def values_of(tx: Tx, hotel_id: int, profile_ids: Sequence[str]) -> dict[str, set[str]]:
    """What each of these profiles holds, as taken down."""
    found: dict[str, set[str]] = {}
    for pack in packs(profile_ids):
        query = select(identity_values.c.profile_id, identity_values.c.value).where(
            identity_values.c.hotel_id == hotel_id, identity_values.c.profile_id.in_(pack)
        )
        for key, value in (await tx.execute(query)).all():
            found.setdefault(key, set()).add(value)
    return found


async def nobodys(tx: Tx, portal_id: int, values: Iterable[str], shared_by: int) -> set[str]:
    """Values that prove nothing: on more than ``shared_by`` different names, or a firm's."""
    found: set[str] = set()
    for pack in packs(values):
        query = (
            select(identity_values.c.value)
            .where(identity_values.c.portal_id == portal_id, identity_values.c.value.in_(pack))
            .group_by(identity_values.c.value)
            .having(
                or_(
                    func.count(identity_values.c.name_key.distinct()) > shared_by,
                    func.min(identity_values.c.holder) == "firm",
                )
            )
        )
        found.update((await tx.execute(query)).scalars())
    return found


async def holders(tx: Tx, portal_id: int, values: Iterable[str]) -> list[Holder]:
    """Who holds these values, in any hotel of the portal. Ask only for values that aren't :func:`nobodys`."""
    found: list[Holder] = []
    same = and_(
        snapshots.c.hotel_id == identity_values.c.hotel_id,
        snapshots.c.entity == "profile",
        snapshots.c.key == identity_values.c.profile_id,
        snapshots.c.crm_entity == "contact",
    )
    columns = [identity_values.c[name] for name in ("value", "hotel_id", "profile_id", "holder")]
    for pack in packs(values):
        query = (
            select(*columns, snapshots.c.crm_id)
            .select_from(identity_values.outerjoin(snapshots, same))
            .where(identity_values.c.portal_id == portal_id, identity_values.c.value.in_(pack))
            .order_by(identity_values.c.hotel_id, identity_values.c.profile_id)
        )
        found += [
            Holder(row.value, row.hotel_id, row.profile_id, row.holder, row.crm_id or None)
            for row in (await tx.execute(query)).all()
        ]
    return found
