"""The committed run of the example, packed and judged by the shipped suites."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from partner_qa.cli import bundling, deriving, verifying
from partner_qa.cli.main import run_command_line
from partner_qa.evidence.canaries import make_canaries, write_canaries
from partner_qa.evidence.canonical import to_canonical
from partner_qa.settings import harness_version

ROOT = Path(__file__).parents[3]


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """The committed run of the example, as this checklist would have recorded it, with canaries."""
    folder = tmp_path / "reports" / "acme"
    shutil.copytree(ROOT / "cassettes" / "acme_time", folder)
    told = json.loads((folder / "run.json").read_text())
    told["checklist"] = dict(deriving.load_checklist().identity)
    told["contract"] = dict(deriving.load_contract().identity)
    told["harness"] = harness_version()
    (folder / "run.json").write_bytes(to_canonical(told))
    write_canaries(folder, make_canaries(personal=False), [])
    return folder


def test_the_committed_run_is_packed_without_a_leak_and_verified_by_the_shipped_suites(
    recorded: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    without_node: None,
) -> None:
    started = datetime.fromisoformat(json.loads((recorded / "run.json").read_text())["started"])
    monkeypatch.setattr(bundling, "now_and_today", lambda: (started, started.date()))
    monkeypatch.setattr(verifying, "now_and_today", lambda: (started, started.date()))
    path = tmp_path / "b.zip"
    words = ["bundle", str(recorded), "--draft", "--output", str(path), "--profile", str(tmp_path / "p.yaml")]
    assert run_command_line(words) == 0
    assert "leak" not in capsys.readouterr().err
    run_command_line(["verify", str(path), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert {each["code"] for each in told["troubles"]} <= {"origin_unknown", "draft", "not_verified"}
    assert told["judged_again"] is True
