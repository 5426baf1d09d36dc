"""Records to look at, page by page: what differs from what the CRM confirmed, what an order names, or everything."""

from collections.abc import AsyncIterator, Sequence

from handlers.scope import Scopes
from handlers.sync.job import Job
from storage import differences
from storage.differences import Staged

KEYS_AT_ONCE = 500


class Pages:
    """``size``: records in a page."""

    def __init__(self, scopes: Scopes, size: int) -> None:
        self._scopes = scopes
        self._size = size

    async def count(self, job: Job, staged: str, *, whole: bool) -> int:
        """How many :meth:`of` would give in all."""
        if job.only is not None:
            return len(job.only.get(staged, ()))
        async with self._scopes.reading(job.portal.id) as scope:
            return await differences.count_changed(
                scope.tx, job.hotel.id, staged, job.hotel.mapping.version, whole=whole
            )

    async def of(
        self, job: Job, staged: str, keys: Sequence[str] | None, *, whole: bool
    ) -> AsyncIterator[Sequence[Staged]]:
        """Records to look at: all that differ, ``whole``: all there are; or of these ``keys`` what differs."""
        if keys is None and job.only is not None:
            keys = job.only.get(staged, ())
        if keys is not None:
            async for page in self._chosen(job, staged, keys):
                yield page
            return
        after = ""
        while True:
            async with self._scopes.reading(job.portal.id) as scope:
                page = await differences.changed(
                    scope.tx,
                    job.hotel.id,
                    staged,
                    job.hotel.mapping.version,
                    after=after,
                    limit=self._size,
                    whole=whole,
                )
            if not page:
                return
            yield page
            after = page[-1].key

    async def _chosen(self, job: Job, staged: str, keys: Sequence[str]) -> AsyncIterator[Sequence[Staged]]:
        """What differs of these records."""
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[start : start + KEYS_AT_ONCE]
            async with self._scopes.reading(job.portal.id) as scope:
                page = await differences.changed(
                    scope.tx, job.hotel.id, staged, job.hotel.mapping.version, among=some
                )
            if page:
                yield page
