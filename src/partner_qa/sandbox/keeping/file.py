"""The file that a sandbox is kept in: a SQLite database of named JSON rows, for one process at a time.

[SQLite] rollback journal (https://www.sqlite.org/atomiccommit.html): whoever is killed, at whatever moment,
leaves a file that opens with everything of the last write that was ended. The exclusive lock is held until
the file is closed and goes with the process (https://www.sqlite.org/pragma.html#pragma_locking_mode).
A file that is not ours, is damaged or was made for something else is refused and left as it is.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from partner_qa.errors import Problem, SetupError
from partner_qa.model import Json

APPLICATION_ID = 0x67717361  # [SQLite] "gqsa": says whose database a file is
FORMAT = 1  # one more whenever what stands in a row changes in a way that the shape does not show

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE kept (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    part TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (part, name)
);
"""
_WRITE = """
INSERT INTO kept (part, name, value, checksum) VALUES (?, ?, ?, ?)
ON CONFLICT (part, name) DO UPDATE SET value = excluded.value, checksum = excluded.checksum
"""
_ELSEWHERE = "Name another file, or move this one away; nothing was changed in it."


class StateFileError(SetupError):
    """The file of `--persist` cannot be used."""

    what = "the sandbox's file"


class StateFile:
    """An open file, locked for this process. Not thread-safe: the world's lock stands around every call.

    `about` is what the file says of itself, empty while nothing was kept in it.
    """

    def __init__(self, path: Path, expected: Mapping[str, str]) -> None:
        """Open a file, or make one for this user alone; `expected` must be in `about` of one that has any.

        Raises `StateFileError`, with the file as it was.
        """
        self.path = path
        _make_private(path)
        with self._explained():
            self._base = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            with self._explained():
                self._lock()
                self._require_ours()
                self.about = dict(self._base.execute("SELECT name, value FROM about"))
            self._require_expected(expected)
            with self._explained():
                path.chmod(0o600)
        except BaseException:
            self._base.close()
            raise
        self._expected = dict(expected)

    def read(self) -> dict[tuple[str, str], Json]:
        """Return every row by part and name, in the order in which they were first written."""
        kept: dict[tuple[str, str], Json] = {}
        with self._explained():
            found = self._base.execute("SELECT part, name, value, checksum FROM kept ORDER BY place")
            for part, name, value, checksum in found:
                if zlib.crc32(value.encode()) != checksum:
                    raise self.damaged(f"{part}, {name} is not what was written")
                try:
                    kept[part, name] = json.loads(value)
                except (ValueError, RecursionError) as error:
                    raise self.damaged(f"{part}, {name} is not JSON") from error
        return kept

    def write(
        self,
        changed: Iterable[tuple[str, str, Json]],
        removed: Iterable[tuple[str, str]] = (),
        about: Mapping[str, str] | None = None,
    ) -> None:
        """Write and remove rows, all of them or none; returns when they are safe. Raises `StateFileError`."""
        with self._explained():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                if about is not None:
                    pairs = {**about, **self._expected}.items()
                    self._base.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", pairs)
                self._base.executemany("DELETE FROM kept WHERE part = ? AND name = ?", removed)
                self._base.executemany(_WRITE, (_to_record(*each) for each in changed))
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:  # some errors have ended it already
                    self._base.execute("ROLLBACK")
                raise
        if about is not None:
            self.about |= {**about, **self._expected}

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def damaged(self, what: str) -> StateFileError:
        """Return the error of a file that is ours and does not hold what it should."""
        return self._refuse(f"the file is damaged: {what}", "Restore it from a copy, or name another file.")

    # -- inside --------------------------------------------------------------------------------------

    def _lock(self) -> None:
        """Take the file for as long as it is open, and see whether SQLite finds it whole."""
        self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._base.execute("PRAGMA trusted_schema = OFF")
        self._base.execute("BEGIN EXCLUSIVE")
        try:
            (verdict,) = self._base.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            self._base.execute("COMMIT")
        if verdict != "ok":
            raise self.damaged(verdict)

    def _require_ours(self) -> None:
        """Refuse another program's database; one that is empty becomes ours."""
        (owner,) = self._base.execute("PRAGMA application_id").fetchone()
        (tables,) = self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if owner == 0 and tables == 0:
            self._base.executescript(f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; {_TABLES} COMMIT;")
        elif owner != APPLICATION_ID:
            raise self._refuse("the file is a database of another program", _ELSEWHERE)

    def _require_expected(self, expected: Mapping[str, str]) -> None:
        for name, wanted in expected.items():
            found = self.about.get(name, wanted if not self.about else "none")
            if found != wanted:
                raise self._refuse(
                    f"the file was made for another {name}: {found}, and this is {wanted}",
                    f"Use the partner-qa that made it ({self.about.get('made by', 'unknown')}). {_ELSEWHERE}",
                )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._explain(error) from error
        except OSError as error:
            raise self._refuse(f"the file cannot be used: {error.strerror}", _ELSEWHERE) from error

    def _explain(self, error: sqlite3.Error) -> StateFileError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            return self._refuse(
                "another process has the file open", "Stop the other sandbox, or name another file."
            )
        if code == sqlite3.SQLITE_NOTADB:
            return self._refuse("the file is no file of a sandbox", _ELSEWHERE)
        if code == sqlite3.SQLITE_CORRUPT or isinstance(error, sqlite3.DataError):
            return self.damaged(str(error))
        if code == sqlite3.SQLITE_FULL:
            return self._refuse("the disk is full", "Make room; the next request tries again.")
        return self._refuse(f"the file cannot be used: {error}", "See that it and its folder can be written.")

    def _refuse(self, message: str, hint: str) -> StateFileError:
        return StateFileError([Problem(message=message, file=str(self.path), key="--persist")], hint=hint)


def _make_private(path: Path) -> None:
    """Make an empty file that only its owner can read, where there is none."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        problem = Problem(
            message=f"the file cannot be opened or made: {error.strerror}", file=str(path), key="--persist"
        )
        hint = "Name a file in a folder that is there and can be written."
        raise StateFileError([problem], hint=hint) from error


def _to_record(part: str, name: str, plain: Json) -> tuple[str, str, str, int]:
    text = json.dumps(plain, separators=(",", ":"))
    return part, name, text, zlib.crc32(text.encode())
