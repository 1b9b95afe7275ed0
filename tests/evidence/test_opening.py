"""Opening what a stranger sent: each trick with zips is refused by a code of its own, before it does harm."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from partner_qa.evidence.archive import MODE, MOMENT, Member, pack
from partner_qa.evidence.opening import open_bundle
from partner_qa.evidence.trouble import Code, EvidenceError, Untrustworthy


def write_zip(path: Path, entries: list[tuple[str, bytes]], **changes: Any) -> Path:
    """Write a zip of our form, but for what `changes` sets in each entry; names may be given twice."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, date_time=changes.get("date_time", MOMENT))
            info.create_system = changes.get("create_system", 3)
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


def refusal(path: Path) -> Code:
    def read_all() -> None:
        with open_bundle(path) as bundle:
            for each in bundle.paths:
                bundle.measure(each)

    with pytest.raises(Untrustworthy) as refused:
        read_all()
    return refused.value.trouble.code


def test_what_we_pack_opens(good: Path) -> None:
    with open_bundle(good) as bundle:
        assert bundle.paths == ("a/b.txt", "c.txt")
        assert bundle.read("c.txt") == b"sea"
        assert bundle.measure("c.txt") == Member(path="", content=b"sea").measure()


def test_a_file_is_extracted_where_the_caller_says_and_never_over_another(good: Path, tmp_path: Path) -> None:
    with open_bundle(good) as bundle:
        bundle.extract("a/b.txt", tmp_path / "out" / "b")
        assert (tmp_path / "out" / "b").read_bytes() == b"bee" * 100
        with pytest.raises(EvidenceError, match="exists"):
            bundle.extract("a/b.txt", tmp_path / "out" / "b")


@pytest.mark.parametrize(
    "name",
    [
        *("../evil.txt", "a/../../evil", "/etc/passwd", "C:/evil", "a\\b", "a//b", "./a", "a/./b", ".hidden"),
        *("a/", "~/a", "a b", "a\x00b", "con:", "-rf", "x" * 201),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "z.zip", [("placeholder", b"x")])
    raw = name.encode()
    content = path.read_bytes().replace(b"placeholder", raw)
    # the lengths of the name, in both headers, and where the directory begins
    content = content.replace(struct.pack("<HH", 11, 0) + raw, struct.pack("<HH", len(raw), 0) + raw, 1)
    local = 30 + len(raw) + len(zlib.compress(b"x", 6)[2:-4])
    directory = content[local:-22]
    directory = directory.replace(struct.pack("<HHH", 11, 0, 0), struct.pack("<HHH", len(raw), 0, 0))
    path.write_bytes(content[:local] + directory + end_record(count=1, length=len(directory), offset=local))
    assert refusal(path) in {Code.ZIP_NAME, Code.ZIP_LINK}


def test_a_name_that_is_not_ascii_is_refused(tmp_path: Path) -> None:
    assert refusal(write_zip(tmp_path / "z.zip", [("bündel.txt", b"x")])) is Code.ZIP_NAME
    raw = patch(write_zip(tmp_path / "y.zip", [("buendel", b"x")]), b"buendel", b"b\xff\xfendel")
    assert refusal(raw) is Code.ZIP_NAME


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["a.txt", "A.TXT"])
def test_a_name_given_twice_is_refused(second: str, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "z.zip", [("a.txt", b"one"), (second, b"two")])
    assert refusal(path) is Code.ZIP_DUPLICATE


@pytest.mark.parametrize("mode", [0o120777, 0o060644, 0o010644, 0o040755])
def test_links_devices_and_folders_are_refused(mode: int, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "z.zip", [("a", b"/etc/passwd")], external_attr=mode << 16)
    assert refusal(path) is Code.ZIP_LINK


def test_a_bomb_is_refused_by_what_it_says(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "z.zip", [("a", b"\0" * 50_000_000)])
    assert refusal(path) is Code.ZIP_BOMB


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "z.zip", [("a", b"\0" * 20_000_000)])
    path = patch(path, struct.pack("<L", 20_000_000), struct.pack("<L", 1_000))
    tracemalloc.start()
    try:
        assert refusal(path) in {Code.ZIP_BOMB, Code.ZIP_DAMAGED}
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_total_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partner_qa.evidence.opening.LARGEST_TOTAL", 1_000)
    assert refusal(write_zip(tmp_path / "z.zip", [("a", b"a" * 600), ("b", b"b" * 600)])) is Code.ZIP_BOMB


def test_too_many_files_are_refused_before_the_directory_is_read(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"f{number}"), b"")
    assert refusal(path) in {Code.ZIP_TOO_MANY, Code.ZIP_DAMAGED}


def test_too_many_files_that_deny_it_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partner_qa.evidence.opening.MOST_FILES", 3)
    path = write_zip(tmp_path / "z.zip", [(f"f{number}", b"") for number in range(5)])
    content = path.read_bytes()
    path.write_bytes(content[:-14] + struct.pack("<HH", 2, 2) + content[-10:])
    assert refusal(path) is Code.ZIP_TOO_MANY


def test_a_huge_directory_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    path.write_bytes(b"\0" * 3_000_000 + end_record(count=1, length=3_000_000, offset=0))
    assert refusal(path) is Code.ZIP_TOO_MANY


def test_a_file_beyond_the_limit_is_refused_unread(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partner_qa.evidence.opening.LARGEST_ARCHIVE", 100)
    assert refusal(good) is Code.ZIP_TOO_LARGE


def test_data_before_between_and_behind_the_files_is_refused(good: Path, tmp_path: Path) -> None:
    content = good.read_bytes()
    for number, changed in enumerate((b"#!/bin/sh\n" + content, content + b"more", content[:-3])):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(changed)
        assert refusal(path) in {Code.ZIP_DAMAGED, Code.ZIP_HIDDEN_DATA}
    start = content.index(b"PK\1\2")
    gap = content[:start] + b"hidden" + content[start:-22]
    length = len(content) - 22 - start
    path = tmp_path / "gap.zip"
    path.write_bytes(gap + end_record(count=2, length=length, offset=start + 6))
    assert refusal(path) is Code.ZIP_HIDDEN_DATA


@pytest.mark.parametrize(
    "change",
    [
        {"extra": b"\x99\x99\x04\0evil"},
        {"comment": b"hello"},
        {"archive_comment": b"hello"},
        {"method": zipfile.ZIP_STORED},
        {"method": zipfile.ZIP_BZIP2},
        {"external_attr": 0o100755 << 16},
        {"external_attr": (MODE << 16) ^ (0o111 << 16)},
        {"external_attr": MODE << 16 | 0x10},  # a folder, to MS-DOS
        {"date_time": (2026, 11, 23, 12, 0, 0)},
        {"create_system": 0},
    ],
)
def test_what_we_would_not_have_written_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    path = write_zip(tmp_path / "z.zip", [("a", b"x" * 50)], **change)
    assert refusal(path) in {Code.ZIP_HIDDEN_DATA, Code.ZIP_DAMAGED}


def test_a_file_that_is_another_in_its_own_header_is_refused(good: Path) -> None:
    assert refusal(patch(good, b"c.txt", b"d.txt", count=1)) is Code.ZIP_HIDDEN_DATA


def test_entries_that_share_their_data_are_refused(good: Path) -> None:
    content = good.read_bytes()
    second = content.rindex(b"PK\1\2")
    offset_of_second = content[second + 42 : second + 46]
    good.write_bytes(content[: second + 42] + bytes(4) + content[second + 46 :])
    assert offset_of_second != bytes(4)
    assert refusal(good) is Code.ZIP_HIDDEN_DATA


def test_encrypted_entries_are_refused(good: Path) -> None:
    content = bytearray(good.read_bytes())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + at] |= 1
    good.write_bytes(bytes(content))
    assert refusal(good) is Code.ZIP_HIDDEN_DATA


@pytest.mark.parametrize("content", [b"", b"PK", b"hello" * 100, end_record(count=1, length=46, offset=0)])
def test_what_is_no_zip_is_told_so(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    path.write_bytes(content)
    assert refusal(path) in {Code.ZIP_DAMAGED, Code.ZIP_HIDDEN_DATA}


def test_every_cut_and_every_flipped_byte_of_a_small_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    pack([Member(path="a", content=b"abc"), Member(path="b", content=b"def")], path)
    whole = path.read_bytes()
    for at in range(len(whole)):
        for changed in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :]):
            path.write_bytes(changed)
            assert refusal(path) in Code


def test_an_end_that_names_fewer_files_than_there_are_is_refused(good: Path) -> None:
    content = good.read_bytes()
    good.write_bytes(content[:-14] + struct.pack("<HH", 1, 1) + content[-10:])
    assert refusal(good) is Code.ZIP_HIDDEN_DATA


def test_a_second_end_record_that_names_other_files_is_refused(good: Path) -> None:
    """Python goes by the record of zip64 wherever it is; who does not would see the second file alone."""
    content = good.read_bytes()[:-22]
    start, second = content.index(b"PK\1\2"), content.rindex(b"PK\1\2")
    more = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, len(content) - start, start
    ) + struct.pack("<4sLQL", b"PK\6\7", 0, len(content), 1)
    end = end_record(count=1, length=len(content) - second + len(more), offset=second)
    good.write_bytes(content + more + end)
    assert zipfile.ZipFile(good).namelist() == ["a/b.txt", "c.txt"]
    assert refusal(good) is Code.ZIP_HIDDEN_DATA


def test_data_behind_the_end_of_a_compressed_file_is_refused(tmp_path: Path) -> None:
    whole, hidden = zlib.compressobj(9, zlib.DEFLATED, -15), b"seen by nobody"
    packed = whole.compress(b"sea") + whole.flush()
    path = write_zip(tmp_path / "z.zip", [("a", b"sea")])
    content = path.read_bytes()
    start = content.index(packed) + len(packed)
    sizes = [struct.pack("<LL", len(packed) + more, 3) for more in (0, len(hidden))]
    content = (content[:start] + hidden + content[start:-22]).replace(*sizes)
    length = len(content) - start - len(hidden)
    path.write_bytes(content + end_record(count=1, length=length, offset=start + len(hidden)))
    with zipfile.ZipFile(path) as archive:
        assert archive.read("a") == b"sea"
    assert refusal(path) is Code.ZIP_HIDDEN_DATA
