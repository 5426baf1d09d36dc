"""Somebody who asked for help without an account of ours: by the form on a site, or by a call that support wrote down.

He has no buttons; what reaches him is his phone or e-mail, so those are read as people write them.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import phonenumbers

from domain.chat import Channel
from domain.contacts import EmailKind, classify_email, parse_phones
from domain.errors import Refused

NAME_LIMIT = 120
CALLERS = frozenset({Channel.CALLBACK, Channel.PHONE})
"""The channels that lead back to nobody's messenger."""

_EMAIL = re.compile(r"[^\s<>(),;:\"]+@[^\s<>(),;:\"]+\.[^\s<>(),;:\"]*[^\s<>(),;:\".]")
_EXTENSION = re.compile(r"\s*[,;]?\s*(?:доб(?:авочный)?\.?|вн\.?|ext\.?)\s*\.?:?\s*\d{1,6}\b", re.IGNORECASE)
_WORD_OF_PHONE = re.compile(
    r"(?:\b(?:тел(?:ефон)?|моб(?:ильный)?|phone|tel|e-?mail|почта)\b\.?:?)\s*$", re.IGNORECASE
)
_BREAK = re.compile(r"\s*(?:[\n,;:]|\s[—–-]\s)\s*")
_EDGES = ' \t\n\r,.;:—–-()<>"«»'
_NAME_WORDS = 4


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``phone`` in E.164, ``extension`` digits, ``email`` in lower case; each may be empty."""

    name: str = ""
    phone: str = ""
    extension: str = ""
    email: str = ""
    violation: bool = False
    """Whether he reports a violation instead of asking for help."""

    @property
    def line(self) -> str:
        """«Иван Петров, +79001234567 (доб. 12), ivan@hotel.example»."""
        phone = f"{self.phone} ({self.extension})" if self.extension else self.phone
        return ", ".join(filter(None, (self.name, phone, self.email)))

    def as_form(self) -> dict[str, Any]:
        """As ``requests.form`` keeps it; empty fields are left out."""
        kept = {name: getattr(self, name) for name in ("name", "phone", "extension", "email", "violation")}
        return {name: value for name, value in kept.items() if value}

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> "Caller":
        return cls(**{name: form[name] for name in cls.__slots__ if name in form})


def is_caller(channel: Channel, requester_id: int | None) -> bool:
    """Whether a request's requester can only be reached by phone or letter."""
    return requester_id is None and channel in CALLERS


def read_phone(raw: str, region: str = "RU") -> tuple[str, str] | None:
    """The one number somebody typed as his own: (E.164, extension), however it is spelled; None when it isn't one."""
    found = parse_phones(unicodedata.normalize("NFKC", raw), region)
    return (found[0].e164, found[0].extension) if found else None


def read_caller(text: str, region: str = "RU") -> tuple[Caller, str]:
    """What support typed after ``/new for``: who called, and what is left as the description.

    The name stands before the phone or e-mail, else first after it: «Иван Петров 8 900 123-45-67 не печатает чек».
    Refused("caller-contact-needed") without a phone or an e-mail.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    spans, phone, extension = _phone_in(text, region)
    email = _email_in(text)
    if email:
        spans.append(email[1])
    if not spans:
        raise Refused("caller-contact-needed")
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    name = _WORD_OF_PHONE.sub("", text[:first]).strip(_EDGES)
    rest = text[last:].strip(_EDGES)
    if not name:
        name, rest = _name_first(rest)
    name = " ".join(name.split())[:NAME_LIMIT]
    return Caller(name, phone, extension, email[0] if email else ""), rest


def names_contact(text: str, region: str = "RU") -> bool:
    """Whether a text holds a phone or an e-mail."""
    return bool(_phone_in(text, region)[0] or _email_in(text))


def _phone_in(text: str, region: str) -> tuple[list[tuple[int, int]], str, str]:
    """Where the first number stands with its extension, and the number."""
    for match in phonenumbers.PhoneNumberMatcher(text, region, phonenumbers.Leniency.VALID):
        tail = _EXTENSION.match(text, match.end)
        end = tail.end() if tail else match.end
        read = read_phone(text[match.start : end], region)
        if read:
            return [(match.start, end)], *read
    return [], "", ""


def _email_in(text: str) -> tuple[str, tuple[int, int]] | None:
    for match in _EMAIL.finditer(text):
        email = classify_email(match[0])
        if email.kind is not EmailKind.INVALID:
            return email.address, match.span()
    return None


def _name_first(text: str) -> tuple[str, str]:
    """A name at the head of what follows the contact, up to a comma, a dash or a line's end."""
    parts = _BREAK.split(text, maxsplit=1)
    if parts[0] and len(parts[0].split()) <= _NAME_WORDS:
        return parts[0].strip(_EDGES), parts[1].strip(_EDGES) if len(parts) > 1 else ""
    return "", text
