"""The meter of method time: the portal gives each method about 480 s of work per ten minutes, then blocks it.

Every answer may tell how much is used (``time.operating``) and when the oldest minute leaves
(``time.operating_reset_at``); both keys may be missing. Packs are planned so that they fit into what is left; other
calls rest at 90 %. The first call after a rest goes alone and shows whether there is room again. A portal that
allows less than documented is believed when it says so. Document: ``limits.md``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from integrations.bitrix24.decoder import Timing

LIMIT_S = 480.0
PAUSE_AT = 0.9
FULL = 0.985
"""How far packs go whose time is reckoned before they are sent."""
UNKNOWN_REST_S = 60.0
"""One basket of the meter: how long to rest when the portal doesn't tell."""
LONGEST_REST_S = 600.0
PROBE_STEP_S = 0.25
TARGET_PACK_S = 15.0
"""A pack of commands should stay well under the 60 s a request may take."""
FRESH_S = 120.0
FORGIVE = 1.002
"""After each rest a learnt limit is tried a little higher: one unlucky refusal is forgotten in days."""


@dataclass(slots=True)
class _Method:
    limit_s: float
    used_s: float = 0.0
    told_at: float = float("-inf")  # our clock
    stamp: float = float("-inf")  # the portal's clock
    resets_at: float = float("-inf")  # our clock
    command_s: float | None = None  # moving average of one command's time
    planned: int = 0  # commands of packs on their way
    packed: bool = False
    rests_until: float = float("-inf")
    resting: bool = False
    probing: bool = False
    blocks: int = 0

    @property
    def cost_s(self) -> float:
        return self.command_s or 0.0

    @property
    def room_s(self) -> float:
        return FULL * self.limit_s - self.used_s


class OperatingMeter:
    """Per method of one webhook or app. ``now`` is monotonic."""

    def __init__(self, now: Callable[[], float], limit_s: float = LIMIT_S) -> None:
        self._now = now
        self._limit_s = limit_s
        self._methods: dict[str, _Method] = {}

    def note(self, method: str, timing: Timing) -> None:
        """Learn from one answer, or from one command's ``result_time`` inside a batch."""
        state, now = self._state(method), self._now()
        state.probing = False
        if timing.duration_s is not None:
            old = state.command_s
            state.command_s = timing.duration_s if old is None else old + 0.2 * (timing.duration_s - old)
        stamp = now if timing.started_at is None else timing.started_at + (timing.duration_s or 0.0)
        if timing.operating_s is None or (timing.started_at is not None and stamp < state.stamp):
            return  # an older answer that came later
        state.stamp, state.told_at = stamp, now
        state.resets_at = now + _rest(timing)
        state.used_s = timing.operating_s
        if state.rests_until > now:
            return  # it was executed before the refusal that others heard
        state.blocks = 0
        full = state.room_s < state.cost_s if state.packed else state.used_s >= PAUSE_AT * state.limit_s
        if state.resting and not full:
            state.limit_s = min(self._limit_s, FORGIVE * state.limit_s)
        state.resting = full
        if full:
            state.rests_until = state.resets_at

    def blocked(self, method: str, timing: Timing) -> None:
        """The portal refused the method: rest until its own moment, else longer with every refusal."""
        state, now = self._state(method), self._now()
        state.probing = False
        if state.resting and state.rests_until > now:
            return  # one of many that were on their way
        if now - state.told_at <= FRESH_S and state.used_s > 0:
            state.limit_s = min(state.limit_s, max(state.used_s - state.cost_s, 0.1 * state.used_s))
        state.used_s = max(state.used_s, state.limit_s)
        rest = timing.reset_in_s if timing.reset_in_s is not None else state.resets_at - now
        if rest <= 0:
            rest = min(10.0 * 2**state.blocks, LONGEST_REST_S)
        state.blocks = min(state.blocks + 1, 10)
        state.resting, state.rests_until = True, now + min(rest, LONGEST_REST_S)

    def delay(self, methods: Iterable[str], *, urgent: bool = False) -> float:
        """Seconds until all of these methods may be called; short steps while another call probes.

        ``urgent``: a person waits, the last part is for him.
        """
        now, longest = self._now(), 0.0
        for name in methods:
            state = self._methods.get(name.lower())
            if state is None or not state.resting or (urgent and state.used_s < state.limit_s):
                continue
            longest = max(longest, state.rests_until - now, PROBE_STEP_S if state.probing else 0.0)
        return longest

    def enter(self, methods: Sequence[str]) -> None:
        """A call goes out: after a rest it is the probe, others wait for its answer."""
        for name in methods:
            state = self._methods.get(name.lower())
            if state is not None and state.resting:
                state.probing = True

    def release(self, methods: Sequence[str]) -> None:
        """The call came back, perhaps without any news."""
        for name in methods:
            state = self._methods.get(name.lower())
            if state is not None and state.probing:
                state.probing = False
                state.resting = state.rests_until > self._now()

    # --- packs ------------------------------------------------------------------------------------------

    def plan(self, method: str, commands: int) -> None:
        """A pack of so many commands goes out; negative when it is back."""
        state = self._state(method)
        state.packed = True
        state.planned = max(0, state.planned + commands)

    def pack_size(self, method: str, most: int = 50) -> int:
        """How many commands of a method one batch should hold beside the packs on their way.

        One as a probe after a rest; 0 when those on their way may use up all that is left.
        """
        state = self._methods.get(method.lower())
        if state is None or not state.command_s:
            return most
        if state.resting:
            return 1
        by_time = max(1, int(TARGET_PACK_S / state.command_s))
        if not state.cost_s:
            return min(most, by_time)
        fits = int(state.room_s / state.cost_s) - state.planned
        return max(0 if state.planned else 1, min(most, by_time, fits))

    # --- for people and for later -----------------------------------------------------------------------

    def learnt(self, method: str) -> bool:
        """True when the portal has shown where this method's limit is."""
        state = self._methods.get(method.lower())
        return state is not None and state.limit_s < self._limit_s

    def used(self) -> dict[str, float]:
        """Used part of each known method's time."""
        return {name: one.used_s / one.limit_s for name, one in self._methods.items() if one.used_s}

    def paused(self) -> dict[str, float]:
        """Methods that rest, and for how many seconds."""
        now = self._now()
        return {
            name: state.rests_until - now
            for name, state in self._methods.items()
            if state.resting and state.rests_until > now
        }

    def _state(self, method: str) -> _Method:
        return self._methods.setdefault(method.lower(), _Method(self._limit_s))


def _rest(timing: Timing) -> float:
    if timing.reset_in_s is None or timing.reset_in_s <= 0:  # absent, or "in the past" as some portals say
        return UNKNOWN_REST_S
    return min(timing.reset_in_s, LONGEST_REST_S)
