"""People of a portal: accounts in messengers, roles, one-time codes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy import insert as sql_insert

from domain.chat import Channel
from domain.people import Grant, Person, Privacy, Role
from storage.database import Tx
from storage.dialect import upsert
from storage.tables import identities, link_codes, people, roles


async def find_by_account(tx: Tx, portal_id: int, channel: Channel, external_id: str) -> Person | None:
    """Whoever has this account in a messenger."""
    holder = select(identities.c.person_id).where(
        identities.c.portal_id == portal_id,
        identities.c.channel == channel.value,
        identities.c.external_id == external_id,
    )
    found = await _people(tx, people.c.portal_id == portal_id, people.c.id == holder.scalar_subquery())
    return found[0] if found else None


async def load(tx: Tx, portal_id: int, person_id: int) -> Person | None:
    """A person with accounts and roles."""
    found = await _people(tx, people.c.portal_id == portal_id, people.c.id == person_id)
    return found[0] if found else None


async def load_anywhere(tx: Tx, person_id: int) -> Person | None:
    """A person of any portal; whoever asks looks whether he may."""
    found = await _people(tx, people.c.id == person_id)
    return found[0] if found else None


async def load_many(tx: Tx, portal_id: int, person_ids: Sequence[int]) -> dict[int, Person]:
    """Several people by id."""
    found = await _people(tx, people.c.portal_id == portal_id, people.c.id.in_(person_ids))
    return {person.id: person for person in found}


async def names(tx: Tx, person_ids: Sequence[int]) -> dict[int, str]:
    """The names of several people, of whichever portal."""
    query = select(people.c.id, people.c.name).where(people.c.id.in_(person_ids))
    return {row.id: row.name for row in (await tx.execute(query)).all()}


async def with_role(tx: Tx, portal_id: int, role: Role) -> list[Person]:
    """Everybody who holds a role, by id."""
    holders = select(roles.c.person_id).where(roles.c.portal_id == portal_id, roles.c.role == role.value)
    return await _people(tx, people.c.portal_id == portal_id, people.c.id.in_(holders))


async def _people(tx: Tx, *conditions: ColumnElement[bool]) -> list[Person]:
    found = (await tx.execute(select(people).where(*conditions).order_by(people.c.id))).all()
    ids = [row.id for row in found]
    if not ids:
        return []
    accounts: dict[int, dict[Channel, str]] = {}
    query = select(identities).where(identities.c.person_id.in_(ids))
    for account in (await tx.execute(query)).all():
        accounts.setdefault(account.person_id, {})[Channel(account.channel)] = account.external_id
    grants: dict[int, list[Grant]] = {}
    for row in (await tx.execute(select(roles).where(roles.c.person_id.in_(ids)).order_by(roles.c.id))).all():
        grants.setdefault(row.person_id, []).append(_grant(row))
    return [
        Person(
            id=row.id,
            portal_id=row.portal_id,
            name=row.name,
            email=row.email,
            language=row.language or "ru",
            accounts=accounts.get(row.id, {}),
            grants=tuple(grants.get(row.id, ())),
            blocked=frozenset(Channel(channel) for channel in row.blocked_channels),
        )
        for row in found
    ]


def _grant(row: Any) -> Grant:
    privacy = Privacy(row.privacy) if row.privacy else None
    return Grant(Role(row.role), tuple(row.hotels or ()), privacy)


async def insert(tx: Tx, portal_id: int, name: str, email: str | None, language: str, now: datetime) -> int:
    """A new person; returns the id."""
    result = await tx.execute(
        sql_insert(people)
        .values(
            portal_id=portal_id,
            name=name,
            email=email,
            language=language,
            department_ids=[],
            blocked_channels=[],
            created_at=now,
        )
        .returning(people.c.id)
    )
    return int(result.scalar_one())


async def rename(tx: Tx, person_id: int, name: str, email: str | None) -> None:
    await tx.execute(update(people).where(people.c.id == person_id).values(name=name, email=email))


async def set_language(tx: Tx, person_id: int, language: str) -> None:
    await tx.execute(update(people).where(people.c.id == person_id).values(language=language))


async def set_blocked(tx: Tx, person_id: int, channel: Channel, *, blocked: bool) -> bool:
    """Note whether the person lets the bot write to him in a messenger; False when that was known."""
    query = select(people.c.blocked_channels).where(people.c.id == person_id).with_for_update()
    known = set((await tx.execute(query)).scalar_one())
    if (channel.value in known) == blocked:
        return False
    after = known | {channel.value} if blocked else known - {channel.value}
    statement = update(people).where(people.c.id == person_id)
    await tx.execute(statement.values(blocked_channels=sorted(after)))
    return True


async def add_account(tx: Tx, portal_id: int, person_id: int, channel: Channel, external_id: str) -> None:
    """Tie an account to a person; an account that belonged to another moves over."""
    values = {
        "portal_id": portal_id,
        "channel": channel.value,
        "external_id": external_id,
        "person_id": person_id,
    }
    await tx.execute(upsert(tx, identities, [*identities.primary_key], values, {"person_id"}))


async def add_grant(tx: Tx, portal_id: int, person_id: int, grant: Grant, *, source: str) -> None:
    """Give a role; given again from the same source it takes the newer hotels and privacy."""
    values = {
        "portal_id": portal_id,
        "person_id": person_id,
        "role": grant.role.value,
        "hotels": list(grant.hotels),
        "privacy": grant.privacy.value if grant.privacy else None,
        "source": source,
    }
    key = [roles.c.portal_id, roles.c.person_id, roles.c.role, roles.c.source]
    await tx.execute(upsert(tx, roles, key, values, {"hotels", "privacy"}))


async def drop_grants(tx: Tx, portal_id: int, *, source: str) -> None:
    """Take back all roles that came from one source."""
    await tx.execute(delete(roles).where(roles.c.portal_id == portal_id, roles.c.source == source))


async def store_code(tx: Tx, portal_id: int, person_id: int, code_hash: str, expires_at: datetime) -> None:
    """A fresh code; the person's earlier unused ones stop working."""
    await tx.execute(
        delete(link_codes).where(
            link_codes.c.portal_id == portal_id,
            link_codes.c.person_id == person_id,
            link_codes.c.used_at.is_(None),
        )
    )
    await tx.execute(
        sql_insert(link_codes).values(
            portal_id=portal_id, person_id=person_id, code_hash=code_hash, expires_at=expires_at
        )
    )


async def use_code(tx: Tx, portal_id: int, code_hash: str, now: datetime) -> int | None:
    """Spend a code; the person it was shown to, or None when it is unknown, spent or too old."""
    result = await tx.execute(
        update(link_codes)
        .where(
            link_codes.c.portal_id == portal_id,
            link_codes.c.code_hash == code_hash,
            link_codes.c.used_at.is_(None),
            link_codes.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(link_codes.c.person_id)
    )
    found = result.scalar_one_or_none()
    return None if found is None else int(found)
