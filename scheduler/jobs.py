"""The whole clock on one page: what happens when, for one portal."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from domain.portal import Hotel, Portal

Work = Callable[[], Awaitable[object]]
OfPortal = Callable[[int], Awaitable[object]]
"""Work for one portal, by its id."""
OrderSync = Callable[[int, Hotel, str], Awaitable[object]]
"""Orders a sync: portal id, hotel, mode (``sync``, ``full`` or ``reconcile``)."""


@dataclass(frozen=True, slots=True)
class Job:
    """One entry of the clock. ``name`` is unique within the portal; ``every_s`` bounds how long a tick counts."""

    name: str
    trigger: BaseTrigger
    work: Work
    every_s: float


RECONCILE_AFTER_MINUTES = 30
"""After the nightly run; ordered while that still goes on, it waits for its end."""


def jobs_of(
    portal: Portal, order_sync: OrderSync, tidy: Work, each_minute: Mapping[str, OfPortal]
) -> list[Job]:
    """What the clock does for a portal. What comes each minute looks itself whether something is due."""
    jobs = [Job("tidy", CronTrigger(hour=3, minute=30, timezone=portal.timezone), tidy, 3600)]
    for name, work in each_minute.items():
        jobs.append(Job(name, IntervalTrigger(minutes=1), partial(work, portal.id), 30))
    for hotel in portal.hotels:
        jobs += [
            Job(
                f"sync:{hotel.code}",
                IntervalTrigger(minutes=hotel.every_minutes, jitter=min(hotel.every_minutes * 3, 30)),
                _ordering(order_sync, portal, hotel, "sync"),
                hotel.every_minutes * 60 / 2,
            ),
            Job(f"full:{hotel.code}", _daily(hotel), _ordering(order_sync, portal, hotel, "full"), 3600),
            Job(
                f"reconcile:{hotel.code}",
                _daily(hotel, minutes=RECONCILE_AFTER_MINUTES),
                _ordering(order_sync, portal, hotel, "reconcile"),
                3600,
            ),
        ]
    return jobs


def _daily(hotel: Hotel, minutes: int = 0) -> CronTrigger:
    hour, minute = map(int, hotel.full_at.split(":"))
    hours, minute = divmod(minute + minutes, 60)
    return CronTrigger(hour=(hour + hours) % 24, minute=minute, timezone=hotel.timezone)


def _ordering(order_sync: OrderSync, portal: Portal, hotel: Hotel, mode: str) -> Work:
    async def order() -> None:
        await order_sync(portal.id, hotel, mode)

    return order
