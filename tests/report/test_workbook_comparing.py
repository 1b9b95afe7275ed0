"""Two spreadsheets are the same where they show the same, however the XML of their cells is written."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from partner_qa.report.completed import write_checklist_xlsx
from partner_qa.report.workbook import pack_parts
from partner_qa.report.workbook_comparing import is_same_workbook

Parts = dict[str, bytes]
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def workbook(build: Any, tmp_path: Path) -> bytes:
    write_checklist_xlsx(build.record(), tmp_path / "checklist.xlsx")
    return (tmp_path / "checklist.xlsx").read_bytes()


def repacked(workbook: bytes, change: Callable[[Parts], object]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    before = dict(parts)
    change(parts)
    assert parts != before
    return pack_parts(parts)


def in_sheet(old: bytes, new: bytes) -> Callable[[Parts], object]:
    def change(parts: Parts) -> None:
        assert old in parts[SHEET]
        parts[SHEET] = parts[SHEET].replace(old, new)

    return change


def write_otherwise(parts: Parts) -> None:
    """Do as another release of openpyxl might: other quotes, other empty tags, another declaration."""
    for name, part in parts.items():
        told = re.sub(rb'="([^"\'&]*)"', rb"='\1'", part.partition(b"?>")[2] or part)
        parts[name] = b"<?xml version='1.0' encoding='UTF-8'?>" + told.replace(b" />", b"/>")
    parts["docProps/app.xml"] = parts["docProps/app.xml"].replace(b"3.1", b"9.9")


def swap_cells(parts: Parts) -> None:
    parts[SHEET] = (
        parts[SHEET].replace(b'r="G2"', b'r="G0"').replace(b'r="G3"', b'r="G2"').replace(b'r="G0"', b'r="G3"')
    )


def test_the_same_cells_in_other_xml_are_the_same(workbook: bytes) -> None:
    assert is_same_workbook(workbook, workbook)
    assert is_same_workbook(repacked(workbook, write_otherwise), workbook)


@pytest.mark.parametrize(
    "change",
    [
        swap_cells,
        in_sheet(
            b"</sheetData>", b'<row r="99"><c r="A99"><f>HYPERLINK("http://h.test")</f></c></row></sheetData>'
        ),
        in_sheet(
            b"</sheetData>",
            b'<row r="99"><c r="A99" t="inlineStr"><is><t><![CDATA[yes]]></t></is></c></row></sheetData>',
        ),
        in_sheet(b"<sheetData>", b"<sheetData hidden='1'>"),
        lambda parts: parts.update({"xl/worksheets/other.xml": b"<worksheet/>"}),
        lambda parts: parts.update({"xl/vbaProject.bin": b"macros"}),
        lambda parts: parts.pop("xl/styles.xml"),
        lambda parts: parts.update({SHEET: b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + parts[SHEET]}),
        lambda parts: parts.update({SHEET: parts[SHEET][:-1]}),
        lambda parts: parts.update(
            {name: part.replace(b"https://", b"https://h.test/") for name, part in parts.items()}
        ),
    ],
)
def test_what_shows_something_else_is_another(change: Callable[[Parts], object], workbook: bytes) -> None:
    assert not is_same_workbook(repacked(workbook, change), workbook)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content + b"more",
        lambda content: b"before" + content,
        lambda content: content[:-30],
        lambda content: content[:-6] + b"\xff\xff\xff\0" + bytes(2),
        lambda content: content.replace(
            b"PK\1\2\x14\x03\x14\0\0\0", b"PK\1\2\x14\x03\x14\0\1\0"
        ),  # encrypted
        lambda content: b"PK\3\4",
        lambda content: b"",
    ],
)
def test_what_is_not_packed_as_ours_is_another(spoil: Callable[[bytes], bytes], workbook: bytes) -> None:
    assert not is_same_workbook(spoil(workbook), workbook)


def test_a_bomb_is_not_unpacked(workbook: bytes) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(SHEET, b"\0" * 50_000_000)
    assert not is_same_workbook(stream.getvalue(), workbook)
