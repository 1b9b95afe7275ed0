"""Ctrl-C, SIGTERM and a terminal that is closed while a run goes on: heard at once, and never lost.

An exception that is raised by a signal vanishes where Python may not raise (a finalizer, a callback of a
library): Python then only prints it. Such a signal is sent again a moment later, and whoever drives asks at
each step besides.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SOON = 0.01  # seconds until a signal is sent again: by then another line of code runs
_SIGNALS = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()))


class Interruption:
    """Whether somebody has asked for the end."""

    def __init__(self) -> None:
        self._was_asked_for = False
        self._is_hearing = False
        self._last: int = signal.SIGINT

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
        tell = sys.unraisablehook
        sys.unraisablehook = lambda lost: self._rescue(lost, tell)
        self._is_hearing = True
        try:
            yield
        finally:
            self._is_hearing = False
            sys.unraisablehook = tell
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._was_asked_for, self._last = True, number
        raise KeyboardInterrupt

    def _rescue(self, lost: sys.UnraisableHookArgs, tell: Callable[[sys.UnraisableHookArgs], object]) -> None:
        """Let an interruption that was raised where nobody could catch it come again."""
        if not isinstance(lost.exc_value, KeyboardInterrupt):
            tell(lost)
            return
        again = threading.Timer(_SOON, self._interrupt_again)
        again.daemon = True
        again.start()

    def _interrupt_again(self) -> None:
        if self._is_hearing:
            signal.pthread_kill(threading.main_thread().ident or 0, self._last)
