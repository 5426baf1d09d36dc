"""Seals on forms: when a page was made and which form it is, so that a form is neither forged nor filed twice."""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256

LIFETIME = timedelta(hours=12)
_SHAPE = re.compile(r"(\d{1,11})\.([0-9a-f]{24})\.([0-9a-f]{40})", re.ASCII)


class Age(Enum):
    """How old a seal may be found."""

    GOOD = "good"
    YOUNG = "young"
    """Nobody fills a form in that quickly."""
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A genuine seal: the form's own nonce and its age."""

    nonce: str
    age: Age


def seal(key: bytes, form: str, now: datetime) -> str:
    """A fresh seal for one form; ``form`` says which form on which site it is good for."""
    issued, nonce = str(int(now.timestamp())), secrets.token_hex(12)
    return f"{issued}.{nonce}.{_mac(key, form, issued, nonce)}"


def unseal(key: bytes, form: str, stamp: str, now: datetime, least_s: float) -> Stamp | None:
    """The seal of a sent form; None when it isn't ours, or not of this form."""
    found = _SHAPE.fullmatch(stamp)
    if found is None or not hmac.compare_digest(_mac(key, form, found[1], found[2]), found[3]):
        return None
    passed = now.timestamp() - int(found[1])
    if passed > LIFETIME.total_seconds():
        return Stamp(found[2], Age.STALE)
    return Stamp(found[2], Age.YOUNG if passed < least_s else Age.GOOD)


def _mac(key: bytes, form: str, issued: str, nonce: str) -> str:
    return hmac.new(key, f"{form}|{issued}|{nonce}".encode(), sha256).hexdigest()[:40]
