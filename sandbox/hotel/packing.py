"""V8/ZIP: the body is base64 of a ZIP with one entry, independent in each direction."""

from __future__ import annotations

import base64
import binascii
import io
import zipfile

CONTENT_TYPE = "V8/ZIP"
HEADER = "V8-supported"


class BrokenPack(Exception):
    """Not base64, or not a ZIP with an entry."""


def pack(body: bytes, entry: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        archive.writestr(entry, body)
    return base64.b64encode(buffer.getvalue())


def unpack(body: bytes) -> bytes:
    """The first entry, whatever its name."""
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(body, validate=False))) as archive:
            return archive.read(archive.namelist()[0])
    except (binascii.Error, zipfile.BadZipFile, IndexError, ValueError) as error:
        raise BrokenPack(str(error)) from error
