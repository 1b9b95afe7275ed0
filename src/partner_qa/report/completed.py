"""The completed checklist as files: a spreadsheet for people, comma-separated values for programs.

What a row says comes from rows.py, how the spreadsheet looks from workbook.py. `draft` marks everything that
must not be submitted.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from partner_qa.report.front import DRAFT
from partner_qa.report.placing import place
from partner_qa.report.results import Record
from partner_qa.report.rows import FORMULA_STARTS, MARK, Column, write_rows
from partner_qa.report.workbook import PLAIN_PAGE, render_workbook

_AFTER_OTHER_SEPARATOR = re.compile(rf"(;[\s\"]*)(?=[{FORMULA_STARTS}])")


def write_checklist_xlsx(record: Record, path: Path, *, draft: bool = False, page: str = PLAIN_PAGE) -> None:
    """Write the completed checklist as a spreadsheet, whole or not at all; equal records are equal bytes.

    Items and exchanges are links into the plain page, which is at `page` as seen from the spreadsheet.
    `draft` marks every row, sheet and printed page.
    """
    place(path, render_workbook(record, write_rows(record), draft=DRAFT if draft else "", page=page))


def write_checklist_csv(record: Record, path: Path, *, draft: bool = False) -> None:
    """Write the completed checklist as comma-separated values, whole or not at all.

    RFC 4180 in UTF-8, with the byte order mark without which spreadsheet programs guess another encoding.
    """
    place(path, render_checklist_csv(record, draft=draft))


def render_checklist_csv(record: Record, *, draft: bool = False) -> bytes:
    """Return the completed checklist as comma-separated values, every field in quotes."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    first = [DRAFT] if draft else []
    writer.writerow([*(["draft"] if draft else []), *Column])
    for row in write_rows(record):
        writer.writerow([*first, *(keep_apart(row.cells[column]) for column in Column)])
    return stream.getvalue().encode("utf-8-sig")


def keep_apart(text: str) -> str:
    """Return a cell that stays text where a program takes semicolons for separators, as many locales do."""
    return _AFTER_OTHER_SEPARATOR.sub(rf"\1{MARK}", text)
