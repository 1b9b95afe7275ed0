"""sheet-map.yaml: where in a partner's own copy of Gusto's sheet the answers go.

Gusto's sheet is not public and changes, so nobody but the partner can say which of its rows asks for which of
our items. This room reads that file; sheet_copy.py follows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partner_qa.document import Document, find_problems, load_document
from partner_qa.errors import Problem, ReportError
from partner_qa.model import Outcome
from partner_qa.report.rows import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where one item's answers go; `columns` are numbers from 1, `line` is the entry's in the map.

    `sheet` is empty for the first sheet. `contains` is a text that must stand in the row: a sheet that was
    edited since moves its rows.
    """

    sheet: str
    row: int
    columns: Mapping[Column, int]
    contains: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMap:
    """A whole map: the spot of each item, and the sheet's own words for verdicts."""

    path: Path
    spots: Mapping[str, Spot]
    words: Mapping[Outcome, str]

    def problem(self, item: str, message: str, *, hint: str = "") -> Problem:
        """Return a problem with the entry of an item."""
        line = self.spots[item].line
        return Problem(file=str(self.path), line=line, key=f'rows["{item}"]', message=message, hint=hint)


def load_sheet_map(path: Path) -> SheetMap:
    """Read a map; raises `ReportError` with every problem and its line."""
    document = load_document(path, error=ReportError)
    problems = [*find_problems(document, "sheet-map")]
    value: Any = document.value
    if not problems:
        problems = [
            Problem(
                file=str(path),
                line=document.line_of(("rows", item)),
                key=f'rows["{item}"]',
                message="names no columns",
                hint="give `columns` here, or once for all rows",
            )
            for item, row in value["rows"].items()
            if not {**value.get("columns", {}), **row.get("columns", {})}
        ]
    if problems:
        raise ReportError(problems)
    return SheetMap(
        path=path,
        spots={item: _to_spot(document, item) for item in value["rows"]},
        words={Outcome(name): word for name, word in value.get("words", {}).items()},
    )


def _to_spot(document: Document, item: str) -> Spot:
    value: Any = document.value
    row = value["rows"][item]
    columns = {**value.get("columns", {}), **row.get("columns", {})}
    return Spot(
        sheet=row.get("sheet", ""),
        row=row["row"],
        columns={Column(name): to_number(letters) for name, letters in columns.items()},
        contains=row.get("contains", ""),
        line=document.line_of(("rows", item)),
    )


def to_number(letters: str) -> int:
    """Return the number of a column, from 1: `A` is 1, `AA` is 27."""
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - ord("A") + 1
    return number


def to_letters(number: int) -> str:
    """Return the letters of a column."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def find_cell(reference: str) -> tuple[int, int] | None:
    """Return row and column of a cell such as `D12`, or `None` for what is none."""
    match = re.fullmatch(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})", reference)
    return (int(match[2]), to_number(match[1])) if match else None
