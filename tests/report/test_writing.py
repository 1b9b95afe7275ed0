"""All reports of a run: what is always written, and what is said where the Allure page cannot be made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cli.main import run_command_line
from partner_qa.report import writing as room
from partner_qa.report.generator import Folders, Page
from partner_qa.report.results import Record
from partner_qa.report.writing import write_reports

ALWAYS = {"results.json", "static.html", "checklist.xlsx", "checklist.csv", "junit.xml"}
HOW = "pip install 'gusto-partner-qa[node]'"


@pytest.fixture
def told(build: Any, session: Any) -> Record:
    """A record whose Allure results lie in the folder of its run."""
    session.folder = session.folder / "run" / "allure-results"
    session.folder.mkdir(parents=True)
    record: Record = build.record()
    session.tell_all(record)
    return record


def silent(_: str) -> None:
    """Say nothing."""


def test_without_node_every_other_report_is_written_and_the_reason_told(
    told: Record, tmp_path: Path, programs: Any
) -> None:
    written = write_reports(told, tmp_path / "run", says=silent, environ=programs.environment)
    assert HOW in written.no_allure
    assert {each.name for each in (tmp_path / "run").iterdir()} >= ALWAYS
    assert "Allure report" not in dict(written.files)
    assert all(path.is_file() for _, path in written.files)


def test_whoever_has_logs_is_told_where_they_are(build: Any, tmp_path: Path) -> None:
    assert "logs" not in dict(write_reports(build.record(), tmp_path, says=silent).files)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "web.log").write_text("Traceback\n")
    assert dict(write_reports(build.record(), tmp_path, says=silent).files)["logs"] == tmp_path / "logs"


def test_the_folder_for_allure_is_finished_even_without_node(
    told: Record, tmp_path: Path, programs: Any
) -> None:
    write_reports(told, tmp_path / "run", says=silent, environ=programs.environment)
    results = tmp_path / "run" / "allure-results"
    assert {"environment.properties", "categories.json", "executor.json"} <= {
        each.name for each in results.iterdir()
    }
    assert json.loads((results / "executor.json").read_text())["buildName"] == told.results.run.id


def test_a_run_without_allure_results_says_what_makes_them(build: Any, tmp_path: Path) -> None:
    written = write_reports(build.record(), tmp_path, says=silent)
    assert "judge --report" in written.no_allure
    assert {each.name for each in tmp_path.iterdir()} >= ALWAYS


def test_the_allure_page_comes_first_and_its_history_lies_beside_the_runs(
    told: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Folders] = []

    def generate(record: Record, folders: Folders, **_: Any) -> Page:
        asked.append(folders)
        return Page(path=folders.page)

    monkeypatch.setattr(room, "generate_page", generate)
    written = write_reports(told, tmp_path / "run", says=silent)
    write_reports(told, tmp_path / "run", says=silent, is_new=False)
    assert written.files[0] == ("Allure report", tmp_path / "run" / "index.html")
    assert written.no_allure == ""
    assert [each.history for each in asked] == [tmp_path / "history.jsonl"] * 2
    assert [each.adds_history for each in asked] == [True, False]


def test_a_report_made_again_leaves_the_record_alone(told: Record, tmp_path: Path, programs: Any) -> None:
    (tmp_path / "run" / "results.json").write_text("as it was")
    write_reports(told, tmp_path / "run", says=silent, is_new=False, environ=programs.environment)
    assert (tmp_path / "run" / "results.json").read_text() == "as it was"


@pytest.fixture
def judged(
    tmp_path: Path,
    programs: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[Path, int, str]:
    """The example's recordings, judged with reports on a machine without Node."""
    folder = tmp_path / "reports" / "run"
    shutil.copytree(Path(__file__).parents[2] / "cassettes" / "acme_time", folder)
    for name, value in programs.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code = run_command_line(["judge", str(folder), "--report"])
    return folder, code, capsys.readouterr().err


def test_one_line_says_how_to_get_the_page_and_the_exit_code_is_the_same(
    judged: tuple[Path, int, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, code, said = judged
    lines = [line for line in said.splitlines() if "Allure" in line]
    assert len(lines) == 1, said
    assert lines[0].startswith("no Allure report: there is no Node on PATH")
    assert HOW in lines[0]
    assert not (folder / "index.html").exists()
    assert run_command_line(["judge", str(folder)]) == code
    decision = json.loads((folder / "results.json").read_text())["decision"]
    assert decision["exit_code"] == code
    assert run_command_line(["report", str(folder), "--quiet"]) == 0
    again = capsys.readouterr()
    assert HOW in again.err
    assert {Path(line).name for line in again.out.splitlines()} >= ALWAYS - {"checklist.csv"}
