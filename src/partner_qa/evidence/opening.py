"""Opens a zip that a stranger sent: nothing of it is believed, run, or written outside of a scratch folder.

The archive must have the shape that `archive.py` writes, byte for byte apart from the compressed data: what
two readers could understand in two ways (names given twice, data between the entries, links, other names in
the local headers) is refused before anything is unpacked, and so is what would fill memory or disk.
Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from partner_qa.errors import Problem
from partner_qa.evidence.archive import MODE
from partner_qa.evidence.trouble import Code, EvidenceError, refuse

LARGEST_ARCHIVE = 500_000_000  # bytes
LARGEST_FILE = 400_000_000  # bytes, unpacked
LARGEST_TOTAL = 1_000_000_000  # bytes, unpacked
MOST_FILES = 5_000
HIGHEST_RATIO = 200  # of more than a megabyte; recordings reach 40
_RATIO_FROM = 1_000_000
_LARGEST_DIRECTORY = 2_000_000
_CHUNK = 1 << 18

NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)
_LONGEST_NAME = 200
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")


class Bundle:
    """An archive that may be read. Use `open_bundle`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries = {info.filename: info for info in archive.infolist()}

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the paths of all files, sorted."""
        return tuple(sorted(self._entries))

    def read(self, path: str, *, limit: int = 50_000_000) -> bytes:
        """Return a file's bytes; raises `Untrustworthy` where it is larger or damaged."""
        pieces = list(self._chunks(path, limit))
        return b"".join(pieces)

    def measure(self, path: str) -> tuple[str, int]:
        """Return a file's SHA-256 and size."""
        digest, size = hashlib.sha256(), 0
        for chunk in self._chunks(path, LARGEST_FILE):
            digest.update(chunk)
            size += len(chunk)
        return digest.hexdigest(), size

    def extract(self, path: str, to: Path) -> None:
        """Write a file's bytes to a place that the caller chose, where there is none yet.

        Raises `EvidenceError` where it cannot be written.
        """
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            with to.open("xb") as file:
                for chunk in self._chunks(path, LARGEST_FILE):
                    file.write(chunk)
        except OSError as error:
            message = f"cannot be unpacked: {error.strerror or error}"
            raise EvidenceError([Problem(file=path, message=message)]) from error

    def _chunks(self, path: str, limit: int) -> Iterator[bytes]:
        info, size = self._entries[path], 0
        try:
            with self._archive.open(info) as file:
                while chunk := file.read(_CHUNK):
                    size += len(chunk)
                    if size > min(limit, info.file_size):
                        raise refuse(Code.ZIP_BOMB, "unpacks to more than it says", file=path)
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise refuse(Code.ZIP_DAMAGED, "cannot be unpacked: its bytes are damaged", file=path) from error
        if size != info.file_size:
            raise refuse(Code.ZIP_DAMAGED, "is shorter than it says", file=path)


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a zip for reading, or raise `Untrustworthy` with what is wrong with its form."""
    with _open_file(path) as file:
        _require_end(file, os.fstat(file.fileno()).st_size)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
            raise refuse(Code.ZIP_DAMAGED, "is no zip that can be read") from error
        with archive:
            _require_form(archive, file)
            yield Bundle(archive)


def _open_file(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise refuse(Code.ZIP_DAMAGED, f"cannot be read: {error.strerror or error}") from error


def _require_end(file: IO[bytes], size: int) -> None:
    """Look at the end record before the directory is read: it says how much there would be to read."""
    if size > LARGEST_ARCHIVE:
        raise refuse(Code.ZIP_TOO_LARGE, f"is larger than {LARGEST_ARCHIVE // 1_000_000} MB")
    if size < _END.size:
        raise refuse(Code.ZIP_DAMAGED, "is no zip: it is too short")
    file.seek(size - _END.size)
    mark, disk, first_disk, here, count, length, offset, comment = _END.unpack(file.read(_END.size))
    if mark != b"PK\5\6":
        raise refuse(Code.ZIP_DAMAGED, "is no zip, was cut off, or goes on behind its end")
    if count > MOST_FILES or here > MOST_FILES:
        raise refuse(Code.ZIP_TOO_MANY, f"has more than {MOST_FILES:,} files")
    if length > _LARGEST_DIRECTORY:
        raise refuse(Code.ZIP_TOO_MANY, "has a directory larger than any bundle's")
    if (disk, first_disk, comment) != (0, 0, 0) or here != count or offset + length + _END.size != size:
        raise refuse(Code.ZIP_HIDDEN_DATA, "has data outside of its files")
    file.seek(0)


def _require_form(archive: zipfile.ZipFile, file: IO[bytes]) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise refuse(Code.ZIP_TOO_MANY, f"has more than {MOST_FILES:,} files")
    seen: set[str] = set()
    for info in entries:
        _require_name(info, seen)
        _require_plain(info)
    _require_sizes(entries)
    _require_no_gaps(archive, entries, file)


def _require_name(info: zipfile.ZipInfo, seen: set[str]) -> None:
    # `orig_filename` is the name before zipfile has cut it at a null byte or turned its slashes.
    name = info.orig_filename
    shown = ascii(name)[:80]
    if info.flag_bits & 0x800 or not name.isascii():
        raise refuse(Code.ZIP_NAME, f"has a file name that is not ASCII: {shown}")
    if name != info.filename or len(name) > _LONGEST_NAME or not NAME.fullmatch(name):
        raise refuse(Code.ZIP_NAME, f"has a file name that leads elsewhere or is no plain path: {shown}")
    if name.lower() in seen:
        raise refuse(Code.ZIP_DUPLICATE, f"has a file name twice: {shown}")
    seen.add(name.lower())


def _require_plain(info: zipfile.ZipInfo) -> None:
    mode = info.external_attr >> 16
    if mode & 0o170000 not in (0, 0o100000) or info.is_dir():
        raise refuse(Code.ZIP_LINK, "is a link or a device, not a file", file=info.filename)
    if info.flag_bits or info.compress_type != zipfile.ZIP_DEFLATED or mode != MODE:
        raise refuse(Code.ZIP_HIDDEN_DATA, "is not packed as partner-qa packs", file=info.filename)
    if info.extra or info.comment:
        raise refuse(Code.ZIP_HIDDEN_DATA, "carries data beside the file", file=info.filename)


def _require_sizes(entries: list[zipfile.ZipInfo]) -> None:
    for info in entries:
        is_steep = info.file_size > HIGHEST_RATIO * max(info.compress_size, 1)
        if info.file_size > LARGEST_FILE or (info.file_size > _RATIO_FROM and is_steep):
            raise refuse(Code.ZIP_BOMB, f"would unpack to {info.file_size:,} bytes", file=info.filename)
    total = sum(info.file_size for info in entries)
    if total > LARGEST_TOTAL:
        raise refuse(Code.ZIP_BOMB, f"would unpack to {total:,} bytes in all")


def _require_no_gaps(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], file: IO[bytes]) -> None:
    """Demand that the entries lie end to end, each with the local header that the directory promises.

    Entries that share their data are how a small zip unpacks to petabytes, and data between them is seen by
    some readers only.
    """
    position = 0
    for info in sorted(entries, key=lambda each: each.header_offset):
        if info.header_offset != position:
            raise refuse(
                Code.ZIP_HIDDEN_DATA, "overlaps another file, or lies behind a gap", file=info.filename
            )
        file.seek(position)
        head = file.read(_LOCAL.size)
        if len(head) < _LOCAL.size:
            raise refuse(Code.ZIP_DAMAGED, "has no header of its own", file=info.filename)
        mark, _, flags, method, _, _, check, packed, size, name_length, extra = _LOCAL.unpack(head)
        promised = (
            b"PK\3\4",
            info.flag_bits,
            info.compress_type,
            info.CRC,
            info.compress_size,
            info.file_size,
        )
        name = file.read(name_length)
        if (mark, flags, method, check, packed, size) != promised or name != info.filename.encode() or extra:
            raise refuse(Code.ZIP_HIDDEN_DATA, "is one thing in the directory and another in its place")
        position += _LOCAL.size + name_length + info.compress_size
    if position != archive.start_dir:
        raise refuse(Code.ZIP_HIDDEN_DATA, "has data between its files and its directory")
