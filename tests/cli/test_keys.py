"""`partner-qa keys`: a key is made, shown by its public half, and never told."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from partner_qa.cli.main import run_command_line


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PARTNER_QA_SIGNING_KEY", raising=False)
    return tmp_path


def test_a_new_key_is_the_owners_alone_and_told_by_its_fingerprint(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["keys", "new"]) == 0
    said = capsys.readouterr().out
    secret = (desk / "partner-qa.key").read_text()
    assert stat.S_IMODE((desk / "partner-qa.key").stat().st_mode) == 0o600
    assert "SHA256:" in said
    assert secret.splitlines()[1] not in said
    assert run_command_line(["keys", "new"]) == 2
    assert (desk / "partner-qa.key").read_text() == secret


@pytest.mark.parametrize("words", [[], ["mine.key"], ["mine.key.pub"]])
def test_a_key_shows_the_same_public_half_from_wherever_it_comes(
    words: list[str], desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_command_line(["keys", "new", "--output", "mine.key"])
    fingerprint = capsys.readouterr().out.rpartition(" ")[2].strip()
    if not words:
        monkeypatch.setenv("PARTNER_QA_SIGNING_KEY", (desk / "mine.key").read_text())
    assert run_command_line(["keys", "show", *words]) == 0
    said = capsys.readouterr().out
    assert fingerprint in said
    assert "BEGIN PUBLIC KEY" in said
    assert "PRIVATE" not in said


def test_the_key_of_this_folder_is_shown_without_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["keys", "show"]) == 2
    assert "Name a key file" in capsys.readouterr().err
    run_command_line(["keys", "new"])
    assert run_command_line(["keys", "show"]) == 0


def test_what_is_no_key_is_told(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "x").write_text("hello")
    assert run_command_line(["keys", "show", "x"]) == 2
    assert run_command_line(["keys", "show", "gone"]) == 2
    assert "Traceback" not in capsys.readouterr().err
