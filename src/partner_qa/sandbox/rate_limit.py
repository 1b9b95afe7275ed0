"""Who may ask how often: 200 requests per grant in any 60 seconds.

[D] https://docs.gusto.com/app-integrations/docs/rate-limits: the window rolls, and each OAuth grant has its
own. [I] a refused request does not count, or a client that keeps asking would never be heard again. Pure:
moments are seconds on one clock, handed in.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

LIMIT = 200  # [D] requests
WINDOW = 60.0  # [D] seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left to a grant after a request. `resets_in` is seconds until one more is free.

    `retry_after` is in whole seconds, and `None` for a request that may go on.
    """

    limit: int
    remaining: int
    resets_in: float
    retry_after: int | None = None


class RateLimit:
    """Counts the requests of each grant; grants that were silent for a whole window are forgotten."""

    def __init__(self, *, limit: int = LIMIT, window: float = WINDOW) -> None:
        self._limit = limit
        self._window = window
        self._taken: dict[str, deque[float]] = {}
        self._swept = -math.inf

    def take(self, grant: str, now: float) -> Allowance:
        """Count a request of a grant at a moment, or refuse it."""
        if now - self._swept >= self._window:
            self._sweep(now)
        taken = self._taken.get(grant)
        if taken is None:
            taken = self._taken[grant] = deque()
        oldest = now - self._window
        while taken and taken[0] <= oldest:
            taken.popleft()
        if len(taken) >= self._limit:
            wait = taken[0] + self._window - now
            return Allowance(
                limit=self._limit, remaining=0, resets_in=wait, retry_after=max(1, math.ceil(wait))
            )
        taken.append(now)
        return Allowance(
            limit=self._limit,
            remaining=self._limit - len(taken),
            resets_in=taken[0] + self._window - now,
        )

    def _sweep(self, now: float) -> None:
        self._swept = now
        silent = [grant for grant, taken in self._taken.items() if taken[-1] <= now - self._window]
        for grant in silent:
            del self._taken[grant]
