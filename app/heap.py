"""Keeps the C heap small: glibc gives each thread an arena of its own, and none of ours is worth one."""

import ctypes
from contextlib import suppress

_M_ARENA_MAX = -8
"""glibc's ``malloc.h``."""
ARENAS = 2


def few_arenas() -> None:
    """Before threads begin. Elsewhere than on glibc nothing happens."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)
