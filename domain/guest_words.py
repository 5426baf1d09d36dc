"""How a guest's name sounds, whatever alphabet and standard it is written in: one key for all its spellings.

Wider than `contacts.name_key`, by which guests are *joined*: here a false neighbour costs a line in a list, a missed
one costs the guest's patience. Russian passports alone have changed their transliteration four times.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz.distance import OSA

_CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщыэюяіїєґў",
        "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch i e iu ia i i e g u".split(),  # noqa: SIM905
        strict=True,
    )
) | {"ъ": "", "ь": "", "ё": "e"}
_MARKED = {
    "š": "sh",
    "č": "ch",
    "ř": "r",
    "ß": "ss",
    "ø": "o",
    "ł": "l",
    "æ": "a",
    "œ": "o",
    "đ": "d",
    "ı": "i",
}
_TABLE = str.maketrans({**_CYRILLIC, **_MARKED})
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"w", "v"),
        (r"schtsch|shch|chtch|stch|tsch|tch|sch|sh|ch|sz", "w"),  # ш щ ч: Tchernov, Scherbakov, Shcherbakov
        (r"zh", "z"),
        (r"kh", "h"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"ts|tz|tc|cz", "c"),
        (r"ck|q|c(?=[aoultr])", "k"),
        (r"x", "ks"),
        (r"gu(?=[ei])", "g"),
        (r"ou", "u"),  # Kouznetsov: French
        (r"[ijy]+o", "e"),  # Fyodor, Фёдор
        (r"[ijy]+(?=[aeu])", ""),  # Yuliya, Iuliia, Julia
        (r"[ijy]+", "i"),
        (r"(?<=[aou])e", ""),  # Mueller, Müller; Boyev, Боев
        (r"(.)\1+", r"\1"),
        (r"(?<=[^aeiou])er$", "r"),  # Alexander, Александр
    )
)
_NOT_SOUND = re.compile(r"[^a-z0-9]")
_SPLIT = re.compile(r"[^\w'’`]+|_")
_APOSTROPHES = re.compile(r"['’`]")
IDLE = frozenset(
    "mr mrs ms miss dr prof herr frau mme г-н г-жа господин госпожа ооо оао зао пао ао ип llc ltd gmbh inc".split()  # noqa: SIM905
)
"""Titles and legal forms: they find nobody."""
LONGEST_WORD = 40


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """The key of one word: «Щербакова» and SCHERBAKOVA have one. Letters of other scripts stay as they are."""
    lower = _APOSTROPHES.sub("", word.lower()).translate(_TABLE)
    if not lower.isascii():
        decomposed = unicodedata.normalize("NFKD", lower)
        lower = "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_TABLE)
    key = _NOT_SOUND.sub("", lower)
    if not key and lower:
        return "".join(char for char in lower if char.isalnum())[:LONGEST_WORD]
    for pattern, code in _SOUNDS:
        key = pattern.sub(code, key)
    return key[:LONGEST_WORD]


def unmarked(text: str) -> str:
    """Letters put together («й» pasted as и and a breve) and ties between letters taken off (I͡Ana)."""
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFC", text) if not unicodedata.combining(char))


def words_of(*texts: str) -> list[str]:
    """The words of names as written, titles and legal forms left out unless nothing else is there."""
    found = [word for text in texts for word in _SPLIT.split(unmarked(text)) if word.strip("'’`")]
    telling = [word for word in found if word.lower() not in IDLE]
    return telling or found


def sounds_of(*texts: str) -> list[str]:
    """The keys of all words, each once, in order."""
    return list(dict.fromkeys(filter(None, (sound(word) for word in words_of(*texts)))))


def spellings(word: str) -> list[str]:
    """Further keys a typed word may stand for: another standard, a pet name, the other keyboard layout."""
    low = word.lower()
    found: list[str] = []
    if "x" in low:
        found.append(sound(low.replace("x", "h")))  # Xoxlov: ГОСТ 7.79 writes х so
    if "j" in low:
        found.append(sound(low.replace("j", "zh")))  # Jukov: French passports of the nineties
    found += [sound(full) for full in PET_NAMES.get(low.replace("ё", "е"), "").split()]
    own = sound(word)
    return [one for one in dict.fromkeys(found) if one and one != own]


def in_other_layout(text: str) -> str:
    """The same keys struck in the other layout: ``bdfyjd`` is «иванов»; "" when nothing changes."""
    other = text.lower().translate(_LATIN_KEYS if text.isascii() else _CYRILLIC_KEYS)
    return other if other != text.lower() else ""


def cuts(word: str, depth: int = 1) -> set[str]:
    """The word and what is left of it without up to ``depth`` letters: words that share one are neighbours."""
    found = {word}
    edge = {word}
    for _ in range(depth):
        edge = {one[:at] + one[at + 1 :] for one in edge for at in range(len(one)) if len(one) > 1}
        found |= edge
    return found


def slips(one: str, other: str) -> int:
    """Typing errors between two keys: letters wrong, missing, added or swapped."""
    return OSA.distance(one, other)


def allowed_slips(word: str) -> int:
    """How many errors a word of this length may hold and still be meant."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


_PATRONYMIC = re.compile(
    r"(?:ович|евич|овна|евна|ична|ovich|evich|ovna|evna|ichna|yevich|yevna)$", re.IGNORECASE
)


def is_patronymic(word: str) -> bool:
    """A middle name, which PMS profiles mostly lack."""
    return len(word) > 6 and bool(_PATRONYMIC.search(word))


_LATIN_KEYS = str.maketrans("qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё")
_CYRILLIC_KEYS = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`")


def _pet_names() -> Iterator[tuple[str, str]]:
    for line in _PETS.strip().splitlines():
        full, _, pets = line.partition(":")
        for pet in pets.split():
            yield pet, full.strip()


_PETS = """
александр александра: саша шура саня сашенька
алексей: леша алеша
алена елена: лена леночка алена
анастасия: настя ася
андрей: андрюша
анна: аня анюта нюра
антон: тоша антоша
борис: боря
вадим: вадик
валентин валентина валерий валерия: валя
валерий валерия: валера лера
василий: вася
вера: верочка
виктор: витя
виктория: вика
виталий: виталик
владимир: вова володя
владислав: влад слава
вячеслав ярослав станислав: слава стас
галина: галя
геннадий: гена
георгий егор: жора гоша
григорий: гриша
даниил: даня данила
дарья: даша
дмитрий: дима митя
евгений евгения: женя
екатерина: катя катерина
елизавета: лиза
иван: ваня
игорь: гарик
илья: илюша
ирина: ира
кирилл: кирюша
константин: костя
ксения: ксюша оксана
лариса: лара
леонид: леня
любовь: люба
людмила: люда мила люся
маргарита: рита марго
мария: маша маруся
михаил: миша
надежда: надя
наталья: наташа ната
николай: коля
нина: нинель
ольга: оля
павел: паша
петр: петя
полина: поля
роман: рома
светлана: света лана
семен: сема
сергей: сережа серый
софия: соня
степан: степа
тамара: тома
татьяна: таня
тимофей: тима
федор: федя
юлия: юля
юрий: юра
яков: яша
евгений: eugene gene
александр: alex sasha
михаил: michael mike misha
николай: nicholas nick
павел: paul
андрей: andrew
екатерина: catherine katherine kate katya
иван: john ivan
елена: helen helena
юлия: julia julie
"""
PET_NAMES: dict[str, str] = {}
for _pet, _full in _pet_names():
    PET_NAMES[_pet] = f"{PET_NAMES.get(_pet, '')} {_full}".strip()
GIVEN_NAMES = frozenset(sound(name) for full in PET_NAMES.values() for name in full.split())
"""The keys of the commonest given names."""
