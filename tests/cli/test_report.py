"""`partner-qa report`: the reports made again, and the partner's own sheet filled in."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cli.main import run_command_line
from partner_qa.report.generator import Page


@pytest.fixture
def folder(bench: Any, capsys: pytest.CaptureFixture[str]) -> Path:
    """A run with its record."""
    saved: Path = bench.save(bench.run(bench.recording("first_connect")))
    run_command_line(["judge", str(saved), "--json"])
    (saved / "results.json").write_text(json.dumps(json.loads(capsys.readouterr().out)))
    return saved


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A copy of the reviewer's sheet and a map beside it."""
    (tmp_path / "sheet-map.yaml").write_text("format: 1\ncolumns: {verdict: B}\nrows: {AUTH-08: {row: 2}}\n")
    path = tmp_path / "copy.csv"
    path.write_text("Question,Answer\nBearer?,\n")
    return path


def fill(folder: Path, sheet: Path, *more: str) -> int:
    chosen = ["--map", str(sheet.with_name("sheet-map.yaml"))]
    return run_command_line(["report", str(folder), "--sheet", str(sheet), *chosen, *more])


def test_the_reports_are_made_again_from_the_record(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("partner_qa.report.writing.generate_page", lambda *_, **__: Page(path=None))
    assert run_command_line(["report", str(folder), "--quiet"]) == 0
    told = {Path(line).name for line in capsys.readouterr().out.splitlines()}
    assert {"static.html", "checklist.xlsx", "junit.xml", "results.json"} <= told
    assert (folder / "checklist.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_partners_sheet_is_filled_in_beside_it(
    folder: Path, sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sheet.read_bytes()
    assert fill(folder, sheet) == 0
    filled = sheet.with_name("copy-filled.csv")
    assert capsys.readouterr().out == f"{filled}\n"
    assert list(csv.reader(filled.read_text().splitlines()))[1] == ["Bearer?", "pass"]
    assert sheet.read_bytes() == before


def test_it_goes_where_output_says(folder: Path, sheet: Path, tmp_path: Path) -> None:
    assert fill(folder, sheet, "--output", str(tmp_path / "new" / "filled.csv")) == 0
    assert (tmp_path / "new" / "filled.csv").exists()


@pytest.mark.parametrize(
    ("output", "said"), [("copy.csv", "is the sheet itself"), ("copy.xlsx", "does not end in .csv")]
)
def test_the_sheet_itself_is_never_written_over(
    folder: Path, sheet: Path, capsys: pytest.CaptureFixture[str], output: str, said: str
) -> None:
    assert fill(folder, sheet, "--output", str(sheet.with_name(output))) == 2
    assert said in capsys.readouterr().err
    assert sheet.read_text() == "Question,Answer\nBearer?,\n"


def test_a_map_that_is_not_there_is_a_clear_error(
    folder: Path, sheet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet.with_name("sheet-map.yaml").unlink()
    assert fill(folder, sheet) == 2
    assert "sheet-map.yaml: does not exist" in capsys.readouterr().err


def test_output_without_a_sheet_is_misuse(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["report", str(folder), "--output", "x.csv"]) == 2
    assert "--output goes with --sheet" in capsys.readouterr().err
