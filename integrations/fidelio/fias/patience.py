"""How long to wait before the next connection. IFC8 serves one client: a second one displaces the first.

Two clients that both reconnect at once would push each other out for ever, so whoever notices gives way.
"""

from random import Random

from integrations.fidelio.fias.options import Timings

_JITTER = 0.3


class Patience:
    """Pauses that grow with failures. ``displaced`` is how often running we were pushed out."""

    def __init__(self, timings: Timings, rng: Random | None = None) -> None:
        self._timings, self._rng = timings, rng or Random()  # noqa: S311 - jitter
        self.failures = 0
        self._closed_short = 0

    @property
    def displaced(self) -> int:
        """0, or how many times running another client has taken the link from us."""
        return max(0, self._closed_short - 1)

    def failed(self) -> float:
        """Nobody answered, or the link died of silence: seconds to wait."""
        self.failures += 1
        self._closed_short = 0
        return self._pause(self._timings.backoff_s, self.failures - 1, self._timings.backoff_cap_s)

    def closed(self, up_s: float | None) -> float:
        """The other end closed a link that had been up for ``up_s`` (None: never): seconds to wait.

        A server that restarts refuses connections for a while; one that takes us at once and closes us again
        without LE has another client.
        """
        if up_s is None:
            return self.failed()
        if self._closed_short and up_s > self._timings.short_s:
            self._closed_short = 0
        self._closed_short += 1
        self.failures = 0
        if self.displaced:
            return self._pause(self._timings.displaced_s, self.displaced - 1, self._timings.displaced_cap_s)
        return self._pause(self._timings.backoff_s, 0, self._timings.backoff_cap_s)

    def ended(self) -> float:
        """The PMS said LE: it goes down in order."""
        self._closed_short = 0
        return self.failed()

    def held(self, up_s: float) -> None:
        """The link has been up for so long: what went before is forgiven."""
        if up_s > self._timings.short_s:
            self.failures = self._closed_short = 0

    def _pause(self, first_s: float, power: int, cap_s: float) -> float:
        whole = min(cap_s, first_s * 2.0 ** min(power, 20))
        return whole * self._rng.uniform(1 - _JITTER, 1 + _JITTER)
