"""Who of the people that share a phone or an e-mail with a profile fits it best."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.guests import Profile
from domain.identity import Human, Score, compare, emails_of, human_of, phones_of, real_birthday
from domain.identity_names import gender_of, name_of
from domain.portal import Hotel
from domain.ports import CrmPerson

CLEAR_LEAD = 15
"""Of two contacts that both fit, the better one is taken only when it leads by so many points."""


@dataclass(slots=True)
class Page:
    """What is known about the people of one page."""

    hotel: Hotel
    profiles: Mapping[str, Profile]
    refused: dict[str, set[int]]
    """Items that somebody kept apart from a profile."""
    values: dict[str, set[str]] = field(default_factory=dict)
    """What each profile may be found by."""
    nobodys: set[str] = field(default_factory=set)
    staged: dict[int, list[Human]] = field(default_factory=dict)
    """Crm id → the profiles in it."""
    in_crm: dict[int, CrmPerson] = field(default_factory=dict)
    by_value: dict[str, set[int]] = field(default_factory=dict)
    _humans: dict[str, Human] = field(default_factory=dict)

    def evidence(self, key: str) -> set[str]:
        """What a profile is found by, as far as that proves anything."""
        return self.values.get(key, set()) - self.nobodys

    def human(self, key: str) -> Human:
        """A profile as it is compared: read when there is somebody to compare it with, for that isn't cheap."""
        if key not in self._humans:
            self._humans[key] = human_of(self.profiles[key], self.hotel.country)
        return self._humans[key]


@dataclass(frozen=True, slots=True)
class Found:
    """The candidate that fits best; ``clear``: no other fits nearly as well."""

    crm_id: int
    score: Score
    clear: bool

    @property
    def joins(self) -> bool:
        return self.score.joins and self.clear


def best_of(page: Page, key: str) -> Found | None:
    """Who among the candidates fits best, from ASK points on."""
    fitting = {crm_id for value in page.evidence(key) for crm_id in page.by_value.get(value, ())}
    rated = sorted(
        (
            (score, crm_id)
            for crm_id in fitting - page.refused.get(key, set())
            if (score := _score(page, page.human(key), crm_id)).joins or score.asks
        ),
        key=lambda one: (-one[0].joins, -one[0].points, one[1]),
    )
    if not rated:
        return None
    score, crm_id = rated[0]
    clear = all(score.points - other.points >= CLEAR_LEAD for other, _ in rated[1:] if other.joins)
    return Found(crm_id, score, clear)


def _score(page: Page, human: Human, crm_id: int) -> Score:
    """Against all we know of an item: the best of its records counts, a contradiction of any of them too."""
    others = list(page.staged.get(crm_id, ()))
    if person := page.in_crm.get(crm_id):
        others.append(human_in_crm(person, page.hotel))
    if not others:
        return Score(0)
    scores = sorted((compare(human, other, page.nobodys) for other in others), key=lambda one: -one.points)
    best, seen = scores[0], {mark.what for mark in scores[0].marks}
    against = {m.what: m for one in scores[1:] for m in one.marks if m.points < 0 and m.what not in seen}
    return Score(best.points + sum(m.points for m in against.values()), (*best.marks, *against.values()))


def earlier_of(page: Page, key: str, firsts: Mapping[str, str]) -> str | None:
    """One of this page's new people who seems to be the same."""
    shared = sorted(value for value in page.evidence(key) if value in firsts)
    for earlier in dict.fromkeys(firsts[value] for value in shared):
        score = compare(page.human(key), page.human(earlier), page.nobodys)
        if score.joins or score.asks:
            return earlier
    return None


def own_contacts(hotel: Hotel) -> frozenset[str]:
    """The hotel's own phones and e-mails, as they are compared."""
    return phones_of(hotel.own_contacts, hotel.country) | emails_of(hotel.own_contacts)


def human_in_crm(person: CrmPerson, hotel: Hotel) -> Human:
    """A contact of the CRM as it is compared."""
    name = name_of(person.last_name, person.first_name, person.middle_name)
    return Human(
        name,
        phones_of(person.phones, hotel.country),
        emails_of(person.emails),
        real_birthday(person.birthday),
        gender_of("", "", name),
    )


def values_in_crm(person: CrmPerson, hotel: Hotel) -> frozenset[str]:
    """What a contact of the CRM may be found by."""
    return phones_of(person.phones, hotel.country) | emails_of(person.emails)
