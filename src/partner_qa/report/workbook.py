"""Lays the completed checklist out for spreadsheet programs: the one door to openpyxl.

A first sheet with a frozen header, filters, and verdicts that are coloured and worded; a second that says
of which run it is. No cell holds a formula. Nothing in the file depends on when it was written: its dates
are the run's, and its parts are stored uncompressed, so that no release of zlib makes other bytes of them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from partner_qa.model import Outcome
from partner_qa.report import wording
from partner_qa.report.article import anchor_of, exchange_anchor
from partner_qa.report.identity import identify, name_sandboxes, title_of
from partner_qa.report.results import Record
from partner_qa.report.rows import Column, Row, to_cell

PLAIN_PAGE = "static.html"
_WIDTHS: Mapping[Column, int] = {
    Column.SECTION: 18,
    Column.ITEM: 10,
    Column.REQUIREMENT: 60,
    Column.LEVEL: 8,
    Column.BASIS: 12,
    Column.APPLIES: 20,
    Column.VERDICT: 16,
    Column.EVIDENCE: 10,
    Column.BLAME: 15,
    Column.EXCHANGES: 28,
    Column.DECISION: 36,
    Column.NOTE: 60,
    Column.SOURCE: 40,
}
_FILLS: Mapping[Outcome, str] = {
    Outcome.PASS: "D9F2D9",
    Outcome.ATTESTED: "D9F2D9",
    Outcome.FAIL: "F8CBCB",
    Outcome.ERROR: "E6D0F0",
    Outcome.NOT_OBSERVED: "FFF2CC",
    Outcome.NEEDS_ATTESTATION: "FFF2CC",
    Outcome.NOT_APPLICABLE: "EDEDED",
}
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def render_workbook(record: Record, rows: Sequence[Row], *, draft: str, page: str) -> bytes:
    """Return the spreadsheet; `draft` is the mark of one that must not be submitted, or nothing."""
    book = Workbook()
    run = record.results.run
    when = run.started.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.creator = "partner-qa"
    book.properties.title = escape(" ".join(filter(None, (draft, title_of(run)))))
    book.properties.created = when
    checklist = book.active
    if not isinstance(checklist, Worksheet):  # pragma: no cover - a new workbook has a sheet
        raise TypeError("a new workbook has no sheet")
    checklist.title = "DRAFT checklist" if draft else "Checklist"
    _fill_checklist(checklist, rows, draft=draft, page=page)
    about = book.create_sheet("DRAFT about" if draft else "About this run")
    _fill_about(about, record, draft=draft)
    for sheet in (checklist, about):
        _lay_out_print(sheet, title=title_of(run), draft=draft)
    stream = io.BytesIO()
    book.save(stream)
    return _settle(stream.getvalue(), when)


def _fill_checklist(sheet: Worksheet, rows: Sequence[Row], *, draft: str, page: str) -> None:
    extra = 1 if draft else 0
    for number, column in enumerate(Column, 1 + extra):
        _put_head(sheet, number, column.value, _WIDTHS[column])
    if draft:
        _put_head(sheet, 1, "draft", 14)
    for line, row in enumerate(rows, 2):
        if draft:
            _put(sheet, line, 1, draft)
        for number, column in enumerate(Column, 1 + extra):
            cell = _put(sheet, line, number, row.cells[column])
            _link(cell, _target_of(column, row, page))
            if column is Column.VERDICT:
                cell.font = Font(bold=True)
                cell.fill = PatternFill("solid", start_color=_FILLS[row.judged.verdict.outcome])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(Column) + extra)}{len(rows) + 1}"
    sheet.freeze_panes = f"{get_column_letter(3 + extra)}2"


def _put_head(sheet: Worksheet, number: int, name: str, width: int) -> None:
    cell = _put(sheet, 1, number, name)
    cell.font = Font(bold=True, color="FFFFFF")
    cell.fill = PatternFill("solid", start_color="404040")
    sheet.column_dimensions[get_column_letter(number)].width = width


def _fill_about(sheet: Worksheet, record: Record, *, draft: str) -> None:
    """Say what was judged, what it came to, and what the words mean."""
    results = record.results
    decision = results.decision
    counts = [f"{number} {wording.OUTCOMES[outcome]}" for outcome, number in decision.counts.items()]
    lines = [
        *([("Draft", draft)] if draft else []),
        ("Result", f"{decision.headline} (exit code {int(decision.exit_code)})"),
        *(("Because", reason) for reason in decision.reasons[:100]),
        ("Counts", ", ".join(counts)),
        ("Where", f"{name_sandboxes(results.run)}"),
        *identify(record).items(),
        *((wording.OUTCOMES[each], wording.MEANINGS[each]) for each in Outcome),
        *((basis.value, meaning) for basis, meaning in wording.BASES.items()),
    ]
    for number, (name, text) in enumerate(lines, 1):
        _put(sheet, number, 1, name).font = Font(bold=True)
        _put(sheet, number, 2, text)
    sheet.column_dimensions["A"].width = 20
    sheet.column_dimensions["B"].width = 110


def _put(sheet: Worksheet, line: int, number: int, text: str) -> Cell:
    """Put a text into a cell, as a text whatever it looks like."""
    cell = sheet.cell(line, number)
    if not isinstance(cell, Cell):  # pragma: no cover - only merged cells are not
        raise TypeError("a new sheet has merged cells")
    cell.value = escape(to_cell(text))
    cell.data_type = "s"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def escape(text: str) -> str:
    """Return a text in which no `_x0041_` stands for a character (ECMA-376 part 1, 22.9.2.19)."""
    return _ESCAPE.sub("_x005F_", text)


def _target_of(column: Column, row: Row, page: str) -> tuple[str, str]:
    """Return where a cell leads: an address and a place in it; nowhere for most."""
    if column is Column.ITEM:
        return page, anchor_of(row.judged.item.id)
    if column is Column.EXCHANGES and row.place is not None:
        return page, exchange_anchor(row.place)
    url = row.judged.item.source.url
    if column is Column.SOURCE and re.match(r"https?://[!-~]+\Z", url):
        return url.partition("#")[0], url.partition("#")[2]
    return "", ""


def _link(cell: Cell, target: tuple[str, str]) -> None:
    address, inside = target
    if not address:
        return
    cell.hyperlink = Hyperlink(ref=cell.coordinate, target=address, location=inside or None)
    cell.font = Font(color="0B4F9E", underline="single")


def _lay_out_print(sheet: Worksheet, *, title: str, draft: str) -> None:
    """Put the header row, the title and the draft mark on every printed page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if sheet.freeze_panes:
        sheet.print_title_rows = "1:1"
    header, footer = HeaderFooterItem(), HeaderFooterItem()
    header.left.text, header.right.text = _print_text(title), _print_text(draft)
    footer.right.text = "&P of &N"
    sheet.HeaderFooter.oddHeader, sheet.HeaderFooter.oddFooter = header, footer


def _print_text(text: str) -> str:
    return re.sub(r"[^\w .,:()-]", " ", text)[:80]  # `&` begins a code in a page's header


def _settle(content: bytes, when: datetime) -> bytes:
    """Return a workbook's zip with fixed times: the run's as its own, none for its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    at = f"{when:%Y-%m-%dT%H:%M:%SZ}".encode()
    core = "docProps/core.xml"
    return pack_parts(parts | {core: _MODIFIED.sub(rb"\g<1>" + at + rb"\g<2>", parts[core])})


def pack_parts(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip of the parts of a workbook: the same bytes for the same parts, on every machine."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name in sorted(
            parts, key=lambda each: (each != "[Content_Types].xml", each)
        ):  # as readers expect
            fixed = zipfile.ZipInfo(name, date_time=_ZIP_EPOCH)
            fixed.create_system = 3
            fixed.external_attr = 0o644 << 16
            packed.writestr(fixed, parts[name], compress_type=zipfile.ZIP_STORED)
    return stream.getvalue()
