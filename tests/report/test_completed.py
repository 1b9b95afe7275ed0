"""The completed checklist, as spreadsheet programs and programs read it."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from partner_qa.model import Basis, Outcome, Source
from partner_qa.report import wording
from partner_qa.report.completed import DRAFT, render_checklist_csv, write_checklist_csv, write_checklist_xlsx
from partner_qa.report.rows import CELL, Column, to_cell, write_rows

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
HEADER = [
    *("section", "item", "requirement", "level", "basis", "applies", "verdict", "evidence", "blame"),
    *("exchanges", "waiver or attestation", "note", "source"),
]


@pytest.fixture
def book(build: Any, tmp_path: Path) -> Any:
    write_checklist_xlsx(build.record(), tmp_path / "checklist.xlsx")
    return openpyxl.load_workbook(tmp_path / "checklist.xlsx")


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def find_row(sheet: Any, item: str) -> dict[str, Any]:
    found = next(row for row in sheet.iter_rows(min_row=2) if row[1].value == item)
    return dict(zip(HEADER, found, strict=True))


def test_the_columns_are_those_that_were_agreed(book: Any, build: Any) -> None:
    assert [cell.value for cell in book["Checklist"][1]] == HEADER
    assert list(read_csv(render_checklist_csv(build.record()))[0]) == HEADER
    assert [column.value for column in Column] == HEADER


def test_a_failure_says_where_whose_and_why(book: Any, build: Any) -> None:
    row = {name: cell.value for name, cell in find_row(book["Checklist"], "RATE-02").items()}
    assert row["section"] == "Rate limits"
    assert row["verdict"] == "FAIL"
    assert (row["level"], row["basis"], row["evidence"]) == ("must", "documented", "wire")
    assert row["applies"] == "yes (asked of all)"
    assert row["blame"] == "the integration"
    assert row["exchanges"] == "rate_limited_sync#2, rate_limited_sync#3"
    assert build.finding().fingerprint in row["note"]
    assert row["source"] == "https://docs.gusto.com/app-integrations/docs/rate-limits"


def test_what_people_decided_stands_in_its_own_column(book: Any) -> None:
    sheet = book["Checklist"]
    waived = find_row(sheet, "AUTH-11")
    assert waived["verdict"].value == "FAIL (waived)"
    assert waived["waiver or attestation"].value.startswith("waived: by dana@acme.example until 2026-12-31")
    attested = find_row(sheet, "PROC-01")["waiver or attestation"].value
    assert "Dana Doe (Head of Product), 2026-11-20" in attested
    assert "support-page.pdf" in attested


def test_what_does_not_apply_says_so(book: Any) -> None:
    row = find_row(book["Checklist"], "WH-02")
    assert row["applies"].value == "no (asked of all)"


def test_what_is_missing_stands_in_the_note(book: Any) -> None:
    assert "actions.sync_people in partner.yaml" in find_row(book["Checklist"], "PAGE-01")["note"].value


def test_a_verdict_without_findings_names_its_scenarios(book: Any) -> None:
    assert find_row(book["Checklist"], "RATE-03")["exchanges"].value == "rate_limited_sync"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_colour_never_stands_without_its_word(build: Any, tmp_path: Path, outcome: Outcome) -> None:
    record = build.record(((build.item(), build.verdict(outcome=outcome, reason="so")),))
    write_checklist_xlsx(record, tmp_path / "c.xlsx")
    cell = find_row(openpyxl.load_workbook(tmp_path / "c.xlsx")["Checklist"], "RATE-02")["verdict"]
    assert cell.value == wording.OUTCOMES[outcome]
    assert cell.fill.fill_type == "solid"


def test_the_header_is_frozen_and_filters(book: Any) -> None:
    sheet = book["Checklist"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:M10"
    assert sheet.print_title_rows == "$1:$1"


def test_items_and_exchanges_are_links_into_the_plain_page(build: Any, tmp_path: Path) -> None:
    write_checklist_xlsx(build.record(), tmp_path / "c.xlsx", page="report/static.html")
    row = find_row(openpyxl.load_workbook(tmp_path / "c.xlsx")["Checklist"], "RATE-02")
    link = row["item"].hyperlink
    assert (link.target, link.location) == ("report/static.html", "RATE-02")
    assert row["exchanges"].hyperlink.location == "exchange-rate_limited_sync-2"
    assert row["source"].hyperlink.target == "https://docs.gusto.com/app-integrations/docs/rate-limits"


def test_only_web_addresses_become_links(build: Any, tmp_path: Path) -> None:
    source = Source(title="x", url="javascript:alert(1)", retrieved=build.now.date())
    record = build.record(((build.item(source=source), build.verdict()),))
    write_checklist_xlsx(record, tmp_path / "c.xlsx")
    row = find_row(openpyxl.load_workbook(tmp_path / "c.xlsx")["Checklist"], "RATE-02")
    assert row["source"].hyperlink is None


def test_a_second_sheet_says_of_which_run_it_is(book: Any) -> None:
    about = {row[0]: row[1] for row in book["About this run"].iter_rows(values_only=True)}
    assert about["Result"] == "not verified: 1 must failed (exit code 1)"
    assert about["Integration"] == "Acme Time 4.2.0"
    assert about["Use cases"] == "hris, webhooks"
    assert {wording.BASES[basis] for basis in Basis} <= set(about.values())


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\uff1dHYPERLINK(1)",
        "\u00a0=1",
    ],
)
def test_no_cell_begins_a_formula(build: Any, tmp_path: Path, text: str) -> None:
    finding = build.finding(message=text)
    row = (
        build.item(requirement=text, section=text),
        build.failure(reason=text, findings=(finding,), waiver=build.waiver(owner=text)),
    )
    run = build.run(profile={"integration": {"name": text, "version": text}})
    record = build.record((row,), run=run)
    write_checklist_xlsx(record, tmp_path / "c.xlsx")
    write_checklist_csv(record, tmp_path / "c.csv")
    cells = [
        cell
        for sheet in openpyxl.load_workbook(tmp_path / "c.xlsx")
        for line in sheet.iter_rows()
        for cell in line
        if cell.value is not None
    ]
    assert {cell.data_type for cell in cells} == {"s"}
    values = [str(cell.value) for cell in cells]
    values += [value for line in read_csv((tmp_path / "c.csv").read_bytes()) for value in line.values()]
    assert any("'" in value for value in values)
    assert not [value for value in values if value.lstrip(" \u00a0").startswith((*STARTS, "\uff1d"))]


@pytest.mark.parametrize("between", ["; ", ";", ';"', '; "" '])
def test_a_program_that_takes_semicolons_for_separators_finds_no_formula_either(
    build: Any, between: str
) -> None:
    record = build.record(((build.item(), build.failure(reason=f"so it is{between}=cmd|' /C calc'!A0")),))
    text = render_checklist_csv(record).decode("utf-8-sig")
    fields = [field for line in csv.reader(io.StringIO(text), delimiter=";") for field in line]
    assert any("cmd" in field for field in fields)
    assert not [field for field in fields if field.lstrip(' "').startswith(STARTS[:4])]


def test_a_finding_that_says_much_keeps_the_fingerprint_that_a_waiver_names(build: Any) -> None:
    finding = build.finding(message="does not " + "x" * 5_000)
    (row,) = write_rows(build.record(((build.item(), build.failure(findings=(finding,))),)))
    assert f"… (5,009 characters in all) [{finding.fingerprint}]" in row.cells[Column.NOTE]


def test_plain_texts_stay_as_they_are() -> None:
    for text in ("RATE-02", "1 - 1 = 0", "a@b.example", "https://docs.gusto.com/"):
        assert to_cell(text) == text


def test_hostile_texts_leave_files_that_open(build: Any, tmp_path: Path) -> None:
    record = build.hostile_record()
    write_checklist_xlsx(record, tmp_path / "c.xlsx")
    write_checklist_csv(record, tmp_path / "c.csv")
    row = find_row(openpyxl.load_workbook(tmp_path / "c.xlsx")["Checklist"], "RATE-02")
    assert "<script>" in row["note"].value
    assert "\\x1b" in row["note"].value
    assert all(len(str(cell.value or "")) < CELL + 100 for cell in row.values())
    assert read_csv((tmp_path / "c.csv").read_bytes())[0]["item"] == "RATE-02"
    assert b"\x1b" not in (tmp_path / "c.csv").read_bytes()


def test_a_text_that_looks_like_an_escaped_character_stays_a_text(build: Any, tmp_path: Path) -> None:
    record = build.record(((build.item(requirement="_x003D_1+1"), build.verdict()),))
    write_checklist_xlsx(record, tmp_path / "c.xlsx")
    with zipfile.ZipFile(tmp_path / "c.xlsx") as packed:
        assert b"_x005F_x003D_1+1" in packed.read("xl/worksheets/sheet1.xml")


def test_equal_records_are_equal_bytes(build: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checklist_xlsx(build.record(), tmp_path / "1.xlsx")
    monkeypatch.setattr("openpyxl.writer.excel.datetime.datetime", LaterDay)
    write_checklist_xlsx(build.record(), tmp_path / "2.xlsx")
    first = (tmp_path / "1.xlsx").read_bytes()
    assert first == (tmp_path / "2.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.xlsx") as packed:
        assert {each.date_time for each in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert packed.infolist()[0].filename == "[Content_Types].xml"
        core = packed.read("docProps/core.xml")
    assert core.count(b"2026-11-23T12:00:00Z") == 2
    assert render_checklist_csv(build.record()) == render_checklist_csv(build.record())


class LaterDay(datetime):
    """A clock that has gone on between two writes."""

    @classmethod
    def now(cls, tz: Any = None) -> LaterDay:
        return cls(2031, 1, 1, tzinfo=tz)


def test_a_draft_is_marked_on_every_row_sheet_and_page(build: Any, tmp_path: Path) -> None:
    write_checklist_xlsx(build.record(), tmp_path / "c.xlsx", draft=True)
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    assert all("DRAFT" in name for name in book.sheetnames)
    assert all("DRAFT" in sheet.oddHeader.right.text for sheet in book)
    sheet = book[book.sheetnames[0]]
    assert [cell.value for cell in sheet[1]] == ["draft", *HEADER]
    assert {cell.value for cell in sheet["A"][1:]} == {DRAFT}
    assert sheet.auto_filter.ref == "A1:N10"
    lines = read_csv(render_checklist_csv(build.record(), draft=True))
    assert {line["draft"] for line in lines} == {DRAFT}


def test_a_final_one_has_no_such_mark(build: Any, tmp_path: Path) -> None:
    write_checklist_xlsx(build.record(), tmp_path / "c.xlsx")
    with zipfile.ZipFile(tmp_path / "c.xlsx") as packed:
        assert not [name for name in packed.namelist() if b"draft" in packed.read(name).lower()]
    assert b"draft" not in render_checklist_csv(build.record()).lower()


def test_csv_is_as_rfc_4180_has_it_and_opens_in_utf_8(build: Any) -> None:
    content = render_checklist_csv(build.record())
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b'"\r\n')
    assert content.count(b"\n") == content.count(b"\r\n") == 10


def test_every_item_has_a_row_in_the_order_of_the_checklist(build: Any) -> None:
    record = build.record()
    ids = [each.item.id for each in record.results.judged]
    assert [row.cells[Column.ITEM] for row in write_rows(record)] == ids
    assert [line["item"] for line in read_csv(render_checklist_csv(record))] == ids
