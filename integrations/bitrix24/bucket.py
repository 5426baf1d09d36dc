"""The portal's counter of requests, reckoned as bad as it may be, so that nothing is learnt by being refused.

The counter goes down by Y once per second (``limits.md``), at a moment of the second that nobody tells: every moment
is reckoned with. And the portal counts a call when it arrives, we when it leaves: how uneven the way is, the
portal's own stamps tell.
"""

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TICK_S = 1.0
PHASES = 50
"""Moments of the second at which the portal may count down."""
JITTER_S = 0.25
"""How much longer one call may travel than another, until that was seen."""
LEAST_JITTER_S, MOST_JITTER_S = 0.03, 1.0
"""At least: the portal's moment lies between two of ours, and its stamp comes a little after its count."""
SAMPLES, SAMPLES_ENOUGH = 100, 20
SETTLED_S = 1.5
"""Ticks older than this aren't reckoned anew."""
LEARN_EVERY_S = 1.0
RELAPSE_S = 20.0
RECOVER_EVERY_S = 15.0
LEARN_TO = 0.4


class Way:
    """How uneven the way to the portal is: the spread between our clock at sending and its clock at arrival."""

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=SAMPLES)
        self.jitter_s = JITTER_S

    def note(self, way_s: float) -> None:
        """One call's way, by the portal's clock minus ours: only the differences between calls count."""
        self._seen.append(way_s)
        if len(self._seen) >= SAMPLES_ENOUGH:
            spread = max(self._seen) - min(self._seen)
            self.jitter_s = min(MOST_JITTER_S, LEAST_JITTER_S + 1.1 * spread)

    def late_s(self, way_s: float | None) -> float:
        """By how much a call may have come later than the quickest; the most where that isn't known."""
        if way_s is None or len(self._seen) < SAMPLES_ENOUGH:
            return self.jitter_s
        return min(self.jitter_s, way_s - min(self._seen) + LEAST_JITTER_S)


@dataclass(slots=True)
class Sent:
    """One call: when it left, and how long its way was once that is known."""

    at: float
    way_s: float | None = None


FEW_CALLS = 8
"""So many calls are carried along unreckoned: a poll every quarter of a minute costs nothing."""


class Bucket:
    """Holds ``capacity`` calls, ``leak_per_s`` of them go away once per second.

    For each moment of the second the level is kept as of some time ago (``_levels``, after the tick at ``_ticks``);
    what came since is reckoned anew each time, for when a call arrived is known only once it is answered.
    """

    def __init__(self, capacity: float, leak_per_s: float, now: Callable[[], float]) -> None:
        self.capacity = self._told_capacity = capacity
        self.leak_per_s = self._told_leak = leak_per_s
        self.way = Way()
        self._now = now
        started = now()
        self._levels = [0.0] * PHASES
        self._ticks = [started - TICK_S * phase / PHASES for phase in range(PHASES)]
        self._calls: deque[Sent] = deque()
        self._highest, self._reckoned_at = 0.0, started
        self._learnt_at = self._relaxed_at = float("-inf")

    @property
    def tokens(self) -> float:
        """How many calls surely fit right now."""
        return self.capacity - max(level for level, _ in self._reckoned())

    def fits(self, reserve: float = 0.0) -> bool:
        """True when a call may go and ``reserve`` stays free."""
        needed = 1.0 + reserve - 1e-9
        at_worst = self.capacity - self._highest - len(self._calls)  # nothing has leaked since the last look
        few = len(self._calls) <= FEW_CALLS and self._learnt_at == float("-inf")
        recent = few or self._now() - self._reckoned_at < SETTLED_S
        return (recent and at_worst >= needed) or self.tokens >= needed

    def take(self, reserve: float = 0.0) -> Sent | None:
        """Charge one call if it fits and ``reserve`` stays free."""
        if not self.fits(reserve):
            return None
        call = Sent(self._now())
        self._calls.append(call)
        return call

    def answered(self, call: Sent, arrived_at: float) -> None:
        """The portal's own stamp of a call's arrival."""
        if not arrived_at.is_integer():  # some portals stamp whole seconds
            call.way_s = arrived_at - call.at
            self.way.note(call.way_s)

    def delay(self, reserve: float = 0.0, ahead: int = 0) -> float:
        """Seconds until one call fits when ``ahead`` others go first."""
        now, most = self._now(), self.capacity - 1.0 - reserve - ahead
        longest = 0.0
        for level, tick in self._reckoned():
            if level > most + 1e-9:
                ticks = math.ceil((level - most) / self.leak_per_s - 1e-9)
                longest = max(longest, tick + ticks * TICK_S - now)
        return longest

    def refused(self) -> None:
        """The portal says it is full, against our reckoning: believe it, and reckon with less from now on.

        Others may share the bucket (a program at the same address). Refused again soon, they use up its leak.
        """
        now = self._now()
        if now - self._learnt_at >= LEARN_EVERY_S:
            if now - self._learnt_at < RELAPSE_S:
                self.leak_per_s = max(LEARN_TO * self._told_leak, 0.8 * self.leak_per_s)
            less = self.capacity - max(2.0, self._told_leak / 4)
            self.capacity = max(LEARN_TO * self._told_capacity, less)
            self._learnt_at = self._relaxed_at = now
        reckoned = self._reckoned()
        self._calls.clear()
        self._levels = [max(level, self.capacity) for level, _ in reckoned]
        self._highest = max(self._levels)
        self._ticks = [tick for _, tick in reckoned]

    def _reckoned(self) -> list[tuple[float, float]]:
        """Per moment of the second: the level now, and its last tick."""
        now = self._now()
        if now - self._relaxed_at >= RECOVER_EVERY_S:
            self._recover(now)
        settled = now - SETTLED_S
        calls = [(call.at, call.at + self.way.late_s(call.way_s)) for call in self._calls]
        found = []
        for phase, (level, tick) in enumerate(zip(self._levels, self._ticks, strict=True)):
            found.append(self._passed(calls, level, tick, now))
            if tick + TICK_S <= settled:
                self._levels[phase], self._ticks[phase] = self._passed(
                    calls, level, tick, settled, counted=False
                )
        oldest = min(self._ticks)
        while self._calls and self._calls[0].at <= oldest:
            self._calls.popleft()
        self._highest, self._reckoned_at = max(self._levels), now
        return found

    def _passed(
        self,
        calls: Sequence[tuple[float, float]],
        level: float,
        tick: float,
        until: float,
        *,
        counted: bool = True,
    ) -> tuple[float, float]:
        """A level and its last tick, brought up to ``until``; calls after that tick are counted too if wanted.

        ``calls``: when each left and arrives at the latest.
        """
        left = bisect_right(calls, (tick, math.inf))
        while tick + TICK_S <= until:
            if left == len(calls) and not level:
                return 0.0, tick + math.floor(until - tick) * TICK_S
            tick += TICK_S
            first, left = left, bisect_right(calls, (tick, math.inf))
            late = sum(1 for at, arrives in calls[first:left] if arrives > tick)
            level = late + max(0.0, level + left - first - late - self.leak_per_s)
        return level + (len(calls) - left if counted else 0), tick

    def _recover(self, now: float) -> None:
        """What was refused once may fit again later."""
        self._relaxed_at = now
        self.capacity = min(self._told_capacity, self.capacity + 0.02 * self._told_capacity)
        self.leak_per_s = min(self._told_leak, self.leak_per_s + 0.02 * self._told_leak)


class Flow:
    """A part of the budget that one purpose never exceeds over time: it leaks all the time."""

    def __init__(self, capacity: float, leak_per_s: float, now: Callable[[], float]) -> None:
        self.capacity = capacity
        self._leak_per_s = leak_per_s
        self._now = now
        self._level = 0.0
        self._at = now()

    @property
    def tokens(self) -> float:
        """How many calls fit right now."""
        now = self._now()
        self._level = max(0.0, self._level - (now - self._at) * self._leak_per_s)
        self._at = now
        return self.capacity - self._level

    def take(self) -> bool:
        """Charge one call if it fits."""
        if self.tokens < 1.0 - 1e-9:
            return False
        self._level += 1.0
        return True

    def delay(self) -> float:
        """Seconds until one call fits."""
        return max(0.0, (1.0 - self.tokens) / self._leak_per_s)
