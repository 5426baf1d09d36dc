"""Turns the portal's errors into our three fates, by one table.

The codes are from ``error-codes.md``, ``_includes/system-errors.md``, ``settings/oauth/error-codes.md`` and the
method pages of the public REST documentation. An unknown code is Permanent: repeating can't help, and the reason
stands in the detail.
"""

import re
from enum import Enum

from domain.errors import ConciergeError, Permanent, Temporary, Unclear
from integrations.bitrix24.decoder import Fault


class Replay(Enum):
    """May a call be repeated blindly? SAFE: reads and idempotent writes. UNSAFE: a repeat would do it twice."""

    SAFE = "safe"
    UNSAFE = "unsafe"


LIMIT_CODES = frozenset({"QUERY_LIMIT_EXCEEDED", "RATELIMIT", "TOO_MANY_REQUESTS"})
"""Turned away at the door: surely not executed."""
OPERATING_CODE = "OPERATION_TIME_LIMIT"

_UNAVAILABLE = frozenset({"INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER", "INTERNALERROR"})
_LATER = {"METHOD_CONFIRM_WAITING": 600.0, "PORTAL_DELETED": 3600.0}
_NEVER = frozenset({"OVERLOAD_LIMIT"})
"""Blocked by the vendor's support by hand: an operator has to talk to them, repeating makes it worse."""
_KNOWN = {
    "ACCESSDENIED": "access-denied",
    "INSUFFICIENTSCOPE": "insufficient-scope",
    "METHODNOTFOUND": "method-not-found",
    "ERROR_METHOD_NOT_FOUND": "method-not-found",
    "ENTITYNOTFOUND": "not-found",
    "ERROR_NOT_FOUND": "not-found",
    "NO_AUTH_FOUND": "no-auth",
    "INVALID_TOKEN": "no-auth",
    "INVALID_CREDENTIALS": "no-auth",
    "ERROR_CORE": "refused-by-portal",
    "": "refused-by-portal",
}
_V3 = re.compile(r"^BITRIX_REST_V3_.*?EXCEPTION_(?P<name>.+?)(?:EXCEPTION)?$")
_SECRETS = (
    (re.compile(r"<[a-zA-Z/][^<>]{0,200}>"), " "),
    (re.compile(r"https?://\S+"), "<link>"),
    (re.compile(r"/rest/(?:api/)?\d+/\w+"), "/rest/<secret>"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<e-mail>"),
    (re.compile(r"(?<!\w)\+?\d[\d\s()-]{7,}\d"), "<number>"),
    (re.compile(r"\s+"), " "),
)


def short_code(code: str) -> str:
    """A portal's code in our form: upper case, v3's long names reduced to their last part."""
    upper = code.strip().upper()
    match = _V3.match(upper)
    return match["name"].removeprefix("VALIDATION_") if match else upper


def scrub(text: str) -> str:
    """The portal's words fit for a log: links, tokens, e-mails, long numbers and HTML taken out, ≤ 200 characters."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text.strip()[:200]


def our_code(code: str) -> str:
    """The key of our texts for a portal's code: ``ACCESS_DENIED`` → ``bitrix-access-denied``."""
    short = short_code(code)
    slug = _KNOWN.get(short) or re.sub(r"[^a-z0-9]+", "-", short.lower()).strip("-")
    return f"bitrix-{slug or 'refused-by-portal'}"


def to_error(fault: Fault, method: str, replay: Replay) -> ConciergeError:
    """What a fault means. Only for UNSAFE calls does a lost answer become Unclear."""
    short = short_code(fault.code)
    detail = f"{method}: {fault.status} {scrub(fault.code)} {scrub(fault.text)}".rstrip()
    if short == OPERATING_CODE:
        return Temporary("bitrix-operating-limit", detail, retry_after_s=fault.timing.reset_in_s or 10.0)
    if short in LIMIT_CODES or fault.status == 429:
        return Temporary("bitrix-busy", detail, retry_after_s=2.0)
    if short in _LATER:
        return Temporary(our_code(fault.code), detail, retry_after_s=_LATER[short])
    if short in _NEVER:
        return Permanent(our_code(fault.code), detail)
    if short in _UNAVAILABLE or fault.status >= 500 or (not fault.readable and fault.status < 400):
        return lost(method, replay, detail)
    if not fault.readable:  # a 4xx of a proxy or of a wrong address: nothing was executed
        return Permanent(f"bitrix-http-{fault.status}", detail)
    return Permanent(our_code(fault.code), detail)


def lost(method: str, replay: Replay, detail: str) -> Temporary:
    """The answer was lost on its way, or the server broke down while it worked."""
    if replay is Replay.UNSAFE:
        return Unclear("bitrix-unclear", detail or method)
    return Temporary("bitrix-unavailable", detail or method, retry_after_s=2.0)
