"""What the sandbox does later by itself: the steps of work that Gusto does in the background.

Each chore is done once, with the world's lock held, by a thread of its own. Whoever needs one done now (a
scenario, a test) calls the same step directly; a step must therefore see for itself whether it is due.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Chores:
    """Does things after a while, until it is closed; `keep` is called under the lock after each."""

    def __init__(self, *, lock: threading.RLock, keep: Callable[[], object] = lambda: None) -> None:
        self._lock = lock
        self._keep = keep
        self._timers: set[threading.Timer] = set()
        self._closed = False

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do something in so many seconds. Call it with the lock held."""
        if self._closed:
            return

        def do() -> None:
            with self._lock:
                self._timers.discard(timer)
                if not self._closed:
                    work()
                    self._keep()

        timer = threading.Timer(seconds, do)
        timer.daemon = True
        self._timers.add(timer)
        timer.start()

    def close(self) -> None:
        """Do nothing more; what is being done now is ended first."""
        with self._lock:
            self._closed = True
            timers, self._timers = self._timers, set()
        for timer in timers:
            timer.cancel()
        for timer in timers:
            timer.join()
