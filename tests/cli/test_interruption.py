"""A signal is heard at once, and again at the next step where the first time was swallowed."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

import pytest

from partner_qa.cli import interruption as room
from partner_qa.cli.interruption import Interruption
from partner_qa.cli.screen import Screen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_something_swallows_is_raised_at_the_next_step(number: signal.Signals) -> None:
    interruption = Interruption()
    screen = Screen(quiet=True, interruption=interruption)
    with interruption.heard():
        screen.says("on")
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), number)
            pytest.fail("nobody has heard it")
        with pytest.raises(KeyboardInterrupt):
            screen.says("on")


class Trap:
    """Is signalled while it is finalized, where Python can only print what is raised."""

    def __init__(self, number: signal.Signals) -> None:
        self._number = number

    def __del__(self) -> None:
        signal.raise_signal(self._number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_while_something_is_finalized_is_not_lost(
    number: signal.Signals, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_SOON", 0.5)  # until then it is waited for, on a busy machine too
    trap = Trap(number)
    with Interruption().heard():
        del trap
        with pytest.raises(KeyboardInterrupt):
            time.sleep(20)
    assert capsys.readouterr().err == ""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_else_breaks_in_a_finalizer_is_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: told.append(lost.exc_type))

    class Broken:
        def __del__(self) -> None:
            raise ZeroDivisionError

    with Interruption().heard():
        Broken()
    assert told == [ZeroDivisionError]


def test_afterwards_signals_mean_what_they_meant_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Interruption().heard():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with Interruption().heard():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
