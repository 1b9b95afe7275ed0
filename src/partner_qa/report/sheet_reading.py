"""Finds the rows and cells of one sheet in its XML, each with the bytes where it starts and ends.

Only rows that are asked for are kept, with what decides how a cell of theirs looks or whether it may change:
styles, formulas, merged ranges. ECMA-376 part 1, 18.3.1.4 (cells), 18.3.1.73 (rows).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from partner_qa.report.sheet_map import find_cell
from partner_qa.report.sheet_xml import End, Forbidden, Say, Start, local, walk

_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>")
_MERGED = 20_000  # each cell that is filled in is looked for in all of them
_ROW = ["worksheet", "sheetData", "row"]
_CELL = [*_ROW, "c"]


@dataclass(slots=True, kw_only=True)
class Cell:
    """A cell that was written: its bytes from start to end, and its text, or that text's number if shared."""

    column: int
    start: int
    end: int
    style: str
    is_shared: bool
    has_formula: bool = False
    text: str = ""


@dataclass(slots=True, kw_only=True)
class Line:
    """A row that is to change: where it starts and ends, its own style, its name with its prefix."""

    start: int
    end: int
    tag: str
    style: str
    cells: list[Cell] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Sheet:
    """What has to be known of a sheet; `styles` are first column, last column and style."""

    lines: dict[int, Line] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    styles: list[tuple[int, int, str]] = field(default_factory=list)
    last_row: int = 0


class _Reader:
    """Follows the parser through a sheet and notes the rows that are wanted."""

    def __init__(self, content: bytes, wanted: frozenset[int], parser: expat.XMLParserType) -> None:
        self.sheet = Sheet()
        self._content = content
        self._wanted = wanted
        self._parser = parser
        self._stack: list[str] = []
        self._row = 0
        self._column = 0
        self._line: Line | None = None

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
            first, last = (to_integer(attributes.get(key, "")) for key in ("min", "max"))
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
        self._row = to_integer(attributes.get("r", "")) or self._row + 1
        self._column = 0
        self.sheet.last_row = max(self.sheet.last_row, self._row)
        if self._row not in self._wanted or self._row in self.sheet.lines:
            return
        has_style = attributes.get("customFormat") in ("1", "true")
        start = self._parser.CurrentByteIndex
        style = attributes.get("s", "") if has_style else ""
        self._line = Line(start=start, end=start, tag=name, style=style)
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
                Cell(
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
        if len(self.sheet.merged) > _MERGED:
            raise Forbidden(f"more than {_MERGED:,} merged ranges")

    def _close(self, start: int) -> int:
        """Return where an element ends whose end the parser has just met."""
        tag = find_tag_end(self._content, start)
        if self._content[tag - 2 : tag] == b"/>":
            return tag
        return self._content.index(b">", self._parser.CurrentByteIndex) + 1


def read_sheet(content: bytes, wanted: frozenset[int]) -> Sheet:
    """Return what a sheet's XML says of the rows that are wanted.

    Raises `Forbidden`, or `expat.ExpatError` for broken XML.
    """
    readers: list[_Reader] = []

    def listen(parser: expat.XMLParserType) -> tuple[Start, End, Say]:
        reader = _Reader(content, wanted, parser)
        readers.append(reader)
        return reader.starts, reader.ends, reader.says

    walk(content, listen)
    return readers[0].sheet


def find_tag_end(content: bytes, start: int) -> int:
    """Return where a tag ends that starts here; raises `expat.ExpatError` where none does."""
    match = _TAG.match(content, start)
    if match is None:
        raise expat.ExpatError(f"a tag at byte {start} cannot be read")
    return match.end()


def to_integer(text: str) -> int:
    """Return the number that a text is, or 0 where it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,7}", text) else 0
