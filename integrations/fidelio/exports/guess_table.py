"""What sort of table a text is: separated, in columns of fixed width, or XML; its header and its values."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError  # the class only; parsing is defusedxml's

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from integrations.fidelio.exports.guess_words import TARGETS, plain
from integrations.fidelio.exports.readers import BadFile

DELIMITERS = (";", "\t", "|", ",")
SAMPLE = 5000
LAST_MORE = 20
"""The last column may be longer elsewhere than in the sample."""
_RULE = set("-=+| \f")


@dataclass(slots=True)
class Table:
    """``refs`` as a map names columns, ``heads`` their headers, ``sample`` the first rows by reference."""

    format: str
    settings: dict[str, Any] = field(default_factory=dict)
    refs: list[str | int] = field(default_factory=list)
    heads: dict[str | int, str] = field(default_factory=dict)
    sample: list[dict[str | int, str]] = field(default_factory=list)

    def values(self, ref: Any) -> list[str]:
        """What stands in a column (or in several), row by row."""
        refs = ref if isinstance(ref, list) else [ref]
        return [row[one] for row in self.sample for one in refs if one in row]


def read(text: str, *, whole: bool = True) -> Table:
    """The table in a text. BadFile when there is none."""
    if text.lstrip("\ufeff \r\n\t").startswith("<"):
        return _xml(text, whole=whole)
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise BadFile("fewer than two lines")
    return _delimited(text) or _fixed(text)


# --- separated -----------------------------------------------------------------------------------------------


def _delimited(text: str) -> Table | None:
    """The separator that cuts most lines into the same number of parts; None when no one does."""
    best: tuple[float, str, list[tuple[int, list[str]]]] | None = None
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            cut = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
        except csv.Error:
            continue
        widths = Counter(len(cells) for _, cells in cut[:SAMPLE])
        width, count = widths.most_common(1)[0]
        share = count / sum(widths.values())
        if width >= 3 and share > 0.6 and (best is None or (share, width) > (best[0], len(best[2][0][1]))):
            best = (share, delimiter, [(number, cells) for number, cells in cut if len(cells) == width])
    return _separated(best[1], best[2]) if best else None


def _separated(delimiter: str, cut: Sequence[tuple[int, list[str]]]) -> Table:
    (first, head), *rest = cut
    settings: dict[str, Any] = {"delimiter": delimiter}
    has_header = _is_header(head)
    if has_header and first > 1:
        settings["skip_lines"] = first - 1
    if not has_header:
        settings["header"] = False
        rest = list(cut)
    names = [" ".join(cell.replace("\ufeff", "").split()) for cell in head]
    unique = Counter(name.casefold() for name in names)
    named = has_header and all(names)
    refs: list[str | int] = [
        name if named and unique[name.casefold()] == 1 else index for index, name in enumerate(names, start=1)
    ]
    heads = dict(zip(refs, names, strict=True)) if has_header else {}
    sample = [dict(zip(refs, (cell.strip() for cell in cells), strict=False)) for _, cells in rest[:SAMPLE]]
    return Table("delimited", settings, refs, heads, sample)


def _is_header(cells: Sequence[str]) -> bool:
    """Words we know, or at least no digits where the rows have some."""
    known = sum(plain(cell) in TARGETS for cell in cells)
    digits = sum(any(char.isdigit() for char in cell) for cell in cells)
    return known >= 2 or (known >= 1 and digits == 0)


# --- fixed width ---------------------------------------------------------------------------------------------


def _fixed(text: str) -> Table:
    """Columns are where every row has a blank before; printed reports repeat title and head on every page."""
    lines = [
        (number, line.rstrip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()
    ]
    kept = [(number, line) for number, line in lines if not set(line.strip()) <= _RULE]
    at = next((i for i, (_, line) in enumerate(kept) if _is_header(re.split(r"\s{2,}", line.strip()))), -1)
    head = kept[at][1] if at >= 0 else ""
    settings: dict[str, Any] = {} if at >= 0 else {"header": False}
    if at >= 0 and kept[at][0] > 1:
        settings["skip_lines"] = kept[at][0] - 1
    body = [line for _, line in kept[at + 1 :] if line != head]
    if title := _page_title(kept, at):
        settings["skip"] = title
        body = [line for line in body if not re.search(title, line)]
    body = body[:SAMPLE]
    if not body:
        raise BadFile("no rows below the header")
    spans = _spans(body, head)
    if len(spans) < 3:
        raise BadFile("nothing like columns in it")
    refs: list[str | int] = [f"{start + 1}-{end}" for start, end in spans]
    heads = {ref: head[start:end].strip() for ref, (start, end) in zip(refs, spans, strict=True) if head}
    sample = [
        {ref: line[start:end].strip() for ref, (start, end) in zip(refs, spans, strict=True)} for line in body
    ]
    return Table("fixed", settings, refs, heads, sample)


def _page_title(kept: Sequence[tuple[int, str]], at: int) -> str:
    """What the title of every page begins with, as a pattern; empty where the head comes once."""
    pages = [index for index, (_, line) in enumerate(kept) if at > 0 and line == kept[at][1]]
    titles = [kept[index - 1][1] for index in pages]
    if len(titles) < 2:
        return ""
    common = titles[0]
    for title in titles[1:]:
        while not title.startswith(common):
            common = common[:-1]
    pattern = re.sub(r"\d+", r"\\d+", re.escape(common.strip())).replace("\\ ", " ")
    return f"^{pattern}" if len(common.strip()) > 3 else ""


def _spans(lines: Sequence[str], head: str) -> list[tuple[int, int]]:
    """Where columns begin and end: by the header's words where there is one, else by blanks common to all rows."""
    width = max(len(line) for line in lines)
    blank = [all(index >= len(line) or line[index] == " " for line in lines) for index in range(width)]
    if head:
        starts = [start for start in _head_starts(head) if start == 0 or start > width or blank[start - 1]]
    else:
        starts = [index for index in range(width) if not blank[index] and (index == 0 or blank[index - 1])]
    ends = [*starts[1:], max(width, starts[-1]) + LAST_MORE] if starts else []
    return list(zip(starts, ends, strict=True))


def _head_starts(head: str) -> list[int]:
    """Where a header's names begin: after two blanks, or after one between two names that we know."""
    starts = []
    for piece in re.finditer(r"\S+(?: \S+)*", head):
        words = list(re.finditer(r"\S+", piece[0]))
        apart = plain(piece[0]) not in TARGETS and all(plain(word[0]) in TARGETS for word in words)
        starts += [piece.start() + word.start() for word in (words if apart else words[:1])]
    return starts


# --- XML -----------------------------------------------------------------------------------------------------


def _xml(text: str, *, whole: bool) -> Table:
    if not whole:
        raise BadFile("an XML file of this size: cut a smaller sample out of it")
    try:
        root = fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"), count=1), forbid_dtd=True)
    except (ParseError, DefusedXmlException) as fault:
        raise BadFile(f"malformed XML: {type(fault).__name__}") from fault
    counts = Counter(_name(one) for one in root.iter() if len(one) or len(one.attrib) > 1)
    counts.pop(_name(root), None)
    if not counts:
        raise BadFile("no element that comes again and again")
    most = counts.most_common(1)[0][1]
    row = next(_name(one) for one in root.iter() if counts.get(_name(one)) == most)
    sample = [_flat(one) for one in root.iter() if _name(one) == row][:SAMPLE]
    refs: list[str | int] = list(dict.fromkeys(ref for one in sample for ref in one))
    heads = {ref: str(ref).rpartition("/")[2].lstrip("@") for ref in refs}
    return Table("xml", {"row": row}, refs, heads, sample)


def _flat(element: Any, path: str = "") -> dict[str | int, str]:
    """All texts and attributes below an element, by path."""
    found: dict[str | int, str] = {f"{path}@{name}": value for name, value in element.attrib.items()}
    for child in element:
        place = f"{path}{_name(child)}"
        if len(child):
            found |= {ref: text for ref, text in _flat(child, f"{place}/").items() if ref not in found}
        else:
            found.setdefault(place, (child.text or "").strip())
            found |= {f"{place}/@{name}": value for name, value in child.attrib.items()}
    return found


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
