"""How alike two requests are told: for «Это оно» before filing, and for support's merge.

Words are folded, endings cut, filler dropped; then each word of the shorter text looks for its like in the longer
one (typing mistakes count almost in full), rare words of the trade weighing more than common ones. The threshold
is set by a table of pairs in the tests: better to miss a copy than to call two failures one.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from rapidfuzz import fuzz

THRESHOLD = 0.55
"""From here on two texts are offered as one problem."""

_ALIKE = 82.0
"""rapidfuzz's ratio from which two words are one word mistyped."""

_WORD = re.compile(r"[a-zа-я0-9]+")
_ENDING = re.compile(
    r"(?:иями|ями|ами|ого|его|ому|ему|ыми|ими|иях|ах|ях|ов|ев|ей|ой|ый|ий|ая|яя|ое|ее|ые|ие|ую|юю|ом|ем|ам|ям|"
    r"ться|тся|ется|ются|утся|ает|яет|ают|яют|ала|ало|али|ать|ить|еть|ет|ит|ут|ют|ат|ят|ла|ло|ли|ся|сь|"
    r"а|я|о|е|у|ю|ы|и|ь|й|s|ing|ed)$"
)
_FILLER_WORDS = """
    и в во на с со к ко по о об от до из за у не ни но а да же ли бы то что как это эта этот эти так уже еще
    все всё мы вы он она они я меня нас вас мне нам вам его ее их у при для или если когда где только очень можно
    нужно надо просьба прошу пожалуйста помогите здравствуйте добрый день утро вечер привет коллеги спасибо
    опять снова сегодня вчера сейчас день утра раз есть был была было были нет
    the a an is are was were be to of in on at for and or not no it this that we i you my our please hello hi
    with from can cannot can't does doesn't do don't again today yesterday since
"""
_FILLER = frozenset(_FILLER_WORDS.split())
_SYNONYMS = {
    "битрикс24": "битрикс", "bitrix24": "битрикс", "bitrix": "битрикс", "б24": "битрикс", "фиделио": "fidelio",
    "црм": "crm", "срм": "crm", "пмс": "pms", "брон": "брон", "бронирован": "брон", "резерваци": "брон",
    "бронировани": "брон", "принтер": "принтер", "printer": "принтер", "print": "печат", "печата": "печат",
    "распечат": "печат", "reservation": "брон", "booking": "брон", "arrival": "заезд", "invoice": "счет",
    "report": "отчет", "parol": "пароль", "выгруз": "выгруж", "выгружа": "выгруж", "загруз": "загруж",
    "загружа": "загруж", "обновл": "обновля", "синхронизаци": "синхрониз", "sync": "синхрониз",
}  # fmt: skip

_T = TypeVar("_T")


@lru_cache(maxsize=2048)
def words_of(text: str) -> tuple[str, ...]:
    """The telling words of a text, folded, without endings, each once."""
    folded = text.casefold().replace("ё", "е")
    kept = (_stem(word) for word in _WORD.findall(folded) if word not in _FILLER)
    return tuple(dict.fromkeys(word for word in kept if len(word) > 1))


def _stem(word: str) -> str:
    stem = word if len(word) <= 4 or word.isdigit() else _ENDING.sub("", word)
    stem = stem if len(stem) >= 3 else word
    return _SYNONYMS.get(stem, stem)


def likeness(one: str, other: str) -> float:
    """0.0 (nothing in common) to 1.0 (the same); symmetric."""
    short, long = sorted((words_of(one), words_of(other)), key=lambda found: (len(found), found))
    if not set(short) & set(long):  # not one word alike to the letter: no typing mistake makes that up
        return 0.0
    shared = sum(_weight(word) * _best(word, long) for word in short)
    of_short = shared / sum(map(_weight, short))
    of_long = min(shared / sum(map(_weight, long)), 1.0)
    # A short text inside a long one is likely the same thing told briefly, but one word alone proves nothing.
    certainty = min(len(short) / 3, 1.0)
    return certainty * (0.65 * of_short + 0.35 * of_long)


def _weight(word: str) -> float:
    return min(len(word), 8) / 8 + (0.6 if word.isdigit() else 0.2)


def _best(word: str, others: Sequence[str]) -> float:
    if word in others:
        return 1.0
    if word.isdigit() or len(word) < 4:
        return 0.0
    best = max((fuzz.ratio(word, other) for other in others if not other.isdigit()), default=0.0)
    return best / 100 if best >= _ALIKE else 0.0


def most_alike(text: str, candidates: Sequence[tuple[str, _T]], limit: int = 3) -> list[tuple[float, _T]]:
    """The candidates at or above THRESHOLD, likest first; each is (its text, whatever is to be returned)."""
    rated = [(likeness(text, words), found) for words, found in candidates]
    near = [pair for pair in rated if pair[0] >= THRESHOLD]
    return sorted(near, key=lambda pair: -pair[0])[:limit]
