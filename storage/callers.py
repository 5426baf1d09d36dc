"""Callers: who stands in ``requests.form``, the forms already filed, and which requests nobody has claimed yet."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select, update

from domain.callers import CALLERS, Caller
from storage.database import Tx
from storage.dialect import inserting
from storage.tables import counters, links, people, requests

FORM = "callback-form"
"""The kind of link that ties a form's nonce to the request it became."""


async def keep(tx: Tx, portal_id: int, request_id: int, form: Mapping[str, Any]) -> None:
    """Who asked, beside the request."""
    await tx.execute(
        update(requests)
        .where(requests.c.portal_id == portal_id, requests.c.id == request_id)
        .values(form=dict(form))
    )


async def form_of(tx: Tx, portal_id: int, request_id: int) -> dict[str, Any] | None:
    """The form of a request; None when an account filed it."""
    query = select(requests.c.form).where(requests.c.portal_id == portal_id, requests.c.id == request_id)
    found: dict[str, Any] | None = (await tx.execute(query)).scalar_one_or_none()
    return found


async def caller_of(tx: Tx, portal_id: int, request_id: int) -> Caller | None:
    """Who asked; None when an account filed it."""
    form = await form_of(tx, portal_id, request_id)
    return Caller.from_form(form) if form else None


async def any_unclaimed(tx: Tx, portal_id: int) -> bool:
    """Whether some caller's request belongs to no account."""
    query = select(requests.c.id).where(_unclaimed(portal_id)).limit(1)
    return (await tx.execute(query)).scalar_one_or_none() is not None


async def unclaimed_of(tx: Tx, portal_id: int, phones: Collection[str], emails: Collection[str]) -> list[int]:
    """Ids of callers' requests with one of these phones (E.164) or e-mails (lower case), oldest first.

    Reports of violations are left out: whoever made one is not asked about it in a messenger.
    """
    form = requests.c.form
    fits = [
        form[name].as_string().in_(values)
        for name, values in (("phone", list(phones)), ("email", list(emails)))
        if values
    ]
    if not fits:
        return []
    query = (
        select(requests.c.id, form)
        .where(_unclaimed(portal_id), form.is_not(None), or_(*fits))
        .order_by(requests.c.id)
    )
    return [row.id for row in (await tx.execute(query)).all() if not row.form.get("violation")]


def _unclaimed(portal_id: int) -> Any:
    return and_(
        requests.c.portal_id == portal_id,
        requests.c.requester_id.is_(None),
        requests.c.channel.in_([channel.value for channel in CALLERS]),
    )


async def person_with_email(tx: Tx, portal_id: int, email: str) -> int | None:
    """The one person of the portal with this e-mail; None when there is none or more than one."""
    query = select(people.c.id).where(people.c.portal_id == portal_id, people.c.email == email).limit(2)
    found = (await tx.execute(query)).scalars().all()
    return int(found[0]) if len(found) == 1 else None


# --- one form, one request -----------------------------------------------------------------------------------


async def begin_form(tx: Tx, portal_id: int, nonce: str) -> bool:
    """Whether this form is being filed for the first time. The second of two at once waits for the first here."""
    values = {
        "portal_id": portal_id,
        "kind": FORM,
        "local_type": "form",
        "local_id": nonce,
        "external_id": "",
        "data": {},
    }
    statement = inserting(tx, links).values(values)
    key = [links.c.portal_id, links.c.kind, links.c.local_type, links.c.local_id]
    statement = statement.on_conflict_do_nothing(index_elements=key).returning(links.c.id)
    return (await tx.execute(statement)).scalar_one_or_none() is not None


# --- how often -----------------------------------------------------------------------------------------------


async def count_hit(tx: Tx, portal_id: int, name: str, at: datetime, window_s: int) -> int:
    """One more in the current window; returns how many there are. Shared by all replicas.

    The windows before it are forgotten on the way, so the rows never outlive their use by more than one.
    """
    window = int(at.timestamp()) // window_s
    old = and_(counters.c.portal_id == portal_id, counters.c.name == name, counters.c.year < window)
    await tx.execute(delete(counters).where(old))
    values = {"portal_id": portal_id, "name": name, "year": window, "value": 1}
    statement = inserting(tx, counters).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=[*counters.primary_key], set_={"value": counters.c.value + 1}
    )
    return int((await tx.execute(statement.returning(counters.c.value))).scalar_one())


async def forget_hits(tx: Tx, portal_id: int, prefix: str, before_window: int) -> None:
    """Forget the windows of visitors who never came back."""
    await tx.execute(
        delete(counters).where(
            counters.c.portal_id == portal_id,
            counters.c.name.startswith(prefix, autoescape=True),
            counters.c.year < before_window,
        )
    )
