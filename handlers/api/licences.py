"""The portal's licence for the vendor's own programs: a token that holds ``admin``, which only an operator gives out."""

from datetime import date
from typing import Any

from domain.api_tokens import Token
from domain.licence import Licence, Terms
from handlers.licences import Licences


class LicenceApi:
    """Looking and setting. Each opens its own transaction."""

    def __init__(self, licences: Licences) -> None:
        self._licences = licences

    async def show(self, token: Token) -> dict[str, Any]:
        return _shape(await self._licences.show(token.portal_id))

    async def set(self, token: Token, paid_until: date | None, grace_days: int, note: str) -> dict[str, Any]:
        """Other terms, from now on. Refused: "licence-days", "licence-grace"."""
        terms = Terms(paid_until, grace_days, note)
        return _shape(await self._licences.set(token.portal_id, terms, by=f"api:{token.prefix}"))


def _shape(found: Licence) -> dict[str, Any]:
    return {
        "state": found.state.value,
        "paid_until": found.paid_until.isoformat() if found.paid_until else None,
        "grace_until": found.grace_until.isoformat() if found.grace_until else None,
        "days_left": found.days_left,
        "note": found.note,
    }
