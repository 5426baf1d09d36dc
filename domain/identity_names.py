"""Two spellings of a name: one person's, a relative's, or another's?

Spellings are folded first (`domain.contacts.name_key`: transliteration, ё/е, case), so what is left to judge is
order, initials, diminutives, feminine forms of a family name, and typing mistakes. Distinct given names that look
alike (Александр, Александра; Мария, Марина) are never a typing mistake: relatives share phones.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

from domain.contacts import name_key


class Alike(StrEnum):
    """How two names agree, best first."""

    EQUAL = "equal"
    VARIANT = "variant"
    """a diminutive or another language's form"""
    TYPO = "typo"
    INITIAL = "initial"
    """the family name agrees, of a given name there is an initial or nothing"""
    GIVEN = "given"
    """the given name agrees, the family name doesn't: married, or somebody else"""
    FAMILY = "family"
    """relatives"""
    DIFFERENT = "different"
    UNKNOWN = "unknown"


_ORDER = {outcome: rank for rank, outcome in enumerate(Alike)}
_WHOLE = frozenset({Alike.EQUAL, Alike.VARIANT, Alike.TYPO})


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name in folded words. ``middle``: the patronymic or further given names."""

    family: tuple[str, ...] = ()
    given: str = ""
    middle: str = ""
    gender: str = ""
    """What the forms of the names tell: m, f or nothing."""

    @property
    def is_empty(self) -> bool:
        return not (self.family or self.given)


_TITLES = re.compile(
    r"\b(?:mr|mrs|ms|miss|mstr|dr|prof|herr|frau|mme|г-н|г-жа|господин|госпожа)\b\.?", re.IGNORECASE
)
_WORDS = re.compile(r"[^\W\d_]+", re.UNICODE)


@lru_cache(maxsize=65536)
def _fold(word: str) -> str:
    """Umlauts as one letter or as two are one spelling; the rest is folded already."""
    return name_key(word).replace("ae", "a").replace("oe", "o").replace("ue", "u")


def name_of(last: str, first: str, middle: str = "") -> Spelling:
    """A name from its fields; all in one field («Иванов Иван Петрович», "IVANOV/IVAN MR") is taken apart."""
    family, given = _words(last), _words(first)
    if not given and len(family) > 1:
        family, given = family[:1], family[1:]
    elif not family and len(given) > 1:
        given, family = given[:1], given[1:]
        if len(family) > 1 and _is_patronymic(family[0]):
            given, family = [*given, family[0]], family[1:]
    further = [*given[1:], *_words(middle)]
    folded = tuple(filter(None, map(_fold, family)))
    return Spelling(
        folded,
        _fold(given[0]) if given else "",
        _fold(further[0]) if further else "",
        _told_by(given[:1], further, folded),
    )


def _words(text: str) -> list[str]:
    return _WORDS.findall(_TITLES.sub(" ", text))


def _is_patronymic(word: str) -> bool:
    return word.casefold().endswith(("вич", "вна", "ична", "vich", "vna", "ichna"))


def _told_by(given: Iterable[str], further: Iterable[str], family: Iterable[str]) -> str:
    for word in further:
        if word.casefold().endswith(("вич", "vich", "кызы", "оглы")):
            return "f" if word.casefold() == "кызы" else "m"
        if word.casefold().endswith(("вна", "ична", "vna", "ichna")):
            return "f"
    for word in given:
        if known := _SEX.get(_fold(word)):
            return known
    return next((sex for word in family if (sex := _form(word)[1])), "")


def gender_of(told: str, title: str, name: Spelling) -> str:
    """m, f or nothing: as the PMS says, by the title, or by the forms of the name."""
    word = told.strip().casefold()
    if word in {"m", "male", "м", "муж", "мужской", "1"}:
        return "m"
    if word in {"f", "female", "ж", "жен", "женский", "w", "2"}:
        return "f"
    head = title.strip().casefold().rstrip(".")
    if head in {"mr", "herr", "г-н", "господин", "mstr"}:
        return "m"
    return "f" if head in {"mrs", "ms", "miss", "frau", "г-жа", "госпожа", "mme"} else name.gender


# --- comparing -----------------------------------------------------------------------------------------------


def alike_names(one: Spelling, other: Spelling) -> tuple[Alike, str]:
    """How the names agree, and the patronymics: equal, different or nothing. Field order doesn't matter."""
    if one.is_empty or other.is_empty:
        return Alike.UNKNOWN, ""
    straight = _compared((one.family, one.given), (other.family, other.given))
    turned = [_compared(a, b) for a, b in _turned(one, other)]
    found = min([straight, *(result for result in turned if result in _WHOLE)], key=_ORDER.__getitem__)
    return found, _middles(one.middle, other.middle)


_Read = tuple[tuple[str, ...], str]


def _turned(one: Spelling, other: Spelling) -> Iterable[tuple[_Read, _Read]]:
    """With the names of one of them in the wrong fields."""
    if len(one.family) == 1 and one.given:
        yield ((one.given,), one.family[0]), (other.family, other.given)
    if len(other.family) == 1 and other.given:
        yield (one.family, one.given), ((other.given,), other.family[0])


def _compared(one: _Read, other: _Read) -> Alike:
    family = _families(one[0], other[0])
    given = _given(one[1], other[1])
    if family is Alike.UNKNOWN:
        return Alike.INITIAL if given in {Alike.EQUAL, Alike.VARIANT} else given
    if family is Alike.DIFFERENT:
        return Alike.GIVEN if given in {Alike.EQUAL, Alike.VARIANT} else Alike.DIFFERENT
    if given is Alike.UNKNOWN or given is Alike.INITIAL:
        return Alike.INITIAL if family is Alike.EQUAL else Alike.DIFFERENT
    if given is Alike.DIFFERENT:
        return Alike.FAMILY if family is Alike.EQUAL else Alike.DIFFERENT
    if family is Alike.TYPO:
        return Alike.TYPO if given is not Alike.TYPO else Alike.GIVEN
    return given


def _families(one: tuple[str, ...], other: tuple[str, ...]) -> Alike:
    if not one or not other:
        return Alike.UNKNOWN
    ones, others = {_form(word)[0] for word in one}, {_form(word)[0] for word in other}
    if ones == others:
        return Alike.EQUAL
    if {word for word in ones & others if len(word) > 2}:  # a double name, once whole and once half
        return Alike.TYPO
    return Alike.TYPO if _is_typo("".join(sorted(ones)), "".join(sorted(others))) else Alike.DIFFERENT


def _given(one: str, other: str) -> Alike:
    if not one or not other:
        return Alike.UNKNOWN
    if one == other:
        return Alike.EQUAL
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return Alike.INITIAL if long.startswith(short) else Alike.DIFFERENT
    ones, others = _FORMS.get(one), _FORMS.get(other)
    if ones and others:
        return Alike.VARIANT if ones & others else Alike.DIFFERENT
    if one[:-1] == other[:-1] or long[:-1] == short:  # Евгений, Евгения; Александр, Александра
        return Alike.DIFFERENT
    return Alike.TYPO if _is_typo(one, other) else Alike.DIFFERENT


def _middles(one: str, other: str) -> str:
    if len(one) < 2 or len(other) < 2:
        return ""
    if one == other or _is_typo(one, other):
        return "equal"
    # «Петрович» and «Petrovich» fold to one; the feminine form belongs to a sister
    return "different"


def _is_typo(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    if shorter < 5:
        return False
    allowed = 2 if shorter >= 9 else 1
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed


def _form(word: str) -> tuple[str, str]:
    """A family name's stem, and whose form it is: Островская and Островский are one name."""
    if len(word) > 4:
        if word.endswith(("ova", "eva", "ina")):
            return word[:-1], "f"
        if word.endswith(("ska", "cka")):
            return word[:-1], "f"
        if word.endswith(("ski", "cki")):
            return word[:-1], "m"
        if word.endswith(("ov", "ev", "in")):
            return word, "m"
    return word, ""


# --- given names ---------------------------------------------------------------------------------------------

_MEN = """
александр саша шура алекс alexander alex aleksander sasha | алексей лёша алёша alexey alexei alexis |
анатолий толя | андрей andrew andreas | антон anton | аркадий | артём артёмий тёма artem | борис боря |
вадим | валентин валя | валерий валера valery | василий вася basil vasily | виктор витя victor |
виталий виталик | владимир вова володя vladimir | владислав влад слава | всеволод сева | вячеслав слава |
геннадий гена | георгий гоша жора george | глеб | григорий гриша gregory | даниил данила даня daniel |
денис dennis | дмитрий дима митя dmitri dmitry | евгений женя eugene | егор | иван ваня ivan | игорь |
илья илюша ilya | кирилл cyril | константин костя constantine | леонид лёня | лев лёва leo | максим макс |
марк mark | матвей matthew | михаил миша michael mikhail mike | никита | николай коля nicholas nikolay nick |
олег | павел паша paul | пётр петя peter piotr | роман рома | руслан | семён сёма simon | сергей серёжа sergey serge |
станислав стас слава | степан стёпа | тимофей тима | тимур | фёдор федя theodore | эдуард эдик | юрий юра |
ярослав слава | ян | john jon johnny | robert bob rob | william bill will | thomas tom | james jim | jack | richard |
david | hans | klaus | stefan stephan steven | juergen | pierre | jean | ali | mohammed muhammad mohamed | ahmed |
mehmet | wei | chen
"""
_WOMEN = """
александра саша шура alexandra | алёна | алина | алла | анастасия настя anastasia | анжелика | анна аня anna ann anne |
антонина тоня | валентина валя | валерия лера valeria | варвара варя barbara | вера | вероника ника veronica |
виктория вика victoria | галина галя | дарья даша daria | диана | евгения женя eugenia |
екатерина катя catherine katherine kate ekaterina | елена лена helen helena elena | елизавета лиза elizabeth |
жанна | зинаида | зоя | инна | ирина ира irene irina | карина | кира | клавдия | кристина christina |
ксения ксюша xenia | лариса лара | лидия лида | любовь люба | людмила люда мила | маргарита рита margarita margaret |
марина | мария маша mary maria marie | надежда надя | наталья наталия наташа natalie natalia nataly | нина | оксана |
ольга оля olga | полина | раиса | светлана света | софья софия соня sophia sofia | тамара |
татьяна таня tatiana tatyana | ульяна | юлия юля julia julie | яна | susan | linda | sarah sara | jane | laura | emma |
ingrid | fatima | aisha
"""


def _forms(table: str) -> dict[str, frozenset[str]]:
    """Folded form → the names it may stand for; «Слава» stands for four."""
    found: dict[str, set[str]] = {}
    for group in map(str.split, table.split("|")):
        for word in group:
            found.setdefault(_fold(word), set()).add(group[0])
    return {form: frozenset(names) for form, names in found.items()}


_MALE, _FEMALE = _forms(_MEN), _forms(_WOMEN)
_FORMS = {form: _MALE.get(form, frozenset()) | _FEMALE.get(form, frozenset()) for form in {*_MALE, *_FEMALE}}
_SEX = {form: "m" if form in _MALE else "f" for form in _FORMS if not (form in _MALE and form in _FEMALE)}
