"""Reads an answer's envelope and rows: encodings as they really come, entities and bombs refused."""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError  # the class only; parsing is defusedxml's

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
FALLBACK_ENCODINGS = ("cp1251",)
"""Tried in turn when the bytes are no UTF-8, whatever the document declares."""


class NotXml(ValueError):
    """The body is HTML, cut off, malformed, or no answer of this interface."""


@dataclass(slots=True)
class Row:
    """One row's fields in their order: (name, attributes besides the name, text)."""

    fields: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    def text(self, name: str) -> str:
        """The plain field of that name, stripped; empty when it is absent."""
        for found, attributes, text in self.fields:
            if found == name and not attributes:
                return text.strip()
        return ""

    def every(self, name: str) -> Iterator[tuple[dict[str, str], str]]:
        """All fields of that name, with their attributes."""
        return ((attributes, text.strip()) for found, attributes, text in self.fields if found == name)


@dataclass(slots=True)
class Answer:
    """An answer: its status (OK, NG, IC, …), the vendor's message, and the rows."""

    status: str
    message: str
    rows: list[Row]
    encoding: str


def decode(body: bytes) -> tuple[str, str]:
    """(text, encoding). UTF-8 when the bytes are, else the first fallback that fits. NotXml when none does."""
    body = _DECLARATION.sub(b"", body.removeprefix(codecs.BOM_UTF8), count=1)
    for encoding in ("utf-8", *FALLBACK_ENCODINGS):
        try:
            return body.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise NotXml("unknown encoding")


def read(body: bytes) -> Answer:
    """Parse a whole answer. NotXml when it isn't one."""
    text, encoding = decode(body)
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype html", "<html")):
        raise NotXml("HTML instead of XML")
    answer = Answer("", "", [], encoding)
    try:
        for event, element in iterparse(io.BytesIO(text.encode()), events=("start", "end"), forbid_dtd=True):
            _take(answer, event, element)
    except (ParseError, DefusedXmlException) as fault:
        raise NotXml(f"malformed: {type(fault).__name__}") from fault
    if not answer.status:
        raise NotXml("no response element")
    return answer


def _take(answer: Answer, event: str, element: Any) -> None:
    tag = element.tag.rpartition("}")[2]
    if event == "start":
        if tag == "response":
            answer.status, answer.message = element.get("Status", ""), element.get("Message", "")
        return
    if tag == "row":
        answer.rows.append(_row(element))
        element.clear()


def _row(element: Any) -> Row:
    row = Row()
    for part in element.iter():
        if part.tag.rpartition("}")[2] == "field":
            attributes = dict(part.attrib)
            name = attributes.pop("name", "")
            row.fields.append((name, attributes, part.text or ""))
    return row
