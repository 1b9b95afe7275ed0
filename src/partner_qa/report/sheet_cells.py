"""Finds cells in the XML of one sheet and puts texts into them, byte by byte; all else is copied.

A cell keeps its style; one that was never written gets its row's or its column's. Texts are written inline,
so the workbook's table of shared texts stays as it is. ECMA-376 part 1, 18.3.1.4 (cells), 18.3.1.73 (rows).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape as escape_xml

from partner_qa.errors import Problem, ReportError
from partner_qa.report.sheet_change import Change
from partner_qa.report.sheet_map import find_cell, to_letters
from partner_qa.report.sheet_xml import End, Say, Start, local, walk
from partner_qa.report.text import xml_safe
from partner_qa.report.workbook import escape

_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>")
_SPANS = re.compile(rb"\s+spans\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_ROW = ["worksheet", "sheetData", "row"]
_CELL = [*_ROW, "c"]
Texts = Callable[[], Sequence[str]]


@dataclass(slots=True, kw_only=True)
class _Cell:
    column: int
    start: int
    end: int
    style: str
    is_shared: bool
    has_formula: bool = False
    text: str = ""


@dataclass(slots=True, kw_only=True)
class _Line:
    """A row that is to change: where it starts and ends, its own style, its name with its prefix."""

    start: int
    end: int
    tag: str
    style: str
    cells: list[_Cell] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """What has to be known of a sheet; `styles` are first column, last column and style."""

    lines: dict[int, _Line] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    styles: list[tuple[int, int, str]] = field(default_factory=list)
    last_row: int = 0


def fill_cells(content: bytes, change: Change, texts: Texts) -> bytes:
    """Return a sheet's XML with other texts in some cells.

    `texts` gives the texts that cells share, and is asked only where rows must contain something. Raises
    `ReportError` with every row that is not there or is another, and every cell that must not be changed.
    """
    sheet = _read_sheet(content, frozenset(change.rows))
    shared = texts() if change.contains else ()
    problems = [problem for row in change.rows for problem in _find_problems(sheet, change, row, shared)]
    if problems:
        raise ReportError(problems)
    for row in sorted(change.rows, reverse=True):
        content = _fill_line(content, sheet, sheet.lines[row], change, row)
    return content


# reading


class _Reader:
    """Follows the parser through a sheet and notes the rows that are wanted."""

    def __init__(self, content: bytes, wanted: frozenset[int], parser: expat.XMLParserType) -> None:
        self.sheet = _Sheet()
        self._content = content
        self._wanted = wanted
        self._parser = parser
        self._stack: list[str] = []
        self._row = 0
        self._column = 0
        self._line: _Line | None = None

    def starts(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""
        self._stack.append(local(name))
        if self._stack == _ROW:
            self._start_row(name, attributes)
        elif self._line is not None:
            self._start_in_row(attributes)
        elif self._stack[-1] == "mergeCell":
            self._start_merged(attributes.get("ref", ""))
        elif self._stack[-1] == "col" and "style" in attributes:
            first, last = (_number(attributes.get(key, "")) for key in ("min", "max"))
            self.sheet.styles.append((first, last, attributes["style"]))

    def ends(self, _: str) -> None:
        """Take the end of an element."""
        if self._line is not None and self._stack == _CELL:
            self._line.cells[-1].end = self._close(self._line.cells[-1].start)
        elif self._line is not None and self._stack == _ROW:
            self._line.end = self._parser.CurrentByteIndex
            self._line = None
        self._stack.pop()

    def says(self, text: str) -> None:
        """Take a text."""
        if self._line is not None and self._stack[-1] in ("v", "t") and self._line.cells:
            self._line.cells[-1].text += text

    def _start_row(self, name: str, attributes: Mapping[str, str]) -> None:
        self._row = _number(attributes.get("r", "")) or self._row + 1
        self._column = 0
        self.sheet.last_row = max(self.sheet.last_row, self._row)
        if self._row not in self._wanted or self._row in self.sheet.lines:
            return
        has_style = attributes.get("customFormat") in ("1", "true")
        start = self._parser.CurrentByteIndex
        style = attributes.get("s", "") if has_style else ""
        self._line = _Line(start=start, end=start, tag=name, style=style)
        self.sheet.lines[self._row] = self._line

    def _start_in_row(self, attributes: Mapping[str, str]) -> None:
        line = self._line
        if line is None:
            return
        if self._stack == _CELL:
            place = find_cell(attributes.get("r", ""))
            self._column = place[1] if place else self._column + 1
            start = self._parser.CurrentByteIndex
            line.cells.append(
                _Cell(
                    column=self._column,
                    start=start,
                    end=start,
                    style=attributes.get("s", ""),
                    is_shared=attributes.get("t") == "s",
                )
            )
        elif self._stack == [*_CELL, "f"]:
            line.cells[-1].has_formula = True

    def _start_merged(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        begin, end = find_cell(first), find_cell(last)
        if begin and end:
            self.sheet.merged.append((*begin, *end))

    def _close(self, start: int) -> int:
        """Return where an element ends whose end the parser has just met."""
        tag = _tag_end(self._content, start)
        if self._content[tag - 2 : tag] == b"/>":
            return tag
        return self._content.index(b">", self._parser.CurrentByteIndex) + 1


def _read_sheet(content: bytes, wanted: frozenset[int]) -> _Sheet:
    readers: list[_Reader] = []

    def listen(parser: expat.XMLParserType) -> tuple[Start, End, Say]:
        reader = _Reader(content, wanted, parser)
        readers.append(reader)
        return reader.starts, reader.ends, reader.says

    walk(content, listen)
    return readers[0].sheet


def _tag_end(content: bytes, start: int) -> int:
    match = _TAG.match(content, start)
    if match is None:
        raise expat.ExpatError(f"a tag at byte {start} cannot be read")
    return match.end()


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,7}", text) else 0


# judging


def _find_problems(sheet: _Sheet, change: Change, row: int, shared: Sequence[str]) -> list[Problem]:
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


def _text_of(cell: _Cell, shared: Sequence[str]) -> str:
    if not cell.is_shared:
        return cell.text
    number = _number(cell.text)
    return shared[number] if number < len(shared) else ""


def _find_corner(sheet: _Sheet, row: int, column: int) -> tuple[int, int] | None:
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


def _fill_line(content: bytes, sheet: _Sheet, line: _Line, change: Change, row: int) -> bytes:
    """Return the content with the cells of one row filled in; what stands before the row is not moved."""
    prefix = line.tag.removesuffix("row")
    known = {cell.column: cell for cell in line.cells}
    head_end = _tag_end(content, line.start)
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


def _column_style(sheet: _Sheet, column: int) -> str:
    return next((style for first, last, style in sheet.styles if first <= column <= last), "")


def _write_cell(prefix: str, reference: str, style: str, text: str) -> bytes:
    styled = f' s="{style}"' if style.isdecimal() and style.isascii() else ""
    said = escape_xml(escape(xml_safe(text)))
    inside = f'<{prefix}is><{prefix}t xml:space="preserve">{said}</{prefix}t></{prefix}is>'
    return f'<{prefix}c r="{reference}"{styled} t="inlineStr">{inside}</{prefix}c>'.encode()
