"""The token itself."""

from typing import Any

from handlers.api.calls import Answer
from web.api.table import Call


async def me(call: Call[Any, None]) -> Answer:
    token, portal = call.token, call.scope.portal
    body = {
        "name": token.name,
        "prefix": token.prefix,
        "scopes": sorted(token.scopes),
        "privacy": token.privacy,
        "role": token.role,
        "hotels": list(token.hotels),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "portal": {
            "key": portal.key,
            "url": portal.url,
            "language": portal.language,
            "timezone": portal.timezone,
        },
    }
    return Answer(200, body)
