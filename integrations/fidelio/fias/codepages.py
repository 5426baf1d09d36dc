"""FIAS negotiates no encoding: bytes 80-FF are whatever the hotel set. Tells when the setting is the wrong one.

Every code page of the list is tried on the names that come; letters that Russian hardly has, impossible pairs, capitals
inside words and signs inside names cost points. When another page reads the same bytes far better, that is told once.
"""

import math
from collections.abc import Iterable

ENCODINGS = ("cp1251", "cp866", "utf-8", "koi8-r", "cp850")
"""What can be set: Windows and DOS Cyrillic, UTF-8, KOI8-R, and DOS Western European."""
ENOUGH_BYTES = 60
"""Non-ASCII bytes of names before anything is said: about eight surnames."""
MARGIN, EVIDENCE = 0.3, 40.0
"""How much better (natural logarithm) another page must be: per byte, and in all."""
WINDOW_BYTES = 4000

_PER_MILLE = {
    "а": 110, "б": 16, "в": 66, "г": 18, "д": 26, "е": 75, "ё": 2, "ж": 6, "з": 14, "и": 75, "й": 12, "к": 46,
    "л": 44, "м": 29, "н": 75, "о": 83, "п": 17, "р": 50, "с": 41, "т": 37, "у": 23, "ф": 5, "х": 10, "ц": 5,
    "ч": 15, "ш": 9, "щ": 3, "ъ": 0.3, "ы": 9, "ь": 14, "э": 3, "ю": 7, "я": 25,
}  # fmt: skip
"""Letters of Russian names, roughly: the order of magnitude is what tells."""
_LOG = {letter: math.log(share / 1000) for letter, share in _PER_MILLE.items()}
_VOWELS = frozenset("аеёиоуыэюя")
_SIGNS = frozenset("ьъ")
_NEVER_BEFORE_Y = frozenset("гкхйьъщч") | _VOWELS
_SOUND = frozenset("№«»–—’“”`´")
_UNREADABLE, _SYMBOL, _STRANGE, _WESTERN = -12.0, -10.0, -7.0, -4.5
_MIXED, _IMPOSSIBLE, _CASE = -4.0, -3.0, -3.0


class CodepageWatch:
    """Collects evidence from names as they come, and says once that another code page reads them better."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._scores = dict.fromkeys((*ENCODINGS, encoding), 0.0)
        self._bytes = 0
        self._seen: set[bytes] = set()
        self._told = False

    def look(self, names: Iterable[bytes]) -> str | None:
        """Take raw names; the better encoding, the first time there is one beyond doubt."""
        if self._told:
            return None
        for name in names:
            if name.isascii() or name in self._seen:
                continue
            self._seen.add(name)
            self._bytes += sum(byte > 127 for byte in name)
            for encoding in self._scores:
                self._scores[encoding] += score(name.decode(encoding, "replace"))
        if self._bytes < ENOUGH_BYTES:
            return None
        better = self._better()
        if better is not None:
            self._told = True
        elif self._bytes > WINDOW_BYTES:
            self._scores = dict.fromkeys(self._scores, 0.0)
            self._bytes = 0
            self._seen.clear()
        return better

    def _better(self) -> str | None:
        best = max(self._scores, key=lambda encoding: self._scores[encoding])
        gain = self._scores[best] - self._scores[self._encoding]
        return best if gain > max(EVIDENCE, MARGIN * self._bytes) else None


def score(text: str) -> float:
    """How well a text reads as names of people in Russian or a Western language: 0 is best, ASCII counts nothing."""
    total = 0.0
    before = " "
    for char in text:
        if not char.isascii():
            total += _letter(char, before)
        elif char.isalpha() and _is_russian(before):
            total += _MIXED
        before = char
    return total


def _is_russian(char: str) -> bool:
    return char.lower() in _LOG


def _letter(char: str, before: str) -> float:
    if char == "\ufffd":
        return _UNREADABLE
    if char in _SOUND:
        return 0.0
    small = char.lower()
    if small in _LOG:
        return _LOG[small] + _beside(char, small, before)
    if not char.isalpha():
        return _SYMBOL
    if char <= "\u024f":  # a Western letter; two accented ones in a row are no name
        return _WESTERN + (_IMPOSSIBLE if not before.isascii() else 0.0)
    return _STRANGE


def _beside(char: str, small: str, before: str) -> float:
    """What the letter before makes less likely."""
    previous = before.lower()
    if previous.isascii() and previous.isalpha():
        return _MIXED
    cost = 0.0
    if before.islower() and char.isupper():
        cost += _CASE
    if previous not in _LOG:
        return cost + (_IMPOSSIBLE if small in _SIGNS or small == "ы" else 0.0)
    after_vowel = small in _SIGNS and (previous in _VOWELS or previous in _SIGNS or previous == "й")
    after_soft = small == "ы" and previous in _NEVER_BEFORE_Y
    if after_vowel or after_soft or (previous == "ъ" and small not in "еёюя"):
        cost += _IMPOSSIBLE
    return cost
