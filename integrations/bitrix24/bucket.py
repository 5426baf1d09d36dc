"""The portal's counter of requests, reckoned as bad as it may be, so that nothing is learnt by being refused.

The counter goes down by Y once per second (``limits.md``), at a moment of the second that nobody tells: every moment
is reckoned with. And the portal counts a call when it arrives, we when it leaves: how uneven the way is, the
portal's own stamps tell.
"""

import math
from collections import deque
from collections.abc import Callable

TICK_S = 1.0
PHASES = 20
"""Moments of the second at which the portal may count down."""
JITTER_S = 0.25
"""How much longer one call may travel than another, until that was seen."""
LEAST_JITTER_S, MOST_JITTER_S = 0.02, 2.0
SAMPLES, SAMPLES_ENOUGH = 100, 20
LEARN_EVERY_S = 1.0
RELAPSE_S = 20.0
RECOVER_EVERY_S = 15.0
LEARN_TO = 0.4


class Way:
    """How uneven the way to the portal is: the spread between our clock at sending and its clock at arrival."""

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=SAMPLES)
        self.jitter_s = JITTER_S

    def note(self, sent_at: float, arrived_at: float) -> None:
        """Both clocks may start anywhere; only the differences between calls count."""
        if arrived_at.is_integer():  # some portals stamp whole seconds
            return
        self._seen.append(arrived_at - sent_at)
        if len(self._seen) >= SAMPLES_ENOUGH:
            spread = max(self._seen) - min(self._seen)
            self.jitter_s = min(MOST_JITTER_S, max(LEAST_JITTER_S, 1.2 * spread))


class Bucket:
    """Holds ``capacity`` calls, ``leak_per_s`` of them go away once per second."""

    def __init__(self, capacity: float, leak_per_s: float, now: Callable[[], float]) -> None:
        self.capacity = self._told_capacity = capacity
        self.leak_per_s = self._told_leak = leak_per_s
        self.way = Way()
        self._now = now
        started = now()
        self._levels = [0.0] * PHASES
        self._ticks = [started + TICK_S * (phase + 1) / PHASES for phase in range(PHASES)]
        self._sent: deque[float] = deque()
        self._learnt_at = self._relaxed_at = float("-inf")

    @property
    def tokens(self) -> float:
        """How many calls surely fit right now."""
        self._settle()
        return self.capacity - max(self._levels)

    def take(self, reserve: float = 0.0) -> bool:
        """Charge one call if it fits and ``reserve`` stays free."""
        if self.tokens < 1.0 + reserve - 1e-9:
            return False
        self._levels = [level + 1.0 for level in self._levels]
        self._sent.append(self._now())
        return True

    def delay(self, reserve: float = 0.0, ahead: int = 0) -> float:
        """Seconds until one call fits when ``ahead`` others go first."""
        self._settle()
        now, most = self._now(), self.capacity - 1.0 - reserve - ahead
        longest = 0.0
        for level, tick in zip(self._levels, self._ticks, strict=True):
            if level > most + 1e-9:
                ticks = math.ceil((level - most) / self.leak_per_s - 1e-9)
                longest = max(longest, tick - now + (ticks - 1) * TICK_S)
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
        self._settle()
        self._levels = [max(level, self.capacity) for level in self._levels]

    def _settle(self) -> None:
        """Count down all moments that have passed. Calls just sent may arrive after them."""
        now, jitter_s = self._now(), self.way.jitter_s
        for phase in range(PHASES):
            while (tick := self._ticks[phase]) <= now:
                level = self._levels[phase]
                if not level:
                    self._ticks[phase] = tick + math.floor(now - tick) + TICK_S
                    break
                late = sum(1 for sent in self._sent if tick - jitter_s < sent <= tick)
                self._levels[phase] = late + max(0.0, level - late - self.leak_per_s)
                self._ticks[phase] = tick + TICK_S
        while self._sent and self._sent[0] <= now - jitter_s:
            self._sent.popleft()
        if now - self._relaxed_at >= RECOVER_EVERY_S:
            self._recover(now)

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
