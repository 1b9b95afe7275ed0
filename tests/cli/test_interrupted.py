"""Ctrl-C and worse, at any moment: exit code 130, nothing is left running, and nothing recorded is lost."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml
from vcr.cassette import Cassette

from partner_qa.cassette.files import load_run
from partner_qa.gate import ExitCode

INTERRUPTED = 130
SYNCS = ("--only", "AUTH-03", "--only", "PAGE-01")

# The command line, interrupted as soon as it calls a function: {place} is its module and name.
STRIKE = """
import importlib, os, signal, time
module, name = "{place}".rsplit(".", 1)
def strike(*_, **__):
    os.kill(os.getpid(), signal.SIGINT)

    time.sleep(60)
setattr(importlib.import_module(module), name, strike)
from partner_qa.cli.main import main
main()
"""


def cassettes(folder: Path) -> list[Path]:
    """Return the cassettes of a run, each of which stock vcrpy has read."""
    found = sorted((folder / "cassettes").glob("*.yaml"))
    for each in found:
        told = yaml.safe_load(each.read_text())
        assert len(Cassette.load(path=str(each))) == len(told["interactions"])
    return found


def assert_ended_well(ran: Any, desk: Any) -> None:
    assert ran.code == INTERRUPTED, ran
    assert "interrupted" in ran.err
    assert "Traceback" not in ran.err
    assert str(desk.newest) in ran.err
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", desk.port)) != 0  # the port is free again


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("is_never_ready", "starting Stub"),
        ("hangs_on_connect", "pre-flight"),
        ("never_answers", "1 of 2"),
    ],
)
def test_ctrl_c_while_it_is_driven(desk: Any, does: str, words: str) -> None:
    started = desk.start(*desk.words(does, *SYNCS))
    started.wait_for_words(words)
    desk.wait_for(lambda: len(started.family()) >= 2)  # the supervisor and the product
    ran = started.end(signal.SIGINT)
    folder = desk.newest
    kept = [each.name for each in cassettes(folder)]
    if does == "never_answers":
        assert "forged_callbacks.yaml" in kept
        assert f"`partner-qa judge {folder}` judges it" in ran.err
        again = desk.run("judge", folder, "--only", "AUTH-03")
        assert again.code == ExitCode.VERIFIED
        assert load_run(folder).ended is None
        halved = desk.run("judge", folder, "--only", "PAGE-01")
        assert halved.code == ExitCode.INCOMPLETE
        assert "interrupted in the middle" in halved.out + halved.err
    assert_ended_well(ran, desk)


@pytest.mark.parametrize(
    "place",
    [
        "partner_qa.checks.authorization.refuses_foreign_state",  # while judging
        "partner_qa.cli.checking.drive_control",
        "partner_qa.report.writing.write_junit",
    ],
)
def test_ctrl_c_afterwards(desk: Any, place: str) -> None:
    command = (desk.command[0], "-c", STRIKE.format(place=place))
    ran = desk.start(*desk.words("", *SYNCS), command=command).end()
    folder = desk.newest
    assert [each.stem for each in cassettes(folder)] == [
        "forged_callbacks",
        "large_company_sync",
        "unattributed",
    ]
    assert (
        desk.run("judge", folder, "--report").code == ExitCode.VERIFIED or (folder / "results.json").exists()
    )
    assert desk.run("judge", folder).code == ExitCode.VERIFIED
    assert_ended_well(ran, desk)


def test_ctrl_c_in_the_control_arm_leaves_a_run_that_can_be_judged(desk: Any) -> None:
    started = desk.start(*desk.words("reads_one_page", "--only", "PAGE-01"))
    started.wait_for_words("starting Acme Time")
    ran = started.end(signal.SIGINT)
    assert ran.code == INTERRUPTED
    assert desk.run("judge", desk.newest).code == ExitCode.FAILED


def test_pressing_it_again_and_again_is_no_harm(desk: Any) -> None:
    started = desk.start(*desk.words("never_answers", *SYNCS))
    started.wait_for_words("1 of 2")
    for _ in range(3):
        started.process.send_signal(signal.SIGINT)
    ran = started.end()
    assert "forged_callbacks.yaml" in [each.name for each in cassettes(desk.newest)]
    assert_ended_well(ran, desk)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_check_that_is_killed_leaves_cassettes_and_nothing_running(desk: Any, how: signal.Signals) -> None:
    started = desk.start(*desk.words("never_answers", *SYNCS))
    started.wait_for_words("1 of 2")
    desk.wait_for((desk.newest / "cassettes" / "large_company_sync.yaml").exists)
    ran = started.end(how)
    assert ran.code == (-how if how is signal.SIGKILL else INTERRUPTED)
    assert "Traceback" not in ran.err
    folder = desk.newest
    assert "large_company_sync.yaml" in [each.name for each in cassettes(folder)]
    assert load_run(folder).find("forged_callbacks").ended is not None
    assert desk.run("judge", folder, "--only", "AUTH-03").code == ExitCode.VERIFIED
    assert desk.run("judge", folder, "--only", "PAGE-01").code == ExitCode.INCOMPLETE
