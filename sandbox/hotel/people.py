"""Invented people and firms, the same for the same seed, with the untidiness of a real front desk.

Russian mobile numbers lie in codes that are not assigned to any operator, foreign ones in ranges kept for fiction
where a country has one; e-mails lie in example domains, besides the aliases and dummies a PMS is full of.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from sandbox.hotel import names
from sandbox.hotel.records import AGENT, COMPANY, INDIVIDUAL, Profile

HOTEL_PHONE = "+7 495 000-01-00"
HOTEL_EMAIL = "reception@grand.example"
_DUMMY_PHONES = ("0000000", "1111111", "+70000000000", "123", "-", HOTEL_PHONE)
_DUMMY_EMAILS = ("no@mail.ru", "net@net.ru", "1@1.ru", "нет", HOTEL_EMAIL)
_ALIAS_DOMAINS = (
    "guest.booking.com", "guest.booking.com", "guest.airbnb.com", "m.expediapartnercentral.com",
    "agoda-messaging.com",
)  # fmt: skip
_MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "post.example")
_FOREIGN: dict[str, str] = {
    "GBR": "+44 7700 900###", "IRL": "+353 85 000 0###", "USA": "+1 202 555 01##", "DEU": "+49 1522 88173##",
    "ESP": "+34 612 000 ###", "FRA": "+33 6 39 98 ## ##", "ITA": "+39 320 000 0###", "POL": "+48 500 000 ###",
    "NLD": "+31 6 1200 0###", "BRA": "+55 11 90000-0###", "SWE": "+46 70 174 06 ##", "CHN": "+86 138 0000 0###",
    "CHE": "0041 79 000 0###", "AUT": "0043 660 00000##", "BEL": "0032 470 00 0###",
}  # fmt: skip
_PREFERENCES = ("QUIET", "HIGHF", "NOSMK", "FEATH", "TWIN", "EXTRA")
_NOTES = (
    "Просит тихий номер",
    "Аллергия на перо",
    "Late arrival",
    "Высокий этаж",
    "Постоянный гость ресторана",
)


class People:
    """Makes profiles one after another; everything comes from ``rng``."""

    def __init__(self, rng: Random, next_id: Callable[[], int]) -> None:
        self._rng = rng
        self._next_id = next_id

    def guest(self, country: str, created: datetime) -> Profile:
        """An individual of a country (alpha-3; empty: unknown)."""
        rng = self._rng
        first, last, gender = self._name(country)
        profile = Profile(
            id=self._next_id(),
            category=INDIVIDUAL,
            last_name=last,
            first_name=first,
            gender=gender,
            country=country,
            language=names.LANGUAGES.get(country, "EA"),
            created=created,
            updated=created,
        )
        profile.phones, profile.emails = self._phones(country), self._emails(first, last)
        profile.birthday = self._birthday(created.date()) if rng.random() < 0.6 else None
        if rng.random() < 0.4:
            self._address(profile)
        self._extras(profile)
        return profile

    def firm(self, category: int, number: int, created: datetime) -> Profile:
        """A company or an agency for one of the source data's ids."""
        rng = self._rng
        word = f"{rng.choice(names.FIRM_FIRST)} {rng.choice(names.FIRM_SECOND)}"
        name = f"Агентство «{word} {number}»" if category == AGENT else f"ООО «{word} {number}»"
        return Profile(
            id=self._next_id(),
            category=category,
            last_name=name,
            country="RUS",
            language="RU",
            phones=[f"+7 495 000-{number // 100:02d}-{number % 100:02d}"],
            emails=[f"{'booking' if category == AGENT else 'office'}{number}@firm{number}.example"],
            city=rng.choice(names.CITIES),
            created=created,
            updated=created,
            credit_status="A" if category == COMPANY and rng.random() < 0.3 else "",
        )

    def duplicate(self, original: Profile, created: datetime) -> Profile:
        """The same person typed in anew: the other alphabet, or the phone another way."""
        rng = self._rng
        cyrillic = original.last_name[:1] >= "А"
        twin = Profile(
            id=self._next_id(),
            category=INDIVIDUAL,
            last_name=names.latin(original.last_name).upper() if cyrillic else original.last_name.upper(),
            first_name=names.latin(original.first_name) if cyrillic else original.first_name,
            gender=original.gender,
            country=original.country,
            language=original.language,
            created=created,
            updated=created,
        )
        digits = "".join(char for phone in original.phones[:1] for char in phone if char.isdigit())
        twin.phones = [digits[:11]] if len(digits) >= 11 else list(original.phones)
        twin.emails = list(original.emails) if rng.random() < 0.6 else []
        return twin

    def phone(self, country: str) -> str:
        """One number, written as people write it."""
        pattern = _FOREIGN.get(country)
        if pattern is not None:
            return "".join(str(self._rng.randrange(10)) if char == "#" else char for char in pattern)
        return self._russian_phone()

    def email(self, first: str, last: str) -> str:
        """A private address in an example domain."""
        stem = names.latin(f"{first[:1]}.{last}").lower().replace(" ", "").replace("'", "")
        ascii_stem = "".join(char for char in stem if char.isascii() and (char.isalnum() or char == "."))
        return f"{ascii_stem}{self._rng.randrange(10, 99999)}@{self._rng.choice(_MAIL_DOMAINS)}"

    def _name(self, country: str) -> tuple[str, str, str]:
        rng = self._rng
        if country in names.CYRILLIC_COUNTRIES:
            woman = rng.random() < 0.5
            first = rng.choice(names.FEMALE if woman else names.MALE)
            last = rng.choice(names.SURNAMES)
            last = names.feminine(last) if woman else last
            style = rng.random()
            if style < 0.25:
                first, last = names.latin(first), names.latin(last)
            elif style < 0.3:
                first, last = names.latin(first).upper(), names.latin(last).upper()
            elif style < 0.36:
                first, last = first.replace("ё", "е"), last.replace("ё", "е")
            return first, last, "F" if woman else "M"
        firsts, lasts = names.BY_COUNTRY.get(country, names.OTHER)
        last = rng.choice(lasts.split()).replace("_", " ")
        return (
            rng.choice(firsts.split()),
            last.upper() if rng.random() < 0.1 else last,
            rng.choice("MF ").strip(),
        )

    def _phones(self, country: str) -> list[str]:
        rng = self._rng
        dice = rng.random()
        if dice < 0.12:
            return []
        if dice < 0.16:
            return [rng.choice(_DUMMY_PHONES)]
        if dice < 0.2:
            return [f"{self.phone(country)}, {self.phone(country)}"]
        if dice < 0.22:
            return [f"{self.phone(country)} доб. {rng.randrange(100, 999)}"]
        return [self.phone(country)] + ([self.phone(country)] if dice > 0.95 else [])

    def _russian_phone(self) -> str:
        number = f"{self._rng.randrange(943, 949)}{self._rng.randrange(10_000_000):07d}"
        a, b, c, d = number[:3], number[3:6], number[6:8], number[8:]
        forms = (
            f"+7 {a} {b}-{c}-{d}", f"8 ({a}) {b}-{c}-{d}", f"8{number}", f"7{number}", f"+7{number}",
            f"8-{a}-{b}-{c}-{d}", f"+7({a}){b}{c}{d}", f"{a} {b} {c} {d}",
        )  # fmt: skip
        return self._rng.choice(forms)

    def _emails(self, first: str, last: str) -> list[str]:
        rng = self._rng
        dice = rng.random()
        if dice < 0.3:
            return []
        if dice < 0.48:
            stem = names.latin(last)[:6].lower().replace(" ", "") or "g"
            return [f"{stem}.{rng.randrange(10**9)}@{rng.choice(_ALIAS_DOMAINS)}"]
        if dice < 0.52:
            return [rng.choice(_DUMMY_EMAILS)]
        first_mail = self.email(first, last)
        if dice < 0.55:
            first_mail = f" {first_mail.capitalize()} "
        return [first_mail] + ([self.email(first, last)] if dice > 0.97 else [])

    def _birthday(self, today: date) -> date:
        return today - timedelta(days=self._rng.randrange(19 * 365, 79 * 365))

    def _address(self, profile: Profile) -> None:
        rng = self._rng
        if profile.country in names.CYRILLIC_COUNTRIES:
            profile.city = rng.choice(names.CITIES)
            profile.street = f"ул. {rng.choice(names.STREETS)}, {rng.randrange(1, 99)}"
            profile.postcode = f"{rng.randrange(100, 699)}{rng.randrange(1000):03d}"
        else:
            profile.street = f"{rng.randrange(1, 300)} Example Street"
            profile.postcode = f"{rng.randrange(10000, 99999)}"

    def _extras(self, profile: Profile) -> None:
        rng = self._rng
        dice = rng.random()
        if dice < 0.02:
            profile.vip = rng.choice(("VIP1", "VIP2", "VIP3"))
        if 0.5 < dice < 0.55:
            profile.no_mailing = True
        if 0.53 < dice < 0.6:
            profile.no_emailing = True
        if dice > 0.95:
            profile.membership = f"GC{rng.randrange(10**8):08d}"
        if 0.1 < dice < 0.16:
            profile.preferences = [rng.choice(_PREFERENCES)]
        if 0.2 < dice < 0.24:
            profile.notes = rng.choice(_NOTES)
        if 0.3 < dice < 0.301:
            profile.credit_status = "B"
        if 0.7 < dice < 0.75:
            profile.title = "г-н" if profile.gender == "M" else "г-жа"
