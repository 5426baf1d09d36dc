"""Our own session behind a frame: a signed token, bound to the portal's member id and the user, short-lived, renewed.

It travels in the page (a frame's cookies are often blocked) and, where the browser takes one, in a partitioned cookie.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

import orjson

from domain.errors import Permanent
from domain.ports.frame import FrameUser

LIFETIME = timedelta(minutes=20)
RENEWED_AFTER = timedelta(minutes=5)
LONGEST = timedelta(hours=4)
"""After this the portal is asked again who it is: people leave, rights go."""
_LONGEST_TOKEN = 1500
KeyOf = Callable[[int], Awaitable[bytes]]
"""A portal's signing key; Permanent for a portal that isn't served."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who looks at the pages of which portal. Times in seconds since 1970. ``item``: the one CRM item of a tab."""

    portal_id: int
    member_id: str
    user_id: str
    is_admin: bool
    language: str
    began: int
    expires: int
    nonce: str
    item: str = ""

    @property
    def user(self) -> FrameUser:
        """Him as the portal named him when the session began."""
        return FrameUser(self.portal_id, self.user_id, self.is_admin, self.language)


def begin(user: FrameUser, member_id: str, now: datetime, item: str = "") -> Session:
    """A new session for a user whom his portal has just named."""
    at = int(now.timestamp())
    ends = at + int(LIFETIME.total_seconds())
    nonce = secrets.token_hex(8)
    return Session(
        user.portal_id, member_id, user.user_id, user.is_admin, user.language, at, ends, nonce, item
    )


def renewed(session: Session, now: datetime) -> Session | None:
    """The session with more time; None while it is fresh, or where it has had the longest there is."""
    at, lifetime = int(now.timestamp()), int(LIFETIME.total_seconds())
    if at - (session.expires - lifetime) < RENEWED_AFTER.total_seconds():
        return None
    ends = min(at + lifetime, session.began + int(LONGEST.total_seconds()))
    return replace(session, expires=ends) if ends > session.expires else None


def sign(session: Session, key: bytes) -> str:
    """The token of a session."""
    body = base64.urlsafe_b64encode(orjson.dumps(asdict(session))).decode().rstrip("=")
    return f"{session.portal_id}.{body}.{_mac(key, 'session', body)}"


async def read(token: str, key_of: KeyOf, now: datetime) -> Session | None:
    """The session of a token; None when it is forged, spoiled, too old, or of a portal that isn't ours."""
    portal, _, rest = token.partition(".")
    body, _, mac = rest.partition(".")
    if len(token) > _LONGEST_TOKEN or not (portal.isascii() and portal.isdigit() and len(portal) < 16):
        return None
    try:
        key = await key_of(int(portal))
        if not hmac.compare_digest(_mac(key, "session", body).encode(), mac.encode()):
            return None
        found = Session(**orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    except (Permanent, LookupError, ValueError, TypeError, binascii.Error):
        return None
    return found if found.portal_id == int(portal) and now.timestamp() < found.expires else None


def csrf(session: Session, key: bytes) -> str:
    """What a form must bring back: it belongs to this session of this user and to no other."""
    return _mac(key, "csrf", f"{session.nonce}|{session.member_id}|{session.user_id}")


def csrf_fits(session: Session, key: bytes, given: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(csrf(session, key).encode(), given.encode())


def _mac(key: bytes, use: str, text: str) -> str:
    return hmac.new(key, f"{use}|{text}".encode(), sha256).hexdigest()
