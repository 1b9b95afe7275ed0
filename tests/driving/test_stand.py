"""Facts about the stand: how long it waits for whoever has said that it is done, and is not."""

from __future__ import annotations

import time
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest

from partner_qa.driving.stand import Stand
from partner_qa.model import Tenant

ANNA = Tenant(account="qa-anna", company="c-1")


class Recorder:
    """Is put off until a moment; `None` is for ever."""

    def __init__(self, seconds: float | None) -> None:
        self._until = None if seconds is None else time.monotonic() + seconds

    def is_put_off(self, company: str | None) -> bool:
        assert company == ANNA.company
        return self._until is None or time.monotonic() < self._until

    def quiet_for(self, company: str | None) -> float:
        return 9.0


class Traffic:
    """A recorder that sees a request of the tenant until a moment, and none afterwards."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def quiet_for(self, company: str | None) -> float:
        assert company == ANNA.company
        return max(time.monotonic() - self._until, 0.0)


class Product:
    """Says that nothing is under way, from a moment on; `None` is never. Counts how often it was asked."""

    def __init__(self, seconds: float | None) -> None:
        self._from = None if seconds is None else time.monotonic() + seconds
        self.asked = 0

    def says_idle(self, account: str) -> bool:
        assert account == ANNA.account
        self.asked += 1
        return self._from is not None and time.monotonic() >= self._from


def settle(*, settle: float, idle: float | None, busy: float = 0.0) -> float:
    """Return how many seconds it takes to settle."""
    given: dict[str, Any] = dict.fromkeys(each.name for each in fields(Stand))
    given["profile"] = SimpleNamespace(timing=SimpleNamespace(settle=settle, cap=20.0))
    given |= {"recorder": Traffic(busy), "integration": Product(idle)}
    began = time.monotonic()
    Stand(**given).settle(ANNA, since=began)
    return time.monotonic() - began


def test_who_cannot_say_that_nothing_is_under_way_is_given_a_time_of_quiet() -> None:
    assert settle(settle=0.2, idle=None) >= 0.2


def test_who_says_that_nothing_is_under_way_is_not_waited_for_any_longer() -> None:
    assert 0.1 <= settle(settle=15.0, idle=0.1) < 15.0


def test_who_says_so_in_the_middle_of_a_request_is_not_believed() -> None:
    assert settle(settle=15.0, idle=0.0, busy=0.2) >= 0.2


def test_who_is_quiet_for_long_is_settled_whatever_it_says() -> None:
    assert 0.2 <= settle(settle=0.2, idle=15.0) < 15.0


def wait(put_off: float | None, *, retry_delay_max: float) -> float:
    """Return how many seconds were waited."""
    timing = SimpleNamespace(settle=0.01, cap=5.0, retry_delay_max=retry_delay_max)
    given: dict[str, Any] = dict.fromkeys(each.name for each in fields(Stand))
    given |= {"profile": SimpleNamespace(timing=timing), "recorder": Recorder(put_off)}
    began = time.monotonic()
    Stand(**given).wait_for_retry(ANNA)
    return time.monotonic() - began


@pytest.mark.parametrize(("put_off", "least"), [(0.3, 0.3), (None, 0.6)])
def test_the_next_try_is_waited_for_as_long_as_the_profile_says(put_off: float | None, least: float) -> None:
    assert wait(put_off, retry_delay_max=0.6) >= least


def test_nobody_waits_where_nothing_was_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", pytest.fail)
    wait(0.0, retry_delay_max=60)
