"""What GitHub Actions is told, and that nothing an integration sends can speak to it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cli.main import run_command_line
from partner_qa.errors import HarnessBug, PartnerQAError, Problem, ProfileError, ReportError
from partner_qa.gate import UNANSWERED, ExitCode
from partner_qa.model import Level, Outcome
from partner_qa.report.annotations import ANNOTATIONS, escape_data, escape_property, render_annotations
from partner_qa.report.github import deaf, tell_github, tell_github_of_error
from partner_qa.report.locating import Locator

HERE = {"GITHUB_ACTIONS": "true"}


def commands(record: Any, locator: Locator | None = None) -> list[str]:
    return render_annotations(record, locator or Locator(uri="qa/partner.yaml"))


def parse(line: str) -> tuple[str, dict[str, str], str]:
    """Read a workflow command as the runner does: name, properties, message, unescaped."""
    name, _, rest = line.removeprefix("::").partition(" ")
    head, _, message = rest.partition("::")
    pairs = dict(pair.split("=", 1) for pair in head.split(","))
    undo = (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
    for code, character in undo:
        pairs = {key: value.replace(code, character) for key, value in pairs.items()}
        message = message.replace(code, character)
    return name, pairs, message


def failures(build: Any, number: int, **more: Any) -> Any:
    rows = tuple(
        (build.item(f"RATE-{n:02}", title=f"Row {n}", **more), build.failure(f"RATE-{n:02}"))
        for n in range(1, number + 1)
    )
    return build.record(rows)


# annotations


def test_a_failure_is_an_annotation_beside_the_profile(build: Any) -> None:
    record = build.record(((build.item(), build.failure()),))
    name, pairs, message = parse(commands(record)[0])
    assert name == "error"
    assert pairs == {"file": "qa/partner.yaml", "line": "1", "title": "partner-qa RATE-02: FAIL"}
    assert message == "A 429 is waited out: does not wait as long as the 429 asked it to"


def test_the_line_is_that_of_the_action(build: Any) -> None:
    locator = Locator(lines={("actions", "sync_people"): 17})
    _, pairs, _ = parse(commands(failures(build, 1), locator)[0])
    assert pairs["line"] == "17"


@pytest.mark.parametrize(("number", "lines"), [(1, 1), (8, 8), (9, 9), (200, 9)])
def test_eight_are_shown_and_one_counts_the_rest(build: Any, number: int, lines: int) -> None:
    told = commands(failures(build, number))
    assert len(told) == lines
    if number > ANNOTATIONS:
        name, _, message = parse(told[-1])
        assert name == "notice"
        assert message == f"{number - 8} more in the job summary and the report"


def test_what_is_worst_comes_first(build: Any) -> None:
    record = build.record()
    told = [parse(line) for line in commands(record)]
    assert [name for name, _, _ in told] == ["error", "error", "warning", "notice", "notice", "notice"]
    titles = [pairs["title"].removeprefix("partner-qa ") for _, pairs, _ in told]
    assert titles[:3] == ["RATE-02: FAIL", "ERR-04: ERROR", "EMP-01: FAIL"]
    assert "AUTH-11: FAIL (waived)" in titles[3:]


def green(build: Any) -> Any:
    return replace(build.record().results.decision, exit_code=ExitCode.VERIFIED)


def test_a_green_run_annotates_nothing(build: Any) -> None:
    assert commands(build.record(((build.item(), build.verdict()),), decision=green(build))) == []


def test_what_nobody_has_answered_yet_is_one_notice_however_many_items_ask(build: Any) -> None:
    rows = tuple(
        (
            build.item(f"PROC-{n:02}"),
            build.verdict(f"PROC-{n:02}", Outcome.NEEDS_ATTESTATION, reason=UNANSWERED),
        )
        for n in range(1, 28)
    )
    told = commands(build.record(rows, decision=green(build)))
    assert [parse(line)[0] for line in told] == ["notice"]
    assert parse(told[0])[2] == "27 items for a person to answer; `partner-qa attest` asks"


def test_an_answer_that_does_not_count_is_a_notice_of_its_own(build: Any) -> None:
    why = "the answer of Dana Doe does not count: expired on 2026-11-01"
    row = (build.item("PROC-01"), build.verdict("PROC-01", Outcome.NEEDS_ATTESTATION, reason=why))
    told = commands(build.record((row,), decision=green(build)))
    assert [parse(line)[0] for line in told] == ["notice"]
    assert why in parse(told[0])[2]


def test_a_run_that_fails_without_a_failed_item_has_an_error_that_says_why(build: Any) -> None:
    decision = replace(
        build.record().results.decision,
        exit_code=ExitCode.INCOMPLETE,
        headline="incomplete: not everything that applies was observed",
        reasons=("RATE-02 was not observed",),
    )
    row = (build.item(), build.verdict(outcome=Outcome.NOT_OBSERVED, reason="never arose"))
    told = [parse(line) for line in commands(build.record((row,), decision=decision))]
    assert [name for name, _, _ in told] == ["error", "notice"]
    assert told[0][2].startswith("incomplete: not everything that applies was observed; RATE-02")


def test_a_run_that_fails_by_its_ledger_says_so(build: Any) -> None:
    decision = replace(
        build.record().results.decision,
        exit_code=ExitCode.LEDGER,
        headline="not verified",
        reasons=("waiver RATE-02 expired on 2026-11-01",),
    )
    told = commands(build.record(((build.item(), build.verdict()),), decision=decision))
    assert parse(told[0])[2] == "not verified; waiver RATE-02 expired on 2026-11-01"


def test_no_text_becomes_a_command_or_leaves_its_own(build: Any, hostile_words: str) -> None:
    text = hostile_words
    finding = build.finding(message=text)
    row = (
        build.item(title=text),
        build.failure(reason=text, findings=(finding,), waiver=build.waiver(owner=text)),
    )
    told = commands(build.record((row,), decision=green(build)), Locator(uri=text))
    assert len(told) == 1
    assert "\n" not in told[0]
    assert "\r" not in told[0]
    assert told[0].isprintable()
    name, pairs, _ = parse(told[0])
    assert name == "notice"
    assert set(pairs) == {"file", "line", "title"}
    assert pairs["line"] == "1"


def test_escapes_are_those_of_githubs_toolkit() -> None:
    assert escape_data("50%\r\n:,") == "50%25%0D%0A:,"
    assert escape_property("a:b,c%") == "a%3Ab%2Cc%25"
    assert escape_data("%0A") == "%250A"


# an error that ends the command


def told_of(error: PartnerQAError, environ: dict[str, str]) -> list[str]:
    stream = io.StringIO()
    tell_github_of_error(error, environ, stream)
    return stream.getvalue().splitlines()


def test_each_problem_is_beside_its_line(tmp_path: Path) -> None:
    problem = Problem(
        file=str(tmp_path / "qa" / "partner.yaml"),
        line=12,
        key="gusto.scopes",
        message="is wrong",
        hint="try",
    )
    told = told_of(ProfileError([problem]), {**HERE, "GITHUB_WORKSPACE": str(tmp_path)})
    name, pairs, message = parse(told[0])
    assert name == "error"
    assert pairs == {"file": "qa/partner.yaml", "line": "12", "title": "partner-qa the profile"}
    assert message == "gusto.scopes: is wrong (try)"


def test_a_problem_without_a_file_has_no_place() -> None:
    name, pairs, message = parse(told_of(HarnessBug("it broke"), HERE)[0])
    assert (name, set(pairs), message) == ("error", {"title"}, "it broke")


def test_more_than_eight_problems_are_counted() -> None:
    problems = [Problem(message=f"problem {n}") for n in range(20)]
    told = told_of(ProfileError(problems), HERE)
    assert len(told) == 9
    assert parse(told[-1])[2] == "12 more in the log"


def test_no_problem_becomes_a_command(hostile_words: str) -> None:
    text = hostile_words
    told = told_of(ProfileError([Problem(message=text, file=text, key=text, hint=text)]), HERE)
    assert len(told) == 1
    assert told[0].startswith("::error ")


def test_elsewhere_an_error_is_not_annotated() -> None:
    assert told_of(HarnessBug("it broke"), {}) == []


def test_the_command_line_tells_an_error_to_github(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "partner.yaml").write_text("format: 1\n::error: x\n")
    assert run_command_line(["check"]) == 2
    lines = capsys.readouterr().err.splitlines()
    stop = next(n for n, line in enumerate(lines) if line.startswith("::stop-commands::"))
    resume = lines.index(f"::{lines[stop].removeprefix('::stop-commands::')}::")
    assert any("partner.yaml" in line for line in lines[stop:resume])
    assert all(line.startswith("::error file=partner.yaml,line=") for line in lines[resume + 1 :])
    assert lines[resume + 1 :]


# while the summary is printed


def test_the_runner_takes_no_command_from_what_the_summary_prints() -> None:
    stream = io.StringIO()
    with deaf(HERE, stream):
        stream.write("::error::owned\n")
    first, *middle, last = stream.getvalue().strip().splitlines()
    token = first.removeprefix("::stop-commands::")
    assert re.fullmatch(r"[0-9a-f]{32}", token)
    assert last == f"::{token}::"
    assert middle[0] == "::error::owned"


def test_the_runner_listens_again_after_a_crash() -> None:
    stream = io.StringIO()
    with pytest.raises(ZeroDivisionError), deaf(HERE, stream):
        stream.write(str(1 / 0))
    assert stream.getvalue().count("::") == 4


def test_the_token_is_another_each_time() -> None:
    tokens = set()
    for _ in range(3):
        stream = io.StringIO()
        with deaf(HERE, stream):
            pass
        tokens.add(stream.getvalue().split("\n")[0])
    assert len(tokens) == 3


def test_elsewhere_nothing_is_said_at_all(build: Any, tmp_path: Path) -> None:
    stream = io.StringIO()
    path = tmp_path / "summary.md"
    for environ in ({}, {"GITHUB_ACTIONS": "false", "GITHUB_STEP_SUMMARY": str(path)}):
        with deaf(environ, stream):
            pass
        tell_github(build.record(), Locator(), environ, stream)
    assert stream.getvalue() == ""
    assert not path.exists()


# the job summary


def test_the_summary_is_added_to_what_is_there(build: Any, tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    stream = io.StringIO()
    tell_github(build.record(), Locator(), {**HERE, "GITHUB_STEP_SUMMARY": str(path)}, stream)
    assert path.read_text("utf-8").startswith("before\n## Partner Checklist")
    assert stream.getvalue().startswith("::error ")


def test_annotations_come_without_a_summary_too(build: Any) -> None:
    stream = io.StringIO()
    tell_github(build.record(), Locator(), HERE, stream)
    assert len(stream.getvalue().splitlines()) == 6


def test_a_summary_that_cannot_be_written_is_a_clear_error(build: Any, tmp_path: Path) -> None:
    environ = {**HERE, "GITHUB_STEP_SUMMARY": str(tmp_path)}
    with pytest.raises(ReportError, match="GITHUB_STEP_SUMMARY: cannot be written"):
        tell_github(build.record(), Locator(), environ, io.StringIO())


def test_what_the_step_wrote_already_is_counted(build: Any, tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_bytes(b"x" * (1024 * 1024 - 10))
    tell_github(build.record(), Locator(), {**HERE, "GITHUB_STEP_SUMMARY": str(path)}, io.StringIO())
    assert path.stat().st_size <= 1024 * 1024


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_can_be_told(build: Any, outcome: Outcome) -> None:
    row = (build.item(level=Level.SHOULD), build.verdict(outcome=outcome))
    record = build.record((row,), decision=green(build))
    assert len(commands(record)) <= 1
