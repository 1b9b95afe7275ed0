"""The partner's own copy of Gusto's sheet: only the named cells change, and hostile files change nothing."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from partner_qa.errors import ReportError
from partner_qa.model import Outcome
from partner_qa.report.rows import Column
from partner_qa.report.sheet_copy import fill_copy
from partner_qa.report.sheet_map import SheetMap, Spot, load_sheet_map, to_letters, to_number
from partner_qa.report.sheet_workbook import fill_workbook

MAP = """\
format: 1
columns: {verdict: C, note: D}
words: {pass: "Yes", fail: "No", not_applicable: "N/A"}
rows:
  RATE-02: {sheet: Review, row: 5, contains: rate limits}
  RATE-03: {sheet: Review, row: 6}
  WH-02: {sheet: Review, row: 7, columns: {verdict: F}}
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A sheet as a reviewer makes it: styles, a list to choose from, a comment, merged cells, a formula."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Read me"
    sheet = book.create_sheet("Review")
    sheet["A1"] = "Gusto's review"
    sheet.merge_cells("A1:D1")
    sheet.append(["#", "Question", "Answer", "Comment"])
    sheet["A5"], sheet["B5"], sheet["C5"] = 1, "How do you handle  Rate Limits?", "to be filled in"
    sheet["A6"], sheet["B6"] = 2, "And the whole window?"
    sheet["A7"], sheet["B7"], sheet["E7"] = 3, "Forged webhooks", "=SUM(A5:A7)"
    sheet["C5"].font = Font(bold=True, color="FF0000")
    sheet["C5"].fill = PatternFill("solid", start_color="FFFF00")
    sheet["B5"].comment = Comment("please be honest", "Gusto")
    sheet.column_dimensions["D"].width = 44
    choice = DataValidation(type="list", formula1='"Yes,No,N/A"')
    choice.add("C5:C7")
    sheet.add_data_validation(choice)
    path = tmp_path / "copy.xlsx"
    book.save(path)
    return path


@pytest.fixture
def write_map(tmp_path: Path) -> Callable[[str], SheetMap]:
    def write(text: str) -> SheetMap:
        path = tmp_path / "sheet-map.yaml"
        path.write_text(text, "utf-8")
        return load_sheet_map(path)

    return write


def open_sheet(content: bytes, name: str = "Review") -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))[name]


def refused(build: Any, path: Path, sheet_map: SheetMap) -> str:
    with pytest.raises(ReportError) as caught:
        fill_copy(build.record(), path, sheet_map)
    return caught.value.explain()


# .xlsx


def test_the_named_cells_hold_the_answers_in_the_sheets_own_words(
    build: Any, copy: Path, write_map: Any
) -> None:
    sheet = open_sheet(fill_copy(build.record(), copy, write_map(MAP)))
    assert [sheet[cell].value for cell in ("C5", "C6", "F7")] == ["No", "Yes", "N/A"]
    assert "does not wait as long as the 429 asked it to" in sheet["D5"].value
    assert sheet["D7"].value == "no use case has webhooks"


def test_every_other_cell_and_every_other_part_stays_byte_for_byte(
    build: Any, copy: Path, write_map: Any
) -> None:
    content = fill_copy(build.record(), copy, write_map(MAP))
    before, after = open_sheet(copy.read_bytes()), open_sheet(content)
    touched = {"C5", "D5", "C6", "D6", "F7", "D7"}
    for line in before.iter_rows():
        for cell in line:
            if cell.coordinate not in touched:
                assert after[cell.coordinate].value == cell.value
    with zipfile.ZipFile(copy) as old, zipfile.ZipFile(io.BytesIO(content)) as new:
        assert new.namelist() == old.namelist()
        changed = [name for name in old.namelist() if old.read(name) != new.read(name)]
    assert changed == ["xl/worksheets/sheet2.xml"]


def test_formats_lists_and_comments_stay(build: Any, copy: Path, write_map: Any) -> None:
    sheet = open_sheet(fill_copy(build.record(), copy, write_map(MAP)))
    assert sheet["C5"].font.bold
    assert sheet["C5"].fill.start_color.rgb == "00FFFF00"
    assert sheet.data_validations.dataValidation[0].formula1 == '"Yes,No,N/A"'
    assert sheet["B5"].comment.text == "please be honest"
    assert sheet.column_dimensions["D"].width == 44
    assert sheet["E7"].value == "=SUM(A5:A7)"


def test_a_cell_that_was_never_written_gets_the_style_of_its_row_or_column() -> None:
    sheet = '<cols><col min="3" max="4" style="7"/></cols><sheetData><row r="5"><c r="A5"/></row>'
    sheet += '<row r="6" s="9" customFormat="1" spans="1:2"/></sheetData>'
    filled = fill_raw(sheet, {(5, 3): "x", (6, 3): "y", (5, 9): "z"})
    assert '<c r="C5" s="7" t="inlineStr">' in filled
    assert '<c r="I5" t="inlineStr">' in filled
    assert '<row r="6" s="9" customFormat="1"><c r="C6" s="9" t="inlineStr">' in filled
    assert "</c></row></sheetData>" in filled


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<row r="1"><c r="A1" s="3" t="s"><v>0</v></c></row>', '<row r="1">{A1 s="3"}</row>'),
        ("<row><c><v>1</v></c><c/></row>", "<row>{A1}<c/></row>"),
        ('<row r="1"><c r="B1"/></row>', '<row r="1">{A1}<c r="B1"/></row>'),
        ('<row r="1" ></row >', '<row r="1" >{A1}</row >'),
        ('<row r="1"  />', '<row r="1">{A1}</row>'),
        ("<row r='1' x='a>b/>'><c r='A1'/></row>", "<row r='1' x='a>b/>'>{A1}</row>"),
        ('<row r="1"><c r="A1"><v>1</v></c ></row>', '<row r="1">{A1}</row>'),
    ],
)
def test_cells_are_found_however_they_are_written(before: str, after: str) -> None:
    filled = fill_raw(f"<sheetData>{before}</sheetData>", {(1, 1): "x"})
    start, style = '<c r="A1"', ' s="3"' if "s=" in after else ""
    cell = f'{start}{style} t="inlineStr"><is><t xml:space="preserve">x</t></is></c>'
    expected = after.replace('{A1 s="3"}', cell).replace("{A1}", cell)
    assert f"<sheetData>{expected}</sheetData>" in filled


def test_a_prefix_of_the_vocabulary_is_kept() -> None:
    raw = (
        '<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="A1"/></x:row></x:sheetData></x:worksheet>'
    )
    filled = fill_raw("", {(1, 1): "ä"}, whole=raw)
    assert '<x:c r="A1" t="inlineStr"><x:is><x:t xml:space="preserve">ä</x:t></x:is></x:c>' in filled


def test_a_formula_is_not_written_over(build: Any, copy: Path, write_map: Any) -> None:
    said = refused(build, copy, write_map(MAP.replace("verdict: F", "verdict: E")))
    assert "Review!E7: holds a formula" in said


def test_a_cell_that_a_merged_range_hides_is_refused(build: Any, copy: Path, write_map: Any) -> None:
    text = "format: 1\nrows:\n  RATE-02: {sheet: Review, row: 1, columns: {verdict: B}}\n"
    said = refused(build, copy, write_map(text))
    assert "Review!B1: lies hidden in merged cells (name A1 instead)" in said


def test_rows_that_have_moved_are_noticed(build: Any, copy: Path, write_map: Any) -> None:
    said = refused(build, copy, write_map(MAP.replace("row: 5", "row: 6").replace("row: 6}", "row: 5}")))
    assert 'Review!row 6: does not contain "rate limits"' in said


def test_every_problem_is_told_at_once(build: Any, copy: Path, write_map: Any) -> None:
    text = MAP.replace("row: 6", "row: 60").replace("verdict: F", "verdict: E")
    text += "  AUTH-11: {sheet: Reveiw, row: 2}\n"
    said = refused(build, copy, write_map(text))
    assert "Review!row 60: is not there: the last row with anything in it is 7" in said
    assert "Review!E7" in said
    assert 'has no sheet "Reveiw" (it has "Read me", "Review")' in said
    assert "3 problems" in said


def test_the_first_sheet_is_meant_where_none_is_named(build: Any, copy: Path, write_map: Any) -> None:
    book = openpyxl.load_workbook(copy)
    book["Read me"]["A1"] = "hello"
    book.save(copy)
    sheet_map = write_map("format: 1\ncolumns: {verdict: B}\nrows:\n  RATE-02: {row: 1}\n")
    assert open_sheet(fill_copy(build.record(), copy, sheet_map), "Read me")["B1"].value == "FAIL"


def test_items_that_share_a_row_come_to_the_worst_of_them(build: Any, copy: Path, write_map: Any) -> None:
    text = "format: 1\ncolumns: {item: A, verdict: C, note: D}\nrows:\n"
    for item in ("RATE-03", "RATE-02", "PAGE-01"):
        text += f"  {item}: {{sheet: Review, row: 6}}\n"
    sheet = open_sheet(fill_copy(build.record(), copy, write_map(text)))
    assert sheet["A6"].value == "RATE-03, RATE-02, PAGE-01"
    assert sheet["C6"].value == "FAIL"
    assert "RATE-02: does not wait" in sheet["D6"].value
    assert "PAGE-01: no list" in sheet["D6"].value


def test_a_waived_failure_does_not_hide_one_that_is_not(build: Any, copy: Path, write_map: Any) -> None:
    text = "format: 1\ncolumns: {verdict: C}\nrows:\n  AUTH-11: {sheet: Review, row: 6}\n"
    sheet = open_sheet(fill_copy(build.record(), copy, write_map(text)))
    assert sheet["C6"].value == "FAIL (waived)"
    text += "  RATE-02: {sheet: Review, row: 6}\n"
    assert open_sheet(fill_copy(build.record(), copy, write_map(text)))["C6"].value == "FAIL"


def test_the_sheets_words_are_no_formulas_either(build: Any, copy: Path, write_map: Any) -> None:
    sheet = open_sheet(fill_copy(build.record(), copy, write_map(MAP.replace('"No"', '"=1+1"'))))
    assert (sheet["C5"].value, sheet["C5"].data_type) == ("'=1+1", "s")


def test_filling_in_twice_gives_the_same_bytes(build: Any, copy: Path, write_map: Any) -> None:
    sheet_map = write_map(MAP)
    first = fill_copy(build.record(), copy, sheet_map)
    assert fill_copy(build.record(), copy, sheet_map) == first


def test_hostile_texts_stay_inside_their_cell(build: Any, copy: Path, write_map: Any) -> None:
    sheet_map = write_map("format: 1\nrows:\n  RATE-02: {sheet: Review, row: 5, columns: {note: D}}\n")
    sheet = open_sheet(fill_copy(build.hostile_record(), copy, sheet_map))
    assert "<script>alert(1)</script>" in sheet["D5"].value
    assert sheet["C5"].value == "to be filled in"


# what is no workbook


def make_zip(parts: dict[str, bytes | str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return stream.getvalue()


def make_workbook(sheet: str, **others: bytes | str) -> dict[str, bytes | str]:
    relation = '<Relationships><Relationship Id="r1" Type="x/{}" Target="{}"/></Relationships>'
    return {
        "_rels/.rels": relation.format("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": '<workbook><sheets><sheet name="Review" id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relation.format("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet,
        **others,
    }


def fill_raw(inside: str, cells: dict[tuple[int, int], str], *, whole: str = "") -> str:
    """Fill in a sheet of which only its XML matters, and return that."""
    from partner_qa.report.sheet_change import Change  # noqa: PLC0415 - a detail of two tests

    change = Change(path=Path("copy.xlsx"), sheet="Review", cells=cells, contains={})
    content = make_zip(make_workbook(whole or f"<worksheet>{inside}</worksheet>"))
    with zipfile.ZipFile(io.BytesIO(fill_workbook(content, [change]))) as packed:
        return packed.read("xl/worksheets/sheet1.xml").decode()


ROW = '<worksheet><sheetData><row r="5"><c r="C5"/></row></sheetData></worksheet>'
MERGES = '<mergeCell ref="Y1:Z2"/>'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no whole .xlsx file"),
        (b"PK\x03\x04" + b"\0" * 40, "is no whole .xlsx file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "is encrypted, or of the old .xls format"),
        (make_zip({"hello.txt": "hi"}), "is no workbook: it has no _rels/.rels"),
        (make_zip(make_workbook(ROW))[:-30], "is no whole .xlsx file"),
        (make_zip(make_workbook(ROW))[:-6] + b"\xff\xff\xff\0" + bytes(2), "is no whole .xlsx file"),
        (make_zip(make_workbook(BOMB + ROW)), "holds XML with a document type"),
        (make_zip(make_workbook("<worksheet><sheetData>")), "holds XML that is broken"),
        (make_zip(make_workbook(ROW.replace("worksheet", "chart"))), "is not there"),
        (make_zip(make_workbook('<?xml version="1.0" encoding="UTF-16"?>' + ROW)), "another encoding"),
        (make_zip(make_workbook(ROW.encode("utf-16"))), "another encoding than UTF-8"),
        (
            lambda: make_zip(make_workbook(ROW.replace("<sheetData>", MERGES * 20_001 + "<sheetData>"))),
            "more than 20,000 merged ranges",
        ),
        (
            lambda: make_zip(make_workbook("<worksheet>" + "\0" * 33_000_000 + "</worksheet>")),
            "a part above 32 MB",
        ),
        (
            lambda: make_zip(make_workbook(ROW, **{f"p{i}": b"\0" * 30_000_000 for i in range(7)})),
            "more than 200 MB",
        ),
        (
            lambda: make_zip(make_workbook(ROW, **{f"p{i}": b"" for i in range(2_001)})),
            "more than 2,000 parts",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_hostile_or_broken_file_is_refused(
    build: Any, tmp_path: Path, content: bytes | Callable[[], bytes], said: str, write_map: Any
) -> None:
    path = tmp_path / "copy.xlsx"
    path.write_bytes(content() if callable(content) else content)  # the large ones are made here only
    words = refused(build, path, write_map("format: 1\ncolumns: {verdict: C}\nrows:\n  RATE-02: {row: 5}\n"))
    assert said in words
    assert str(path) in words


def test_a_zip_whose_sizes_lie_is_refused(build: Any, tmp_path: Path, write_map: Any) -> None:
    content = bytearray(make_zip(make_workbook(ROW)))
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    path = tmp_path / "copy.xlsx"
    path.write_bytes(bytes(content))
    sheet_map = write_map("format: 1\ncolumns: {verdict: C}\nrows:\n  RATE-02: {row: 5}\n")
    assert "is no whole .xlsx file" in refused(build, path, sheet_map)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused(build: Any, tmp_path: Path, write_map: Any) -> None:
    stream = io.BytesIO(make_zip(make_workbook(ROW)))
    with zipfile.ZipFile(stream, "a") as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
    path = tmp_path / "copy.xlsx"
    path.write_bytes(stream.getvalue())
    sheet_map = write_map("format: 1\ncolumns: {verdict: C}\nrows:\n  RATE-02: {row: 5}\n")
    assert "has two parts of one name" in refused(build, path, sheet_map)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("copy.ods", "is none of .csv, .xlsm, .xlsx"),
        ("gone.xlsx", "does not exist"),
        ("folder.csv", "is not"),
    ],
)
def test_what_cannot_be_read_says_why(
    build: Any, tmp_path: Path, name: str, said: str, write_map: Any
) -> None:
    (tmp_path / "folder.csv").mkdir()
    sheet_map = write_map("format: 1\ncolumns: {verdict: C}\nrows:\n  RATE-02: {row: 5}\n")
    assert said in refused(build, tmp_path / name, sheet_map)


def test_a_file_that_is_too_large_is_not_read(build: Any, tmp_path: Path, write_map: Any) -> None:
    path = tmp_path / "copy.csv"
    with path.open("wb") as stream:
        stream.truncate(20_000_001)
    sheet_map = write_map("format: 1\ncolumns: {verdict: C}\nrows:\n  RATE-02: {row: 5}\n")
    assert "is larger than 20 MB" in refused(build, path, sheet_map)


# .csv


CSV_MAP = "format: 1\ncolumns: {verdict: C, note: E}\nrows:\n  RATE-02: {row: 3, contains: limits}\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_fields_are_filled_in_and_all_else_stays(
    build: Any, tmp_path: Path, write_map: Any, separator: str, end: str
) -> None:
    lines = [
        ["#", "Question", "Answer", "Other"],
        ["1", f'"a{separator} ""b"" {end}and more"', "", "x"],
        ["2", "Rate limits", '"old"', "kept"],
        ["3", "last", "", ""],
    ]
    text = "\ufeff" + end.join(separator.join(line) for line in lines)
    path = tmp_path / "copy.csv"
    path.write_text(text, "utf-8", newline="")
    filled = fill_copy(build.record(), path, write_map(CSV_MAP)).decode("utf-8")
    rows = list(csv.reader(io.StringIO(filled.removeprefix("\ufeff"), newline=""), delimiter=separator))
    assert rows[2][:4] == ["2", "Rate limits", "FAIL", "kept"]
    assert "does not wait" in rows[2][4]
    old, new = text.split(end), filled.split(end)
    assert old[:3] == new[:3]
    assert old[4:] == new[4:]


def test_a_short_line_is_made_longer(build: Any, tmp_path: Path, write_map: Any) -> None:
    path = tmp_path / "copy.csv"
    path.write_text("a,b,c,d,e,f\n\nlimits\n", "utf-8")
    filled = fill_copy(build.record(), path, write_map(CSV_MAP)).decode()
    line = next(csv.reader([filled.splitlines()[2]]))
    assert line[:2] == ["limits", ""]
    assert line[2] == "FAIL"
    assert line[3] == ""
    assert "does not wait" in line[4]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n", "row 3: is not there: the file ends after row 2"),
        (b"a,b\n1,2\n3,4\n", 'row 3: does not contain "limits"'),
        (b"a,b\n\xff\xfe,2\n", "2: is not UTF-8 text (export it as `CSV UTF-8`)"),
        (b"a,b\0\n", "holds NUL characters"),
        (b"", "row 3: is not there: the file ends after row 0"),
    ],
)
def test_a_csv_that_does_not_fit_is_refused(
    build: Any, tmp_path: Path, write_map: Any, content: bytes, said: str
) -> None:
    path = tmp_path / "copy.csv"
    path.write_bytes(content)
    assert said in refused(build, path, write_map(CSV_MAP))


def test_a_map_with_sheets_does_not_fit_a_csv(build: Any, tmp_path: Path, write_map: Any) -> None:
    path = tmp_path / "copy.csv"
    path.write_text("a,b\n", "utf-8")
    assert "has no sheets, and the map names Review" in refused(build, path, write_map(MAP))


# the map


def test_an_item_that_the_run_does_not_know_is_named_with_its_line(
    build: Any, copy: Path, write_map: Any
) -> None:
    said = refused(build, copy, write_map(MAP + "  PAGE-99: {row: 2}\n"))
    assert 'sheet-map.yaml:8: rows["PAGE-99"]: the run has judged no such item' in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format: 1\nrows: {RATE-02: {row: 5}}\n", 'rows["RATE-02"]: names no columns'),
        ("format: 1\ncolumns: {verdict: C1}\nrows: {RATE-02: {row: 5}}\n", "columns.verdict"),
        ("format: 1\ncolumns: {verdict: XFE}\nrows: {RATE-02: {row: 5}}\n", "columns.verdict"),
        ("format: 1\ncolumns: {verdcit: C}\nrows: {RATE-02: {row: 5}}\n", "verdict"),
        ("format: 1\ncolumns: {verdict: C}\nrows: {RATE-02: {row: 0}}\n", 'rows["RATE-02"].row'),
        ("format: 1\ncolumns: {verdict: C}\nrows: {}\n", "rows"),
        ("format: 1\ncolumns: {verdict: C}\nrows: {rate: {row: 1}}\n", "rate"),
        ("format: 2\n", "format"),
        ("", "is empty"),
        ("rows: [", "is not YAML"),
    ],
)
def test_a_map_that_is_wrong_says_where(write_map: Any, text: str, said: str) -> None:
    with pytest.raises(ReportError) as caught:
        write_map(text)
    assert said in caught.value.explain()
    assert "sheet-map.yaml" in caught.value.explain()


def test_a_map_may_name_every_column(write_map: Any) -> None:
    columns = ", ".join(f"{column.value}: {to_letters(n)}" for n, column in enumerate(Column, 1))
    sheet_map = write_map(f"format: 1\ncolumns: {{{columns}}}\nrows: {{RATE-02: {{row: 5}}}}\n")
    assert sheet_map.spots["RATE-02"] == Spot(
        sheet="", row=5, columns={column: n for n, column in enumerate(Column, 1)}, line=3
    )
    assert set(sheet_map.words) <= set(Outcome)


@given(st.integers(min_value=1, max_value=16_384))
def test_letters_and_numbers_of_columns_are_each_others(number: int) -> None:
    assert to_number(to_letters(number)) == number


def test_the_last_column_is_xfd() -> None:
    assert (to_letters(16_384), to_letters(27), to_letters(26)) == ("XFD", "AA", "Z")
