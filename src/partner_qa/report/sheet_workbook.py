"""Puts texts into cells of an .xlsx file and leaves every other cell, style and part of it as it was.

A library that loads and saves a workbook loses what it does not know. So the zip is copied part by part, and
in the sheets that change, only the bytes of the named cells are others (sheet_cells.py). What a zip or an XML
file can do to its reader is refused: lying sizes, doubled names, document types. ECMA-376 parts 1 and 2.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from xml.parsers import expat

from partner_qa.errors import Problem, ReportError
from partner_qa.report.sheet_cells import fill_cells
from partner_qa.report.sheet_change import PART_LIMIT, Change
from partner_qa.report.sheet_xml import Forbidden, local, parse, read_elements
from partner_qa.report.text import shown

_PARTS = 2_000
_UNPACKED = 200_000_000
_OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_START = "_rels/.rels"


def fill_workbook(content: bytes, changes: Sequence[Change]) -> bytes:
    """Return a workbook with other texts in some cells.

    Raises `ReportError` for a file that is no workbook or is hostile, for a sheet or row that is not there,
    and for a cell that holds a formula or lies hidden in a merged range.
    """
    path = changes[0].path
    if content.startswith(_OLD_FORMAT):
        raise _refuse(path, "is encrypted, or of the old .xls format", hint="save it as .xlsx, unprotected")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = _Parts(packed, path)
            return _pack(parts, _fill_sheets(parts, changes))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        words = shown(str(error) or type(error).__name__, limit=120)
        raise _refuse(path, f"is no whole .xlsx file: {words}") from error
    except expat.ExpatError as error:
        raise _refuse(path, f"holds XML that is broken: {error}") from error
    except Forbidden as found:
        raise _refuse(path, f"holds XML with {found}, which no workbook has") from found


def _refuse(path: Path, message: str, *, hint: str = "") -> ReportError:
    return ReportError([Problem(file=str(path), message=message, hint=hint)])


class _Parts:
    """The parts of a workbook; each is read once, and never more of it than is allowed."""

    def __init__(self, packed: zipfile.ZipFile, path: Path) -> None:
        self.entries = packed.infolist()
        self.path = path
        self._packed = packed
        names = [each.filename for each in self.entries]
        if len(names) > _PARTS:
            raise _refuse(path, f"has more than {_PARTS:,} parts")
        if len(set(names)) != len(names):
            raise _refuse(path, "has two parts of one name")
        if sum(each.file_size for each in self.entries) > _UNPACKED:
            raise _refuse(path, f"unpacks to more than {_UNPACKED // 1_000_000} MB")

    def read(self, name: str) -> bytes:
        """Return a part whole; raises `ReportError` where it is not there or too large."""
        try:
            with self._packed.open(name) as stream:
                content = stream.read(PART_LIMIT + 1)
        except KeyError:
            raise _refuse(self.path, f"is no workbook: it has no {shown(name, limit=80)}") from None
        if len(content) > PART_LIMIT:
            raise _refuse(self.path, f"has a part above {PART_LIMIT // 1_000_000} MB")
        return content


def _fill_sheets(parts: _Parts, changes: Sequence[Change]) -> dict[str, bytes]:
    """Return the sheets that change, by the names of their parts; collects the problems of all of them."""
    workbook = next(iter(_find_relations(parts, _START, "officeDocument").values()), "")
    sheets = _find_sheets(parts, workbook)
    filled: dict[str, bytes] = {}
    problems: list[Problem] = []
    for change in changes:
        name = sheets.get(change.sheet) if change.sheet else next(iter(sheets.values()), None)
        if name is None:
            known = ", ".join(f'"{each}"' for each in list(sheets)[:8])
            message = f'has no sheet "{shown(change.sheet, limit=40)}"'
            problems.append(Problem(file=str(parts.path), message=message, hint=f"it has {shown(known)}"))
            continue
        try:
            content = filled.get(name) or parts.read(name)
            filled[name] = fill_cells(content, change, partial(_read_texts, parts, workbook))
        except ReportError as error:
            problems += error.problems
    if problems:
        raise ReportError(problems)
    return filled


def _find_sheets(parts: _Parts, workbook: str) -> dict[str, str]:
    """Return the part of each sheet, by the sheet's name, in the order of the tabs."""
    related = _find_relations(parts, _relations_of(workbook), "worksheet")
    found: dict[str, str] = {}
    for name, attributes in read_elements(parts.read(workbook)):
        if name == "sheet" and (part := related.get(attributes.get("id", ""))):
            found[attributes.get("name", "")] = part
    return found


def _read_texts(parts: _Parts, workbook: str) -> list[str]:
    """Return the texts that cells share, in the order of their numbers; readings of kanji are left out."""
    part = next(iter(_find_relations(parts, _relations_of(workbook), "sharedStrings").values()), None)
    texts: list[str] = []
    stack: list[str] = []

    def start(name: str, _: Mapping[str, str]) -> None:
        stack.append(local(name))
        if stack[-1] == "si":
            texts.append("")

    def end(_: str) -> None:
        stack.pop()

    def say(text: str) -> None:
        if texts and stack[-1] == "t" and "rPh" not in stack:
            texts[-1] += text

    if part is not None:
        parse(parts.read(part), start=start, end=end, say=say)
    return texts


def _find_relations(parts: _Parts, name: str, kind: str) -> dict[str, str]:
    """Return the parts that a part is related to in this way, by the relation's id."""
    folder = posixpath.join("/", posixpath.dirname(posixpath.dirname(name)))
    return {
        attributes.get("Id", ""): posixpath.normpath(posixpath.join(folder, attributes.get("Target", "")))[1:]
        for tag, attributes in read_elements(parts.read(name))
        if tag == "Relationship" and attributes.get("Type", "").endswith(f"/{kind}")
    }


def _relations_of(part: str) -> str:
    return posixpath.join(posixpath.dirname(part), "_rels", posixpath.basename(part) + ".rels")


def _pack(parts: _Parts, filled: Mapping[str, bytes]) -> bytes:
    """Return the zip again: each part under its name and date, packed as it was."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for entry in parts.entries:
            same = zipfile.ZipInfo(entry.filename, date_time=entry.date_time)
            same.external_attr, same.create_system = entry.external_attr, entry.create_system
            kind = zipfile.ZIP_STORED if entry.compress_type == zipfile.ZIP_STORED else zipfile.ZIP_DEFLATED
            packed.writestr(same, filled.get(entry.filename) or parts.read(entry.filename), kind)
    return stream.getvalue()
