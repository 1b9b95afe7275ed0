"""Fills in a partner's own copy of Gusto's sheet: only the cells that the map names, all else stays as it is.

Here is decided what goes where; how a file of either kind is changed without touching the rest is known in
sheet_workbook.py (.xlsx) and sheet_fields.py (.csv). The copy comes from outside and is treated so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from partner_qa.errors import Problem, ReportError
from partner_qa.model import Outcome
from partner_qa.report import wording
from partner_qa.report.results import Record
from partner_qa.report.rows import Column, Row, to_cell, write_rows
from partner_qa.report.sheet_change import Change
from partner_qa.report.sheet_fields import fill_fields
from partner_qa.report.sheet_map import SheetMap
from partner_qa.report.sheet_workbook import fill_workbook

SIZE_LIMIT = 20_000_000
_FILLERS = {".xlsx": fill_workbook, ".xlsm": fill_workbook, ".csv": fill_fields}
_WORST_FIRST = (
    Outcome.FAIL,
    Outcome.ERROR,
    Outcome.NOT_OBSERVED,
    Outcome.NEEDS_ATTESTATION,
    Outcome.ATTESTED,
    Outcome.PASS,
    Outcome.NOT_APPLICABLE,
)


def fill_copy(record: Record, copy: Path, sheet_map: SheetMap, *, mark: str = "") -> bytes:
    """Return the partner's copy with the answers of a record in the cells that the map names.

    Each answer begins with `mark`.

    Where several items share a cell, the verdict there is the worst of them, and other texts stand one after
    the other with their ids. Raises `ReportError` with every problem of the map or the copy.
    """
    fill = _FILLERS.get(copy.suffix.lower())
    if fill is None:
        kinds = ", ".join(sorted(_FILLERS))
        problem = Problem(file=str(copy), message=f"is none of {kinds}", hint="save it as one of them")
        raise ReportError([problem])
    changes = _plan(record, copy, sheet_map, mark)
    return fill(_read(copy), changes)


def _read(copy: Path) -> bytes:
    try:
        if not copy.is_file():
            words = "is not a file" if copy.exists() else "does not exist"
            raise ReportError([Problem(file=str(copy), message=words)])
        with copy.open("rb") as stream:
            content = stream.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "its name cannot be used"
        raise ReportError([Problem(file=str(copy), message=f"cannot be read: {words}")]) from error
    if len(content) > SIZE_LIMIT:
        message = f"is larger than {SIZE_LIMIT // 1_000_000} MB"
        raise ReportError([Problem(file=str(copy), message=message, hint="take pictures out of it")])
    return content


def _plan(record: Record, copy: Path, sheet_map: SheetMap, mark: str) -> list[Change]:
    rows = {row.judged.item.id: row for row in write_rows(record)}
    unknown = [
        sheet_map.problem(item, "the run has judged no such item")
        for item in sheet_map.spots
        if item not in rows
    ]
    if unknown:
        raise ReportError(unknown, hint="`partner-qa checklist list` lists the items")
    return [
        _plan_sheet(sheet, copy, sheet_map, rows, mark)
        for sheet in dict.fromkeys(spot.sheet for spot in sheet_map.spots.values())
    ]


def _plan_sheet(sheet: str, copy: Path, sheet_map: SheetMap, rows: dict[str, Row], mark: str) -> Change:
    sharing: dict[tuple[int, int, Column], list[Row]] = {}
    contains: dict[int, tuple[str, ...]] = {}
    for item, spot in sheet_map.spots.items():
        if spot.sheet != sheet:
            continue
        if spot.contains:
            contains[spot.row] = (*contains.get(spot.row, ()), spot.contains)
        for column, number in spot.columns.items():
            sharing.setdefault((spot.row, number, column), []).append(rows[item])
    cells: dict[tuple[int, int], list[str]] = {}
    for (line, number, column), group in sharing.items():
        cells.setdefault((line, number), []).append(_say(column, group, sheet_map))
    texts = {cell: to_cell(mark + "; ".join(filter(None, given))) for cell, given in cells.items()}
    return Change(path=copy, sheet=sheet, cells=texts, contains=contains)


def _say(column: Column, rows: Sequence[Row], sheet_map: SheetMap) -> str:
    """Return what a cell says of the items that share it."""
    if column is Column.VERDICT:
        worst = min(rows, key=_rank).judged.verdict
        return sheet_map.words.get(worst.outcome, wording.outcome_word(worst))
    if len(rows) == 1 or column is Column.ITEM:
        return ", ".join(row.cells[column] for row in rows)
    return "; ".join(f"{row.cells[Column.ITEM]}: {row.cells[column]}" for row in rows if row.cells[column])


def _rank(row: Row) -> tuple[int, bool]:
    verdict = row.judged.verdict
    return _WORST_FIRST.index(verdict.outcome), verdict.waiver is not None
