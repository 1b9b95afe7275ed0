"""Ctrl-C, SIGTERM and a terminal that is closed while a run goes on: heard at once, and never lost.

An exception that is raised by a signal can vanish where Python may not raise (a finalizer, a callback of a
library). Whoever drives therefore asks again at the next step.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))


class Interruption:
    """Whether somebody has asked for the end."""

    def __init__(self) -> None:
        self._was_asked_for = False

    def require_none(self) -> None:
        """Raise `KeyboardInterrupt` where somebody has asked for the end, and it went on all the same."""
        if self._was_asked_for:
            raise KeyboardInterrupt

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear the signals inside; each raises `KeyboardInterrupt` at once. Only the main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        heeded = [each for each in _SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]  # else: nohup
        before = {each: signal.signal(each, self._hear) for each in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._was_asked_for = True
        raise KeyboardInterrupt
