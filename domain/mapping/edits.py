"""Small changes to a hotel's mapping as people wrote it: one key of one table, everything else stays as it stands."""

import json
import re
import tomllib

_HEADER = re.compile(r"^\s*\[")


def with_value(text: str, table: str, key: str, value: str) -> str:
    """The text with ``key = "value"`` in ``[table]``; the table is added at the end when there is none.

    ``[contact]`` with an inline ``lastName = {…}`` counts as ``[contact.lastName]``.
    """
    lines = text.splitlines()
    start = _table(lines, table)
    said = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    if start is not None:
        end = _end(lines, start)
        place = _key(lines, start + 1, end, key)
        if place is None:
            lines.insert(start + 1, said)
        else:
            lines[place] = said
        return "\n".join(lines) + "\n"
    inline = _inline(lines, table)
    if inline is not None:
        lines[inline] = _inside(lines[inline], key, json.dumps(value, ensure_ascii=False))
        return "\n".join(lines) + "\n"
    before = text.rstrip()
    return f"{before}\n\n[{table}]\n{said}\n" if before else f"[{table}]\n{said}\n"


def without(text: str, table: str, key: str) -> str:
    """The text without that key: what the default says holds again."""
    lines = text.splitlines()
    start = _table(lines, table)
    if start is None:
        return text
    end = _end(lines, start)
    place = _key(lines, start + 1, end, key)
    if place is None:
        return text
    del lines[place]
    if not any(line.strip() and not line.lstrip().startswith("#") for line in lines[start + 1 : end - 1]):
        del lines[start]
    return "\n".join(lines).strip() + "\n" if any(lines) else ""


def own(text: str) -> dict[str, object]:
    """What the text says, unchecked; empty when it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _table(lines: list[str], table: str) -> int | None:
    wanted = re.compile(rf"^\s*\[\s*{_dotted(table)}\s*\]\s*(#.*)?$")
    return next((place for place, line in enumerate(lines) if wanted.match(line)), None)


def _dotted(table: str) -> str:
    return r"\s*\.\s*".join(rf'"?{re.escape(part)}"?' for part in table.split("."))


def _end(lines: list[str], start: int) -> int:
    return next((place for place in range(start + 1, len(lines)) if _HEADER.match(lines[place])), len(lines))


def _key(lines: list[str], start: int, end: int, key: str) -> int | None:
    wanted = re.compile(rf"^\s*{re.escape(key)}\s*=")
    return next((place for place in range(start, end) if wanted.match(lines[place])), None)


def _inline(lines: list[str], table: str) -> int | None:
    outer, _, inner = table.rpartition(".")
    start = _table(lines, outer) if outer else None
    if start is None:
        return None
    place = _key(lines, start + 1, _end(lines, start), inner)
    return place if place is not None and re.search(r"=\s*\{.*\}\s*$", lines[place]) else None


def _inside(line: str, key: str, value: str) -> str:
    told = re.compile(rf'\b{re.escape(key)}\s*=\s*("[^"]*"|[^,}}]+)')
    if told.search(line):
        return told.sub(lambda _: f"{key} = {value}", line, count=1)
    head, brace, _ = line.rpartition("}")
    comma = "" if head.rstrip().endswith("{") else ", "
    return f"{head.rstrip()}{comma}{key} = {value} {brace}"
