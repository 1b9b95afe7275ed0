"""`partner-qa check` as people and pipes see it: progress, output, choice, what is printed and where."""

from __future__ import annotations

import json
import os
import pty
import re
import selectors
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cassette.files import load_run
from partner_qa.checklist import load_checklist
from partner_qa.gate import ExitCode

CONNECTS, SYNCS = "AUTH-03", "PAGE-01"  # items that one short scenario each answers
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@pytest.fixture(scope="module")
def piped(shared_desk: Any) -> Any:
    """A check of two items in a process of its own, with its output in pipes."""
    words = shared_desk.words("reads_one_page", "--only", CONNECTS, "--only", SYNCS)
    return shared_desk.start(*words).end()


@pytest.fixture(scope="module")
def terminal(shared_desk: Any, piped: Any) -> str:
    """What a terminal is sent by a check of one item."""
    return in_terminal(shared_desk, *shared_desk.words("", "--only", SYNCS), TERM="xterm-256color")


def in_terminal(desk: Any, *words: str, **environment: str) -> str:
    ours, theirs = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "CI"}} | environment
    env |= {"COLUMNS": "100"}
    process = subprocess.Popen([*desk.command, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(ours, selectors.EVENT_READ)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if not selector.select(timeout=1):
                continue
            try:
                said += os.read(ours, 65536)
            except OSError:  # the other end is closed: Linux says so like this
                break
    os.close(ours)
    assert process.wait(timeout=60) == ExitCode.VERIFIED
    return said.decode()


class TestInAPipe:
    def test_each_scenario_leaves_a_line(self, piped: Any) -> None:
        assert re.search(r"^ 1 of 2  Somebody forges the callback  \d+\.\d s$", piped.err, re.MULTILINE)
        assert re.search(r"^ 2 of 2  A company of 251 people is synced  \d+\.\d s$", piped.err, re.MULTILINE)

    def test_what_is_waited_for_is_said(self, piped: Any) -> None:
        assert re.match(
            r"starting Stub, until http://127.0.0.1:\d+/health answers \(60 s at most\)", piped.err
        )
        for words in (
            "pre-flight",
            "judging",
            "the control arm: the example integration",
            "starting Acme Time",
        ):
            assert words in piped.err

    def test_there_is_no_control_character(self, piped: Any) -> None:
        assert not CONTROL.search(piped.out + piped.err)

    def test_a_failure_shows_what_a_partner_needs_and_none_of_our_stack(self, piped: Any) -> None:
        assert piped.code == ExitCode.FAILED
        for words in (
            "FAIL PAGE-01 Every page of a list is read",
            "required",
            "does not",
            "where large_company_sync#",
            "expected",
            "seen",
            "to do",
            "source Pagination https://docs.gusto.com/app-integrations/docs/pagination",
            "repeat partner-qa check --only PAGE-01",
        ):
            assert words in piped.words, piped.out
        assert "Traceback" not in piped.words
        assert ".py" not in piped.words

    def test_the_reports_are_named_each_whole_on_one_line_and_are_there(self, piped: Any) -> None:
        named = dict(re.findall(r"^(plain page|results|JUnit) +(/.+)$", piped.out, re.MULTILINE))
        assert set(named) == {"plain page", "results", "JUnit"}
        assert all(Path(path).is_file() for path in named.values())

    def test_without_allure_nothing_is_made_for_it(self, piped: Any) -> None:
        assert "Allure" not in piped.words


class TestInATerminal:
    def test_a_line_moves_and_the_scenario_stays(self, terminal: str) -> None:
        assert "\x1b[?25l" in terminal  # the cursor is hidden while the line moves
        assert re.search(r"1 of 1  A company of 251 people is synced  .*\d+\.\d s", terminal)

    def test_it_is_left_as_it_was(self, terminal: str) -> None:
        assert terminal.rindex("\x1b[?25h") > terminal.rindex("\x1b[?25l")
        moving, _, rest = terminal.rpartition("\x1b[2K")  # the line that moved is wiped
        assert moving.rstrip("\r").endswith("\x1b[?25h\r\x1b[1A")
        assert "verified, as far as it was chosen" in rest
        assert rest.endswith("\n")
        assert not re.search(r"\x1b(?!\[[0-9;]*m)", rest)  # colours, and nothing that moves

    def test_a_terminal_that_cannot_move_gets_lines(self, shared_desk: Any, terminal: str) -> None:
        plain = in_terminal(shared_desk, *shared_desk.words("", "--only", SYNCS), TERM="dumb")
        for words in ("starting Stub", "pre-flight", "1 of 1", "judging"):
            assert words in plain
        assert "\x1b" not in plain

    def test_colours_are_left_out_where_nobody_wants_them(self, shared_desk: Any, terminal: str) -> None:
        assert "\x1b[32m" in terminal
        plain = in_terminal(
            shared_desk, *shared_desk.words("", "--only", SYNCS), TERM="xterm-256color", NO_COLOR="1"
        )
        assert not re.search(r"\x1b\[(?:3|4|9|10)\d", plain)


class TestOutput:
    def test_json_is_all_there_is_on_standard_output(self, desk: Any) -> None:
        ran = desk.check("", "--only", SYNCS, "--json")
        assert ran.code == ExitCode.VERIFIED
        assert [row["item"]["id"] for row in ran.told["items"]] == [SYNCS]
        assert ran.told == json.loads((desk.newest / "results.json").read_text())
        assert "1 of 1" in ran.err

    def test_quiet_says_nothing_but_the_summary(self, desk: Any) -> None:
        ran = desk.check("", "--only", SYNCS, "--quiet")
        assert ran.err == ""
        assert "1 item: 1 pass" in ran.out

    def test_the_reports_go_to_a_folder_of_their_own_here_unless_named(
        self, desk: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(desk.folder)
        desk.profile()
        ran = desk.run("check", "--only", SYNCS, "--no-report")
        assert ran.code == ExitCode.VERIFIED
        assert re.search(r"^JUnit +reports/\d{8}-\d{6}-stub/junit.xml$", ran.out, re.MULTILINE)

    def test_the_allure_report_is_made_or_why_not_is_said(
        self, desk: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(desk.folder))
        monkeypatch.setattr("partner_qa.report.node._from_wheel", lambda: None)
        words = [each for each in desk.words("", "--only", SYNCS) if each != "--no-report"]
        ran = desk.run(*words)
        assert ran.code == ExitCode.VERIFIED
        assert "no Allure report: " in ran.err
        assert any((desk.newest / "allure-results").glob("*-result.json"))

    def test_a_second_check_in_the_same_second_has_a_folder_of_its_own(
        self, desk: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
        monkeypatch.setattr("partner_qa.cli.checking.now_and_today", lambda: (now, now.date()))
        for _ in range(2):
            assert desk.check("", "--only", SYNCS).code == ExitCode.VERIFIED
        names = ["20261124-120000-stub", "20261124-120000-stub-2"]
        assert sorted(each.name for each in desk.output.iterdir()) == names

    def test_two_checks_at_once_do_not_disturb_each_other(self, desk: Any) -> None:
        first = desk.start(*desk.words("never_answers", "--only", SYNCS, timing={"cap": 60}))
        first.wait_for_words("pre-flight")
        second = desk.check("", "--only", SYNCS)
        assert second.code == ExitCode.USAGE
        assert f"something else listens at 127.0.0.1:{desk.port} already" in second.words
        first.process.kill()
        assert first.end().code == -9

    def test_an_output_that_cannot_be_written_is_said_before_anything_is_started(self, desk: Any) -> None:
        (desk.folder / "taken").write_text("a file")
        ran = desk.run(*desk.words("", "--output", desk.folder / "taken" / "reports"))
        assert ran.code == ExitCode.USAGE
        assert "taken/reports: --output: cannot be written: Not a directory" in ran.words
        assert "starting" not in ran.words

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
    def test_an_output_that_is_read_only_is_said(self, desk: Any) -> None:
        desk.output.mkdir(mode=0o500)
        ran = desk.check("")
        assert ran.code == ExitCode.USAGE
        assert "--output: cannot be written: Permission denied" in ran.words


class TestCassettes:
    def test_the_recordings_are_copied_as_well(self, desk: Any) -> None:
        to = desk.folder / "kept"
        for _ in range(2):  # the second time over the first
            assert desk.check("", "--only", SYNCS, "--cassettes", to).code == ExitCode.VERIFIED
        assert load_run(to).find("large_company_sync").exchanges
        assert sorted(each.name for each in to.iterdir()) == ["cassettes", "run.json"]
        assert desk.run("judge", to, "--only", SYNCS).code == ExitCode.VERIFIED

    @pytest.mark.parametrize("place", ["file", "file/below"])
    def test_a_place_that_cannot_be_written_is_said_before_anything_is_started(
        self, desk: Any, place: str
    ) -> None:
        (desk.folder / "file").write_text("a file")
        ran = desk.check("", "--cassettes", desk.folder / place)
        assert ran.code == ExitCode.USAGE
        assert "--cassettes: cannot be written" in ran.words
        assert "starting" not in ran.words

    def test_what_is_no_run_is_never_written_over(self, desk: Any) -> None:
        mine = desk.folder / "cassettes" / "mine.yaml"
        mine.parent.mkdir()
        mine.write_text("dear to me")
        ran = desk.check("", "--cassettes", desk.folder)
        assert ran.code == ExitCode.USAGE
        assert "that is not of a run" in ran.words
        assert mine.read_text() == "dear to me"


class TestChoice:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--only", "PAGE-1"], "there is no item 'PAGE-1' (did you mean PAGE-01?)"),
            (["--only", "page-01", "--only", "AUT-03"], "did you mean AUTH-03?"),
            (["--section", "webhook"], "there is no section 'webhook' (did you mean webhooks?)"),
        ],
    )
    def test_what_does_not_exist_is_offered_its_nearest(self, desk: Any, words: list[str], said: str) -> None:
        ran = desk.check("", *words)
        assert ran.code == ExitCode.USAGE
        assert said in ran.words
        assert "`partner-qa checklist list` shows them all." in ran.words
        assert not desk.output.exists()

    def test_an_id_may_be_written_small(self, desk: Any) -> None:
        assert desk.check("", "--only", "page-01").code == ExitCode.VERIFIED

    def test_a_section_is_all_its_items(self, desk: Any) -> None:
        ran = desk.check("", "--section", "pagination", "--json")
        section = [item.id for item in load_checklist().items if item.section == "pagination"]
        assert [row["item"]["id"] for row in ran.told["items"]] == section
        assert SYNCS in section

    def test_what_does_not_apply_is_not_driven_and_is_never_verified(self, desk: Any) -> None:
        ran = desk.check("", "--only", "WH-02")
        assert ran.code == ExitCode.INCOMPLETE
        assert "nothing was judged" in ran.out
        assert " of " not in ran.err


class TestFullTrace:
    @pytest.fixture(autouse=True)
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def break_down(*_: Any, **__: Any) -> None:
            raise ZeroDivisionError("a mistake of ours")

        monkeypatch.setattr("partner_qa.driving.stage.Stage.forge_callback", break_down)

    @pytest.mark.parametrize("place", ["before", "after"])
    def test_it_brings_the_stack_back_wherever_it_stands(self, desk: Any, place: str) -> None:
        words = desk.words("", "--only", CONNECTS)
        ran = desk.run(*(["--full-trace", *words] if place == "before" else [*words, "--full-trace"]))
        assert ran.code == ExitCode.HARNESS
        assert "Traceback (most recent call last)" in ran.err
        assert "in break_down" in ran.err

    def test_without_it_there_is_one_line_and_afterwards_it_is_forgotten(self, desk: Any) -> None:
        desk.run("--full-trace", "checklist", "list")
        ran = desk.check("", "--only", CONNECTS)
        assert "Traceback" not in ran.words
        assert "ZeroDivisionError: a mistake of ours" in ran.words

    def test_a_crash_of_the_command_says_what_to_attach_and_where_the_run_is(
        self, desk: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def break_down(*_: Any, **__: Any) -> None:
            raise RuntimeError("no report \x1b[31mtoday")

        monkeypatch.setattr("partner_qa.cli.checking.write_reports", break_down)
        ran = desk.check("", "--only", SYNCS)
        assert ran.code == ExitCode.HARNESS
        assert "this is a bug of partner-qa, not of your integration: RuntimeError: no report" in ran.err
        assert "attach the output with --full-trace" in ran.words
        assert f"`partner-qa judge {desk.newest}` judges it" in ran.words
        assert not CONTROL.search(ran.err)
        assert desk.run("judge", desk.newest).code == ExitCode.VERIFIED
