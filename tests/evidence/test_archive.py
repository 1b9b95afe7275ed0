"""Packing: equal files are equal bytes, and nothing of the machine is in them."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path

import pytest

from partner_qa.evidence.archive import Member, pack
from partner_qa.evidence.trouble import EvidenceError


def test_the_same_files_in_any_order_and_of_any_age_are_the_same_bytes(tmp_path: Path) -> None:
    on_disk = tmp_path / "x"
    on_disk.write_bytes(b"x" * 10_000)
    members = [Member(path="b", content=on_disk), Member(path="a/c", content=b"c")]
    pack(members, tmp_path / "one.zip")
    os.utime(on_disk, (time.time() - 5_000_000,) * 2)
    on_disk.chmod(0o600)
    pack(reversed(members), tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_an_archive_says_nothing_of_when_and_where(good: Path) -> None:
    with zipfile.ZipFile(good) as archive:
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.create_system == 3
            assert info.external_attr >> 16 == 0o100644
            assert not info.extra


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(EvidenceError, match="cannot be written"):
        pack([Member(path="a", content=b"")], blocked / "b.zip")
    with pytest.raises(EvidenceError):
        pack([Member(path="a", content=tmp_path / "gone")], tmp_path / "c.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_member_is_measured_by_its_bytes() -> None:
    digest, size = Member(path="a", content=b"abc").measure()
    assert size == 3
    assert digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_more_than_a_zip_can_hold_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    members = [Member(path=name, content=b"") for name in ("a", "b", "c")]
    with pytest.raises(EvidenceError, match=r"cannot be written: Files count"):
        pack(members, tmp_path / "z.zip")
    assert not any(tmp_path.iterdir())


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(EvidenceError, match="is no file"):
        pack([Member(path="a", content=b"")], pipe)
    assert pipe.is_fifo()
