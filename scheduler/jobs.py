"""The whole clock on one page: what happens when, for one portal."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from domain.portal import Hotel, Portal

Work = Callable[[], Awaitable[object]]
OfPortal = Callable[[int], Awaitable[object]]
"""Work for one portal, by its id. What it returns is false when nothing was due."""
Among = Callable[[Collection[int]], Awaitable[Collection[int]]]
"""Of many portals, in one query, those in which something may be due."""
OrderSync = Callable[[int, Hotel, str], Awaitable[object]]
"""Orders a sync: portal id, hotel, mode (``sync``, ``full`` or ``reconcile``)."""
Rest = Callable[[Portal, datetime, bool], datetime]
"""When to look again: portal, moment of this look, whether something was due."""


@dataclass(frozen=True, slots=True)
class Job:
    """One entry of the clock, done once for each of its moments. ``name`` is unique within the portal."""

    name: str
    when: BaseTrigger | timedelta
    work: Work

    def after(self, last: datetime | None, now: datetime) -> datetime:
        """The moment that is next to be seen to, in the past when it was missed a little while ago."""
        if isinstance(self.when, timedelta):
            missed = (now - last) // self.when if last is not None and last < now else 0
            return (last or now) + self.when * max(missed, 1)
        since = max(last or now, now - MISSED)
        due: datetime | None = self.when.get_next_fire_time(since, since)
        return due.astimezone(UTC) if due is not None else datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Chore:
    """What is looked at again and again and knows by the tables whether it is due."""

    name: str
    work: OfPortal
    rest: Rest
    among: Among | None = None
    """Asked each minute about the portals that rest."""


MISSED = timedelta(minutes=5)
"""A daily moment missed by no more than this (while its portal moved) is made up for."""
RECONCILE_AFTER_MINUTES = 30
"""After the nightly run; ordered while that still goes on, it waits for its end."""


def each(minutes: float) -> Rest:
    """Every so many minutes; a look that came too early is repeated soon."""

    def again(_portal: Portal, now: datetime, found: bool) -> datetime:
        return now + timedelta(minutes=minutes if found else max(minutes / 6, 1))

    return again


def idle(minutes: float) -> Rest:
    """Every so many minutes, whatever was found; in between a query over all portals tells what is due."""
    return lambda _portal, now, _found: now + timedelta(minutes=minutes)


def daily(at: str) -> Rest:
    """Each day at a time in the portal's zone."""
    return lambda portal, now, _found: _next(now, at, portal.timezone)


def each_morning(portal: Portal, now: datetime, _found: bool) -> datetime:
    """When the day's picture of a hotel is due next."""
    moments = [_next(now, hotel.morning_at, hotel.timezone) for hotel in portal.hotels if hotel.morning_at]
    return min(moments, default=now + timedelta(days=1))


RESTS: Mapping[str, Rest] = {
    "deadlines": idle(60),  # warnings, escalation, the queue card: each minute where requests are open
    "guest-cards": idle(10),  # messages that show guests are hidden: each minute where one is over
    "alerts": each(10),
    "reconcile": each(30),  # tasks and threads against our tables
    "departments": each(60),
    "audit": daily("08:30"),
    "digest": daily("09:00"),
    "morning": each_morning,
}
"""How often the looks are worth it; what isn't named here is looked at each minute."""


def chores_of(works: Mapping[str, OfPortal], among: Mapping[str, Among]) -> list[Chore]:
    """What is looked at for every portal, by name; ``among``: the looks over all portals at once."""
    return [Chore(name, work, RESTS.get(name, idle(1)), among.get(name)) for name, work in works.items()]


def jobs_of(portal: Portal, order_sync: OrderSync, tidy: Work) -> list[Job]:
    """What the clock does for a portal."""
    jobs = [Job("tidy", CronTrigger(hour=3, minute=30, timezone=portal.timezone), tidy)]
    for hotel in portal.hotels:
        jobs += [
            Job(
                f"sync:{hotel.code}",
                timedelta(minutes=hotel.every_minutes),
                _ordering(order_sync, portal, hotel, "sync"),
            ),
            Job(f"full:{hotel.code}", _nightly(hotel), _ordering(order_sync, portal, hotel, "full")),
            Job(
                f"reconcile:{hotel.code}",
                _nightly(hotel, minutes=RECONCILE_AFTER_MINUTES),
                _ordering(order_sync, portal, hotel, "reconcile"),
            ),
        ]
    return jobs


def jobs_of_the_service(tidy: Work) -> list[Job]:
    """What is done once for all portals."""
    return [Job("tidy", CronTrigger(hour=0, minute=40, timezone=UTC), tidy)]


def _nightly(hotel: Hotel, minutes: int = 0) -> CronTrigger:
    hour, minute = map(int, hotel.full_at.split(":"))
    hours, minute = divmod(minute + minutes, 60)
    return CronTrigger(hour=(hour + hours) % 24, minute=minute, timezone=hotel.timezone)


def _next(now: datetime, at: str, timezone: str) -> datetime:
    hour, minute = map(int, at.split(":"))
    due: datetime = CronTrigger(hour=hour, minute=minute, timezone=timezone).get_next_fire_time(None, now)
    return due.astimezone(UTC)


def _ordering(order_sync: OrderSync, portal: Portal, hotel: Hotel, mode: str) -> Work:
    async def order() -> None:
        await order_sync(portal.id, hotel, mode)

    return order
