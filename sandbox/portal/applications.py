"""What a portal knows of installed applications, and what it asks of the cloud that gives out their tokens.

A portal by itself has no office: it knows inbound webhooks only. sandbox/oauth is the office.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.portal.calls import Call, RestError

if TYPE_CHECKING:
    from sandbox.portal.state import Portal


@dataclass(frozen=True)
class Application:
    """One application as it is installed on one portal."""

    client_id: str
    code: str
    title: str
    version: int
    status: str
    """L local, F free, D demo, T trial, P paid."""
    scopes: tuple[str, ...]
    local_id: int
    installed: bool
    """False until the installer says BX24.installFinish()."""
    application_token: str
    user_id: int
    """Who installed it."""
    payment_expired: bool = False


class Office(Protocol):
    """The cloud's side: tokens, and the queue server that posts events once."""

    def admit(self, portal: Portal, token: str) -> tuple[Application, int]:
        """Whose access token this is: the application and the user. RestError 401 when it is nobody's."""
        ...

    def application(self, portal: Portal, client_id: str) -> Application | None:
        """The application as this portal has it; None after it was deleted."""
        ...

    def auth(
        self,
        portal: Portal,
        application: Application,
        user_id: int | None,
        *,
        scope: str | None = None,
        refresh: bool = False,
    ) -> dict[str, Any]:
        """The `auth` of an event (_includes/auth-params-in-events.md); without a user there are no tokens."""
        ...

    async def post(self, portal: Portal, url: str, body: dict[str, Any]) -> int:
        """One form post, once → status, 0 when nobody answers."""
        ...


def application_of(call: Call) -> Application:
    """The caller's application. RestError 403 WRONG_AUTH_TYPE for webhooks."""
    if call.application is None:
        text = "Current authorization type is denied for this method Application context required"
        raise RestError("WRONG_AUTH_TYPE", text, 403)
    return call.application


def upper_keys(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters of the oldest methods, where case does not matter (documents write both)."""
    return {key.upper(): value for key, value in params.items()}
