"""Guests made up from lists of real Russian names and a seed, and questions about them as a front desk types them.

Each question carries the number of the guest that is meant: the labelled set by which the search is judged.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import iuliia

from domain.guest_words import PET_NAMES, in_other_layout, sound, sounds_of
from domain.guests import Profile, ProfileKind
from domain.stays import Stay, StayState
from sandbox.hotel import names

TODAY = date(2026, 11, 23)
ENDINGS = ("", "", "", "", "ский", "енко", "чук", "ян", "ич", "цев", "ушкин")
STANDARDS = (
    iuliia.ICAO_DOC_9303, iuliia.GOST_779, iuliia.MOSMETRO, iuliia.WIKIPEDIA, iuliia.YANDEX_MAPS, iuliia.ALA_LC,
    iuliia.BGN_PCGN, iuliia.MVD_310_FR, iuliia.MVD_782, iuliia.TELEGRAM, iuliia.SCIENTIFIC,
)  # fmt: skip
MIDDLE = {True: "Сергеевна", False: "Сергеевич"}


@dataclass(frozen=True, slots=True)
class Guest:
    """A made guest: the profile as the PMS holds it, the name in Cyrillic, the stay if any."""

    profile: Profile
    last: str
    first: str
    female: bool
    stay: Stay | None


def guests(count: int, seed: int = 7) -> Iterator[Guest]:
    """So many guests, always the same for a seed; two of five are held in Latin capitals, as passports have them."""
    chance = random.Random(seed)
    for number in range(count):
        yield _guest(chance, number)


def _guest(chance: random.Random, number: int) -> Guest:
    female = chance.random() < 0.5
    first = chance.choice(names.FEMALE if female else names.MALE)
    last = _surname(chance, female=female)
    shown_last, shown_first = last, first
    if chance.random() < 0.4:
        standard = chance.choice((iuliia.ICAO_DOC_9303, iuliia.MVD_782, iuliia.MVD_310))
        shown_last, shown_first = standard.translate(last).upper(), standard.translate(first).upper()
    digits = f"9{chance.randrange(10**9):09d}"
    address = (
        f"{iuliia.TELEGRAM.translate(first)}.{iuliia.TELEGRAM.translate(last)}{number}@mail{number % 40}.ru"
    )
    profile = Profile(
        profile_id=str(100_000 + number),
        kind=ProfileKind.INDIVIDUAL,
        last_name=shown_last,
        first_name=shown_first,
        phones=(f"+7{digits}",),
        emails=(address.lower().replace("'", ""),),
    )
    stay = _stay(chance, number, profile) if chance.random() < 0.6 else None
    return Guest(profile, last, first, female, stay)


def _surname(chance: random.Random, *, female: bool) -> str:
    base = chance.choice(names.SURNAMES)
    ending = chance.choice(ENDINGS)
    if ending:
        stem = base.removesuffix("ов").removesuffix("ев").removesuffix("ёв").removesuffix("ин")
        last = stem + ending
        return last[:-2] + "ая" if female and last.endswith("ий") else _female(last) if female else last
    return _female(base) if female else base


def _female(last: str) -> str:
    return last + "а" if last.endswith(("ов", "ев", "ёв", "ин")) else last


def _stay(chance: random.Random, number: int, profile: Profile) -> Stay:
    arrival = TODAY + timedelta(days=chance.randrange(-700, 200))
    departure = arrival + timedelta(days=1 + chance.randrange(6))
    state = StayState.CHECKED_OUT if departure < TODAY else StayState.CONFIRMED
    if arrival <= TODAY <= departure:
        state = StayState.IN_HOUSE
    return Stay(
        reservation_id=str(9_000_000 + number),
        state=state,
        arrival=arrival,
        departure=departure,
        profile_id=profile.profile_id,
        guest_name=f"{profile.last_name} {profile.first_name}",
        confirmation=f"CRS{chance.randrange(36**5):06X}{number}",
        room=str(101 + chance.randrange(600)),
        room_type="DBL",
        adults=2,
    )


# --- questions ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the profile that is meant; ``kind`` names what is hard about it."""

    kind: str
    text: str
    profile_id: str


def questions(known: list[Guest], count: int, seed: int = 11) -> list[Asked]:
    """At least so many questions about guests who can be told apart by their names, every kind equally often."""
    chance = random.Random(seed)
    twins = Counter(frozenset((sound(one.last), sound(one.first))) for one in known)
    unique = [one for one in known if twins[frozenset((sound(one.last), sound(one.first)))] == 1]
    found: list[Asked] = []
    while len(found) < count:
        for kind, ask in KINDS.items():
            guest = chance.choice(unique)
            if kind in {"reservation", "confirmation", "room"}:
                guest = chance.choice([one for one in unique if one.stay])
            text = ask(chance, guest)
            if text:
                found.append(Asked(kind, text, guest.profile.profile_id))
    return found


def _full(_chance: random.Random, guest: Guest) -> str:
    return f"{guest.last} {guest.first}"


def _translit(chance: random.Random, guest: Guest) -> str:
    standard = chance.choice(STANDARDS)
    return f"{standard.translate(guest.last)} {standard.translate(guest.first)}"


def _back(_chance: random.Random, guest: Guest) -> str:
    """Given name first, small letters, е for ё."""
    return f"{guest.first} {guest.last}".lower().replace("ё", "е")


def slip(chance: random.Random, word: str) -> str:
    """One typing error behind the first letter: a letter missing, doubled, wrong, or two swapped."""
    if len(word) < 4:
        return word
    at = chance.randrange(1, len(word) - 1)
    letters = "абвгдеиклмнопрстуя" if not word.isascii() else "abcdefgiklmnoprstu"
    match chance.randrange(4):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + word[at] + word[at:]
        case 2:
            return word[:at] + chance.choice(letters) + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _slipped_last(chance: random.Random, guest: Guest) -> str:
    return f"{slip(chance, guest.last)} {guest.first}"


def _slipped_first(chance: random.Random, guest: Guest) -> str:
    return f"{guest.last} {slip(chance, guest.first)}"


def _slipped_latin(chance: random.Random, guest: Guest) -> str:
    last, first = _translit(chance, guest).split(" ", 1)
    return f"{first} {slip(chance, last)}"


def _pet(chance: random.Random, guest: Guest) -> str:
    pets = [pet for pet, full in PET_NAMES.items() if guest.first.lower().replace("ё", "е") in full.split()]
    return f"{chance.choice(pets)} {guest.last}" if pets else ""


def _layout(_chance: random.Random, guest: Guest) -> str:
    return in_other_layout(f"{guest.last} {guest.first}")


def _middle(_chance: random.Random, guest: Guest) -> str:
    return f"{guest.last} {guest.first} {MIDDLE[guest.female]}"


def _phone(chance: random.Random, guest: Guest) -> str:
    digits = guest.profile.phones[0].lstrip("+")
    whole = f"{digits[1:4]} {digits[4:7]}-{digits[7:9]}-{digits[9:]}"
    return chance.choice(
        (f"8 ({digits[1:4]}) {digits[4:]}", f"+7 {whole}", f"8{digits[1:]}", whole, digits[-7:])
    )


def _phone_end(chance: random.Random, guest: Guest) -> str:
    return (
        f"{guest.last} {guest.profile.phones[0][-4:]}"
        if chance.random() < 0.5
        else guest.profile.phones[0][-6:]
    )


def _email(chance: random.Random, guest: Guest) -> str:
    address = guest.profile.emails[0]
    return chance.choice((address, address.upper(), address.partition("@")[0] + "@"))


def _reservation(_chance: random.Random, guest: Guest) -> str:
    assert guest.stay is not None
    return guest.stay.reservation_id


def _confirmation(_chance: random.Random, guest: Guest) -> str:
    assert guest.stay is not None
    return guest.stay.confirmation.lower()


def _room(_chance: random.Random, guest: Guest) -> str:
    """The room counts only while the stay lives."""
    assert guest.stay is not None
    lives = guest.stay.state in {StayState.IN_HOUSE, StayState.CONFIRMED}
    return f"{guest.last} {guest.stay.room}" if lives and sounds_of(guest.last) else ""


KINDS: dict[str, Callable[[random.Random, Guest], str]] = {
    "name": _full,
    "transliterated": _translit,
    "other order, ё": _back,
    "slip in the last name": _slipped_last,
    "slip in the first name": _slipped_first,
    "transliterated, slip": _slipped_latin,
    "pet name": _pet,
    "other layout": _layout,
    "patronymic": _middle,
    "phone": _phone,
    "end of the phone": _phone_end,
    "e-mail": _email,
    "reservation": _reservation,
    "confirmation": _confirmation,
    "room": _room,
}
