"""Somebody new: `init` in an empty folder, then `check`. What is printed leads on each time."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from partner_qa.gate import ExitCode
from partner_qa.profile.profile import load_profile


@pytest.fixture
def home(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and somebody in it."""
    monkeypatch.chdir(desk.folder)
    folder: Path = desk.folder
    return folder


def test_without_a_profile_init_is_named(desk: Any, home: Path) -> None:
    ran = desk.run("check")
    assert ran.code == ExitCode.USAGE
    assert "partner.yaml: does not exist" in ran.err
    assert "`partner-qa init` writes one" in ran.err


def test_help_begins_with_what_a_newcomer_types(desk: Any) -> None:
    ran = desk.run("--help")
    assert ran.code == 0
    assert ran.out.index("partner-qa init") < ran.out.index("partner-qa check ")
    assert ran.out.index("  init ") < ran.out.index("  check ") < ran.out.index("  kill-matrix ")


def test_a_misspelt_command_or_option_is_offered_its_nearest(desk: Any) -> None:
    for words, offer in ((["chek"], "check"), (["check", "--onyl", "PAGE-01"], "--only")):
        ran = desk.run(*words)
        assert ran.code == ExitCode.USAGE
        assert re.search(rf"(?i)did you mean.*{offer}", ran.words), ran.err


def test_from_init_to_a_first_verdict(desk: Any, home: Path) -> None:
    began = desk.run(
        *("init", "--name", "Stub", "--company", "Stub Inc.", "--contact", "dev@stub.example"),
        *("--base-url", desk.base, "--use-case", "hris"),
        *("--command", f"web={shlex.join([sys.executable, str(desk.product)])}"),
    )
    assert began.code == 0, began
    assert "partner-qa check" in began.words
    load_profile(home / "partner.yaml")  # it is whole as it stands
    first = desk.run("check")
    assert first.code == ExitCode.USAGE  # the product wants to know its port
    assert "run.processes.web: ended by itself, with exit code 1" in first.words
    assert "Its last lines were:" in first.err
    assert "KeyError: 'PORT'" in first.err

    told = yaml.safe_load((home / "partner.yaml").read_text())
    stub = yaml.safe_load(desk.profile().read_text())  # the same product, described by hand
    stub["integration"] = told["integration"]
    (home / "partner.yaml").write_text(yaml.safe_dump(stub))
    second = desk.run("check", "--only", "PAGE-01", "--no-report")
    assert second.code == ExitCode.VERIFIED
    folder = re.search(r"^JUnit +(reports/\d{8}-\d{6}-stub(?:-2)?)/junit.xml$", second.out, re.MULTILINE)
    assert folder
    assert desk.run("judge", folder[1]).code == ExitCode.VERIFIED
    assert desk.run("report", folder[1]).code == ExitCode.VERIFIED
