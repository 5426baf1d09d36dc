"""Attachments in a local folder: the default for one hotel."""

import asyncio
import re
from pathlib import Path

from domain.errors import Permanent, Temporary

_KEY = re.compile(r"[0-9]+(/[0-9]+)*")


class LocalFiles:
    """A FileStore in one folder. Keys are numbers and slashes of our own making, never a name from outside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, data: bytes) -> None:
        """Written beside and renamed, so that a file is there whole or not at all."""
        await asyncio.to_thread(self._write, self._path(key), data)

    async def get(self, key: str) -> bytes:
        """Permanent("file-gone") when it isn't there."""
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError as error:
            raise Permanent("file-gone", key) from error
        except OSError as error:
            raise Temporary("files-unavailable", type(error).__name__) from error

    async def delete(self, key: str) -> None:
        """Gone afterwards, whether it was there or not."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise Permanent("file-key", key)
        return self._folder / key

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(path.name + ".part")
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            raise Temporary("files-unavailable", type(error).__name__) from error
