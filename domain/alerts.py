"""Whom the house should be ready for: what about a coming guest is told before he arrives, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.guests import Profile, birthday_in
from domain.people import Privacy
from domain.stays import Stay, StayState


class AlertKind(StrEnum):
    """What there is to know, the weightiest first."""

    BLACKLIST = "blacklist"
    COMPLAINT = "complaint"
    VIP = "vip"
    BIRTHDAY = "birthday"
    RETURNING = "returning"


SHOWN_FROM: Mapping[AlertKind, Privacy] = {
    AlertKind.BLACKLIST: Privacy.MONEY,
    AlertKind.COMPLAINT: Privacy.BASIC,
    AlertKind.VIP: Privacy.BASIC,
    AlertKind.BIRTHDAY: Privacy.BASIC,
    AlertKind.RETURNING: Privacy.BASIC,
}
"""The lowest level that is told. That a birthday falls into the stay is service, its date is not: see FIELDS."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a coming guest. ``earlier``: his stays that are over, newest first."""

    stay: Stay
    profile: Profile | None
    earlier: Sequence[Stay] = ()
    complaints: Sequence[str] = ()
    """Numbers of the desk's requests of his last stay."""


def reasons(facts: Facts) -> tuple[AlertKind, ...]:
    """All that applies, the weightiest first."""
    profile = facts.profile
    found = {
        AlertKind.BLACKLIST: profile is not None and profile.blacklisted,
        AlertKind.COMPLAINT: bool(facts.complaints),
        AlertKind.VIP: profile is not None and bool(profile.vip),
        AlertKind.BIRTHDAY: _has_birthday(facts),
        AlertKind.RETURNING: any(stay.state is StayState.CHECKED_OUT for stay in facts.earlier),
    }
    return tuple(kind for kind in AlertKind if found[kind])


def _has_birthday(facts: Facts) -> bool:
    birthday = facts.profile.birthday if facts.profile else None
    return (
        birthday is not None and birthday_in(birthday, facts.stay.arrival, facts.stay.departure) is not None
    )
