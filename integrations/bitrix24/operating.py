"""The meter of method time: the portal gives each method about 480 s of work per ten minutes, then blocks it.

Every answer may tell how much is used (``time.operating``) and when the oldest minute leaves
(``time.operating_reset_at``); both keys may be missing. A method rests at 90 % until that moment; the first call
after a rest goes alone and shows whether there is room again. Document: ``limits.md``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from integrations.bitrix24.decoder import Timing

LIMIT_S = 480.0
PAUSE_AT = 0.9
UNKNOWN_REST_S = 60.0
"""One basket of the meter: how long to rest when the portal doesn't tell."""
PROBE_STEP_S = 0.25
TARGET_PACK_S = 15.0
"""A pack of commands should stay well under the 60 s a request may take."""


@dataclass(slots=True)
class _Method:
    used_s: float = 0.0
    command_s: float | None = None  # moving average of one command's server time
    rests_until: float = 0.0
    resting: bool = False
    probing: bool = False


class OperatingMeter:
    """Per method of one webhook or app. ``now`` is monotonic."""

    def __init__(self, now: Callable[[], float], limit_s: float = LIMIT_S) -> None:
        self._now = now
        self._limit_s = limit_s
        self._methods: dict[str, _Method] = {}

    def note(self, method: str, timing: Timing) -> None:
        """Learn from one answer, or from one command's ``result_time`` inside a batch."""
        state = self._methods.setdefault(method.lower(), _Method())
        state.probing = False
        if timing.duration_s is not None:
            old = state.command_s
            state.command_s = timing.duration_s if old is None else old + 0.2 * (timing.duration_s - old)
        if timing.operating_s is None:
            return
        state.used_s = timing.operating_s
        state.resting = timing.operating_s >= PAUSE_AT * self._limit_s
        if state.resting:
            state.rests_until = max(state.rests_until, self._now() + _rest(timing))

    def blocked(self, method: str, timing: Timing, attempt: int = 0) -> None:
        """The portal refused the method: rest until its own moment, else longer with every attempt."""
        state = self._methods.setdefault(method.lower(), _Method())
        state.resting, state.probing = True, False
        state.used_s = max(state.used_s, self._limit_s)
        rest = (
            timing.reset_in_s
            if timing.reset_in_s is not None and timing.reset_in_s > 0
            else 10.0 * 2**attempt
        )
        state.rests_until = max(state.rests_until, self._now() + min(rest, 600.0))

    def delay(self, methods: Iterable[str], *, urgent: bool = False) -> float:
        """Seconds until all of these methods may be called; short steps while another call probes.

        ``urgent``: a person waits, the last tenth is for him.
        """
        now, longest = self._now(), 0.0
        for name in methods:
            state = self._methods.get(name.lower())
            if state is None or not state.resting or (urgent and state.used_s < self._limit_s):
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

    def pack_size(self, method: str, most: int = 50) -> int:
        """How many commands of a method one batch should hold: one as a probe, else what time allows."""
        state = self._methods.get(method.lower())
        if state is None or not state.command_s:
            return most
        if state.resting:
            return 1
        room_s = max(0.0, PAUSE_AT * self._limit_s - state.used_s)
        fits = min(TARGET_PACK_S, room_s) / state.command_s
        return max(1, min(most, int(fits)))

    def used(self) -> dict[str, float]:
        """Used part of each known method's time."""
        return {name: state.used_s / self._limit_s for name, state in self._methods.items() if state.used_s}

    def paused(self) -> dict[str, float]:
        """Methods that rest, and for how many seconds."""
        now = self._now()
        return {
            name: state.rests_until - now
            for name, state in self._methods.items()
            if state.resting and state.rests_until > now
        }


def _rest(timing: Timing) -> float:
    if timing.reset_in_s is None or timing.reset_in_s <= 0:  # absent, or "in the past" as some portals say
        return UNKNOWN_REST_S
    return min(timing.reset_in_s, 600.0)
