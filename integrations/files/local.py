"""Attachments in a local folder: the default for one hotel."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from domain.errors import Permanent, Temporary
from domain.ports import StoredFile
from integrations.files.keys import PART, checked

PIECE = 1 << 18
PACK = 500
Found = TypeVar("Found")


class LocalFiles:
    """A FileStore in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, data: bytes, name: str, mime: str) -> None:  # noqa: ARG002
        """Written beside and renamed, so that a file is there whole or not at all, also after a power cut."""
        path = self._path(key)
        await _told(lambda: _write(path, data))

    async def get(self, key: str) -> bytes:
        """Permanent("file-gone") when it isn't there."""
        path = self._path(key)
        return await _told(path.read_bytes, key)

    async def size(self, key: str) -> int | None:
        path = self._path(key)
        return await _told(lambda: path.stat().st_size if path.is_file() else None)

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        path = self._path(key)
        file = await _told(lambda: path.open("rb"), key)
        try:
            while piece := await _told(lambda: file.read(PIECE)):
                yield piece
        finally:
            file.close()

    async def listed(self, prefix: str) -> AsyncIterator[Sequence[StoredFile]]:
        """Also halves that a killed process left (``….part``), so that they are tidied away."""
        found = await _told(lambda: list(_walk(self._folder, prefix)))
        for start in range(0, len(found), PACK):
            yield found[start : start + PACK]

    async def delete(self, key: str) -> None:
        """Gone afterwards, whether it was there or not."""
        path = self._path(key)
        await _told(lambda: path.unlink(missing_ok=True))

    async def link(self, key: str, for_s: float) -> str | None:  # noqa: ARG002
        """A folder has no address; the service hands its files out."""
        return None

    def _path(self, key: str) -> Path:
        return self._folder / checked(key)


async def _told(work: Callable[[], Found], key: str = "") -> Found:
    """Work on the disk in a thread, its faults in our words."""
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError as error:
        raise Permanent("file-gone", key) from error
    except OSError as error:
        raise Temporary("files-unavailable", type(error).__name__) from error


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + PART)
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _walk(folder: Path, prefix: str) -> list[StoredFile]:
    found = []
    for path in sorted((folder / prefix).rglob("*")):
        key = path.relative_to(folder).as_posix()
        try:
            state = path.stat()
        except FileNotFoundError:  # deleted meanwhile
            continue
        if path.is_file() and _is_key(key):
            found.append(StoredFile(key, state.st_size, datetime.fromtimestamp(state.st_mtime, UTC)))
    return found


def _is_key(key: str) -> bool:
    """What else lies in the folder isn't ours to touch."""
    try:
        checked(key)
    except Permanent:
        return False
    return True
