"""A store that took over from another: new files go to the first, old ones are still found in the second."""

from collections.abc import AsyncIterator, Sequence

from domain.errors import Permanent
from domain.ports import FileStore, StoredFile


class BothFiles:
    """A FileStore over two. Used when `[files] kind` changes to ``s3`` and the folder still holds files."""

    def __init__(self, now: FileStore, before: FileStore) -> None:
        self._now = now
        self._before = before

    async def put(self, key: str, data: bytes, name: str, mime: str) -> None:
        await self._now.put(key, data, name, mime)

    async def get(self, key: str) -> bytes:
        try:
            return await self._now.get(key)
        except Permanent as fault:
            if fault.code != "file-gone":
                raise
        return await self._before.get(key)

    async def size(self, key: str) -> int | None:
        found = await self._now.size(key)
        return await self._before.size(key) if found is None else found

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        store = self._before if await self._now.size(key) is None else self._now
        async for piece in store.stream(key):
            yield piece

    async def listed(self, prefix: str) -> AsyncIterator[Sequence[StoredFile]]:
        for store in (self._now, self._before):
            async for pack in store.listed(prefix):
                yield pack

    async def delete(self, key: str) -> None:
        await self._now.delete(key)
        await self._before.delete(key)

    async def link(self, key: str, for_s: float) -> str | None:
        """Only the first may have addresses of its own."""
        return await self._now.link(key, for_s) if await self._now.size(key) is not None else None
