"""Keys of stored files: numbers and slashes of our own making, so that no name from outside reaches a store."""

import re

from domain.errors import Permanent

PART = ".part"
"""What a local file is called until it is whole."""
_KEY = re.compile(rf"[0-9]+(/[0-9]+)*({re.escape(PART)})?")


def checked(key: str) -> str:
    """The key; Permanent("file-key") when it is none of ours."""
    if not _KEY.fullmatch(key):
        raise Permanent("file-key", key)
    return key
