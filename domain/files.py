"""Files that come from outside: names that can hurt nobody, and what a file really is, whatever it is called."""

import re
from urllib.parse import quote

LONGEST_NAME = 120
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
PROGRAM = "application/x-executable"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
SNIFFED_BYTES = 4096
"""How much of a file's beginning :func:`sniff` looks at; the end of an archive tells what is in it."""

_UNSAFE = re.compile(r"[^\w.\- ()№]+")
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", ZIP),
    (0, b"PK\x05\x06", ZIP),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"MZ", PROGRAM),
    (0, b"\x7fELF", PROGRAM),
    (0, b"{\\rtf", "application/rtf"),
)
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif"}
_OFFICE = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_MARKUP = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script|svg|iframe|\?xml)", re.IGNORECASE
)
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 27}

_ENDINGS: dict[str, tuple[str, ...]] = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jfif"),
    "image/gif": ("gif",),
    "image/bmp": ("bmp",),
    "image/tiff": ("tiff", "tif"),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "image/avif": ("avif",),
    "application/pdf": ("pdf",),
    "video/mp4": ("mp4", "m4v", "mov", "m4a", "3gp"),
    "video/webm": ("webm", "mkv"),
    "application/gzip": ("gz", "tgz"),
    "application/x-7z-compressed": ("7z",),
    "application/vnd.rar": ("rar",),
    _OFFICE[0][1]: ("docx", "docm", "dotx"),
    _OFFICE[1][1]: ("xlsx", "xlsm", "xltx"),
    _OFFICE[2][1]: ("pptx", "pptm"),
}
"""The endings a type may go by, the usual one first. A type that isn't here says too little to doubt a name."""
_CLAIMED = frozenset(one for some in _ENDINGS.values() for one in some) - {"gz", "tgz"}


def safe_name(name: str) -> str:
    """A name that can stand in any store, header or page: no paths, no controls, no tags, the ending kept."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = _UNSAFE.sub("_", base).strip(" .") or "file"
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > 10:
        return clean[:LONGEST_NAME].strip(" .")
    return f"{stem[: LONGEST_NAME - 1 - len(ending)]}.{ending}"


def sniff(data: bytes) -> str:
    """The type of a file by its content alone; ``application/octet-stream`` where that doesn't tell."""
    head = data[:SNIFFED_BYTES]
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    found = next((mime for at, mark, mime in _SIGNATURES if head[at : at + len(mark)] == mark), "")
    if found == ZIP:
        return next((mime for mark, mime in _OFFICE if mark in head or mark in data[-SNIFFED_BYTES:]), ZIP)
    if found:
        return found
    if _MARKUP.match(head):
        return "text/html"
    return TEXT if _reads_as_text(head) else UNKNOWN


def _reads_as_text(head: bytes) -> bool:
    """UTF-8 (cut anywhere), or bytes of a one-byte code page such as Windows-1251: no control characters."""
    if not head:
        return False
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    return not _CONTROLS & set(head)


def true_name(name: str, mime: str) -> str:
    """A safe name whose ending doesn't lie about the content: ``фото.png`` that is a PDF becomes ``фото.png.pdf``.

    A program that calls itself a picture or a document becomes ``….bin``, which nothing starts by a double click.
    """
    clean = safe_name(name)
    ending = clean.rpartition(".")[2].casefold() if "." in clean else ""
    if mime == PROGRAM:
        return safe_name(f"{clean}.bin") if ending in _CLAIMED or not ending else clean
    right = _ENDINGS.get(mime)
    if right is None or ending in right:
        return clean
    if ending and ending not in _CLAIMED:
        return clean  # a log called screen.1 or a table called report.dat is what its sender calls it
    return safe_name(f"{clean[: LONGEST_NAME - 6]}.{right[0]}")


def inert_type(mime: str) -> str:
    """The type under which a file may be handed out by a web server of ours: never one that a browser would run."""
    kind = mime.partition("/")[0]
    if kind in {"image", "audio", "video"} and "svg" not in mime:
        return mime
    if mime in _ENDINGS:
        return mime
    return TEXT if kind == "text" else UNKNOWN


def disposition(name: str) -> str:
    """A Content-Disposition that saves instead of showing; the name in both spellings of RFC 6266."""
    plain = "".join(one if one.isascii() and one not in '"\\%' else "_" for one in safe_name(name))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe_name(name), safe='')}"
