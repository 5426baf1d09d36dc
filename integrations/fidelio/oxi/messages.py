"""The envelope: a processing instruction names hotel, module, message and state; the answer repeats it.

Source: Oracle's HTTP communication specification for business events and the 2022 message specifications. The queue
of the PMS is ordered and stops at a message without an answer, so nothing here waits for anything.
"""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from integrations.fidelio.rows import BadRow

_LABEL = re.compile(r"<\?Label\s+([^?|]*)\|([^?|]*)\|([^?|]*)\|([^?|]*?)\s*\?>", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^>]*encoding=[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
SUCCESS, FAILED = "SUCCESS", "FAILED"


class NoLabel(Exception):
    """What came isn't an OXI message."""


@dataclass(frozen=True, slots=True)
class Label:
    """Whose message it is. ``message_id`` grows with the PMS's queue."""

    hotel: str
    module: str
    message_id: str
    state: str = "NEW"

    @property
    def key(self) -> str:
        """The same for a message sent again."""
        return f"{self.hotel}|{self.module}|{self.message_id}"

    @property
    def number(self) -> int:
        return int(self.message_id) if self.message_id.isdecimal() else 0

    def answer(self, state: str, reason: str = "") -> bytes:
        """Our reply: the label with its new state, and the result in words."""
        words = (
            f"<Result><resultStatus>{state}</resultStatus><text>{reason}</text></Result>"
            if reason
            else "<Result/>"
        )
        label = "|".join(
            re.sub(r"[^\w .:-]", "", part) for part in (self.hotel, self.module, self.message_id, state)
        )
        return f'<?xml version="1.0" encoding="UTF-8"?><?Label {label}?>{words}'.encode()


def read(body: bytes) -> tuple[Label, str]:
    """The label and the document as text. Raises NoLabel."""
    text = _decoded(body)
    found = _LABEL.search(text[:2000])
    if found is None or not found[3].strip():
        raise NoLabel
    return Label(*(part.strip() for part in found.groups())), _DECLARATION.sub("", text)


def _decoded(body: bytes) -> str:
    declared = _DECLARED.match(body.lstrip())
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    try:
        return body.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return body.decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class Node:
    """An element whose children are found by their names, whatever the namespace's version is."""

    element: Element

    def child(self, name: str) -> "Node | None":
        return next((Node(one) for one in self.element if _local(one.tag) == name), None)

    def children(self, *path: str) -> "list[Node]":
        """All elements at the end of a path."""
        found = [self]
        for name in path:
            found = [Node(one) for node in found for one in node.element if _local(one.tag) == name]
        return found

    def text(self, *path: str) -> str:
        """The words of the first element at the end of a path, one blank between words."""
        found = self.children(*path)
        return " ".join((found[0].element.text or "").split()) if found else ""

    def attribute(self, name: str) -> str:
        return next((value.strip() for key, value in self.element.attrib.items() if _local(key) == name), "")

    @property
    def name(self) -> str:
        return _local(self.element.tag)


def parse(document: str) -> Node:
    """The document's root. Raises BadRow("row-unreadable")."""
    try:
        return Node(fromstring(document))
    except (ParseError, DefusedXmlException, ValueError) as fault:
        raise BadRow("row-unreadable", "XML") from fault


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
