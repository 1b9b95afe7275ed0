"""How long it has been quiet, by company: requests under way, the end of the last one, and how it ended."""

from __future__ import annotations

import threading
import time


class Activity:
    """Counts traffic by company; traffic of no known company disturbs everybody's quiet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, int] = {}
        self._last: dict[str, float] = {}
        self._put_off: set[str] = set()

    def begins(self, company: str | None) -> None:
        """Count a request as under way."""
        key = company or ""
        with self._lock:
            self._under_way[key] = self._under_way.get(key, 0) + 1
            self._put_off.discard(key)

    def ends(self, company: str | None, *, put_off: bool = False) -> None:
        """Count it as answered, now; `put_off` where the answer was to try again later."""
        key = company or ""
        with self._lock:
            self._under_way[key] -= 1
            self._last[key] = time.monotonic()
            if put_off and not self._under_way[key]:
                self._put_off.add(key)

    def is_put_off(self, company: str | None) -> bool:
        """Whether the last answer was to try again later, and nothing has been sent since."""
        with self._lock:
            return bool(self._put_off if company is None else self._put_off & {company, ""})

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
