"""Between our markup and Bitrix24's BB codes, both ways.

Outgoing, a word from outside can become nothing but words: every character that could begin a tag, a quote or a
command is followed or preceded by an invisible word joiner. Incoming, tags are taken out.
Document: ``chat-bots-v2/imbot.v2/messages/message-formatting.md``.
"""

import re
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from domain.markup import tokens
from integrations.bitrix24.encoding import WORD_JOINER

MESSAGE_CHARS = 20_000
"""The portal cuts longer texts off, silently."""

MAX_LINK_CHARS = 2000

_INERT = (
    (re.compile(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]"), "\n"),
    (re.compile(r"\[(?=\s*[/*]?\s*(?:[A-Za-z]|\Z))"), "[" + WORD_JOINER),
    (re.compile(r">(?=>|\Z)"), ">" + WORD_JOINER),
    (re.compile(r"---(?=-)"), "---" + WORD_JOINER),
    (re.compile(r"#(?=[A-Za-z]+#)"), "#" + WORD_JOINER),
)
_LINE_COMMAND = re.compile(r"^(?=[ \t]*/)", re.MULTILINE)


def inert(text: str) -> str:
    """Outside words that stay words in a BB text."""
    for pattern, instead in _INERT:
        text = pattern.sub(instead, text)
    return text


def bb(markup: str) -> str:
    """Our markup as one BB text, however long."""
    return "".join(split(markup, limit=1 << 30))


def split(markup: str, limit: int = MESSAGE_CHARS) -> list[str]:
    """Our markup as BB texts of at most ``limit`` characters; tags are closed and opened again at a cut."""
    writer = _Writer(limit)
    for token in tokens(markup):
        if not token.tag:
            writer.text(token.text)
        elif token.closes:
            writer.close(token.tag)
        else:
            writer.open(token.tag, token.href)
    return writer.finish()


class _Writer:
    """Writes BB with a stack of open tags, cutting at line ends where it can."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._done: list[str] = []
        self._out: list[str] = []
        self._length = 0
        self._stack: list[tuple[str, str]] = []  # (our tag, opening BB)

    def open(self, tag: str, href: str) -> None:
        if tag == "q":
            if self._out and not self._out[-1].endswith("\n"):
                self._put("\n")
            self._stack.append(("q", ""))
            self._put(">>")
            return
        opening = f"[url={_safe_url(href)}]" if tag == "a" else f"[{tag}]"
        if tag == "a" and not _safe_url(href):
            opening = ""
        self._stack.append((tag, opening))
        self._put(opening)

    def close(self, tag: str) -> None:
        """Close the tag and whatever was left open inside it; an unknown closing tag is nothing."""
        if tag not in (open_tag for open_tag, _ in self._stack):
            return
        while self._stack:
            open_tag, opening = self._stack.pop()
            self._put(_closing(open_tag, opening))
            if open_tag == tag:
                break
        if tag == "q":
            self._put("\n")

    def text(self, text: str) -> None:
        quoted = any(tag == "q" for tag, _ in self._stack)
        for line in inert(text).splitlines(keepends=True):
            self._line(line)
            if quoted and line.endswith("\n"):
                self._put(">>")

    def finish(self) -> list[str]:
        while self._stack:
            self._put(_closing(*self._stack.pop()))
        self._cut()
        return self._done or [""]

    def _line(self, line: str) -> None:
        while line:
            closings = sum(len(_closing(*item)) for item in self._stack)
            room = self._limit - self._length - closings - 2
            if len(line) <= room:
                self._put(line)
                return
            if self._worth_cutting(len(line)):
                self._next_part()
                continue
            taken = max(1, room)
            self._put(line[:taken])
            line = line[taken:]
            self._next_part()

    def _worth_cutting(self, needed: int) -> bool:
        """Begin a new part rather than split a line that would fit there whole."""
        return self._length > self._limit // 4 and needed < self._limit // 2

    def _next_part(self) -> None:
        self._out.extend(_closing(*item) for item in reversed(self._stack))
        self._cut()
        for tag, opening in self._stack:
            self._put(">>" if tag == "q" else opening)

    def _put(self, piece: str) -> None:
        self._out.append(piece)
        self._length += len(piece)

    def _cut(self) -> None:
        whole = _LINE_COMMAND.sub(WORD_JOINER, "".join(self._out)).strip("\n")
        if whole:
            self._done.append(whole)
        self._out, self._length = [], 0


def _closing(tag: str, opening: str) -> str:
    if tag == "q" or not opening:
        return ""
    return "[/url]" if tag == "a" else f"[/{tag}]"


def _safe_url(href: str) -> str:
    """An http(s) link with nothing in it that could end the tag; else nothing."""
    href = href.strip()
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(href) > MAX_LINK_CHARS:
        return ""
    before, hash_, after = quote(href, safe=":/?#@!$&'()*+,;=%~-._").partition("#")
    return before + hash_ + after.replace("#", "%23")


# --- incoming ------------------------------------------------------------------------------------------------

_PLAIN_PAIR = re.compile(
    r"\[/?(?:b|i|u|s|size|color|user|chat|context|put|send|call|code|quote|font|left|right|center|list|\*)"
    r"(?:=[^\]\n]*)?\]",
    re.IGNORECASE,
)
_URL = re.compile(r"\[url(?:=(?P<href>[^\]\n]*))?\](?P<text>.{0,4000}?)\[/url\]", re.IGNORECASE | re.DOTALL)
_IMAGE = re.compile(r"\[img(?: [^\]\n]*)?\](?P<url>.{0,4000}?)\[/img\]", re.IGNORECASE | re.DOTALL)
_ICON = re.compile(r"\[icon=[^\]\s]*(?: (?P<rest>[^\]\n]*))?\]", re.IGNORECASE)
_TITLE = re.compile(r"title=(?P<title>[^=\]]*?)(?: \w+=|$)")
_TIMESTAMP = re.compile(r"\[timestamp=(?P<unix>\d{1,12})[^\]\n]*\]", re.IGNORECASE)
_BREAK = re.compile(r"\[br\s*/?\]|#BR#", re.IGNORECASE)
_DISK = re.compile(r"\[disk=\d+\]", re.IGNORECASE)


def plain(text: str) -> str:
    """A BB text as plain words: what a person meant, links kept readable."""
    text = _BREAK.sub("\n", text)
    text = _URL.sub(_plain_link, text)
    text = _IMAGE.sub(lambda match: match["url"].strip(), text)
    text = _ICON.sub(_icon_title, text)
    text = _TIMESTAMP.sub(_moment, text)
    text = _DISK.sub("", text)
    return _PLAIN_PAIR.sub("", text).strip()


def _plain_link(match: re.Match[str]) -> str:
    href, text = (match["href"] or "").strip(), match["text"].strip()
    if not href or href == text:
        return text
    return f"{text} ({href})" if text else href


def _icon_title(match: re.Match[str]) -> str:
    title = _TITLE.search(match["rest"] or "")
    return title["title"].strip() if title else ""


def _moment(match: re.Match[str]) -> str:
    return datetime.fromtimestamp(int(match["unix"]), UTC).strftime("%d.%m.%Y %H:%M UTC")
