"""FIAS on the wire, as the IFC side writes and reads it (Oracle's FIAS 2.20): no code shared with any client."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

STX, ETX = 0x02, 0x03
MAX_BYTES = 16_384

Fields = list[tuple[str, str]]


def record(name: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """``GI|RN305|…|``; the pipe can't be escaped, so a value that has one loses it."""
    parts = [name, *(code + "".join(c for c in value if c != "|" and c >= " ") for code, value in fields)]
    return "|".join(parts) + "|"


def stamp(local: datetime) -> Fields:
    """DA and TI: the system's clock, never the business date."""
    return [("DA", local.strftime("%y%m%d")), ("TI", local.strftime("%H%M%S"))]


def framed(text: str, encoding: str) -> bytes:
    """A record as bytes; what the code page can't write becomes a question mark."""
    return bytes([STX]) + text.encode(encoding, "replace") + bytes([ETX])


class Inbox:
    """Byte by byte, as the serial drivers do it: STX begins, ETX ends, anything else outside is dropped."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._inside = False

    def feed(self, data: bytes, encoding: str) -> list[tuple[str, Fields]]:
        """Records that are complete now, with their fields in order."""
        found = []
        for byte in data:
            if byte == STX:
                self._text.clear()
                self._inside = True
            elif byte == ETX and self._inside:
                found.append(_read(self._text.decode(encoding, "replace")))
                self._inside = False
            elif self._inside:
                self._text.append(byte)
                self._inside = len(self._text) <= MAX_BYTES
        return found


def _read(text: str) -> tuple[str, Fields]:
    name, *parts = text.split("|")
    return name, [(part[:2], part[2:]) for part in parts if part]
