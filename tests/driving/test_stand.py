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
