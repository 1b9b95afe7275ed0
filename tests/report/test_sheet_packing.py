"""The partner's sheet in a bundle: what is told of people is gone, and a changed answer is found."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from partner_qa.errors import ReportError
from partner_qa.report.sheet_map import SheetMap, load_sheet_map
from partner_qa.report.sheet_packing import find_sheet_difference, pack_sheet

MAP = """\
format: 1
columns: {verdict: C, note: D}
words: {pass: "Yes", fail: "No"}
rows:
  RATE-02: {row: 2, contains: rate limits}
  RATE-03: {row: 3}
"""
ROWS = [
    ["#", "Question", "Answer", "Comment"],
    [1, "How of rate limits?", "", ""],
    [2, "And the window?", "", ""],
]


@pytest.fixture
def sheet_map(tmp_path: Path) -> SheetMap:
    path = tmp_path / "sheet-map.yaml"
    path.write_text(MAP, "utf-8")
    return load_sheet_map(path)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.properties.creator, book.properties.lastModifiedBy = "Jane Roe", "jroe"
    assert book.active is not None
    for row in ROWS:
        book.active.append(row)
    path = tmp_path / "copy.xlsx"
    book.save(path)
    return path


@pytest.fixture
def separated(tmp_path: Path) -> Path:
    path = tmp_path / "copy.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in ROWS) + "\n", "utf-8")
    return path


def edit(path: Path, change: Callable[[str, bytes], tuple[str, bytes] | None], more: str = "") -> None:
    """Write a workbook again with changed parts, and one more."""
    before = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with before, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            if part := change(name, before.read(name)):
                after.writestr(*part)
        if more:
            after.writestr(more, b"x")


def save(content: bytes, path: Path) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", ["copy", "separated"])
@pytest.mark.parametrize("draft", [False, True])
def test_what_is_packed_is_the_same_twice_and_true(
    build: Any, request: pytest.FixtureRequest, sheet_map: SheetMap, tmp_path: Path, kind: str, draft: bool
) -> None:
    path = request.getfixturevalue(kind)
    content = pack_sheet(build.record(), path, sheet_map, draft=draft)
    assert content == pack_sheet(build.record(), path, sheet_map, draft=draft)
    packed = save(content, tmp_path / f"sheet{path.suffix}")
    assert find_sheet_difference(build.record(), packed, sheet_map, draft=draft) == ""
    assert find_sheet_difference(build.record(), packed, sheet_map, draft=not draft) != ""


def test_each_answer_of_a_draft_says_so(build: Any, copy: Path, sheet_map: SheetMap) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(pack_sheet(build.record(), copy, sheet_map, draft=True))).active
    assert sheet is not None
    assert sheet["C3"].value == "DRAFT, not for submission: Yes"
    assert str(sheet["D2"].value).startswith("DRAFT, not for submission: ")


def test_names_of_people_and_folders_beside_the_cells_are_gone(
    build: Any, copy: Path, sheet_map: SheetMap
) -> None:
    told = b'<x15ac:absPath xmlns:x15ac="urn:x" url="C:\\Users\\jroe\\Gusto\\"/></workbook>'
    edit(copy, lambda name, content: (name, content.replace(b"</workbook>", told)))
    with zipfile.ZipFile(io.BytesIO(pack_sheet(build.record(), copy, sheet_map, draft=False))) as packed:
        every = b"".join(packed.read(name) for name in packed.namelist())
    assert b"absPath" in every
    for gone in (b"Jane Roe", b"jroe"):
        assert gone not in every
    assert openpyxl.load_workbook(copy).properties.creator == "Jane Roe"


def test_a_changed_answer_is_told(build: Any, copy: Path, sheet_map: SheetMap, tmp_path: Path) -> None:
    packed = save(pack_sheet(build.record(), copy, sheet_map, draft=False), tmp_path / "sheet.xlsx")
    edit(packed, lambda name, content: (name, content.replace(b">No<", b">Yes<")))
    assert "xl/worksheets/sheet1.xml is not what the record says" in find_sheet_difference(
        build.record(), packed, sheet_map, draft=False
    )


def test_another_zlib_is_no_difference(build: Any, copy: Path, sheet_map: SheetMap, tmp_path: Path) -> None:
    packed = save(pack_sheet(build.record(), copy, sheet_map, draft=False), tmp_path / "sheet.xlsx")
    before = packed.read_bytes()
    with (
        zipfile.ZipFile(io.BytesIO(before)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name), compresslevel=1)
    assert packed.read_bytes() != before
    assert find_sheet_difference(build.record(), packed, sheet_map, draft=False) == ""


def test_a_changed_field_is_told_by_its_line(
    build: Any, separated: Path, sheet_map: SheetMap, tmp_path: Path
) -> None:
    content = pack_sheet(build.record(), separated, sheet_map, draft=False)
    packed = save(content.replace(b'"No"', b'"Yes"'), tmp_path / "sheet.csv")
    found = find_sheet_difference(build.record(), packed, sheet_map, draft=False)
    assert found == "line 2 is not what the record says"


@pytest.mark.parametrize(
    "part", ["xl/vbaProject.bin", "xl/embeddings/oleObject1.bin", "xl/activeX/activeX1.bin"]
)
def test_what_a_readers_program_could_run_is_refused(
    part: str, build: Any, copy: Path, sheet_map: SheetMap
) -> None:
    edit(copy, lambda name, content: (name, content), more=part)
    with pytest.raises(ReportError, match=part):
        pack_sheet(build.record(), copy, sheet_map, draft=False)


def test_a_workbook_with_macros_is_refused_by_its_name(
    build: Any, copy: Path, sheet_map: SheetMap, tmp_path: Path
) -> None:
    shutil.copy(copy, tmp_path / "copy.xlsm")
    with pytest.raises(ReportError) as caught:
        pack_sheet(build.record(), tmp_path / "copy.xlsm", sheet_map, draft=False)
    assert "is none of .xlsx, .csv" in caught.value.explain()


def test_a_map_that_finds_its_rows_by_an_answer_is_refused(build: Any, tmp_path: Path, copy: Path) -> None:
    path = tmp_path / "sheet-map.yaml"
    path.write_text(MAP.replace("contains: rate limits", "contains: answer here"), "utf-8")
    book = openpyxl.load_workbook(copy)
    assert book.active is not None
    book.active["C2"] = "Answer here"
    book.save(copy)
    with pytest.raises(ReportError) as caught:
        pack_sheet(build.record(), copy, load_sheet_map(path), draft=False)
    assert "`contains` must name a text beside the columns" in caught.value.explain()
