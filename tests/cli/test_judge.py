"""`partner-qa judge`: verdicts derived again, and compared with what the record says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from partner_qa.checklist import load_checklist
from partner_qa.cli.main import run_command_line
from partner_qa.gate import ExitCode
from partner_qa.report.generator import Page
from partner_qa.report.results import load_results

ITEMS = len(load_checklist().items)


@pytest.fixture
def folder(bench: Any) -> Path:
    """A run in which nothing was wrong, as far as it went."""
    saved: Path = bench.save(bench.run(bench.recording("first_connect")))
    return saved


def record(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    run_command_line(["judge", str(folder), "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["judge", "--help"]) == 0
    assert "partner-qa judge reports/" in capsys.readouterr().out


def test_a_run_is_judged_again_and_summed_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["judge", str(folder)]) == ExitCode.INCOMPLETE
    output = capsys.readouterr().out
    assert "AUTH-08" in output
    assert f"{ITEMS} items:" in output
    assert sorted(path.name for path in folder.iterdir()) == ["cassettes", "run.json"]


def test_one_item_is_judged_by_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["judge", str(folder), "--only", "auth-08"]) == ExitCode.VERIFIED
    assert "1 item: 1 pass" in capsys.readouterr().out


def test_the_results_can_be_had_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = record(folder, capsys)
    assert len(told["items"]) == ITEMS
    assert told["decision"]["exit_code"] == ExitCode.INCOMPLETE


def test_a_record_that_says_the_same_is_confirmed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = record(folder, capsys)
    (folder / "results.json").write_text(json.dumps(told))
    assert run_command_line(["judge", str(folder)]) == ExitCode.INCOMPLETE
    assert f"results.json says the same of {ITEMS} items" in capsys.readouterr().err


def test_a_record_that_says_something_else_ends_in_seven(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = record(folder, capsys)
    row = next(each for each in told["items"] if each["item"]["id"] == "RATE-02")
    row["verdict"] |= {"outcome": "pass", "missing": []}
    (folder / "results.json").write_text(json.dumps(told))
    assert run_command_line(["judge", str(folder)]) == ExitCode.EVIDENCE
    errors = capsys.readouterr().err
    assert "results.json is not what the recordings come to" in errors
    assert "RATE-02: recorded pass, derived not_observed" in errors
    assert run_command_line(["judge", str(folder), "--only", "AUTH-08"]) == ExitCode.VERIFIED


def test_a_record_of_another_version_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = record(folder, capsys)
    told["versions"]["partner-qa"] = "0.0.1"
    told["items"][1]["verdict"]["outcome"] = "pass"
    (folder / "results.json").write_text(json.dumps(told))
    run_command_line(["judge", str(folder)])
    errors = capsys.readouterr().err
    assert "it was judged by partner-qa 0.0.1" in errors
    assert "another edition of the checklist" in errors


def test_a_run_of_a_part_is_judged_in_that_part(bench: Any, capsys: pytest.CaptureFixture[str]) -> None:
    part = bench.run(bench.recording("first_connect"), filters=("--only AUTH-08", "--section wire"))
    folder = bench.save(part)
    told = record(folder, capsys)
    assert [each["item"]["id"] for each in told["items"]] == ["AUTH-08", "WIRE-01"]
    (folder / "results.json").write_text(json.dumps(told))
    assert run_command_line(["judge", str(folder)]) == ExitCode.VERIFIED
    assert "says the same of 2 items" in capsys.readouterr().err
    assert run_command_line(["judge", str(folder), "--only", "VER-02"]) == ExitCode.VERIFIED
    assert "says the same of 0 items" in capsys.readouterr().err


def test_a_record_of_two_runs_is_not_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = record(folder, capsys)
    told["run"]["id"] = "20261101T080000Z"
    told["items"][1]["verdict"]["outcome"] = "pass"
    (folder / "results.json").write_text(json.dumps(told))
    assert run_command_line(["judge", str(folder)]) == ExitCode.INCOMPLETE
    assert "of this run and of run 20261101T080000Z together" in capsys.readouterr().err


def test_what_people_decided_is_taken_from_the_record(
    bench: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = bench.folder / "attestations.yaml"
    answers.write_text(
        "format: 1\nattestations:\n  - {item: PROC-01, person: Dana Doe, role: Head of Product, "
        "given: 2026-11-20, answer: Gusto granted it in November., evidence: [mail.txt]}\n"
    )
    (bench.folder / "mail.txt").write_text("Granted.")
    run_command_line(["judge", str(folder), "--json", "--attestations", str(answers)])
    (folder / "results.json").write_text(capsys.readouterr().out)
    run_command_line(["judge", str(folder)])
    assert f"says the same of {ITEMS} items" in capsys.readouterr().err


def test_an_answer_that_came_since_is_told_and_is_no_difference(
    bench: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "results.json").write_text(json.dumps(record(folder, capsys)))
    answers = bench.folder / "attestations.yaml"
    answers.write_text(
        "format: 1\nattestations:\n  - {item: PROC-01, person: Dana Doe, role: Head of Product, "
        "given: 2026-11-20, answer: Gusto granted it in November., evidence: [mail.txt]}\n"
    )
    (bench.folder / "mail.txt").write_text("Granted.")
    assert run_command_line(["judge", str(folder), "--attestations", str(answers)]) == ExitCode.INCOMPLETE
    errors = capsys.readouterr().err
    assert f"says the same of {ITEMS - 1} items; 1 item that it left open, a person has answered" in errors


def test_the_control_arm_of_a_run_is_heard_again(bench: Any, capsys: pytest.CaptureFixture[str]) -> None:
    bad = bench.run(bench.recording("first_connect", exchanges=(_without_bearer(bench),)))
    folder = bench.save(bad)
    assert run_command_line(["judge", str(folder), "--only", "AUTH-08"]) == ExitCode.FAILED
    bench.save(bad, "saved/control")
    assert run_command_line(["judge", str(folder), "--only", "AUTH-08"]) == ExitCode.HARNESS
    assert "the example integration fails this as well" in " ".join(capsys.readouterr().out.split())


def _without_bearer(bench: Any) -> Any:
    call = bench.call()
    return replace(call, request=replace(call.request, headers=()))


def test_reports_are_written_where_there_are_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("partner_qa.report.writing.generate_page", _no_page)
    assert run_command_line(["judge", str(folder), "--report"]) == ExitCode.INCOMPLETE
    assert len(load_results(folder / "results.json").results.judged) == ITEMS
    assert len(list((folder / "allure-results").glob("*-result.json"))) == ITEMS
    assert (folder / "junit.xml").is_file()
    capsys.readouterr()
    assert run_command_line(["judge", str(folder), "--report"]) == ExitCode.USAGE
    assert "is there already" in capsys.readouterr().err


def _no_page(*arguments: Any, **options: Any) -> Page:
    return Page(path=None, reason="there is no node")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "PAGE-1"], "did you mean PAGE-01?"),
        (["--section", "webhook"], "did you mean webhooks?"),
        (["--waivers", "nowhere.yaml"], "nowhere.yaml: --waivers: is not there"),
        (["--report", "--only", "PAGE-01"], "--report goes with the whole checklist"),
    ],
)
def test_what_was_mistyped_is_a_usage_error(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run_command_line(["judge", str(folder), *arguments]) == ExitCode.USAGE
    assert words in capsys.readouterr().err


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["judge", str(tmp_path / "nowhere")]) == ExitCode.USAGE
    assert "run.json: is not there" in capsys.readouterr().err
