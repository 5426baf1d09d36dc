"""A thousand portals are workable in one process: an idle one is a record, a built one some tens of kilobytes."""

import tracemalloc

from tests.sandbox.cloud_lab import lab

PORTALS = 100
MAX_BYTES_EACH = 120_000


async def test_a_portal_costs_little_memory():
    async with lab() as cloud:
        await cloud.register()
        await cloud.control("portals", {"count": 1000, "prefix": "hotel"})
        assert not cloud.cloud.built
        await cloud.control("portals/hotel-1000/install", {"post": False})
        tracemalloc.start()
        try:
            for number in range(PORTALS):
                await cloud.control(f"portals/hotel-{number + 1}/install", {"post": False})
            each = tracemalloc.get_traced_memory()[0] / PORTALS
        finally:
            tracemalloc.stop()
        assert len(cloud.cloud.built) == PORTALS + 1
        assert each < MAX_BYTES_EACH, f"{each:.0f} bytes a portal"
