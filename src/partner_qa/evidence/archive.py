"""Packs files into a zip that is the same bytes whenever the same files are packed.

Order, times, permissions and compression are fixed, and nothing of the machine is in it. What `opening.py`
demands of an archive is what is written here, so the two change together.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from partner_qa.errors import Problem
from partner_qa.evidence.trouble import EvidenceError

MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
MODE = 0o100644
LEVEL = 9
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of a bundle: its path inside, and its bytes or the file that has them."""

    path: str
    content: bytes | Path

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open it for reading."""
        if isinstance(self.content, bytes):
            yield BytesIO(self.content)
        else:
            with self.content.open("rb") as file:
                yield file

    def read(self) -> bytes:
        """Return all of it."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()

    def measure(self) -> tuple[str, int]:
        """Return its SHA-256 and its size."""
        digest, size = hashlib.sha256(), 0
        with self.open() as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
        return digest.hexdigest(), size


def pack(members: Iterable[Member], path: Path) -> None:
    """Write a zip of the members, in the order of their paths, whole or not at all.

    Raises `EvidenceError` where it cannot be written.
    """
    if path.exists() and not path.is_file():  # /dev/null would be replaced by a file
        raise EvidenceError([Problem(file=str(path), message="is there and is no file")])
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(unfinished, "w", allowZip64=False) as archive:
            for member in sorted(members, key=lambda each: each.path):
                _add(archive, member)
        unfinished.replace(path)
    except (OSError, zipfile.LargeZipFile) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise EvidenceError([Problem(file=str(path), message=f"cannot be written: {why}")]) from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _add(archive: zipfile.ZipFile, member: Member) -> None:
    info = zipfile.ZipInfo(member.path, date_time=MOMENT)
    info.create_system = 3  # Unix, on every system
    info.external_attr = MODE << 16
    archive.writestr(info, member.read(), compress_type=zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
