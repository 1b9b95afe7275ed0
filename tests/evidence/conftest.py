"""What evidence is made of: keys, archives with something wrong, and a search for planted values."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from partner_qa.evidence.archive import MODE, MOMENT, Member, pack


def write_zip(path: Path, entries: list[tuple[str, bytes]], **changes: Any) -> Path:
    """Write a zip of our form, but for what `changes` sets in each entry; names may be given twice."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, date_time=MOMENT)
            info.create_system = 3
            info.external_attr = changes.get("external_attr", MODE << 16)
            info.extra = changes.get("extra", b"")
            info.comment = changes.get("comment", b"")
            method = changes.get("method", zipfile.ZIP_DEFLATED)
            archive.writestr(info, content, compress_type=method)
        archive.comment = changes.get("archive_comment", b"")
    return path


def patch(path: Path, old: bytes, new: bytes, *, count: int = -1) -> Path:
    """Replace bytes of a file by as many others."""
    assert len(old) == len(new)
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, count))
    return path


def end_record(*, count: int, length: int, offset: int) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, length, offset, 0)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A zip of two files, as we pack them."""
    path = tmp_path / "good.zip"
    pack([Member(path="a/b.txt", content=b"bee" * 100), Member(path="c.txt", content=b"sea")], path)
    return path


def zipped(entries: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()
