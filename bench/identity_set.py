"""A labelled set of pairs of guests, made from a seed: one person written twice, or two people who share something.

The noise is reception's: other transliterations, typing mistakes, pet names, initials, names in the wrong field, dates
a day off; and the traps are life's: families with one phone, namesakes, twins, agencies, secretaries, relays of booking
sites, numbers that have changed hands. It is made independently of the tables the product judges by.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

import iuliia

from domain.guests import Profile, ProfileKind

MEN = {
    "Александр": "Саша", "Алексей": "Лёша", "Андрей": "", "Антон": "", "Артём": "Тёма", "Борис": "Боря", "Вадим": "",
    "Виктор": "Витя", "Владимир": "Вова", "Геннадий": "Гена", "Григорий": "Гриша", "Даниил": "Даня", "Денис": "",
    "Дмитрий": "Дима", "Евгений": "Женя", "Егор": "", "Иван": "Ваня", "Игорь": "", "Илья": "Илюша", "Кирилл": "",
    "Константин": "Костя", "Максим": "Макс", "Михаил": "Миша", "Никита": "", "Николай": "Коля", "Олег": "",
    "Павел": "Паша", "Пётр": "Петя", "Роман": "Рома", "Сергей": "Серёжа", "Степан": "Стёпа", "Тимофей": "Тима",
    "Фёдор": "Федя", "Юрий": "Юра", "Руслан": "", "Святослав": "", "Эльдар": "", "Арсений": "Сеня", "Марат": "",
}  # fmt: skip
WOMEN = {
    "Александра": "Саша", "Алина": "", "Анастасия": "Настя", "Анна": "Аня", "Валентина": "Валя", "Вера": "",
    "Виктория": "Вика", "Галина": "Галя", "Дарья": "Даша", "Евгения": "Женя", "Екатерина": "Катя", "Елена": "Лена",
    "Елизавета": "Лиза", "Ирина": "Ира", "Карина": "", "Кристина": "", "Ксения": "Ксюша", "Лариса": "", "Любовь": "Люба",
    "Людмила": "Люда", "Маргарита": "Рита", "Марина": "", "Мария": "Маша", "Надежда": "Надя", "Наталья": "Наташа",
    "Оксана": "", "Ольга": "Оля", "Полина": "", "Светлана": "Света", "Софья": "Соня", "Татьяна": "Таня", "Юлия": "Юля",
    "Алёна": "", "Вероника": "Ника", "Гульнара": "", "Милана": "", "Регина": "", "Яна": "",
}  # fmt: skip
FAMILIES = (
    "Абрамов", "Алексеев", "Андреев", "Антонов", "Баранов", "Белов", "Богданов", "Борисов", "Васильев", "Виноградов",
    "Волков", "Воробьёв", "Гаврилов", "Герасимов", "Голубев", "Григорьев", "Гусев", "Давыдов", "Егоров", "Жуков",
    "Зайцев", "Захаров", "Иванов", "Ильин", "Калинин", "Киселёв", "Козлов", "Комаров", "Королёв", "Кузнецов", "Лебедев",
    "Макаров", "Медведев", "Мельников", "Миронов", "Морозов", "Никитин", "Новиков", "Орлов", "Павлов", "Петров",
    "Поляков", "Пономарёв", "Попов", "Родионов", "Романов", "Семёнов", "Сергеев", "Сидоров", "Смирнов", "Соболев",
    "Соловьёв", "Сорокин", "Степанов", "Тарасов", "Тимофеев", "Фёдоров", "Филиппов", "Фролов", "Цветков", "Чернов",
    "Щербаков", "Яковлев", "Островский", "Жуковский", "Чайковский", "Бондаренко", "Шевченко", "Ткачук", "Мельник", "Ким",
    "Цой", "Хуснутдинов", "Джабраилов", "Мкртчян", "Юсупов", "Щукин", "Ёлкин", "Объедков", "Подъячев",
)  # fmt: skip
FOREIGN = (
    ("Schmidt", "Hans"), ("Müller", "Jürgen"), ("Smith", "John"), ("Johnson", "Emily"), ("Dupont", "Amélie"),
    ("García", "José"), ("Rossi", "Giulia"), ("Nowak", "Łukasz"), ("Andersson", "Björn"), ("Li", "Wei"), ("Wang", "Fang"),
    ("Yılmaz", "Mehmet"), ("Kowalska", "Agnieszka"), ("Novák", "Tomáš"), ("O'Connor", "Sean"), ("van der Berg", "Pieter"),
)  # fmt: skip
SCHEMES = (
    iuliia.MOSMETRO, iuliia.ICAO_DOC_9303, iuliia.MVD_310, iuliia.MVD_782, iuliia.BGN_PCGN, iuliia.GOST_779_ALT,
    iuliia.TELEGRAM, iuliia.WIKIPEDIA, iuliia.YANDEX_MAPS,
)  # fmt: skip
CITIES = ("Москва", "Санкт-Петербург", "Казань", "Екатеринбург", "Сочи", "Новосибирск", "")
DOMAINS = ("yandex.ru", "mail.ru", "gmail.com", "inbox.ru", "bk.ru", "rambler.ru")
DUMMIES = ("no@mail.ru", "1@1.ru", "нет", "test@test.ru")
RELAYS = ("guest.booking.com", "guest.airbnb.com", "m.expediapartnercentral.com")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records; ``same``: one person; ``kind``: what makes them hard."""

    one: Profile
    other: Profile
    same: bool
    kind: str


class Maker:
    """Makes pairs; everything comes from the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self._number = 0

    # --- people -----------------------------------------------------------------------------------------

    def person(self, *, woman: bool | None = None, family: str = "", born: date | None = None) -> Profile:
        """Somebody, written carefully."""
        rng = self.rng
        self._number += 1
        if not family and woman is None and rng.random() < 0.08:
            return self._foreigner()
        woman = rng.random() < 0.5 if woman is None else woman
        given = rng.choice(list(WOMEN if woman else MEN))
        stem = family or rng.choice(FAMILIES)
        middle = ""
        if rng.random() < 0.35:
            father = rng.choice(["Петров", "Сергеев", "Андреев", "Николаев", "Иванов", "Юрьев", "Михайлов"])
            middle = " " + father + ("на" if woman else "ич")
        return Profile(
            str(self._number),
            ProfileKind.INDIVIDUAL,
            last_name=feminine(stem) if woman else stem,
            first_name=given + middle,
            gender=("F" if woman else "M") if rng.random() < 0.5 else "",
            phones=(self.phone(),),
            emails=(self.email(stem, given),) if rng.random() < 0.6 else (),
            birthday=born or (self.birthday() if rng.random() < 0.55 else None),
            city=rng.choice(CITIES),
            country="RU",
        )

    def _foreigner(self) -> Profile:
        last, first = self.rng.choice(FOREIGN)
        phone = f"+49151{self.rng.randrange(10_000_000, 99_999_999)}"
        return Profile(
            str(self._number), ProfileKind.INDIVIDUAL, last_name=last, first_name=first, phones=(phone,),
            emails=(f"{first[0].lower()}{self.rng.randrange(10_000)}@gmail.com",), birthday=self.birthday(),
            country="DE",
        )  # fmt: skip

    def phone(self) -> str:
        return f"+79{self.rng.randrange(10, 99)}{self.rng.randrange(1_000_000, 9_999_999)}"

    def email(self, family: str, given: str) -> str:
        local = latin(f"{given[0]}.{family}", iuliia.MOSMETRO).lower()
        return f"{local}{self.rng.randrange(10_000)}@{self.rng.choice(DOMAINS)}"

    def birthday(self) -> date:
        return date(1945, 1, 2) + timedelta(days=self.rng.randrange(60 * 365))

    # --- one person, written again ----------------------------------------------------------------------

    def again(self, person: Profile, *marks: str) -> Profile:
        """The same person as another receptionist typed him."""
        self._number += 1
        other = replace(person, profile_id=str(self._number))
        for mark in marks:
            other = getattr(self, f"_{mark}")(other)
        return self._careless(other)

    def _careless(self, person: Profile) -> Profile:
        """What happens to any record: fields left empty, capitals, phones in every spelling."""
        rng = self.rng
        phones = tuple(self._spelled(one) for one in person.phones)
        if rng.random() < 0.2:
            phones = (*phones, self.phone())
        emails = person.emails
        if emails and rng.random() < 0.25 and phones:
            emails = ()
        elif emails and rng.random() < 0.15:
            emails = (*emails, f"{rng.randrange(10**9)}@{rng.choice(RELAYS)}")
        last, first = person.last_name, person.first_name
        if rng.random() < 0.2:
            last, first = last.upper(), first.upper()
        if " " in first and rng.random() < 0.5:
            first = first.split()[0]
        return replace(
            person,
            last_name=last,
            first_name=first,
            phones=phones,
            emails=emails,
            birthday=person.birthday if rng.random() < 0.75 else None,
            city=person.city if rng.random() < 0.7 else "",
            gender=person.gender if rng.random() < 0.7 else "",
        )

    def _spelled(self, phone: str) -> str:
        digits = phone[2:]
        if not phone.startswith("+7"):
            return phone
        forms = (
            phone, f"8{digits}", f"8 ({digits[:3]}) {digits[3:6]}-{digits[6:8]}-{digits[8:]}", f"7{digits}",
            f"+7 {digits[:3]} {digits[3:]}", f"{phone} доб. 12",
        )  # fmt: skip
        return self.rng.choice(forms)

    def _latin(self, person: Profile) -> Profile:
        scheme = self.rng.choice(SCHEMES)
        return replace(
            person, last_name=latin(person.last_name, scheme), first_name=latin(person.first_name, scheme)
        )

    def _mistyped(self, person: Profile) -> Profile:
        return replace(person, last_name=self._typo(person.last_name))

    def _typo(self, word: str) -> str:
        rng = self.rng
        if len(word) < 4:
            return word
        at = rng.randrange(1, len(word) - 1)
        match rng.randrange(4):
            case 0:
                return word[:at] + word[at + 1 :]
            case 1:
                return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            case 2:
                return word[:at] + rng.choice("оаеинтрл") + word[at + 1 :]
            case _:
                return word[:at] + word[at] + word[at:]

    def _pet(self, person: Profile) -> Profile:
        given = person.first_name.split()[0]
        pet = {**MEN, **WOMEN}.get(given, "")
        return replace(person, first_name=pet or given)

    def _initial(self, person: Profile) -> Profile:
        return replace(person, first_name=f"{person.first_name[:1]}.")

    def _turned(self, person: Profile) -> Profile:
        return replace(person, last_name=person.first_name.split()[0], first_name=person.last_name)

    def _one_field(self, person: Profile) -> Profile:
        return replace(person, last_name=f"{person.last_name} {person.first_name}", first_name="")

    def _plain_e(self, person: Profile) -> Profile:
        return replace(
            person,
            last_name=person.last_name.replace("ё", "е").replace("Ё", "Е"),
            first_name=person.first_name.replace("ё", "е"),
        )

    def _married(self, person: Profile) -> Profile:
        return replace(person, last_name=feminine(self.rng.choice(FAMILIES)))

    def _misdated(self, person: Profile) -> Profile:
        day = person.birthday
        if day is None:
            return person
        wrong = day.replace(month=day.day, day=day.month) if day.day <= 12 else day + timedelta(days=1)
        return replace(person, birthday=wrong)

    def _moved(self, person: Profile) -> Profile:
        """A new number; the e-mail is the same, where there is one."""
        return replace(person, phones=(self.phone(),)) if person.emails else person

    def _elsewhere(self, person: Profile) -> Profile:
        """Nothing in common but the name: nobody can know."""
        return replace(person, phones=(self.phone(),), emails=())


def latin(text: str, scheme: iuliia.Schema) -> str:
    """Transliterated by one of the many schemes."""
    translated: str = scheme.translate(text)
    return translated.replace("'", "")


def feminine(family: str) -> str:
    """The form a woman bears, where the name has one."""
    if family.endswith(("ов", "ев", "ёв", "ин")):
        return family + "а"
    return family[:-2] + "ая" if family.endswith("ский") else family


# --- one person ----------------------------------------------------------------------------------------------

SAME: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("the same once more", 14, ()),
    ("transliterated", 22, ("latin",)),
    ("mistyped", 12, ("mistyped",)),
    ("mistyped and transliterated", 4, ("mistyped", "latin")),
    ("pet name", 8, ("pet",)),
    ("initial only", 6, ("initial",)),
    ("names in the wrong fields", 6, ("turned",)),
    ("all in one field", 5, ("one_field",)),
    ("ё as е", 6, ("plain_e",)),
    ("birthday mistyped", 5, ("misdated",)),
    ("new phone, same e-mail", 7, ("moved",)),
    ("nothing but the name in common", 2, ("elsewhere",)),
)


def _same(maker: Maker) -> Pair:
    kinds = [*SAME, ("married", 3.0, ("married",))]
    kind, _, marks = maker.rng.choices(kinds, weights=[one[1] for one in kinds])[0]
    person = maker.person(woman=True) if kind == "married" else maker.person()
    return Pair(person, maker.again(person, *marks), same=True, kind=kind)


# --- two people ----------------------------------------------------------------------------------------------


def _spouses(maker: Maker) -> Pair:
    """One phone or one e-mail for both, or both."""
    family = maker.rng.choice(FAMILIES)
    husband, wife = maker.person(woman=False, family=family), maker.person(woman=True, family=family)
    shared = maker.rng.random()
    if shared < 0.8:
        wife = replace(wife, phones=husband.phones)
    if shared > 0.6 and husband.emails:
        wife = replace(wife, emails=husband.emails)
    return _two(maker, husband, wife, "spouses")


def _partners(maker: Maker) -> Pair:
    one, other = maker.person(), maker.person()
    return _two(maker, one, replace(other, phones=one.phones), "a couple with two names")


def _parent(maker: Maker) -> Pair:
    """A parent and a child on the parent's phone; now and then with the same given name."""
    family, woman = maker.rng.choice(FAMILIES), maker.rng.random() < 0.5
    born = maker.birthday().replace(year=1960 + maker.rng.randrange(25))
    parent = maker.person(woman=woman, family=family, born=born)
    child = maker.person(woman=maker.rng.random() < 0.5, family=family, born=born + timedelta(days=9_500))
    if child.gender and child.gender == parent.gender and maker.rng.random() < 0.06:
        child = replace(child, first_name=parent.first_name.split()[0])
    return _two(maker, parent, replace(child, phones=parent.phones), "parent and child")


def _twins(maker: Maker) -> Pair:
    family, born = maker.rng.choice(FAMILIES), maker.birthday()
    one = other = maker.person(family=family, born=born)
    while one.first_name.split()[0] == other.first_name.split()[0]:
        other = maker.person(family=family, born=born)
    return _two(maker, one, replace(other, phones=one.phones), "twins")


_LOOKALIKES = (
    ("Мария", "Марина"), ("Евгений", "Евгения"), ("Александр", "Александра"), ("Валентин", "Валентина"),
    ("Алина", "Алена"), ("Дарья", "Дария"), ("Виктор", "Виктория"), ("Ирина", "Карина"), ("Анна", "Алла"),
    ("Илья", "Юлия"), ("Роман", "Руслан"), ("Саша", "Паша"), ("Полина", "Алина"), ("Арсен", "Арсений"),
)  # fmt: skip


def _lookalikes(maker: Maker) -> Pair:
    """Brothers and sisters whose names differ by a letter or two."""
    family = maker.rng.choice(FAMILIES)
    first, second = maker.rng.choice([pair for pair in _LOOKALIKES if pair != ("Дарья", "Дария")])
    one = replace(maker.person(woman=first in WOMEN, family=family), first_name=first, gender="")
    other = replace(maker.person(woman=second in WOMEN, family=family), first_name=second, gender="")
    return _two(maker, one, replace(other, phones=one.phones), "relatives with names alike")


def _namesakes(maker: Maker) -> Pair:
    one, other = maker.person(), maker.person()
    other = replace(other, last_name=one.last_name, first_name=one.first_name, gender=one.gender)
    return _two(maker, one, other, "namesakes")


def _dummies(maker: Maker) -> Pair:
    one = replace(maker.person(), phones=("0000000",), emails=(maker.rng.choice(DUMMIES),))
    other = replace(maker.person(), last_name=one.last_name, first_name=one.first_name, phones=one.phones)
    return _two(maker, one, replace(other, emails=one.emails), "namesakes with dummies")


def _relay(maker: Maker) -> Pair:
    relay = f"{maker.rng.randrange(10**8)}@{maker.rng.choice(RELAYS)}"
    one, other = maker.person(), maker.person()
    other = replace(other, last_name=one.last_name, first_name=one.first_name, emails=(relay,))
    return _two(maker, replace(one, emails=(relay,)), other, "namesakes behind a booking site's relay")


def _secretary(maker: Maker) -> Pair:
    """Two of an office, booked by a third."""
    one, other = maker.person(), maker.person()
    return _two(maker, one, replace(other, emails=one.emails, phones=one.phones), "booked by one secretary")


def _colleagues(maker: Maker) -> Pair:
    """One family name and one initial, the office's phone."""
    family = maker.rng.choice(FAMILIES)
    one = maker.person(woman=False, family=family)
    letter = one.first_name[0]
    others = [name for name in MEN if name[0] == letter and name != one.first_name.split()[0]]
    other = replace(
        maker.person(woman=False, family=family), first_name=maker.rng.choice(others or ["Лукьян"])
    )
    return _two(maker, one, replace(other, phones=one.phones), "colleagues with one initial")


def _changed_hands(maker: Maker) -> Pair:
    one, other = maker.person(), maker.person()
    return _two(maker, one, replace(other, phones=one.phones), "a number that changed hands")


def _two(maker: Maker, one: Profile, other: Profile, kind: str) -> Pair:
    marks = ("latin",) if maker.rng.random() < 0.25 else ()
    return Pair(one, maker.again(other, *marks), same=False, kind=kind)


def _agency(maker: Maker, size: int) -> list[Pair]:
    """Everybody whom one agency books; two namesakes among them."""
    phone, email = maker.phone(), f"booking{maker.rng.randrange(1000)}@tours.example.net"
    guests = [replace(maker.person(), phones=(phone,), emails=(email,)) for _ in range(size)]
    twin = replace(maker.person(), phones=(phone,), last_name=guests[0].last_name)
    guests.append(replace(twin, first_name=guests[0].first_name, emails=(email,)))
    return [
        Pair(one, other, same=False, kind="guests of one agency")
        for one, other in zip(guests, guests[1:] + guests[:1], strict=True)
    ]


TWO: tuple[tuple[Callable[[Maker], Pair], float], ...] = (
    (_spouses, 24), (_partners, 6), (_parent, 12), (_twins, 4), (_lookalikes, 10), (_namesakes, 12), (_dummies, 6),
    (_relay, 4), (_secretary, 5), (_colleagues, 6), (_changed_hands, 5),
)  # fmt: skip


def make(seed: int, count: int = 4000) -> list[Pair]:
    """``count`` pairs, half of them one person; the same for the same seed."""
    maker = Maker(seed)
    pairs = [_same(maker) for _ in range(count // 2)]
    while len(pairs) < count:
        if maker.rng.random() < 0.02:
            pairs += _agency(maker, maker.rng.randrange(5, 12))
        else:
            make_one = maker.rng.choices([one for one, _ in TWO], weights=[weight for _, weight in TWO])[0]
            pairs.append(make_one(maker))
    return pairs[:count]
