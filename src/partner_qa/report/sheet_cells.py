"""Puts texts into cells of one sheet's XML, byte by byte, where they may stand; all else is copied.

A cell keeps its style; one that was never written gets its row's or its column's. Texts are written inline,
so the workbook's table of shared texts stays as it is. Where the cells are is known in sheet_reading.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape as escape_xml

from partner_qa.errors import Problem, ReportError
from partner_qa.report.sheet_change import Change
from partner_qa.report.sheet_map import to_letters
from partner_qa.report.sheet_reading import Cell, Line, Sheet, find_tag_end, read_sheet, to_integer
from partner_qa.report.text import xml_safe
from partner_qa.report.workbook import escape

_SPANS = re.compile(rb"\s+spans\s*=\s*(?:\"[^\"]*\"|'[^']*')")
Texts = Callable[[], Sequence[str]]


def fill_cells(content: bytes, change: Change, texts: Texts) -> bytes:
    """Return a sheet's XML with other texts in some cells.

    `texts` gives the texts that cells share, and is asked only where rows must contain something. Raises
    `ReportError` with every row that is not there or is another, and every cell that must not be changed.
    """
    sheet = read_sheet(content, frozenset(change.rows))
    shared = texts() if change.contains else ()
    problems = [problem for row in change.rows for problem in _find_problems(sheet, change, row, shared)]
    if problems:
        raise ReportError(problems)
    for row in sorted(change.rows, reverse=True):
        content = _fill_line(content, sheet, sheet.lines[row], change, row)
    return content


# judging


def _find_problems(sheet: Sheet, change: Change, row: int, shared: Sequence[str]) -> list[Problem]:
    line = sheet.lines.get(row)
    if line is None:
        return [change.problem(row, 0, f"is not there: the last row with anything in it is {sheet.last_row}")]
    problems = change.find_misplaced(row, " ".join(_text_of(cell, shared) for cell in line.cells))
    formulas = {cell.column for cell in line.cells if cell.has_formula}
    for column in change.columns_of(row):
        if column in formulas:
            hint = "name another column: the sheet computes this one"
            problems.append(change.problem(row, column, "holds a formula", hint=hint))
        corner = _find_corner(sheet, row, column)
        if corner not in (None, (row, column)):
            hint = f"name {to_letters(corner[1])}{corner[0]} instead" if corner else ""
            problems.append(change.problem(row, column, "lies hidden in merged cells", hint=hint))
    return problems


def _text_of(cell: Cell, shared: Sequence[str]) -> str:
    if not cell.is_shared:
        return cell.text
    number = to_integer(cell.text)
    return shared[number] if number < len(shared) else ""


def _find_corner(sheet: Sheet, row: int, column: int) -> tuple[int, int] | None:
    """Return the cell that a merged range shows, where this cell is in one."""
    return next(
        (
            (top, left)
            for top, left, bottom, right in sheet.merged
            if top <= row <= bottom and left <= column <= right
        ),
        None,
    )


# writing


def _fill_line(content: bytes, sheet: Sheet, line: Line, change: Change, row: int) -> bytes:
    """Return the content with the cells of one row filled in; what stands before the row is not moved."""
    prefix = line.tag.removesuffix("row")
    known = {cell.column: cell for cell in line.cells}
    head_end = find_tag_end(content, line.start)
    edits: list[tuple[int, int, bytes]] = []
    for column in change.columns_of(row):
        cell = known.get(column)
        style = cell.style if cell else line.style or _column_style(sheet, column)
        written = _write_cell(prefix, f"{to_letters(column)}{row}", style, change.cells[row, column])
        if cell is not None:
            edits.append((cell.start, cell.end, written))
        else:
            after = [each.end for each in line.cells if each.column < column]
            edits.append((max(after, default=head_end), max(after, default=head_end), written))
    end = line.end
    if not line.cells and content[head_end - 2 : head_end] == b"/>":
        inside = b"".join(written for _, _, written in edits)
        edits, end = [], head_end
        closed = content[line.start : head_end - 2].rstrip() + b">" + inside + f"</{line.tag}>".encode()
        return content[: line.start] + _SPANS.sub(b"", closed, count=1) + content[end:]
    body = _apply(content, head_end, end, edits)
    head = _SPANS.sub(b"", content[line.start : head_end], count=1)
    return content[: line.start] + head + body + content[end:]


def _apply(content: bytes, start: int, end: int, edits: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Return a stretch of the content with edits done; those at one place keep their order."""
    parts: list[bytes] = []
    for begin, until, written in sorted(edits, key=lambda each: each[0]):
        parts += [content[start:begin], written]
        start = until
    return b"".join([*parts, content[start:end]])


def _column_style(sheet: Sheet, column: int) -> str:
    return next((style for first, last, style in sheet.styles if first <= column <= last), "")


def _write_cell(prefix: str, reference: str, style: str, text: str) -> bytes:
    styled = f' s="{style}"' if style.isdecimal() and style.isascii() else ""
    said = escape_xml(escape(xml_safe(text)))
    inside = f'<{prefix}is><{prefix}t xml:space="preserve">{said}</{prefix}t></{prefix}is>'
    return f'<{prefix}c r="{reference}"{styled} t="inlineStr">{inside}</{prefix}c>'.encode()
