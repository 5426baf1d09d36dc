"""What a visitor typed: read, limited, and judged field by field, in the order the page shows them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.callers import NAME_LIMIT, Caller, read_phone

QUESTION_LIMIT = 3000
PHONE_LIMIT = 80
TRAP = "website"
"""A field that people don't see and robots like."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field (``where``; ``""``: with the whole form): the text's key and its values."""

    where: str
    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as typed, so that a refused form keeps them."""

    name: str = ""
    phone: str = ""
    question: str = ""
    consent: bool = False
    consent_hash: str = ""
    stamp: str = ""
    trap: str = ""


def read(data: Mapping[str, Any]) -> Typed:
    """The fields of a posted form; what isn't text counts as empty."""

    def value_of(name: str) -> str:
        value = data.get(name)
        return _CONTROL.sub("", value.replace("\r\n", "\n")).strip() if isinstance(value, str) else ""

    return Typed(
        name=" ".join(value_of("name").split()),
        phone=" ".join(value_of("phone").split()),
        question=value_of("question"),
        consent=bool(value_of("consent")),
        consent_hash=value_of("consent_hash"),
        stamp=value_of("stamp"),
        trap=value_of(TRAP),
    )


def judge(typed: Typed, *, violation: bool, region: str) -> tuple[Caller, list[Fault]]:
    """Who asks, and everything that is wrong with what he typed.

    A report of a violation needs its story, a call back needs the phone; personal data need the consent.
    """
    faults = []
    if len(typed.name) > NAME_LIMIT:
        faults.append(Fault("name", "name-long", {"limit": NAME_LIMIT}))
    phone = read_phone(typed.phone, region) if len(typed.phone) <= PHONE_LIMIT else None
    if typed.phone and phone is None:
        faults.append(Fault("phone", "phone-wrong"))
    elif not typed.phone and not violation:
        faults.append(Fault("phone", "phone-missing"))
    if len(typed.question) > QUESTION_LIMIT:
        faults.append(Fault("question", "question-long", {"limit": QUESTION_LIMIT}))
    elif violation and not typed.question:
        faults.append(Fault("question", "question-missing"))
    if not typed.consent and (not violation or typed.name or typed.phone):
        faults.append(Fault("consent", "consent"))
    number, extension = phone or ("", "")
    return Caller(typed.name, number, extension, violation=violation), faults
