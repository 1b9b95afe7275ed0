"""The output of one process on disk: secrets concealed, never longer than its limit.

A process that floods is read on, so that it does not stall, but what comes after the limit is dropped. The
last lines are kept in memory all the same: they say why a process ended.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from partner_qa.adapter.concealment import Concealment

LIMIT = 20_000_000  # bytes of one log file
_PIECE = 1 << 16
_LONGEST_LINE = 1 << 18
_TAIL = 1 << 14


class Log:
    """Takes the bytes of one process as they come; `path` is continued where it exists."""

    def __init__(self, path: Path, conceal: Concealment, *, limit: int = LIMIT) -> None:
        self._path = path
        self._conceal = conceal
        path.parent.mkdir(parents=True, exist_ok=True)
        self._room = limit - (path.stat().st_size if path.exists() else 0)
        self._carry = b""
        self._tail = b""

    def follow(self, stream: BinaryIO) -> None:
        """Read a stream to its end."""
        with stream, self._path.open("ab", buffering=0) as file:
            while piece := _read(stream):
                self._take(piece, file)
            self._write(self._carry, file)
            self._carry = b""

    def last_lines(self, count: int = 12) -> str:
        """Return the last lines that were read, without secrets, whether or not they fitted on disk."""
        held = self._tail + self._carry
        text = held[-_TAIL:].decode("utf-8", "replace")
        if len(held) > _TAIL:
            text = text.partition("\n")[2]  # the first line may begin within a secret
        text = self._conceal(text)
        return "\n".join(text.splitlines()[-count:])

    def _take(self, piece: bytes, file: BinaryIO) -> None:
        if self._room <= 0:
            self._tail, self._carry = (self._tail + self._carry + piece)[-_TAIL - 1 :], b""
            return
        self._carry += piece
        end = self._carry.rfind(b"\n") + 1
        if not end and len(self._carry) > _LONGEST_LINE:
            self._carry = self._conceal(self._carry.decode("utf-8", "replace")).encode()
            end = max(len(self._carry) - 4 * self._conceal.longest - 4, 0)  # a secret may have begun
        if end:
            whole, self._carry = self._carry[:end], self._carry[end:]
            self._write(whole, file)

    def _write(self, content: bytes, file: BinaryIO) -> None:
        if not content:
            return
        self._tail = (self._tail + content)[-_TAIL - 1 :]
        if self._room <= 0:
            return
        kept = self._conceal(content.decode("utf-8", "replace")).encode()
        if len(kept) > self._room:
            kept = kept[: self._room] + b"\n[partner-qa: this log is full; the rest is dropped]\n"
        file.write(kept)
        self._room -= len(kept)


def _read(stream: BinaryIO) -> bytes:
    try:
        return stream.read1(_PIECE) if hasattr(stream, "read1") else stream.read(_PIECE)
    except (OSError, ValueError):
        return b""
