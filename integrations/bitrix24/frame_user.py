"""Who has opened a frame, by his own token at the portal that was recorded when the app was installed there.

Documents: ``settings/oauth/simple-way.md``, ``api-reference/common/users/profile.md``, ``api-reference/crm/universal``.
"""

from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from domain.errors import Refused, Temporary
from integrations.bitrix24.decoder import Answer, Fault, as_bool, as_map, as_text, decode
from integrations.bitrix24.errors import short_code
from integrations.bitrix24.transport import CONNECT_TIMEOUT_S, REDIRECTS, USER_AGENT

TIMEOUT_S = 10.0
ENTITY_TYPES = {"contact": 3, "deal": 2}


@dataclass(frozen=True, slots=True)
class PortalVisitor:
    """A user as the portal names him."""

    user_id: str
    is_admin: bool
    name: str
    language: str


class FramePortal:
    """Calls one portal with visitors' tokens, which aren't ours and aren't kept."""

    def __init__(self, session: aiohttp.ClientSession, client_endpoint: str) -> None:
        self._session = session
        self._endpoint = client_endpoint

    async def visitor(self, auth_id: str) -> PortalVisitor:
        """Whose token it is. Refused("frame-not-genuine") when it isn't this portal's, or has run out."""
        answer = await self._call("profile", auth_id, {})
        if isinstance(answer, Fault):
            raise Refused("frame-not-genuine", short_code(answer.code)[:60])
        user = as_map(answer.result)
        if not as_text(user.get("ID")).isdigit():
            raise Refused("frame-not-genuine", "nobody")
        name = f"{as_text(user.get('NAME'))} {as_text(user.get('LAST_NAME'))}".strip()
        return PortalVisitor(as_text(user["ID"]), as_bool(user.get("ADMIN")), name, "")

    async def may_read(self, auth_id: str, entity: str, crm_id: int) -> bool:
        """Whether the visitor himself may see a contact or a deal."""
        params = {"entityTypeId": ENTITY_TYPES[entity], "id": crm_id, "select": ["id"]}
        return isinstance(await self._call("crm.item.get", auth_id, params), Answer)

    async def _call(self, method: str, auth_id: str, params: dict[str, Any]) -> Answer | Fault:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S)
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        body = orjson.dumps({**params, "auth": auth_id})
        try:
            async with self._session.post(
                f"{self._endpoint}{method}",
                data=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                status, answer = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise Temporary("bitrix-unavailable", f"{method}: {type(error).__name__}") from None
        if status in REDIRECTS or status >= 500:
            raise Temporary("bitrix-unavailable", f"{method}: {status}")
        return decode(status, answer)
