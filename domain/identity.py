"""Are two records one person? Points for what agrees and against what contradicts, two thresholds, three answers.

Only people who share a phone or an e-mail of their own are compared at all: never by name alone. What many share (a
family's phone on more names than a family has, an agency's address, an OTA's relay) is no evidence. A contradiction
never joins by itself: then a person is asked. The table is data; `bench/identity.py` prints what it is worth.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.contacts import ALIAS_DOMAINS, EmailKind, e164_list, parse_emails
from domain.guests import Profile
from domain.identity_names import Alike, Spelling, alike_names, gender_of, name_of

JOIN, ASK = 80, 50
"""From JOIN points on two records are one person; from ASK on somebody is asked; below they are two."""
SHARED_BY = 3
"""A phone or an e-mail on more different names than this belongs to nobody in particular."""
UNDO_DAYS = 30
"""How long a joining can be taken back."""

POINTS: Mapping[tuple[str, str], int] = {
    ("email", "equal"): 50,
    ("email", "role"): 15,
    ("phone", "equal"): 45,
    ("name", Alike.EQUAL): 40,
    ("name", Alike.VARIANT): 38,
    ("name", Alike.TYPO): 30,
    ("name", Alike.INITIAL): 20,
    ("name", Alike.GIVEN): 5,
    ("name", Alike.FAMILY): -60,
    ("name", Alike.DIFFERENT): -75,
    ("middle", "equal"): 8,
    ("middle", "different"): -30,
    ("birthday", "equal"): 30,
    ("birthday", "near"): 0,
    ("birthday", "different"): -30,
    ("gender", "different"): -35,
    ("city", "equal"): 4,
    ("country", "different"): -6,
}
CONTRADICTIONS = frozenset(
    {("middle", "different"), ("birthday", "different"), ("gender", "different"), ("name", Alike.GIVEN)}
)
"""With one of these nothing is joined without a person's word, whatever the sum."""
_NAMES_THAT_JOIN = frozenset({Alike.EQUAL, Alike.VARIANT, Alike.TYPO})
ROLE_LOCALS = frozenset(
    {
        "info", "mail", "office", "sales", "booking", "bookings", "reservation", "reservations", "reception",
        "admin", "contact", "hotel", "travel", "tour", "tours", "corp", "secretary", "hr", "welcome", "support",
        "bron", "zakaz", "priem", "buh", "avia", "visa", "team", "order", "orders",
    }
)  # fmt: skip
"""Mailboxes of an office rather than of a person."""
_BELOW_ALIASES = tuple(f".{domain}" for domain in ALIAS_DOMAINS)
_PLACEHOLDER_YEARS = frozenset({1900, 1901, 1899})
_PLACEHOLDER_DAYS = frozenset({date(1970, 1, 1), date(1980, 1, 1), date(2000, 1, 1), date(1990, 1, 1)})


# --- what is answered ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Join:
    """It is this item of the CRM: update it, add our key, leave a foreign originator as it is."""

    crm_id: int


@dataclass(frozen=True, slots=True)
class New:
    """Nobody the CRM knows: create."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A person has to say: held back until then, in the ask of this number."""

    ask_id: int


@dataclass(frozen=True, slots=True)
class After:
    """The same person as another new record of this page: plan it again once ``key`` has its item."""

    key: str


Decision = Join | New | Ask | After


# --- what is compared ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Human:
    """What is known of somebody. Phones in E.164; e-mails in lower case, relays and dummies left out."""

    name: Spelling
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    birthday: date | None = None
    gender: str = ""  # m | f
    city: str = ""
    country: str = ""

    @property
    def values(self) -> frozenset[str]:
        """What he may be found by."""
        return self.phones | self.emails


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the reckoning: what was compared, how it turned out, the points."""

    what: str
    outcome: str
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """How much speaks for one person."""

    points: int
    marks: tuple[Mark, ...] = field(default=())

    @property
    def doubted(self) -> bool:
        """Something contradicts, or the names don't agree well enough to join unasked."""
        if any((mark.what, mark.outcome) in CONTRADICTIONS for mark in self.marks):
            return True
        return not any(mark.what == "name" and mark.outcome in _NAMES_THAT_JOIN for mark in self.marks)

    @property
    def joins(self) -> bool:
        return self.points >= JOIN and not self.doubted

    @property
    def asks(self) -> bool:
        return self.points >= ASK and not self.joins


def compare(one: Human, other: Human, ignored: Collection[str] = ()) -> Score:
    """The reckoning of two records; ``ignored`` are phones and e-mails that prove nothing. Symmetric."""
    marks = [*_contacts(one, other, ignored)]
    if not marks:  # nothing strong in common: names and dates alone never make a pair
        return Score(0)
    name, middle = alike_names(one.name, other.name)
    marks += _mark("name", name) + _mark("middle", middle)
    marks += _mark("birthday", _birthdays(one.birthday, other.birthday))
    if one.gender and other.gender and one.gender != other.gender:
        marks += _mark("gender", "different")
    if one.city and other.city and _folded(one.city) == _folded(other.city):
        marks += _mark("city", "equal")
    if one.country and other.country and one.country.casefold() != other.country.casefold():
        marks += _mark("country", "different")
    return Score(sum(mark.points for mark in marks), tuple(marks))


def _contacts(one: Human, other: Human, ignored: Collection[str]) -> Iterable[Mark]:
    emails = (one.emails & other.emails).difference(ignored)
    if emails:
        personal = any(email.partition("@")[0] not in ROLE_LOCALS for email in emails)
        yield from _mark("email", "equal" if personal else "role")
    if (one.phones & other.phones).difference(ignored):
        yield from _mark("phone", "equal")


def _mark(what: str, outcome: str) -> list[Mark]:
    points = POINTS.get((what, outcome))
    return [] if points is None else [Mark(what, str(outcome), points)]


def _birthdays(one: date | None, other: date | None) -> str:
    if one is None or other is None:
        return ""
    if one == other:
        return "equal"
    same = (one.day == other.day) + (one.month == other.month) + (one.year == other.year)
    swapped = one.year == other.year and (one.day, one.month) == (other.month, other.day)
    return "near" if swapped or same == 2 else "different"


def _folded(text: str) -> str:
    return re.sub(r"\W+", "", text.casefold().replace("ё", "е"))


# --- from records --------------------------------------------------------------------------------------------


def human_of(profile: Profile, region: str = "RU", stop: Collection[str] = ()) -> Human:
    """A PMS profile as it is compared. ``stop``: phones and e-mails that are nobody's (the hotel's own)."""
    name = name_of(profile.last_name, profile.first_name)
    return Human(
        name,
        phones_of(profile.phones, region, stop),
        emails_of(profile.emails, stop),
        real_birthday(profile.birthday),
        gender_of(profile.gender, profile.title, name),
        profile.city,
        profile.country,
    )


def phones_of(raw: Iterable[str], region: str = "RU", stop: Collection[str] = ()) -> frozenset[str]:
    """E.164 numbers that may be evidence."""
    return frozenset(number for text in raw for number in e164_list(text, region, stop))


def emails_of(raw: Iterable[str], stop: Collection[str] = ()) -> frozenset[str]:
    """Addresses that may be evidence: no relays, no dummies."""
    found = (email for text in raw for email in parse_emails(text, stop))
    return frozenset(email.address for email in found if email.kind is EmailKind.REAL)


def is_relay(address: str) -> bool:
    """Whether a clean address is a booking site's relay."""
    domain = address.rpartition("@")[2]
    return domain in ALIAS_DOMAINS or domain.endswith(_BELOW_ALIASES)


def real_birthday(day: date | None) -> date | None:
    """None for what reception types when it doesn't know."""
    if day is None or day.year in _PLACEHOLDER_YEARS or day in _PLACEHOLDER_DAYS:
        return None
    return day
