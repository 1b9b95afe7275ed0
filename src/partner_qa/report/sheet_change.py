"""What is to be put into one sheet of a partner's copy, and what must be found there first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from partner_qa.errors import Problem
from partner_qa.report.sheet_map import to_letters
from partner_qa.report.text import shown

PART_LIMIT = 32_000_000
"""Bytes of one sheet, unpacked; a checklist has thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One sheet's changes: texts by row and column number, and texts that rows must contain already.

    `sheet` is empty for the first sheet; `path` is the copy's, for what has to be said of it.
    """

    path: Path
    sheet: str
    cells: Mapping[tuple[int, int], str]
    contains: Mapping[int, tuple[str, ...]]

    def columns_of(self, row: int) -> list[int]:
        """Return the columns of a row that are to be filled in."""
        return sorted(column for line, column in self.cells if line == row)

    @property
    def rows(self) -> list[int]:
        """The rows that are to be touched."""
        return sorted({row for row, _ in self.cells})

    def problem(self, row: int, column: int, message: str, *, hint: str = "") -> Problem:
        """Return a problem with a cell, or with a whole row where `column` is 0."""
        cell = f"{to_letters(column)}{row}" if column else f"row {row}"
        key = f"{self.sheet}!{cell}" if self.sheet else cell
        return Problem(file=str(self.path), key=shown(key, limit=80), message=message, hint=hint)

    def find_misplaced(self, row: int, text: str) -> list[Problem]:
        """Return a problem for each text that the row should contain and does not."""
        folded = " ".join(text.split()).casefold()
        hint = "the rows may have moved since the map was written"
        return [
            self.problem(row, 0, f'does not contain "{shown(wanted, limit=80)}"', hint=hint)
            for wanted in self.contains.get(row, ())
            if " ".join(wanted.split()).casefold() not in folded
        ]
