"""Facts about waiting for an integration that somebody starts by hand."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from partner_qa.driving import opening
from partner_qa.driving.credentials import Handout


@pytest.mark.parametrize(
    ("unready", "changed", "words"),
    [
        ("it does not answer", ("HOOK",), "waiting for it, 5 s at most: it does not answer"),
        ("", ("HOOK", "PORT"), "start it again if it does not know these: HOOK, PORT"),
        ("", (), "partner.env"),
    ],
)
def test_whoever_runs_already_is_told_of_variables_that_it_was_not_started_with(
    monkeypatch: pytest.MonkeyPatch, unready: str, changed: tuple[str, ...], words: str
) -> None:
    handout = Handout(path=Path("partner.env"), lines=("QA_TOKEN  (in the file)",), changed=changed)
    monkeypatch.setattr(opening, "write_handout", lambda *_: handout)
    told: list[str] = []
    integration: Any = SimpleNamespace(find_unready=lambda: unready, start=lambda environment: None)
    profile: Any = SimpleNamespace(
        integration=SimpleNamespace(name="Acme"), ready=SimpleNamespace(timeout=5.0)
    )
    opening._wait_for_hands(profile, integration, {}, told.append)
    assert words in told[-1]
    assert any("start it again" in each for each in told) is bool(changed and not unready)
