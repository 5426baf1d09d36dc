"""Formatted text: Telegram's HTML reader with its exact complaints, and the entities it finds in plain text.

Follows "Formatting options" of the Bot API and the observable behaviour of the public server: offsets and
lengths count UTF-16 units, complaints count bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.errors import bad_request

Entity = dict[str, Any]

_SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS = {*_SIMPLE, "a", "pre", "code", "blockquote", "tg-emoji", "tg-time"}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
_TAG_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE_NAME = re.compile(r"[^\s=>/\"']*")
_NAME_TOKEN = re.compile(r"[0-9a-zA-Z.\-]*")
_SPACES = re.compile(r"\s*")
_PLAIN = re.compile(
    r"(?P<url>https?://[^\s<>\"]+)"
    r"|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w/@])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/])"
    r"|(?<![\w@])(?P<mention>@[A-Za-z][A-Za-z0-9_]{3,31})"
    r"|(?<![\w#])(?P<hashtag>#\w*[^\W\d]\w*)"
)


def utf16_len(text: str) -> int:
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    start: int  # index into the produced pieces, for links without href


class _HtmlReader:
    """One pass over the text; ``plain`` is what will be shown."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.plain: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            char = self.source[self.at]
            if char == "<":
                self._tag()
            elif char == "&":
                self._emit(self._reference())
            else:
                self._emit(char)
                self.at += 1
        if self.open:
            raise self._complaint(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self.plain), self.entities

    def _emit(self, text: str) -> None:
        self.plain.append(text)
        self.offset += utf16_len(text)

    def _reference(self) -> str:
        """The character a reference stands for; what is no known reference stays as written."""
        found = _REFERENCE.match(self.source, self.at)
        char = _decode(found) if found else None
        if found is None or char is None:
            self.at += 1
            return "&"
        self.at = found.end()
        return char

    def _tag(self) -> None:
        begin = self.at
        if self.source.startswith("</", begin):
            self._end_tag(begin)
        else:
            self._start_tag(begin)

    def _start_tag(self, begin: int) -> None:
        tag = self._match(_TAG_NAME, begin + 1).lower()
        if self._ended():
            raise self._complaint(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        if tag not in _TAGS:
            raise self._complaint(f'Unsupported start tag "{tag}" at byte offset {self._bytes(begin)}')
        argument = self._attributes(tag, begin)
        self.at += 1
        if tag == "span" and argument != "spoiler":
            raise self._complaint(
                f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(begin)}'
            )
        self.open.append(_Open(tag, argument, self.offset, len(self.plain)))

    def _attributes(self, tag: str, begin: int) -> str:
        """Read up to ``>``; the one argument that matters for the tag, or an empty string."""
        argument = ""
        while True:
            self._match(_SPACES, self.at)
            if self._ended():
                raise self._complaint(f'Unclosed start tag "{tag}" at byte offset {self._bytes(begin)}')
            if self.source[self.at] == ">":
                return argument
            name = self._match(_ATTRIBUTE_NAME, self.at)
            if not name:
                raise self._complaint(
                    f'Empty attribute name in the tag "{tag}" at byte offset {self._bytes(begin)}'
                )
            self._match(_SPACES, self.at)
            if not self._ended() and self.source[self.at] != "=":
                value: str | None = None
            else:
                value = self._attribute_value(tag, begin)
            argument = _argument(tag, name, value, argument)

    def _attribute_value(self, tag: str, begin: int) -> str:
        self.at += 1
        self._match(_SPACES, self.at)
        if self._ended():
            raise self._complaint(f'Unclosed start tag "{tag}" at byte offset {self._bytes(begin)}')
        quote = self.source[self.at]
        if quote not in "\"'":
            token_begin = self.at
            value = self._match(_NAME_TOKEN, self.at).lower()
            if self._ended() or not (self.source[self.at].isspace() or self.source[self.at] == ">"):
                raise self._complaint(
                    f"Unexpected end of name token at byte offset {self._bytes(token_begin)}"
                )
            return value
        self.at += 1
        parts: list[str] = []
        while not self._ended() and self.source[self.at] != quote:
            if self.source[self.at] == "&":
                parts.append(self._reference())
            else:
                parts.append(self.source[self.at])
                self.at += 1
        self.at += 1
        if self._ended():
            raise self._complaint(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        return "".join(parts)

    def _end_tag(self, begin: int) -> None:
        if not self.open:
            raise self._complaint(f"Unexpected end tag at byte offset {self._bytes(begin)}")
        found = self._match(_TAG_NAME, begin + 2).lower()
        self._match(_SPACES, self.at)
        if self._ended() or self.source[self.at] != ">":
            raise self._complaint(f"Unclosed end tag at byte offset {self._bytes(begin)}")
        self.at += 1
        opened = self.open[-1]
        if found and found != opened.tag:
            raise self._complaint(
                f"Unmatched end tag at byte offset {self._bytes(begin)}, "
                f'expected "</{opened.tag}>", found "</{found}>"'
            )
        self.open.pop()
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        place = {"offset": opened.offset, "length": self.offset - opened.offset}
        if kind := _SIMPLE.get(opened.tag):
            self.entities.append({"type": kind, **place})
        elif opened.tag == "a":
            self._close_link(opened, place)
        elif opened.tag == "pre":
            self._close_pre(place)
        elif opened.tag == "code":
            self._close_code(opened, place)
        elif opened.tag == "blockquote":
            kind = "expandable_blockquote" if opened.argument else "blockquote"
            self.entities.append({"type": kind, **place})
        elif opened.tag == "tg-emoji":
            if not opened.argument.isdigit() or int(opened.argument) == 0:
                raise self._complaint("Invalid custom emoji identifier specified")
            self.entities.append({"type": "custom_emoji", **place, "custom_emoji_id": opened.argument})

    def _close_link(self, opened: _Open, place: dict[str, int]) -> None:
        url = opened.argument or "".join(self.plain[opened.start :])
        if user := re.fullmatch(r"tg://user\?id=(\d+)", url):
            self.entities.append({"type": "text_mention", **place, "user": {"id": int(user[1])}})
        elif checked := checked_url(url):
            self.entities.append({"type": "text_link", **place, "url": checked})

    def _close_pre(self, place: dict[str, int]) -> None:
        last = self.entities[-1] if self.entities else None
        if last and last["type"] == "code" and last.get("_language") and _same(last, place):
            last.update(type="pre", language=last.pop("_language"))
        else:
            self.entities.append({"type": "pre", **place})

    def _close_code(self, opened: _Open, place: dict[str, int]) -> None:
        last = self.entities[-1] if self.entities else None
        if last and last["type"] == "pre" and opened.argument and _same(last, place):
            last["language"] = opened.argument
        else:
            self.entities.append({"type": "code", **place, "_language": opened.argument})

    def _match(self, pattern: re.Pattern[str], at: int) -> str:
        found = pattern.match(self.source, at)
        assert found is not None  # every pattern here matches the empty string
        self.at = found.end()
        return found[0]

    def _ended(self) -> bool:
        return self.at >= len(self.source)

    def _bytes(self, index: int) -> int:
        return len(self.source[:index].encode())

    def _complaint(self, what: str) -> Exception:
        return bad_request(f"can't parse entities: {what}")


def _same(entity: Entity, place: dict[str, int]) -> bool:
    return bool(entity["offset"] == place["offset"] and entity["length"] == place["length"])


def _decode(found: re.Match[str]) -> str | None:
    hexadecimal, decimal, name = found.groups()
    if name is not None:
        return _NAMED.get(name)
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code == 0 or code >= 0x10FFFF or 0xD800 <= code <= 0xDFFF or len(found[0].rstrip(";")) >= 10:
        return None
    return chr(code)


def _argument(tag: str, name: str, value: str | None, argument: str) -> str:
    """What an attribute adds to the tag's argument; unknown attributes change nothing."""
    if tag == "blockquote" and name == "expandable":
        return "1"
    if value is None:
        return argument
    match tag, name:
        case ("a", "href") | ("tg-emoji", "emoji-id") | ("tg-time", "format"):
            return value
        case ("code", "class") if value.startswith("language-"):
            return value.removeprefix("language-")
        case ("span", "class") if value.startswith("tg-"):
            return value.removeprefix("tg-")
    return argument


def checked_url(url: str) -> str | None:
    """A link Telegram would keep: http(s), tg, tonsite, or a bare host name; anything else loses its link."""
    url = url.strip()
    if re.match(r"(?i)(https?|tg|ton|tonsite)://\S+$", url):
        return url
    if re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?", url):
        return f"http://{url}"
    return None


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """``parse_mode=HTML`` → (text, entities); raises "can't parse entities: …"."""
    text, entities = _HtmlReader(source).read()
    for entity in entities:
        entity.pop("_language", None)
    return text, entities


def plain_entities(text: str) -> list[Entity]:
    """Links, commands, mentions and hashtags that Telegram marks by itself."""
    found: list[Entity] = []
    for match in _PLAIN.finditer(text):
        offset, length = utf16_len(text[: match.start()]), utf16_len(match[0])
        found.append({"type": match.lastgroup, "offset": offset, "length": length})
    return found


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """White space at both ends is not stored; entities shrink with it."""
    cut = utf16_len(text[: len(text) - len(text.lstrip())])
    text = text.strip()
    end = utf16_len(text)
    kept: list[Entity] = []
    for entity in entities:
        first = max(0, entity["offset"] - cut)
        last = min(end, entity["offset"] + entity["length"] - cut)
        if last > first:
            kept.append({**entity, "offset": first, "length": last - first})
    return text, kept


def _given(entity: Entity) -> Entity:
    """An entity of the ``entities`` parameter."""
    if not all(isinstance(entity.get(name), int) for name in ("offset", "length")) or "type" not in entity:
        raise bad_request('can\'t parse MessageEntity: field "offset" or "length" is absent')
    return dict(entity)


def format_text(source: str, parse_mode: str, given: list[Entity] | None) -> tuple[str, list[Entity]]:
    """What a message will show. Markdown modes are not played here and are refused as such."""
    mode = parse_mode.lower()
    if mode == "html":
        text, entities = parse_html(source)
    elif mode in ("", "none"):
        text, entities = source, [_given(entity) for entity in given or []]
    else:
        raise bad_request("unsupported parse_mode")
    text, entities = trim(text, entities)
    taken = [(entity["offset"], entity["offset"] + entity["length"]) for entity in entities]
    for extra in plain_entities(text):
        first, last = extra["offset"], extra["offset"] + extra["length"]
        if all(last <= begin or first >= end for begin, end in taken):
            entities.append(extra)
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return text, entities
