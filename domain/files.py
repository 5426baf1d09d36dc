"""Names of files that come from outside."""

import re

LONGEST_NAME = 120
_UNSAFE = re.compile(r"[^\w.\- ()№]+")


def safe_name(name: str) -> str:
    """A name that can stand in any store, header or page: no paths, no controls, no tags, the ending kept."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = _UNSAFE.sub("_", base).strip(" .") or "file"
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > 10:
        return clean[:LONGEST_NAME].strip(" .")
    return f"{stem[: LONGEST_NAME - 1 - len(ending)]}.{ending}"
