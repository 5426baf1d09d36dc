"""V8/ZIP, the interface's packed bodies: base64 of a ZIP with one entry, named Msg by the book and MSG by the server."""

import base64
import binascii
import io
import zipfile
import zlib

CONTENT_TYPE = "V8/ZIP"
ACCEPT = {"V8-supported": "Zip/Msg"}
ENTRY = "MSG"
MAX_BYTES = 256 * 2**20
"""An answer that unpacks to more is refused: nothing sane is that big, a ZIP bomb is."""


class BrokenPack(ValueError):
    """The body is no base64, no ZIP, an empty ZIP, or far too big."""


def pack(document: bytes) -> bytes:
    """A request's body."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(ENTRY, document)
    return base64.b64encode(buffer.getvalue())


def unpack(body: bytes) -> bytes:
    """The first entry, whatever its name. BrokenPack when there is none to be had."""
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(body))) as archive:
            entry = archive.infolist()[0]
            if entry.file_size > MAX_BYTES:
                raise BrokenPack("too big")
            return archive.read(entry)
    except (binascii.Error, zipfile.BadZipFile, zlib.error, IndexError, EOFError, RuntimeError) as fault:
        raise BrokenPack(type(fault).__name__) from fault
