"""From the bytes of a file to rows of texts by column: delimited, fixed width, XML. What can't be read says where."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError  # the class only; parsing is defusedxml's

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from integrations.fidelio.exports.column_map import Column, FileMap
from integrations.fidelio.fias.codepages import CodepageWatch

MAX_BYTES = 100 * 1024 * 1024
PAGES = ("cp1251", "cp866", "koi8-r", "cp850", "utf-8")


class BadFile(ValueError):
    """The whole file can't be read as the map says: cut off, another code page, no such columns."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: where it stood, its texts by column reference, and itself for the quarantine."""

    number: int
    texts: Mapping[Column, str]
    raw: str


def decode(body: bytes, encoding: str) -> str:
    """The text; a byte order mark wins over the setting. BadFile when the bytes aren't of that code page."""
    for mark, found in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16")):
        if body.startswith(mark):
            encoding = found
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as fault:
        raise BadFile(f"not {encoding}: byte {fault.start}") from fault
    if "\x00" in text:
        raise BadFile("zero bytes: no text file, or written by halves")
    return text


def check_page(body: bytes, encoding: str) -> None:
    """BadFile when another code page reads the words far better: single-byte pages never fail by themselves."""
    if encoding not in PAGES or body.startswith(codecs.BOM_UTF8):
        return
    words = re.findall(rb"[A-Za-z\x80-\xff]{3,}", body[: 256 * 1024])
    better = CodepageWatch(encoding).look(word for word in words if not word.isascii())
    if better:
        raise BadFile(f"looks like {better}, the map says {encoding}")


def rows(body: bytes, of: FileMap) -> Iterator[Line]:
    """The rows of a file. BadFile."""
    check_page(body, of.encoding)
    if of.format == "xml":
        yield from _xml(body, of)
        return
    text = decode(body, of.encoding)
    yield from _delimited(text, of) if of.format == "delimited" else _fixed(text, of)


def references(of: FileMap) -> list[str | int]:
    """All columns that a map asks for."""
    refs: list[str | int] = []
    for column in of.columns.values():
        refs += column if isinstance(column, tuple) else [column]
    return refs


# --- delimited -----------------------------------------------------------------------------------------------


def _delimited(text: str, of: FileMap) -> Iterator[Line]:
    source = io.StringIO(text, newline="")
    if of.quote:
        reader = csv.reader(source, delimiter=of.delimiter, quotechar=of.quote)
    else:
        reader = csv.reader(source, delimiter=of.delimiter, quoting=csv.QUOTE_NONE)
    places: dict[str | int, int] | None = None
    try:
        for cells in reader:
            if reader.line_num <= of.skip_lines or not any(cell.strip() for cell in cells):
                continue
            if of.skip and re.search(of.skip, of.delimiter.join(cells)):
                continue
            if places is None:
                places = _places(cells, of)
                if of.header:
                    width = len(cells)
                    continue
                width = len(cells)
            if len(cells) < max(places.values(), default=0) + 1 or len(cells) > width + 1:
                yield Line(reader.line_num, {}, of.delimiter.join(cells))
                continue
            texts: dict[Column, str] = {ref: cells[index].strip() for ref, index in places.items()}
            yield Line(reader.line_num, texts, of.delimiter.join(cells))
    except csv.Error as fault:
        raise BadFile(f"line {reader.line_num}: {fault}") from fault


def _places(cells: list[str], of: FileMap) -> dict[str | int, int]:
    """Where each wanted column stands. BadFile names the first that is nowhere."""
    heads = {_head(cell): index for index, cell in reversed(list(enumerate(cells)))} if of.header else {}
    found: dict[str | int, int] = {}
    for ref in references(of):
        index = ref - 1 if isinstance(ref, int) else heads.get(_head(ref))
        if index is None or index < 0:
            raise BadFile(f"no column {ref!r}")
        found[ref] = index
    return found


def _head(text: str) -> str:
    return " ".join(text.replace("\ufeff", "").split()).casefold()


# --- fixed width ---------------------------------------------------------------------------------------------


def _fixed(text: str, of: FileMap) -> Iterator[Line]:
    spans = {ref: span(str(ref)) for ref in references(of)}
    skipped = of.skip_lines + int(of.header)
    lines = text.replace("\f", "").splitlines()
    head = lines[skipped - 1].strip() if of.header and skipped <= len(lines) else None
    for number, line in enumerate(lines, start=1):
        if number <= skipped or not line.strip() or set(line.strip()) <= set("-=+| "):
            continue
        if line.strip() == head or (of.skip and re.search(of.skip, line)):  # the next page's
            continue
        yield Line(number, {ref: line[start:end].strip() for ref, (start, end) in spans.items()}, line)


def span(ref: str) -> tuple[int, int]:
    """``"1-10"``: from the first to the tenth character. BadFile."""
    found = re.fullmatch(r"(\d+)-(\d+)", ref)
    if found is None or not 0 < int(found[1]) <= int(found[2]):
        raise BadFile(f"column {ref!r}: in fixed width a column is a span like 1-10")
    return int(found[1]) - 1, int(found[2])


# --- XML -----------------------------------------------------------------------------------------------------


def _xml(body: bytes, of: FileMap) -> Iterator[Line]:
    try:
        root = fromstring(_declared(body, of.encoding), forbid_dtd=True)
    except (ParseError, DefusedXmlException) as fault:
        raise BadFile(f"malformed XML: {type(fault).__name__}") from fault
    wanted = references(of)
    number = 0
    for element in root.iter():
        if _plain(element.tag) != of.row:
            continue
        number += 1
        texts: dict[Column, str] = {ref: _at(element, str(ref)) for ref in wanted}
        yield Line(number, texts, " ".join("".join(element.itertext()).split()))
    if not number:
        raise BadFile(f"no element {of.row!r}")


def _declared(body: bytes, encoding: str) -> str:
    """The text without its declaration: what the map says counts, for declarations lie."""
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", decode(body, encoding), count=1)


def _plain(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _at(element: Any, path: str) -> str:
    """``GUEST/NAME``, ``@ID``, ``GUEST/@ID``; the first that is there, empty where none is."""
    *steps, last = path.split("/")
    for step in steps:
        element = next((one for one in element if _plain(one.tag) == step), None)
        if element is None:
            return ""
    if last.startswith("@"):
        found = {_plain(name): value for name, value in element.attrib.items()}
        return str(found.get(last[1:], "")).strip()
    child = next((one for one in element if _plain(one.tag) == last), None)
    return "" if child is None else " ".join("".join(child.itertext()).split())
