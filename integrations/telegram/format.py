"""Our markup as Telegram's HTML, cut on safe borders. Pure: no aiogram.

Document: Bot API, "Formatting options" and the limits of ``sendMessage`` (4096) and captions (1024). Lengths count
UTF-16 units of what is shown: never less than the characters the server counts.
"""

import re
from html import escape
from urllib.parse import urlsplit

from domain.markup import tokens

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
EMPTY = "·"
"""Shown where there are no words: Telegram takes no message without text."""

_TAGS = {"q": "blockquote"}
_MENTION = re.compile(r"(?<![\w@.])@(?=[A-Za-z])")
_WORD_JOINER = "\u2060"
_BORDERS = (re.compile(r"\n+"), re.compile(r"(?<=[.!?…;])\s+"), re.compile(r"\s+"))
_CONTINUES = frozenset("\u200d\ufe0e\ufe0f")


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def to_html(markup: str) -> str:
    """Our markup as one text of Telegram HTML, however long."""
    return split(markup, 1 << 30)[0]


def split(markup: str, limit: int = TEXT_UNITS) -> list[str]:
    """Our markup as texts that show at most ``limit`` units each; at a cut tags are closed and opened again."""
    writer = _Writer(limit)
    for token in tokens(markup):
        if not token.tag:
            writer.text(token.text)
        elif token.closes:
            writer.close(token.tag)
        else:
            writer.open(token.tag, token.href)
    return writer.finish()


def is_link(url: str) -> bool:
    """Would Telegram take it for a button or a link? http(s) with a real host name."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in host and not re.search(r'[\s"<>]', url)


def _inert(text: str) -> str:
    """Words that ping nobody; control characters Telegram would refuse are gone."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "", text.replace("\r\n", "\n"))
    return _MENTION.sub("@" + _WORD_JOINER, text)


class _Writer:
    """Writes HTML with a stack of open tags. ``_shown`` counts units of what the reader will see."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._done: list[str] = []
        self._out: list[str] = []
        self._shown = 0
        self._has_words = False
        self._stack: list[tuple[str, str]] = []  # (our tag, opening HTML; empty where nothing is written)

    def open(self, tag: str, href: str) -> None:
        # Telegram refuses nested quotes, and a tag within itself means nothing
        known = tag not in (open_tag for open_tag, _ in self._stack)
        if tag == "a":
            opening = f'<a href="{escape(href)}">' if known and is_link(href) else ""
        else:
            opening = f"<{_TAGS.get(tag, tag)}>" if known else ""
        self._stack.append((tag, opening))
        self._out.append(opening)

    def close(self, tag: str) -> None:
        """Close the tag and whatever was left open inside it; an unknown closing tag is nothing."""
        if tag not in (open_tag for open_tag, _ in self._stack):
            return
        while self._stack:
            open_tag, opening = self._stack.pop()
            self._out.append(_closing(open_tag, opening))
            if open_tag == tag:
                return

    def text(self, text: str) -> None:
        text = _inert(text)
        while text:
            room = self._limit - self._shown
            if units(text) <= room:
                self._put(text)
                return
            at = _border(text, room, fresh=not self._has_words)
            self._put(text[:at].rstrip() if at else "")
            text = text[at:].lstrip("\n ") if at else text
            self._next_part()

    def finish(self) -> list[str]:
        self._out.extend(_closing(*item) for item in reversed(self._stack))
        self._stack.clear()
        self._cut()
        return self._done or [EMPTY]

    def _put(self, text: str) -> None:
        self._out.append(escape(text, quote=False))
        self._shown += units(text)
        self._has_words = self._has_words or bool(text.strip())

    def _next_part(self) -> None:
        self._out.extend(_closing(*item) for item in reversed(self._stack))
        self._cut()
        self._out.extend(opening for _, opening in self._stack)

    def _cut(self) -> None:
        if self._has_words:
            self._done.append("".join(self._out).strip("\n"))
        self._out, self._shown, self._has_words = [], 0, False


def _closing(tag: str, opening: str) -> str:
    return f"</{_TAGS.get(tag, tag)}>" if opening else ""


def _border(text: str, room: int, *, fresh: bool) -> int:
    """Where to cut so that at most ``room`` units come before: after a paragraph, a sentence, a word, else a letter.

    0 = cut before the text: there is something on the page already, and nothing of this fits well.
    """
    most = _within(text, room)
    for pattern in _BORDERS:
        found = [match.end() for match in pattern.finditer(text, 0, most)]
        # a border in the last half, else the page would be nearly empty
        if found and (found[-1] >= most // 2 or not fresh):
            return found[-1]
    if not fresh:
        return 0
    while most > 1 and (text[most] in _CONTINUES or text[most - 1] == "\u200d"):
        most -= 1
    return max(1, most)


def _within(text: str, room: int) -> int:
    """How many characters of the text fit into ``room`` units."""
    used = 0
    for index, char in enumerate(text):
        used += 2 if char > "\uffff" else 1
        if used > room:
            return index
    return len(text)
