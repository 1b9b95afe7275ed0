"""Puts a finished file in its place: whole or not at all, whatever stops us in between."""

from __future__ import annotations

from pathlib import Path

from partner_qa.errors import Problem, ReportError


def place(path: Path, content: bytes) -> None:
    """Write a file beside its place and then give it its name; an older one stays until then.

    Raises `ReportError` where the disk is full or the folder cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        problem = Problem(message=f"cannot be written: {error.strerror or error}", file=str(path))
        raise ReportError([problem]) from error
    finally:
        unfinished.unlink(missing_ok=True)
