"""The partner's own copy of Gusto's sheet, filled in and packed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from partner_qa.evidence.manifest import MANIFEST
from partner_qa.gate import ExitCode

SHEET = "#,Question,Answer,Comment\n1,Are all pages read?,,\n2,Who approved it?,,\n"
SHEET_MAP = """format: 1
columns: {verdict: C, waiver or attestation: D}
words: {pass: "Yes", attested: "Yes"}
rows:
  PAGE-01: {row: 2, contains: pages}
  PROC-01: {row: 3}
"""


@pytest.fixture
def sheet(desk: Any) -> tuple[str | Path, ...]:
    """What is typed to have a copy of the sheet packed."""
    copy, sheet_map = desk.folder / "gusto.csv", desk.folder / "map.yaml"
    copy.write_text(SHEET)
    sheet_map.write_text(SHEET_MAP)
    return ("--sheet", copy, "--map", sheet_map)


def test_the_sheet_is_packed_filled_in_and_verified(desk: Any, sheet: tuple[str | Path, ...]) -> None:
    desk.both()
    words = (desk.reports / "embedded", "--live", desk.reports / "live", "--key", desk.key_file, *sheet)
    assert desk.bundle(*words).code == 0
    files = desk.contents()
    rows = [*csv.reader(io.StringIO(files["sheet.csv"].decode()))]
    assert rows[1] == ["1", "Are all pages read?", "Yes", ""]
    assert rows[2][2] == "Yes"
    assert "Dana Doe" in rows[2][3]
    assert json.loads(files[MANIFEST])["sheet"] == "sheet.csv"
    assert "sheet.csv, filled in by sheet-map.yaml" in files["SUBMISSION.md"].decode()
    assert desk.verify_trusted().code == 0
    assert desk.bundle(*words, output="again.zip").code == 0
    assert (desk.folder / "again.zip").read_bytes() == (desk.folder / "b.zip").read_bytes()
    assert (desk.folder / "gusto.csv").read_text() == SHEET


SHEET_FORGERIES: dict[str, Callable[[dict[str, bytes]], None]] = {
    "an answer": lambda files: files.update({"sheet.csv": files["sheet.csv"].replace(b"Yes", b"Surely")}),
    "the map": lambda files: files.update(
        {"sheet-map.yaml": files["sheet-map.yaml"].replace(b"verdict: C", b"verdict: B")}
    ),
    "no map": lambda files: files.pop("sheet-map.yaml"),
    "a hostile map": lambda files: files.update(
        {"sheet-map.yaml": b"!!python/object/apply:os.system ['touch owned']"}
    ),
    "no sheet": lambda files: files.pop("sheet.csv"),
    "two sheets": lambda files: files.update({"sheet.xlsx": b"PK"}),
}


@pytest.mark.parametrize("name", SHEET_FORGERIES)
def test_a_forged_sheet_is_caught_even_with_the_trusted_key(
    name: str, desk: Any, sheet: tuple[str | Path, ...]
) -> None:
    folder = desk.run("embedded")
    assert desk.bundle(folder, "--draft", "--key", desk.key_file, *sheet).code == 0
    assert "view_differs" not in desk.verify_trusted().codes
    found = desk.verify_trusted(desk.repack(SHEET_FORGERIES[name], key=desk.key))
    assert "view_differs" in found.codes
    assert not Path("owned").exists()


def test_a_leak_in_the_sheet_is_found(desk: Any, sheet: tuple[str | Path, ...]) -> None:
    desk.both()
    (desk.folder / "gusto.csv").write_text(SHEET.replace("Who", "the-client-secret-of-this-run Who"))
    ran = desk.bundle(desk.reports / "embedded", "--live", desk.reports / "live", *sheet)
    assert ran.code == ExitCode.EVIDENCE
    assert "leak: sheet.csv, line 3: a secret of the run" in ran.err


def test_a_sheet_that_does_not_fit_its_map_is_told(desk: Any, sheet: tuple[str | Path, ...]) -> None:
    folder = desk.run("embedded")
    (desk.folder / "gusto.csv").write_text(SHEET.replace("pages", "lists"))
    ran = desk.bundle(folder, "--draft", *sheet)
    assert ran.code == ExitCode.USAGE
    assert 'does not contain "pages"' in " ".join(ran.err.split())
    assert desk.bundle(folder, "--draft", *sheet[2:]).code == ExitCode.USAGE
    assert desk.bundle(folder, "--draft", "--sheet", desk.folder / "none.csv").code == ExitCode.USAGE
