"""Requests to a portal as the app installed there: the token in the body, a new address only from the right mouth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from domain.errors import Permanent, Temporary
from domain.installations import Tokens
from integrations.bitrix24.decoder import Fault
from integrations.bitrix24.errors import short_code
from integrations.bitrix24.oauth import EXPIRED, Authority
from integrations.bitrix24.transport import MAX_HOPS, Transport

UNPROVEN_S = 60.0


@dataclass(frozen=True, slots=True)
class AppEndpoint:
    """Where an installed portal answers, and as whom we call. ``base`` is the address before ``/rest/``."""

    base: str
    user_id: str

    @classmethod
    def of(cls, client_endpoint: str, user_id: str) -> "AppEndpoint":
        """By ``https://hotel.bitrix24.ru/rest/``."""
        return cls(client_endpoint.rstrip("/").removesuffix("/rest"), user_id)

    def url(self, method: str, *, v3: bool = False) -> str:
        """The address of a method; nothing in it is secret."""
        return f"{self.base}/rest{'/api' if v3 else ''}/{method}"


class AppTransport(Transport):
    """Sends requests with the token of an :class:`Authority`."""

    def __init__(self, authority: Authority, endpoint: AppEndpoint, session: aiohttp.ClientSession) -> None:
        super().__init__(endpoint, session)
        self.authority = authority

    async def ready(self) -> int:
        """The pair that the next request goes with. Temporary while the portal doesn't let us in."""
        return (await self.authority.ready()).pair

    async def renewed(self, pair: int, fault: Fault) -> bool:
        """A token that has run out is exchanged: the request wasn't executed and may be sent again."""
        if short_code(fault.code) != EXPIRED:
            return False
        await self.authority.renew(pair)
        return True

    async def heard(self, pair: int, fault: Fault | None) -> None:
        """What the portal's answer means for our tokens."""
        await self.authority.heard(pair, fault)

    async def close(self) -> None:
        """Let a refresh that is under way end."""
        await self.authority.finish()

    async def _post_following(
        self, method: str, payload: object, v3: bool, headers: Mapping[str, str] | None, timeout_s: float
    ) -> tuple[int, bytes]:
        tokens = await self.authority.ready()
        for _ in range(MAX_HOPS):
            endpoint = AppEndpoint.of(tokens.client_endpoint, tokens.user_id)
            signed: dict[str, Any] = {**_as_object(payload), "auth": tokens.access_token}
            status, body, location = await self._once(
                endpoint.url(method, v3=v3), orjson.dumps(signed), headers, timeout_s
            )
            if location is None:
                self.endpoint = endpoint
                return status, body
            tokens = await self._after_move(tokens)
        raise Permanent("bitrix-moved", f"{method}: more than {MAX_HOPS} redirects")

    async def _after_move(self, tokens: Tokens) -> Tokens:
        """A redirect proves nothing: where this portal answers now, its authorisation server tells."""
        fresh = await self.authority.renew(tokens.pair)
        if fresh.client_endpoint == tokens.client_endpoint:
            raise Temporary("bitrix-move-unproven", retry_after_s=UNPROVEN_S)
        return fresh


def _as_object(payload: object) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise TypeError("an app's request carries its token, so it must be an object")
    return payload
