"""Files are placed whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from partner_qa.errors import ReportError
from partner_qa.report.placing import place


def test_a_file_gets_its_folder_and_its_content(tmp_path: Path) -> None:
    place(tmp_path / "a" / "b.txt", b"x")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"x"


def test_where_it_cannot_be_written_the_older_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.txt"
    path.write_bytes(b"older")

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ReportError, match=r"b\.txt: cannot be written: No space left on device"):
        place(path, b"newer")
    assert path.read_bytes() == b"older"
    assert [each.name for each in tmp_path.iterdir()] == ["b.txt"]


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(ReportError):
        place(tmp_path / "b.txt", b"x")


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ReportError, match="is no file"):
        place(pipe, b"x")
    assert pipe.is_fifo()
