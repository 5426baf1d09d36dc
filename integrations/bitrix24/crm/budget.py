"""The limiter's state as people read it: which part of each of the portal's limits is in use."""

from domain.ports import Budget
from integrations.bitrix24.limits import Limiter


def budget_of(limiter: Limiter) -> Budget:
    """Shares of the request bucket and of each method's time."""
    now = limiter.budget()
    used = 1.0 - now.tokens / now.capacity if now.capacity else 0.0
    return Budget(
        min(max(used, 0.0), 1.0), now.leak_per_s, {name: round(part, 4) for name, part in now.operating.items()},
        {name: round(seconds, 1) for name, seconds in now.paused.items()},
    )  # fmt: skip
