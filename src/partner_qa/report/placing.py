"""Puts a finished file in its place: whole or not at all, whatever stops us in between."""

from __future__ import annotations

from pathlib import Path

from partner_qa.errors import Problem, ReportError


def place(path: Path, content: bytes) -> None:
    """Write a file beside its place and then give it its name; an older one stays until then.

    Raises `ReportError` where the disk is full, the folder cannot be written, or something that is no file
    stands there.
    """
    if path.exists() and not path.is_file():  # /dev/null would be replaced by a file
        raise ReportError([Problem(message="is there and is no file", file=str(path))])
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
