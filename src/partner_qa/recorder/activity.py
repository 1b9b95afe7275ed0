"""How long it has been quiet: requests under way and the end of the last one, by company."""

from __future__ import annotations

import threading
import time


class Activity:
    """Counts traffic by company; traffic of no known company disturbs everybody's quiet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, int] = {}
        self._last: dict[str, float] = {}

    def begins(self, company: str | None) -> None:
        """Count a request as under way."""
        key = company or ""
        with self._lock:
            self._under_way[key] = self._under_way.get(key, 0) + 1

    def ends(self, company: str | None) -> None:
        """Count it as answered, now."""
        key = company or ""
        with self._lock:
            self._under_way[key] -= 1
            self._last[key] = time.monotonic()

    def quiet_for(self, company: str | None) -> float:
        """Return the seconds since the last traffic ended: 0 while any is under way, infinite before any."""
        with self._lock:
            keys = set(self._last) | set(self._under_way)
            if company is not None:
                keys &= {company, ""}
            if any(self._under_way.get(key) for key in keys):
                return 0.0
            newest = max((self._last[key] for key in keys if key in self._last), default=None)
        return float("inf") if newest is None else time.monotonic() - newest
