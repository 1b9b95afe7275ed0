"""A signal is heard at once, and again at the next step where the first time was swallowed."""

from __future__ import annotations

import contextlib
import os
import signal

import pytest

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
