"""The partner's copy of Gusto's sheet as it goes into a bundle, and whether one in a bundle is true.

What is filled in is decided in sheet_copy.py. Here the copy is made fit to be sent: no macros, and none of
the names of people and folders that spreadsheet programs write beside the cells. To fill in a copy that is
filled in already changes nothing, so whoever has the record can do it again and compare.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from pathlib import Path

from partner_qa.errors import Problem, ReportError
from partner_qa.report.front import DRAFT
from partner_qa.report.results import Record
from partner_qa.report.sheet_copy import fill_copy
from partner_qa.report.sheet_map import SheetMap

KINDS = (".xlsx", ".csv")
_DRAFT = f"{DRAFT}: "
_MACROS = re.compile(r"(?:^|/)vba|\.bin$", re.IGNORECASE)
_PRINTERS = "xl/printerSettings/"
_NAME = rb"(<(?:\w+:)?(?:%s)\b[^>]*>)[^<]+(?=<)"
# ECMA-376 parts 1 (15.2.12) and 2 (11); the folder is of [MS-XLSX] 2.3.4, and Excel writes it when it saves
_TOLD = {
    "docProps/core.xml": re.compile(_NAME % b"creator|lastModifiedBy"),
    "docProps/app.xml": re.compile(_NAME % b"Manager"),
    "xl/workbook.xml": re.compile(rb"(<(?:\w+:)?absPath\b[^>]*\burl=\")[^\"]*"),
}


def pack_sheet(record: Record, copy: Path, sheet_map: SheetMap, *, draft: bool) -> bytes:
    """Return the partner's copy, filled in, as a bundle carries it; in a draft each answer says so.

    Raises `ReportError` as `fill_copy` does, for a kind of file that has no place in a bundle, and where the
    answers would cover a text by which the map finds its rows.
    """
    if copy.suffix.lower() not in KINDS:
        hint = "save it as one of them, without macros"
        problem = Problem(file=str(copy), message=f"is none of {', '.join(KINDS)}", hint=hint)
        raise ReportError([problem])
    content = fill_copy(record, copy, sheet_map, mark=_DRAFT if draft else "")
    if copy.suffix.lower() == ".xlsx":
        content = _forget_people(content, copy)
    _require_repeatable(record, content, copy, sheet_map, draft=draft)
    return content


def _require_repeatable(
    record: Record, content: bytes, copy: Path, sheet_map: SheetMap, *, draft: bool
) -> None:
    with tempfile.TemporaryDirectory(prefix="partner-qa-sheet-") as scratch:
        again = Path(scratch) / f"sheet{copy.suffix.lower()}"
        again.write_bytes(content)
        try:
            found = find_sheet_difference(record, again, sheet_map, draft=draft)
        except ReportError as error:
            found = error.problems[0].message
    if found:
        problem = Problem(file=str(copy), message=f"could not be filled in again: {found}")
        raise ReportError([problem], hint="`contains` must name a text beside the columns to be filled in")


def find_sheet_difference(record: Record, packed: Path, sheet_map: SheetMap, *, draft: bool) -> str:
    """Return what a filled-in copy has that does not follow from the record, or nothing.

    Raises `ReportError` where the copy or the map cannot be used.
    """
    told = packed.read_bytes()
    derived = fill_copy(record, packed, sheet_map, mark=_DRAFT if draft else "")
    if told == derived:
        return ""
    if packed.suffix != ".xlsx":
        lines = zip(told.split(b"\n"), derived.split(b"\n"), strict=False)
        line = next((number for number, (one, other) in enumerate(lines, 1) if one != other), 1)
        return f"line {line} is not what the record says"
    before, after = _parts_of(told), _parts_of(derived)  # another zlib packs the same parts in other bytes
    changed = [name for name, content in after.items() if before.get(name) != content]
    return f"{changed[0]} is not what the record says" if changed else ""


def _parts_of(workbook: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook that `fill_copy` has read and bounded."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _forget_people(workbook: bytes, copy: Path) -> bytes:
    """Return a workbook that `fill_copy` made, without what its properties say of people and folders."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed, zipfile.ZipFile(stream, "w") as kept:
        for entry in packed.infolist():
            if _MACROS.search(entry.filename) and not entry.filename.startswith(_PRINTERS):
                message = f"holds {entry.filename}, which a reader's program could run"
                raise ReportError([Problem(file=str(copy), message=message, hint="save it without macros")])
            content = packed.read(entry)
            if told := _TOLD.get(entry.filename):
                content = told.sub(rb"\1", content)
            kept.writestr(entry, content, entry.compress_type)
    return stream.getvalue()
