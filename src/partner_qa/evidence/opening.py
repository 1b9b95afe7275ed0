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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from partner_qa.errors import Problem
from partner_qa.evidence.archive import MODE, MOMENT
from partner_qa.evidence.trouble import Code, EvidenceError, Untrustworthy, refuse

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
_LISTED = struct.Struct("<4s4B4H3L5H2L")
_VERSION = 20  # of the format: the first with deflate (4.4.3)
_UNIX = 3
_DATE = (MOMENT[0] - 1980) << 9 | MOMENT[1] << 5 | MOMENT[2]  # as MS-DOS counts; the time is 0


class Bundle:
    """An archive that may be read. Use `open_bundle`."""

    def __init__(self, file: IO[bytes], entries: Sequence[zipfile.ZipInfo]) -> None:
        self._file = file
        self._entries = {info.filename: info for info in entries}

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
        """Unpack a file; nothing may lie behind its end, where no reader looks."""
        info, size, check = self._entries[path], 0, 0
        at = info.header_offset + _LOCAL.size + len(info.filename)
        end = at + info.compress_size
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        while not unpacker.eof:
            packed = unpacker.unconsumed_tail or self._read_at(at, min(_CHUNK, end - at), path)
            at += 0 if unpacker.unconsumed_tail else len(packed)
            try:
                chunk = unpacker.decompress(packed, _CHUNK)
            except zlib.error as error:
                raise _damaged(path) from error
            if not packed and not chunk:
                raise _damaged(path)
            size += len(chunk)
            if size > min(limit, info.file_size):
                raise refuse(Code.ZIP_BOMB, "unpacks to more than it says, or than it may", file=path)
            check = zlib.crc32(chunk, check)
            yield chunk
        if at != end or unpacker.unused_data:
            raise refuse(Code.ZIP_HIDDEN_DATA, "has data behind its end", file=path)
        if (size, check) != (info.file_size, info.CRC):
            raise _damaged(path)

    def _read_at(self, at: int, size: int, path: str) -> bytes:
        try:
            self._file.seek(at)
            return self._file.read(size)
        except OSError as error:
            raise _damaged(path) from error


def _damaged(path: str) -> Untrustworthy:
    return refuse(Code.ZIP_DAMAGED, "cannot be unpacked: its bytes are damaged", file=path)


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a zip for reading, or raise `Untrustworthy` with what is wrong with its form."""
    with _open_file(path) as file:
        count, directory = _require_end(file, os.fstat(file.fileno()).st_size)
        try:
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
            raise refuse(Code.ZIP_DAMAGED, "is no zip that can be read") from error
        _require_form(entries, file, directory)
        if len(entries) != count:
            raise refuse(Code.ZIP_HIDDEN_DATA, "has another number of files than its end says")
        yield Bundle(file, entries)


def _open_file(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise refuse(Code.ZIP_DAMAGED, f"cannot be read: {error.strerror or error}") from error


def _require_end(file: IO[bytes], size: int) -> tuple[int, bytes]:
    """Look at the end record before the directory is read: it says how much there would be to read.

    Return how many files it names, and the bytes of the directory: the end's, because there are readers that
    go by a second end record of another version (4.3.14) and readers that do not.
    """
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
    file.seek(offset)
    return count, file.read(length)


def _require_form(entries: Sequence[zipfile.ZipInfo], file: IO[bytes], directory: bytes) -> None:
    if len(entries) > MOST_FILES:
        raise refuse(Code.ZIP_TOO_MANY, f"has more than {MOST_FILES:,} files")
    seen: set[str] = set()
    for info in entries:
        _require_name(info, seen)
        _require_plain(info)
    _require_sizes(entries)
    end = _require_no_gaps(entries, file)
    size = os.fstat(file.fileno()).st_size
    if end + len(directory) + _END.size != size:
        raise refuse(Code.ZIP_HIDDEN_DATA, "has data between its files and its directory")
    if directory != b"".join(map(_to_listed, entries)):
        raise refuse(Code.ZIP_HIDDEN_DATA, "has a directory that is not as partner-qa writes it")


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


def _require_sizes(entries: Sequence[zipfile.ZipInfo]) -> None:
    for info in entries:
        is_steep = info.file_size > HIGHEST_RATIO * max(info.compress_size, 1)
        if info.file_size > LARGEST_FILE or (info.file_size > _RATIO_FROM and is_steep):
            raise refuse(Code.ZIP_BOMB, f"would unpack to {info.file_size:,} bytes", file=info.filename)
    total = sum(info.file_size for info in entries)
    if total > LARGEST_TOTAL:
        raise refuse(Code.ZIP_BOMB, f"would unpack to {total:,} bytes in all")


def _require_no_gaps(entries: Sequence[zipfile.ZipInfo], file: IO[bytes]) -> int:
    """Demand that the entries lie end to end, each with the local header that the directory promises.

    Entries that share their data are how a small zip unpacks to petabytes, and data between them is seen by
    some readers only. Return where the last one ends.
    """
    position = 0
    for info in sorted(entries, key=lambda each: each.header_offset):
        if info.header_offset != position:
            raise refuse(
                Code.ZIP_HIDDEN_DATA, "overlaps another file, or lies behind a gap", file=info.filename
            )
        promised = _to_local(info)
        file.seek(position)
        head = file.read(len(promised))
        if len(head) < len(promised):
            raise refuse(Code.ZIP_DAMAGED, "has no header of its own", file=info.filename)
        if head != promised:
            raise refuse(Code.ZIP_HIDDEN_DATA, "is one thing in the directory and another in its place")
        position += len(head) + info.compress_size
    return position


def _to_local(info: zipfile.ZipInfo) -> bytes:
    """Return the header that we write before a file's data."""
    name, sizes = info.filename.encode("ascii"), (info.CRC, info.compress_size, info.file_size)
    method = zipfile.ZIP_DEFLATED
    return _LOCAL.pack(b"PK\3\4", _VERSION, 0, method, 0, _DATE, *sizes, len(name), 0) + name


def _to_listed(info: zipfile.ZipInfo) -> bytes:
    """Return what we write of a file in the directory."""
    name, sizes = info.filename.encode("ascii"), (info.CRC, info.compress_size, info.file_size)
    made, form = (_VERSION, _UNIX, _VERSION, 0), (0, zipfile.ZIP_DEFLATED, 0, _DATE)
    lengths, where = (len(name), 0, 0, 0, 0), (MODE << 16, info.header_offset)
    return _LISTED.pack(b"PK\1\2", *made, *form, *sizes, *lengths, *where) + name
