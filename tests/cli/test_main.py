"""Where the output of a command ends is told for what it is: no bug of ours, and no verdict."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [("checklist", "list"), ("checklist", "list", "--json"), ("contract", "show"), ("--help",)]


def run(*words: str, stdout: int) -> subprocess.CompletedProcess[str]:
    main = "from partner_qa.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", main, *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("words", COMMANDS)
def test_a_full_disk_under_the_output_is_no_bug_of_ours(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = run(*words, stdout=full.fileno())
    assert ran.returncode == 2
    assert "cannot be written: No space left on device" in ran.stderr
    assert "Free some disk" in ran.stderr
    assert "bug" not in ran.stderr
    assert "Exception ignored" not in ran.stderr


@pytest.mark.parametrize("words", COMMANDS)
def test_a_reader_that_is_gone_is_no_error(words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = run(*words, stdout=writer)
    finally:
        os.close(writer)
    assert (ran.returncode, ran.stderr) == (141, "")
